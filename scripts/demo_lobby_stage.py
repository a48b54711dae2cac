"""The stage of the kiosk's demo: lobby, printer and tenant, how time passes, and the pictures that are taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from common.clock import ManualClock
from drivers.emulators.emulator import Fault
from drivers.emulators.label_picture import Label, png
from drivers.emulators.printer_link import EmulatedPrinter
from drivers.readings import Reading, Scan
from kiosk.events import Tick
from kiosk.glass import Glass
from kiosk.kiosk import Kiosk
from kiosk.pages import Welcome
from kiosk.view import Action, HostsView, Verb
from scripts import contact_sheet
from scripts.demo_invitation import invitation
from simulator.server import Simulator
from ui.window import Frame

WAIT_S = 20.0


class BadgeFolder:
    """Where badges come out, as PNG."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.count = 0
        out.mkdir(parents=True, exist_ok=True)

    def save(self, label: Label) -> None:
        """One more."""
        self.count += 1
        (self.out / f"badge-{self.count:02}.png").write_bytes(png(label.picture()))


class Lobby:
    """The kiosk, the tenant, the printer, and what came out so far."""

    def __init__(
        self, kiosk: Kiosk, glass: Glass, sim: Simulator, clock: ManualClock, printer: EmulatedPrinter, account: str,
        badges: BadgeFolder,
    ) -> None:  # fmt: skip
        self.kiosk = kiosk
        self.glass = glass
        self.sim = sim
        self.clock = clock
        self.printer = printer
        self.account = account
        self.badges = badges
        self.pictures: list[Frame] = []
        self._offline = False

    # --- the tenant ---

    async def control(self, method: str, call: str, /, **body: Any) -> dict[str, Any]:
        """A control call to the simulator."""
        return await asyncio.to_thread(self.sim.control, method, f"/_sim/{call}", body or None)

    async def sign_in(self) -> None:
        """The kiosk's account signs in with a device code; then the hosts are read."""
        await asyncio.wait_for(self.glass.first_frame.wait(), WAIT_S)
        await self.control("POST", "sign-in/auto-approve", account=self.account)
        auth = self.kiosk.parts.session.auth
        await auth.begin_device_code()
        self.clock.step(6)
        await auth.poll_device_code()
        self.kiosk.reachable()
        await self.until(lambda: self.kiosk.parts.hosts.age is not None)

    async def chat(self, person: str) -> list[str]:
        """What stands in somebody's chats."""
        return [one["text"] for one in (await self.control("GET", f"people/{person}/chat"))["messages"]]

    async def network(self, *, there: bool) -> None:
        """Microsoft 365 can be reached, or a hotel's sign-in page answers in its place."""
        self._offline = not there
        if there:
            await self.control("DELETE", "faults")
        else:
            await self.control("POST", "faults", kind="html", path="/v1.0/")

    # --- the lobby ---

    def tap(self, verb: Verb, value: str = "") -> None:
        """A finger on what carries that."""
        self.kiosk.touch(Action(verb, value))

    def keys(self, text: str, field: str = "") -> None:
        """Type, into `field` where there are several."""
        if field:
            self.tap(Verb.FOCUS, field)
        for length in range(1, len(text) + 1):
            self.tap(Verb.TYPED, text[:length])

    def scan(self, text: str) -> None:
        """Hold a code before the scanner."""
        self.kiosk.sensed(Reading("scanner", self.clock.monotonic_s(), Scan(text)))

    async def invite(self, name: str) -> str:
        """Louise Holm invites somebody for in a quarter of an hour; returns what the QR code says."""
        records = self.kiosk.parts.records
        start = self.clock.now() + timedelta(minutes=15)
        host = self.kiosk.parts.hosts.hosts.by_address(f"louise.holm@{self.sim.tenant.office.domain}")
        assert host
        text, sealed = invitation(name, host.name, host.address, start, records.address)
        await records.take(sealed)
        return text

    @property
    def printing(self) -> bool:
        """A badge is under way."""
        return any(not entry.ended for entry in self.kiosk.parts.printing.entries)

    @property
    def last_code(self) -> str:
        """The code on the badge that was printed last; "" before the first."""
        entries, keys = self.kiosk.parts.printing.entries, self.kiosk.parts.badge_keys
        visit_id = next((entry.visit_id for entry in entries if entry.visit_id and entry.ended), "")
        return keys.token(visit_id, self.clock.now(), clock_sure=True) if visit_id else ""

    async def find_host(self, text: str) -> None:
        """Type a name and wait for who is found."""
        self.keys(text)
        await self.until(lambda: isinstance(page := self.kiosk.view.page, HostsView) and page.rows)

    async def obey(self, word: str) -> None:
        """What somebody typed into the terminal."""
        faults = self.printer.emulator.faults
        match word:
            case "invite":
                self.scan(await self.invite("Søren Kierkegaard"))
            case "badge" if self.last_code:
                self.scan(self.last_code)
            case "paper":
                faults.symmetric_difference_update({Fault.PAPER_OUT})
                print("The printer has no paper." if faults else "The printer has paper.", flush=True)
            case "network":
                await self.network(there=self._offline)
                print("The network is lost." if self._offline else "The network is back.", flush=True)
            case _:
                self.scan(word)

    # --- time ---

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to come true at the kiosk."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not condition():  # noqa: ASYNC110 - what is waited for is many things
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise RuntimeError(f"the story does not go on: the kiosk shows {self.kiosk.state.page}") from None

    async def home(self) -> None:
        """The guest goes; the kiosk is at rest again."""
        self.tap(Verb.HOME)
        await self.until(lambda: isinstance(self.kiosk.state.page, Welcome))

    async def live(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.step(seconds)
        self.kiosk.feed(Tick())
        self.kiosk.parts.messenger.wake()
        await asyncio.sleep(0)

    # --- what is seen ---

    def say(self, text: str) -> None:
        """Tell what happens, with the time in the lobby."""
        print(f"{self.clock.now().astimezone(self.kiosk.parts.setup.zone):%H:%M}  {text}", flush=True)

    async def picture(self) -> None:
        """Take one of what the kiosk shows."""
        from kiosk.screens.capture import picture

        frame = picture(self.kiosk.view, self.glass.panel, self.glass.accent)
        self.pictures.append(frame)
        name = f"kiosk-{len(self.pictures):02}-{type(self.kiosk.state.page).__name__.lower()}.png"
        await asyncio.to_thread((self.badges.out / name).write_bytes, frame.png())

    def contact_sheet(self) -> None:
        """All pictures on one."""
        contact_sheet.write(self.pictures, self.badges.out / "kiosk-contact-sheet.png")
