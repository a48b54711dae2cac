"""People in the directory: search, one of them, oneself, and pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.errors import GraphApiError, bad_request
from simulator.api.permissions import need
from simulator.api.router import Route
from simulator.directory import matches_search, text_of
from simulator.office import Person, Room
from simulator.portraits import SIDES, portrait

PAGE = 100
READ_USERS = need(
    "User.ReadBasic.All", "User.Read.All", "Directory.Read.All", app=("User.ReadBasic.All", "User.Read.All")
)
READ_SELF = need("User.Read", "User.ReadBasic.All", "User.Read.All", app=("User.ReadBasic.All", "User.Read.All"))
READ_PHOTO = need("User.Read", "User.ReadBasic.All", "ProfilePhoto.Read.All", app=("ProfilePhoto.Read.All",))
DEFAULT = (
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip
BASIC = frozenset({"displayName", "givenName", "id", "mail", "surname", "userPrincipalName"})
"""What User.ReadBasic.All shows of others (Graph permissions reference)."""
WIDE = frozenset({"User.Read.All", "Directory.Read.All"})
_STARTS = re.compile(r"startswith\((\w+),\s*'((?:[^']|'')*)'\)", re.IGNORECASE)
_EQUALS = re.compile(r"(\w+)\s+(eq|ne)\s+(?:'((?:[^']|'')*)'|(true|false|null))", re.IGNORECASE)

Account = Person | Room
Test = Callable[[Account], bool]


def user_json(call: Call, account: Account, select: tuple[str, ...] = ()) -> dict[str, Any]:
    """A user; rooms are users too."""
    person = account if isinstance(account, Person) else None
    every: dict[str, Any] = {
        "businessPhones": [person.phone] if person and person.phone else [],
        "displayName": account.name,
        "givenName": text_of(account, "givenname") or None,
        "jobTitle": (person.title if person else "") or None,
        "mail": account.address,
        "mobilePhone": None,
        "officeLocation": (person.place if person else "") or None,
        "preferredLanguage": (person.language if person else "") or None,
        "surname": text_of(account, "surname") or None,
        "userPrincipalName": account.address,
        "id": account.id,
        "department": (person.department if person else "") or None,
        "accountEnabled": account.address not in call.tenant.sign_in.accounts.disabled,
        "userType": "Member",
    }
    if _basic_only(call, account):
        every |= {name: None for name in every if name not in BASIC}
    if not select:
        return {name: every[name] for name in DEFAULT}
    lowered = {name.lower(): name for name in every}
    return {lowered[name]: every[lowered[name]] for name in select if name in lowered}


def _basic_only(call: Call, account: Account) -> bool:
    """Whether the caller may see no more of somebody else than User.ReadBasic.All shows."""
    held = call.grant.roles if call.grant.app_only else call.grant.scopes
    strict = call.tenant.office.behaviour.basic_profiles and not WIDE & held
    return strict and account.address != call.grant.account


def users(call: Call) -> Response:
    """GET users: `$search` needs ConsistencyLevel: eventual, as does `$count`."""
    found: list[Account] = list(call.tenant.directory.everyone())
    if "search" in call.query:
        _require_consistency(call)
        found = [account for account in found if _searched(account, call.query["search"])]
    if "filter" in call.query:
        test = _filter(call, call.query["filter"])
        found = [account for account in found if test(account)]
    if call.query.get("orderby", "").lower().startswith("displayname"):
        found.sort(key=lambda account: account.name, reverse=call.query["orderby"].lower().endswith(" desc"))
    return collection(call, found)


def collection(call: Call, found: list[Account], *, typed: bool = False) -> Response:
    """A page of users, with the whole number where it was asked for."""
    size, skip = call.page_size(PAGE), call.number("skip", 0)
    mark = {"@odata.type": "#microsoft.graph.user"} if typed else {}
    answer: dict[str, Any] = {"@odata.context": f"{call.base_url}/v1.0/$metadata#users"}
    if call.query.get("count", "").lower() == "true":
        _require_consistency(call)
        answer["@odata.count"] = len(found)
    answer["value"] = [mark | user_json(call, account, call.select) for account in found[skip : skip + size]]
    if skip + size < len(found):
        answer["@odata.nextLink"] = call.next_link(skip + size)
    return json_answer(answer)


def _require_consistency(call: Call) -> None:
    if call.headers.get("consistencylevel", "").lower() != "eventual":
        raise bad_request(
            "Request with $search query parameter only works through MSGraph with a special request header: "
            "'ConsistencyLevel: eventual'",
            "Request_UnsupportedQuery",
        )


def _searched(account: Account, search: str) -> bool:
    try:
        return matches_search(account, search)
    except ValueError as error:
        raise bad_request(str(error), "Request_BadRequest") from None


def _filter(call: Call, text: str) -> Test:
    """A `$filter` of startswith, eq and ne, joined by and and or."""
    alternatives = [
        [_condition(call, part.strip()) for part in re.split(r"\s+and\s+", option, flags=re.IGNORECASE)]
        for option in re.split(r"\s+or\s+", text, flags=re.IGNORECASE)
    ]
    return lambda account: any(all(test(account) for test in option) for option in alternatives)


def _condition(call: Call, text: str) -> Test:
    if match := _STARTS.fullmatch(text):
        name, value = match.group(1).lower(), match.group(2).replace("''", "'").lower()
        return lambda account: text_of(account, name).lower().startswith(value)
    if match := _EQUALS.fullmatch(text):
        name, negated = match.group(1).lower(), match.group(2).lower() == "ne"
        wanted = (match.group(3) or match.group(4) or "").replace("''", "'").lower()
        return lambda account: (_comparable(call, account, name) == wanted) != negated
    raise bad_request(f"Invalid filter clause: {text}", "Request_UnsupportedQuery")


def _comparable(call: Call, account: Account, name: str) -> str:
    if name == "accountenabled":
        return str(account.address not in call.tenant.sign_in.accounts.disabled).lower()
    if name == "usertype":
        return "member"
    return text_of(account, name).lower()


def user(call: Call) -> Response:
    """GET one user."""
    account = call.account(call.params["user"])
    own = account.address == call.grant.account
    wide = {"User.ReadBasic.All", "User.Read.All", "Directory.Read.All"}
    if not own and not call.grant.app_only and not wide & call.grant.scopes:
        message = "Insufficient privileges to complete the operation."
        raise GraphApiError(403, "Authorization_RequestDenied", message)
    context = {"@odata.context": f"{call.base_url}/v1.0/$metadata#users/$entity"}
    return json_answer(context | user_json(call, account, call.select))


def photo(call: Call) -> Response:
    """GET the picture, in 96 pixels or in the size that is asked for."""
    person = _pictured(call)
    size = call.params.get("size", "96x96").lower()
    side = next((side for side in SIDES if size == f"{side}x{side}"), None)
    if side is None:
        raise bad_request(f"The size {size!r} is not supported.", "ErrorInvalidImageSize")
    media_type, picture = portrait(person.id, side)
    return Response(picture, media_type=media_type, headers={"ETag": f'"{person.id}"'})


def photo_info(call: Call) -> Response:
    """GET what is known of the picture."""
    person = _pictured(call)
    return json_answer(
        {"@odata.mediaContentType": portrait(person.id, 48)[0], "id": "48x48", "height": 48, "width": 48}
    )


def _pictured(call: Call) -> Person:
    """The person in the path, who has a picture. User.Read alone lets nobody see another's."""
    account = call.account(call.params["user"])
    own = account.address == call.grant.account
    if not own and not call.grant.app_only and not {"User.ReadBasic.All", "ProfilePhoto.Read.All"} & call.grant.scopes:
        message = "Insufficient privileges to complete the operation."
        raise GraphApiError(403, "Authorization_RequestDenied", message)
    licences = call.tenant.licences.get(account.address)
    if licences is not None and not licences.mailbox:
        reason = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
        raise GraphApiError(404, "MailboxNotEnabledForRESTAPI", reason)
    if not isinstance(account, Person) or not account.photo:
        raise GraphApiError(404, "ImageNotFound", "The photo wasn't found.")
    return account


ROUTES = [
    Route("GET", "users", users, READ_USERS),
    Route("GET", "users/{user}", user, READ_SELF),
    Route("GET", "users/{user}/photo/$value", photo, READ_PHOTO),
    Route("GET", "users/{user}/photos/{size}/$value", photo, READ_PHOTO),
    Route("GET", "users/{user}/photo", photo_info, READ_PHOTO),
]
