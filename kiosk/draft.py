"""A sign-in while it is being typed, and as it is handed over. These name people: their `repr` shows no text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.model import Guest

RECEPTION_REF = ""
"""Host of those whose host is not on the list: the site's fallback host, or reception."""


@dataclass(frozen=True, slots=True)
class HostPick:
    """The host that a guest chose. `name` is as the kiosk may show it; `asked_for` is what was typed in vain."""

    ref: str
    name: str = field(default="", repr=False)
    asked_for: str = field(default="", repr=False)

    @property
    def listed(self) -> bool:
        """False: the fallback host or reception takes this guest."""
        return self.ref != RECEPTION_REF


RECEPTION = HostPick(RECEPTION_REF)
"""Nobody of the list."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known so far. `visit_id` is that of an invitation; the guests of a group come one after the other."""

    type: str
    host: HostPick | None = None
    guests: tuple[Guest, ...] = ()
    """entered already; the one being typed is on the page"""
    visit_id: str = ""
    until: datetime | None = None
    texts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """what was typed into the fields, for the way back"""
    first: Guest | None = None
    """the guest of the invitation, when only the spelling of the name is to be asked"""


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """One finished sign-in, for the register. Its id was fixed when the guest finished, and stays in repetitions."""

    id: str
    """32 hexadecimal digits"""
    type: str
    guest: Guest
    host: HostPick
    language: str
    notice_version: str
    accepted: bool = False
    """the house rules, by a tap or a signature"""
    signature: str = field(default="", repr=False)
    """strokes as `Verb.SIGNED` brings them"""
    invited: bool = False
    until: datetime | None = None
    group: str = ""


def visit_id(chance: str, number: int) -> str:
    """The id of the `number`-th visit of one sign-in, as 32 hexadecimal digits."""
    return hashlib.sha256(f"{chance}/{number}".encode()).hexdigest()[:32]
