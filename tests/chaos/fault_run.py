"""Simulated office life with faults of every kind, and the panel compared with the tenant's truth at every tick.

`run` plays it: one tenant, one panel, two clocks; what must hold is in `_check`. Nothing is restarted.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from common.clock import ManualClock
from common.tasks import TaskEvent
from drivers.emulators.lamp import EmulatedLamp
from drivers.lamp import LampColour
from graph.client import Request
from roomdisplay.assembly import assembled
from roomdisplay.opening_hours import open_span
from roomdisplay.pages import Working
from roomdisplay.panel import Panel
from roomdisplay.state import Kind
from roomdisplay.view import AsleepView, Tone
from simulator.server import ControlRefused, Simulator
from tests.chaos.clocks import PanelClock, stepped_time
from tests.chaos.fault_kinds import FAULTS, FaultKind
from tests.chaos.ledger import Ledger
from tests.chaos.office_life import Door, Outlook
from tests.chaos.truth import Doubles, TruthLog, booked_of
from tests.chaos.wire_cut import Wire, cuttable
from tests.roomdisplay.site import ACCOUNT, MORNING, OFFICE, ROOM, settings

NETWORK = {"connect_timeout_s": 0.15, "read_timeout_s": 0.15, "total_timeout_s": 0.3}
"""Real seconds: what hangs costs little."""

SLICE_S = 0.012
"""Real seconds for each simulated one while a request is under way."""

WRITES = ("create event", "set end of event")
RUSHED = 0.12
"""How often a write of the panel is raced, on each side."""

STEP_S = 5.0
ASLEEP_STEP_S = 15.0
CLOCK_AGREES_S = 5.0
DOUBLE_STANDS = timedelta(minutes=15)
CALM = timedelta(minutes=15)
OURS = ("common.", "drivers.", "graph.", "roomdisplay.", "telemetry.", "msal.", "httpx.", "httpcore.")

SHOWN = {
    Kind.FREE: (Tone.FREE, LampColour.FREE),
    Kind.RELEASED: (Tone.FREE, LampColour.FREE),
    Kind.FREE_SOON: (Tone.ATTENTION, LampColour.ATTENTION),
    Kind.CHECK_IN: (Tone.ATTENTION, LampColour.ATTENTION),
    Kind.BUSY: (Tone.BUSY, LampColour.BUSY),
    Kind.ENDING_SOON: (Tone.BUSY, LampColour.BUSY),
    Kind.OVERLAP: (Tone.BUSY, LampColour.BUSY),
    Kind.ASLEEP: (None, LampColour.OFF),
}
NEUTRAL = (Tone.NEUTRAL, LampColour.NEUTRAL)
FREE_KINDS = (Kind.FREE, Kind.FREE_SOON, Kind.RELEASED)
BUSY_KINDS = (Kind.BUSY, Kind.ENDING_SOON, Kind.OVERLAP)


@dataclass(slots=True)
class Report:
    """What a run found. Times are simulated seconds unless they say otherwise."""

    seed: int
    hours: float
    only: tuple[str, ...] = ()
    """Names of fault kinds; none means all."""
    ticks: int = 0
    reads: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    excused_green_s: float = 0.0
    longest_excused_s: float = 0.0
    excused_clock_s: float = 0.0
    false_busy_s: float = 0.0
    shown_s: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, int] = field(default_factory=dict)
    touches: dict[str, int] = field(default_factory=dict)
    outlook: dict[str, int] = field(default_factory=dict)
    doubles_made: int = 0
    rushed: int = 0
    """Writes of the panel that somebody in Outlook raced."""
    objects: dict[str, int] = field(default_factory=dict)
    growth: dict[str, int] = field(default_factory=dict)
    rss_mb: dict[str, float] = field(default_factory=dict)
    real_s: float = 0.0

    @property
    def speed(self) -> float:
        """Simulated seconds for each real one."""
        return self.hours * 3600 / self.real_s if self.real_s else 0.0


@dataclass(slots=True)
class Fault:
    """The fault of the moment: `ends` by the true clock; `mended` once it has ended; then the panel recovers."""

    kind: FaultKind
    began: datetime
    ends: datetime
    person_at: datetime | None = None
    mended: datetime | None = None


class FaultRun:
    """One run. Use `run`."""

    def __init__(self, sim: Simulator, panel: Panel, true: ManualClock, clock: PanelClock, wire: Wire, report: Report):
        self.sim, self.panel, self.true, self.clock, self.wire, self.report = sim, panel, true, clock, wire, report
        self._fault_dice, self._door_dice = Random(f"faults {report.seed}"), Random(f"door {report.seed}")
        self._rush_dice = Random(f"rush {report.seed}")
        self.outlook = Outlook(self.control, ROOM, Random(f"outlook {report.seed}"))
        self.door = Door(panel, self._door_dice)
        self.ledger = Ledger(panel)
        self.log, self.doubles = TruthLog(), Doubles()
        self._began = true.now()
        self._ends = self._began + timedelta(hours=report.hours)
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._admin: asyncio.Future[Any] | None = None
        self._fault: Fault | None = None
        self._next_fault = self._began + timedelta(minutes=5)
        self._next_outlook = self._next_visit = self._next_touch = self._began
        self._calm_since = self._began
        self._days = 0
        self._wrong: set[str] = set()
        self._excused_since: datetime | None = None
        self._truth_version = -1
        self._booked_from = self._began
        self._order: list[FaultKind] = []
        self._watch_panel()

    def control(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, may_fail: bool = False
    ) -> dict[str, Any]:
        """A control call to the simulator."""
        try:
            return self.sim.control(method, f"/_sim/{path}", body)
        except ControlRefused:
            if may_fail:
                return {}
            raise

    def _watch_panel(self) -> None:
        client = self.panel.parts.session._client
        real_send = client.send

        async def send(request: Request, **options: Any) -> Any:
            self._in_flight += 1
            self._idle.clear()
            try:
                self._rush(request, before=True)
                reply = await real_send(request, **options)
                self._rush(request, before=False)
                return reply
            finally:
                self._in_flight -= 1
                if not self._in_flight:
                    self._idle.set()

        client.send = send  # type: ignore[method-assign]
        self.panel.reporter.task_died = self._task_died  # type: ignore[method-assign]
        asyncio.get_running_loop().set_exception_handler(self._loop_failed)

    def _rush(self, request: Request, *, before: bool) -> None:
        """Sometimes somebody in Outlook takes the same time in the second before or after the panel writes."""
        if request.what not in WRITES or self._rush_dice.random() > RUSHED:
            return
        self._record()
        start = self.panel.state.free_from if request.method == "PATCH" else self.ledger.newest_start()
        if start is None:
            return
        self.true.step(1)
        self.outlook.rush(start, invite=self._rush_dice.random() < 0.5)
        self._record()
        self.true.step(1)  # who came first is told by whole seconds
        self.report.rushed += 1

    def _task_died(self, event: TaskEvent) -> None:
        self._violate(f"task {event.name} died of {event.exception_type}")

    def _loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._violate(f"unhandled in the loop: {context.get('message')} {context.get('exception')!r}")

    # --- the loop ---

    async def play(self) -> None:
        """Until the hours are over."""
        began_s = time.monotonic()
        await self._sign_in()
        quarter = self._began + (self._ends - self._began) / 4
        census: Counter[str] | None = None
        while self.true.now() < self._ends:
            step_s = self._step_s()
            self.true.step(step_s)
            self._live()
            self._record()
            self.panel.tick()
            await self._settle()
            self._record()
            self._check(step_s)
            self.report.ticks += 1
            if census is None and self.true.now() >= quarter:
                census = self._census("quarter")
        self._end(census or Counter(), time.monotonic() - began_s)

    def _step_s(self) -> float:
        """One second while something is going on, else to the next moment at which something happens."""
        now = self.true.now()
        if self._working() or self.door.busy or self.panel.page is not None:
            return 1.0
        most_s = ASLEEP_STEP_S if self.panel.state.kind is Kind.ASLEEP else STEP_S
        moments = [self._next_fault, self._next_outlook, self._next_visit, self.log.next_edge(now)]
        if self._fault:
            moments += [self._fault.ends, self._fault.person_at]
        ahead_s = [(moment - now).total_seconds() for moment in moments if moment and moment > now]
        return max(min([most_s, *ahead_s]), 0.25)

    def _working(self) -> bool:
        """Something is under way that takes real time: a request, a write with its pauses, a sign-in."""
        signing_in = self.panel.sign_in.status.state == "waiting" or not (self._admin is None or self._admin.done())
        return self._in_flight > 0 or self.panel.reader._reading or signing_in or isinstance(self.panel.page, Working)

    async def _settle(self) -> None:
        """Let the panel work: until nothing is under way, or for a slice of real time."""
        deadline_s = time.monotonic() + SLICE_S
        for _ in range(4):
            await asyncio.sleep(0)
        while self._working():
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return
            if self._idle.is_set():
                await asyncio.sleep(0.001)
                continue
            try:
                await asyncio.wait_for(self._idle.wait(), left_s)
            except TimeoutError:
                return
            for _ in range(4):
                await asyncio.sleep(0)

    async def _sign_in(self) -> None:
        self.control("POST", "sign-in/auto-approve", {"account": ACCOUNT})
        await self.panel.sign_in.begin()
        for _ in range(400):
            if self.panel.parts.session.auth.state.signed_in:
                return
            self.true.step(1)
            await asyncio.sleep(0.01)
        self._violate("a sign-in that everybody agreed to did not come through")

    # --- what happens ---

    def _live(self) -> None:
        now = self.true.now()
        office_hours = open_span(now, self.panel.config.hours, self.panel.config.room.zone) is not None
        if now >= self._next_outlook:
            self.outlook.act(now, self.log.newest.booked if self._truth_version >= 0 else ())
            self._next_outlook = now + timedelta(seconds=self.outlook.wait_s(office_hours))
        if now >= self._next_visit and not self.door.busy:
            self.door.come()
            wait_s = self._door_dice.expovariate(1 / (1500 if office_hours else 20_000))
            self._next_visit = now + timedelta(seconds=wait_s)
        if self.door.busy and now >= self._next_touch:
            self.door.act()
            self._next_touch = now + timedelta(seconds=self._door_dice.choice((0.5, 1, 2, 5)))
        self._live_with_faults(now)
        if (now - self._began).days > self._days:
            self._days += 1
            self.control("POST", "prune?before=now-48h")

    def _live_with_faults(self, now: datetime) -> None:
        fault = self._fault
        if fault is None:
            if now >= self._next_fault:
                self._begin_fault(now)
        elif fault.mended is None:
            if now >= fault.ends:
                self._end_fault(fault, now)
        elif fault.person_at and now >= fault.person_at:
            fault.person_at, fault.mended = None, now
            self._admin = asyncio.ensure_future(self.panel.sign_in.begin())
        elif fault.person_at is None:
            self._watch_recovery(fault, now)

    def _begin_fault(self, now: datetime) -> None:
        if not self._order:
            self._order = [kind for kind in FAULTS if kind.name in self.report.only or not self.report.only]
        kind = self._order.pop(self._fault_dice.randrange(len(self._order)))
        lasts_s = 330 if kind.once else self._fault_dice.uniform(kind.longest_s / 10, kind.longest_s)
        self._fault = Fault(kind, now, now + timedelta(seconds=lasts_s))
        self.report.faults[kind.name] += 1
        if kind.spec:
            self.control("POST", "faults", dict(kind.spec))
        if kind.sign_in:
            self.control("POST", "sign-in/faults", dict(kind.sign_in))
        if kind.account:
            self.control("POST", f"accounts/{ACCOUNT}", dict(kind.account))
        if kind.limits:
            self.control("POST", "limits", dict(kind.limits))
        if kind.offset_s:
            self.clock.set_wrong(kind.offset_s)
        self.wire.down = kind.network
        if self._fault_dice.random() < 0.3:
            self._next_visit = min(self._next_visit, now + timedelta(seconds=self._fault_dice.uniform(0, lasts_s)))

    def _end_fault(self, fault: Fault, now: datetime) -> None:
        self.control("DELETE", "faults")
        self.control("DELETE", "sign-in/faults")
        self.control("POST", f"accounts/{ACCOUNT}", {"enabled": True})
        self.control("POST", "limits", {"window_limit": 10_000, "attendant_paused": False})
        if fault.kind.offset_s:
            self.clock.set_wrong(0.0)
        self.wire.down = False
        fault.mended = now
        if fault.kind.person:
            fault.person_at = now + timedelta(seconds=self._fault_dice.uniform(30, 600))

    def _watch_recovery(self, fault: Fault, now: datetime) -> None:
        assert fault.mended is not None
        took_s = (now - fault.mended).total_seconds()
        age_s = self.panel.reader.age_s()
        well = not self.panel.state.doubtful and age_s is not None and age_s <= took_s
        if not well and took_s <= fault.kind.recovery_s:
            return
        if not well:
            self._violate(f"{fault.kind.name}: not well {took_s:.0f} s after it ended: {self.panel.state.doubt}")
            self._admin = asyncio.ensure_future(self.panel.sign_in.begin())
            fault.mended = now
            return
        self.report.recoveries.setdefault(fault.kind.name, []).append(took_s)
        self._fault = None
        self._calm_since = now
        self._next_fault = now + timedelta(seconds=self._fault_dice.uniform(300, 3600))

    def _record(self) -> None:
        """Ask the tenant what is so, when something may have changed."""
        tenant, now = self.sim.tenant, self.true.now()
        version = tenant.mailboxes.calendar(ROOM).version
        old = now - self._booked_from > timedelta(hours=6)
        if version == self._truth_version and not len(tenant.agenda) and not old:
            return
        events = self.control("GET", f"rooms/{ROOM}/truth")["events"]
        self._truth_version, self._booked_from = tenant.mailboxes.calendar(ROOM).version, now
        before = self.log.record(now, booked_of(events))
        if before is not None or len(self.log.newest.booked) == 0:
            self.doubles.step(before, self.log.newest)
        self.ledger.see(self.log.newest)

    # --- what must hold ---

    def _violate(self, what: str) -> None:
        fault = self._fault.kind.name if self._fault else "no fault"
        self.report.violations.append(f"{self.true.now():%m-%d %H:%M:%S} [{fault}] {what}")

    def _hold(self, name: str, holds: bool, detail: str = "") -> None:
        """Tell of something that does not hold once, when it begins."""
        if holds:
            self._wrong.discard(name)
        elif name not in self._wrong:
            self._wrong.add(name)
            self._violate(f"{name} {detail or self._scene()}")

    def _scene(self) -> str:
        state, age_s = self.panel.state, self.panel.reader.age_s()
        return f"(state {state.kind}, doubt {state.doubt}, age {age_s}, offset {self.clock.offset_s})"

    def _versions(self, asked: datetime) -> str:
        now = self.true.now()
        texts = []
        for version in self.log.between(asked, now):
            spans = [
                f"{one.start:%d %H:%M:%S}-{one.end:%H:%M:%S}" for one in version.booked if one.start <= now < one.end
            ]
            texts.append(f"{version.since:%H:%M:%S}: {spans}")
        return f"asked {asked:%H:%M:%S}, evaluated {self.panel.state.now:%H:%M:%S}, {texts}"

    def _check(self, step_s: float) -> None:
        state = self.panel.state
        self.report.shown_s[f"{state.kind}{'?' if state.doubtful else ''}"] += round(step_s)
        self._check_looks(state.kind)
        kind = state.last_kind if state.kind is Kind.ASLEEP else state.kind
        believed = not state.doubtful
        self._hold("green in doubt", believed or kind not in FREE_KINDS)
        if believed and kind is not None:
            self._check_truth(kind, step_s)
        now = self.true.now()
        if self._fault is None and now - self._calm_since > CALM:
            for pair in self.doubles.standing(now, DOUBLE_STANDS):
                since, told = self.doubles.pairs.pop(pair)
                self._violate(f"a double booking made at the panel stands since {since:%H:%M:%S}: {told}")
            for lie in self.ledger.lies(now, self.log.newest):
                self._violate(lie)

    def _check_looks(self, kind: Kind) -> None:
        tone, colour = SHOWN.get(kind, NEUTRAL)
        lamp, view_ = self.panel.parts.lamp, self.panel.view.home
        assert isinstance(lamp, EmulatedLamp)
        shown = None if isinstance(view_, AsleepView) else view_.tone
        self._hold("lamp and state differ", lamp.shown is colour is self.panel.state.lamp)
        self._hold("screen and state differ", shown is tone)

    def _check_truth(self, kind: Kind, step_s: float) -> None:
        now, read_at = self.true.now(), self.panel.state.read_at
        self._hold("believed without a read", read_at is not None)
        if read_at is None:
            return
        asked = read_at - timedelta(seconds=self.clock.offset_s)
        age_s = (now - asked).total_seconds()
        if self.clock.moved_at > min(asked, now - timedelta(seconds=self.panel.reader.age_s() or 0.0)):
            self.report.excused_clock_s += step_s
            return
        self._hold("believed with a wrong clock", abs(self.clock.offset_s) <= CLOCK_AGREES_S)
        if abs(self.clock.offset_s) > CLOCK_AGREES_S:
            return
        instants = (now, self.clock.now())
        green = kind in FREE_KINDS
        if green:
            self._check_green(now, asked, age_s)
        lie = green and self.log.surely_taken(asked, instants)
        self._hold("FALSE FREE", not lie, f"{self._scene()} {self._versions(asked)}" if lie else "")
        if kind in BUSY_KINDS and self.log.surely_free(asked, instants):
            self.report.false_busy_s += step_s
        self._excuse(now, green and self.log.newest.taken(now), step_s)

    def _check_green(self, now: datetime, asked: datetime, age_s: float) -> None:
        limit_s = self._limit_s(now, asked)
        self._hold("green on a stale read", age_s < limit_s)
        touched_s = self.door.rechecked_s
        self._hold("green after a touch on an old read", self.true.monotonic_s() - age_s >= touched_s - 60)

    def _limit_s(self, now: datetime, asked: datetime) -> float:
        """DESIGN.md 4.1 with the intervals of DESIGN.md 5, reckoned here and not by the panel."""
        config = self.panel.config
        spans = [open_span(at, config.hours, config.room.zone) for at in {now, self.clock.now()}]
        if not all(spans):
            return 660.0
        return 90.0 if self.log.surely_near(asked, now) else 150.0

    def _excuse(self, now: datetime, wrong: bool, step_s: float) -> None:
        """Green over a room that was taken after the read was asked for: allowed, and counted."""
        if not wrong:
            self._excused_since = None
            return
        self._excused_since = self._excused_since or now - timedelta(seconds=step_s)
        self.report.excused_green_s += step_s
        lasted_s = (now - self._excused_since).total_seconds()
        self.report.longest_excused_s = max(self.report.longest_excused_s, lasted_s)

    # --- the end ---

    def _census(self, name: str) -> Counter[str]:
        """Objects of the panel's own code that are alive."""
        gc.collect()
        alive = Counter(
            f"{kind.__module__}.{kind.__qualname__}"
            for kind in map(type, gc.get_objects())
            if f"{kind.__module__}.".startswith(OURS)
        )
        self.report.objects[name] = alive.total()
        self.report.rss_mb[name] = round(int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6, 1)
        return alive

    def _end(self, before: Counter[str], real_s: float) -> None:
        report = self.report
        after = self._census("end")
        report.growth = dict((after - before).most_common(8))
        report.reads = self.panel.reader.requests
        report.outcomes, report.touches = dict(sorted(self.ledger.outcomes.items())), self.door.touched
        report.outlook, report.doubles_made = self.outlook.done, self.doubles.made
        report.real_s = round(real_s, 1)


