"""mydesk-kiosk forget, prove-forgotten, export, erase: alone, beside a running kiosk, and refused."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.testing import CliRunner, Result

from common.clock import SystemClock
from common.control import ControlError, ControlServer, Request
from kiosk import cli_register
from kiosk.forgetting import Forgetting
from kiosk.model import Channel, LeftBy
from kiosk.register import Register
from kiosk.register_control import RegisterControl
from kiosk.register_folder import RegisterBusyError
from kiosk.settings import RegisterSection
from telemetry.outbox import NullOutbox
from tests.kiosk.register_kit import Desk, at_desk, guest, visit, visit_id
from tests.ordinary_user import NOBODY

CONFIG = """
[unit]
id = "lobby"
control_socket = "{folder}/kiosk.sock"
[site]
name = "Nordhavn"
[graph]
tenant_id = "nordhavn.example"
client_id = "11111111-aaaa-4bbb-8ccc-000000000001"
account = "mydesk@nordhavn.example"
sign_in = "device-code"
token_cache_file = "{folder}/tokens"
token_key_file = "{folder}/tokens.key"
[register]
folder = "{folder}/register"
"""
ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Europe/Copenhagen")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return path


def run(config: Path, *words: str, typed: str = "") -> Result:
    app = typer.Typer()
    cli_register.add_to(app)
    return CliRunner().invoke(app, [*words, "--config", str(config)], input=typed)


def register_at(folder: Path) -> Register:
    return Register(folder / "register", RegisterSection(), ZONE, SystemClock())


def fill(folder: Path, *numbers: int) -> None:
    """Visits of the real today: the commands live by the machine's clock."""

    async def work() -> None:
        register = register_at(folder)
        await register.sign_in([visit(number) for number in numbers], tell=Channel.MAIL)
        await register.sign_out(visit_id(numbers[0]), LeftBy.SCAN)
        await register.close()

    asyncio.run(work())


def beside_a_kiosk(folder: Path, ask: Callable[[], Result]) -> Result:
    """The answer while a kiosk serves its register and its socket."""

    async def work() -> Result:
        register = register_at(folder)
        await register.open()
        control = RegisterControl(register, Forgetting(register, NullOutbox()))
        async with ControlServer(folder / "kiosk.sock", control.handlers()):
            found = await asyncio.to_thread(ask)
        await register.close()
        return found

    return asyncio.run(work())


@pytest.mark.parametrize("running", [False, True], ids=["alone", "beside a kiosk"])
def test_the_four_commands(tmp_path: Path, config: Path, running: bool) -> None:
    fill(tmp_path, 1, 2)

    def ask(*words: str, typed: str = "") -> Result:
        if running:
            return beside_a_kiosk(tmp_path, lambda: run(config, *words, typed=typed))
        return run(config, *words, typed=typed)

    forgotten = ask("forget", "--now", "--json")
    assert forgotten.exit_code == 0, forgotten.output
    assert json.loads(forgotten.output)["visits"] == 0
    found = ask("prove-forgotten", guest(1).name, "Nobody Here")
    assert found.exit_code == 1
    assert "text 1: readable until" in found.output
    assert "text 2" not in found.output
    assert "Guestname" not in found.output
    shown = ask("export", "--guest", guest(1).email, "--json")
    assert [one["name"] for one in json.loads(shown.output)] == [guest(1).name]
    read = ask("export", "--guest", "-", typed=f"{guest(1).phone}\n").output
    assert read.endswith("1 visit\n")
    assert "fields               company: Firm00001 ApS\n" in read
    assert "messages             step: first, channel: mail, state: queued, made: " in read
    assert "badges               -\n" in read
    erased = ask("erase", "--guest", guest(1).name)
    assert erased.exit_code == 0, erased.output
    clean = ask("prove-forgotten", "-", "--json", typed=f"{guest(1).name}\n{guest(1).email}\n")
    assert clean.exit_code == 0
    assert json.loads(clean.output)["findings"] == []
    on_site = ask("erase", "--guest", guest(2).email)
    assert on_site.exit_code == 1
    assert "in the building" in on_site.output


def test_forget_wants_now(config: Path) -> None:
    refused = run(config, "forget")
    assert refused.exit_code == 2
    assert "--now" in refused.output


def test_a_register_that_somebody_else_holds_is_refused_with_what_to_do(tmp_path: Path, config: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.register.open()
        found = await asyncio.to_thread(run, config, "forget", "--now")
        assert isinstance(found.exception, RegisterBusyError)
        assert "systemctl stop mydesk-kiosk" in str(found.exception)

    at_desk(tmp_path / "register", story)


def test_a_socket_that_is_named_and_does_not_answer(tmp_path: Path, config: Path) -> None:
    found = run(config, "forget", "--now", "--socket", str(tmp_path / "other.sock"))
    assert isinstance(found.exception, ControlError)
    assert not (tmp_path / "register").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_root_leaves_no_file_that_the_kiosk_cannot_write(tmp_path: Path, config: Path) -> None:
    fill(tmp_path, 1)
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o011)
    config.chmod(0o644)
    register = tmp_path / "register"
    for path in (register, *register.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    program = "import typer; from kiosk import cli_register as c; a = typer.Typer(); c.add_to(a); a()"
    command = [sys.executable, "-c", program, "forget", "--now", "--config", str(config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert {path.stat().st_uid for path in (register, *register.rglob("*"))} == {NOBODY}


def test_what_names_guests_is_roots(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        handlers = RegisterControl(desk.register, desk.forgetting).handlers()
        for op, args in PRIVATE.items():
            with pytest.raises(ControlError, match="root"):
                await handlers[op](Request(op, args, uid=1000, pid=1))
        assert (await handlers["forget"](Request("forget", {}, uid=1000, pid=1)))["compacted"] is True

    at_desk(tmp_path / "register", story)


PRIVATE: dict[str, dict[str, Any]] = {
    "prove-forgotten": {"texts": ["Maja Krogh"]},
    "export-guest": {"guest": "Maja Krogh"},
    "erase-guest": {"guest": "Maja Krogh"},
}
BAD = [
    ("prove-forgotten", {"texts": "Maja"}),
    ("prove-forgotten", {"texts": [1]}),
    ("export-guest", {}),
    ("erase-guest", {"guest": 1}),
]


@pytest.mark.parametrize(("op", "args"), BAD)
def test_bad_requests_get_a_clear_answer(tmp_path: Path, op: str, args: dict[str, Any]) -> None:
    async def story(desk: Desk) -> None:
        handlers = RegisterControl(desk.register, desk.forgetting).handlers()
        with pytest.raises(ControlError, match="must be"):
            await handlers[op](Request(op, args, uid=0, pid=1))

    at_desk(tmp_path / "register", story)


def test_each_command_has_help_and_an_example() -> None:
    app = typer.Typer()
    cli_register.add_to(app)
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        assert f"Example: mydesk-kiosk {name}" in command.help
        assert all(getattr(one, "help", "") for one in command.params)


@pytest.mark.parametrize(
    "words",
    [
        ("forget", "--now"),
        ("export", "--guest", "Maja Krogh"),
        ("erase", "--guest", "Maja Krogh"),
        ("prove-forgotten", "Maja"),
    ],
)
def test_no_register_is_made_where_there_is_none(config: Path, words: tuple[str, ...]) -> None:
    """It would be root's, and the kiosk could not write it; and "0 visits" would be no answer to a guest."""
    done = run(config, *words)
    assert isinstance(done.exception, cli_register.NoRegisterError)
    assert "There is no register" in str(done.exception)
    assert not (config.parent / "register").exists()
