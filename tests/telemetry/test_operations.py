"""What each command does: through the app's socket, systemctl and journalctl, all of them real processes here."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.clock import ManualClock
from common.errors import MyDeskError
from telemetry.app_client import AppClient
from telemetry.child import ChildError, run_child
from telemetry.commands import Operation
from telemetry.log_bundle import MOST_BYTES, LogSource, packed
from telemetry.operations import OperationError, Role, UnitParts, operations
from telemetry.power_control import PowerControl
from telemetry.update_request import REQUEST
from tests.telemetry.agent_kit import AppDouble, program, words

Table = dict[str, Operation]
LOG = """
2026-11-23T10:00:02+0100 mydesk-room[81]: WARNING graph.http: no answer of 10.1.2.3
2026-11-23T10:00:01+0100 mydesk-room[81]: INFO roomdisplay.reader: read
"""


def run(
    tmp_path: Path,
    story: Callable[[Table, AppDouble], Awaitable[None]],
    *,
    role: Role = "room",
    systemctl: str = "exit 0",
) -> None:
    """Run `story` with the operations of a unit whose app is a double."""

    async def all_of_it() -> None:
        async with AppDouble(tmp_path / "app.sock") as app:
            (tmp_path / "log").write_text(LOG.lstrip())
            parts = UnitParts(
                role,
                AppClient(app.path, ManualClock(datetime(2026, 11, 23, tzinfo=UTC))),
                PowerControl(
                    "mydesk-room.service", boot="b1", start="s1", systemctl=program(tmp_path / "systemctl", systemctl)
                ),
                LogSource(
                    ("mydesk-room.service", "mydesk-agent.service"),
                    journalctl=program(tmp_path / "journalctl", f"cat {tmp_path}/log"),
                ),
                tmp_path / "update",
            )
            await story(operations(parts), app)

    asyncio.run(all_of_it())


def test_each_role_has_its_operations(tmp_path: Path) -> None:
    both = {"identify", "screenshot", "reload", "restart", "reboot", "logs", "update"}

    async def room(table: Table, app: AppDouble) -> None:
        assert set(table) == both | {"check-in", "release"}

    async def kiosk(table: Table, app: AppDouble) -> None:
        assert set(table) == both | {"answer", "evacuation", "reprint", "visit"}
        answer = await table["evacuation"].run({"active": True})
        assert answer == {"active": True}, "who is in the building stays there"
        assert app.calls[-1] == ("evacuation", {"active": True, "by": "control"})
        await table["evacuation"].run({"active": False, "by": "hub"})
        assert app.calls[-1] == ("evacuation", {"active": False, "by": "hub"})
        assert await table["reprint"].run({"visit_id": "0" * 32}) == {}
        assert app.calls[-1] == ("reprint", {"visit_id": "0" * 32})
        app.trouble = "paper-out"
        with pytest.raises(OperationError, match="paper-out"):
            await table["reprint"].run({"visit_id": "0" * 32})

    run(tmp_path, room)
    run(tmp_path, kiosk, role="kiosk")


ASKED = [
    ("identify", {"unit": "room-ada"}),
    ("screenshot", {"png": "iVBORw0KGgo="}),
    ("reload", {}),
    ("check-in", {}),
    ("release", {}),
]


@pytest.mark.parametrize(("operation", "result"), ASKED)
def test_what_is_the_apps_matter_is_asked_of_it(tmp_path: Path, operation: str, result: dict[str, Any]) -> None:
    async def story(table: Table, app: AppDouble) -> None:
        assert await table[operation].run({}) == result
        assert app.calls == [(operation, {})]
        app.refusals[operation] = "No meeting runs in this room."
        with pytest.raises(MyDeskError, match="No meeting"):
            await table[operation].run({})

    run(tmp_path, story)


WRONG_ARGS = [
    ("identify", {"loud": True}),
    ("reboot", {"force": "yes"}),
    ("restart", {"what": "hub"}),
    ("logs", {"lines": 0}),
    ("logs", {"lines": 10**9}),
    ("update", {}),
    ("update", {"release": "../../etc/passwd"}),
    ("update", {"release": ""}),
]


@pytest.mark.parametrize(("operation", "args"), WRONG_ARGS, ids=repr)
def test_wrong_arguments_do_nothing(tmp_path: Path, operation: str, args: dict[str, Any]) -> None:
    async def story(table: Table, app: AppDouble) -> None:
        with pytest.raises(MyDeskError, match="args are wrong"):
            await table[operation].run(args)
        assert app.calls == []
        assert words(tmp_path / "systemctl") == []

    run(tmp_path, story)


def test_restart_is_recognised_after_it(tmp_path: Path) -> None:
    async def story(table: Table, app: AppDouble) -> None:
        restart = table["restart"]
        assert restart.mark
        assert restart.changed
        (tmp_path / "pid").write_text("MainPID=81\nExecMainStartTimestampMonotonic=5\n")
        mark = await restart.mark({})
        assert not await restart.changed(mark)
        assert await restart.run({}) == {"restarted": "app"}
        (tmp_path / "pid").write_text("MainPID=99\nExecMainStartTimestampMonotonic=7\n")
        assert await restart.changed(mark)
        assert "--no-ask-password restart mydesk-room.service" in words(tmp_path / "systemctl")
        assert await restart.changed("agent s0")
        assert not await restart.changed("agent s1")

    run(tmp_path, story, systemctl=f"[ $2 != show ] || cat {tmp_path}/pid")


def test_what_systemd_refuses_is_told_with_what_to_do(tmp_path: Path) -> None:
    async def story(table: Table, app: AppDouble) -> None:
        with pytest.raises(MyDeskError, match=r"Access denied.*polkit"):
            await table["restart"].run({})
        with pytest.raises(MyDeskError, match="Access denied"):
            await table["reboot"].run({})

    run(tmp_path, story, systemctl="echo Access denied >&2; exit 4")


BUSY = [
    ({"state": "busy"}, "A meeting runs (busy)"),
    ({"state": "check-in"}, "A meeting runs"),
    ({"state": "offline", "presence": "occupied"}, "Somebody is in the room"),
    ({"state": None, "page": "Typing"}, "A guest is busy"),
    ({"state": None, "page": "Welcome", "evacuation": True}, "An evacuation"),
]


@pytest.mark.parametrize(("status", "reason"), BUSY)
def test_a_reboot_waits_for_people_unless_forced(tmp_path: Path, status: dict[str, Any], reason: str) -> None:
    async def story(table: Table, app: AppDouble) -> None:
        app.status |= status
        with pytest.raises(MyDeskError) as refused:
            await table["reboot"].run({})
        assert reason in refused.value.message
        assert "force" in refused.value.hint
        assert words(tmp_path / "systemctl") == []
        await goes_down(table, {"force": True})

    async def goes_down(table: Table, args: dict[str, Any]) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await table["reboot"].run(args)
        assert words(tmp_path / "systemctl") == ["--no-ask-password reboot --no-wall"]

    run(tmp_path, story)


@pytest.mark.parametrize("app_answers", [True, False])
def test_an_empty_room_and_a_dead_app_stop_no_reboot(tmp_path: Path, app_answers: bool) -> None:
    async def story(table: Table, app: AppDouble) -> None:
        if not app_answers:
            app.refusals["status"] = "hung"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await table["reboot"].run({})
        assert words(tmp_path / "systemctl") == ["--no-ask-password reboot --no-wall"]
        assert table["reboot"].mark
        assert table["reboot"].changed
        assert await table["reboot"].mark({}) == "b1"
        assert await table["reboot"].changed("b0")
        assert not await table["reboot"].changed("b1")

    run(tmp_path, story)


def test_logs_are_redacted_and_in_order(tmp_path: Path) -> None:
    async def story(table: Table, app: AppDouble) -> None:
        answer = await table["logs"].run({"lines": 50})
        text = gzip.decompress(base64.b64decode(answer["gz"])).decode()
        assert [line.split(" ", 3)[3] for line in text.splitlines()] == [
            "roomdisplay.reader: read",
            "graph.http: no answer of <ip>",
        ]
        assert (answer["lines"], answer["cut"]) == (2, False)
        (called,) = words(tmp_path / "journalctl")
        assert "--lines=50 --unit mydesk-room.service --unit mydesk-agent.service" in called

    run(tmp_path, story)


def test_a_bundle_that_is_too_large_loses_its_oldest_lines() -> None:
    chance = random.Random(5)
    lines = [f"{number} {chance.getrandbits(4000):x}" for number in range(1000)]
    content, count = packed(lines)
    assert 100 < count < 1000
    assert len(content) <= MOST_BYTES
    assert gzip.decompress(content).decode().splitlines() == lines[-count:]
    assert packed([]) == (gzip.compress(b"", mtime=0), 0)


def test_an_update_is_asked_of_the_updater(tmp_path: Path) -> None:
    async def story(table: Table, app: AppDouble) -> None:
        with pytest.raises(MyDeskError, match="this unit has no updater yet"):
            await table["update"].run({"release": "1.4.0"})
        (tmp_path / "update").mkdir()
        assert await table["update"].run({"release": "1.4.0"}) == {"requested": "1.4.0"}
        assert json.loads((tmp_path / "update" / REQUEST).read_text()) == {"release": "1.4.0"}

    run(tmp_path, story)


CHILDREN = [
    ("exec sleep 60", "longer than 0.2 s"),
    ("trap '' TERM; sleep 60 & wait", "longer than 0.2 s"),
    ("echo one >&2; echo no such unit >&2; exit 5", r"failed \(5\): no such unit"),
    ("exit 1", "does not say why"),
]


@pytest.mark.parametrize(("script", "said"), CHILDREN)
def test_a_program_has_an_end(tmp_path: Path, script: str, said: str) -> None:
    with pytest.raises(ChildError, match=said):
        asyncio.run(run_child(program(tmp_path / "one", script), timeout_s=0.2 if "longer" in said else 10))
    with pytest.raises(ChildError, match="cannot be run"):
        asyncio.run(run_child(str(tmp_path / "none"), timeout_s=1))


def test_a_program_that_never_stops_talking_is_cut(tmp_path: Path) -> None:
    talker = program(tmp_path / "talker", "exec yes")
    output = asyncio.run(run_child(talker, timeout_s=10, most_bytes=1000))
    assert output.cut
    assert len(output.text) == 1000
