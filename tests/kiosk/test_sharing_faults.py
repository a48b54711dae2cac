"""Sharing when things go wrong: late, twice, in any order, cut, forged, killed; and after fourteen days, nothing."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from common.clock import ManualClock
from common.database import StoreError, StoreFault
from common.visiting.sealed_visit import VisitRefused, day_of, seal_visit
from common.visiting.shared_visit import SharedGuest, SharedHost, SharedVisit
from kiosk.config import KioskConfig
from kiosk.model import LeftBy
from tests.kiosk.register_kit import DAY_S, JESPER, MONDAY, guest, visit_id
from tests.kiosk.sharing_kit import Hub, Lobby, again, lobbies, outbox_bodies, public_key
from tests.kiosk.site import ACCOUNT, CLIENT

Story = Callable[[Hub, Lobby, Lobby], Awaitable[None]]
ROOT = Path(__file__).parents[2]
TODAY = MONDAY.date()


def at_site(folder: Path, story: Story) -> None:
    async def told() -> None:
        async with lobbies(folder, ManualClock(MONDAY)) as (hub, a, b):
            await story(hub, a, b)

    asyncio.run(told())


def shared(version: int, by: str, **fields: object) -> SharedVisit:
    known: dict[str, object] = {
        "id": visit_id(1),
        "version": version,
        "by": by,
        "origin": "lobby-a",
        "day": TODAY,
        "delete_on": TODAY + timedelta(days=14),
        "type": "guest",
        "guest": SharedGuest(name=f"Åse Version{version}{by}"),
        "host": SharedHost(ref="1", name="Jonas Vært"),
        "in_at": MONDAY,
    }
    return SharedVisit(**(known | fields))  # type: ignore[arg-type]


VERSIONS = (
    shared(1, "lobby-a"),
    shared(2, "lobby-a", state="left", left_by="scan", out_at=MONDAY),
    shared(2, "lobby-c"),
    shared(3, "hub", state="left", left_by="reception", out_at=MONDAY),
)
ERASED = shared(4, "hub", erased=True, guest=None, host=None)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from((*VERSIONS, ERASED)), min_size=1, max_size=12))
def test_any_order_any_number_of_times(tmp_path_factory: pytest.TempPathFactory, came: list[SharedVisit]) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        for one in came:
            for blob in await hub.sealed_for(b, [one]):
                await b.sharing.take(blob)
        newest = max(came, key=lambda one: (one.version, one.by))
        found = await b.register.by_id(visit_id(1))
        assert (found is None) == newest.erased
        if found is not None and newest.guest is not None:
            assert (found.guest.name, str(found.state)) == (newest.guest.name, newest.state)
        assert (b.inside == [1]) == newest.present
        assert await b.rows("shares") == 1
        assert (await b.sharing.exchange({}))["waiting"] == 0

    at_site(tmp_path_factory.mktemp("order"), story)


def test_what_is_cut_forged_or_not_for_us_changes_nothing(tmp_path: Path) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        await hub.settle()
        (good,) = await hub.sealed_for(b, [hub.visits[visit_id(1)]])
        (for_a,) = await hub.sealed_for(a, [hub.visits[visit_id(1)]])
        tomorrow = (TODAY + timedelta(days=1)).isoformat().encode()
        stranger = X25519PrivateKey.generate().public_key()
        bad = [
            b"",
            good[:-1],
            good[:17],
            good + b"\0",
            for_a,
            good[:7] + tomorrow + good[17:],
            seal_visit(shared(9, "lobby-c"), stranger),
            seal_visit(shared(9, "lobby-c", day=TODAY - timedelta(days=5)), stranger),
            random.Random(5).randbytes(4000),
            seal_visit(shared(9, "lobby-c"), public_key((await b.keys())[tomorrow.decode()])),
        ]
        for blob in bad:
            with pytest.raises(VisitRefused) as refused:
                await b.sharing.take(blob)
            assert guest(1).name not in str(refused.value)
        assert b.inside == [1]
        assert (await b.register.by_id(visit_id(1))) is not None

    at_site(tmp_path, story)


def test_a_visit_whose_last_day_has_come_is_not_taken(tmp_path: Path) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        for blob in await hub.sealed_for(b, [shared(1, "lobby-a", delete_on=TODAY)]):
            assert not await b.sharing.take(blob)
        for blob in await hub.sealed_for(b, [shared(1, "lobby-a", delete_on=TODAY + timedelta(days=2))]):
            assert await b.sharing.take(blob)
        taken = await b.register.by_id(visit_id(1))
        assert taken is not None
        assert taken.delete_on == (TODAY + timedelta(days=2)).isoformat(), "a longer retention here extends nothing"
        b.clock.step(2 * DAY_S)
        await b.evening()
        assert await b.register.by_id(visit_id(1)) is None
        assert await b.rows("shares") == 0

    at_site(tmp_path, story)


def test_after_fourteen_days_no_copy_of_anything_opens(tmp_path: Path) -> None:
    """A copy of every blob that was ever sent is tried with every key that anybody still has."""

    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        for number in range(6):
            await (a, b)[number % 2].sign_in(number)
        await hub.settle()
        await b.register.sign_out(visit_id(0), LeftBy.SCAN)
        await hub.settle()
        assert await hub.openable() == len(hub.copies) > 12
        a.clock.step(13 * DAY_S)
        await day_ends(hub, a, b)
        assert await hub.openable() == len(hub.copies)
        await a.sign_in(20)
        await hub.settle()
        assert b.inside == [20]
        a.clock.step(DAY_S)
        await day_ends(hub, a, b)
        young = [letter for letter in hub.copies if day_of(letter.blob) > TODAY]
        assert await hub.openable() == len(young) > 0, "only what is of the thirteenth day"
        for lobby in (a, b):
            assert [await lobby.rows(table) for table in ("visits", "shares")] == [1, 1]
        a.clock.step(14 * DAY_S)
        await day_ends(hub, a, b)
        assert await hub.openable() == 0
        for lobby in (a, b):
            assert await lobby.rows("shares") == 0
            (counted,) = await lobby.forgetting.statistics(TODAY, TODAY)
            assert counted.came == 3, "each counts who came in there"

    at_site(tmp_path, story)


async def day_ends(hub: Hub, *all_of_them: Lobby) -> None:
    hub.forget()
    for lobby in all_of_them:
        await lobby.evening()
    await hub.settle()
    for lobby in all_of_them:
        await lobby.evening()


def test_an_erased_guests_row_stays_until_its_day(tmp_path: Path) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        for blob in await hub.sealed_for(b, [ERASED]):
            await b.sharing.take(blob)
        await b.evening()
        assert await b.rows("shares") == 1
        b.clock.step(14 * DAY_S)
        await b.evening()
        assert await b.rows("shares") == 0

    at_site(tmp_path, story)


@pytest.mark.parametrize("where", ["before-outbox", "before-note"])
def test_a_kill_between_register_and_outbox_loses_nothing(tmp_path: Path, where: str) -> None:
    """A process of its own signs a guest in and is gone: before the outbox has the visit, or before that is noted."""
    line = [sys.executable, "-m", "tests.kiosk.dying_lobby", str(tmp_path / "lobby-a"), where]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr
    written = len(outbox_bodies(tmp_path / "lobby-a" / "outbox.db"))
    assert written == (0 if where == "before-outbox" else 1)

    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await hub.settle()
        assert a.inside == b.inside == [1]
        assert {one.version for _, one in hub.told} == {2}

    at_site(tmp_path, story)


def test_what_an_outbox_loses_is_told_again(tmp_path: Path) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        await hub.give_keys()
        a.outbox.close()
        await a.sharing.turn()
        assert (await a.sharing.exchange({}))["waiting"] == 1
        async with again(hub, a):
            await hub.settle()
        assert b.inside == [1]

    at_site(tmp_path, story)


def test_a_sick_outbox_is_not_filled_with_repeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.sharing.WRITTEN_LOOKS", 3)

    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        await hub.give_keys()
        with monkeypatch.context() as patch:
            fault = StoreError(tmp_path, StoreFault.FULL, "for the test")
            patch.setattr("telemetry.outbox.Outbox._opened", lambda self: (_ for _ in ()).throw(fault))
            for _ in range(4):
                await a.sharing.turn()
            assert a.outbox.state.waiting == 1
            assert (await a.sharing.exchange({}))["waiting"] == 1
        async with asyncio.timeout(10):
            while a.outbox.state.fault or a.outbox.state.waiting:
                await asyncio.sleep(0.01)
        await hub.settle()
        assert b.inside == [1]

    at_site(tmp_path, story)


def test_no_outbox_has_a_word_about_anybody(tmp_path: Path) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1, 2, 3)
        await hub.settle()
        await b.register.sign_out(visit_id(2), LeftBy.GUEST)
        await hub.settle()
        (known,) = [one for one in hub.visits.values() if one.id == visit_id(3)]
        assert known.guest is not None
        assert known.guest.name == guest(3).name, "the hub could read it"

    at_site(tmp_path, story)
    below = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"e/visit" in below
    for number in (1, 2, 3):
        one = guest(number)
        for text in (one.name, one.email, one.phone, one.extra[0][1], "Guestname", JESPER.name, JESPER.address):
            assert text.encode() not in below, text
            assert msgspec.json.encode(text).strip(b'"') not in below, text


def test_the_register_of_a_kiosk_before_sharing_is_taken_over(tmp_path: Path) -> None:
    """Visits that were open when sharing was switched on are told with the first announcement."""

    async def story() -> None:
        before = Lobby(tmp_path / "lobby-a", "lobby-a", ManualClock(MONDAY), shared=False)
        await before.sign_in(1)
        await before.close()
        async with lobbies(tmp_path, ManualClock(MONDAY)) as (hub, _, b):
            await hub.settle()
            assert b.inside == [1]

    asyncio.run(story())


def test_sharing_wants_an_outbox() -> None:
    config = {
        "unit": {"id": "lobby-a"},
        "site": {"name": "Nordhavn"},
        "graph": {
            "tenant_id": "x.example",
            "client_id": CLIENT,
            "account": ACCOUNT,
            "sign_in": "device-code",
            "token_cache_file": "/x/tokens",
            "token_key_file": "/x/tokens.key",
        },
        "sharing": {"enabled": True},
    }
    problems = dict(msgspec.convert(config, KioskConfig).problems())
    assert "outbox_file" in problems["sharing.enabled"]
    with_outbox = config | {"unit": {"id": "lobby-a", "outbox_file": "/x/outbox.db"}}
    assert "sharing.enabled" not in dict(msgspec.convert(with_outbox, KioskConfig).problems())
