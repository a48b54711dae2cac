"""Whether somebody is in the room, as far as sensors can tell."""

from __future__ import annotations

from enum import StrEnum


class Presence(StrEnum):
    """What the sensors say together; without sensors it is unknown."""

    OCCUPIED = "occupied"
    VACANT = "vacant"
    UNKNOWN = "unknown"
