"""What an admin may set for a door panel, with the peers' numbers as defaults (reference/roomdisplay.md 1.3-1.5).

Pure values: `roomdisplay.config` adds the sections of other packages and reads the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Meta

from common.daily_hours import TimeOfDay, Weekday

Minutes = Annotated[int, Meta(ge=1, le=1440)]
Language = Literal["da", "en", "es"]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the configuration file."""


class UnitSection(Section, frozen=True):
    """[unit]: this panel."""

    id: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9-]{1,32}$",
            description="Name of this unit in the fleet.",
            examples=["cph-2-storebaelt"],
        ),
    ]
    site: Annotated[str, Meta(description="Site the unit belongs to.", examples=["Nordhavn"])] = ""
    state_folder: Annotated[
        str,
        Meta(
            description="Folder for what must survive a restart; never holds meeting data.",
            examples=["/var/lib/mydesk"],
        ),
    ] = "/var/lib/mydesk"
    control_socket: Annotated[
        str, Meta(description="Control socket of this panel.", examples=["/run/mydesk/room.sock"])
    ] = "/run/mydesk/room.sock"
    outbox_file: Annotated[
        str,
        Meta(
            description="Outbox that the agent drains; empty means no hub and no outbox.",
            examples=["/var/lib/mydesk/outbox/outbox.db"],
        ),
    ] = ""
    overrides_file: Annotated[
        str,
        Meta(
            description="Settings from the hub, written by the agent, that lie over this file; empty means none.",
            examples=["/var/lib/mydesk/overrides.json"],
        ),
    ] = "/var/lib/mydesk/overrides.json"


class RoomSection(Section, frozen=True):
    """[room]: the room behind the door."""

    address: Annotated[
        str,
        Meta(
            pattern=r"^[^@\s]+@[^@\s]+$",
            description="Mailbox of the room.",
            examples=["storebaelt@nordhavn.example"],
        ),
    ]
    name: Annotated[str, Meta(description="Name on the screen.", examples=["Storebælt"])]
    detail: Annotated[
        str,
        Meta(
            description="Line under the name; empty takes floor, seats and equipment from Places.",
            examples=["2. sal · 8 pladser"],
        ),
    ] = ""
    time_zone: Annotated[str, Meta(description="IANA time zone of the room.", examples=["Europe/Copenhagen"])] = (
        "Europe/Copenhagen"
    )

    @property
    def zone(self) -> ZoneInfo:
        """The room's zone, for display and for all-day dates."""
        return ZoneInfo(self.time_zone)

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if self.time_zone not in available_timezones():
            yield "time_zone", f"{self.time_zone!r} is not an IANA time zone; an example is Europe/Copenhagen"


class ScreenSection(Section, frozen=True):
    """[screen]: what is shown, and how."""

    language: Annotated[Language, Meta(description="Language of the screen.", examples=["da"])] = "da"
    clock_hours: Annotated[Literal[12, 24], Meta(description="12 or 24 hour clock.", examples=[24])] = 24
    width_px: Annotated[int, Meta(ge=320, le=7680, description="Width of the panel in pixels.", examples=[1280])] = 1280
    height_px: Annotated[int, Meta(ge=320, le=7680, description="Height of the panel in pixels.", examples=[800])] = 800
    width_mm: Annotated[
        float,
        Meta(
            gt=0,
            le=2000,
            description="Width of the visible picture in millimetres; sizes on screen follow from it.",
            examples=[217.0],
        ),
    ] = 217.0
    subject: Annotated[
        Literal["full", "organizer", "never"],
        Meta(
            description="What is shown of a meeting: subject and organizer, organizer only, or nothing.",
            examples=["organizer"],
        ),
    ] = "full"
    hide_personal: Annotated[
        bool, Meta(description="Treat sensitivity 'personal' like 'private'.", examples=[True])
    ] = True
    busy_colour: Annotated[Literal["red", "purple"], Meta(description="Colour of a busy room.", examples=["red"])] = (
        "red"
    )
    brand_colour: Annotated[
        str,
        Meta(
            pattern=r"^(#[0-9A-Fa-f]{6})?$",
            description="Colour of buttons in sub-views; contrast is enforced.",
            examples=["#0B7A4B"],
        ),
    ] = ""
    logo_file: Annotated[str, Meta(description="PNG shown small in the corner.", examples=["/etc/mydesk/logo.png"])] = (
        ""
    )
    ending_soon_min: Annotated[
        int,
        Meta(ge=0, le=60, description="A meeting is 'ending soon' this long before its end.", examples=[10]),
    ] = 10
    free_soon_min: Annotated[
        int,
        Meta(
            ge=0,
            le=60,
            description="A free room is 'booked soon' this long before the next meeting.",
            examples=[15],
        ),
    ] = 15
    released_s: Annotated[
        int, Meta(ge=10, le=600, description="How long a release is announced on the screen.", examples=[60])
    ] = 60
    home_after_s: Annotated[
        int,
        Meta(ge=10, le=300, description="A sub-view without touches goes home after this.", examples=[30]),
    ] = 30


