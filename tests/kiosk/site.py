"""One lobby kiosk in front of the simulated tenant: real msal and httpx over TLS, a real register, an emulated printer.

Kiosk and tenant stand on one clock that moves only when a story moves it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from common.clock import ManualClock
from common.visiting.sealed_record import InvitationRecord, kiosk_key, seal_record
from drivers.emulators.label_picture import Label
from drivers.emulators.printer_link import EmulatedPrinter
from drivers.readings import Reading, Scan
from kiosk.assembly import assembled
from kiosk.config import KioskConfig
from kiosk.events import Tick
from kiosk.kiosk import Kiosk
from kiosk.model import Visit
from kiosk.pages import Welcome
from kiosk.view import Action, AsleepView, DoneView, HostsView, Page, StillThereView, Verb
from simulator.server import Simulator
from tests.common.visiting.token_kit import KEY, public_text

PageT = TypeVar("PageT")

OFFICE = Path(__file__).parents[2] / "simulator" / "offices" / "nordhavn.toml"
ACCOUNT = "mydesk@nordhavn.example"
CLIENT = "11111111-aaaa-4bbb-8ccc-000000000002"
LOUISE = "louise.holm@nordhavn.example"
BENTE = "bente.jensen@nordhavn.example"
DESK = "reception@nordhavn.example"
PIN = "271828"
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def settings(sim: Simulator, folder: Path, **sections: Any) -> KioskConfig:
    """The configuration of a kiosk in that tenant; `sections` are merged over it."""
    values: dict[str, Any] = {
        "unit": {"id": "test-lobby", "control_socket": ""},
        "site": {"name": "Nordhavn Kontorhus", "controller": "Nordhavn Kontorhus A/S"},
        "graph": {
            "tenant_id": "nordhavn.example",
            "client_id": CLIENT,
            "account": ACCOUNT,
            "sign_in": "device-code",
            "authority_url": sim.url,
            "graph_url": f"{sim.url}/v1.0",
            "token_cache_file": str(folder / "tokens"),
            "token_key_file": str(folder / "tokens.key"),
        },
        "network": {"ca_file": str(sim.ca_file), "read_timeout_s": 1.0, "total_timeout_s": 2.0},
        "reception": {"name": "Receptionen", "address": DESK, "phone": "+45 12 34 56 78", "fallback_host": BENTE},
        "hosts": {"host_group": hosts_group(sim), "index_file": str(folder / "hosts.index")},
        "notify": {"first": "chat", "delegates": {LOUISE: BENTE}},
        "register": {"folder": str(folder / "register")},
        "invitations": {"public_keys": {"1": public_text(KEY)}, "records_folder": str(folder / "invitations")},
        "printer": {"driver": "emulated", "language": "zpl"},
        "backlight": {"driver": "none"},
    }
    for name, section in sections.items():
        values[name] = section if isinstance(section, list) else values.get(name, {}) | section
    return msgspec.convert(values, KioskConfig)


def hosts_group(sim: Simulator) -> str:
    """The id of the group of hosts."""
    return next(group.id for group in sim.tenant.office.groups if group.name == "Hosts")


class Site:
    """A running kiosk, its tenant, its printer, and their clock."""

    def __init__(self, sim: Simulator, clock: ManualClock, kiosk: Kiosk, printer: EmulatedPrinter) -> None:
        self.sim = sim
        self.clock = clock
        self.kiosk = kiosk
        self.printer = printer

    # --- the tenant ---

    async def control(self, method: str, call: str, /, **body: Any) -> dict[str, Any]:
        """A control call to the simulator, off the loop."""
        return await asyncio.to_thread(self.sim.control, method, f"/_sim/{call}", body or None)

    async def mails(self) -> list[dict[str, Any]]:
        """What was sent, the newest last."""
        sent: list[dict[str, Any]] = (await self.control("GET", "mail"))["sent"]
        return sent

    async def chat(self, person: str = LOUISE) -> list[str]:
        """What stands in somebody's chats, each as "kiosk: text" or "host: text"."""
        found = (await self.control("GET", f"people/{person}/chat"))["messages"]
        return [f"{'kiosk' if one['from'] == ACCOUNT else 'host'}: {one['text']}" for one in found]

    async def answers(self, text: str, person: str = LOUISE) -> None:
        """A host answers in Teams."""
        await self.control("POST", f"people/{person}/chat", text=text)

    # --- the lobby ---

    @property
    def page(self) -> Page:
        return self.kiosk.view.page

    def asleep(self) -> AsleepView | None:
        """What stands on the dark screen, now: a call, for it changes between two assertions."""
        return self.kiosk.view.asleep

    def still_there(self) -> StillThereView | None:
        """The question that is asked now."""
        return self.kiosk.view.still_there

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands on the last page; empty on any other."""
        return self.page.lines if isinstance(self.page, DoneView) else ()

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(self.printer.emulator.labels)

    @property
    def inside(self) -> tuple[Visit, ...]:
        """Who is in the building."""
        return self.kiosk.parts.register.open_visits()

    def tap(self, verb: Verb, value: str = "") -> None:
        self.kiosk.touch(Action(verb, value))

    def keys(self, text: str, field: str = "") -> None:
        """Key by key, into the field that has the focus, or into `field`."""
        if field:
            self.tap(Verb.FOCUS, field)
        for length in range(1, len(text) + 1):
            self.tap(Verb.TYPED, text[:length])

    def scan(self, text: str) -> None:
        """A code before the reader."""
        self.kiosk.sensed(Reading("scanner", self.clock.monotonic_s(), Scan(text)))

    async def until(self, condition: Callable[[], object], timeout_s: float = 8.0) -> None:
        """Wait until `condition()` holds; AssertionError with what the kiosk shows when it does not."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"waited in vain; the kiosk shows {self.page}") from None

    async def page_of(self, kind: type[PageT]) -> PageT:
        """Wait for a page of that view."""
        await self.until(lambda: isinstance(self.page, kind))
        assert isinstance(self.page, kind)
        return self.page

    async def flow_page(self, kind: type[PageT]) -> PageT:
        """Wait for a page of the flow."""
        await self.until(lambda: isinstance(self.kiosk.state.page, kind))
        page: object = self.kiosk.state.page
        assert isinstance(page, kind)
        return page

    async def says(self, text: str) -> None:
        """Wait until a line of the last page has that text."""
        await self.until(lambda: any(text in line for line in self.lines))

    async def home(self) -> None:
        """Wait until the kiosk is at rest."""
        await self.until(lambda: isinstance(self.kiosk.state.page, Welcome))

    async def step(self, seconds: float) -> None:
        """Let time pass for both; the kiosk ticks, and the messenger looks up."""
        self.clock.step(seconds)
        self.kiosk.feed(Tick())
        self.kiosk.parts.messenger.wake()
        await asyncio.sleep(0)

    async def pass_until(self, condition: Callable[[], object], most_s: int = 60) -> None:
        """Let time pass, a second in a hundredth of one, until `condition()` holds."""
        for _ in range(most_s):
            if condition():
                return
            await self.step(1)
            await asyncio.sleep(0.01)
        raise AssertionError(f"waited in vain for {most_s} s; the kiosk shows {self.page}")

    # --- short ways ---

    async def find_host(self, text: str = "louise") -> HostsView:
        """Type a name, and wait for what is found."""
        self.keys(text)
        await self.until(lambda: isinstance(self.page, HostsView) and (self.page.rows or self.page.message))
        assert isinstance(self.page, HostsView)
        return self.page

    async def to_details(self, host: str = "louise") -> None:
        """From rest to the form."""
        self.tap(Verb.VISIT)
        await self.find_host(host)
        self.tap(Verb.PICK_HOST, "0")

    async def walk_in(self, name: str, phone: str = "", host: str = "louise") -> None:
        """From rest to the last page."""
        await self.to_details(host)
        self.keys(name, "name")
        if phone:
            self.keys(phone, "phone")
        self.tap(Verb.NEXT)
        await self.page_of(DoneView)

    async def take(self, sealed: bytes) -> None:
        """Give the kiosk a record of an invitation."""
        await self.kiosk.parts.records.take(sealed)


