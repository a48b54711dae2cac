"""A kiosk that runs is asked over its control socket to forget and to prove it, with three weeks in its register."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from common import control
from common.clock import ManualClock
from common.control import request
from kiosk.app import serve
from kiosk.assembly import assembled
from kiosk.config import load
from kiosk.kiosk import Kiosk
from kiosk.model import Channel, LeftBy
from kiosk.register_store import Signature
from tests.kiosk.register_kit import DAY_S, MONDAY, guest, visit, visit_id
from tests.kiosk.test_register_cli import CONFIG

FILES = """
[hosts]
index_file = "{folder}/hosts.index"
[invitations]
records_folder = "{folder}/invitations"
"""
ROOT = Path(__file__).parents[2]
DAYS, A_DAY = 20, 2
OLD_DAYS = 7
"""Asked on the day after the twentieth: the seventh is 14 days ago."""
EVERYBODY = range(DAYS * A_DAY)
Ask = Callable[..., Awaitable[dict[str, Any]]]


async def fill(kiosk: Kiosk, clock: ManualClock) -> None:
    """Guests of 20 days, of whom each first signs and each last forgets to leave."""
    register = kiosk.parts.register
    for day in range(DAYS):
        numbers = range(day * A_DAY, (day + 1) * A_DAY)
        signed = {visit_id(numbers[0]): Signature("rules", "10,10 500,500")}
        await register.sign_in([visit(one) for one in numbers], tell=Channel.MAIL, signatures=signed)
        for number in numbers[:-1]:
            await register.sign_out(visit_id(number), LeftBy.SCAN)
        clock.step(DAY_S)
        await kiosk.parts.forgetting.end_evenings()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Kiosk, Ask], Any]], None]:
    """`running(story)` lives it beside a headless kiosk with a filled register, which forgets only when asked."""
    monkeypatch.setattr("kiosk.forgetting.TICK_S", 3600.0)
    if os.geteuid() != 0:
        monkeypatch.setattr(control, "_peer", lambda writer: (0, os.getpid()))

    async def life(story: Callable[[Kiosk, Ask], Awaitable[None]]) -> None:
        config, clock = load(tmp_path / "kiosk.toml"), ManualClock(MONDAY)

        async def ask(op: str, **args: Any) -> dict[str, Any]:
            return await asyncio.to_thread(request, Path(config.unit.control_socket), op, 30.0, **args)

        async with assembled(config, clock) as kiosk:
            serving = asyncio.create_task(serve(kiosk, tmp_path / "kiosk.toml", _never, headless=True))
            try:
                async with asyncio.timeout(20):
                    while kiosk.parts.forgetting.last is None:  # the run at boot, with nothing to forget
                        await asyncio.sleep(0.01)
                await fill(kiosk, clock)
                await story(kiosk, ask)
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)

    def run(story: Callable[[Kiosk, Ask], Awaitable[None]]) -> None:
        (tmp_path / "kiosk.toml").write_text((CONFIG + FILES).format(folder=tmp_path))
        asyncio.run(life(story))

    return run


async def _never() -> None:
    raise AssertionError("nobody asked for a reload")


def words_of(number: int) -> list[str]:
    """All that is personal of a guest."""
    one = guest(number)
    return [one.name, one.email, one.phone, *(value for _, value in one.extra)]


def test_over_the_socket_the_old_are_forgotten_and_proved_gone(running: Callable[..., None]) -> None:
    names = [guest(number).name for number in EVERYBODY]

    async def named(ask: Ask) -> set[int]:
        """Whose name is still to be read; in no file does one lie open."""
        answer = await ask("prove-forgotten", texts=names)
        assert answer["forgotten"] is not bool(answer["findings"])
        assert {one["how"].partition(" until")[0] for one in answer["findings"]} <= {"readable"}
        return {one["text"] for one in answer["findings"]}

    async def story(kiosk: Kiosk, ask: Ask) -> None:
        assert await named(ask) == set(EVERYBODY)
        done = await ask("forget")
        old = OLD_DAYS * A_DAY
        assert (done["visits"], done["keys"], done["trusted"], done["compacted"]) == (old, OLD_DAYS, True, True)
        assert await named(ask) == set(EVERYBODY) - set(range(old))
        count = "SELECT count(*) FROM signatures"
        signed = await kiosk.parts.register.apply(lambda store, at: store.connection.execute(count).fetchone())
        assert tuple(signed) == (DAYS - OLD_DAYS,)
        gone = await ask("prove-forgotten", texts=[*words_of(0), *words_of(old - 1)])
        assert (gone["forgotten"], gone["findings"], gone["rows_read"]) == (True, [], len(EVERYBODY) - old)
        assert (await ask("forget"))["visits"] == 0
        assert (await ask("export-guest", guest=guest(0).email))["visits"] == []
        (shown,) = (await ask("export-guest", guest=guest(EVERYBODY[-1]).email))["visits"]
        assert shown["name"] == guest(EVERYBODY[-1]).name

    running(story)


def test_the_command_line_asks_the_running_kiosk(running: Callable[..., None], tmp_path: Path) -> None:
    async def story(kiosk: Kiosk, ask: Ask) -> None:
        assert (await said(tmp_path, "prove-forgotten", *words_of(0)))[0] == 1
        code, out = await said(tmp_path, "forget", "--now")
        assert (code, json.loads(out)["visits"]) == (0, OLD_DAYS * A_DAY)
        code, out = await said(tmp_path, "prove-forgotten", *words_of(0))
        assert (code, json.loads(out)["findings"]) == (0, [])
        assert (await said(tmp_path, "prove-forgotten", *words_of(EVERYBODY[-1])))[0] == 1

    running(story)


async def said(folder: Path, *words: str) -> tuple[int, str]:
    """Exit code and what was printed by `mydesk-kiosk WORDS --json`."""
    line = [sys.executable, "-m", "kiosk", *words, "--config", str(folder / "kiosk.toml"), "--json"]

    def ask() -> subprocess.CompletedProcess[str]:
        return subprocess.run(line, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)

    done = await asyncio.to_thread(ask)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout
