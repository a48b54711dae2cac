"""What of an event may stand on a screen in a corridor: subject, organizer, or only that the room is taken. Pure.

Exchange's defaults on room mailboxes put the organizer's name into the subject (AddOrganizerToSubject), delete
the subject and drop the private flag; see reference/roomdisplay.md 3.10 and 3.11.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from graph.model import Event, Sensitivity

MAX_TEXT = 160
"""Longest subject or name kept; what is longer than a line is shortened again where it is drawn."""

FOLLOW_ON_MARK = " ↪"
"""Suffix of the subject of a booking that extends the meeting before it. It survives a restart, which the ids in
RAM do not; only an event of the room's own mailbox that adjoins a meeting is ever taken for a follow-on by it."""

_HIDDEN = frozenset({Sensitivity.PRIVATE, Sensitivity.CONFIDENTIAL})
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
_INVISIBLE = frozenset({"Cf", "Zs", "Mn"})


class Title(StrEnum):
    """How a meeting's title is to be worded; the words are the presenter's."""

    SUBJECT = "subject"
    RESERVED = "reserved"
    PRIVATE = "private"
    BOOKED_HERE = "booked-here"


@dataclass(frozen=True, slots=True)
class Policy:
    """How events become meetings. Addresses are compared case-insensitively; an empty one matches nothing."""

    room_address: str = ""
    account_address: str = ""
    subject: Literal["full", "organizer", "never"] = "full"
    hide_personal: bool = True
    tentative_blocks: bool = True
    buffer_min: int = 0


@dataclass(frozen=True, slots=True)
class Wording:
    """Title, subject and organizer as they may be shown; empty where hidden, never the same twice."""

    title: Title
    subject: str = ""
    organizer: str = ""


def wording(event: Event, policy: Policy) -> Wording:
    """Reduce `event` to what `policy` lets the corridor read."""
    if event.sensitivity in _HIDDEN or (policy.hide_personal and event.sensitivity is Sensitivity.PERSONAL):
        return Wording(Title.PRIVATE)
    here = event.is_organizer or _is_ours(event.organizer_address, policy)
    organizer = "" if here or policy.subject == "never" else clean(event.organizer_name)
    subject = clean(event.subject.removesuffix(FOLLOW_ON_MARK)) if policy.subject == "full" else ""
    if here:
        return Wording(Title.BOOKED_HERE, subject)
    subject = _without_name(subject, organizer)
    return Wording(Title.SUBJECT if subject else Title.RESERVED, subject, organizer)


def clean(text: str) -> str:
    """One bounded line: no control characters, no overrides of the writing direction, blanks folded."""
    kept = "".join(char for char in text[: 4 * MAX_TEXT] if char.isspace() or _printable(char))
    line = " ".join(kept.split())
    if all(unicodedata.category(char) in _INVISIBLE for char in line):
        return ""
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1].rstrip() + "…"


def _printable(char: str) -> bool:
    return char not in _BIDI_CONTROLS and unicodedata.category(char) not in _UNPRINTABLE


def _is_ours(address: str, policy: Policy) -> bool:
    """The room or the device account is the organizer: no person's name to show."""
    known = {policy.room_address.casefold(), policy.account_address.casefold()} - {""}
    return address.casefold() in known


def _without_name(subject: str, organizer: str) -> str:
    """The subject without the organizer's name that AddOrganizerToSubject put before it, or in its place."""
    if organizer and subject.casefold() == organizer.casefold():
        return ""
    head, rest = subject[: len(organizer)], subject[len(organizer) :]
    if organizer and head.casefold() == organizer.casefold() and rest.startswith(" "):
        return rest.strip()
    return subject
