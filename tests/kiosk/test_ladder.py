"""The ladder: who is told when, for every order of answers, refusals and outages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import ladder
from kiosk.ladder import ORDER, Party, Step
from kiosk.message_table import Message, Rung
from kiosk.model import Answer, Channel, Host, Progress, Told
from kiosk.settings import NotifySection
from tests.property.strategies import steady

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
RULES = NotifySection(first="chat")
JESPER = Host("id-1", "Jesper Friis", "jf@x.example")
ANNE = Host("id-2", "Anne Holm", "ah@x.example")
IDA = Host("other:0", "Ida Berg", "ida@lejer.example")
NOBODY = Host("", "Receptionen", "")
WITH_ANNE = Party(JESPER, ANNE)


def sent(rung: Rung, channel: Channel = Channel.CHAT, state: Progress = Progress.SENT, at_s: float = 0) -> Message:
    at = NOW + timedelta(seconds=at_s)
    return Message(ORDER.index(rung), "v", rung, channel, state, 1, False, None, at, at)


def due(at_s: float, *messages: Message, party: Party = WITH_ANNE, offline: bool = False) -> list[Rung]:
    found = ladder.due(messages, party, RULES, NOW + timedelta(seconds=at_s), offline=offline)
    return [step.rung for step in found]


FIRST, SECOND, DELEGATE = sent(Rung.FIRST), sent(Rung.SECOND, Channel.MAIL), sent(Rung.DELEGATE)


@pytest.mark.parametrize(
    ("at_s", "messages", "expected"),
    [
        (0, (), []),
        (59.9, (FIRST,), []),
        (60, (FIRST,), [Rung.SECOND]),
        (179, (FIRST, SECOND), []),
        (180, (FIRST, SECOND), [Rung.DELEGATE]),
        (299, (FIRST, SECOND, DELEGATE), []),
        (300, (FIRST, SECOND, DELEGATE), [Rung.RECEPTION]),
        (900, (FIRST,), [Rung.SECOND, Rung.DELEGATE, Rung.RECEPTION]),
        (9000, (FIRST, SECOND, DELEGATE, sent(Rung.RECEPTION, Channel.RECEPTION)), []),
        (900, (replace(FIRST, state=Progress.ANSWERED),), []),
        (900, (FIRST, replace(SECOND, state=Progress.ANSWERED)), []),
        (900, (sent(Rung.SECOND),), []),
    ],
)
def test_each_step_has_its_time(at_s: float, messages: tuple[Message, ...], expected: list[Rung]) -> None:
    assert due(at_s, *messages) == expected


def test_what_was_refused_makes_the_next_step_due_at_once() -> None:
    failed = replace(FIRST, state=Progress.FAILED)
    assert due(1, failed) == [Rung.SECOND]
    assert due(1, failed, replace(SECOND, state=Progress.FAILED)) == [Rung.DELEGATE]
    assert due(1, failed, SECOND) == []
    assert due(1, failed, replace(SECOND, state=Progress.QUEUED)) == []


def test_the_time_begins_when_the_first_message_has_gone_out() -> None:
    waits = replace(FIRST, state=Progress.QUEUED)
    assert due(3000, waits, offline=True) == []
    late = replace(FIRST, due_at=NOW + timedelta(seconds=3000))
    assert due(3059, late) == []
    assert due(3060, late) == [Rung.SECOND]


def test_microsoft_that_says_later_for_a_minute_does_not_hold_the_second_channel_back() -> None:
    assert due(60, replace(FIRST, state=Progress.QUEUED)) == [Rung.SECOND]


@pytest.mark.parametrize(
    ("party", "first", "expected"),
    [
        (WITH_ANNE, Channel.CHAT, ["first chat", "second mail", "delegate chat", "reception reception"]),
        (WITH_ANNE, Channel.MAIL, ["first mail", "second chat", "delegate mail", "reception reception"]),
        (Party(JESPER), Channel.MAIL, ["first mail", "second chat", "reception reception"]),
        (Party(IDA), Channel.MAIL, ["first mail", "reception reception"]),
        (Party(IDA, IDA), Channel.CHAT, ["first chat", "second mail", "delegate mail", "reception reception"]),
        (Party(JESPER, Host("", "", "")), Channel.CHAT, ["first chat", "second mail", "reception reception"]),
        (Party(NOBODY), Channel.MAIL, ["first mail", "reception reception"]),
    ],
)
def test_the_steps_that_are_possible(party: Party, first: Channel, expected: list[str]) -> None:
    assert [f"{step.rung} {step.channel}" for step in ladder.steps(party, first)] == expected


@pytest.mark.parametrize(
    ("host", "first", "expected"),
    [(JESPER, "chat", Channel.CHAT), (JESPER, "mail", Channel.MAIL), (IDA, "chat", Channel.MAIL)],
)
def test_the_first_channel(host: Host, first: str, expected: Channel) -> None:
    rules = NotifySection(first="chat") if first == "chat" else NotifySection()
    assert ladder.first_channel(host, rules) is expected


def test_what_the_guest_reads() -> None:
    answer = replace(DELEGATE, state=Progress.ANSWERED, answer=Answer.COMING)
    reminder = replace(FIRST, rung=Rung.REMINDER)
    messages = (answer, replace(FIRST, state=Progress.FAILED), SECOND, reminder)
    assert ladder.told(messages, WITH_ANNE, offline=False) == (
        Told("Jesper F.", Channel.CHAT, Progress.FAILED),
        Told("Jesper F.", Channel.MAIL, Progress.SENT),
        Told("Anne H.", Channel.CHAT, Progress.ANSWERED, Answer.COMING),
    )
    at_desk = (sent(Rung.RECEPTION, Channel.RECEPTION),)
    assert ladder.told(at_desk, WITH_ANNE, offline=False) == (Told("", Channel.RECEPTION, Progress.SENT),)
    stranger = Party(JESPER, Host("", "", "ah@x.example"))
    assert ladder.told((DELEGATE,), stranger, offline=False)[0].who == "ah"


@pytest.mark.parametrize(("offline", "progress"), [(True, Progress.QUEUED), (False, Progress.SENDING)])
@pytest.mark.parametrize("state", [Progress.QUEUED, Progress.SENDING])
def test_the_screen_is_honest_about_the_network(offline: bool, progress: Progress, state: Progress) -> None:
    (told,) = ladder.told((replace(FIRST, state=state),), WITH_ANNE, offline=offline)
    assert told.progress is progress


def test_a_ladder_is_over_when_answers_are_not_read_any_more() -> None:
    whole = (FIRST, SECOND, DELEGATE, sent(Rung.RECEPTION, Channel.RECEPTION))
    for seconds, expected in ((599, False), (601, True)):
        assert ladder.over(whole, WITH_ANNE, RULES, NOW + timedelta(seconds=seconds)) is expected
    assert not ladder.over((FIRST,), WITH_ANNE, RULES, NOW + timedelta(days=1))
    assert ladder.over((), WITH_ANNE, RULES, NOW)


class World:
    """A random visit lived second by second: messages are sent, refused, kept waiting or answered by chance."""

    def __init__(self, party: Party, first: Channel, rules: NotifySection) -> None:
        self.party = party
        self.rules = rules
        self.messages = [sent(Rung.FIRST, first, Progress.QUEUED)]
        self.added_at: dict[Rung, float] = {Rung.FIRST: 0}

    def second(self, at_s: float, fate: str) -> None:
        now = NOW + timedelta(seconds=at_s)
        self.messages = [self._lived(message, fate, now) for message in self.messages]
        for step in ladder.due(self.messages, self.party, self.rules, now, offline=fate == "offline"):
            assert step.rung not in self.added_at, "a rung is queued twice"
            assert isinstance(step, Step)
            self.added_at[step.rung] = at_s
            self.messages.append(sent(step.rung, step.channel, Progress.QUEUED, at_s))

    def _lived(self, message: Message, fate: str, now: datetime) -> Message:
        if message.state is Progress.QUEUED and fate in ("sent", "refused"):
            host = ladder.target(message.rung, self.party)
            possible = fate == "sent" and ladder.possible(message.channel, host)
            return replace(message, state=Progress.SENT if possible else Progress.FAILED, due_at=now)
        if message.state is Progress.SENT and fate == "answered" and message.channel is Channel.CHAT:
            return replace(message, state=Progress.ANSWERED, answer=Answer.COMING)
        return message


parties = st.sampled_from((WITH_ANNE, Party(JESPER), Party(IDA), Party(IDA, ANNE), Party(NOBODY), Party(NOBODY, IDA)))
fates = st.sampled_from(("sent", "sent", "sent", "refused", "offline", "busy", "answered"))


@steady
@given(
    parties, st.sampled_from((Channel.CHAT, Channel.MAIL)), st.lists(st.tuples(fates, st.integers(1, 200)), max_size=30)
)
def test_no_life_leaves_a_guest_alone(party: Party, first: Channel, life: list[tuple[str, int]]) -> None:
    """Rungs come once, in their order, none after an answer; and with the network there, reception hears in the end."""
    world, at_s = World(party, first, RULES), 0.0
    for fate, seconds in life:
        before = len(world.messages)
        had_answer = ladder.answered(world.messages)
        at_s += seconds
        world.second(at_s, fate)
        assert not had_answer or len(world.messages) == before
    for _ in range(8):
        at_s += 100
        world.second(at_s, "sent")
    rungs = [message.rung for message in ladder.of_ladder(world.messages)]
    assert [message.rung for message in world.messages] == rungs
    assert ladder.answered(world.messages) or rungs[-1] is Rung.RECEPTION
    assert sorted(world.added_at.values()) == list(world.added_at.values())
    assert len(ladder.told(world.messages, party, offline=False)) == len(rungs)
