"""Who may do what in whose calendar: Exchange's folder permissions, by Graph's names (calendarPermission.role)."""

from __future__ import annotations

from enum import Enum

from simulator.events import Item
from simulator.office import ROLES, Office

OWNER = "owner"
DEFAULT_ROLE = "freeBusyRead"


class View(Enum):
    """How much of an item somebody sees."""

    FULL = "full"
    PRIVATE = "private"
    LIMITED = "limited"


class Rights:
    """Roles by owner and grantee; what nobody granted is the organisation's default, free/busy only."""

    def __init__(self, office: Office) -> None:
        self._roles = {(room.address, who): role for room in office.rooms for who, role in room.rights.items()}

    def role(self, owner: str, who: str) -> str:
        """The role of `who` on the calendar of `owner`."""
        return OWNER if owner == who else self._roles.get((owner, who), DEFAULT_ROLE)

    def grant(self, owner: str, who: str, role: str) -> None:
        """Set a role.

        Raises:
            ValueError: there is no such role.
        """
        if role not in ROLES:
            raise ValueError(f"{role!r} is not a role; allowed: {', '.join(ROLES)}")
        self._roles[owner, who] = role


def may_read(role: str) -> bool:
    """Whether the role sees items at all."""
    return role not in {"none", "freeBusyRead"}


def may_write(role: str) -> bool:
    """Whether the role may create, change and answer."""
    return role in {OWNER, "write"} or role.startswith("delegate")


def view_of(role: str, item: Item) -> View:
    """How much of `item` that role sees."""
    hidden = item.sensitivity in {"private", "confidential"}
    if role in {OWNER, "delegateWithPrivateEventAccess"}:
        return View.FULL
    if hidden:
        return View.PRIVATE
    return View.LIMITED if role == "limitedRead" else View.FULL
