"""A lobby whose hosts live in a simulated tenant over TLS: a real register, a real session, real chats and mail.

The office, the register and the messenger share one clock that moves only when `live` moves it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from common.clock import ManualClock
from graph.roles import ROLE_FEATURES, Role
from graph.session import Session
from kiosk import ladder
from kiosk.host_index import HostIndex
from kiosk.message_texts import MessageTexts
from kiosk.messenger import Messenger
from kiosk.messenger_parts import Outbox, Policy
from kiosk.model import Guest, Host, Told, Visit, VisitState
from kiosk.register import Register
from kiosk.settings import HostsSection, NotifySection, OtherHost, ReceptionSection, RegisterSection
from simulator.office_file import sample
from simulator.server import Simulator
from tests.graph.tenant import DEVICE, Tenant

KIOSK_APP = "11111111-aaaa-4bbb-8ccc-000000000002"
KIOSK = ROLE_FEATURES[Role.KIOSK]
ZONE = ZoneInfo("Europe/Copenhagen")
LOUISE = "louise.holm@nordhavn.example"
BENTE = "bente.jensen@nordhavn.example"
DESK = "reception@nordhavn.example"
IDA = OtherHost(name="Ida Berg", address="ida@lejer.example", language="es")
RULES = NotifySection(first="chat", delegates={LOUISE: BENTE})


@dataclass
class Building:
    """The office, and the token files of a kiosk that is signed in to it."""

    tenant: Tenant
    clock: ManualClock

    def control(self, verb: str, call: str, /, **body: Any) -> dict[str, Any]:
        return self.tenant.control(verb, call, **body)

    def chat(self, person: str) -> list[str]:
        """What stands in somebody's chats, each as "kiosk: text" or "host: text"."""
        found = self.control("GET", f"people/{person}/chat")["messages"]
        return [f"{'kiosk' if one['from'] == DEVICE else 'host'}: {one['text']}" for one in found]

    def mail(self) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = self.control("GET", "mail")["sent"]
        return sent


@contextmanager
def building(folder: Path) -> Iterator[Building]:
    clock = ManualClock(datetime.now(UTC))
    with Simulator.start(sample(), clock=clock) as simulator:
        tenant = Tenant(simulator, folder)
        tenant.control("POST", "limits", device_code_interval_s=0)
        assert tenant.sign_in(client_id=KIOSK_APP, features=KIOSK).key == "signed-in"
        yield Building(tenant, clock)


@dataclass
class Lobby:
    """One kiosk while it runs. `told` is what guests read, the newest last."""

    building: Building
    register: Register
    session: Session
    index: HostIndex
    rules: NotifySection
    told: dict[str, list[tuple[Told, ...]]] = field(default_factory=dict)
    messenger: Messenger = field(init=False)

    def __post_init__(self) -> None:
        self.messenger = self.messenger_of(self.register)

    def messenger_of(self, outbox: Outbox) -> Messenger:
        desk = ReceptionSection(name="Receptionen", address=DESK)
        policy = Policy(self.rules, desk, "da", lambda: self.index.hosts)
        texts = MessageTexts("Nordhavn", ZONE)
        return Messenger(
            outbox, self.session.chats, self.session.mail, policy, texts, self.building.clock, self._on_told
        )

    def _on_told(self, visit_id: str, told: tuple[Told, ...]) -> None:
        self.told.setdefault(visit_id, []).append(told)

    def host(self, address: str) -> Host:
        found = self.index.hosts.by_address(address)
        assert found is not None
        return found

    async def arrive(self, host: str = LOUISE, guests: Sequence[str] = ("Karl Guest",), number: int = 1) -> str:
        """Guests sign in for a host; returns the id of the first visit."""
        who = self.host(host)
        visits = [
            Visit(
                f"{number * 100 + place:032x}",
                "guest",
                VisitState.ON_SITE,
                Guest(name),
                who,
                "da",
                "1",
                group=f"g{number}",
            )
            for place, name in enumerate(guests)
        ]
        await self.register.sign_in(visits, tell=ladder.first_channel(who, self.rules))
        return visits[0].id

    async def live(self, seconds: int, *, step_s: int = 1) -> None:
        """Let time pass, one turn of the messenger in every step."""
        for _ in range(0, seconds, step_s):
            await self.messenger.turn()
            self.building.clock.step(step_s)
        await self.messenger.turn()

    async def states(self, visit_id: str) -> list[str]:
        return [f"{one.rung} {one.channel} {one.state}" for one in await self.register.messages_of(visit_id)]


def run(place: Building, folder: Path, story: Callable[[Lobby], Awaitable[None]], rules: NotifySection = RULES) -> None:
    """Live a story in a lobby that begins empty; the register of `folder` stays for the next."""

    async def main() -> None:
        hosts = HostsSection(host_group=_hosts_group(place), index_file=str(folder / "hosts.index"))
        register = Register(folder / "register", RegisterSection(), ZONE, place.clock)
        session = Session.open(
            place.tenant.config(client_id=KIOSK_APP),
            place.tenant.network(read_timeout_s=2.0, total_timeout_s=4),
            place.clock,
            features=KIOSK,
        )
        index = HostIndex(hosts, (IDA,), session.people, place.clock, language="da", presence=session.presence)
        try:
            await register.open()
            await index.open()
            if index.age is None:
                await index.renew()
            await story(Lobby(place, register, session, index, rules))
        finally:
            await register.close()
            await session.close()

    asyncio.run(main())


def _hosts_group(place: Building) -> str:
    office = place.tenant.simulator.tenant.office
    return next(group.id for group in office.groups if group.name == "Hosts")
