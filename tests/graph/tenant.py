"""A simulated tenant over real TLS, and a session of ours in it: nothing in between is doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from common.clock import SystemClock
from graph.auth import SignInProgress
from graph.config import GraphConfig, NetworkConfig
from graph.features import Feature
from graph.model import NewBooking
from graph.outcomes import Outcome
from graph.session import Session
from simulator.server import Simulator

T = TypeVar("T")
OFFICE = Path(__file__).parents[2] / "simulator" / "offices" / "nordhavn.toml"
PANEL_APP = "11111111-aaaa-4bbb-8ccc-000000000001"
HUB_APP = "11111111-aaaa-4bbb-8ccc-000000000003"
DEVICE = "mydesk@nordhavn.example"
ROOM = "storebaelt@nordhavn.example"
ZONE = ZoneInfo("Europe/Copenhagen")
DOOR_PANEL = frozenset({Feature.AGENDA, Feature.BOOKING, Feature.PLACES, Feature.PEOPLE})


@dataclass(frozen=True)
class Tenant:
    """The simulator, and how to reach it; `folder` holds the token files of this test."""

    simulator: Simulator
    folder: Path

    def config(self, **changes: Any) -> GraphConfig:
        settings: dict[str, Any] = {
            "tenant_id": self.simulator.tenant.office.tenant_id,
            "client_id": PANEL_APP,
            "account": DEVICE,
            "sign_in": "device-code",
            "authority_url": self.simulator.url,
            "graph_url": f"{self.simulator.url}/v1.0",
            "token_cache_file": str(self.folder / "tokens"),
            "token_key_file": str(self.folder / "tokens.key"),
        }
        return GraphConfig(**{**settings, **changes})

    def network(self, **changes: Any) -> NetworkConfig:
        return NetworkConfig(ca_file=str(self.simulator.ca_file), **changes)

    def control(self, verb: str, call: str, /, **body: Any) -> dict[str, Any]:
        return self.simulator.control(verb, f"/_sim/{call}", body or None)

    def fault(self, kind: str, path: str = "calendarView", **more: Any) -> None:
        self.control("POST", "faults", kind=kind, path=path, **more)

    def reopen(self) -> None:
        """Begin the opening day again: nobody signed in, nothing wrong."""
        self.control("POST", "reset")
        self.control("DELETE", "faults")
        self.control("DELETE", "sign-in/faults")
        self.control("POST", "sign-in/auto-approve", account="")
        self.control("POST", "limits", duplicate_status=400, concurrency_limit=4, device_code_interval_s=0)

    def truth(self, room: str = ROOM) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.control("GET", f"rooms/{quote(room)}/truth")["events"]
        return events

    def requests(self, part: str = "/v1.0/") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", f"requests?limit=10000&path={quote(part)}")["requests"]
        return found

    def run(
        self,
        work: Callable[[Session], Awaitable[T]],
        *,
        features: frozenset[Feature] = DOOR_PANEL,
        network: NetworkConfig | None = None,
        **changes: Any,
    ) -> T:
        """Run `work` with a session of its own, and close it."""

        async def main() -> T:
            session = Session.open(
                self.config(**changes), network or self.network(), SystemClock(Path("/nowhere")), features=features
            )
            try:
                return await work(session)
            finally:
                await session.close()

        return asyncio.run(main())

    def sign_in(self, who: str = DEVICE, **changes: Any) -> Outcome:
        """Sign in with a device code, approved by `who`; the token file keeps it."""

        async def work(session: Session) -> Outcome:
            code = await session.auth.begin_device_code()
            self.control("POST", "sign-in/approve", account=who, user_code=code.user_code)
            ended = await session.auth.poll_device_code()
            assert not isinstance(ended, SignInProgress)
            return ended

        return self.run(work, **changes)


@contextmanager
def served(folder: Path) -> Iterator[Tenant]:
    with Simulator.start(OFFICE) as simulator:
        yield Tenant(simulator, folder)


def today() -> tuple[datetime, datetime]:
    """The day of the panel: from local midnight to local midnight."""
    midnight = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(UTC), (midnight + timedelta(days=1)).astimezone(UTC)


def booking(minutes_from_now: float, minutes: float, transaction_id: str = "t-1") -> NewBooking:
    """A booking two days from now, where the office has nothing."""
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2, minutes=minutes_from_now)
    return NewBooking(start, start + timedelta(minutes=minutes), "Reserved", transaction_id)