class CalendarSection(Section, frozen=True):
    """[calendar]: how the room's calendar is read."""

    tentative_blocks: Annotated[bool, Meta(description="Tentative meetings make the room busy.", examples=[True])] = (
        True
    )
    near_interval_s: Annotated[
        int,
        Meta(
            ge=10,
            le=300,
            description="Interval within 10 minutes of a boundary, or with a person present.",
            examples=[30],
        ),
    ] = 30
    interval_s: Annotated[int, Meta(ge=15, le=120, description="Interval in opening hours.", examples=[60])] = 60
    night_interval_s: Annotated[
        int, Meta(ge=60, le=300, description="Interval outside opening hours.", examples=[300])
    ] = 300
    start_spread_s: Annotated[
        int,
        Meta(ge=0, le=600, description="First read after a power cut is spread over this.", examples=[120]),
    ] = 120
    days_ahead: Annotated[int, Meta(ge=1, le=7, description="Days read ahead, today included.", examples=[2])] = 2


class BookingSection(Section, frozen=True):
    """[booking]: what may be booked at the door."""

    enabled: Annotated[bool, Meta(description="Booking at the panel.", examples=[True])] = True
    durations_min: Annotated[
        tuple[Minutes, ...],
        Meta(min_length=1, max_length=6, description="Lengths offered.", examples=[[15, 30, 45, 60]]),
    ] = (15, 30, 45, 60)
    until_next: Annotated[bool, Meta(description="Offer 'until the next meeting'.", examples=[True])] = True
    until_next_max_min: Annotated[
        Minutes,
        Meta(description="'Until the next meeting' is offered when it is at most this long.", examples=[130]),
    ] = 130
    snap_min: Annotated[
        Literal[0, 5, 10, 15, 30],
        Meta(description="End times snap up to this grid of the clock; 0 means exact lengths.", examples=[0]),
    ] = 0
    minimum_gap_min: Annotated[
        int,
        Meta(
            ge=0,
            le=60,
            description="Nothing shorter than this may be booked before the next meeting.",
            examples=[5],
        ),
    ] = 5
    maximum_min: Annotated[Minutes, Meta(description="Longest booking, extensions included.", examples=[240])] = 240
    buffer_min: Annotated[
        int,
        Meta(ge=0, le=60, description="Minutes kept free before the next meeting, for cleaning.", examples=[0]),
    ] = 0
    outside_hours: Annotated[bool, Meta(description="Booking outside opening hours.", examples=[True])] = True
    later: Annotated[bool, Meta(description="Booking a later free slot, today or tomorrow.", examples=[True])] = True
    by_name: Annotated[
        bool,
        Meta(
            description="Booking as a named person, who gets the invitation; needs User.ReadBasic.All.",
            examples=[False],
        ),
    ] = False
    host_group: Annotated[
        str,
        Meta(
            description="Only members of this Entra group may be found by name; empty means everybody.",
            examples=["b3c1…"],
        ),
    ] = ""
    searches_per_session: Annotated[
        int, Meta(ge=3, le=50, description="Searches by name in one sitting.", examples=[12])
    ] = 12
    searches_per_hour: Annotated[
        int, Meta(ge=10, le=600, description="Searches by name in an hour.", examples=[60])
    ] = 60
    subject: Annotated[
        str,
        Meta(
            description="Subject of an anonymous booking; empty takes the screen's language.",
            examples=["Booket ved døren"],
        ),
    ] = ""