@asynccontextmanager
async def site(folder: Path, *, signed_in: bool = True, **sections: Any) -> AsyncIterator[Site]:
    """A kiosk that has signed in and read its hosts."""
    clock = ManualClock(MORNING)
    with Simulator.start(OFFICE, clock=clock) as sim:
        async with running(sim, clock, settings(sim, folder, **sections)) as here:
            if signed_in:
                await sign_in(here)
            yield here


@asynccontextmanager
async def running(sim: Simulator, clock: ManualClock, config: KioskConfig) -> AsyncIterator[Site]:
    """One life of a kiosk with those files; a story may start it again."""
    printer = EmulatedPrinter(config.printer.language, monotonic_s=clock.monotonic_s)
    async with assembled(config, clock, printer_link=printer.open) as kiosk:
        task = asyncio.create_task(kiosk.run())
        here = Site(sim, clock, kiosk, printer)
        try:
            yield here
        finally:
            await quiet(here)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def quiet(here: Site) -> None:
    """Let what is on the wire end: a TLS handshake that is cancelled leaves its socket to the garbage collector."""
    await here.control("DELETE", "faults")
    await here.until(lambda: not here.kiosk.busy)


async def sign_in(here: Site) -> None:
    """Sign the device account in with a device code that the simulator approves; then the hosts are read."""
    await here.control("POST", "sign-in/auto-approve", account=ACCOUNT)
    auth = here.kiosk.parts.session.auth
    await auth.begin_device_code()
    here.clock.step(6)
    await auth.poll_device_code()
    await here.until(lambda: auth.state.signed_in)
    here.kiosk.parts.hosts.wake()
    await here.until(lambda: here.kiosk.parts.hosts.age is not None)


def sealed_to(here: Site, record: InvitationRecord) -> bytes:
    """An invitation's record, sealed to this kiosk by the admin's key."""
    return seal_record(record, key_id=1, key=KEY, kiosk=kiosk_key(here.kiosk.parts.records.address))
