"""Two kiosks of a site share their guests: who comes at one is in at both, and leaves at either."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from common.clock import ManualClock
from common.control import ControlError
from common.visiting.sealed_visit import VisitRefused
from common.visiting.shared_visit import HUB, SharedGuest, SharedHost, SharedVisit
from kiosk.access_requests import erase_guest, export_guest
from kiosk.audit import Actor
from kiosk.events import AlreadyIn, Badge, Refusal, Refused
from kiosk.model import LeftBy, VisitState
from tests.common.visiting.token_kit import token
from tests.kiosk.register_kit import DAY_S, MONDAY, ZONE, guest, visit, visit_id
from tests.kiosk.sharing_kit import Hub, Lobby, again, lobbies

Story = Callable[[Hub, Lobby, Lobby], Awaitable[None]]
TODAY = MONDAY.date()
HOUR_S = 3600.0


@pytest.fixture
def site(tmp_path: Path) -> Callable[..., None]:
    """`site(story)` lives it with two kiosks and a hub."""

    def lived(story: Story, *units: str) -> None:
        async def told() -> None:
            async with lobbies(tmp_path, ManualClock(MONDAY), *units) as (hub, a, b):
                await story(hub, a, b)

        asyncio.run(told())

    return lived


Site = Callable[..., None]


def test_a_guest_is_in_at_both_and_the_host_is_told_once(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1, 2)
        await hub.settle()
        assert a.inside == b.inside == [1, 2]
        assert [await a.rows("messages"), await b.rows("messages")] == [2, 0]
        assert [await a.rows("print_jobs"), await b.rows("print_jobs")] == [2, 0]
        there = await b.register.by_id(visit_id(1))
        here = await a.register.by_id(visit_id(1))
        assert there is not None
        assert here is not None
        assert there == replace(here, host=there.host)
        assert (there.host.name, there.host.address) == (here.host.name, here.host.address)
        assert b.taken == 2
        assert {one.site for one in hub.visits.values()} == {"Nordhavn Kontorhus"}

    site(story)


def test_both_evacuation_lists_are_the_same(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        await b.sign_in(2)
        await hub.settle()
        lists = [await lobby.register.evacuation() for lobby in (a, b)]
        names = [[one.visit.guest.name for one in found.people] for found in lists]
        assert names == [[guest(1).name, guest(2).name]] * 2
        assert await b.register.tick(visit_id(1), found=True)
        await a.register.sign_out(visit_id(1), LeftBy.SCAN)
        await hub.settle()
        assert [one.visit.id for one in (await b.register.evacuation()).people] == [visit_id(2)]

    site(story)


def test_leaving_at_the_other_kiosk_by_name(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1, 2)
        await hub.settle()
        found = b.register.find_open(guest(1).name, "Østergaard")
        assert found is not None
        assert await b.register.sign_out(found.id, LeftBy.GUEST)
        await hub.settle()
        left = await a.register.by_id(visit_id(1))
        assert left is not None
        assert (a.inside, b.inside) == ([2], [2])
        assert (left.state, left.out_by, left.out_at) == (VisitState.LEFT, LeftBy.GUEST, MONDAY)
        assert left.host.department == "Salg", "what the form does not carry stays"
        assert (hub.visits[visit_id(1)].version, hub.visits[visit_id(1)].by) == (3, "lobby-b")

    site(story)


def test_leaving_at_the_other_kiosk_by_badge(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        now = a.clock.now()
        printed = a.badges.token(visit_id(1), now, clock_sure=True)
        assert isinstance(await b.reader().read(printed), Refused)
        await hub.settle()
        assert await b.reader().read(printed) == Badge(visit_id(1))
        assert isinstance(await b.reader().read(a.badges.token(visit_id(2), now, clock_sure=True)), Refused)
        reprinted = b.badges.token(visit_id(1), now, clock_sure=True)
        assert await a.reader().read(reprinted) == Badge(visit_id(1))
        async with again(hub, b) as reborn:
            await reborn.sharing.turn()
            assert await reborn.reader().read(printed) == Badge(visit_id(1))
            await reborn.register.sign_out(visit_id(1), LeftBy.SCAN)
            await hub.settle()
        assert isinstance(await a.reader().read(printed), Refused)

    site(story)


def test_an_invited_guest_whom_both_expect_comes_once(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        expected = visit(1, expected_at=MONDAY + timedelta(hours=1))
        for lobby in (a, b):
            await lobby.register.expect([expected])
        await hub.settle()
        assert hub.told == []
        await a.sign_in(1)
        await hub.settle()
        assert b.inside == [1]
        assert await b.rows("visits") == 1
        assert await b.rows("messages") == 0
        assert await b.reader().read(token(visit_id(1))) == AlreadyIn(visit_id(1))
        await b.register.sign_out(visit_id(1), LeftBy.GUEST)
        await hub.settle()
        assert await a.reader().read(token(visit_id(1))) == Refused(Refusal.USED)

    site(story)


def test_whom_the_hub_expects_is_the_kiosks_guest_who_comes_in_there(site: Site) -> None:
    """Also where the kiosk's id is lower than "hub", and whether or not it had heard of the invitation."""

    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await hub.give_keys()
        for number, heard in ((1, True), (2, False)):
            expected = shared(number, state="expected", expected_at=MONDAY + timedelta(hours=1), in_at=None)
            hub.visits[expected.id] = expected
            for lobby in (a, b) if heard else (b,):
                for blob in await hub.sealed_for(lobby, [expected]):
                    assert await lobby.sharing.take(blob)
        assert (a.inside, b.inside) == ([], [])
        await a.sign_in(1, 2)
        badge = a.badges.token(visit_id(1), a.clock.now(), clock_sure=True)
        await hub.settle()
        assert a.inside == b.inside == [1, 2]
        assert {(one.by, one.origin) for one in hub.visits.values()} == {("a-lobby", "a-lobby")}
        assert await b.reader().read(badge) == Badge(visit_id(1))
        counts = [await lobby.forgetting.statistics(TODAY, TODAY) for lobby in (a, b)]
        assert [[one.came for one in found] for found in counts] == [[2], []]

    site(story, "a-lobby", "z-lobby")


