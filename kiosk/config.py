"""The configuration file of a kiosk: our own sections, and those of the packages it is built from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from common.config_overlay import Overlay
from drivers.backlight import BacklightConfig
from drivers.printers.printer import PrinterConfig
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
    SiteSection,
    UnitSection,
    VisitorType,
)

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
    invitations: InvitationsSection = InvitationsSection()
    printer: PrinterConfig = PrinterConfig()
    labels: LabelsSection = LabelsSection()
    scanner: ScannerSection = ScannerSection()
    accessibility: AccessibilitySection = AccessibilitySection()
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


REMOTE_SECTIONS = frozenset({"accessibility", "flow", "hosts", "labels", "notify", "reception", "screen"})
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
