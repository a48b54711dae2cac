"""What must hold at every tick of a fault run: the panel against the tenant's truth, the lamp against the screen."""

from __future__ import annotations

from datetime import datetime, timedelta

from drivers.emulators.lamp import EmulatedLamp
from drivers.lamp import LampColour
from roomdisplay.opening_hours import open_span
from roomdisplay.state import Kind
from roomdisplay.view import AsleepView, Tone
from tests.chaos.report import Book, Report
from tests.chaos.stage import Stage

CLOCK_AGREES_S = 5.0
DOUBLE_STANDS = timedelta(minutes=15)
CALM = timedelta(minutes=15)

NIGHT_LIMIT_S, DAY_LIMIT_S, NEAR_LIMIT_S = 660.0, 150.0, 90.0
"""DESIGN.md 4.1 with the intervals of DESIGN.md 5, written here again so that the panel is not its own judge."""

SHOWN = {
    Kind.FREE: (Tone.FREE, LampColour.FREE),
    Kind.RELEASED: (Tone.FREE, LampColour.FREE),
    Kind.FREE_SOON: (Tone.ATTENTION, LampColour.ATTENTION),
    Kind.CHECK_IN: (Tone.ATTENTION, LampColour.ATTENTION),
    Kind.IN_USE: (Tone.ATTENTION, LampColour.ATTENTION),
    Kind.BOOKED_EMPTY: (Tone.ATTENTION, LampColour.ATTENTION),
    Kind.RELEASE_WARNING: (Tone.ATTENTION, LampColour.ATTENTION),
    Kind.BUSY: (Tone.BUSY, LampColour.BUSY),
    Kind.ENDING_SOON: (Tone.BUSY, LampColour.BUSY),
    Kind.OVERLAP: (Tone.BUSY, LampColour.BUSY),
    Kind.ASLEEP: (None, LampColour.OFF),
}
NEUTRAL = (Tone.NEUTRAL, LampColour.NEUTRAL)
FREE_KINDS = (Kind.FREE, Kind.FREE_SOON, Kind.RELEASED)
BUSY_KINDS = (Kind.BUSY, Kind.ENDING_SOON, Kind.OVERLAP, Kind.BOOKED_EMPTY, Kind.RELEASE_WARNING)


