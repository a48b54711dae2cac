"""Which permissions an admin is asked for, each explained in one line, and the link that grants them.

Source: reference/graph.md 1.3; the v2.0 admin consent endpoint (entra-docs: v2-admin-consent).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

from graph.config import Shape
from graph.features import GLOBAL_CLOUD, Feature, scopes_for
from graph.permission_texts import TEXTS

Language = Literal["da", "en", "es"]

SIGN_IN_SCOPES = ("offline_access", "openid", "profile")
"""msal asks for these by itself at every delegated sign-in."""
REDIRECT_URI = "http://localhost"


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission. `where` is "entra" (admin consent) or "exchange" (RBAC for Applications, mailbox by mailbox)."""

    name: str
    text: str
    where: Literal["entra", "exchange"] = "entra"


_APPLICATION: dict[Feature, tuple[str, Literal["entra", "exchange"]]] = {
    Feature.AGENDA: ("Calendars.Read", "exchange"),
    Feature.BOOKING: ("Calendars.ReadWrite", "exchange"),
    Feature.FREE_BUSY: ("Calendars.Read", "exchange"),
    Feature.PLACES: ("Place.Read.All", "entra"),
    Feature.PEOPLE: ("User.ReadBasic.All", "entra"),
    Feature.GROUPS: ("GroupMember.Read.All", "entra"),
    Feature.PROFILES: ("User.Read.All", "entra"),
    Feature.PRESENCE: ("Presence.Read.All", "entra"),
    Feature.PHOTOS: ("ProfilePhoto.Read.All", "entra"),
    Feature.MAIL: ("Mail.Send", "exchange"),
}
"""App-only, a mailbox permission never goes through Entra: there it would reach every mailbox of the organisation.

Chats are not in here: Graph lets nobody but a signed-in account post in them.
"""


def permissions_for(features: Iterable[Feature], shape: Shape, language: Language = "en") -> tuple[Permission, ...]:
    """Return every permission a program with these features and this shape uses, sorted, with its explanation."""
    if shape == "app-only":
        return _application(frozenset(features), language)
    names = (*scopes_for(features, shape), *SIGN_IN_SCOPES)
    return tuple(Permission(name, TEXTS[name][language]) for name in names)


def consent_url(
    authority_url: str,
    tenant_id: str,
    client_id: str,
    scopes: Iterable[str],
    *,
    redirect_uri: str = REDIRECT_URI,
    state: str | None = None,
) -> str:
    """Return the page where an admin grants `scopes` to the app for the whole organisation.

    `scopes` are as `graph.features.scopes_for` gives them; for app-only that is `.default`, which grants what stands
    in the app registration.
    """
    wanted = [_full(scope) for scope in scopes]
    if not any(scope.endswith("/.default") for scope in wanted):
        wanted += SIGN_IN_SCOPES
    query = {
        "client_id": client_id,
        "scope": " ".join(wanted),
        "redirect_uri": redirect_uri,
        "state": state or secrets.token_hex(8),
    }
    base = f"{authority_url.rstrip('/')}/{quote(tenant_id, safe='')}/v2.0/adminconsent"
    return f"{base}?{urlencode(query, quote_via=quote)}"


def short_name(scope: str) -> str:
    """Return a scope without its resource.

    >>> short_name("https://graph.microsoft.us/Place.Read.All")
    'Place.Read.All'
    """
    return scope.rpartition("/")[2]


def _full(scope: str) -> str:
    return scope if "://" in scope else f"{GLOBAL_CLOUD}/{scope}"


def _application(features: frozenset[Feature], language: Language) -> tuple[Permission, ...]:
    wanted = {_APPLICATION[feature] for feature in features if feature in _APPLICATION}
    if ("Calendars.ReadWrite", "exchange") in wanted:
        wanted.discard(("Calendars.Read", "exchange"))
    if ("User.Read.All", "entra") in wanted:
        wanted.discard(("User.ReadBasic.All", "entra"))
    return tuple(Permission(name, TEXTS[name][language], where) for name, where in sorted(wanted))
