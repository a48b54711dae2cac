"""Services, the app, the outbox: a program that answers as systemctl does, a real control socket, a real file."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.clock import ManualClock
from common.control import ControlError, ControlServer, Request
from common.control import request as ask
from common.database import StoreError
from telemetry.health import readings
from telemetry.health.app import App
from telemetry.health.outbox import OutboxFill
from telemetry.health.readings import Sensor, Service
from telemetry.health.services import ASK_EVERY_S, Services, parse
from telemetry.outbox_store import Limits, OutboxStore
from telemetry.payloads import RoomSample, Stamp, record

SHOWN = """Id=mydesk-room.service
LoadState=loaded
ActiveState=active
NRestarts={restarts}

Id=mydesk-agent.service
LoadState=loaded
ActiveState=failed
NRestarts=1

Id=mydesk-update.service
LoadState=not-found
ActiveState=inactive
NRestarts=0
"""


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))


def systemctl(folder: Path, script: str) -> str:
    """A program that answers in systemctl's place: there is no systemd here, and on a unit it runs as another user."""
    path = folder / "systemctl"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def answering(folder: Path, restarts: int) -> str:
    (folder / "answer").write_text(SHOWN.format(restarts=restarts))
    return systemctl(folder, f'echo "$*" > {folder}/asked; cat {folder}/answer')


def test_units_that_are_installed(tmp_path: Path) -> None:
    watcher = Services(clock(), ("mydesk-room.service", "mydesk-agent.service"), systemctl=answering(tmp_path, 4))
    assert watcher.read() == readings.Services(
        (Service("mydesk-room.service", "active", 4), Service("mydesk-agent.service", "failed", 1)), 1, 0
    )
    asked = (tmp_path / "asked").read_text().split()
    assert asked == [
        "show", "--property=Id,LoadState,ActiveState,NRestarts", "--", "mydesk-room.service", "mydesk-agent.service"
    ]  # fmt: skip


def test_restarts_of_the_last_hour_asked_seldom(tmp_path: Path) -> None:
    time = clock()
    watcher = Services(time, ("mydesk-room.service",), systemctl=answering(tmp_path, 4))
    assert watcher.read().restarts_1h == 0
    answering(tmp_path, 7)
    time.step(ASK_EVERY_S - 1)
    assert watcher.read().restarts_1h == 0
    time.step(1)
    assert watcher.read().restarts_1h == 3
    time.step(3601)
    assert watcher.read().restarts_1h == 0


@pytest.mark.parametrize("script", ["exit 1", "echo 'System has not been booted with systemd' >&2; exit 1", "true"])
def test_no_systemd_is_unknown(tmp_path: Path, script: str) -> None:
    assert Services(clock(), ("a.service",), systemctl=systemctl(tmp_path, script)).read() == readings.Services()


def test_no_systemctl_is_unknown(tmp_path: Path) -> None:
    assert Services(clock(), ("a.service",), systemctl=str(tmp_path / "none")).read() == readings.Services()


def test_a_systemd_that_does_not_answer(tmp_path: Path) -> None:
    watcher = Services(clock(), ("a.service",), systemctl=systemctl(tmp_path, "exec sleep 30"), timeout_s=0.1)
    with pytest.raises(subprocess.TimeoutExpired):
        watcher.read()


@pytest.mark.parametrize("text", ["", "\n\n", "Id=\nLoadState=loaded\n", "LoadState=loaded\n", "garbage"])
def test_answers_that_are_none(text: str) -> None:
    assert parse(text) == ()


# --- the app ---

ROOM: dict[str, Any] = {
    "unit": "room-ada",
    "state": "free",
    "calendar_age_s": 12.5,
    "frame_age_s": 3.1,
    "signed_in": True,
    "sensors": [
        {"name": "ceiling", "kind": "ld2410", "condition": "healthy", "age_s": 0.1, "problem": ""},
        {"name": "air", "kind": "mhz19", "condition": "stale", "age_s": 90.0, "problem": "silent"},
        {"name": "door", "kind": "pir", "condition": "starting", "age_s": None, "problem": ""},
    ],
    "last_error": "a text that is not ours to tell",
}
KIOSK: dict[str, Any] = {
    "page": "Welcome",
    "signed_in": False,
    "printer": {"condition": "absent", "problem": "no port"},
    "scanner": {"condition": "healthy", "problem": ""},
}


