"""What reception reads of telling a guest's host: who does it, how far it is, when to take up the telephone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from common.visiting.shared_visit import HUB, TELL_WITHIN, SharedVisit
from hub.visits.tellers import TAKEN_WITHIN_MS
from hub.visits.tellings import HERE, Telling

__all__ = ["Said", "said_of", "untold"]

Moment = Callable[[int], str]
"""An instant, ms since 1970, as the page writes it."""

_LATE_MS = TELL_WITHIN // timedelta(milliseconds=1)
_BY = {"chat": "in Teams", "mail": "by mail"}
_ANSWERS = {"coming": "is coming", "five-minutes": "comes in 5 minutes"}


@dataclass(frozen=True, slots=True)
class Said:
    """`tone`: all is well, it is under way, or somebody must do something."""

    tone: Literal["good", "neutral", "problem"]
    text: str = field(repr=False)


def said_of(
    visit: SharedVisit, telling: Telling | None, titles: Mapping[str, str], moment: Moment, now_ms: int
) -> Said | None:
    """None: the guest is not in the building, or came in at a kiosk that has said nothing of it."""
    if not visit.present or visit.host is None:
        return None
    if telling is not None and telling.answer == HERE:
        return Said("good", f"{_host(visit)} has come, noted {moment(telling.at_ms)}.")
    if visit.tells == HUB or (telling is not None and not telling.unit):
        return Said("problem", _nobody(visit, now_ms))
    if telling is None or telling.unit != visit.tells:
        return None
    kiosk, host = f"the kiosk {titles.get(telling.unit, telling.unit)}", _host(visit)
    match telling.step:
        case "answered":
            return Said("good", _answered(telling, host, moment))
        case "told" if telling.rung == "reception":
            return Said("problem", f"{_told_reception(telling, host, moment)} {_call(visit)}")
        case "told":
            return Said("good", f"{_told(telling, host, moment)} No answer yet.")
        case "failed":
            nor = "; reception has a mail about it" if telling.rung == "reception" else ", nor reception"
            mend = "" if visit.host.address else " With their e-mail, given under Correct, a kiosk tries again."
            return Said("problem", f"{_capital(kiosk)} could not tell {host}{nor}. {_call(visit)}{mend}")
    return _under_way(visit, telling, kiosk, now_ms)


def untold(visits: Iterable[SharedVisit], told: Mapping[str, Telling], now_ms: int) -> frozenset[str]:
    """Guests of the last hour whose host does not know of them yet, and may never without a call; by visit."""
    found = set()
    for visit in visits:
        telling = told.get(visit.id)
        said = said_of(visit, telling, {}, str, now_ms)
        lately = visit.in_at is not None and now_ms - visit.in_at.timestamp() * 1000 <= _LATE_MS
        if lately and said is not None and said.tone == "problem" and (telling is None or telling.step != "told"):
            found.add(visit.id)
    return frozenset(found)


def _nobody(visit: SharedVisit, now_ms: int) -> str:
    host, call = _host(visit), _call(visit)
    if visit.in_at is None or now_ms - visit.in_at.timestamp() * 1000 > _LATE_MS:
        return f"{host} has not been told: no kiosk of this site could do it. {call}"
    return (
        f"{host} has not been told: no kiosk of this site can do it just now. {call}"
        " One that can within the hour will tell them all the same."
    )


def _under_way(visit: SharedVisit, telling: Telling, kiosk: str, now_ms: int) -> Said:
    host = _host(visit)
    if now_ms - telling.named_ms < TAKEN_WITHIN_MS:
        return Said("neutral", f"{_capital(kiosk)} is telling {host}.")
    why = "has not got through yet" if telling.step else "has not answered yet"
    return Said("problem", f"{host} may not have been told: {kiosk} {why}. {_call(visit)}")


def _told(telling: Telling, host: str, moment: Moment) -> str:
    by, at = _BY.get(telling.channel, ""), moment(telling.at_ms)
    if telling.rung == "delegate":
        return f"{host} did not answer; who stands in was told {by} at {at}."
    return f"{host} was told {by}{' too,' if telling.rung == 'second' else ''} at {at}."


def _told_reception(telling: Telling, host: str, moment: Moment) -> str:
    return f"Nobody has answered for {host}; reception has a mail about it since {moment(telling.at_ms)}."


def _answered(telling: Telling, host: str, moment: Moment) -> str:
    who = f"Who stands in for {host}" if telling.rung == "delegate" else host
    return f"{who} {_ANSWERS.get(telling.answer, 'has answered')}: answered {moment(telling.at_ms)}."


def _host(visit: SharedVisit) -> str:
    return (visit.host.name if visit.host else "") or "The host"


def _call(visit: SharedVisit) -> str:
    host = visit.host
    name, address = (host.name, host.address) if host else ("", "")
    return f"Call {name or 'the host'}{f', {address}' if address else ''}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
