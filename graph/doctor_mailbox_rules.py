"""What is wrong with a room mailbox's settings: read from PowerShell's answer, or inferred from its meetings. Pure.

Source: reference/graph.md 2.5. Graph itself does not tell these settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from graph import mending
from graph.doctor_facts import Asked, RoomSeen
from graph.exchange import RoomSettings
from graph.findings import Finding, Level, good
from graph.model import Event, Sensitivity

ENOUGH_EVENTS = 3
ENOUGH_ORGANIZERS = 2

_SPOILING = (
    (
        "AddOrganizerToSubject",
        "add_organizer_to_subject",
        "Every title is replaced by the organizer's name: the display would say the name twice.",
    ),
    ("DeleteSubject", "delete_subject", "Titles are deleted: the display can only say that the room is taken."),
    (
        "RemovePrivateProperty",
        "remove_private_property",
        "The private mark is taken off: the title of a private meeting is shown to everybody who passes.",
    ),
)


def read_settings(asked: Asked, room: str, found: RoomSettings) -> Iterator[Finding]:
    """Judge the settings PowerShell told."""
    before = 0
    for setting, field, why in _SPOILING:
        if getattr(found, field):
            before += 1
            yield _spoilt(setting, room, why, "$false")
    if found.automate_processing not in (None, "AutoAccept"):
        before += 1
        why = "Meetings stay unanswered: the display shows them as tentative until somebody accepts them."
        yield _spoilt("AutomateProcessing", room, why, "AutoAccept")
    if found.allow_conflicts:
        before += 1
        yield _spoilt("AllowConflicts", room, "Two meetings may be accepted at the same time.", "$false")
    if found.enable_auto_release:
        before += 1
        yield _auto_release(asked, room)
    silent = [setting for setting, field, _ in _SPOILING if getattr(found, field) is None]
    if silent:
        yield Finding(
            check="mailbox", level=Level.UNKNOWN, what=f"The answer is silent about {', '.join(silent)}.", about=room
        )
    elif not before:
        yield good("mailbox", "The mailbox's settings suit a display.", room)


def not_told(room: str, line: str) -> Finding:
    """Return the finding for a room that --exchange says nothing of, or that was not asked about."""
    return Finding(
        check="mailbox",
        level=Level.UNKNOWN,
        what="The mailbox's settings cannot be read through Graph.",
        why="Some of them spoil a display. Run the line, then: mydesk-graph doctor --exchange exchange.json.",
        about=room,
        mend=(line,),
        console="exchange",
    )


def inferred(seen: RoomSeen) -> Iterator[Finding]:
    """Conclude from the meetings themselves what the settings must be."""
    invited = [event for event in seen.events if not event.is_organizer and not event.cancelled]
    named = [event for event in invited if event.organizer_name and _says_organizer(event)]
    if _enough(named) and len(named) * 2 > len(invited):
        yield _inferred(seen.room, "AddOrganizerToSubject", "Titles begin with the organizer's name", _SPOILING[0][2])
    blank = [event for event in invited if not event.subject.strip() and event.sensitivity is Sensitivity.NORMAL]
    if _enough(blank) and len(blank) == len(invited):
        yield _inferred(seen.room, "DeleteSubject", "No invitation has a title", _SPOILING[1][2])


def _enough(events: Sequence[Event]) -> bool:
    return len(events) >= ENOUGH_EVENTS and len(_organizers(events)) >= ENOUGH_ORGANIZERS


def _organizers(events: Iterable[Event]) -> set[str]:
    return {event.organizer_address or event.organizer_name for event in events}


def _says_organizer(event: Event) -> bool:
    """Exchange writes the name in front of the title, or in its place when DeleteSubject is on as well."""
    subject, name = event.subject.strip().casefold(), event.organizer_name.strip().casefold()
    return subject == name or subject.startswith(f"{name} ")


def _inferred(room: str, setting: str, what: str, why: str) -> Finding:
    return Finding(
        check="mailbox",
        level=Level.WARNING,
        what=f"{what}: {setting} seems to be on.",
        why=why,
        about=room,
        mend=(mending.processing(room, setting, "$false"),),
        console="exchange",
        inferred=True,
    )


def _spoilt(setting: str, room: str, why: str, value: Literal["$true", "$false", "AutoAccept"]) -> Finding:
    return Finding(
        check="mailbox",
        level=Level.WARNING,
        what=f"{setting} should be {value.removeprefix('$')}.",
        why=f"{why} It counts for meetings accepted from now on.",
        about=room,
        mend=(mending.processing(room, setting, value),),
        console="exchange",
    )


def _auto_release(asked: Asked, room: str) -> Finding:
    return Finding(
        check="auto-release",
        level=Level.ERROR if asked.own_release else Level.WARNING,
        what="Exchange releases rooms nobody checked in to (EnableAutoRelease)."
        + (' The unit does too: its configuration says exchange_auto_release = "off".' if asked.own_release else ""),
        why="Two that release the same room contradict one another: leave it to one of them.",
        about=room,
        mend=(mending.processing(room, "EnableAutoRelease", "$false"),),
        console="exchange",
    )
