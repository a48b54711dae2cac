"""The pages in the menu, by what one may see. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hub.roles import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu; `icon` is a symbol of _icons.html."""

    path: str
    title: str
    icon: str
    permission: Permission
    visits: bool = False
    """only where guests are shared"""


MENU = (
    Entry("/", "Rooms", "rooms", Permission.SEE_ROOMS),
    Entry("/visitors", "Visitors", "person", Permission.SEE_VISITORS, visits=True),
    Entry("/units", "Units", "units", Permission.SEE_UNITS),
    Entry("/alarms", "Alarms", "alarm", Permission.SEE_UNITS),
    Entry("/reports", "Reports", "report", Permission.SEE_REPORTS),
    Entry("/audit", "Audit", "audit", Permission.SEE_AUDIT),
)


def entries(held: frozenset[Permission], *, visits: bool = False) -> tuple[Entry, ...]:
    """The menu of somebody with these permissions; `visits`: guests are shared here."""
    return tuple(entry for entry in MENU if entry.permission in held and (visits or not entry.visits))
