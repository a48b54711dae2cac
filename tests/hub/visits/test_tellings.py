"""What kiosks say of telling hosts: taken from who tells this visit's, in order, and forgotten with the visit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.intake import Intake
from hub.migrations import STEPS, _tellings, migrate
from hub.tables import META, ROWS
from hub.visits import tellings
from hub.visits.access_requests import erase_guest, export_guest
from hub.visits.desk import DeskError
from hub.visits.guest_form import GuestForm
from hub.visits.tables import TELLINGS
from hub.visits.tellings import Telling
from telemetry.payloads import HostTold, Stamp, record
from tests.hub.visits.kit import DAY_S, MONDAY, SITE, Hub, IdentityCipher, change, hub, visit, visit_id
from tests.hub.wire import batch, draft, row, said

FORM = GuestForm("Bo Dam", "Ingrid Holm", "ingrid@nordhavn.example", "bo@dam.example")


@pytest.fixture
def there(tmp_path: Path, store_url: str) -> Iterator[Hub]:
    with hub(tmp_path, store_url) as made:
        for unit in ("lobby", "north"):
            made.kiosk(unit)
        yield made


@pytest.fixture
def made(there: Hub) -> str:
    """A guest of the desk, whose host the lobby is to tell."""
    return there.parts.desk.sign_in(FORM, SITE, "bente")


def stands(there: Hub, number: str) -> Telling | None:
    with there.store.reading() as connection:
        return tellings.of_visit(connection, number)


def bodies(there: Hub) -> list[str]:
    with there.store.reading() as connection:
        return list(connection.execute(select(ROWS.c.body).where(ROWS.c.topic == tellings.TOPIC)).scalars())


def test_the_last_word_of_who_tells_stands(there: Hub, made: str) -> None:
    there.tells("lobby", made, "waiting")
    there.clock.step(3)
    there.tells("lobby", made, "told", rung="first", channel="chat")
    at_ms, came_ms = there.now_ms(), there.now_ms() - 3000
    assert stands(there, made) == Telling(made, "lobby", came_ms, came_ms, "told", "first", "chat", "", at_ms)
    there.clock.step(20)
    there.tells("lobby", made, "answered", rung="first", channel="chat", answer="five-minutes")
    found = stands(there, made)
    assert found is not None
    assert (found.step, found.answer, found.at_ms) == ("answered", "five-minutes", at_ms + 20_000)


def test_a_host_whom_reception_saw_stays_seen_until_there_is_another_host(there: Hub, made: str) -> None:
    there.tells("lobby", made, "told", rung="reception", channel="reception")
    there.clock.step(30)
    there.parts.desk.met(made, "bente")
    seen_ms = there.now_ms()
    for step in ("told", "failed", "answered"):
        there.clock.step(5)
        there.tells("lobby", made, step, rung="reception", channel="reception")
    found = stands(there, made)
    assert found is not None
    assert (found.step, found.answer, found.at_ms) == ("answered", tellings.HERE, seen_ms)
    assert there.parts.tellers.look() == 0
    there.parts.desk.correct(made, GuestForm("Bo Dam", "Jonas Holm", "jonas@nordhavn.example"), "bente")
    found = stands(there, made)
    assert found is not None
    assert (found.step, found.answer) == ("", "")


def test_nobody_waits_for_a_host_who_is_not_told_or_after_leaving(there: Hub, made: str) -> None:
    there.told("north", visit(1, by="north", origin="north"))
    with pytest.raises(DeskError, match="does not wait"):
        there.parts.desk.met(visit_id(1), "bente")
    there.parts.desk.sign_out(made, "bente")
    with pytest.raises(DeskError, match="does not wait"):
        there.parts.desk.met(made, "bente")


def test_history_keeps_nothing_of_it(there: Hub, made: str) -> None:
    there.tells("lobby", made, "told", rung="first", channel="chat")
    there.tells("north", made, "told", rung="first", channel="chat")
    assert bodies(there) == ["{}", "{}"]


def test_nor_where_no_visits_are_shared(there: Hub) -> None:
    body = json.dumps({"visit": visit_id(1), "step": "told"})
    message = said(tellings.TOPIC, batch(row(1, body=body)), unit="lobby", at=there.now_ms())
    Intake(there.store).write(draft(message), there.now_ms())
    assert bodies(there) == ["{}"]


def test_what_a_kiosk_writes_is_what_the_hub_reads(there: Hub, made: str) -> None:
    """For each word that the payload may have."""
    words = [
        HostTold(made, "waiting"),
        HostTold(made, "told", "second", "mail"),
        HostTold(made, "told", "reception", "reception"),
        HostTold(made, "answered", "delegate", "chat", "coming"),
        HostTold(made, "failed", "reception", "reception"),
    ]
    for number, event in enumerate(words, start=1):
        body = record(event, Stamp(there.now_ms(), 1, "b1", True)).body
        there.say("lobby", batch(row(number, body=body, ts=there.now_ms())), tellings.TOPIC)
        found = stands(there, made)
        assert found is not None
        assert (found.step, found.rung, found.channel, found.answer) == (
            event.step, event.rung, event.channel, event.answer,
        )  # fmt: skip


def test_only_who_tells_this_visits_host_counts(there: Hub, made: str) -> None:
    there.kiosk("far", site="Sydhavn")
    there.told("north", visit(1, by="north", origin="north"))
    for unit, number in (("north", made), ("far", made), ("lobby", visit_id(1)), ("lobby", visit_id(99))):
        there.tells(unit, number, "answered", rung="first", channel="chat", answer="coming")
    found = stands(there, made)
    assert found is not None
    assert found.step == ""
    assert stands(there, visit_id(1)) is None
    assert stands(there, visit_id(99)) is None
    there.tells("north", visit_id(1), "told", rung="first", channel="mail")
    own = stands(there, visit_id(1))
    assert own is not None
    assert (own.unit, own.step) == ("north", "told"), "a kiosk's own guest"


def test_who_was_named_before_does_not_count_any_more(there: Hub, made: str) -> None:
    there.parts.look()
    there.status("lobby", online=False)
    there.clock.step(61)
    there.parts.look()
    there.tells("lobby", made, "told", rung="first", channel="chat")
    found = stands(there, made)
    assert found is not None
    assert (found.unit, found.step) == ("north", "")


def test_what_comes_again_after_something_later_changes_nothing(there: Hub, made: str) -> None:
    bodies = [json.dumps({"visit": made, "step": step, "rung": "first"}) for step in ("waiting", "told")]
    rows = [row(number, body=body, ts=there.now_ms()) for number, body in enumerate(bodies, start=1)]
    there.say("lobby", batch(*rows), tellings.TOPIC)
    with there.store.begin() as connection:
        values = [{"unit": "lobby", "topic": tellings.TOPIC, "epoch": "0123456789abcdef", "at_ms": 1}] * 2
        again = [one | {"seq": number, "body": body} for one, number, body in zip(values, (1, 2), bodies, strict=True)]
        assert tellings.TellingIntake(there.parts.book).take(connection, again) == 0
    found = stands(there, made)
    assert found is not None
    assert found.step == "told"


def test_a_kiosk_that_begins_its_outbox_anew_is_heard(there: Hub, made: str) -> None:
    there.kiosks["lobby"].seq = 500
    there.tells("lobby", made, "waiting")
    body = json.dumps({"visit": made, "step": "told", "rung": "first", "channel": "mail"})
    there.say("lobby", batch(row(1, body=body, ts=there.now_ms()), epoch="fedcba9876543210"), tellings.TOPIC)
    found = stands(there, made)
    assert found is not None
    assert found.step == "told"


BAD = [
    "{}",
    '{"visit":"x","step":"told"}',
    '{"visit":"VISIT","step":"unfit"}',
    '{"visit":"VISIT","step":"told","channel":"unfit"}',
    '{"visit":"VISIT","step":"told","rung":7}',
    '{"visit":"VISIT\\n","step":"told"}',
]


@pytest.mark.parametrize("body", BAD)
def test_what_is_no_such_thing_is_put_aside(there: Hub, made: str, body: str) -> None:
    there.say("lobby", batch(row(1, body=body.replace("VISIT", made))), tellings.TOPIC)
    there.tells("north", made, "told")
    found = stands(there, made)
    assert found is not None
    assert (found.step, bodies(there)) == ("", ["{}", "{}"])


def test_a_visit_and_what_is_said_of_it_in_one_batch(there: Hub) -> None:
    """A kiosk's own guest: the visit is taken in first."""
    key = there.parts.book.ring.public_keys(MONDAY.date())[MONDAY.date()]
    visits = said("e/visit", there.kiosks["lobby"].row(visit(1), key), unit="lobby", at=there.now_ms())
    told = json.dumps({"visit": visit_id(1), "step": "told", "rung": "first", "channel": "mail"})
    words = said(tellings.TOPIC, batch(row(2, body=told)), unit="lobby", at=there.now_ms())
    there.intake.write(draft(words, visits), there.now_ms())
    found = stands(there, visit_id(1))
    assert found is not None
    assert found.step == "told"


