"""What a program wants of Microsoft 365, and the scopes that takes: one app registration per role asks for its own.

Source: reference/graph.md 1.3 (permissions of microsoftgraph/microsoft-graph-devx-content, 2026-08).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import urlsplit

from graph.config import Shape

GLOBAL_CLOUD = "https://graph.microsoft.com"
NATIONAL_CLOUDS = frozenset({"graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"})


class Feature(StrEnum):
    """One thing a program may want; a door panel asks for AGENDA, BOOKING and PLACES."""

    AGENDA = "agenda"
    """Read room calendars."""
    BOOKING = "booking"
    """Create, extend, end, decline in room calendars."""
    FREE_BUSY = "free-busy"
    """getSchedule of other rooms."""
    CHECK_IN = "check-in"
    """Microsoft Places check-ins."""
    PLACES = "places"
    PEOPLE = "people"
    GROUPS = "groups"
    """People search inside one group."""
    PROFILES = "profiles"
    """Department and language of people: User.ReadBasic.All has names and addresses only."""
    PRESENCE = "presence"
    PHOTOS = "photos"
    """Pictures of people."""
    MAIL = "mail"
    CHAT = "chat"
    """Open a chat with a colleague and post in it; not possible app-only."""
    CHAT_ANSWERS = "chat-answers"
    """Read what they answer there."""


_DELEGATE: dict[Feature, tuple[str, ...]] = {
    Feature.AGENDA: ("Calendars.Read.Shared",),
    Feature.BOOKING: ("Calendars.ReadWrite.Shared",),
    Feature.FREE_BUSY: ("Calendars.ReadBasic",),
    Feature.CHECK_IN: ("Calendars.ReadWrite",),
    Feature.PLACES: ("Place.Read.All",),
    Feature.PEOPLE: ("User.ReadBasic.All",),
    Feature.GROUPS: ("GroupMember.Read.All",),
    Feature.PROFILES: ("User.Read.All",),
    Feature.PRESENCE: ("Presence.Read.All",),
    Feature.PHOTOS: ("ProfilePhoto.Read.All",),
    Feature.MAIL: ("Mail.Send",),
    Feature.CHAT: ("Chat.Create", "ChatMessage.Send"),
    Feature.CHAT_ANSWERS: ("Chat.Read",),
}
_ROOM_ACCOUNT = {
    **_DELEGATE,
    Feature.AGENDA: ("Calendars.Read",),
    Feature.BOOKING: ("Calendars.ReadWrite",),
    Feature.CHECK_IN: ("Calendars.ReadWrite",),
}
_CONTAINED = {
    "Calendars.Read.Shared": {"Calendars.ReadWrite.Shared"},
    "Calendars.ReadBasic": {"Calendars.Read", "Calendars.ReadWrite"},
    "Calendars.Read": {"Calendars.ReadWrite"},
    "User.ReadBasic.All": {"User.Read.All"},
}
"""Scopes that need not be asked for when one of these is."""


def scopes_for(features: Iterable[Feature], shape: Shape, graph_url: str = GLOBAL_CLOUD) -> tuple[str, ...]:
    """Return the scopes to ask for, sorted; `.default` for app-only, whose rights are granted, not asked for.

    >>> scopes_for({Feature.AGENDA, Feature.BOOKING}, "delegate")
    ('Calendars.ReadWrite.Shared',)
    """
    resource = _resource(graph_url)
    if shape == "app-only":
        return (f"{resource}/.default",)
    table = _ROOM_ACCOUNT if shape == "room-account" else _DELEGATE
    wanted = {scope for feature in features for scope in table[feature]}
    needed = sorted(scope for scope in wanted if not wanted & _CONTAINED.get(scope, set()))
    if not needed:
        raise ValueError("a session needs at least one feature, for example Feature.AGENDA")
    # Entra takes a bare name for Graph of the global cloud, and answers (and msal caches) with the same spelling.
    return tuple(needed if resource == GLOBAL_CLOUD else (f"{resource}/{scope}" for scope in needed))


def _resource(graph_url: str) -> str:
    host = urlsplit(graph_url).hostname or ""
    return f"https://{host}" if host in NATIONAL_CLOUDS else GLOBAL_CLOUD
