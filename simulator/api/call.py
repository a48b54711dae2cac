"""One Graph request, read: who asks, for what, and how they would like it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode
from zoneinfo import ZoneInfo

import msgspec

from simulator.api.errors import GraphApiError, access_denied, bad_request, no_such_user
from simulator.login.grants import Grant
from simulator.office import Person, Room
from simulator.rights import may_read, may_write
from simulator.tenant import Tenant
from simulator.zones import named

_PREFER_ZONE = re.compile(r'outlook\.timezone\s*=\s*"?([^",]+)"?', re.IGNORECASE)
_PREFER_PAGE = re.compile(r"odata\.maxpagesize\s*=\s*\"?(\d+)\"?", re.IGNORECASE)
_PREFER_ID = re.compile(r'IdType\s*=\s*"?ImmutableId"?', re.IGNORECASE)
MOST = 1000


@dataclass(slots=True)
class Call:
    """A request. `query` has lower-cased names without `$`; `params` are the variable parts of the path."""

    tenant: Tenant
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    grant: Grant
    now: datetime
    base_url: str
    raw_query: str = ""
    params: dict[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The body as an object.

        Raises:
            GraphApiError: 400, it is none.
        """
        if not self.body:
            return {}
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.DecodeError:
            raise bad_request("Unable to read JSON request payload.", "BadRequest") from None

    @property
    def mailbox(self) -> str:
        """The address of the mailbox in the path.

        Raises:
            GraphApiError: 404, there is none.
        """
        key = self.params["user"]
        address = self.tenant.directory.address(key)
        if address is None:
            raise no_such_user(key)
        return address

    def account(self, key: str) -> Person | Room:
        """A directory entry.

        Raises:
            GraphApiError: 404, there is none.
        """
        address = self.tenant.directory.address(key)
        found = self.tenant.directory.account(address) if address else None
        if found is None:
            message = (
                f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
            )
            raise GraphApiError(404, "Request_ResourceNotFound", message)
        return found

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the Prefer header.

        Raises:
            GraphApiError: 400, nobody knows it.
        """
        match = _PREFER_ZONE.search(self.headers.get("prefer", ""))
        try:
            return named(match.group(1) if match else "UTC")
        except ValueError as error:
            raise bad_request(str(error), "TimeZoneNotSupportedException") from None

    @property
    def zone_name(self) -> str:
        """The zone of the Prefer header as it was written: answers repeat it."""
        match = _PREFER_ZONE.search(self.headers.get("prefer", ""))
        return match.group(1) if match else "UTC"

    @property
    def immutable(self) -> bool:
        """Whether immutable ids are wanted."""
        return _PREFER_ID.search(self.headers.get("prefer", "")) is not None

    @property
    def select(self) -> tuple[str, ...]:
        """The lower-cased names of $select."""
        return tuple(name.strip().lower() for name in self.query.get("select", "").split(",") if name.strip())

    def number(self, name: str, default: int, most: int = MOST) -> int:
        """A whole number of the query.

        Raises:
            GraphApiError: 400, it is none.
        """
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdigit() or (name == "top" and not 1 <= int(text) <= most):
            raise bad_request(f"Invalid value '{text}' for ${name} query option found.", "ErrorInvalidUrlQuery")
        return int(text)

    def page_size(self, default: int) -> int:
        """How many values go on one page: $top, or Prefer: odata.maxpagesize."""
        match = _PREFER_PAGE.search(self.headers.get("prefer", ""))
        size = min(max(int(match.group(1)), 1), MOST) if match else default
        return self.number("top", size)

    def next_link(self, skip: int) -> str:
        """The same request from its `skip`-th value on."""
        pairs = [(name, value) for name, value in parse_qsl(self.raw_query) if name.lower() not in {"$skip", "skip"}]
        return f"{self.base_url}{quote(self.path, safe='/@$')}?{urlencode([*pairs, ('$skip', str(skip))])}"

    def require_read(self) -> str:
        """The caller's role on the mailbox, which lets it read items.

        Raises:
            GraphApiError: 403.
        """
        role = self.role()
        if not may_read(role):
            raise access_denied(self._denied_code())
        return role

    def require_write(self) -> str:
        """The caller's role on the mailbox, which lets it change items.

        Raises:
            GraphApiError: 403.
        """
        role = self.require_read()
        if not may_write(role):
            raise access_denied()
        return role

    def role(self) -> str:
        """What the caller is to the mailbox in the path; apps own what they are let into."""
        return "owner" if self.grant.app_only else self.tenant.rights.role(self.mailbox, self.grant.account)

    def _denied_code(self) -> str:
        room = self.tenant.directory.rooms.get(self.mailbox)
        return room.denied_code if room else "ErrorAccessDenied"


def read_query(raw: str) -> dict[str, str]:
    """Query options by lower-cased name, `$` or not."""
    return {name.lower().removeprefix("$"): value for name, value in parse_qsl(raw, keep_blank_values=True)}
