"""Settings from the hub: applied, rejected, reverted, and what a crash in between leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.clock import ManualClock
from telemetry import messages
from telemetry.app_client import AppClient
from telemetry.app_trouble import troubles
from telemetry.messages import Desired, MessageError, Reported
from telemetry.shadow import Settings, Watch
from telemetry.shadow_record import ShadowFiles
from telemetry.topics import Topics
from tests.telemetry.agent_kit import AppDouble, MemoryBus
from tests.waiting import until_async

ADA = Topics("room-ada")
WATCH = Watch(watch_s=0.1, look_s=0.02, silent_s=0.05)
OLD = {"booking.enabled": True}
NEW = {"booking.enabled": False}


class Stage:
    def __init__(self, folder: Path, app: AppDouble) -> None:
        self.app = app
        self.bus = MemoryBus()
        self.overrides = folder / "overrides.json"
        self.record = folder / "settings.json"
        self.files = ShadowFiles(self.record, self.overrides)
        clock = ManualClock(datetime(2026, 11, 23, tzinfo=UTC))
        self.settings = Settings(self.files, AppClient(app.path, clock), ADA, self.bus, clock, WATCH)

    async def desire(self, rev: int, values: dict[str, Any]) -> None:
        await self.bus.bring(ADA.desired("settings"), messages.encode(Desired(rev=rev, values=values)))

    def reports(self) -> list[tuple[int, str]]:
        return [(one.rev, one.state) for one in self.bus.on(ADA.reported("settings"), Reported)]

    async def report(self, rev: int) -> Reported:
        """The newest report, once it is of `rev`."""

        def found() -> Reported | None:
            reports = self.bus.on(ADA.reported("settings"), Reported)
            return reports[-1] if reports and reports[-1].rev == rev else None

        report = await until_async(found)
        assert report is not None
        return report

    @property
    def used(self) -> Any:
        return json.loads(self.overrides.read_text()) if self.overrides.exists() else None


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    async with AppDouble(folder / "app.sock") as app:
        stage = Stage(folder, app)
        async with running(stage):
            yield stage


@asynccontextmanager
async def running(stage: Stage) -> AsyncIterator[None]:
    await stage.settings.recover()
    stage.settings.listen()
    task = asyncio.create_task(stage.settings.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def test_good_settings_are_applied_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            await stage.desire(3, NEW)
            report = await stage.report(3)
            assert (report.state, report.reason) == ("applied", "")
            assert stage.used == NEW
            assert stage.overrides.stat().st_mode & 0o777 == 0o640
            assert ("check-settings", {"values": NEW}) in stage.app.calls
            for rev in (3, 2):
                await stage.desire(rev, OLD)
            assert stage.reports()[-2:] == [(3, "applied"), (3, "applied")]
            assert (stage.app.asked("reload"), stage.used) == (1, NEW)
        async with staged(tmp_path) as stage:
            assert stage.reports() == [(3, "applied")]

    asyncio.run(story())


def test_what_the_app_runs_with_already_is_applied_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            await stage.desire(1, NEW)
            await stage.report(1)
            await stage.desire(2, NEW)
            assert (await stage.report(2)).state == "applied"
            assert (stage.app.asked("reload"), stage.used) == (1, NEW)

    asyncio.run(story())


def test_wrong_settings_are_rejected_with_everything_that_is_wrong(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            stage.app.problems = [{"key": "a.b", "message": "a.b: one"}, {"key": "c.d", "message": "c.d: two" * 200}]
            await stage.desire(1, {"a.b": 1})
            report = await stage.report(1)
            assert report.state == "rejected"
            assert report.reason.startswith("a.b: one; c.d: two")
            assert len(report.reason) <= 500
            assert stage.used is None
            assert stage.app.asked("reload") == 0
            await stage.desire(1, {"a.b": 1})
            assert stage.app.asked("check-settings") == 1

    asyncio.run(story())


def break_sensor(app: AppDouble) -> None:
    app.status["sensors"] = [{"name": "ceiling", "condition": "absent"}]


def sign_out(app: AppDouble) -> None:
    app.status["state"] = "needs-sign-in"


def freeze(app: AppDouble) -> None:
    app.status["frame_age_s"] = 40.0


def hang(app: AppDouble) -> None:
    app.refusals["status"] = "hung"


HARM = {
    break_sensor: "new trouble: sensor ceiling absent",
    sign_out: "needs-sign-in",
    freeze: "no frame is drawn",
    hang: "did not answer for 0.05 s",
}


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_harmful_settings_are_reverted(tmp_path: Path, harm: Any) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            stage.files.use(OLD)
            stage.app.on["reload"] = lambda: harm(stage.app)
            await stage.desire(7, NEW)
            report = await stage.report(7)
            assert report.state == "reverted"
            assert HARM[harm] in report.reason
            assert stage.used == OLD
            assert stage.app.asked("reload") == 2
            await stage.desire(7, NEW)
            assert stage.app.asked("check-settings") == 1

    asyncio.run(story())


def test_trouble_that_was_there_before_is_not_the_settings_fault(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            break_sensor(stage.app)
            await stage.desire(1, NEW)
            assert (await stage.report(1)).state == "applied"

    asyncio.run(story())


def test_settings_wait_for_an_app_that_is_away(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            stage.app.refusals["check-settings"] = "starting"
            await stage.desire(1, NEW)
            await until_async(lambda: stage.app.asked("check-settings") >= 2)
            assert stage.reports() == [(0, "applied")]
            del stage.app.refusals["check-settings"]
            assert (await stage.report(1)).state == "applied"

    asyncio.run(story())


async def die_while_trying(stage: Stage) -> None:
    async with running(stage):  # killed while it watches
        await stage.desire(5, NEW)
        await until_async(lambda: stage.used == NEW)


def test_an_agent_that_dies_while_trying_goes_back_and_tries_once_more(tmp_path: Path) -> None:
    async def story() -> None:
        async with AppDouble(tmp_path / "app.sock") as app:
            Stage(tmp_path, app).files.use(OLD)
            for expected in [(0, "applied"), (5, "reverted")]:
                await die_while_trying(Stage(tmp_path, app))
                stage = Stage(tmp_path, app)
                await stage.settings.recover()
                assert stage.used == OLD
                assert stage.reports() == [expected]
            assert "interrupted twice" in (await stage.report(5)).reason

    asyncio.run(story())


def test_a_disk_that_refuses_is_a_reason(tmp_path: Path) -> None:
    async def story() -> None:
        async with AppDouble(tmp_path / "app.sock") as app:
            stage = Stage(tmp_path, app)
            stage.files = ShadowFiles(tmp_path / "nowhere" / "settings.json", stage.overrides)
            stage.settings._files = stage.files
            async with running(stage):
                await stage.desire(1, NEW)
                report = await stage.report(1)
                assert report.state == "reverted"
                assert "cannot be written" in report.reason

    asyncio.run(story())


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"rev": -1}', b"\xff"])
def test_a_damaged_record_begins_anew(tmp_path: Path, damage: bytes) -> None:
    async def story() -> None:
        (tmp_path / "settings.json").write_bytes(damage)
        async with staged(tmp_path) as stage:
            await stage.desire(1, NEW)
            assert (await stage.report(1)).state == "applied"
            with pytest.raises(MessageError):
                await stage.bus.bring(ADA.desired("settings"), b'{"rev": 0, "values": {}}')
            await stage.bus.bring(ADA.desired("settings"), b"")

    asyncio.run(story())


TROUBLES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, set()),
    ({"state": "offline", "doubt": "stale", "network": False}, set()),
    ({"frame_age_s": None, "register": "ok", "printer_trouble": None}, set()),
    ({"register": "damaged", "printer_trouble": "paper-out"}, {"register damaged", "printer paper-out"}),
    ({"printer": {"condition": "absent"}, "scanner": {"condition": "healthy"}}, {"printer absent"}),
    ({"sensors": "none", "printer": 3}, set()),
]


@pytest.mark.parametrize(("status", "expected"), TROUBLES)
def test_what_counts_as_trouble(status: dict[str, Any], expected: set[str]) -> None:
    assert troubles(status) == expected
