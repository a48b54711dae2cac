"""What a simulated office is made of, as values: people, rooms, app registrations, meetings. No time passes here."""

from __future__ import annotations

import re
import unicodedata
import uuid
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from common.errors import MyDeskError

ROLES = (
    "none", "freeBusyRead", "limitedRead", "read", "write",
    "delegateWithoutPrivateEventAccess", "delegateWithPrivateEventAccess",
)  # fmt: skip
"""calendarPermission.role, without the right to hand rights on."""

CHECK_INS = ("on", "denied", "absent")
"""How Places answers to check-ins."""

_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss", "ł": "l", "đ": "d"})


class OfficeError(MyDeskError):
    """Error raised when an office file is wrong; `problems` holds every one of them."""

    def __init__(self, source: str, problems: list[str]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"{source}: {len(problems)} problem(s)\n{lines}")
        self.problems = problems


def local_part(name: str) -> str:
    """The usual address of a name: "Åse Mørk" is aase.moerk.

    >>> local_part("Åse Mørk-Jensen")
    'aase.moerk-jensen'
    """
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9-]+", ".", letters).strip(".")


def object_id(key: str) -> str:
    """A directory id that stays the same from run to run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"mydesk-sim:{key}"))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; `kind` tells people from the device account, `teams` and `mailbox` are licences."""

    name: str
    address: str
    department: str = ""
    title: str = ""
    phone: str = ""
    place: str = ""
    kind: str = "person"
    enabled: bool = True
    presence: str = "Available"
    photo: bool = False
    language: str = ""
    teams: bool = True
    mailbox: bool = True

    @property
    def id(self) -> str:
        return object_id(self.address)


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What Set-CalendarProcessing would show for a room mailbox; defaults are Exchange's."""

    auto_accept: bool = True
    add_organizer_to_subject: bool = True
    delete_subject: bool = True
    delete_comments: bool = True
    remove_private_property: bool = True
    remove_canceled_meetings: bool = False
    process_external: bool = False
    allow_conflicts: bool = False
    shows_pending: bool = True
    booking_window_days: int = 180
    maximum_duration_min: int = 1440


@dataclass(frozen=True, slots=True)
class Room:
    """A room mailbox and what Places knows of it. `rights` maps an address to one of `ROLES`."""

    name: str
    address: str
    floor_number: int | None = None
    floor_label: str = ""
    building: str = ""
    capacity: int | None = None
    display: str = ""
    video: str = ""
    audio: str = ""
    wheelchair: bool = False
    tags: tuple[str, ...] = ()
    room_list: str = ""
    rights: dict[str, str] = field(default_factory=dict)
    denied_code: str = "ErrorAccessDenied"
    settings: RoomSettings = field(default_factory=RoomSettings)

    @property
    def id(self) -> str:
        return object_id(self.address)


@dataclass(frozen=True, slots=True)
class AppRegistration:
    """An app known to the tenant. `scoping` says what bounds its application permissions on mailboxes.

    `secrets` are its client secrets; with `group_claims` its ID tokens carry the groups of who signs in.
    """

    name: str
    client_id: str
    public: bool = True
    redirect_uris: tuple[str, ...] = ("http://localhost",)
    delegated: tuple[str, ...] = ()
    application: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    scoping: str = "none"
    mailboxes: tuple[str, ...] = ()
    rbac: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    group_claims: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """How a meeting of the file repeats: `every` day, weekday, week, fortnight or month, `count` times or for ever."""

    every: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class MeetingPlan:
    """A meeting of the opening day, times still as written. No rooms and no organizer: made in the room itself."""

    subject: str
    start: str = ""
    end: str = ""
    day: int = 0
    days: int = 1
    all_day: bool = False
    rooms: tuple[str, ...] = ()
    organizer: str = ""
    attendees: tuple[str, ...] = ()
    direct: bool = False
    show_as: str = "busy"
    sensitivity: str = "normal"
    cancelled: bool = False
    response: str = "accepted"
    online: bool = False
    repeat: Repeat | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A directory group; members are addresses."""

    name: str
    members: tuple[str, ...]

    @property
    def id(self) -> str:
        return object_id(f"group:{self.name}")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Where the real service is known to vary, or is not known well enough (reference/graph.md 8)."""

    attendant_delay_s: float = 5.0
    duplicate_status: int = 409
    keep_declined: bool = False
    device_code_interval_s: int = 5
    access_token_min_s: int = 3600
    access_token_max_s: int = 5400
    strict_shared_scopes: bool = True
    concurrency_limit: int = 4
    window_limit: int = 10_000
    check_ins: str = "on"
    basic_profiles: bool = True


@dataclass(frozen=True, slots=True)
class Office:
    """Everything a tenant starts with."""

    name: str
    domain: str
    zone: ZoneInfo
    people: tuple[Person, ...]
    rooms: tuple[Room, ...]
    apps: tuple[AppRegistration, ...] = ()
    groups: tuple[Group, ...] = ()
    meetings: tuple[MeetingPlan, ...] = ()
    behaviour: Behaviour = field(default_factory=Behaviour)

    @property
    def tenant_id(self) -> str:
        return object_id(f"tenant:{self.domain}")