def look(answer: Mapping[str, Any]) -> readings.App:
    async def status() -> Mapping[str, Any]:
        return answer

    return asyncio.run(App(status).read())


def test_a_room_panel() -> None:
    assert look(ROOM) == readings.App(
        answers=True,
        state="free",
        frame_age_s=3.1,
        calendar_age_s=12.5,
        signed_in=True,
        sensors=(
            Sensor("ceiling", "ld2410", "healthy", 0.1),
            Sensor("air", "mhz19", "stale", 90.0),
            Sensor("door", "pir", "starting"),
        ),
        sensors_silent=1,
    )


def test_a_kiosk() -> None:
    found = look(KIOSK)
    assert (found.state, found.signed_in, found.frame_age_s, found.sensors_silent) == ("Welcome", False, None, 1)
    assert found.sensors == (Sensor("printer", "printer", "absent"), Sensor("scanner", "scanner", "healthy"))


@pytest.mark.parametrize(
    "answer",
    [{}, {"sensors": 5, "printer": "x", "frame_age_s": True}, {"sensors": [1, None], "state": 3, "signed_in": "yes"}],
)
def test_an_answer_of_another_version_is_unknown_and_no_fault(answer: Mapping[str, Any]) -> None:
    assert look(answer) == readings.App(answers=True, sensors_silent=0)


def test_over_a_real_socket_and_when_nobody_is_there(tmp_path: Path) -> None:
    async def handler(request: Request) -> dict[str, Any]:
        return ROOM

    async def status() -> Mapping[str, Any]:
        return await asyncio.to_thread(ask, tmp_path / "room.sock", "status", 5.0)

    async def story() -> None:
        async with ControlServer(tmp_path / "room.sock", {"status": handler}):
            assert (await App(status).read()).answers
        assert await App(status).read() == readings.App(answers=False)
        with pytest.raises(ControlError):
            await status()

    asyncio.run(story())


# --- the outbox ---


def stamp(mono_s: float, boot: str, wall_ms: int = 1_795_000_000_000) -> Stamp:
    return Stamp(wall_ms, int(mono_s * 1000), boot, synced=True)


def test_rows_age_and_what_was_thrown_away(tmp_path: Path) -> None:
    path, time, lost = tmp_path / "outbox.db", clock(), [0]
    store = OutboxStore(path, Limits(rows=20, size_bytes=1 << 20))
    watcher = OutboxFill(path, time, "this-boot", lambda: lost[0])
    assert watcher.read() == readings.OutboxFill(0, 0.0, 0, 0, 0)
    store.append([record(RoomSample(light=1), stamp(time.monotonic_s(), "this-boot"))])
    time.step(90)
    time.jump(-5000)  # the age of a row of this boot does not depend on the wall clock
    assert watcher.read() == readings.OutboxFill(1, 90.0, 0, 0, 0)
    store.append([record(RoomSample(light=1), stamp(time.monotonic_s(), "this-boot"))] * 30)
    lost[0] = 2
    found = watcher.read()
    assert found.evicted
    assert (found.waiting, found.thrown_1h) == (31 - found.evicted, found.evicted + 2)
    store.close()
    watcher.close()


def test_a_row_of_another_boot_is_as_old_as_the_wall_clock_says(tmp_path: Path) -> None:
    path, time = tmp_path / "outbox.db", clock()
    store = OutboxStore(path)
    store.append([record(RoomSample(), stamp(9e6, "before", int(time.now().timestamp() * 1000) - 7_200_000))])
    store.close()
    watcher = OutboxFill(path, time, "this-boot", lambda: 0)
    assert watcher.read().oldest_s == 7200.0
    watcher.close()


def test_a_file_that_is_replaced_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    watcher = OutboxFill(path, clock(), "b", lambda: 0)
    assert watcher.read().waiting == 0
    for name in ("outbox.db", "outbox.db-wal", "outbox.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    store = OutboxStore(path)
    store.append([record(RoomSample(), stamp(5, "b"))])
    assert watcher.read().waiting == 1
    store.close()
    watcher.close()


def test_a_folder_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="missing"):
        OutboxFill(tmp_path / "none/outbox.db", clock(), "b", lambda: 0).read()
