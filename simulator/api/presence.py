"""Whether somebody is available, in a call, or away.

Source: Graph v1.0 resource presence. The activity follows the availability; meetings do not change it.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.errors import GraphApiError, bad_request
from simulator.api.permissions import need
from simulator.api.router import Route

MOST = 650
READ_ALL = need("Presence.Read.All", app=("Presence.Read.All",), code="Forbidden")
READ_OWN = need("Presence.Read", "Presence.Read.All", app=("Presence.Read.All",), code="Forbidden")
ACTIVITIES = {"Busy": "InAMeeting", "DoNotDisturb": "Presenting", "Offline": "Offline", "Away": "Away"}


def presence_json(call: Call, key: str) -> dict[str, Any]:
    """The presence of one account; rooms and unknown people have PresenceUnknown."""
    address = call.tenant.directory.address(key) or ""
    account = call.tenant.directory.account(address)
    licensed = address in call.tenant.licences and call.tenant.licences[address].teams
    availability = call.tenant.presence.get(address, "PresenceUnknown") if licensed else "PresenceUnknown"
    return {
        "id": account.id if account else key,
        "availability": availability,
        "activity": ACTIVITIES.get(availability, availability),
        "statusMessage": None,
    }


def presence(call: Call) -> Response:
    """GET one presence; another's needs Presence.Read.All."""
    account = call.account(call.params["user"])
    own = account.address == call.grant.account
    if not own and not call.grant.app_only and "Presence.Read.All" not in call.grant.scopes:
        raise GraphApiError(403, "Forbidden", "Insufficient privileges to complete the operation.")
    return json_answer(presence_json(call, account.address))


def presences(call: Call) -> Response:
    """POST getPresencesByUserId: at most 650 ids."""
    ids = call.json().get("ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST:
        raise bad_request(f"ids must hold 1 to {MOST} user ids.", "InvalidRequest")
    return json_answer({"value": [presence_json(call, str(key)) for key in ids]})


ROUTES = [
    Route("GET", "users/{user}/presence", presence, READ_OWN),
    Route("GET", "communications/presences/{user}", presence, READ_OWN),
    Route("POST", "communications/getPresencesByUserId", presences, READ_ALL),
]
