"""What one sensor has said, and until when it counts: the state machine of a single input of the fusion.

    state, motion = hear_pir(state, Level(active=True), now_s)

Each `hear_...` takes one statement and returns the new state and whether it is motion: enough to take the room for
occupied at once. What several inputs mean together is decided in roomdisplay.fusion_exits and roomdisplay.occupancy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from drivers.readings import Level, Radar, Targets
from roomdisplay.presence_settings import OccupancySection

NEVER = -math.inf
RUN_GAP_S = 1.0
"""Moving frames further apart than this are not one movement (a radar sends ten a second)."""
_ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True)
class MovingRun:
    """Moving frames of one radar without one that says "nobody" between them; still ones neither count nor break."""

    frames: int = 0
    from_s: float = NEVER
    to_s: float = NEVER

    def add(self, at_s: float) -> MovingRun:
        """With one more moving frame."""
        if not self.frames or at_s - self.to_s > RUN_GAP_S:
            return MovingRun(1, at_s, at_s)
        return MovingRun(self.frames + 1, self.from_s, at_s)

    def enough(self, settings: OccupancySection) -> bool:
        """One frame proves nothing: a HiLink frame has no check sum (reference/drivers.md 1.1)."""
        span_s = self.to_s - self.from_s + _ROUNDING_S
        return self.frames >= settings.radar_enter_frames and span_s >= settings.radar_enter_ms / 1000


_NO_RUN = MovingRun()


@dataclass(frozen=True, slots=True)
class InputState:
    """All that is kept of one input. Times are monotonic seconds."""

    healthy_since_s: float | None = None
    """None: unknown, because it is silent, stuck, makes no statement or was never heard"""
    heard_s: float = NEVER
    """the last statement, whatever it said"""
    active: bool = False
    """a PIR that is on, a radar that sees somebody, a door that is open, a button that is down"""
    level_since_s: float = NEVER
    """since when `active` is what it is, as far as was heard"""
    seen_s: float = NEVER
    """the last statement that told of a person"""
    held_s: float = NEVER
    """a person was there until then: later than `seen_s` where the last word was "somebody" and no other came"""
    what: str = ""
    """the token of that statement, see roomdisplay.occupancy.Evidence"""
    run: MovingRun = _NO_RUN
    stuck: bool = False
    """a PIR that was on for too long; ends when it is heard to be off, or when it goes on anew"""

    @property
    def healthy(self) -> bool:
        """It can be relied on now."""
        return self.healthy_since_s is not None

    @property
    def occupied_until_s(self) -> float:
        """Until when a PIR or radar has seen somebody; infinite while it does."""
        return math.inf if self.active and self.healthy else self.held_s

    def lost(self, at_s: float, *, stuck: bool = False) -> InputState:
        """Unknown from `at_s` on. If its last word was "somebody", that was believed until now."""
        held_s = at_s if self.active and self.healthy else self.held_s
        return replace(
            self,
            healthy_since_s=None,
            active=False,
            level_since_s=at_s,
            held_s=held_s,
            run=_NO_RUN,
            stuck=stuck or self.stuck,
        )

    def sees(self, what: str, at_s: float) -> InputState:
        """Told of a person at this instant."""
        return replace(self, seen_s=at_s, held_s=at_s, what=what)


Heard = tuple[InputState, bool]


def hear_radar(
    state: InputState, seen: Radar | Targets, at_s: float, settings: OccupancySection, *, believed: bool
) -> Heard:
    """A frame of a radar or tracker. `believed` False: the room is empty, where single or still frames mean nothing."""
    if seen is Radar.NO_STATEMENT:
        return state.lost(at_s), False
    run = _run(state.run, seen, at_s)
    motion = run.to_s == at_s and run.enough(settings)
    active = _sees_somebody(seen) and (believed or motion)
    return (
        InputState(
            healthy_since_s=at_s if state.healthy_since_s is None else state.healthy_since_s,
            heard_s=at_s,
            active=active,
            level_since_s=state.level_since_s if active is state.active and state.healthy else at_s,
            seen_s=at_s if active else state.seen_s,
            held_s=at_s if active else state.held_s,
            what=_word(seen) if active else state.what,
            run=run,
        ),
        motion,
    )


def _sees_somebody(seen: Radar | Targets) -> bool:
    return bool(seen.targets) if isinstance(seen, Targets) else seen is not Radar.NONE


def _run(run: MovingRun, seen: Radar | Targets, at_s: float) -> MovingRun:
    if not _sees_somebody(seen):
        return _NO_RUN
    return run if seen is Radar.STILL else run.add(at_s)


def _word(seen: Radar | Targets) -> str:
    if isinstance(seen, Targets):
        return "target"
    return "still" if seen is Radar.STILL else "moving"


def hear_pir(state: InputState, level: Level, at_s: float) -> Heard:
    """An edge or a re-read level of a PIR; a level that is found on is an edge that was lost."""
    if not level.active:
        held_s = at_s if state.active and state.healthy else state.held_s  # it was on until now
        return _level(replace(state, held_s=held_s, stuck=False), at_s, active=False), False
    if state.stuck and not level.edge:
        return replace(state, heard_s=at_s), False
    rising = level.edge or not state.active
    heard = _level(replace(state, stuck=False), at_s, active=True)
    return replace(heard.sees("motion", at_s), level_since_s=at_s if rising else heard.level_since_s), True


def hear_door(state: InputState, level: Level, at_s: float) -> Heard:
    """A door contact: no motion by itself."""
    return _level(state, at_s, active=level.active), False


def hear_button(state: InputState, level: Level, at_s: float) -> Heard:
    """A press is a person at this instant; a button that is held, or found down after a start, is not one more."""
    pressed = level.active and (level.edge or (state.healthy and not state.active))
    heard = _level(state, at_s, active=level.active)
    return (heard.sees("pressed", at_s), True) if pressed else (heard, False)


def _level(state: InputState, at_s: float, *, active: bool) -> InputState:
    same = state.healthy and state.active is active
    return replace(
        state,
        healthy_since_s=state.healthy_since_s if state.healthy else at_s,
        heard_s=at_s,
        active=active,
        level_since_s=state.level_since_s if same else at_s,
    )
