"""Who tells the host of a shared visit: for every version that may come the register has the right messages, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.clock import ManualClock
from common.database import connect, migrate
from common.visiting.shared_visit import HUB, SharedGuest, SharedHost, SharedVisit
from kiosk.host_search import Hosts
from kiosk.message_table import Message
from kiosk.model import Channel, Host, LeftBy
from kiosk.register_tables import migrations
from kiosk.settings import NotifySection
from kiosk.share_table import ShareTable
from kiosk.shared_visits import Telling
from kiosk.sharing import Sharing
from kiosk.upkeep import remind
from tests.kiosk.register_kit import INGRID, JESPER, MONDAY, visit_id
from tests.kiosk.sharing_kit import SITE, Lobby, again, lobbies
from tests.kiosk.sharing_kit import Hub as Post

HERE, THERE = "lobby-a", "lobby-b"
TODAY = MONDAY.date()
HOUR_S = 3600.0
DIRECTORY = Hosts([JESPER, INGRID])
IDA = Host("", "Ida Berg", "ida@lejer.example")
CHAT_FIRST = Telling(DIRECTORY.meant, NotifySection(first="chat"), "es")


def named(version: int = 1, teller: str = HERE, host: Host = JESPER, **fields: Any) -> SharedVisit:
    """As the hub tells it: the host by mail address."""
    known: dict[str, Any] = {
        "id": visit_id(1),
        "by": HUB,
        "origin": HUB,
        "day": TODAY,
        "delete_on": TODAY + timedelta(days=14),
        "type": "guest",
        "guest": SharedGuest(name="Bo Dam"),
        "in_at": MONDAY,
    }
    to = SharedHost(name=host.name, address=host.address)
    return SharedVisit(version=version, teller=teller, host=to, **(known | fields))


def left(version: int = 2, **fields: Any) -> SharedVisit:
    return named(version, state="left", out_at=MONDAY, left_by="reception", **fields)


def gone(version: int = 2) -> SharedVisit:
    return SharedVisit(
        id=visit_id(1),
        version=version,
        by=HUB,
        origin=HUB,
        day=TODAY,
        delete_on=TODAY + timedelta(days=14),
        erased=True,
    )


class Kiosk:
    """Lobby-a, which is told, and what it has to send."""

    def __init__(self, post: Post, lobby: Lobby, telling: Telling) -> None:
        self.post, self.lobby = post, lobby
        self.begun: list[str] = []
        self.went_on: list[str] = []
        lobby.sharing = Sharing(lobby.register, lobby.outbox, lobby.badges, SITE, telling)
        lobby.sharing.on_telling = lambda visit, begins: (self.begun if begins else self.went_on).append(visit)

    async def told(self, *versions: SharedVisit) -> None:
        for one in versions:
            for blob in await self.post.sealed_for(self.lobby, [one]):
                await self.lobby.sharing.take(blob)

    async def messages(self) -> tuple[Message, ...]:
        return await self.lobby.register.messages_of(visit_id(1))

    async def sends(self) -> list[str]:
        """Each message, and to whom."""
        visit = await self.lobby.register.by_id(visit_id(1))
        who = visit.host.name.split()[0] if visit else "nobody"
        return [f"{one.rung} {one.channel} {one.state} to {who}" for one in await self.messages()]


Story = Callable[[Kiosk], Awaitable[None]]


def at_kiosk(folder: Path, story: Story, telling: Telling = CHAT_FIRST, clock: ManualClock | None = None) -> None:
    async def lived() -> None:
        async with lobbies(folder, clock or ManualClock(MONDAY), HERE, THERE) as (post, lobby, _):
            await story(Kiosk(post, lobby, telling))

    asyncio.run(lived())


FIRST = "first chat queued to Jesper"
LIVES: dict[str, tuple[list[SharedVisit], list[str], int]] = {
    "ours": ([named()], [FIRST], 1),
    "twice": ([named(), named()], [FIRST], 1),
    "an older one after it": ([named(2), named(1)], [FIRST], 1),
    "the guest corrected": ([named(), named(2, guest=SharedGuest(name="Bo Damm"))], [FIRST], 1),
    "the host's name corrected": ([named(), named(2, host=Host("", "J. Ø.", JESPER.address))], [FIRST], 1),
    "another host": ([named(), named(2, host=INGRID)], ["first chat queued to Ingrid"], 2),
    "another host and back": ([named(), named(2, host=INGRID), named(3)], [FIRST], 3),
    "a host of no directory": ([named(host=IDA)], ["first mail queued to Ida"], 1),
    "a name that one host has": ([named(host=Host("", "ostergaard jesper", ""))], [FIRST], 1),
    "then their address": ([named(host=Host("", JESPER.name, "")), named(2)], [FIRST], 1),
    "a name that nobody has": ([named(host=Host("", "Jesper", ""))], ["first mail queued to Jesper"], 1),
    "then an address": ([named(host=Host("", "Jesper", "")), named(2)], [FIRST], 2),
    "nobody's": ([named(teller="")], [], 0),
    "another kiosk's": ([named(teller=THERE)], [], 0),
    "another kiosk's, then ours": ([named(teller=THERE), named(2)], [FIRST], 1),
    "nobody's, then ours": ([named(teller=""), named(2)], [FIRST], 1),
    "ours, then another kiosk's": ([named(), named(2, teller=THERE)], [], 1),
    "ours, another kiosk's, ours": ([named(), named(2, teller=THERE), named(3)], [FIRST], 2),
    "expected, then come": ([named(teller="", state="expected", in_at=None), named(2)], [FIRST], 1),
    "has left": ([left()], [], 0),
    "left while it waits": ([named(), left()], [FIRST], 1),
    "left, another host after that": ([named(), left(), left(3, host=INGRID)], [], 1),
    "erased": ([gone(), named(1)], [], 0),
    "erased afterwards": ([named(), left(), gone(3)], [], 1),
    "an hour ago": ([named(in_at=MONDAY - timedelta(hours=1))], [FIRST], 1),
    "more than an hour ago": ([named(in_at=MONDAY - timedelta(hours=1, seconds=1))], [], 0),
}


@pytest.mark.parametrize(("came", "sends", "begun"), LIVES.values(), ids=LIVES)
def test_what_is_queued(tmp_path: Path, came: list[SharedVisit], sends: list[str], begun: int) -> None:
    async def story(kiosk: Kiosk) -> None:
        await kiosk.told(*came)
        assert await kiosk.sends() == sends
        assert kiosk.begun == [visit_id(1)] * begun

    at_kiosk(tmp_path, story)


VERSIONS = (
    named(1),
    named(2, guest=SharedGuest(name="Bo Damm")),
    named(3, host=INGRID),
    named(4, teller=THERE, host=INGRID),
    named(5, host=INGRID),
    left(6, host=INGRID),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=9))
def test_whatever_comes_in_any_order_any_number_of_times(
    tmp_path_factory: pytest.TempPathFactory, came: list[SharedVisit]
) -> None:
    """One first message at most, to the newest host, and none where another kiosk is named; never more than are new."""

    async def story(kiosk: Kiosk) -> None:
        await kiosk.told(*came)
        newest = max(came, key=lambda one: one.version)
        messages = await kiosk.messages()
        visit = await kiosk.lobby.register.by_id(visit_id(1))
        assert visit is not None
        assert newest.host is not None
        assert (len(messages) <= 1, visit.host.address) == (True, newest.host.address)
        if newest.present:
            assert len(messages) == int(newest.teller == HERE)
        taken = [one for place, one in enumerate(came) if all(one.version > it.version for it in came[:place])]
        assert len(kiosk.begun) <= len([one for one in taken if one.teller == HERE and one.present])

    at_kiosk(tmp_path_factory.mktemp("kiosk"), story)


@pytest.mark.parametrize(
    ("second", "again"),
    [
        (named(2, guest=SharedGuest(name="Bo Damm")), 1),
        (named(2, host=Host("", "J. Ø.", JESPER.address)), 1),
        (named(2, host=INGRID), 0),
        (named(2, teller=THERE), 0),
        (left(), 0),
    ],
)
def test_a_version_that_changes_nothing_for_the_host_has_it_said_again_how_it_stands(
    tmp_path: Path, second: SharedVisit, again: int
) -> None:
    async def story(kiosk: Kiosk) -> None:
        await kiosk.told(named(), second)
        assert len(kiosk.went_on) == again

    at_kiosk(tmp_path, story)


def test_a_host_of_no_directory_is_told_in_the_language_of_the_site(tmp_path: Path) -> None:
    async def story(kiosk: Kiosk) -> None:
        await kiosk.told(named(host=IDA))
        visit = await kiosk.lobby.register.by_id(visit_id(1))
        assert visit is not None
        assert visit.host == Host(f"invited:{visit_id(1)}", IDA.name, IDA.address, language="es")

    at_kiosk(tmp_path, story)


def test_it_is_once_over_a_restart_and_after_it_was_sent(tmp_path: Path) -> None:
    async def story(kiosk: Kiosk) -> None:
        await kiosk.told(named())
        (first,) = await kiosk.messages()
        await kiosk.lobby.register.message_sending(first.id)
        await kiosk.lobby.register.message_sent(first.id)
        async with again(kiosk.post, kiosk.lobby) as reborn:
            kiosk = Kiosk(kiosk.post, reborn, CHAT_FIRST)
            await kiosk.told(named(), named(2, guest=SharedGuest(name="Bo Damm")))
            assert await kiosk.sends() == ["first chat sent to Jesper"]
            assert kiosk.begun == []

    at_kiosk(tmp_path, story)


def test_who_is_named_after_another_marks_a_repeat_and_looks_back_to_the_arrival(tmp_path: Path) -> None:
    async def story(kiosk: Kiosk) -> None:
        kiosk.lobby.clock.step(90)
        await kiosk.told(named(2, told_before=True))
        (first,) = await kiosk.messages()
        assert (first.repeat, first.made_at, first.due_at) == (True, MONDAY, MONDAY + timedelta(seconds=90))

    at_kiosk(tmp_path, story)


def test_a_kiosk_that_does_not_know_the_time_tells_rather_than_not(tmp_path: Path) -> None:
    clock = ManualClock(MONDAY)

    async def story(kiosk: Kiosk) -> None:
        (blob,) = await kiosk.post.sealed_for(kiosk.lobby, [named()])
        clock.sync = False
        clock.step(3 * HOUR_S)
        await kiosk.lobby.sharing.take(blob)
        assert await kiosk.sends() == [FIRST]

    at_kiosk(tmp_path, story, clock=clock)


def test_an_own_guest_whose_host_reception_corrects_is_told_again_here(tmp_path: Path) -> None:
    async def story(kiosk: Kiosk) -> None:
        lobby = kiosk.lobby
        await lobby.sign_in(1)
        await kiosk.post.settle()
        told = kiosk.post.visits[visit_id(1)]
        assert (told.origin, told.tells) == (HERE, HERE)
        note = msgspec.structs.replace(told, version=told.version + 1, by=HUB, guest=SharedGuest(name="Bo Damm"))
        await kiosk.told(note)
        assert await kiosk.sends() == ["first mail queued to Jesper"]
        ingrid = SharedHost(name=INGRID.name, address=INGRID.address)
        for teller, sends in ((HERE, ["first chat queued to Ingrid"]), (THERE, [])):
            note = msgspec.structs.replace(note, version=note.version + 1, host=ingrid, teller=teller)
            await kiosk.told(note)
            assert await kiosk.sends() == sends

    at_kiosk(tmp_path, story)


def test_the_host_is_reminded_where_the_host_is_told(tmp_path: Path) -> None:
    """Of the planned end; and a version of ours keeps who tells."""

    async def story(kiosk: Kiosk) -> None:
        until = MONDAY + timedelta(minutes=30)
        await kiosk.told(named(planned_end=until), named(id=visit_id(2), teller=THERE, planned_end=until))
        kiosk.lobby.clock.step(91 * 60)
        await kiosk.lobby.evening()
        reminded = [await kiosk.lobby.register.messages_of(visit_id(number)) for number in (1, 2)]
        assert [[str(one.rung) for one in some] for some in reminded] == [["first", "reminder"], []]
        await kiosk.lobby.register.sign_out(visit_id(1), LeftBy.GUEST)
        await kiosk.post.settle()
        assert (kiosk.post.visits[visit_id(1)].by, kiosk.post.visits[visit_id(1)].teller) == (HERE, HERE)

    at_kiosk(tmp_path, story)


def test_a_reminder_goes_by_mail_to_who_has_no_teams_here(tmp_path: Path) -> None:
    async def story(kiosk: Kiosk) -> None:
        await kiosk.told(named(host=IDA, planned_end=MONDAY))
        kiosk.lobby.clock.step(61 * 60)
        await kiosk.lobby.register.apply(
            lambda store, at: remind(store, at, kiosk.lobby.register.settings, Channel.CHAT)
        )
        assert await kiosk.sends() == ["first mail queued to Ida", "reminder mail queued to Ida"]

    at_kiosk(tmp_path, story)


def test_who_comes_in_at_a_kiosk_is_its_guest_whoever_was_named(tmp_path: Path) -> None:
    async def story(kiosk: Kiosk) -> None:
        await kiosk.told(named(state="expected", in_at=None, expected_at=MONDAY, teller=THERE))
        await kiosk.lobby.sign_in(1)
        await kiosk.post.settle()
        told = kiosk.post.visits[visit_id(1)]
        assert (told.origin, told.teller, told.tells) == (HERE, "", HERE)
        assert await kiosk.sends() == ["first mail queued to Jesper"]

    at_kiosk(tmp_path, story)


def test_a_register_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    connection = connect(path)
    try:
        migrate(connection, path, migrations())
        connection.execute("ALTER TABLE shares DROP COLUMN teller")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm004%'")
        connection.execute("INSERT INTO shares (visit_id, version, by, origin) VALUES ('a', 1, 'north', 'north')")
        connection.commit()
        migrate(connection, path, migrations())
        share = ShareTable(connection, HERE, enabled=True).get("a")
    finally:
        connection.close()
    assert share is not None
    assert (share.teller, share.origin) == ("", "north")
