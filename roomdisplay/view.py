"""What the screens draw, as values: finished words, no decisions left. Screens send back the `Action` that was touched.

`presenter` makes the home view from a RoomState, `sheets` makes the sub-views from the dialog's state.
All texts are already in the screen's language and already reduced to what may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What a touch asks for."""

    BOOK = "book"  # value: ISO start / ISO end
    OPEN_BOOKING = "open-booking"  # value: ISO start
    AS_PERSON = "as-person"
    PICK_PERSON = "pick-person"  # value: the hit's number
    NO_PERSON = "no-person"
    OPEN_DAY = "open-day"  # value: 0 today, 1 tomorrow
    OPEN_MEETING = "open-meeting"  # value: Meeting.key
    OPEN_EXTEND = "open-extend"
    EXTEND = "extend"  # value: ISO new end
    END = "end"
    CANCEL_BOOKING = "cancel-booking"  # value: Meeting.key
    RELEASE = "release"
    UNDO = "undo"
    CHECK_IN = "check-in"
    KEEP = "keep"  # value: Meeting.key
    OPEN_ROOMS = "open-rooms"
    OPEN_FAULT = "open-fault"
    FAULT_KIND = "fault-kind"  # value: kind
    FAULT_SEND = "fault-send"  # value: text number
    RETRY = "retry"
    OPEN_ADMIN = "open-admin"
    PIN = "pin"  # value: the digits typed so far
    ADMIN_PAGE = "admin-page"  # value: page
    SIGN_IN = "sign-in"
    BRIGHTNESS = "brightness"  # value: percent
    LANGUAGE = "language"  # value: code
    TYPED = "typed"  # value: the whole text of the field
    CONFIRM = "confirm"
    BACK = "back"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Action:
    """A verb and its value, as carried by everything that can be touched."""

    verb: Verb
    value: str = ""


class Shape(StrEnum):
    """The sign beside the room's name: state without colour."""

    RING = "ring"
    RING_DOT = "ring-dot"
    DISC = "disc"
    PIE = "pie"
    CLOCK = "clock"
    DASHED_RING = "dashed-ring"
    NONE = "none"


class Tone(StrEnum):
    """Which colours of ui.theme the home view takes."""

    FREE = "free"
    BUSY = "busy"
    ATTENTION = "attention"
    NEUTRAL = "neutral"
    DARK = "dark"


class Style(StrEnum):
    """How a button stands out."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    DANGER = "danger"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class ButtonView:
    """A button of one or two lines."""

    action: Action
    label: str
    detail: str = ""
    style: Style = Style.SECONDARY
    enabled: bool = True


class BlockStyle(StrEnum):
    """How a block of the timeline is drawn."""

    MEETING = "meeting"
    CURRENT = "current"
    OWN = "own"
    BOOKABLE = "bookable"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block over [start_min, end_min) in minutes since midnight of the timeline's day (may pass 0 or 1440)."""

    start_min: float
    end_min: float
    title: str
    detail: str = ""
    style: BlockStyle = BlockStyle.MEETING
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class TimelineView:
    """One day from `first_min` to `last_min`; `hour_labels` are (minute, text)."""

    heading: str
    date: str
    first_min: int
    last_min: int
    hour_labels: tuple[tuple[int, str], ...]
    blocks: tuple[BlockView, ...]
    notes: tuple[str, ...] = ()
    now_min: float | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class HomeView:
    """The panel at rest."""

    tone: Tone
    shape: Shape
    shape_fraction: float
    """How much of the pie is filled, 0 to 1."""
    room: str
    room_detail: str
    clock: str
    headline: str
    subline: str
    title: str = ""
    title_detail: str = ""
    progress: float | None = None
    banner: str = ""
    hint: str = ""
    """One small line, such as a check-in that opened for the next meeting."""
    buttons: tuple[ButtonView, ...] = ()
    timeline: TimelineView | None = None
    footer: tuple[ButtonView, ...] = ()
    brightness: float = 1.0
    logo_file: str = ""
    toast: str = ""
    toast_action: ButtonView | None = None


@dataclass(frozen=True, slots=True)
class AsleepView:
    """Dark, with the time drifting; `clock` may be empty."""

    clock: str
    status: str


@dataclass(frozen=True, slots=True)
class ChoicesSheet:
    """A title, a sentence, and a grid of large buttons: booking, extend, fault kinds, confirmations."""

    title: str
    text: str
    buttons: tuple[ButtonView, ...]
    extra: tuple[ButtonView, ...] = ()
    """A second row of wide buttons, such as 'in whose name'."""
    columns: int = 3


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of a list: title, detail, and at the right a word in the tone of its state."""

    action: Action | None
    title: str
    detail: str = ""
    mark: str = ""
    mark_tone: Tone = Tone.NEUTRAL
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ListSheet:
    """A title and rows that scroll: other rooms, admin pages, log tail."""

    title: str
    text: str
    rows: tuple[RowView, ...]
    buttons: tuple[ButtonView, ...] = ()
    empty: str = ""
    monospace: bool = False


@dataclass(frozen=True, slots=True)
class SearchSheet:
    """Person search with the on-screen keyboard."""

    title: str
    prompt: str
    text: str
    rows: tuple[RowView, ...]
    message: str
    language: str
    buttons: tuple[ButtonView, ...] = ()
    busy: bool = False


@dataclass(frozen=True, slots=True)
class DaySheet:
    """The whole day, large: bookable slots may be touched."""

    title: str
    timeline: TimelineView
    tabs: tuple[ButtonView, ...]
    buttons: tuple[ButtonView, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkingSheet:
    """A write is under way."""

    title: str
    text: str = ""


class Result(StrEnum):
    """How an action ended."""

    DONE = "done"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class ResultSheet:
    """How a write ended: every outcome has this screen."""

    result: Result
    title: str
    text: str
    buttons: tuple[ButtonView, ...] = ()


@dataclass(frozen=True, slots=True)
class SignInSheet:
    """Device code: where to go, what to type, a QR code of the plain address."""

    title: str
    text: str
    address: str
    code: str
    expires: str
    buttons: tuple[ButtonView, ...] = ()


@dataclass(frozen=True, slots=True)
class PinSheet:
    """The admin PIN: `digits` typed so far are drawn as dots."""

    title: str
    message: str
    digits: int
    locked: bool = False


Sheet = ChoicesSheet | ListSheet | SearchSheet | DaySheet | WorkingSheet | ResultSheet | SignInSheet | PinSheet


@dataclass(frozen=True, slots=True)
class PanelView:
    """All that is on the glass: the home view, and at most one sheet over it."""

    home: HomeView | AsleepView
    sheet: Sheet | None = None
    identify: str = ""
    """A banner over everything, while an admin looks for this unit."""
