"""A visit as kiosks of a site and their hub tell it to each other: whole, with a version that only rises. Pure.

Docs/decisions/0014. It names people: it stays in RAM and, sealed, in a register; never in a log, in telemetry or in
an exception's text. Whoever changes a visit raises `version` by one and writes its own name into `by`.

The clock's sign-out in the evening needs no message: everybody signs out what is open at the same instant of the
site's day, the one where the visit began (`origin`) with a new version, the others without one.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

__all__ = [
    "HUB",
    "TELL_WITHIN",
    "LeftByWord",
    "SharedGuest",
    "SharedHost",
    "SharedVisit",
    "StateWord",
    "newer",
    "same_person",
]

HUB = "hub"
"""`by` and `origin` of what was done on the hub's pages."""

TELL_WITHIN = timedelta(hours=1)
"""So long after a guest has come a kiosk may still begin to tell the host; later "your guest is here" helps nobody."""

StateWord = Literal["expected", "on-site", "left", "left-assumed", "no-show"]
LeftByWord = Literal["scan", "guest", "host", "reception", "clock"]

VisitId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
UnitId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
UnitOrNone = Annotated[str, Meta(pattern=r"^[a-z0-9-]{0,32}\Z")]
Version = Annotated[int, Meta(ge=1, lt=1 << 53)]
Instant = Annotated[datetime, Meta(tz=True)]
Key = Annotated[str, Meta(max_length=40)]
LONGEST_HOST = 100
"""Characters of a host's name and address; who has more is cut to it when a visit is shared."""
Line = Annotated[str, Meta(max_length=LONGEST_HOST)]
Ref = Annotated[str, Meta(max_length=200)]


class SharedGuest(msgspec.Struct, frozen=True, kw_only=True):
    """Who visits. `extra` are the fields of the visitor type besides, as (key, value)."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    email: Line = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    extra: Annotated[tuple[tuple[Key, Line], ...], Meta(max_length=4)] = ()

    def __repr__(self) -> str:
        return "SharedGuest(...)"


class SharedHost(msgspec.Struct, frozen=True, kw_only=True):
    """Who is visited. `ref` is the directory's id, or begins with "other:" or "invited:"; "" where it is not known."""

    ref: Ref = ""
    name: Line
    address: Line = ""

    def __repr__(self) -> str:
        return "SharedHost(...)"


class SharedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a visit. Instants are aware. A field that a newer release adds is ignored by an older one.

    Raises ValueError (when decoded: msgspec.ValidationError) for one that is erased and has data, or the reverse.
    """

    id: VisitId
    version: Version
    by: UnitId
    """who made this version: a unit's id, or "hub\""""
    origin: UnitId
    """where the guest signed in: there the visit is counted, and the clock's sign-out makes a version"""
    day: date
    """UTC day on which the visit began: everybody seals, keeps and forgets it with a key of that day"""
    delete_on: date
    """on this day it is forgotten everywhere; a longer retention elsewhere does not extend it"""
    erased: bool = False
    """on request of the guest: without data, and nothing older may bring it back"""
    type: Key = ""
    site: Line = ""
    state: StateWord = "on-site"
    guest: SharedGuest | None = None
    host: SharedHost | None = None
    in_at: Instant | None = None
    out_at: Instant | None = None
    left_by: LeftByWord | None = None
    expected_at: Instant | None = None
    planned_end: Instant | None = None
    group: Key = ""
    """visits that signed in together share it"""
    language: Annotated[str, Meta(max_length=5)] = ""
    notice_version: Key = ""
    badge_key: Annotated[bytes, Meta(max_length=32)] = b""
    """authenticates badges of this visit at every kiosk, 32 bytes; who signs a guest in draws or derives it"""
    teller: UnitOrNone = ""
    """the kiosk that the hub has named to tell the host; "": the origin does, and nobody where that is the hub"""
    told_before: bool = False
    """another kiosk was named before and may have told the host: what this one sends is a repeat"""

    def __post_init__(self) -> None:
        if self.erased and self.guest is None and self.host is None:
            return
        if self.erased or self.guest is None or self.host is None:
            raise ValueError("a visit has a guest and a host; an erased one has neither")

    def __repr__(self) -> str:
        return f"SharedVisit({self.id!r}, version={self.version}, by={self.by!r})"

    @property
    def present(self) -> bool:
        """Whether the guest is in the building."""
        return not self.erased and self.state == "on-site"

    @property
    def tells(self) -> str:
        """The unit that tells and reminds the host; HUB: nobody does."""
        return self.teller or self.origin


def newer(one: SharedVisit, other: SharedVisit) -> bool:
    """Whether `one` takes the place of `other`: the higher version, then the higher unit id."""
    return (one.version, one.by) > (other.version, other.by)


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str: ...


def same_person(one: _Named, other: _Named) -> bool:
    """Whether two hosts are one: by mail address where either has one, else by name; in any case of letters."""
    if one.address or other.address:
        return _alike(one.address, other.address)
    return _alike(one.name, other.name)


def _alike(one: str, other: str) -> bool:
    return one[:LONGEST_HOST].casefold() == other[:LONGEST_HOST].casefold()
