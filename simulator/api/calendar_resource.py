"""The default calendar itself: what the caller may do with it (resource calendar: canEdit, canViewPrivateItems)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.permissions import READ_CALENDAR
from simulator.api.router import Route
from simulator.rights import OWNER, may_write


def calendar(call: Call) -> Response:
    """GET the default calendar: its name is in the mailbox's language, as Exchange makes it."""
    role = call.require_read()
    owner = call.account(call.mailbox)
    every: dict[str, Any] = {
        "name": "Kalender",
        "isDefaultCalendar": True,
        "canEdit": call.grant.app_only or may_write(role),
        "canShare": role == OWNER,
        "canViewPrivateItems": call.grant.app_only or role in {OWNER, "delegateWithPrivateEventAccess"},
        "owner": {"name": owner.name, "address": owner.address},
    }
    wanted = call.select
    shown = {name: value for name, value in every.items() if not wanted or name.lower() in wanted}
    context = {"@odata.context": f"{call.base_url}/v1.0/$metadata#users/calendar/$entity"}
    return json_answer(context | {"id": f"calendar-{owner.id}"} | shown)


ROUTES = [Route("GET", "users/{user}/calendar", calendar, READ_CALENDAR)]