def test_it_goes_with_its_visit_on_its_day(there: Hub, made: str) -> None:
    there.tells("lobby", made, "told", rung="first", channel="chat")
    there.parts.desk.sign_out(made, "bente")
    there.clock.step(13 * DAY_S)
    there.parts.forget()
    assert stands(there, made) is not None
    there.clock.step(DAY_S)
    assert there.parts.forget().visits == 1
    assert rows_of(there) == []
    there.tells("lobby", made, "answered")
    assert rows_of(there) == [], "nothing late brings it back"


def test_it_goes_at_once_with_a_guest_who_is_erased(there: Hub, made: str) -> None:
    there.tells("lobby", made, "told", rung="first", channel="chat")
    there.parts.desk.sign_out(made, "bente")
    erase_guest(there.store, there.parts.book, "bo@dam.example", there.clock.now(), "anna")
    assert rows_of(there) == []
    there.tells("lobby", made, "answered", answer="coming")
    assert rows_of(there) == []


def test_nothing_of_it_is_left_in_the_files(tmp_path: Path) -> None:
    """With a cipher that hides nothing: until its day the visit's id is there, and after it in the audit only."""
    with hub(tmp_path, cipher=IdentityCipher()) as there:
        there.kiosk("lobby")
        number = visit_id(0xABCDEF)
        there.told("lobby", visit(0xABCDEF))
        there.tells("lobby", number, "told", rung="first", channel="chat")
        there.told("lobby", change(visit(0xABCDEF), "lobby", state="left", out_at=MONDAY))
        assert number.encode() in below(tmp_path)
        there.clock.step(14 * DAY_S)
        there.parts.forget()
        assert number.encode() not in below(tmp_path)


def test_a_guest_may_ask_what_is_known_of_it(there: Hub, made: str) -> None:
    def asked() -> object:
        (shown,) = export_guest(there.store, there.parts.book, "bo@dam.example", there.clock.now(), "anna")
        return shown["host_told"]

    assert asked() is None
    there.tells("lobby", made, "told", rung="first", channel="chat")
    assert asked() == {
        "by": "lobby", "step": "told", "channel": "chat", "answer": "", "at": MONDAY.isoformat(),
    }  # fmt: skip


def rows_of(there: Hub) -> list[object]:
    with there.store.reading() as connection:
        return list(connection.execute(select(TELLINGS)).all())


def below(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_database_of_the_version_before_is_brought_up_to_date(there: Hub) -> None:
    with there.store.begin() as connection:
        TELLINGS.drop(connection)
        connection.execute(META.update().where(META.c.key == "schema").values(value=str(STEPS.index(_tellings))))
        assert migrate(connection) == len(STEPS)
    made = there.parts.desk.sign_in(FORM, SITE, "bente")
    assert stands(there, made) is not None
