"""Who may do what: MyDesk's groups as roles, and what each may. Pure.

The groups of MyDesk are security groups in Entra; `[sign_in.groups]` says which object id is which role.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """The groups of MyDesk, and reception, which MyDesk leaves to the site."""

    ADMINISTRATOR = "administrator"
    LOCATIONS = "manage-locations"
    BOOKINGS = "bookings"
    USERS = "users-and-permissions"
    CATERING = "lunch-and-catering"
    FLOOR_PLAN = "floor-plan"
    BOOK_FOR_ALL = "book-for-all"
    RECEPTION = "reception"
    USER = "user"


class Permission(StrEnum):
    """What a page or a button needs."""

    SEE_ROOMS = "see-rooms"
    SEE_UNITS = "see-units"
    SEE_REPORTS = "see-reports"
    COMMAND = "command"
    SETTINGS = "settings"
    SEE_VISITORS = "see-visitors"
    RECEIVE = "receive"
    SEE_AUDIT = "see-audit"
    ADMINISTER = "administer"


_UNITS = frozenset({Permission.SEE_UNITS, Permission.COMMAND, Permission.SETTINGS})
_VISITORS = frozenset({Permission.SEE_VISITORS, Permission.RECEIVE})
_OF: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.LOCATIONS: _UNITS | {Permission.SEE_REPORTS},
    Role.BOOKINGS: frozenset({Permission.SEE_REPORTS}),
    Role.USERS: frozenset({Permission.SEE_AUDIT}),
    Role.CATERING: frozenset(),
    Role.FLOOR_PLAN: frozenset({Permission.SEE_UNITS}),
    Role.BOOK_FOR_ALL: frozenset(),
    Role.RECEPTION: _VISITORS,
    Role.USER: frozenset(),
}


def permissions(roles: Iterable[Role]) -> frozenset[Permission]:
    """What somebody with `roles` may; everybody with any role sees the rooms."""
    held = tuple(roles)
    return frozenset({Permission.SEE_ROOMS} if held else ()).union(*(_OF[role] for role in held))
