"""What the hub hears of telling a host: the best that can be said of the ladder, each change once, and no name."""

from __future__ import annotations

import pytest

from kiosk import ladder
from kiosk.host_tellings import MOST, HostTellings
from kiosk.ladder import Party, Standing
from kiosk.message_table import Message, Rung
from kiosk.model import Answer, Channel, Progress
from telemetry.payloads import HostTold, values
from tests.kiosk.register_kit import Events, visit_id
from tests.kiosk.test_ladder import JESPER, WITH_ANNE, sent

CHAT, MAIL = Channel.CHAT, Channel.MAIL
FAILED, QUEUED, SENT = Progress.FAILED, Progress.QUEUED, Progress.SENT
NO_DELEGATE = Party(JESPER)


def answered(rung: Rung, answer: Answer) -> Message:
    one = sent(rung, CHAT, Progress.ANSWERED)
    return Message(one.id, "v", rung, CHAT, one.state, 1, False, answer, one.made_at, one.due_at)


FIRST = sent(Rung.FIRST)
LADDERS: dict[str, tuple[list[Message], Standing | None]] = {
    "nobody is told": ([], None),
    "only reminded": ([sent(Rung.SECOND)], None),
    "queued": ([sent(Rung.FIRST, CHAT, QUEUED)], Standing("waiting", Rung.FIRST, CHAT)),
    "first": ([FIRST], Standing("told", Rung.FIRST, CHAT)),
    "second is queued": ([FIRST, sent(Rung.SECOND, MAIL, QUEUED)], Standing("told", Rung.FIRST, CHAT)),
    "second": ([FIRST, sent(Rung.SECOND, MAIL)], Standing("told", Rung.SECOND, MAIL)),
    "first refused": ([sent(Rung.FIRST, CHAT, FAILED)], Standing("waiting", Rung.FIRST, CHAT)),
    "delegate": ([FIRST, sent(Rung.DELEGATE)], Standing("told", Rung.DELEGATE, CHAT)),
    "reception": (
        [FIRST, sent(Rung.SECOND, MAIL), sent(Rung.DELEGATE), sent(Rung.RECEPTION, Channel.RECEPTION)],
        Standing("told", Rung.RECEPTION, Channel.RECEPTION),
    ),
    "reception, a mail to the host waits": (
        [
            sent(Rung.FIRST, CHAT, FAILED),
            sent(Rung.SECOND, MAIL, QUEUED),
            sent(Rung.DELEGATE, CHAT, FAILED),
            sent(Rung.RECEPTION, Channel.RECEPTION),
        ],
        Standing("told", Rung.RECEPTION, Channel.RECEPTION),
    ),
    "coming": (
        [answered(Rung.FIRST, Answer.COMING), sent(Rung.SECOND, MAIL)],
        Standing("answered", Rung.FIRST, CHAT, Answer.COMING),
    ),
    "a delegate in five minutes": (
        [FIRST, answered(Rung.DELEGATE, Answer.FIVE_MINUTES)],
        Standing("answered", Rung.DELEGATE, CHAT, Answer.FIVE_MINUTES),
    ),
}
ALL_REFUSED = [
    sent(Rung.FIRST, CHAT, FAILED),
    sent(Rung.SECOND, MAIL, FAILED),
    sent(Rung.RECEPTION, Channel.RECEPTION, FAILED),
]


@pytest.mark.parametrize(("messages", "standing"), LADDERS.values(), ids=LADDERS)
def test_how_a_ladder_stands(messages: list[Message], standing: Standing | None) -> None:
    assert ladder.standing(messages, WITH_ANNE) == standing


def test_it_failed_when_there_is_no_step_left() -> None:
    assert ladder.standing(ALL_REFUSED, NO_DELEGATE) == Standing("failed", Rung.FIRST, CHAT)
    only_reception = [*ALL_REFUSED[:-1], sent(Rung.RECEPTION, Channel.RECEPTION)]
    found = ladder.standing(only_reception, NO_DELEGATE)
    assert found == Standing("failed", Rung.RECEPTION, Channel.RECEPTION)
    asked = [*ALL_REFUSED[:-1], sent(Rung.RECEPTION, Channel.RECEPTION, QUEUED)]
    trying = ladder.standing(asked, NO_DELEGATE)
    assert trying is not None
    assert trying.step == "waiting"
    still = ladder.standing(ALL_REFUSED, WITH_ANNE)
    assert still is not None
    assert still.step == "waiting", "a delegate is left"


def test_each_change_is_told_once() -> None:
    events = Events()
    tellings = HostTellings(events, enabled=True)  # type: ignore[arg-type]
    waiting, told = Standing("waiting", Rung.FIRST, CHAT), Standing("told", Rung.FIRST, CHAT)
    tellings.begin("a")
    for standing in (waiting, waiting, told, told, Standing("answered", Rung.FIRST, CHAT, Answer.FIVE_MINUTES)):
        tellings.note("a", standing)
    tellings.begin("a")
    tellings.note("b", told)
    tellings.again("b")
    tellings.note("b", told)
    assert events.events == [
        HostTold("a", "waiting"),
        HostTold("a", "told", "first", "chat"),
        HostTold("a", "answered", "first", "chat", "five-minutes"),
        HostTold("a", "waiting"),
        HostTold("b", "told", "first", "chat"),
        HostTold("b", "told", "first", "chat"),
    ]


def test_it_leaves_as_it_is_with_the_visits_id() -> None:
    event = HostTold(visit_id(1), "answered", "delegate", "mail", "coming")
    assert values(event) == {
        "visit": visit_id(1),
        "step": "answered",
        "rung": "delegate",
        "channel": "mail",
        "answer": "coming",
    }


def test_where_visits_are_not_shared_nobody_hears_of_them() -> None:
    events = Events()
    tellings = HostTellings(events, enabled=False)  # type: ignore[arg-type]
    tellings.begin("a")
    tellings.note("a", Standing("told", Rung.FIRST, MAIL))
    assert events.events == []


def test_its_memory_is_bounded() -> None:
    events = Events()
    tellings = HostTellings(events, enabled=True)  # type: ignore[arg-type]
    for number in range(MOST + 1):
        tellings.begin(str(number))
    assert len(tellings._last) == MOST
    tellings.begin("0")
    assert events.events[-1] == HostTold("0", "waiting")
