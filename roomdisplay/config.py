"""The configuration file of a door panel: our own sections, and those of the packages it is built from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from common import config
from drivers.lamp import LampConfig
from graph.config import GraphConfig, NetworkConfig
from graph.features import Feature
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

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-section problems for common.config."""
        if self.calendar.near_interval_s > self.calendar.interval_s:
            yield "calendar.near_interval_s", "must not be longer than calendar.interval_s"
        if self.booking.by_name and self.graph.shape == "app-only" and not self.booking.host_group:
            yield "booking.host_group", "is needed with an app-only certificate, which may otherwise search everybody"

    @property
    def features(self) -> frozenset[Feature]:
        """What this panel wants of Microsoft 365: nothing that its settings do not use."""
        wanted = {Feature.AGENDA}
        if self.booking.enabled or self.meeting.extend or self.meeting.end_own or self.meeting.release:
            wanted.add(Feature.BOOKING)
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


def load(path: Path) -> RoomConfig:
    """Read a panel's configuration. Raises common.config.ConfigError with everything that is wrong in it."""
    return config.load(path, RoomConfig)
