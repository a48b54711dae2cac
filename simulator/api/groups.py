"""Members of a group. Groups here are flat, so direct and transitive members are the same."""

from __future__ import annotations

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.errors import GraphApiError, bad_request
from simulator.api.permissions import need
from simulator.api.router import Route
from simulator.api.users import collection
from simulator.office import Group

READ_MEMBERS = need(
    "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", app=("GroupMember.Read.All", "Group.Read.All")
)

CHECK_MEMBERS = need("User.Read", "User.ReadBasic.All", "User.Read.All", "Directory.Read.All")
MOST_CHECKED = 20


def _group(call: Call) -> Group:
    key = call.params["group"]
    group = call.tenant.directory.groups.get(key.lower())
    if group is None:
        raise GraphApiError(404, "Request_ResourceNotFound", f"Resource '{key}' does not exist.")
    return group


def _json(group: Group) -> dict[str, object]:
    return {"id": group.id, "displayName": group.name, "mailEnabled": False, "securityEnabled": True}


def groups(call: Call) -> Response:
    """GET groups: all of them, or those with a name (`$filter=displayName eq '...'`)."""
    found = list(call.tenant.directory.groups.values())
    if wanted := call.query.get("filter"):
        found = [group for group in found if wanted.strip().lower() == f"displayname eq '{group.name.lower()}'"]
    return json_answer({"value": [_json(group) for group in found]})


def group(call: Call) -> Response:
    """GET one group."""
    return json_answer(_json(_group(call)))


def members(call: Call) -> Response:
    """GET members."""
    found = [call.tenant.directory.account(address) for address in _group(call).members]
    return collection(call, [account for account in found if account is not None], typed=True)


def check_member_groups(call: Call) -> Response:
    """POST users/{user}/checkMemberGroups: which of at most 20 groups somebody is in."""
    asked = call.json().get("groupIds")
    if not isinstance(asked, list) or not all(isinstance(one, str) for one in asked) or len(asked) > MOST_CHECKED:
        raise bad_request(f"groupIds is a list of at most {MOST_CHECKED} ids.", "Request_BadRequest")
    account = call.tenant.directory.account(call.params["user"])
    mine = {group.id for group in call.tenant.directory.member_of(account.address)} if account else set()
    return json_answer({"value": [one for one in asked if one.lower() in mine]})


ROUTES = [
    Route("POST", "users/{user}/checkMemberGroups", check_member_groups, CHECK_MEMBERS),
    Route("GET", "groups", groups, READ_MEMBERS),
    Route("GET", "groups/{group}", group, READ_MEMBERS),
    *(
        Route("GET", f"groups/{{group}}/{kind}{cast}", members, READ_MEMBERS)
        for kind in ("members", "transitiveMembers")
        for cast in ("", "/graph.user")
    ),
]
