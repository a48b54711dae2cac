"""The part of a fault run that has people and sensors: what it does at each step, and who judges it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from roomdisplay.panel import Panel
from tests.chaos.agenda import Agenda
from tests.chaos.no_show_book import NoShowBook
from tests.chaos.presence_figures import PresenceFigures
from tests.chaos.presence_judge import PresenceJudge
from tests.chaos.releases import Releases
from tests.chaos.report import Book
from tests.chaos.sensed_room import SensedRoom
from tests.chaos.stage import Stage
from tests.roomdisplay.site import ROOM

REBOOTS_H, HANGS_H = 30.0, 20.0
"""A unit is switched off and on, and hangs, once in so many hours on average."""


class SensedRun:
    """One run's people, sensors and judges. `live` after each step of the clock, `look` at the end of each tick."""

    def __init__(self, stage: Stage, figures: PresenceFigures, seed: int, book: Book) -> None:
        self._stage, self.figures = stage, figures
        self._dice = Random(f"power {seed}")
        self.room = SensedRoom(stage, figures.sensors, seed)
        self.agenda = Agenda(stage.control, ROOM, stage.panel.config.room.zone, Random(f"agenda {seed}"))
        self.releases = Releases(stage.sim.tenant, ROOM, book, stage.true.monotonic_s)
        self.releases.own_by(self._made_in_mailbox)
        self.judge = PresenceJudge(stage, self.room, self.releases, figures, book)
        self.no_shows = NoShowBook(stage, self.room, self.releases, self.judge, figures, book)
        stage.sensors_health = self.room.health
        self._own: set[str] = set()
        """Made at the panel."""
        self.next_reboot = self._after(REBOOTS_H)
        self.next_hang = self._after(HANGS_H)
        self.attend(stage.panel)

    def attend(self, panel: Panel) -> None:
        """Listen to a panel that has just started."""
        self.releases.attend(panel)

    def live(self) -> None:
        """Time has passed."""
        self.agenda.live(self._stage.true.now())
        for one in self._stage.log.booked:
            if one.transaction:
                self._own.add(one.id)
                self.releases.ruled.discard(one.id)
        self.room.live()

    def look(self, step_s: float, *, calm: bool, touched: bool) -> None:
        """Judge the state of the moment."""
        self.judge.look(step_s)
        self.no_shows.look(calm=calm, touched=touched)

    def hang(self) -> None:
        """The loop of the panel stands still, and whatever its sensors told is lost."""
        stage = self._stage
        if stage.true.now() < self.next_hang:
            return
        self.next_hang = self._after(HANGS_H)
        from_s = stage.true.monotonic_s()
        stage.true.step(self._dice.uniform(12, 300))
        self.room.blank(from_s)
        self.figures.hangs += 1

    async def reboot(self) -> None:
        """Off, and on again."""
        stage = self._stage
        self.next_reboot = self._after(REBOOTS_H)
        from_s = stage.true.monotonic_s()
        await stage.power_off()
        stage.true.step(self._dice.uniform(15, 120))
        await stage.power_on(Random(f"{self._dice.random()}"))
        self.room.blank(from_s)
        self.attend(stage.panel)
        self.figures.reboots += 1

    def end(self) -> None:
        """Fill in what was counted elsewhere."""
        figures, room = self.figures, self.room
        figures.readings, figures.sensor_faults = room.readings, room.fault_counts()
        figures.checked_in, figures.visits = self.releases.check_ins, room.people.counts

    def _made_in_mailbox(self, event_id: str) -> bool:
        return event_id in self._own

    def _after(self, mean_h: float) -> datetime:
        return self._stage.true.now() + timedelta(hours=self._dice.expovariate(1 / mean_h))
