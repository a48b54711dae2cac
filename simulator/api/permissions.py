"""Which scope or role each request needs (reference/graph.md 1.3 and 4)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.api.call import Call
from simulator.api.errors import GraphApiError, access_denied


@dataclass(frozen=True, slots=True)
class Need:
    """Any of `delegated` for a person, any of `application` for an app; `code` is how a lack is told.

    `mailbox` requests are also bounded by `.Shared` scopes and by what bounds the app in Exchange.
    """

    delegated: frozenset[str] = frozenset()
    application: frozenset[str] = frozenset()
    code: str = "Authorization_RequestDenied"
    mailbox: bool = False


def need(*delegated: str, app: tuple[str, ...] = (), code: str = "Authorization_RequestDenied") -> Need:
    """A need outside Exchange."""
    return Need(frozenset(delegated), frozenset(app), code)


def exchange(*delegated: str, app: tuple[str, ...] = ()) -> Need:
    """A need on a mailbox."""
    return Need(frozenset(delegated), frozenset(app), "ErrorAccessDenied", mailbox=True)


READ_CALENDAR = exchange(
    "Calendars.ReadBasic",
    "Calendars.Read",
    "Calendars.ReadWrite",
    app=("Calendars.ReadBasic", "Calendars.ReadBasic.All", "Calendars.Read", "Calendars.ReadWrite"),
)
WRITE_CALENDAR = exchange("Calendars.ReadWrite", app=("Calendars.ReadWrite",))


def check(call: Call, required: Need) -> None:
    """Let the request pass.

    Raises:
        GraphApiError: 403, a scope, a role or an Exchange policy is missing.
    """
    if call.grant.app_only:
        _check_app(call, required)
    else:
        _check_person(call, required)


def _check_person(call: Call, required: Need) -> None:
    wanted = required.delegated
    if not wanted and not required.application:
        return
    if required.mailbox:
        shared = frozenset(f"{scope}.Shared" for scope in wanted if not scope.endswith("ReadBasic"))
        foreign = call.mailbox != call.grant.account
        strict = call.tenant.office.behaviour.strict_shared_scopes
        wanted = shared if foreign and strict else wanted | shared
    if not wanted & call.grant.scopes:
        raise _denied(required)


def _check_app(call: Call, required: Need) -> None:
    app = call.tenant.directory.apps[call.grant.client_id]
    entra = bool(required.application & call.grant.roles)
    if not required.mailbox:
        if not entra:
            raise _denied(required)
        return
    inside = call.mailbox in app.mailboxes
    if app.scoping == "access-policy" and entra and not inside:
        raise GraphApiError(403, "ErrorAccessDenied", "Access to OData is disabled.")
    by_exchange = app.scoping == "rbac" and inside and bool(required.application & frozenset(app.rbac))
    if not entra and not by_exchange:
        raise access_denied()


def _denied(required: Need) -> GraphApiError:
    if required.code == "ErrorAccessDenied":
        return access_denied()
    return GraphApiError(403, required.code, "Insufficient privileges to complete the operation.")