@contextmanager
def hurried() -> Iterator[None]:
    """Pauses that are real seconds in the product are hundredths here; their number and order stay."""
    with (
        patch("roomdisplay.reader.CONFIRM_EMPTY_S", 0.005),
        patch("graph.client._FIRST_PAUSE_S", 0.005),
        patch("roomdisplay.actions.REPEATS_S", (0.01, 0.01, 0.01, 0.01)),
        patch("roomdisplay.effects.TYPING_PAUSE_S", 0.005),
        patch("roomdisplay.sign_in.POLL_S", 0.01),
    ):
        yield


@asynccontextmanager
async def _parts(folder: Path, report: Report, at: datetime) -> AsyncIterator[FaultRun]:
    true = ManualClock(at)
    clock = PanelClock(true)
    sections: dict[str, Any] = {
        "network": NETWORK,
        "check_in": {"enabled": report.seed % 2 == 0},
        "meeting": {"end_others": True},
    }
    with Simulator.start(OFFICE, clock=true) as sim, hurried(), cuttable() as wire, stepped_time(clock):
        async with assembled(settings(sim, folder, **sections), clock) as panel:
            panel.reader._random = Random(report.seed)
            running = asyncio.create_task(panel.run())
            try:
                yield FaultRun(sim, panel, true, clock, wire, report)
            finally:
                wire.down = False
                panel.sign_in.close()
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


def run(hours: float, seed: int = 1, at: datetime = MORNING, only: tuple[str, ...] = ()) -> Report:
    """Play `hours` simulated hours and return what was found."""
    report = Report(seed, hours, only)

    async def playing() -> None:
        with tempfile.TemporaryDirectory(prefix="fault-run-") as folder:
            async with _parts(Path(folder), report, at) as one:
                await one.play()

    asyncio.run(playing())
    return report
