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
    Role.KIOSK: frozenset(
        {
            Feature.PEOPLE,
            Feature.GROUPS,
            Feature.PROFILES,
            Feature.PRESENCE,
            Feature.MAIL,
            Feature.CHAT,
            Feature.CHAT_ANSWERS,
        }
    ),
    Role.HUB: frozenset({Feature.AGENDA, Feature.BOOKING, Feature.PLACES, Feature.FREE_BUSY}),
}
"""What a role wants when no configuration says it closer."""

Sections = Mapping[str, Mapping[str, Any]]


def role_of(sections: Sections) -> Role | None:
    """Return the role a unit's configuration file is for, told by its sections."""
    if "room" in sections:
        return Role.ROOM
    return Role.KIOSK if "site" in sections or "kiosk" in sections else None


def features_of(role: Role, sections: Sections) -> frozenset[Feature]:
    """Return what a unit with this configuration wants of Microsoft 365.

    It is what roomdisplay.config.RoomConfig.features and kiosk.host_features say, which this package may not import;
    tests hold them against each other.
    """
    if role is Role.ROOM and "room" in sections:
        return _room_features(sections)
    return _kiosk_features(sections) if role is Role.KIOSK and "site" in sections else ROLE_FEATURES[role]


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


def _kiosk_features(sections: Sections) -> frozenset[Feature]:
    hosts, notify = sections.get("hosts", {}), sections.get("notify", {})
    group = bool(hosts.get("host_group", ""))
    wishes = {
        Feature.MAIL: True,
        Feature.PEOPLE: group,
        Feature.GROUPS: group,
        Feature.PROFILES: group,
        Feature.CHAT: group,
        Feature.CHAT_ANSWERS: group and notify.get("read_answers_min", 10) != 0,
        Feature.PRESENCE: group and bool(hosts.get("presence", False)),
        Feature.PHOTOS: group and bool(hosts.get("photos", False)),
    }
    return frozenset(feature for feature, wished in wishes.items() if wished)
