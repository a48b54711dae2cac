"""Telemetry in a site where everything is killed: real processes, real outboxes, and every event looked for at the end.

>>> report = run(folder, Plan(units=8, events=5000, seed=1))       # doctest: +SKIP
>>> report.lost, report.twice                                      # doctest: +SKIP
(0, 0)

The agents are `mydesk-agent run`, or with `puback=True` the negative control, which must lose rows here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from hub.store import Store
from hub.tables import ROWS
from tests.chaos.telemetry_judge import LAST_SEQ, Verdict, judge
from tests.chaos.telemetry_kills import Counts, Kill, Target, kills
from tests.chaos.telemetry_site import AGENT, Child, Options, Site
from tests.waiting import until

CONTROL = "tests.chaos.telemetry_puback"
QUIET_S = 3.0
"""The hub is done when its store has not grown for so long and no outbox has rows of the writers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`events` in all, each unit's share at `per_s`; kills in the first nine tenths of the writing."""

    units: int = 20
    events: int = 50_000
    per_s: float = 25.0
    seed: int = 1
    counts: Counts = Counts(broker=7, hub=4, machine=3, agent=12)
    ack_timeout_s: float = 5.0
    puback: bool = False
    limit_s: float = 900.0

    @property
    def share(self) -> int:
        return self.events // self.units

    @property
    def writing_s(self) -> float:
        return self.share / self.per_s


@dataclass(slots=True)
class Report:
    """What came of it. `took_s` is the writing, `drained_s` what it took after that until all was in the store."""

    plan: Plan
    kills: dict[str, int] = field(default_factory=dict)
    took_s: float = 0.0
    drained_s: float = 0.0
    verdicts: list[Verdict] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        return sum(verdict.lost for verdict in self.verdicts)

    @property
    def twice(self) -> int:
        return sum(verdict.twice for verdict in self.verdicts)

    @property
    def bad(self) -> list[str]:
        """What must not be, one line each."""
        return [str(verdict) for verdict in self.verdicts if not verdict.good] + self.complaints

    def figures(self) -> dict[str, object]:
        """For a table."""
        total = {name: sum(getattr(one, name) for one in self.verdicts) for name in ("disordered", "holes", "behind")}
        return {
            "unit deletes on": "PUBACK (control)" if self.plan.puback else "the hub's ack",
            "units": self.plan.units,
            "events": self.plan.share * self.plan.units,
            "rows in the store": sum(verdict.stored for verdict in self.verdicts),
            "kills": ", ".join(f"{name} {count}" for name, count in self.kills.items()),
            "lost": self.lost,
            "twice in the store": self.twice,
            "out of order": total["disordered"],
            "holes": total["holes"],
            "watermark behind": total["behind"],
            "writing, s": round(self.took_s, 1),
            "drained after, s": round(self.drained_s, 1),
            "other complaints": len(self.complaints),
        }


def run(folder: Path, plan: Plan) -> Report:
    """Start a site in `folder` (empty), write, kill, wait until all is quiet, stop and judge.

    Raises:
        AssertionError: a program died by itself or never came to an end, or the outboxes did not empty in `limit_s`.
    """
    report = Report(plan)
    units = [f"unit-{number:02}" for number in range(1, plan.units + 1)]
    options = Options(CONTROL if plan.puback else AGENT, ack_timeout_s=plan.ack_timeout_s)
    with Site(folder, units, options) as site:
        until(lambda: all(site.outbox(unit).exists() for unit in units), 60, "the outboxes")
        began_s = time.monotonic()
        with _writers(site, plan) as writers:
            _kill_by_plan(site, plan, began_s)
            until(lambda: all(writer.ended() for writer in writers), plan.limit_s, "the writers")
            report.complaints += [f"a writer could not write: {one.log[-500:]}" for one in writers if one.stop()]
        report.took_s = time.monotonic() - began_s
        _until_drained(site, plan.limit_s)
        report.drained_s = time.monotonic() - began_s - report.took_s
        report.kills = _kills(site)
        for child in site.children:
            child.check()
            if code := child.stop():
                report.complaints.append(f"exit code {code} of {child.log[-300:]}")
    report.complaints += [f"traceback: {child.log[-2000:]}" for child in site.children if "Traceback" in child.log]
    report.verdicts = judge(site, plan.share)
    return report


@contextmanager
def _writers(site: Site, plan: Plan) -> Iterator[list[Child]]:
    module = (sys.executable, "-m", "tests.chaos.telemetry_writer")
    made = [
        Child((*module, str(site.outbox(unit)), str(plan.share), str(plan.per_s)), site.folder / unit / "writer.log")
        for unit in site.units
    ]
    for writer in made:
        writer.start()
    try:
        yield made
    finally:
        for writer in made:
            writer.stop()


def _kill_by_plan(site: Site, plan: Plan, began_s: float) -> None:
    todo: list[tuple[float, Callable[[], None]]] = []
    for kill in kills(plan.seed, site.units, plan.counts, plan.writing_s * 0.9):
        todo += _steps(site, kill)
    for at_s, step in sorted(todo, key=lambda one: one[0]):
        time.sleep(max(0.0, began_s + at_s - time.monotonic()))
        step()


def _steps(site: Site, kill: Kill) -> list[tuple[float, Callable[[], None]]]:
    back_s = kill.at_s + kill.down_s
    hub = [(kill.at_s, site.hub.kill), (back_s + kill.hub_later_s, site.hub.start)]
    broker = [(kill.at_s, site.broker.kill), (back_s, site.broker.start)]
    match kill.target:
        case Target.BROKER:
            return broker
        case Target.HUB:
            return hub
        case Target.MACHINE:
            return broker + hub
    agent = site.agents[kill.unit]
    return [(kill.at_s, agent.kill), (back_s, agent.start)]


def _until_drained(site: Site, limit_s: float) -> None:
    """Until the rows that were there at the end of the writing have left, and the hub has nothing more to do."""
    last = {}
    for unit in site.units:
        with site.reading(unit) as outbox:
            (last[unit],) = outbox.execute(LAST_SEQ).fetchone()
    store = Store.open(site.url)
    try:
        until(lambda: all(_gone(site, unit, seq) for unit, seq in last.items()), limit_s, "empty outboxes")
        grown = [(_count(store), time.monotonic())]

        def quiet() -> bool:
            if (count := _count(store)) != grown[-1][0]:
                grown.append((count, time.monotonic()))
            return time.monotonic() - grown[-1][1] > QUIET_S

        until(quiet, limit_s, "a hub that has nothing to do")
    finally:
        store.close()


def _gone(site: Site, unit: str, through: int) -> bool:
    with site.reading(unit) as outbox:
        (left,) = outbox.execute("SELECT count(*) FROM outbox WHERE seq <= ?", (through,)).fetchone()
    return bool(left == 0)


def _count(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(ROWS)).scalar_one())


def _kills(site: Site) -> dict[str, int]:
    agents = sum(agent.kills for agent in site.agents.values())
    return {"broker": site.broker.kills, "hub": site.hub.kills, "agents": agents}
