"""What all control calls share: reading a body with all its problems at once, and answers in JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from simulator import when
from simulator.answers import json_answer
from simulator.office_schema import Keys, check
from simulator.tenant import Tenant

LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})
Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[["ControlCall"], Any]


class ControlError(Exception):
    """Error raised when a control call cannot be done; says what is allowed."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class ControlCall:
    """One control call; `path` are its variable parts, `query` the rest of the address."""

    def __init__(self, tenant: Tenant, request: Request, body: Any) -> None:
        self.tenant = tenant
        self.path: dict[str, str] = dict(request.path_params)
        self.query: dict[str, str] = dict(request.query_params)
        self._body = body

    def fields(self, keys: Keys) -> dict[str, Any]:
        """The body with defaults filled in.

        Raises:
            ControlError: something in it is not allowed; names every problem.
        """
        problems: list[str] = []
        values = check(self._body, keys, "body", problems)
        if problems:
            raise ControlError("; ".join(problems))
        return values

    def given(self) -> dict[str, Any]:
        """The body as it is.

        Raises:
            ControlError: it is no object.
        """
        if not isinstance(self._body, dict):
            raise ControlError("body: allowed: a JSON object")
        return self._body

    def address(self, text: str) -> str:
        """The address of somebody of the office, given in any spelling.

        Raises:
            ControlError: there is nobody by that name.
        """
        found = self.tenant.directory.named(text)
        if found is None:
            raise ControlError(f"{text!r} is nobody here; allowed: an address or name of the office", 404)
        return found

    def room(self, text: str) -> str:
        """The address of a room.

        Raises:
            ControlError: there is no such room.
        """
        address = self.tenant.directory.named(text)
        if address not in self.tenant.directory.rooms:
            rooms = ", ".join(room.name for room in self.tenant.office.rooms)
            raise ControlError(f"{text!r} is no room; allowed: {rooms}", 404)
        return address

    def instant(self, text: str, day: int = 0) -> datetime:
        """The instant that a text means.

        Raises:
            ControlError: it is none.
        """
        try:
            return when.parse(text, self.tenant.clock.now(), self.tenant.office.zone, day)
        except ValueError as error:
            raise ControlError(str(error)) from None


def iso(instant: datetime | None) -> str | None:
    """An instant as control answers write it."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def control(handler: Handler) -> Endpoint:
    """Make a handler an endpoint: only from this machine, errors as JSON."""

    @wraps(handler)
    async def endpoint(request: Request) -> Response:
        if request.client is not None and request.client.host not in LOOPBACK:
            return json_answer({"error": "control calls are for this machine only"}, 403)
        raw = await request.body()
        try:
            body = msgspec.json.decode(raw) if raw else {}
            tenant: Tenant = request.app.state.tenant
            tenant.now()
            return json_answer(handler(ControlCall(tenant, request, body)))
        except msgspec.DecodeError as error:
            return json_answer({"error": f"body is not JSON: {error}"}, 400)
        except ControlError as error:
            return json_answer({"error": str(error)}, error.status)

    return endpoint
