"""One served office for each module, begun again before each test; its clock stands at 11:42."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from simulator.clock import SimulatedClock
from simulator.login.grants import Grant
from simulator.office_file import sample
from simulator.server import Simulator

ROOM_APP = "11111111-aaaa-4bbb-8ccc-000000000001"
KIOSK_APP = "11111111-aaaa-4bbb-8ccc-000000000002"
HUB_APP = "11111111-aaaa-4bbb-8ccc-000000000003"
ROOM = "storebaelt@nordhavn.example"
NOON = datetime(2026, 11, 23, 10, 42, tzinfo=UTC)
"""A Monday, 11:42 in Copenhagen, as on the mock-ups."""


class Lab:
    """A simulator, an HTTP client for it, and tokens without the ceremony of signing in."""

    def __init__(self, sim: Simulator, http: httpx.Client, context: ssl.SSLContext) -> None:
        self.sim = sim
        self.context = context
        self.http = http
        self.authority = f"{sim.url}/{sim.tenant.office.tenant_id}"

    def token(self, account: str = "mydesk@nordhavn.example", app: str = ROOM_APP) -> str:
        """An access token of that account (empty: of the app itself) with all that is consented, for a year."""
        accounts = self.sim.tenant.sign_in.accounts
        now = self.sim.tenant.clock.now()
        registered = accounts.app(app)
        scopes = frozenset(accounts.consented[app]) if account else frozenset()
        roles = frozenset() if account else frozenset(registered.application)
        grant = Grant(app, account, scopes, roles, now, now.replace(year=now.year + 1))
        return self.sim.tenant.sign_in.endpoint.grants.give_access(grant, {})

    def graph(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One Graph request as the device account, or with `token`."""
        headers = {"Authorization": f"Bearer {options.pop('token', None) or self.token()}"}
        headers |= options.pop("headers", {})
        return self.http.request(method, f"/v1.0{path}", headers=headers, **options)

    def view(self, room: str = ROOM, **options: Any) -> httpx.Response:
        """calendarView of the whole local day."""
        params = {"startDateTime": "2026-11-22T23:00:00Z", "endDateTime": "2026-11-23T23:00:00Z"}
        params |= options.pop("params", {})
        return self.graph("GET", f"/users/{room}/calendarView", params=params, **options)

    def subjects(self, room: str = ROOM, **options: Any) -> list[str]:
        """The subjects of that view."""
        return [event["subject"] for event in self.view(room, params={"$top": "100"}, **options).json()["value"]]


def body(start: str, end: str, subject: str = "Reserved", **more: Any) -> dict[str, Any]:
    """An event to POST; times of the Monday, UTC."""
    times = {"start": start, "end": end}
    stamps = {name: {"dateTime": f"2026-11-23T{at}:00", "timeZone": "UTC"} for name, at in times.items()}
    return {"subject": subject, **stamps, **more}


@pytest.fixture(scope="module")
def served() -> Iterator[Lab]:
    clock = SimulatedClock(NOON, rate=0)
    with Simulator.start(sample(), clock=clock) as sim:
        context = ssl.create_default_context(cafile=str(sim.ca_file))
        with httpx.Client(base_url=sim.url, verify=context, trust_env=False, timeout=10) as http:
            yield Lab(sim, http, context)


@pytest.fixture
def lab(served: Lab) -> Lab:
    served.sim.control("POST", "/_sim/reset", {"now": NOON.isoformat()})
    return served
