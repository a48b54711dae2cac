"""Which of our programs asks for what: one app registration per role, so that each asks for its own only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from graph.features import Feature


class Role(StrEnum):
    """One kind of program, with an app registration of its own."""

    ROOM = "room"
    """A door panel."""
    KIOSK = "kiosk"
    """The lobby kiosk."""
    HUB = "hub"
    """The site hub, app-only with a certificate."""


ROLE_FEATURES: Mapping[Role, frozenset[Feature]] = {
    Role.ROOM: frozenset({Feature.AGENDA, Feature.BOOKING, Feature.PLACES, Feature.FREE_BUSY}),
    Role.KIOSK: frozenset({Feature.PEOPLE, Feature.GROUPS, Feature.PRESENCE, Feature.MAIL}),
    Role.HUB: frozenset({Feature.AGENDA, Feature.BOOKING, Feature.PLACES, Feature.FREE_BUSY}),
}
"""What a role wants when no configuration says it closer."""

Sections = Mapping[str, Mapping[str, Any]]


def role_of(sections: Sections) -> Role | None:
    """Return the role a unit's configuration file is for, told by its sections."""
    if "room" in sections:
        return Role.ROOM
    return Role.KIOSK if "kiosk" in sections else None


def features_of(role: Role, sections: Sections) -> frozenset[Feature]:
    """Return what a unit with this configuration wants of Microsoft 365.

    For a door panel it is what roomdisplay.config.RoomConfig.features says, which this package may not import; a test
    holds the two against each other.
    """
    return _room_features(sections) if role is Role.ROOM and "room" in sections else ROLE_FEATURES[role]


def _room_features(sections: Sections) -> frozenset[Feature]:
    def on(section: str, key: str, default: bool) -> bool:
        return bool(sections.get(section, {}).get(key, default))

    by_name = on("booking", "by_name", False)
    writes = (("booking", "enabled", True), ("meeting", "extend", True), ("meeting", "end_own", True))
    wishes = {
        Feature.AGENDA: True,
        Feature.BOOKING: any(on(*write) for write in writes) or on("meeting", "release", False),
        Feature.FREE_BUSY: on("other_rooms", "enabled", True),
        Feature.PLACES: on("other_rooms", "enabled", True) or not on("room", "detail", False),
        Feature.PEOPLE: by_name,
        Feature.GROUPS: by_name and on("booking", "host_group", False),
        Feature.MAIL: on("fault_report", "enabled", True) and on("fault_report", "mail_to", False),
    }
    return frozenset(feature for feature, wished in wishes.items() if wished)
