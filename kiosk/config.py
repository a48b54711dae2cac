"""The configuration file of a kiosk: our own sections, and those of the packages it is built from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from common.config_overlay import Overlay
from drivers.auto_dim import LIGHT_KINDS, AutoDimConfig, auto_dim_problems
from drivers.backlight import BacklightConfig
from drivers.printers.printer import PrinterConfig
from drivers.sensor_config import SensorConfig, list_problems
from graph.config import GraphConfig, NetworkConfig
from kiosk.settings import (
    AccessibilitySection,
    FlowSection,
    HostsSection,
    InvitationsSection,
    KioskAdminSection,
    LabelsSection,
    NotifySection,
    OtherHost,
    ReceptionSection,
    RegisterSection,
    ScannerSection,
    ScreenSection,
    SharingSection,
    SiteSection,
    UnitSection,
    VisitorType,
)
from kiosk.sleep_settings import SleepSection

GUEST = VisitorType(key="guest", title={"da": "Gæst", "en": "Guest", "es": "Visita"}, badge_title={"da": "GÆST"})
"""The one type of a kiosk that names none."""


class KioskConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file; every section but [unit], [site] and [graph] may be left out."""

    unit: UnitSection
    site: SiteSection
    graph: GraphConfig
    network: NetworkConfig = NetworkConfig()
    screen: ScreenSection = ScreenSection()
    flow: FlowSection = FlowSection()
    types: Annotated[tuple[VisitorType, ...], Meta(min_length=1, max_length=6)] = (GUEST,)
    reception: ReceptionSection = ReceptionSection()
    hosts: HostsSection = HostsSection()
    other_hosts: Annotated[tuple[OtherHost, ...], Meta(max_length=500)] = ()
    notify: NotifySection = NotifySection()
    register: RegisterSection = RegisterSection()
    sharing: SharingSection = SharingSection()
    invitations: InvitationsSection = InvitationsSection()
    printer: PrinterConfig = PrinterConfig()
    labels: LabelsSection = LabelsSection()
    scanner: ScannerSection = ScannerSection()
    accessibility: AccessibilitySection = AccessibilitySection()
    sleep: SleepSection = SleepSection()
    sensors: tuple[SensorConfig, ...] = ()
    auto_dim: AutoDimConfig = AutoDimConfig()
    backlight: BacklightConfig = BacklightConfig()
    admin: KioskAdminSection = KioskAdminSection()

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-section problems for common.config."""
        keys = [one.key for one in self.types]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                yield f"types[{index}].key", f"{key!r} is the key of another type already"
        if any(one.rules != "no" for one in self.types) and not self.flow.house_rules:
            yield "flow.house_rules", "is needed, because a type asks guests to accept or sign the rules"
        if self.notify.delegate_after_s <= self.notify.second_after_s:
            yield "notify.delegate_after_s", "must be later than second_after_s"
        if self.notify.reception_after_s <= self.notify.delegate_after_s:
            yield "notify.reception_after_s", "must be later than delegate_after_s"
        if self.notify.answer_url and not self.unit.outbox_file:
            yield "notify.answer_url", "needs a hub: set unit.outbox_file, or leave it empty"
        if self.sharing.enabled and not self.unit.outbox_file:
            yield "sharing.enabled", "needs unit.outbox_file: visits go to the hub by way of the outbox"
        yield from self._sensor_problems()

    def _sensor_problems(self) -> Iterable[tuple[str, str]]:
        yield from ((f"sensors{key}", text) for key, text in list_problems(self.sensors))
        for index, sensor in enumerate(self.sensors):
            if sensor.kind not in LIGHT_KINDS:
                yield f"sensors[{index}].kind", f"must tell light at a kiosk: {', '.join(LIGHT_KINDS)}"
        yield from auto_dim_problems(self.auto_dim, self.sensors)


REMOTE_SECTIONS = frozenset(
    {"accessibility", "auto_dim", "flow", "hosts", "labels", "notify", "reception", "screen", "sleep"}
)
"""What the site hub may set. Not who this unit is, whose rooms and guests it serves, its keys and its wires."""


def _overrides_file(found: KioskConfig) -> str:
    return found.unit.overrides_file


OVERLAY = Overlay(KioskConfig, REMOTE_SECTIONS, _overrides_file)


def load(path: Path) -> KioskConfig:
    """Read a kiosk's configuration, and over it the settings from the hub.

    Raises:
        ConfigError: the file is wrong, with everything that is wrong in it.
    """
    return OVERLAY.load(path)