class Judge:
    """Looks at the panel after each tick."""

    def __init__(self, stage: Stage, report: Report, book: Book) -> None:
        self._stage, self._report, self._book = stage, report, book
        self._excused_since: datetime | None = None
        self.rechecked_s = 0.0
        """When a touch or a wake last asked for a fresh read, by the monotonic clock."""

    def look(self, step_s: float) -> None:
        """The state of the moment, which lasted `step_s`."""
        state = self._stage.panel.state
        self._report.shown_s[f"{state.kind}{'?' if state.doubtful else ''}"] += round(step_s)
        self._look_at_glass(state.kind)
        kind = state.last_kind if state.kind is Kind.ASLEEP else state.kind
        self._hold("green in doubt", not state.doubtful or kind not in FREE_KINDS)
        if not state.doubtful and kind is not None:
            self._look_at_calendar(kind, step_s)

    def look_back(self, calm_since: datetime) -> None:
        """When nothing is broken and was not for a while: no double booking, and no word on the screen was a lie."""
        stage, now = self._stage, self._stage.true.now()
        if now - calm_since <= CALM:
            return
        for pair in stage.doubles.standing(now, DOUBLE_STANDS):
            since, told = stage.doubles.pairs.pop(pair)
            self._book.violate(f"a double booking made at the panel stands since {since:%H:%M:%S}: {told}")
        for lie in stage.ledger.lies(now, stage.log.newest):
            self._book.violate(lie)

    def _look_at_glass(self, kind: Kind) -> None:
        tone, colour = SHOWN.get(kind, NEUTRAL)
        lamp, home = self._stage.panel.parts.lamp, self._stage.panel.view.home
        assert isinstance(lamp, EmulatedLamp)
        shown = None if isinstance(home, AsleepView) else home.tone
        self._hold("lamp and state differ", lamp.shown is colour is self._stage.panel.state.lamp)
        self._hold("screen and state differ", shown is tone)

    def _look_at_calendar(self, kind: Kind, step_s: float) -> None:
        stage, now, clock = self._stage, self._stage.true.now(), self._stage.clock
        read_at, newest_age_s = stage.panel.state.read_at, stage.panel.reader.age_s()
        self._hold("believed without a read", read_at is not None)
        if read_at is None or newest_age_s is None:
            return
        asked = read_at - timedelta(seconds=clock.offset_s)
        if clock.moved_at > min(asked, now - timedelta(seconds=newest_age_s)):
            self._hold("believed though the clock jumped since the read", clock.moved_by_s <= CLOCK_AGREES_S)
            self._report.excused_clock_s += step_s
            return
        right = abs(clock.offset_s) <= CLOCK_AGREES_S
        self._hold("believed with a wrong clock", right)
        if right:
            self._compare(kind, asked, step_s)

    def _compare(self, kind: Kind, asked: datetime, step_s: float) -> None:
        log, now = self._stage.log, self._stage.true.now()
        instants, green = (now, self._stage.clock.now()), kind in FREE_KINDS
        lie = green and log.surely_taken(asked, instants)
        self._book.hold("FALSE FREE", not lie, lambda: f"{self._scene()} {self._versions(asked)}")
        if green:
            self._look_at_age(now, asked)
        if kind in BUSY_KINDS and log.surely_free(asked, instants):
            self._report.false_busy_s += step_s
            current = self._stage.panel.state.current
            event = current.parts[0] if current else None
            what = f"{event.show_as} {event.response} {event.start}-{event.end}" if event else "nothing"
            self._report.false_busy[what] += 1
        self._excuse(now, green and log.newest.taken(now), step_s)

    def _look_at_age(self, now: datetime, asked: datetime) -> None:
        age_s = (now - asked).total_seconds()
        self._hold("green on a stale read", age_s < self._limit_s(now, asked))
        asked_s = self._stage.true.monotonic_s() - age_s
        self._hold("green after a touch on an old read", asked_s >= self.rechecked_s - 60)

    def _limit_s(self, now: datetime, asked: datetime) -> float:
        config = self._stage.panel.config
        spans = [open_span(at, config.hours, config.room.zone) for at in {now, self._stage.clock.now()}]
        if not all(spans):
            return NIGHT_LIMIT_S
        return NEAR_LIMIT_S if self._stage.log.surely_near(asked, now) else DAY_LIMIT_S

    def _excuse(self, now: datetime, wrong: bool, step_s: float) -> None:
        """Green over a room that was taken after the read was asked for: allowed, and counted."""
        if not wrong:
            self._excused_since = None
            return
        self._excused_since = self._excused_since or now - timedelta(seconds=step_s)
        self._report.excused_green_s += step_s
        lasted_s = (now - self._excused_since).total_seconds()
        self._report.longest_excused_s = max(self._report.longest_excused_s, lasted_s)

    def _hold(self, name: str, holds: bool) -> None:
        self._book.hold(name, holds, self._scene)

    def _scene(self) -> str:
        panel = self._stage.panel
        age_s, offset_s = panel.reader.age_s(), self._stage.clock.offset_s
        return f"(state {panel.state.kind}, doubt {panel.state.doubt}, age {age_s}, clock off by {offset_s} s)"

    def _versions(self, asked: datetime) -> str:
        now, texts = self._stage.true.now(), []
        for version in self._stage.log.between(asked, now):
            taken = [f"{one.start:%H:%M:%S}-{one.end:%H:%M:%S}" for one in version.booked if one.start <= now < one.end]
            texts.append(f"from {version.since:%H:%M:%S} {taken}")
        return f"asked {asked:%H:%M:%S}; {'; '.join(texts)}"
