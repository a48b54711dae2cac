"""What the kiosk's screens draw, as values: finished words in the guest's language. Screens send back an `Action`.

The widgets live in kiosk/screens; the presenter makes these from the flow's state (kiosk/flow.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Action",
    "BadgeView",
    "ButtonView",
    "ChoiceView",
    "CodeView",
    "DoneView",
    "FieldKind",
    "FieldView",
    "FormView",
    "HeaderView",
    "HostsView",
    "Icon",
    "KioskView",
    "ListView",
    "MessageView",
    "Page",
    "PhotoView",
    "PinView",
    "PresenceTone",
    "RowView",
    "RulesView",
    "StepView",
    "StillThereView",
    "Style",
    "TextView",
    "TileView",
    "Verb",
    "WelcomeView",
]


class Verb(StrEnum):
    """What a touch asks for."""

    VISIT = "visit"  # value: visitor type; "" asks when there are several
    SCAN = "scan"  # open the page that waits for a code
    CODE = "code"  # open the page for the 8 characters
    LEAVE = "leave"
    DELIVERY = "delivery"
    TYPED = "typed"  # value: the whole text of the focused field
    FOCUS = "focus"  # value: key of the field
    PICK_HOST = "pick-host"  # value: number of the row
    HOST_NOT_LISTED = "host-not-listed"
    NEXT = "next"
    BACK = "back"
    ACCEPT = "accept"
    SIGNED = "signed"  # value: strokes as "x,y x,y;x,y ..." in thousandths of the box
    CLEAR_SIGNATURE = "clear-signature"
    ADD_GUEST = "add-guest"
    REMOVE_GUEST = "remove-guest"  # value: number
    PICK = "pick"  # value: number of a choice
    HELP = "help"
    PRIVACY = "privacy"
    LANGUAGE = "language"  # value: code
    MORE_TIME = "more-time"
    HOME = "home"
    ACCESSIBILITY = "accessibility"
    LARGE_TEXT = "large-text"
    HIGH_CONTRAST = "high-contrast"
    LOW_REACH = "low-reach"
    SPEECH = "speech"
    SPEAK_AGAIN = "speak-again"
    ADMIN = "admin"
    PIN = "pin"  # value: the digits typed so far
    ADMIN_PAGE = "admin-page"  # value: page
    REPRINT = "reprint"  # value: visit id
    EVACUATE = "evacuate"
    TICK = "tick"  # value: visit id: found at the assembly point
    PRINT_LIST = "print-list"


@dataclass(frozen=True, slots=True)
class Action:
    """A verb and its value."""

    verb: Verb
    value: str = ""


class Style(StrEnum):
    """How a button stands out."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    QUIET = "quiet"
    DANGER = "danger"


class Icon(StrEnum):
    """The sign on a tile."""

    ENTER = "enter"
    LEAVE = "leave"
    QR = "qr"
    PACKAGE = "package"
    PERSON = "person"
    GROUP = "group"
    HELP = "help"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class ButtonView:
    """A button; `speech` is what speech mode says where the label alone would not do."""

    action: Action
    label: str
    style: Style = Style.SECONDARY
    enabled: bool = True
    speech: str = ""


@dataclass(frozen=True, slots=True)
class TileView:
    """A large tile of a page of choices."""

    action: Action
    icon: Icon
    title: str
    detail: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class HeaderView:
    """On every page: the site, help, the languages, reading aids."""

    site: str
    logo_file: str = ""
    help: ButtonView | None = None
    aids: ButtonView | None = None
    languages: tuple[ButtonView, ...] = ()
    language: str = "da"


@dataclass(frozen=True, slots=True)
class StepView:
    """Where in the flow: `done` of `count` bars are filled."""

    count: int
    done: int


class FieldKind(StrEnum):
    """Which layer of the keyboard a field wants."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    TEXT = "text"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field to type into; `optional` is the word behind the label, "" where it is required."""

    key: str
    label: str
    text: str
    kind: FieldKind = FieldKind.TEXT
    placeholder: str = ""
    optional: str = ""
    error: str = ""
    masked: bool = False


class PresenceTone(StrEnum):
    """The dot beside a host."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A picture of a person: RGBA row by row from the top, clear outside of its disc. Somebody's data, so no repr."""

    side_px: int
    rgba: bytes

    def __repr__(self) -> str:
        return f"PhotoView({self.side_px})"


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of a list."""

    action: Action | None
    title: str
    detail: str = ""
    note: str = ""
    tone: PresenceTone = PresenceTone.NONE
    initials: str = ""
    selected: bool = False
    marked: bool = False
    """found at the assembly point"""
    photo: PhotoView | None = None
    """in place of the initials"""


@dataclass(frozen=True, slots=True)
class WelcomeView:
    """The kiosk at rest."""

    title: str
    text: str
    tiles: tuple[TileView, ...]
    privacy: ButtonView
    clock: str
    notice: str = ""
    """a degraded state in words, such as a printer out of paper or no network; never an alarm"""


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A question with tiles: visitor types, ways to sign out."""

    title: str
    text: str
    tiles: tuple[TileView, ...]
    buttons: tuple[ButtonView, ...] = ()


