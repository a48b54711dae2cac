"""What is told when, once per channel; storms, silences, repeats, back-off: with a clock that is moved by hand."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select, update

from hub.migrations import migrate
from hub.notice_text import Message
from hub.notify import APART_S, FIRST_RETRY_S, GATHER_S, LONGEST_RETRY_S
from hub.notify_channel import NotifyError
from hub.retention import DAY_MS, forget
from hub.settings import RetentionSection
from hub.store import Store
from hub.tables import ALARMS, META, NOTICES, UNITS
from tests.hub.notify_kit import BASE, Site

REFUSED = NotifyError("no.")
UNSURE = NotifyError("who knows.", unsure=True)
SOON_S = GATHER_S + 10


def test_an_alarm_is_told_after_a_while_then_once_a_day_then_its_end(store: Store) -> None:
    site = Site(store, after_s=120, repeat_h=24)
    site.known("room-ada", name="Ada", site="Nordhavn", floor="2")
    site.raised()
    site.live(115)
    assert site.mail.said() == []
    site.live(5 + SOON_S)
    (told,) = site.mail.sent
    (line,) = told.lines
    assert (line.title, line.where, line.url) == ("Ada", "Nordhavn, 2", f"{BASE}/units/room-ada")
    assert site.mail.said() == [("room-ada", "raised")]
    site.live(24 * 3600 - 600, step_s=600)
    assert site.mail.said() == []
    site.live(900, step_s=15)
    assert site.mail.said() == [("room-ada", "still")]
    site.cleared()
    site.live(300)
    assert site.mail.said() == [("room-ada", "cleared")]
    site.live(48 * 3600, step_s=3600)
    assert site.mail.said() == []
    with store.reading() as connection:
        assert connection.execute(select(ALARMS.c.notified_ms)).scalar_one() is not None


def test_what_ends_soon_is_not_told_and_what_is_told_once_is_not_told_again(store: Store) -> None:
    site = Site(store, after_s=120, repeat_h=0)
    site.raised()
    site.live(100)
    site.cleared()
    site.live(600)
    assert site.mail.said() == []
    site.raised("room-bob", ago_s=3600)
    site.live(SOON_S)
    assert site.mail.said() == [("room-bob", "raised")]
    site.live(100 * 3600, step_s=3600)
    assert site.mail.said() == []


def test_a_storm_is_a_message_a_minute(store: Store) -> None:
    """200 units after a power cut, within half a minute of each other; then they come back."""
    site = Site(store, after_s=0)
    units = [f"unit-{number}" for number in range(200)]
    for start in range(0, 200, 33):
        site.raised(*units[start : start + 33])
        site.live(5)
    site.live(120)
    assert len(site.mail.sent) <= 3
    assert sorted(site.mail.said()) == sorted((unit, "raised") for unit in units)
    site.cleared(*units)
    site.live(APART_S + SOON_S)
    assert [len(message.lines) for message in site.mail.sent] == [200]


def test_more_than_fits_a_message_is_in_the_next(store: Store) -> None:
    site = Site(store, after_s=0)
    site.raised(*(f"unit-{number}" for number in range(1100)))
    site.live(SOON_S + 2 * APART_S + 10)
    assert [len(message.lines) for message in site.mail.sent] == [500, 500, 100]
    assert len({unit for unit, _ in site.mail.said()}) == 1100


def test_messages_of_a_minute_are_apart(store: Store) -> None:
    site = Site(store, after_s=0)
    told: list[float] = []
    for number in range(60):
        site.raised(f"unit-{number}")
        site.live(5)
        told += [site.clock.monotonic_s()] * len(site.mail.sent)
        site.mail.sent.clear()
    assert len(told) >= 4
    assert min(later - sooner for sooner, later in itertools.pairwise(told)) >= APART_S


def test_a_silence_holds_back_and_what_lasts_is_told_after_it(store: Store) -> None:
    site = Site(store, after_s=0)
    site.raised("room-bob")
    site.live(SOON_S)
    site.mail.said()
    site.silenced("room-ada", 60)
    site.silenced("room-bob", 60)
    site.raised("room-ada")
    site.raised("room-cai")
    site.cleared("room-bob")
    site.live(600)
    assert site.mail.said() == [("room-cai", "raised")]
    site.live(3600)
    assert sorted(site.mail.said()) == [("room-ada", "raised"), ("room-bob", "cleared")]
    site.silenced("", 60)
    site.raised("room-dan")
    site.live(600)
    site.cleared("room-dan")
    site.live(3600)
    assert site.mail.said() == [], "an alarm within a silence of everybody is not told at all"


def test_nobody_hears_of_a_unit_that_was_revoked(store: Store) -> None:
    site = Site(store, after_s=0, repeat_h=1)
    site.known("room-ada", revoked_ms=1)
    site.known("room-bob", revoked_ms=None)
    site.raised("room-ada", "room-bob")
    site.live(SOON_S)
    assert site.mail.said() == [("room-bob", "raised")]
    with store.begin() as connection:
        connection.execute(update(UNITS).values(revoked_ms=1))
    site.live(3 * 3600, step_s=600)
    assert site.mail.said() == []


def test_each_channel_is_told_once_whatever_the_others_do(store: Store) -> None:
    site = Site(store, "mail", "webhook-1", after_s=0)
    mail, hook = site.channels
    hook.errors = [REFUSED] * 3
    site.raised()
    site.live(60)
    assert (mail.said(), hook.said()) == ([("room-ada", "raised")], [])
    site.cleared()
    site.live(600)
    assert mail.said() == [("room-ada", "cleared")]
    assert hook.said() == [("room-ada", "missed")], "it came and went while the channel was away"
    site.live(600)
    assert (mail.said(), hook.said()) == ([], [])


def test_a_channel_that_is_away_for_a_day_is_tried_ever_less_and_told_how_it_is_now(store: Store) -> None:
    site = Site(store, after_s=0)
    site.mail.errors = [REFUSED] * 10_000
    site.raised(*(f"unit-{number}" for number in range(50)))
    site.live(24 * 3600, step_s=120)
    tries = 10_000 - len(site.mail.errors)
    assert 24 <= tries <= 24 * 3600 / (LONGEST_RETRY_S * 0.9) + 8
    failing = site.couriers[0].failing
    assert failing is not None
    assert failing.why == "no."
    site.mail.errors.clear()
    site.live(1.2 * LONGEST_RETRY_S, step_s=30)
    assert [len(message.lines) for message in site.mail.sent] == [50]
    assert not site.mail.sent[0].repeat
    assert site.couriers[0].failing is None


def test_nobody_knows_whether_it_arrived_so_the_same_is_said_again_and_marked(store: Store) -> None:
    site = Site(store, after_s=0)
    site.raised()
    site.mail.errors = [UNSURE]
    site.live(SOON_S)
    site.raised("room-bob")
    site.cleared("room-ada")
    site.live(FIRST_RETRY_S * 1.2)
    (again,) = site.mail.sent
    assert again.repeat
    assert site.mail.said() == [("room-ada", "raised")], "it says what it said, and nothing else is mixed in"
    site.live(APART_S + SOON_S)
    assert not site.mail.sent[0].repeat
    assert sorted(site.mail.said()) == [("room-ada", "cleared"), ("room-bob", "raised")]


class Killed(BaseException):
    """As SIGKILL: nothing that comes after is done."""


@pytest.mark.parametrize("delivered", [True, False])
def test_a_crash_loses_nothing_and_repeats_at_most_once_under_the_same_id(store: Store, delivered: bool) -> None:
    site = Site(store, after_s=0)
    site.raised()
    taken: list[str] = []
    send = site.mail.send

    def killed(message: Message) -> None:
        if delivered:
            send(message)
        raise Killed

    site.mail.send = killed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        site.live(SOON_S)
    taken += [message.id for message in site.mail.sent]
    site.mail.sent.clear()
    site.mail.send = send  # type: ignore[method-assign]
    site.restart()
    site.live(SOON_S)
    (again,) = site.mail.sent
    assert again.repeat
    assert taken in ([], [again.id])
    site.restart()
    site.live(600)
    assert len(site.mail.sent) == 1


def test_notices_go_with_their_alarms(store: Store) -> None:
    site = Site(store, after_s=0)
    site.raised()
    site.live(SOON_S)
    site.cleared()
    site.live(APART_S + SOON_S)
    forget(store, RetentionSection(), site.now_ms())
    forget(store, RetentionSection(), site.now_ms() + 401 * DAY_MS)
    with store.reading() as connection:
        assert connection.execute(select(NOTICES)).all() == []


def test_the_alarm_that_a_channel_fails_is_not_told_on_itself(store: Store) -> None:
    site = Site(store, "mail", "webhook-1", after_s=0)
    site.raised("hub", kind="mail-failing")
    site.live(SOON_S)
    mail, hook = site.channels
    assert mail.said() == []
    assert hook.sent[0].lines[0].title == "The hub"
    assert hook.said() == [("hub", "raised")]


def test_a_database_of_before_gets_its_table(store: Store) -> None:
    with store.begin() as connection:
        NOTICES.drop(connection)
        connection.execute(update(META).where(META.c.key == "schema").values(value="1"))
    with store.begin() as connection:
        migrate(connection)
    site = Site(store, after_s=0)
    site.raised()
    site.live(SOON_S)
    assert site.mail.said() == [("room-ada", "raised")]
