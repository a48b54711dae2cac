"""The register: guests in and out, all or none, once; messages, badges and signatures that hang on a visit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.database import StoreError
from kiosk.message_table import Rung
from kiosk.model import Answer, Channel, Guest, Host, LeftBy, Progress, Visit, VisitState
from kiosk.register_store import Signature
from tests.kiosk.register_kit import INGRID, MONDAY, Desk, at_desk, guest, visit, visit_id


def test_a_guest_who_signed_in_is_on_site_and_their_host_is_to_be_told(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        (stored,) = await desk.register.sign_in([visit(1)], tell=Channel.CHAT)
        assert stored == visit(1, in_at=MONDAY, delete_on="2026-12-07")
        assert desk.register.open_visits() == (stored,)
        assert await desk.register.by_id(stored.id) == stored
        (message,) = await desk.register.messages_due()
        assert (message.visit_id, message.rung, message.channel) == (stored.id, Rung.FIRST, Channel.CHAT)
        assert (message.tries, message.repeat, message.due_at) == (0, False, MONDAY)

    at_desk(tmp_path / "register", story)


def test_it_is_all_there_after_a_restart(tmp_path: Path) -> None:
    async def first(desk: Desk) -> tuple[Visit, ...]:
        await desk.sign_in(1, 2)
        await desk.register.sign_out(visit_id(1), LeftBy.SCAN)
        return desk.register.open_visits()

    async def second(desk: Desk) -> tuple[Visit, ...]:
        await desk.register.open()
        return desk.register.open_visits()

    assert at_desk(tmp_path / "register", first) == at_desk(tmp_path / "register", second)


def test_signing_in_twice_with_one_id_is_once(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1, 1)
        await desk.register.sign_in([visit(1, guest=guest(2))], tell=Channel.MAIL)
        assert (await desk.rows("visits"), await desk.rows("messages")) == (1, 1)
        assert desk.register.open_visits()[0].guest == guest(1)
        await desk.register.sign_out(visit_id(1), LeftBy.GUEST)
        await desk.sign_in(1)
        assert desk.register.open_visits() == ()

    at_desk(tmp_path / "register", story)


def test_a_group_comes_whole_and_each_host_is_told_once(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        group = [visit(n, group="g1", host=INGRID if n == 3 else visit(1).host) for n in (1, 2, 3, 4)]
        await desk.register.sign_in(group, tell=Channel.MAIL)
        assert len(desk.register.open_visits()) == 4
        assert [one.visit_id for one in await desk.register.messages_due()] == [visit_id(1), visit_id(3)]

    at_desk(tmp_path / "register", story)


def test_a_group_with_a_fault_does_not_come_at_all(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.register.open()
        naive = visit(3, until=MONDAY.replace(tzinfo=None))
        with pytest.raises(ValueError, match="aware"):
            await desk.register.sign_in([visit(1), visit(2), naive], tell=Channel.MAIL)
        assert (await desk.rows("visits"), await desk.rows("messages")) == (0, 0)

    at_desk(tmp_path / "register", story)


def test_a_type_without_a_host_tells_nobody(tmp_path: Path) -> None:
    async def story(desk: Desk) -> int:
        await desk.register.sign_in([visit(1)], tell=None)
        return await desk.rows("messages")

    assert at_desk(tmp_path / "register", story) == 0


def test_an_expected_guest_is_no_longer_expected_once_in(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        at = MONDAY + timedelta(days=20)
        await desk.register.expect([visit(1, expected_at=at)])
        await desk.register.expect([visit(1, expected_at=at, guest=guest(2))])
        assert [one.guest for one in await desk.register.expected()] == [guest(1)]
        assert desk.register.open_visits() == ()
        assert (await desk.register.expected())[0].delete_on == "2026-12-27"  # 14 days from the day of the visit
        await desk.register.sign_in([visit(1, expected_at=at, guest=guest(3))], tell=Channel.MAIL)
        assert await desk.register.expected() == ()
        (came,) = desk.register.open_visits()
        assert (came.guest, came.state, came.delete_on) == (guest(3), VisitState.ON_SITE, "2026-12-27")

    at_desk(tmp_path / "register", story)


def test_signing_out(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        desk.clock.step(3600)
        assert await desk.register.sign_out(visit_id(1), LeftBy.SCAN)
        assert not await desk.register.sign_out(visit_id(1), LeftBy.GUEST)
        assert not await desk.register.sign_out(visit_id(9), LeftBy.GUEST)
        gone = await desk.register.by_id(visit_id(1))
        assert gone is not None
        assert (gone.state, gone.out_by) == (VisitState.LEFT, LeftBy.SCAN)
        assert gone.out_at == MONDAY + timedelta(hours=1)
        assert desk.register.open_visits() == ()

    at_desk(tmp_path / "register", story)


def test_reception_mends_what_the_clock_assumed_and_the_clock_mends_nothing(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        await desk.register.sign_out(visit_id(1), LeftBy.CLOCK)
        assert not await desk.register.sign_out(visit_id(1), LeftBy.CLOCK)
        assert await desk.register.sign_out(visit_id(1), LeftBy.RECEPTION, MONDAY)
        mended = await desk.register.by_id(visit_id(1))
        assert mended is not None
        assert (mended.state, mended.out_at) == (VisitState.LEFT, MONDAY)

    at_desk(tmp_path / "register", story)


def test_a_shorter_retention_later_changes_nothing_and_a_date_that_is_brought_along_stays(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        await desk.register.sign_in([visit(2, delete_on="2026-11-30")], tell=None)
        await desk.register.sign_in([visit(3, delete_on="2030-01-01")], tell=None)
        assert [one.delete_on for one in desk.register.open_visits()] == ["2026-12-07", "2026-11-30", "2026-12-07"]

    at_desk(tmp_path / "register", story)

    async def later(desk: Desk) -> None:
        await desk.sign_in(1)
        await desk.sign_in(4)
        by_number = {int(one.id, 16): one.delete_on for one in desk.register.open_visits()}
        assert (by_number[1], by_number[4]) == ("2026-12-07", "2026-12-23")

    at_desk(tmp_path / "register", later, days=30)


FACTORS = [
    ("Åse Guestname00001 Sørensen", "01", True),
    ("aase guestname00001 soerensen", "000001", True),
    ("SØRENSEN ase guestname00001", "Østergaard", True),
    ("Åse Guestname00001 Sørensen", "jesper oestergaard", True),
    ("Åse Guestname00001 Sørensen", "1", False),  # one digit is no factor
    ("Åse Guestname00001 Sørensen", "02", False),
    ("Åse Guestname00001 Sørensen", "Øster", False),  # no part of a word
    ("Åse Guestname00001", "01", False),
    ("Åse Guestname00001 Sørensen", "", False),
    ("", "01", False),
    ("", "", False),
]


@pytest.mark.parametrize(("name", "factor", "found"), FACTORS)
def test_an_open_visit_is_found_by_full_name_and_a_second_factor(
    tmp_path: Path, name: str, factor: str, found: bool
) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        await desk.sign_in(2, host=INGRID)
        hit = desk.register.find_open(name, factor)
        assert (hit.id if hit else None) == (visit_id(1) if found else None)

    at_desk(tmp_path / "register", story)


def test_two_who_fit_are_nobody(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        await desk.sign_in(2, guest=guest(1))
        assert desk.register.find_open(guest(1).name, "01") is None

    at_desk(tmp_path / "register", story)


def test_reception_corrects_a_visit(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        (stored,) = desk.register.open_visits()
        mended = replace(stored, guest=guest(7), host=INGRID, until=MONDAY + timedelta(hours=2))
        assert await desk.register.change(mended)
        assert desk.register.open_visits() == (mended,)
        assert not await desk.register.change(visit(5))
        entries = await desk.register.apply(lambda store, at: store.audit.entries())
        assert [(one.event, one.object) for one in entries] == [("changed", visit_id(1))]

    at_desk(tmp_path / "register", story)


def test_the_life_of_a_message(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        register = desk.register
        await desk.sign_in(1)
        (message,) = await register.messages_due()
        assert await register.message_sending(message.id)
        assert not await register.message_sending(message.id)  # nobody sends it twice
        assert await register.messages_due() == ()
        retry = MONDAY + timedelta(seconds=30)
        assert await register.message_failed(message.id, retry, may_have_arrived=False)
        assert await register.messages_due() == ()
        desk.clock.step(30)
        (again,) = await register.messages_due()
        assert (again.tries, again.repeat) == (1, False)
        await register.message_sending(again.id)
        await register.message_failed(again.id, desk.clock.now(), may_have_arrived=True)
        (third,) = await register.messages_due()
        assert (third.tries, third.repeat) == (2, True)
        await register.message_sending(third.id)
        assert await register.message_sent(third.id)
        assert await register.message_answered(third.id, Answer.COMING)
        (done,) = await register.messages_of(visit_id(1))
        assert (done.state, done.answer, done.tries) == (Progress.ANSWERED, Answer.COMING, 3)

    at_desk(tmp_path / "register", story)


def test_a_message_may_be_given_up_and_the_ladder_goes_on(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        (message,) = await desk.register.messages_due()
        await desk.register.message_sending(message.id)
        await desk.register.message_failed(message.id, None, may_have_arrived=False)
        for _ in range(2):  # the second is the same step
            await desk.register.add_message(
                visit_id(1), Rung.SECOND, Channel.CHAT, desk.clock.now() + timedelta(seconds=60)
            )
        assert await desk.register.messages_due() == ()
        desk.clock.step(60)
        assert [one.rung for one in await desk.register.messages_due()] == [Rung.SECOND]
        states = [one.state for one in await desk.register.messages_of(visit_id(1))]
        assert states == [Progress.FAILED, Progress.QUEUED]
        await desk.register.add_message(visit_id(99), Rung.SECOND, Channel.CHAT)  # forgotten meanwhile
        assert await desk.rows("messages") == 2

    at_desk(tmp_path / "register", story)


def test_what_was_being_sent_at_a_crash(tmp_path: Path) -> None:
    async def before(desk: Desk) -> None:
        await desk.sign_in(1, 2)
        first, _ = await desk.register.messages_due()
        await desk.register.message_sending(first.id)

    async def after(desk: Desk) -> None:
        due = {one.visit_id: one.repeat for one in await desk.register.messages_due()}
        assert due == {visit_id(1): True, visit_id(2): False}

    at_desk(tmp_path / "register", before)
    at_desk(tmp_path / "register", after)


async def signature_of(desk: Desk, number: int) -> Signature | None:
    return await desk.register.apply(lambda store, at: store.signature_of(visit_id(number)))


def test_a_signature_is_sealed_beside_its_visit(tmp_path: Path) -> None:
    signed = Signature("rules-3", "1,1 500,500;20,20 30,40")

    async def story(desk: Desk) -> None:
        await desk.register.sign_in([visit(1), visit(2)], tell=None, signatures={visit_id(1): signed})
        assert await signature_of(desk, 1) == signed
        assert await signature_of(desk, 2) is None

    at_desk(tmp_path / "register", story)
    raw = b"".join(path.read_bytes() for path in (tmp_path / "register").rglob("*") if path.is_file())
    assert b"rules-3" in raw
    assert b"500,500" not in raw
    assert "500" not in repr(signed)


def test_an_evacuation_is_remembered_and_begins_with_nobody_found(tmp_path: Path) -> None:
    async def before(desk: Desk) -> None:
        await desk.sign_in(1, 2)
        assert not await desk.register.evacuating()
        await desk.register.set_evacuation(True)
        assert await desk.register.tick(visit_id(1), found=True)
        assert not await desk.register.tick(visit_id(9), found=True)

    async def after(desk: Desk) -> None:
        assert await desk.register.evacuating()
        listed = await desk.register.evacuation()
        assert [(one.visit.id, one.found, one.assumed) for one in listed.people] == [
            (visit_id(1), True, False),
            (visit_id(2), False, False),
        ]
        await desk.register.set_evacuation(True)  # a second order forgets no tick
        assert (await desk.register.evacuation()).people[0].found
        await desk.register.set_evacuation(False)
        await desk.register.set_evacuation(True)
        assert not (await desk.register.evacuation()).people[0].found

    at_desk(tmp_path / "register", before)
    at_desk(tmp_path / "register", after)


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    people=st.lists(
        st.builds(
            Guest, names, names, names, st.lists(st.tuples(names, names), max_size=3).map(lambda pairs: tuple(pairs))
        ),
        min_size=1,
        max_size=5,
    ),
    host=st.builds(Host, names, names, names, names, st.just("da"), names),
)
def test_whatever_people_are_called_comes_back_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, people: list[Guest], host: Host
) -> None:
    async def story(desk: Desk) -> None:
        visits = [visit(number, guest=one, host=host) for number, one in enumerate(people)]
        await desk.register.sign_in(visits, tell=Channel.MAIL)
        assert [one.guest for one in desk.register.open_visits()] == people
        assert {one.host for one in desk.register.open_visits()} == {host}

    at_desk(tmp_path_factory.mktemp("names") / "register", story)


def test_many_at_once_are_each_written_once(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        calls = [desk.sign_in(number % 40) for number in range(120)]
        calls += [asyncio.ensure_future(desk.forgetting.tick()) for _ in range(5)]  # type: ignore[misc]
        await asyncio.gather(*calls)
        assert len(desk.register.open_visits()) == 40
        assert (await desk.rows("visits"), await desk.rows("messages")) == (40, 40)

    at_desk(tmp_path / "register", story)


def test_a_caller_who_goes_away_leaves_a_whole_sign_in(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.register.open()
        call = asyncio.ensure_future(desk.sign_in(1))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await desk.ids() == [1]

    at_desk(tmp_path / "register", story)


def test_too_many_waiting_calls_are_refused(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        done = await asyncio.gather(*(desk.register.by_id(visit_id(1)) for _ in range(250)), return_exceptions=True)
        refused = [one for one in done if isinstance(one, StoreError)]
        assert len(refused) == 50
        assert await desk.register.by_id(visit_id(1)) is None

    at_desk(tmp_path / "register", story)