@dataclass(frozen=True, slots=True)
class HostsView:
    """Whom do you visit: a field, at most five hits, the keyboard."""

    title: str
    field: FieldView
    rows: tuple[RowView, ...]
    message: str
    next: ButtonView
    buttons: tuple[ButtonView, ...] = ()
    busy: bool = False


@dataclass(frozen=True, slots=True)
class FormView:
    """Fields and the keyboard: contact details, sign-out by name."""

    title: str
    fields: tuple[FieldView, ...]
    focused: str
    next: ButtonView
    text: str = ""
    note: ButtonView | None = None
    """the line about forgetting, which opens the privacy notice"""
    buttons: tuple[ButtonView, ...] = ()
    rows: tuple[RowView, ...] = ()
    """guests of a group already entered"""


@dataclass(frozen=True, slots=True)
class CodeView:
    """Waiting for a code before the scanner, or eight characters typed."""

    title: str
    text: str
    field: FieldView | None
    """None: only the scanner is waited for"""
    next: ButtonView | None = None
    buttons: tuple[ButtonView, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class RulesView:
    """House rules: paragraphs, and an acceptance or a signature drawn in a box."""

    title: str
    paragraphs: tuple[str, ...]
    accept: ButtonView
    sign: bool = False
    strokes: str = ""
    buttons: tuple[ButtonView, ...] = ()


@dataclass(frozen=True, slots=True)
class BadgeView:
    """The badge as it is printed: rows of a 1-bit picture, so that the preview is the real layout."""

    width_dots: int
    height_dots: int
    rows: bytes
    """packed, most significant bit left, each row padded to whole bytes; 1 is black"""

    def __repr__(self) -> str:
        return f"BadgeView({self.width_dots}x{self.height_dots})"


@dataclass(frozen=True, slots=True)
class DoneView:
    """Who was told, by what, what to do next. `remaining` is the share of the time until it is wiped, 1 to 0."""

    title: str
    lines: tuple[str, ...]
    """the first is large"""
    countdown: str
    remaining: float
    badge: BadgeView | None = None
    buttons: tuple[ButtonView, ...] = ()


class Sign(StrEnum):
    """What stands beside a message, in shape and colour."""

    GOOD = "good"
    CAUTION = "caution"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class MessageView:
    """One thing to know, such as a code that is not ours; and what to do."""

    title: str
    text: str
    sign: Sign
    buttons: tuple[ButtonView, ...]


@dataclass(frozen=True, slots=True)
class TextView:
    """A long text to scroll by buttons: the privacy notice."""

    title: str
    paragraphs: tuple[str, ...]
    buttons: tuple[ButtonView, ...]


@dataclass(frozen=True, slots=True)
class ListView:
    """Rows for reception and admins: who is in the building, print jobs."""

    title: str
    text: str
    rows: tuple[RowView, ...]
    buttons: tuple[ButtonView, ...] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class PinView:
    """The admin PIN: `digits` typed so far are drawn as dots."""

    title: str
    message: str
    digits: int
    locked: bool = False


@dataclass(frozen=True, slots=True)
class StillThereView:
    """Over everything: the time is nearly up. `seconds` is what is left, `remaining` its share, 1 to 0."""

    title: str
    text: str
    seconds: int
    remaining: float
    more: ButtonView
    leave: ButtonView


Page = (
    WelcomeView
    | ChoiceView
    | HostsView
    | FormView
    | CodeView
    | RulesView
    | DoneView
    | MessageView
    | TextView
    | ListView
    | PinView
)


@dataclass(frozen=True, slots=True)
class AsleepView:
    """What a dark screen shows where its lamp cannot be switched off."""

    clock: str
    text: str


@dataclass(frozen=True, slots=True)
class KioskView:
    """All that is on the glass."""

    header: HeaderView
    page: Page
    steps: StepView | None = None
    still_there: StillThereView | None = None
    large_text: bool = False
    high_contrast: bool = False
    low_reach: bool = False
    identify: str = ""
    brightness: float = 1.0
    spoken: str = ""
    """what speech mode says when this view comes up; "" when it is off"""
    asleep: AsleepView | None = None
    """in place of all the rest; the first finger only wakes"""
