"""Who is told next when a host does not answer, and what the guest's screen says of it. Pure.

first channel -> second channel -> delegate -> reception, each so long after the first message went out; a step that
is impossible, or was refused, makes the next one due at once. While the first message waits for the network nothing
more is due: the time of the ladder begins when it has gone out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from common.name_search import first_and_initial
from kiosk.host_search import INVITED, OTHER
from kiosk.message_table import Message, Rung
from kiosk.model import Answer, Channel, Host, Progress, Told
from kiosk.settings import NotifySection

ORDER = (Rung.FIRST, Rung.SECOND, Rung.DELEGATE, Rung.RECEPTION)
BY_LINK = (Rung.FIRST, Rung.SECOND, Rung.DELEGATE)
"""What may be answered by a link: what goes to one person."""
_UNDER_WAY = frozenset({Progress.QUEUED, Progress.SENDING})
_SAID: tuple[tuple[Progress, Literal["answered", "told"]], ...] = (
    (Progress.ANSWERED, "answered"),
    (Progress.SENT, "told"),
)


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a visit concerns."""

    host: Host
    delegate: Host | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A message that is to be queued now."""

    rung: Rung
    channel: Channel


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a ladder is, without a name: `rung` and `channel` are of the step that says so."""

    step: Literal["waiting", "told", "failed", "answered"]
    rung: Rung
    channel: Channel
    answer: Answer | None = None


def can_chat(host: Host) -> bool:
    """Whether the host is of the tenant: Teams needs the directory's id."""
    return bool(host.ref) and not host.ref.startswith((OTHER, INVITED))


def first_channel(host: Host, rules: NotifySection) -> Channel:
    """How to tell this host first: for `Register.sign_in(tell=...)`."""
    return Channel.CHAT if rules.first == "chat" and can_chat(host) else Channel.MAIL


def target(rung: Rung, party: Party) -> Host | None:
    """To whom this rung goes; None is reception."""
    if rung is Rung.RECEPTION:
        return None
    return party.delegate if rung is Rung.DELEGATE else party.host


def possible(channel: Channel, host: Host | None) -> bool:
    """Whether somebody can be told by this channel."""
    if channel is Channel.RECEPTION or host is None:
        return channel is Channel.RECEPTION
    return can_chat(host) if channel is Channel.CHAT else bool(host.address)


def steps(party: Party, first: Channel) -> tuple[Step, ...]:
    """The whole ladder of a visit whose first message went, or goes, by `first`."""
    second = Channel.MAIL if first is Channel.CHAT else Channel.CHAT
    found = [Step(Rung.FIRST, first)]
    if possible(second, party.host):
        found.append(Step(Rung.SECOND, second))
    if party.delegate is not None:
        by = first if possible(first, party.delegate) else Channel.MAIL
        if possible(by, party.delegate):
            found.append(Step(Rung.DELEGATE, by))
    return (*found, Step(Rung.RECEPTION, Channel.RECEPTION))


def due(
    messages: Sequence[Message], party: Party, rules: NotifySection, now: datetime, *, offline: bool
) -> tuple[Step, ...]:
    """What is to be queued now, for a guest who is still waiting. Without a first message there is no ladder."""
    climbed = of_ladder(messages)
    if not climbed or climbed[0].rung is not Rung.FIRST or answered(climbed):
        return ()
    waited = _waited(climbed, now, offline=offline)
    there = {message.rung for message in climbed}
    stuck = all(message.state is Progress.FAILED for message in climbed)
    found: list[Step] = []
    for step in steps(party, climbed[0].channel):
        if step.rung in there:
            continue
        if waited < _after(step.rung, rules) and not (stuck and not found):
            break
        found.append(step)
    return tuple(found)


def over(messages: Sequence[Message], party: Party, rules: NotifySection, now: datetime) -> bool:
    """Whether nothing can change any more: answered, or all rungs done and answers are not read any longer."""
    climbed = of_ladder(messages)
    if not climbed or climbed[0].rung is not Rung.FIRST or answered(climbed):
        return True
    missing = {step.rung for step in steps(party, climbed[0].channel)} - {message.rung for message in climbed}
    if missing or any(message.state in _UNDER_WAY for message in climbed):
        return False
    return not any(awaits_answer(message, rules, now) for message in climbed)


def awaits_answer(message: Message, rules: NotifySection, now: datetime) -> bool:
    """Whether answers to this message are read now."""
    if message.channel is not Channel.CHAT or message.state is not Progress.SENT:
        return False
    return bool(rules.read_answers_min) and now - message.due_at <= timedelta(minutes=rules.read_answers_min)


def answered(messages: Sequence[Message]) -> bool:
    """Whether somebody has said something."""
    return any(message.state is Progress.ANSWERED for message in messages)


def of_ladder(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages of the arrival in the order of the ladder: no reminders."""
    return tuple(sorted((one for one in messages if one.rung in ORDER), key=lambda one: ORDER.index(one.rung)))


def told(messages: Sequence[Message], party: Party, *, offline: bool) -> tuple[Told, ...]:
    """What the guest's screen says: each step so far, whom by a name that a stranger may read."""
    return tuple(
        Told(
            shown_name(target(message.rung, party)),
            message.channel,
            _progress(message, offline=offline),
            message.answer,
        )
        for message in of_ladder(messages)
    )


def standing(messages: Sequence[Message], party: Party) -> Standing | None:
    """The best that can be said: somebody answered, else who was told last, else that it is still tried; None: nobody
    is told of this visit. It failed when no step is left and nobody, or reception only (`rung`), could be told."""
    climbed = of_ladder(messages)
    if not climbed or climbed[0].rung is not Rung.FIRST:
        return None
    people = [message for message in climbed if message.rung is not Rung.RECEPTION]
    left = {step.rung for step in steps(party, climbed[0].channel)} - {message.rung for message in climbed}
    refused = not left and all(message.state is Progress.FAILED for message in people)
    for progress, step in _SAID:
        found = [message for message in climbed if message.state is progress]
        if found:
            return Standing("failed" if refused else step, found[-1].rung, found[-1].channel, found[-1].answer)
    over = refused and climbed[-1].state is Progress.FAILED
    return Standing("failed" if over else "waiting", Rung.FIRST, climbed[0].channel)


def shown_name(host: Host | None) -> str:
    """A name that a stranger may read; "" is reception."""
    if host is None:
        return ""
    return first_and_initial(host.name) or host.address.partition("@")[0]


def _progress(message: Message, *, offline: bool) -> Progress:
    """A message that waits its turn for a second is being sent; one that waits for the network is queued."""
    if message.state in _UNDER_WAY:
        return Progress.QUEUED if offline else Progress.SENDING
    return message.state


def _waited(climbed: Sequence[Message], now: datetime, *, offline: bool) -> timedelta:
    """How long somebody could have answered. `due_at` of a sent message is when its last try was due."""
    arrived = [message.due_at for message in climbed if message.state is Progress.SENT]
    if arrived:
        return now - min(arrived)
    return timedelta(0) if offline else now - climbed[0].made_at


def _after(rung: Rung, rules: NotifySection) -> timedelta:
    after_s = {
        Rung.SECOND: rules.second_after_s,
        Rung.DELEGATE: rules.delegate_after_s,
        Rung.RECEPTION: rules.reception_after_s,
    }
    return timedelta(seconds=after_s.get(rung, 0))