class MeetingSection(Section, frozen=True):
    """[meeting]: what may be done to a meeting that runs."""

    extend: Annotated[bool, Meta(description="Extending at the panel.", examples=[True])] = True
    extend_steps_min: Annotated[
        tuple[Minutes, ...],
        Meta(min_length=1, max_length=4, description="Steps offered.", examples=[[15, 30, 60]]),
    ] = (15, 30, 60)
    extend_minimum_min: Annotated[
        int,
        Meta(ge=1, le=60, description="Extending is hidden when less than this would be gained.", examples=[5]),
    ] = 5
    end_own: Annotated[bool, Meta(description="Ending early what was booked at the room.", examples=[True])] = True
    end_others: Annotated[
        bool,
        Meta(
            description="Ending early other people's meetings; changes the room's copy only.",
            examples=[False],
        ),
    ] = False
    release: Annotated[
        bool,
        Meta(
            description="Releasing other people's meetings by hand: asks first, can be undone for 10 s.",
            examples=[False],
        ),
    ] = False
    undo_s: Annotated[int, Meta(ge=5, le=60, description="How long a release can be undone.", examples=[10])] = 10


class CheckInSection(Section, frozen=True):
    """[check_in]: asking the people of a meeting to say that they came."""

    enabled: Annotated[bool, Meta(description="Check-in at the panel.", examples=[False])] = False
    opens_before_min: Annotated[int, Meta(ge=0, le=120, description="Opens before the start.", examples=[5])] = 5
    closes_after_min: Annotated[int, Meta(ge=5, le=60, description="Closes after the start.", examples=[10])] = 10
    exempt_from_min: Annotated[
        Minutes, Meta(description="Meetings this long or longer need no check-in.", examples=[480])
    ] = 480


class HoursSection(Section, frozen=True):
    """[hours]: opening hours, in the room's zone."""

    opens: Annotated[TimeOfDay, Meta(description="The day on the timeline begins.", examples=["08:00"])] = "08:00"
    closes: Annotated[TimeOfDay, Meta(description="The day on the timeline ends.", examples=["17:00"])] = "17:00"
    days: Annotated[
        tuple[Weekday, ...], Meta(description="Opening days.", examples=[["mon", "tue", "wed", "thu", "fri"]])
    ] = ("mon", "tue", "wed", "thu", "fri")

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if self.opens >= self.closes:
            yield "closes", 'must be later than opens; an example is opens = "08:00", closes = "17:00"'


class SleepSection(Section, frozen=True):
    """[sleep]: when the screen goes dark; never during a meeting or shortly before one."""

    enabled: Annotated[bool, Meta(description="Dark outside the hours below.", examples=[True])] = True
    wakes: Annotated[TimeOfDay, Meta(description="The screen comes on.", examples=["06:30"])] = "06:30"
    sleeps: Annotated[TimeOfDay, Meta(description="The screen goes dark.", examples=["20:00"])] = "20:00"
    weekend: Annotated[bool, Meta(description="Dark all day on days that are not opening days.", examples=[True])] = (
        True
    )
    awake_after_touch_s: Annotated[
        int, Meta(ge=15, le=3600, description="How long a touch keeps the screen on.", examples=[120])
    ] = 120
    meeting_margin_min: Annotated[
        int, Meta(ge=0, le=120, description="Awake this long before and after a meeting.", examples=[15])
    ] = 15


class OtherRoomsSection(Section, frozen=True):
    """[other_rooms]: finding another free room."""

    enabled: Annotated[bool, Meta(description="The 'other room' button.", examples=[True])] = True
    building: Annotated[
        str, Meta(description="Only rooms of this building; empty means all.", examples=["Nordhavn"])
    ] = ""
    maximum: Annotated[int, Meta(ge=1, le=100, description="Rooms asked about at most.", examples=[40])] = 40


class FaultReportSection(Section, frozen=True):
    """[fault_report]: telling facility staff that something is broken."""

    enabled: Annotated[bool, Meta(description="The 'report a fault' button.", examples=[True])] = True
    mail_to: Annotated[
        str,
        Meta(description="Also mailed to this address; needs Mail.Send.", examples=["service@nordhavn.example"]),
    ] = ""


class AdminSection(Section, frozen=True):
    """[admin]: the PIN menu behind a long press on the room's name."""

    pin_hash: Annotated[
        str,
        Meta(
            description="Made by `mydesk-room pin`; empty means that there is no admin menu at the panel.",
            examples=["scrypt$…"],
        ),
    ] = ""
