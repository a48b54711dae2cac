"""What an admin may set about sensing people: fusion, no-show release, and what presence may do by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from roomdisplay.settings import Section


class OccupancySection(Section, frozen=True):
    """[occupancy]: when sensors make a room occupied, and when empty (reference: docs/drivers.md)."""

    radar_enter_frames: Annotated[
        int, Meta(ge=1, le=50, description="Moving frames of a radar that make the room occupied.", examples=[3])
    ] = 3
    radar_enter_ms: Annotated[int, Meta(ge=0, le=5000, description="They span at least this time.", examples=[300])] = (
        300
    )
    exit_pir_only_min: Annotated[
        int,
        Meta(ge=5, le=20, description="Empty after so long without motion, with PIR alone.", examples=[15]),
    ] = 15
    exit_radar_only_s: Annotated[
        int, Meta(ge=30, le=600, description="Empty after so long without a target, with radar alone.", examples=[60])
    ] = 60
    exit_radar_s: Annotated[
        int, Meta(ge=10, le=600, description="With radar and PIR: radar without a target.", examples=[30])
    ] = 30
    exit_pir_s: Annotated[
        int, Meta(ge=30, le=1200, description="With radar and PIR: PIR quiet as well.", examples=[120])
    ] = 120
    stale_s: Annotated[int, Meta(ge=3, le=120, description="A silent radar is unknown after this.", examples=[10])] = 10
    pir_stuck_min: Annotated[
        int,
        Meta(ge=5, le=240, description="A PIR that stays on so long, alone, is unknown.", examples=[30]),
    ] = 30
    door_closed_max_min: Annotated[
        int,
        Meta(
            ge=0,
            le=480,
            description="With a door contact: motion behind a closed door keeps the room occupied up to this; 0 never.",
            examples=[120],
        ),
    ] = 120


class PresenceSection(Section, frozen=True):
    """[presence]: what presence shows, and what it may do by itself; it does nothing unless it is told to."""

    shown: Annotated[
        bool, Meta(description="Show 'in use, not booked' and 'booked, nobody here'.", examples=[True])
    ] = True
    empty_shown_after_min: Annotated[
        int,
        Meta(ge=1, le=60, description="'Nobody here' is shown this long after the start.", examples=[10]),
    ] = 10
    check_in: Annotated[
        bool, Meta(description="People in the room check in to their meeting by being there.", examples=[True])
    ] = True
    check_in_after_s: Annotated[
        int, Meta(ge=10, le=300, description="Presence that counts as check-in.", examples=[30])
    ] = 30
    auto_book: Annotated[bool, Meta(description="Book a free room for people who walk in.", examples=[False])] = False
    auto_book_after_s: Annotated[int, Meta(ge=30, le=900, description="After so much presence.", examples=[120])] = 120
    auto_book_min: Annotated[int, Meta(ge=5, le=60, description="For so long.", examples=[15])] = 15
    auto_extend: Annotated[
        bool, Meta(description="Extend bookings made at the room while people stay.", examples=[False])
    ] = False
    auto_extend_before_min: Annotated[
        int, Meta(ge=2, le=15, description="This long before their end.", examples=[7])
    ] = 7
    auto_extend_min: Annotated[int, Meta(ge=5, le=60, description="By so much.", examples=[15])] = 15
    end_when_empty: Annotated[
        bool, Meta(description="End bookings made at the room when the room is empty.", examples=[False])
    ] = False
    end_empty_after_min: Annotated[
        int, Meta(ge=10, le=60, description="After so long empty, with a warning before.", examples=[15])
    ] = 15


class ReleaseSection(Section, frozen=True):
    """[release]: giving back the room of a meeting that nobody came to; needs [check_in] enabled = true."""

    enabled: Annotated[bool, Meta(description="Release no-shows.", examples=[False])] = False
    exchange_auto_release: Annotated[
        Literal["unknown", "on", "off"],
        Meta(
            description="EnableAutoRelease of the room in Exchange; ours works only with off.",
            examples=["off"],
        ),
    ] = "unknown"
    without_sensors: Annotated[
        bool,
        Meta(description="Release by a missing check-in alone where no sensor is configured.", examples=[False]),
    ] = False
    warn_before_min: Annotated[
        int, Meta(ge=1, le=5, description="The warning on screen comes this long before.", examples=[2])
    ] = 2
    exempt_last_min: Annotated[
        int, Meta(ge=0, le=60, description="Never in the last minutes of a meeting.", examples=[5])
    ] = 5
    exempt_organizers: Annotated[
        tuple[str, ...],
        Meta(
            max_length=200,
            description="Addresses whose meetings are never released.",
            examples=[["ceo@nordhavn.example"]],
        ),
    ] = ()
    panels: Annotated[
        int, Meta(ge=1, le=8, description="Door panels of this room, this one included.", examples=[1])
    ] = 1
    strikes_kept_days: Annotated[
        int, Meta(ge=1, le=90, description="No-shows per series are forgotten after this.", examples=[14])
    ] = 14
