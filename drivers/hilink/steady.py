"""What a radar's reports say together: a change takes two that agree, for without a check sum one proves nothing.

A torn state byte is a valid one, and the bytes beside it do not tell: real reports of nobody carry energies of 62 and
58 (Tasmota, xsns_102_ld2410), as those of somebody do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Presence(StrEnum):
    """Whether somebody is there; UNKNOWN before two reports agreed, and while the module makes no statement."""

    SOMEBODY = "somebody"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a radar; a model adds its fields and `claim`."""

    presence: Presence = field(default=Presence.UNKNOWN, kw_only=True, compare=False)
    """what this report and the ones before it say together"""

    @property
    def claim(self) -> Presence:
        """What this report says by itself."""
        raise NotImplementedError

    @property
    def confirmed(self) -> bool:
        """Whether its claim is believed."""
        return self.presence is self.claim


class Steady:
    """Goes through the claims of a stream."""

    def __init__(self) -> None:
        self._believed = self._last = Presence.UNKNOWN

    def take(self, claim: Presence) -> Presence:
        """What is believed with this claim."""
        if claim is self._last:
            self._believed = claim
        self._last = claim
        return self._believed