def shared(number: int, **fields: object) -> SharedVisit:
    """Of the hub's."""
    known: dict[str, object] = {
        "id": visit_id(number),
        "version": 1,
        "by": HUB,
        "origin": HUB,
        "day": TODAY,
        "delete_on": TODAY + timedelta(days=14),
        "type": "guest",
        "guest": SharedGuest(name=guest(number).name),
        "host": SharedHost(ref="1", name="Jonas Vært"),
        "in_at": MONDAY,
        "badge_key": bytes(range(32)),
    }
    return SharedVisit(**(known | fields))  # type: ignore[arg-type]


def test_the_evening_ends_visits_at_both_and_counts_and_reminds_once(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1, until=MONDAY + timedelta(hours=1))
        await hub.settle()
        a.clock.step(3 * HOUR_S)
        for lobby in (a, b):
            await lobby.evening()
        assert [await a.rows("messages"), await b.rows("messages")] == [2, 0], "one reminder"
        a.clock.step(13 * HOUR_S)
        for lobby in (b, a):
            await lobby.evening()
        ends = [await lobby.register.by_id(visit_id(1)) for lobby in (a, b)]
        assert {one.state for one in ends if one} == {VisitState.LEFT_ASSUMED}
        assert len({one.out_at for one in ends if one}) == 1
        assert (await b.sharing.exchange({}))["waiting"] == 0
        assert (await a.sharing.exchange({}))["waiting"] == 1
        await hub.settle()
        assert (hub.visits[visit_id(1)].version, hub.visits[visit_id(1)].by) == (3, "lobby-a")
        counts = [await lobby.forgetting.statistics(TODAY, TODAY) for lobby in (a, b)]
        assert [[one.came for one in found] for found in counts] == [[1], []]

    site(story)


