"""Whether somebody is in the room, as far as its sensors can tell: a pure fusion of any number of inputs.

    fusion = Fusion.start(inputs, settings, now_s)
    fusion = fusion.step(reading)          # each reading, in the order of time
    fusion = fusion.advance(now_s)         # time alone; how often it is called changes nothing
    fusion.occupancy                       # at the instant it was last stepped or advanced to

All times are monotonic seconds. Defaults and reasons: reference/drivers.md 5, repeated in docs/drivers.md.

- Occupied at once: a PIR that goes on, a radar that sees movement in several frames, a button that is pressed. A radar
  that sees somebody still keeps a room occupied, and never makes it so.
- Vacant: nobody was seen for the exit time of the PIRs, radars and trackers that are healthy, and they have watched
  for so long (roomdisplay.fusion_exits). Doors and buttons alone never tell that a room is empty.
- A PIR that goes on after all doors were closed, or movement a minute after: somebody is in there until a door opens,
  for `door_closed_max_min` after the last such motion at most. A door contact that fails lets nobody out.
- Unknown: nothing that could tell is healthy, or not for long enough. Silent for `stale_s`, a radar that makes no
  statement, a PIR that is on for `pir_stuck_min` while nothing else sees anybody: that input is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.readings import Level, Radar, Reading, Targets, Value
from roomdisplay.fusion_exits import Exits
from roomdisplay.fusion_inputs import NEVER, Heard, InputState, hear_button, hear_door, hear_pir, hear_radar
from roomdisplay.presence_settings import OccupancySection

LATE_S = 0.5
"""A reading that comes so late, after a later one of another thread, counts as of now; an older one is dropped."""
BOX_SETTLE_S = 60.0
"""Movement counts as behind a closed door only after this: an LD2450 holds those who left for 36 s."""


class Presence(StrEnum):
    """What the sensors say together; without sensors it is unknown."""

    OCCUPIED = "occupied"
    VACANT = "vacant"
    UNKNOWN = "unknown"


class InputKind(StrEnum):
    """What an input can tell."""

    PIR = "pir"
    RADAR = "radar"
    """LD2410: moving starts, still sustains"""
    TRACKER = "tracker"
    """LD2450: a target is a moving person"""
    DOOR = "door"
    """active = open; alone it proves neither presence nor absence"""
    BUTTON = "button"
    """a press is a person"""


@dataclass(frozen=True, slots=True)
class Input:
    """One configured sensor that takes part."""

    name: str
    kind: InputKind


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the room is taken for occupied: which input said what, when last."""

    input: str
    what: str
    """a token: motion, moving, still, target, pressed, door-closed"""
    at_s: float


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What is known of the room at one instant."""

    presence: Presence
    since_s: float
    """when `presence` took this value"""
    evidence: tuple[Evidence, ...] = ()
    """newest first, one per input"""
    known_since_s: float | None = None
    """since when, without a gap, `presence` was not UNKNOWN; None while it is"""
    occupied_last_s: float | None = None
    """the last instant at which it was OCCUPIED, now if it is; None: never since the start"""
    sensed_from_s: float | None = None
    """first and last positive evidence of the present spell of OCCUPIED, the time to exit not included"""
    sensed_to_s: float | None = None
    unknown_inputs: tuple[str, ...] = ()
    """inputs that are silent, stuck or make no statement"""


@dataclass(frozen=True, slots=True)
class _Terms:
    """What stays the same for the life of a fusion: who takes part, in which role, and the times."""

    inputs: tuple[Input, ...]
    settings: OccupancySection
    exits: Exits
    index: Mapping[str, int]
    radars: tuple[int, ...]
    pirs: tuple[int, ...]
    doors: tuple[int, ...]
    buttons: tuple[int, ...]

    @classmethod
    def of(cls, inputs: tuple[Input, ...], settings: OccupancySection) -> _Terms:
        def having(*kinds: InputKind) -> tuple[int, ...]:
            return tuple(index for index, each in enumerate(inputs) if each.kind in kinds)

        return cls(
            inputs,
            settings,
            Exits.of(settings),
            {each.name: index for index, each in enumerate(inputs)},
            having(InputKind.RADAR, InputKind.TRACKER),
            having(InputKind.PIR),
            having(InputKind.DOOR),
            having(InputKind.BUTTON),
        )


@dataclass(frozen=True, slots=True)
class Fusion:
    """What all inputs have said up to `now_s`, and what follows from it. Frozen: each step returns a new one.

    Readings of unknown sources, of kinds that tell nothing of people, and older than `LATE_S` change nothing.
    """

    terms: _Terms
    states: tuple[InputState, ...]
    now_s: float
    presence: Presence
    since_s: float
    known_since_s: float | None = None
    left_s: float | None = None
    """the end of the last spell of OCCUPIED"""
    sensed_from_s: float | None = None
    sensed_to_s: float | None = None
    boxed_s: float = NEVER
    """the last motion behind doors that are closed since before it"""
    fresh_s: float = NEVER
    """the last statement that only a living sensor makes: a PIR that goes on, a radar's target, a press"""
    next_s: float = math.inf
    """when time alone changes something"""

    @classmethod
    def start(cls, inputs: tuple[Input, ...], settings: OccupancySection, now_s: float) -> Fusion:
        """Nothing is known yet; names of inputs must differ."""
        return cls(_Terms.of(inputs, settings), (InputState(),) * len(inputs), now_s, Presence.UNKNOWN, now_s)

    def step(self, reading: Reading) -> Fusion:
        """With one reading; the time of the fusion becomes the reading's, unless that is late."""
        index = self.terms.index.get(reading.source)
        at_s = reading.monotonic_s
        if index is None or not self.now_s - LATE_S <= at_s < math.inf:
            return self
        now = self.advance(at_s)
        heard = now._hear(index, reading.value)
        return now._with(index, *heard) if heard else self

    def advance(self, now_s: float) -> Fusion:
        """At a later instant, without a reading; an earlier one changes nothing."""
        if not self.now_s < now_s < math.inf:
            return self
        fusion = self
        while fusion.next_s <= now_s:
            fusion = fusion._lapse(fusion.next_s)
        return replace(fusion, now_s=now_s)

    @property
    def occupancy(self) -> Occupancy:
        """What is known of the room at `now_s`."""
        occupied = self.presence is Presence.OCCUPIED
        return Occupancy(
            presence=self.presence,
            since_s=self.since_s,
            evidence=self._evidence() if occupied else (),
            known_since_s=self.known_since_s,
            occupied_last_s=self.now_s if occupied else self.left_s,
            sensed_from_s=self.sensed_from_s,
            sensed_to_s=self.sensed_to_s,
            unknown_inputs=tuple(
                each.name for each, state in zip(self.terms.inputs, self.states, strict=True) if not state.healthy
            ),
        )

    def _evidence(self) -> tuple[Evidence, ...]:
        from_s = self.sensed_from_s if self.sensed_from_s is not None else math.inf
        found = {
            each.name: Evidence(each.name, state.what, state.seen_s)
            for each, state in zip(self.terms.inputs, self.states, strict=True)
            if state.seen_s >= from_s
        }
        if self._boxed_until_s > self.now_s:
            doors = (self.terms.inputs[index].name for index in self.terms.doors)
            found |= {name: Evidence(name, _DOOR_CLOSED, self.boxed_s) for name in doors}
        return tuple(sorted(found.values(), key=lambda evidence: -evidence.at_s))

    # --- one reading -----------------------------------------------------------------------------------------------

    def _hear(self, index: int, value: Value) -> Heard | None:
        """None: the value is none that this kind of input can have."""
        state, kind = self.states[index], self.terms.inputs[index].kind
        if isinstance(value, Radar | Targets):
            if kind not in (InputKind.RADAR, InputKind.TRACKER):
                return None
            believed = self.presence is not Presence.VACANT
            return hear_radar(state, value, self.now_s, self.terms.settings, believed=believed)
        hear = _HEAR_LEVEL.get(kind)
        return hear(state, value, self.now_s) if hear and isinstance(value, Level) else None

    def _with(self, index: int, state: InputState, motion: bool) -> Fusion:
        kind, now_s, boxed_s = self.terms.inputs[index].kind, self.now_s, self.boxed_s
        if kind is InputKind.DOOR and state.active:
            if self.presence is Presence.OCCUPIED and self._boxed_until_s > now_s:
                state = state.sees(_DOOR_CLOSED, now_s)  # whoever was in there was so until now
            boxed_s = NEVER
        elif motion and kind is not InputKind.BUTTON and self._behind_doors(state, kind):
            boxed_s = now_s
        seen = state.seen_s == now_s
        fresh = seen and (kind is not InputKind.PIR or state.level_since_s == now_s)
        states = (*self.states[:index], state, *self.states[index + 1 :])
        return self._judged(states, boxed_s, now_s if fresh else self.fresh_s, entered=motion, seen=seen)

    def _behind_doors(self, mover: InputState, kind: InputKind) -> bool:
        """All doors are closed, and this motion is not what a sensor still tells of those who went out by them."""
        doors = [self.states[index] for index in self.terms.doors]
        if not doors or not self.terms.settings.door_closed_max_min:
            return False
        if any(door.active or not door.healthy for door in doors):
            return False
        closed_s = max(door.level_since_s for door in doors)
        went_on = kind is InputKind.PIR and mover.level_since_s > closed_s
        return went_on or self.now_s - closed_s >= BOX_SETTLE_S

    # --- time ------------------------------------------------------------------------------------------------------

    def _lapse(self, at_s: float) -> Fusion:
        """At `at_s`, which is the next instant at which time alone changes something."""
        states = tuple(self._lapsed(index, state, at_s) for index, state in enumerate(self.states))
        return replace(self, now_s=at_s)._judged(states, self.boxed_s, self.fresh_s)

    def _lapsed(self, index: int, state: InputState, at_s: float) -> InputState:
        if not state.healthy:
            return state
        if self._stuck_at_s(index, state, self.fresh_s) <= at_s:
            return state.lost(at_s, stuck=True)
        return state.lost(at_s) if state.heard_s + self.terms.settings.stale_s <= at_s else state

    def _stuck_at_s(self, index: int, state: InputState, fresh_s: float) -> float:
        if self.terms.inputs[index].kind is not InputKind.PIR or not state.active:
            return math.inf
        return max(state.level_since_s, fresh_s) + self.terms.settings.pir_stuck_min * 60

    @property
    def _boxed_until_s(self) -> float:
        return self.boxed_s + self.terms.settings.door_closed_max_min * 60

    # --- judgement -------------------------------------------------------------------------------------------------

    def _judged(
        self,
        states: tuple[InputState, ...],
        boxed_s: float,
        fresh_s: float,
        *,
        entered: bool = False,
        seen: bool = False,
    ) -> Fusion:
        fusion = replace(self, states=states, boxed_s=boxed_s, fresh_s=fresh_s)
        vacant_s, upheld_s = fusion._vacant_at_s(), fusion._upheld_until_s()
        presence = fusion._presence(vacant_s, upheld_s, entered=entered)
        turns = (vacant_s, upheld_s if presence is Presence.OCCUPIED else math.inf)
        next_s = min((*fusion._losses_s(), *(turn for turn in turns if turn > self.now_s)), default=math.inf)
        return fusion._turned(presence, next_s, seen=seen)

    def _presence(self, vacant_s: float, upheld_s: float, *, entered: bool) -> Presence:
        if entered:
            return Presence.OCCUPIED
        if vacant_s <= self.now_s:
            return Presence.VACANT
        if self.presence is Presence.OCCUPIED and upheld_s > self.now_s:
            return Presence.OCCUPIED
        return Presence.UNKNOWN

    def _vacant_at_s(self) -> float:
        terms, states = self.terms, self.states
        others = [states[index] for index in (*terms.buttons, *terms.doors)]
        by_exits_s = terms.exits.vacant_at_s(
            [states[index] for index in terms.radars], [states[index] for index in terms.pirs], others
        )
        return max(by_exits_s, self._boxed_until_s)

    def _upheld_until_s(self) -> float:
        """Until when "occupied" stands without anybody saying so again, before it becomes unknown."""
        terms, states = self.terms, self.states
        if any(states[index].healthy for index in (*terms.radars, *terms.pirs)):
            return math.inf
        boxed_s = self._boxed_until_s if any(states[index].healthy for index in terms.doors) else NEVER
        pressed_s = max((states[index].held_s for index in terms.buttons if states[index].healthy), default=NEVER)
        return max(boxed_s, pressed_s + terms.exits.pir_alone.pir_s)

    def _losses_s(self) -> Iterator[float]:
        """When each healthy input becomes unknown if it says nothing more."""
        for index, state in enumerate(self.states):
            if state.healthy:
                stale_s = state.heard_s + self.terms.settings.stale_s
                yield min(stale_s, self._stuck_at_s(index, state, self.fresh_s))

    def _turned(self, presence: Presence, next_s: float, *, seen: bool) -> Fusion:
        """With this presence from now on."""
        now_s = self.now_s
        occupied = presence is Presence.OCCUPIED
        if presence is self.presence:
            return replace(self, next_s=next_s, sensed_to_s=now_s if occupied and seen else self.sensed_to_s)
        known_since_s = self.known_since_s if self.known_since_s is not None else now_s
        return replace(
            self,
            next_s=next_s,
            presence=presence,
            since_s=now_s,
            known_since_s=None if presence is Presence.UNKNOWN else known_since_s,
            left_s=now_s if self.presence is Presence.OCCUPIED else self.left_s,
            sensed_from_s=now_s if occupied else None,
            sensed_to_s=now_s if occupied else None,
        )


_DOOR_CLOSED = "door-closed"
_HEAR_LEVEL: dict[InputKind, Callable[[InputState, Level, float], Heard]] = {
    InputKind.PIR: hear_pir,
    InputKind.DOOR: hear_door,
    InputKind.BUTTON: hear_button,
}
