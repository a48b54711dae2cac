"""Graph apart from HTTP: checks the token, finds the route, turns refusals into answers."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api import (
    calendar_resource,
    calendar_view,
    chats,
    delta,
    events,
    groups,
    mail,
    places,
    presence,
    schedule,
    users,
)
from simulator.api.batch import part_answer, part_request, read_parts
from simulator.api.call import Call, read_query
from simulator.api.errors import GraphApiError, throttled
from simulator.api.permissions import check
from simulator.api.router import Route, Router
from simulator.login.grants import Grant
from simulator.tenant import Tenant

MODULES = (calendar_resource, calendar_view, events, schedule, places, users, groups, presence, mail, chats, delta)
ROUTER = Router([route for module in MODULES for route in module.ROUTES])
OUTLOOK = frozenset({"calendarview", "calendar", "events", "sendmail", "calendars", "mailboxsettings"})


def _unused(_call: Call) -> Response:
    raise AssertionError("a batch is answered part by part")


BATCH = Route("POST", "$batch", _unused)


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """One HTTP request below /v1.0, or one part of a batch. Header names are lower-case."""

    method: str
    path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    request_id: str = ""


class GraphService:
    """Answers Graph requests for one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def answer(self, request: GraphRequest, now: datetime) -> Response:
        """The answer, whatever it is; with Graph's own headers."""
        request_id = request.request_id or str(uuid.uuid4())
        client_request_id = request.headers.get("client-request-id", "")
        try:
            response = self._answer(request, now)
        except GraphApiError as error:
            response = json_answer(error.body(now, request_id, client_request_id), error.status, error.headers)
        response.headers["request-id"] = request_id
        response.headers["client-request-id"] = client_request_id or request_id
        return response

    def _answer(self, request: GraphRequest, now: datetime) -> Response:
        grant = self.grant(request.headers, now)
        route, params = self._route(request, grant)
        call = Call(
            tenant=self.tenant,
            method=request.method,
            path=request.path,
            query=read_query(request.raw_query),
            headers=request.headers,
            body=request.body,
            grant=grant,
            now=now,
            base_url=request.base_url,
            raw_query=request.raw_query,
            params=params,
        )
        if route is BATCH:
            return self._batch(call, request, now)
        check(call, route.need)
        self.tenant.journal.by_route[f"{route.method} {route.template}"] += 1
        return route.handler(call)

    def _route(self, request: GraphRequest, grant: Grant) -> tuple[Route, dict[str, str]]:
        if request.method == "POST" and request.path.lower() == "/v1.0/$batch":
            return BATCH, {}
        segments = self._segments(request.path, grant)
        found = ROUTER.find(request.method, segments)
        if found is None:
            segment = segments[0] if segments else ""
            raise GraphApiError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")
        return found

    def _batch(self, call: Call, request: GraphRequest, now: datetime) -> Response:
        answers: dict[str, Response] = {}
        for part in read_parts(call):
            wanted = [str(one) for one in part.get("dependsOn") or []]
            if any(one not in answers or answers[one].status_code >= 400 for one in wanted):
                message = "Failed dependency: a request that this one depends on failed."
                error = GraphApiError(424, "FailedDependency", message)
                answers[str(part["id"])] = json_answer(error.body(now, "", ""), 424)
            else:
                answers[str(part["id"])] = self._part(part, request, now)
        return json_answer({"responses": [part_answer(part_id, answer) for part_id, answer in answers.items()]})

    def _part(self, part: dict[str, object], outer: GraphRequest, now: datetime) -> Response:
        method, path, query, headers, body = part_request(part)
        inherited = {"authorization": outer.headers.get("authorization", "")}
        inner = GraphRequest(method, f"/v1.0{path}", query, inherited | headers, body, outer.base_url)
        key = self.throttle_key(inner)
        retry_after_s = None if key is None else self.tenant.throttle.enter(key, now)
        if retry_after_s is not None:
            error = throttled(retry_after_s)
            return json_answer(error.body(now, "", ""), 429, error.headers)
        try:
            return self.answer(inner, now)
        finally:
            if key is not None:
                self.tenant.throttle.leave(key)

    @staticmethod
    def _segments(path: str, grant: Grant) -> list[str]:
        segments = [segment for segment in path.removeprefix("/v1.0").split("/") if segment]
        if segments and segments[0].lower() == "me":
            if grant.app_only:
                message = "/me request is only valid with delegated authentication flow."
                raise GraphApiError(400, "BadRequest", message)
            return ["users", grant.account, *segments[1:]]
        return segments

    def grant(self, headers: Mapping[str, str], now: datetime) -> Grant:
        """What the request's token stands for.

        Raises:
            GraphApiError: 401, none, unknown, expired, or questioned (continuous access evaluation).
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthorized("Access token is empty.")
        grant = self.tenant.sign_in.endpoint.grants.access(token)
        if grant is None:
            raise unauthorized("IDX14100: JWT is not well formed, or its signature is not ours.")
        if now >= grant.expires:
            raise unauthorized("Lifetime validation failed, the token is expired.")
        if grant.cae and self._questioned(grant):
            raise _insufficient_claims(now)
        return grant

    def _questioned(self, grant: Grant) -> bool:
        accounts = self.tenant.sign_in.accounts
        since = accounts.questioned_at.get(grant.account)
        return grant.account in accounts.disabled or (since is not None and grant.issued <= since)

    def throttle_key(self, request: GraphRequest) -> tuple[str, str] | None:
        """The app and mailbox that an Outlook request counts for; chats count together."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        grant = self.tenant.sign_in.endpoint.grants.access(token)
        parts = request.path.split("/")
        if grant is not None and len(parts) > 2 and parts[2].lower() == "chats":
            return grant.client_id, "teams"
        if grant is None or len(parts) < 4:
            return None
        if parts[2].lower() == "me" and parts[3].lower() in OUTLOOK:
            return grant.client_id, grant.account
        if parts[2].lower() == "users" and len(parts) > 4 and parts[4].lower() in OUTLOOK:
            return grant.client_id, self.tenant.directory.address(parts[3]) or parts[3].lower()
        return None


def unauthorized(message: str) -> GraphApiError:
    """401 with a challenge."""
    challenge = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    return GraphApiError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})


def _insufficient_claims(now: datetime) -> GraphApiError:
    wanted = {"access_token": {"nbf": {"essential": True, "value": str(int(now.timestamp()))}}}
    claims = base64.b64encode(msgspec.json.encode(wanted)).decode()
    challenge = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        f'error="insufficient_claims", claims="{claims}"'
    )
    message = (
        "Continuous access evaluation resulted in challenge with result: InteractionRequired "
        "and code: TokenIssuedBeforeRevocationTimestamp"
    )
    return GraphApiError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})