def test_a_correction_reaches_the_other_kiosk(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        await hub.settle()
        known = await b.register.by_id(visit_id(1))
        assert known is not None
        await b.register.change(replace(known, guest=replace(known.guest, name="Åse Rettet")))
        await hub.settle()
        corrected = await a.register.by_id(visit_id(1))
        assert corrected is not None
        assert corrected.guest.name == "Åse Rettet"
        shown = await a.register.apply(lambda store, at: export_guest(store, at, "Åse Rettet", Actor.ADMIN))
        assert [one["visit"] for one in shown] == [visit_id(1)]

    site(story)


@pytest.mark.parametrize("at_b_first", [True, False])
def test_two_changes_at_once_end_the_same_at_both(site: Site, at_b_first: bool) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        await hub.settle()
        await a.register.sign_out(visit_id(1), LeftBy.SCAN)
        await b.register.sign_out(visit_id(1), LeftBy.GUEST)
        if at_b_first:
            await b.sharing.turn()
        await hub.settle()
        ends = [await lobby.register.by_id(visit_id(1)) for lobby in (a, b)]
        assert {one.out_by for one in ends if one} == {LeftBy.GUEST}, "the higher unit id"

    site(story)


def test_a_kiosk_without_the_hubs_key_waits(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        await a.sharing.turn()
        assert hub.collect() == []
        assert (await a.sharing.exchange({}))["waiting"] == 1
        tomorrow = (TODAY + timedelta(days=1)).isoformat()
        await a.sharing.exchange({tomorrow: hub.keys()[tomorrow]})
        await a.sharing.turn()
        assert hub.collect() == []
        await hub.settle()
        assert b.inside == [1]
        assert (await a.sharing.exchange({}))["waiting"] == 0

    site(story)


def test_visits_wait_until_the_date_is_known(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        a.clock.sync = False
        await a.sign_in(1)
        a.clock.sync = True
        await hub.give_keys()
        a.clock.sync = False
        await a.sharing.turn()
        assert hub.collect() == []
        a.clock.sync = True
        await a.evening()
        await hub.settle()
        assert b.inside == [1]
        assert hub.visits[visit_id(1)].day == TODAY

    site(story)


def test_open_visits_are_told_again_at_the_start_and_once_a_day(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1, 2)
        await a.register.sign_out(visit_id(2), LeftBy.SCAN)
        await hub.settle()
        hub.told.clear()
        await a.sharing.turn()
        assert hub.collect() == []
        async with again(hub, a) as reborn:
            await hub.settle()
            assert [(unit, one.id, one.version) for unit, one in hub.told] == [("lobby-a", visit_id(1), 2)]
            hub.told.clear()
            a.clock.step(DAY_S)
            await reborn.sharing.turn()
            assert [one.id for one in hub.collect()] == [visit_id(1)]
        assert b.inside == [1]

    site(story)


def test_another_key_of_the_hub_makes_kiosks_tell_that_day_again(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1, 2)
        await a.register.sign_out(visit_id(2), LeftBy.SCAN)
        await hub.give_keys()
        await a.sharing.turn()
        hub.rekey(TODAY)
        assert hub.collect() == []
        assert hub.unreadable == 2
        await hub.settle()
        assert b.inside == [1]
        assert set(hub.visits) == {visit_id(1), visit_id(2)}

    site(story)


def test_who_is_erased_at_one_kiosk_is_gone_at_both_for_good(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1, 2)
        await hub.settle()
        late = await hub.sealed_for(b, [hub.visits[visit_id(1)]])
        before = await b.keys()
        await a.register.sign_out(visit_id(1), LeftBy.SCAN)
        done = await a.register.apply(lambda store, at: erase_guest(store, at, guest(1).email, Actor.ADMIN, ZONE))
        assert done.visits == 1
        await hub.settle()
        assert hub.visits[visit_id(1)].erased
        for lobby in (a, b):
            assert await lobby.register.by_id(visit_id(1)) is None
            assert lobby.inside == [2]
        assert (await b.keys())[TODAY.isoformat()] != before[TODAY.isoformat()]
        with pytest.raises(VisitRefused):
            await b.sharing.take(late[0])
        for blob in await hub.sealed_for(b, [hub.told[0][1]]):
            assert not await b.sharing.take(blob), "an older version does not bring the guest back"
        assert await b.register.by_id(visit_id(1)) is None

    site(story)


def test_where_sharing_is_off_nothing_is_noted_and_nothing_taken(tmp_path: Path) -> None:
    async def story() -> None:
        async with lobbies(tmp_path, ManualClock(MONDAY)) as (hub, a, _):
            await a.sign_in(1)
            await hub.settle()
            blobs = await hub.sealed_for(a, list(hub.visits.values()))
            alone = Lobby(tmp_path / "alone", "alone", ManualClock(MONDAY), shared=False)
            try:
                await alone.sign_in(2)
                await alone.sharing.run()
                assert await alone.sharing.exchange(hub.keys()) == {"keys": {}, "waiting": 0}
                with pytest.raises(VisitRefused, match="not shared"):
                    await alone.sharing.take(blobs[0])
                assert await alone.rows("shares") == 0
                assert len(await alone.secrets()) == 1
            finally:
                await alone.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    "keys", [["2026-11-23"], {"2026-11-23": "short"}, {"today": "A" * 43}, {"2026-11-23": "A" * 43}, None]
)
def test_what_are_no_keys_is_refused(site: Site, keys: object) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        with pytest.raises(ControlError, match="X25519"):
            await a.sharing.exchange(keys)

    site(story)


def test_keys_are_of_yesterday_today_and_tomorrow_and_stay(site: Site) -> None:
    async def story(hub: Hub, a: Lobby, b: Lobby) -> None:
        found = await a.keys()
        assert set(found) == {(TODAY + timedelta(days=days)).isoformat() for days in (-1, 0, 1)}
        await a.sign_in(1)
        assert await a.keys() == found
        a.clock.step(40 * DAY_S)
        await a.evening()
        later = await a.keys()
        assert min(map(date.fromisoformat, later)) > TODAY + timedelta(days=25)

    site(story)
