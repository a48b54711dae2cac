"""Commands and settings: kept, sent, answered or not, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from common.clock import ManualClock
from hub.commands import LATE_MS, LONGEST_RUN_MS, CommandError, Commands
from hub.desired import Desired, DesiredError
from hub.link import Outcome
from hub.live import Live
from hub.store import Store
from hub.tables import COMMANDS, LATEST, SETTINGS, UNITS
from telemetry import messages
from telemetry.messages import Command, decode
from tests.hub.sender_double import SenderDouble
from tests.hub.wire import UNIT

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)


@pytest.fixture
def sender(store: Store) -> SenderDouble:
    with store.begin() as connection:
        connection.execute(insert(UNITS), [{"unit": UNIT}, {"unit": "room-bob"}])
    return SenderDouble()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def commands(store: Store, sender: SenderDouble, clock: ManualClock) -> Commands:
    return Commands(store, sender, Live(), clock)


@pytest.fixture
def desired(store: Store, sender: SenderDouble, clock: ManualClock) -> Desired:
    return Desired(store, sender, Live(), clock)


def state(store: Store, command_id: str) -> tuple[str, str]:
    with store.reading() as connection:
        query = select(COMMANDS.c.state, COMMANDS.c.reason).where(COMMANDS.c.id == command_id)
        row = connection.execute(query).one()
    return row.state, row.reason


def test_a_command_is_kept_and_sent_with_its_expiry(store: Store, sender: SenderDouble, commands: Commands) -> None:
    command_id = commands.send(UNIT, "reboot", {"force": True}, "anna", life_s=60)
    ((topic, payload, retain, expiry_s),) = sender.sent
    assert (topic, retain, expiry_s) == (f"mydesk/1/{UNIT}/cmd/reboot/{command_id}", False, 60)
    assert decode(payload, Command) == Command(expires_ms=START_MS + 60_000, args={"force": True}, by="anna")
    with store.reading() as connection:
        row = connection.execute(select(COMMANDS)).one()
    assert (row.id, row.unit, row.operation, row.args, row.by) == (
        command_id,
        UNIT,
        "reboot",
        '{"force": true}',
        "anna",
    )
    assert (row.created_ms, row.expires_ms, row.state) == (START_MS, START_MS + 60_000, "sent")


ANSWERS = {
    Outcome.TAKEN: ("sent", ""),
    Outcome.UNANSWERED: ("sent", ""),
    Outcome.NOBODY: ("failed", "not connected"),
    Outcome.AWAY: ("failed", "no connection"),
    Outcome.REFUSED: ("failed", "broker-config"),
}


@pytest.mark.parametrize(("outcome", "expected"), ANSWERS.items(), ids=ANSWERS)
def test_one_that_cannot_be_sent_has_failed_at_once(
    store: Store, sender: SenderDouble, commands: Commands, outcome: Outcome, expected: tuple[str, str]
) -> None:
    sender.outcome = outcome
    told, reason = state(store, commands.send(UNIT, "identify", {}, "anna"))
    assert told == expected[0]
    assert expected[1] in reason


@pytest.mark.parametrize(
    ("unit", "operation", "args"),
    [("nobody", "identify", {}), (UNIT, "a/b", {}), (UNIT, "", {}), (UNIT, "logs", {"x": "x" * 20_000})],
)
def test_what_cannot_be_is_told_and_not_kept(
    store: Store, sender: SenderDouble, commands: Commands, unit: str, operation: str, args: dict[str, Any]
) -> None:
    with pytest.raises(CommandError) as told:
        commands.send(unit, operation, args, "anna")
    assert told.value.hint
    assert sender.sent == []
    with store.reading() as connection:
        assert connection.execute(select(COMMANDS)).all() == []


def test_what_is_never_answered_expires(store: Store, commands: Commands, clock: ManualClock) -> None:
    taken, silent = (commands.send(UNIT, "identify", {}, "anna", life_s=60) for _ in range(2))
    with store.begin() as connection:
        mine = update(COMMANDS).where(COMMANDS.c.id == silent)
        connection.execute(mine.values(state="executing", updated_ms=START_MS))
    clock.step(60 + LATE_MS / 1000)
    assert commands.expire() == 0
    clock.step(1)
    assert commands.expire() == 1
    assert state(store, taken)[0] == "expired"
    clock.step(LONGEST_RUN_MS / 1000)
    assert commands.expire() == 1
    assert state(store, silent) == ("failed", "The unit did not tell how it ended.")
    assert commands.expire() == 0


def sent_settings(sender: SenderDouble) -> list[tuple[str, messages.Desired, bool]]:
    return [(topic, decode(payload, messages.Desired), retain) for topic, payload, retain, _ in sender.sent]


def test_settings_are_revisions_and_retained(store: Store, sender: SenderDouble, desired: Desired) -> None:
    assert desired.current(UNIT) == {}
    assert [desired.set(UNIT, {"display.bright": level}, "anna") for level in (1, 2)] == [1, 2]
    assert desired.set("room-bob", {"unit.name": "Bob"}, "anna") == 1
    assert desired.current(UNIT) == {"display.bright": 2}
    topic, message, retain = sent_settings(sender)[1]
    assert (topic, retain) == (f"mydesk/1/{UNIT}/desired/settings", True)
    assert message == messages.Desired(rev=2, values={"display.bright": 2})


def test_what_could_not_be_sent_is_sent_with_the_next_connection(
    store: Store, sender: SenderDouble, desired: Desired
) -> None:
    sender.outcome = Outcome.AWAY
    for level in (1, 2):
        desired.set(UNIT, {"display.bright": level}, "anna")
    desired.set("room-bob", {}, "anna")
    assert desired.publish_open() == 0
    with store.begin() as connection:
        connection.execute(update(SETTINGS).where(SETTINGS.c.unit == "room-bob").values(state="applied"))
    sender.outcome, sender.sent = Outcome.NOBODY, []
    assert desired.publish_open() == 1
    assert [message.rev for _, message, _ in sent_settings(sender)] == [2]


@pytest.mark.parametrize(
    ("unit", "values"),
    [
        ("nobody", {"a": 1}),
        (UNIT, {"a" * 101: 1}),
        (UNIT, {f"k{number}": 1 for number in range(201)}),
        (UNIT, {"a": "x" * 20_000}),
    ],
)
def test_settings_that_cannot_be(sender: SenderDouble, desired: Desired, unit: str, values: dict[str, Any]) -> None:
    with pytest.raises(DesiredError):
        desired.set(unit, values, "anna")
    assert (sender.sent, desired.current(unit)) == ([], {})


def test_two_who_set_at_once_get_two_revisions(store: Store, sender: SenderDouble, desired: Desired) -> None:
    revisions: list[int] = []
    threads = [
        threading.Thread(target=lambda: revisions.extend(desired.set(UNIT, {"a": 1}, "anna") for _ in range(5)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(revisions) == list(range(1, 16))


@pytest.mark.parametrize(("reported", "rev"), [('{"rev": 7, "state": "applied"}', 8), ("{", 1)])
def test_a_hub_that_lost_its_database_goes_on_above_what_the_unit_has(
    store: Store, sender: SenderDouble, desired: Desired, reported: str, rev: int
) -> None:
    row = {"unit": UNIT, "topic": "reported/settings", "received_ms": START_MS, "body": reported}
    with store.begin() as connection:
        connection.execute(insert(LATEST).values(row))
    assert desired.set(UNIT, {"display.bright": 1}, "anna") == rev
