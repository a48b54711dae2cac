"""One fault after another, each kind in turn, and whether the panel gets well after each without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.chaos.fault_kinds import FAULTS, FaultKind
from tests.chaos.report import Book, Report
from tests.chaos.stage import Stage
from tests.roomdisplay.site import ACCOUNT

ONCE_S = 330
"""How long what strikes once stays set: the panel reads at least each 300 s."""

CALM_S, LONGER_CALM_S = (300.0, 3600.0), (600.0, 10_800.0)
"""From the recovery of one fault to the beginning of the next; longer, so that whole check-in windows fit in."""


@dataclass(slots=True)
class Fault:
    """The fault of the moment: it `ends`, is `mended` once it has ended, and then the panel recovers.

    `person_at` is when somebody signs the panel in again, where that is needed.
    """

    kind: FaultKind
    ends: datetime
    person_at: datetime | None = None
    mended: datetime | None = None


class FaultSchedule:
    """Begins, ends and watches. All kinds come once before one comes twice."""

    def __init__(
        self, stage: Stage, report: Report, book: Book, dice: Random, calm_s: tuple[float, float] = CALM_S
    ) -> None:
        self._stage, self._report, self._book, self._dice = stage, report, book, dice
        self._calm_s = calm_s
        self._fault: Fault | None = None
        self._waiting: list[FaultKind] = []
        self._next = stage.true.now() + timedelta(minutes=5)
        self.calm_since = stage.true.now()
        self.admin: asyncio.Future[Any] | None = None
        """Somebody who signs the panel in."""

    @property
    def name(self) -> str:
        """The fault of the moment, for people."""
        return self._fault.kind.name if self._fault else "no fault"

    @property
    def calm(self) -> bool:
        """Nothing is broken, and the panel is well."""
        return self._fault is None

    def moments(self) -> Iterator[datetime]:
        """When something is due."""
        if self._fault is None:
            yield self._next
        else:
            yield self._fault.ends
            if self._fault.person_at:
                yield self._fault.person_at

    def live(self, now: datetime) -> float | None:
        """Do what is due. Returns how long a fault lasts that has just begun."""
        fault = self._fault
        if fault is None:
            return self._begin(now) if now >= self._next else None
        if fault.mended is None:
            if now >= fault.ends:
                self._end(fault, now)
        elif fault.person_at is None:
            self._watch(fault, now)
        elif now >= fault.person_at:
            fault.person_at, fault.mended = None, now
            self._sign_in()
        return None

    def _sign_in(self) -> None:
        self.admin = asyncio.ensure_future(self._stage.panel.sign_in.begin())

    def _begin(self, now: datetime) -> float:
        if not self._waiting:
            self._waiting = [kind for kind in FAULTS if not self._report.only or kind.name in self._report.only]
        kind = self._waiting.pop(self._dice.randrange(len(self._waiting)))
        schedule = self._stage.panel.reader.schedule
        if kind.believed and not (schedule and schedule.meetings):
            self._next = now + timedelta(minutes=5)
            return 0.0
        lasts_s = ONCE_S if kind.once else self._dice.uniform(kind.longest_s / 10, kind.longest_s)
        self._fault = Fault(kind, now + timedelta(seconds=lasts_s))
        self._report.faults[kind.name] += 1
        self._inject(kind)
        return lasts_s

    def _inject(self, kind: FaultKind) -> None:
        stage = self._stage
        calls = {
            "faults": kind.spec,
            "sign-in/faults": kind.sign_in,
            f"accounts/{ACCOUNT}": kind.account,
            "limits": kind.limits,
        }
        for path, body in calls.items():
            if body:
                stage.control("POST", path, dict(body))
        if kind.offset_s:
            stage.clock.set_wrong(kind.offset_s)
        stage.wire.down = kind.network

    def _end(self, fault: Fault, now: datetime) -> None:
        stage = self._stage
        stage.control("DELETE", "faults")
        stage.control("DELETE", "sign-in/faults")
        stage.control("POST", f"accounts/{ACCOUNT}", {"enabled": True})
        stage.control("POST", "limits", {"window_limit": 10_000, "attendant_paused": False})
        if fault.kind.offset_s:
            stage.clock.set_wrong(0.0)
        stage.wire.down = False
        fault.mended = now
        if fault.kind.person:
            fault.person_at = now + timedelta(seconds=self._dice.uniform(30, 600))

    def _watch(self, fault: Fault, now: datetime) -> None:
        """Well is: not in doubt, by a read that was asked for after the fault ended."""
        assert fault.mended is not None
        took_s = (now - fault.mended).total_seconds()
        panel = self._stage.panel
        age_s = panel.reader.age_s()
        if not panel.state.doubtful and age_s is not None and age_s <= took_s:
            self._report.recoveries.setdefault(fault.kind.name, []).append(took_s)
            self._fault, self.calm_since = None, now
            self._next = now + timedelta(seconds=self._dice.uniform(*self._calm_s))
        elif took_s > fault.kind.recovery_s:
            self._book.violate(f"not well {took_s:.0f} s after it ended: {panel.state.doubt}")
            fault.mended = now
            self._sign_in()
