"""Simulated office life with faults of every kind, and the panel compared with the tenant's truth at every tick.

`run` plays it. What must hold is in `tests.chaos.judge`; nothing is restarted. The dice of each set of people and of
the faults are their own, seeded; requests take real time, so two runs of one seed differ in moments, not in kind.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from common.tasks import TaskEvent
from graph.client import Request
from roomdisplay.opening_hours import open_span
from roomdisplay.pages import Working
from roomdisplay.state import Kind
from tests.chaos.fault_schedule import CALM_S, LONGER_CALM_S, FaultSchedule
from tests.chaos.judge import Judge
from tests.chaos.office_life import Door, Outlook
from tests.chaos.presence_figures import PresenceFigures
from tests.chaos.report import Book, Report
from tests.chaos.sensed_run import SensedRun
from tests.chaos.sensor_sets import NONE
from tests.chaos.stage import Stage, staged
from tests.roomdisplay.site import ACCOUNT, MORNING, ROOM

SLICE_S = 0.012
"""Real seconds for each simulated one while a request is under way."""

STEP_S = 5.0
ASLEEP_STEP_S = 15.0
WRITES = ("create event", "set end of event")
RUSHED = 0.12
"""How often a write of the panel is raced, on each side."""

OFTEN_S, SELDOM_S = 1500, 6000
"""Somebody touches the panel once in so long; whoever touches at random checks in for people who never came."""

OURS = ("common.", "drivers.", "graph.", "roomdisplay.", "telemetry.", "msal.", "httpx.", "httpcore.")


class FaultRun:
    """One run. Use `run`."""

    def __init__(self, stage: Stage, report: Report) -> None:
        self.stage, self.report = stage, report
        seed, now = report.seed, stage.true.now()
        book = Book(report, lambda: f"{stage.true.now():%m-%d %H:%M:%S} [{self.faults.name}]")
        calm_s = LONGER_CALM_S if report.presence else CALM_S
        self.faults = FaultSchedule(stage, report, book, Random(f"faults {seed}"), calm_s)
        self.judge, self._book = Judge(stage, report, book), book
        self._door_dice, self._rush_dice = Random(f"door {seed}"), Random(f"rush {seed}")
        self.outlook = Outlook(stage.control, ROOM, Random(f"outlook {seed}"))
        self.door = Door(stage.panel, self._door_dice)
        self._began, self._ends = now, now + timedelta(hours=report.hours)
        self._next_outlook = self._next_visit = self._next_touch = now
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._days = self._reads = 0
        self._watch_panel()
        self.sensed = SensedRun(stage, report.presence, seed, book) if report.presence else None

    def _watch_panel(self) -> None:
        client = self.stage.panel.parts.session._client
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
        self.stage.panel.reporter.task_died = self._task_died  # type: ignore[method-assign]
        asyncio.get_running_loop().set_exception_handler(self._loop_failed)

    def _task_died(self, event: TaskEvent) -> None:
        self._book.violate(f"task {event.name} died of {event.exception_type}")

    def _loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._book.violate(f"unhandled in the loop: {context.get('message')} {context.get('exception')!r}")

    def _rush(self, request: Request, *, before: bool) -> None:
        """Sometimes somebody in Outlook takes the same time in the second before or after the panel writes."""
        if request.what not in WRITES or self._rush_dice.random() > RUSHED:
            return
        stage = self.stage
        stage.record()
        start = stage.panel.state.free_from if request.method == "PATCH" else stage.ledger.newest_start()
        if start is None:
            return
        self._pass(1)
        self.outlook.rush(start, invite=self._rush_dice.random() < 0.5)
        stage.record()
        self._pass(1)  # who came first is told by whole seconds
        self.report.rushed += 1

    # --- the loop ---

    async def play(self) -> None:
        """Until the hours are over."""
        began_s = time.monotonic()
        await self._sign_in()
        quarter = self._began + (self._ends - self._began) / 4
        census: Counter[str] | None = None
        while self.stage.true.now() < self._ends:
            await self._tick()
            if census is None and self.stage.true.now() >= quarter:
                census = self._census("quarter")
        self._end(census or Counter(), time.monotonic() - began_s)

    async def _tick(self) -> None:
        await self._power()
        step_s = self._step_s()
        self.stage.true.step(step_s)
        self._live()
        self.stage.record()
        if self.sensed:
            self.sensed.live()
        self.stage.panel.tick()
        await self._settle()
        self.stage.record()
        self.judge.rechecked_s = self.door.rechecked_s
        self.judge.look(step_s)
        if self.faults.calm:
            self.judge.look_back(self.faults.calm_since)
        if self.sensed:
            self.sensed.look(step_s, calm=self.faults.calm, touched=self.door.busy or self.stage.panel.page is not None)
        self.report.ticks += 1

    def _pass(self, seconds: float) -> None:
        """Time passes in the middle of a tick."""
        self.stage.true.step(seconds)
        if self.sensed:
            self.sensed.live()

    async def _power(self) -> None:
        """With sensors, the unit sometimes hangs, or is switched off and on; never while it owes somebody a word."""
        sensed, panel = self.sensed, self.stage.panel
        if sensed is None or not self.faults.calm or self._working():
            return
        sensed.hang()
        idle = panel.page is None and panel.effects.idle and not self.door.busy and self.stage.ledger.settled
        if idle and self.stage.true.now() >= sensed.next_reboot:
            self._reads += panel.reader.requests
            await sensed.reboot()
            self.door.stand_at(self.stage.panel)
            self._watch_panel()

    def _step_s(self) -> float:
        """One second while something is going on, else to the next moment at which something happens."""
        now, panel = self.stage.true.now(), self.stage.panel
        if self._working() or self.door.busy or panel.page is not None:
            return 1.0
        most_s = ASLEEP_STEP_S if panel.state.kind is Kind.ASLEEP else STEP_S
        edge = self.stage.log.next_edge(now)
        moments = [self._next_outlook, self._next_visit, *self.faults.moments(), *([edge] if edge else [])]
        ahead_s = [(moment - now).total_seconds() for moment in moments if moment > now]
        return max(min([most_s, *ahead_s]), 0.25)

    def _working(self) -> bool:
        """Something is under way that takes real time: a request, a write with its pauses, a sign-in."""
        panel, admin = self.stage.panel, self.faults.admin
        signing_in = panel.sign_in.status.state == "waiting" or not (admin is None or admin.done())
        return self._in_flight > 0 or panel.reader._reading or signing_in or isinstance(panel.page, Working)

    async def _settle(self) -> None:
        """Let the panel work: until nothing is under way, or for a slice of real time."""
        deadline_s = time.monotonic() + SLICE_S
        await _yield_to_others()
        while self._working():
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return
            if not self._in_flight:
                await asyncio.sleep(0.001)
                continue
            try:
                await asyncio.wait_for(self._idle.wait(), left_s)
            except TimeoutError:
                return
            await _yield_to_others()

    async def _sign_in(self) -> None:
        self.stage.control("POST", "sign-in/auto-approve", {"account": ACCOUNT})
        await self.stage.panel.sign_in.begin()
        for _ in range(400):
            if self.stage.panel.parts.session.auth.state.signed_in:
                return
            self._pass(1)
            await asyncio.sleep(0.01)
        self._book.violate("a sign-in that everybody agreed to did not come through")

    # --- what happens ---

    def _live(self) -> None:
        now, config = self.stage.true.now(), self.stage.panel.config
        office_hours = open_span(now, config.hours, config.room.zone) is not None
        if now >= self._next_outlook:
            self.outlook.act(now, self.stage.log.booked)
            rest = 1 if self.sensed is None else 2  # with sensors most meetings stay where the agenda put them
            self._next_outlook = now + timedelta(seconds=rest * self.outlook.wait_s(office_hours))
        self._live_at_the_door(now, office_hours)
        lasts_s = self.faults.live(now)
        if lasts_s and self._door_dice.random() < 0.3:
            in_it = now + timedelta(seconds=self._door_dice.uniform(0, lasts_s))
            self._next_visit = min(self._next_visit, in_it)
        if (now - self._began).days > self._days:
            self._days += 1
            self.stage.control("POST", "prune?before=now-48h")

    def _live_at_the_door(self, now: datetime, office_hours: bool) -> None:
        dice = self._door_dice
        if now >= self._next_visit and not self.door.busy:
            self.door.come()
            between_s = 20_000 if not office_hours else OFTEN_S if self.sensed is None else SELDOM_S
            self._next_visit = now + timedelta(seconds=dice.expovariate(1 / between_s))
        if self.door.busy and now >= self._next_touch:
            self.door.act()
            self._next_touch = now + timedelta(seconds=dice.choice((0.5, 1, 2, 5)))

    # --- the end ---

    def _census(self, name: str) -> Counter[str]:
        """Objects of the panel's own code that are alive."""
        gc.collect()
        kinds = map(type, gc.get_objects())
        names = (f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)
        alive = Counter(name for name in names if name.startswith(OURS))
        self.report.objects[name] = alive.total()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.report.rss_mb[name] = round(pages * 4096 / 1e6, 1)
        return alive

    def _end(self, before: Counter[str], real_s: float) -> None:
        report, after = self.report, self._census("end")
        report.growth = dict((after - before).most_common(8))
        report.reads = self._reads + self.stage.panel.reader.requests
        report.outcomes, report.touches = dict(sorted(self.stage.ledger.outcomes.items())), self.door.touched
        report.outlook, report.doubles_made = self.outlook.done, self.stage.doubles.made
        report.real_s = round(real_s, 1)
        if self.sensed:
            self.sensed.end()


async def _yield_to_others() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


def run(hours: float, seed: int = 1, at: datetime = MORNING, only: tuple[str, ...] = (), sensors: str = NONE) -> Report:
    """Play `hours` simulated hours from `at` and return what was found; `only` names kinds of faults.

    `sensors` are those of the panel, for example "radar+pir": then there are people in the room, check-in and release
    are on, and with every third seed all presence rules.
    """
    rules = sensors != NONE and seed % 3 == 0
    report = Report(seed, hours, only, presence=None if sensors == NONE else PresenceFigures(sensors, rules))

    async def playing() -> None:
        with tempfile.TemporaryDirectory(prefix="fault-run-") as folder:
            async with staged(Path(folder), seed, at, sensors, rules=rules) as stage:
                await FaultRun(stage, report).play()

    asyncio.run(playing())
    return report
