"""What the flow and the screens need of the configuration, in one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from kiosk.settings import (
    AccessibilitySection,
    FlowSection,
    HostsSection,
    KioskAdminSection,
    ReceptionSection,
    RegisterSection,
    SiteSection,
    VisitorType,
)


@dataclass(frozen=True, slots=True)
class Setup:
    """The sections that guests meet. `types` is never empty and has at most six entries."""

    site: SiteSection
    types: tuple[VisitorType, ...]
    reception: ReceptionSection = field(default_factory=ReceptionSection)
    flow: FlowSection = field(default_factory=FlowSection)
    hosts: HostsSection = field(default_factory=HostsSection)
    register: RegisterSection = field(default_factory=RegisterSection)
    accessibility: AccessibilitySection = field(default_factory=AccessibilitySection)
    admin: KioskAdminSection = field(default_factory=KioskAdminSection)

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.site.time_zone)

    def type(self, key: str) -> VisitorType:
        """The visitor type `key`, or the first: an invitation may name one that was taken away since."""
        return next((kind for kind in self.types if kind.key == key), self.types[0])

    def house_rules(self, language: str) -> tuple[str, ...]:
        """The paragraphs in `language`, else English, else the site's language; empty where there are none."""
        texts: Mapping[str, Sequence[str]] = self.flow.house_rules
        found = (texts[key] for key in (language, "en", self.site.language) if texts.get(key))
        return tuple(next(found, ()))

    def asks_rules(self, type_key: str) -> str:
        """no | accept | sign. Where there are no paragraphs there is nothing to accept."""
        return self.type(type_key).rules if any(self.flow.house_rules.values()) else "no"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a step of the flow may look at besides its state.

    `chance` is 32 hexadecimal digits drawn by chance, new for each step: ids are made of it, so that the flow draws
    none. `notice_versions` is the version of the privacy notice by language. `drawable` are the code points that the
    fonts have (ui.coverage); None: all.
    """

    setup: Setup
    chance: str
    notice_versions: Mapping[str, str] = field(default_factory=dict)
    drawable: frozenset[int] | None = field(default=None, repr=False)


def text_in(texts: Mapping[str, str], language: str) -> str:
    """A text of the configuration in `language`, else in English, else in any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
