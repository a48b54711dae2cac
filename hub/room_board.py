"""What the board shows of a room: a word, a shape and a colour. Pure; never green where it may not be free.

The kinds are those of the panels (`e/room`); what is unknown, late, silent or lost is neutral, with its age.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SILENT_AFTER_S = 300
"""A unit that has told nothing for so long is not believed, whatever its last words were."""
LATE_S = 60
"""History that arrives so late is a backlog being drained: newer words are still under way."""


class Colour(StrEnum):
    """The room state colours of DESIGN.md 6, as CSS classes."""

    FREE = "free"
    BUSY = "busy"
    ATTENTION = "attention"
    UNKNOWN = "unknown"


class Shape(StrEnum):
    """The shape beside the word, an icon of the page."""

    RING = "ring"
    RING_DOT = "ring-dot"
    DISC = "disc"
    PIE = "pie"
    CLOCK = "clock"
    DASHED = "dashed"


@dataclass(frozen=True, slots=True)
class Shown:
    """How a state looks. `word` is always there: colour alone says nothing."""

    word: str
    shape: Shape
    colour: Colour
    note: str = ""


KINDS: dict[str, Shown] = {
    "free": Shown("Free", Shape.RING, Colour.FREE),
    "released": Shown("Free", Shape.RING, Colour.FREE, "given back"),
    "free-soon": Shown("Booked soon", Shape.RING_DOT, Colour.ATTENTION),
    "in-use": Shown("In use", Shape.RING_DOT, Colour.ATTENTION, "without a booking"),
    "check-in": Shown("Check-in due", Shape.CLOCK, Colour.ATTENTION),
    "release-warning": Shown("Giving back", Shape.CLOCK, Colour.ATTENTION),
    "booked-empty": Shown("Booked, empty", Shape.CLOCK, Colour.ATTENTION),
    "busy": Shown("Busy", Shape.DISC, Colour.BUSY),
    "overlap": Shown("Double booked", Shape.DISC, Colour.BUSY),
    "ending-soon": Shown("Ending soon", Shape.PIE, Colour.BUSY),
    "offline": Shown("No calendar", Shape.DASHED, Colour.UNKNOWN),
    "needs-sign-in": Shown("Sign-in needed", Shape.DASHED, Colour.UNKNOWN),
    "no-room": Shown("Room not found", Shape.DASHED, Colour.UNKNOWN),
    "starting": Shown("Starting", Shape.DASHED, Colour.UNKNOWN),
    "asleep": Shown("Screen asleep", Shape.DASHED, Colour.UNKNOWN),
}
"""The panel's kinds, roomdisplay.kinds.Kind."""

NO_CONTACT = Shown("No contact", Shape.DASHED, Colour.UNKNOWN)
SWITCHED_OFF = Shown("Stopped", Shape.DASHED, Colour.UNKNOWN)
SILENT = Shown("Silent", Shape.DASHED, Colour.UNKNOWN, "connected, but tells nothing")
NOT_TOLD = Shown("Not known yet", Shape.DASHED, Colour.UNKNOWN)
OLD_CALENDAR = Shown("Calendar is old", Shape.DASHED, Colour.UNKNOWN)
CATCHING_UP = Shown("Catching up", Shape.DASHED, Colour.UNKNOWN, "sending what was kept while it was offline")

BOOKED = frozenset({"busy", "ending-soon", "overlap", "check-in", "booked-empty", "release-warning"})
"""Kinds in which the calendar has the room."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a unit said of its room: in `e/room`, or `live` in `now/room`. Times in ms; `at_ms`: since when."""

    kind: str
    stale: bool
    at_ms: int
    received_ms: int
    live: bool = False


def shown(link: str, seen_ms: int | None, told: Told | None, now_ms: int) -> Shown:
    """How the room of a unit looks now. `link` is the s of its `status`: online, lost, offline or empty."""
    if link == "offline":
        return SWITCHED_OFF
    if link != "online":
        return NO_CONTACT
    if seen_ms is None or now_ms - seen_ms > SILENT_AFTER_S * 1000:
        return SILENT
    if told is None or told.kind not in KINDS:
        return NOT_TOLD
    if told.live and now_ms - told.received_ms > SILENT_AFTER_S * 1000:
        return SILENT
    late_ms = 0 if told.live else told.received_ms - told.at_ms
    if late_ms > LATE_S * 1000 and now_ms - told.received_ms < LATE_S * 1000:
        return CATCHING_UP
    look = KINDS[told.kind]
    return OLD_CALENDAR if told.stale and look.colour is not Colour.UNKNOWN else look
