"""The configuration file of a door panel: our own sections, and those of the packages it is built from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from common.config_overlay import Overlay
from drivers.auto_dim import AutoDimConfig, auto_dim_problems
from drivers.backlight import BacklightConfig
from drivers.gpio.pins import check_pins
from drivers.lamp import LampConfig
from drivers.sensors import SensorConfig, list_problems
from graph.config import GraphConfig, NetworkConfig
from graph.features import Feature
from roomdisplay.inputs import presence_inputs
from roomdisplay.presence_settings import OccupancySection, PresenceSection, ReleaseSection
from roomdisplay.schedule import Policy
from roomdisplay.settings import (
    AdminSection,
    BookingSection,
    CalendarSection,
    CheckInSection,
    FaultReportSection,
    HoursSection,
    MeetingSection,
    OtherRoomsSection,
    RoomSection,
    ScreenSection,
    SleepSection,
    UnitSection,
)


class RoomConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file; every section but [unit], [room] and [graph] may be left out."""

    unit: UnitSection
    room: RoomSection
    graph: GraphConfig
    network: NetworkConfig = NetworkConfig()
    screen: ScreenSection = ScreenSection()
    calendar: CalendarSection = CalendarSection()
    booking: BookingSection = BookingSection()
    meeting: MeetingSection = MeetingSection()
    check_in: CheckInSection = CheckInSection()
    hours: HoursSection = HoursSection()
    sleep: SleepSection = SleepSection()
    other_rooms: OtherRoomsSection = OtherRoomsSection()
    fault_report: FaultReportSection = FaultReportSection()
    admin: AdminSection = AdminSection()
    lamp: LampConfig = LampConfig()
    sensors: tuple[SensorConfig, ...] = ()
    occupancy: OccupancySection = OccupancySection()
    presence: PresenceSection = PresenceSection()
    release: ReleaseSection = ReleaseSection()
    auto_dim: AutoDimConfig = AutoDimConfig()
    backlight: BacklightConfig = BacklightConfig()

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-section problems for common.config."""
        if self.calendar.near_interval_s > self.calendar.interval_s:
            yield "calendar.near_interval_s", "must not be longer than calendar.interval_s"
        if self.booking.by_name and self.graph.shape == "app-only" and not self.booking.host_group:
            yield "booking.host_group", "is needed with an app-only certificate, which may otherwise search everybody"
        yield from self._sensor_problems()
        yield from self._release_problems()
        yield from self._rule_problems()

    def _sensor_problems(self) -> Iterable[tuple[str, str]]:
        yield from ((f"sensors{key}", text) for key, text in list_problems(self.sensors))
        yield from check_pins(self.lamp, self.sensors)
        yield from auto_dim_problems(self.auto_dim, self.sensors)

    def _release_problems(self) -> Iterable[tuple[str, str]]:
        """`exchange_auto_release` is no problem here: a panel that does not start helps nobody. It is said instead."""
        if not self.release.enabled:
            return
        if not self.check_in.enabled:
            yield "release.enabled", "needs [check_in] enabled = true: only a missing check-in makes a no-show"
        if not presence_inputs(self.sensors) and not self.release.without_sensors:
            yield "release.enabled", "needs a radar or PIR in [[sensors]], or [release] without_sensors = true"

    def _rule_problems(self) -> Iterable[tuple[str, str]]:
        rules = ("auto_book", "auto_extend", "end_when_empty")
        if not presence_inputs(self.sensors):
            wanted = [rule for rule in rules if getattr(self.presence, rule)]
            yield from ((f"presence.{rule}", "needs a radar or PIR in [[sensors]]") for rule in wanted)
        if self.presence.auto_book and not self.booking.enabled:
            yield "presence.auto_book", "needs [booking] enabled = true"
        if self.presence.auto_extend and not self.meeting.extend:
            yield "presence.auto_extend", "needs [meeting] extend = true"
        if self.presence.end_when_empty and not self.meeting.end_own:
            yield "presence.end_when_empty", "needs [meeting] end_own = true"

    @property
    def policy(self) -> Policy:
        """What of it decides how events become meetings."""
        return Policy(
            room_address=self.room.address,
            account_address=self.graph.account,
            subject=self.screen.subject,
            hide_personal=self.screen.hide_personal,
            tentative_blocks=self.calendar.tentative_blocks,
            buffer_min=self.booking.buffer_min,
        )

    @property
    def features(self) -> frozenset[Feature]:
        """What this panel wants of Microsoft 365: nothing that its settings do not use."""
        wanted = {Feature.AGENDA}
        if self.booking.enabled or self.meeting.extend or self.meeting.end_own or self.meeting.release:
            wanted.add(Feature.BOOKING)
        if self.release.enabled:
            wanted.add(Feature.BOOKING)
        if self.release.enabled and self.release.panels > 1:
            wanted |= {Feature.CHECK_IN, Feature.PLACES}
        if self.other_rooms.enabled:
            wanted |= {Feature.PLACES, Feature.FREE_BUSY}
        if not self.room.detail:
            wanted.add(Feature.PLACES)
        if self.booking.by_name:
            wanted.add(Feature.PEOPLE)
        if self.booking.by_name and self.booking.host_group:
            wanted.add(Feature.GROUPS)
        if self.fault_report.enabled and self.fault_report.mail_to:
            wanted.add(Feature.MAIL)
        return frozenset(wanted)


REMOTE_SECTIONS = frozenset(
    {
        "auto_dim",
        "booking",
        "calendar",
        "check_in",
        "fault_report",
        "hours",
        "meeting",
        "occupancy",
        "other_rooms",
        "presence",
        "release",
        "screen",
        "sleep",
    }
)
"""What the site hub may set. Not who this unit is, whose rooms and guests it serves, its keys and its wires."""


def _overrides_file(found: RoomConfig) -> str:
    return found.unit.overrides_file


OVERLAY = Overlay(RoomConfig, REMOTE_SECTIONS, _overrides_file)


def load(path: Path) -> RoomConfig:
    """Read a panel's configuration, and over it the settings from the hub.

    Raises:
        ConfigError: the file is wrong, with everything that is wrong in it.
    """
    return OVERLAY.load(path)
