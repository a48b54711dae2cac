"""What holds in any rollout, whatever the units, the network and the laptop do: laws, looked for by hypothesis."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from provisioning.rollout_plan import Amount, Pace, Rules, Window
from provisioning.rollout_state import Event, Pause, Resume, Rollout, Status, Task, Tick, Visit, is_quiet, step
from provisioning.rollout_unit import ENDS, Phase, Progress
from tests.provisioning.rollout_world import NEW, OLD, World

NOW_S = 1_790_000_000.0
NIGHT = Window("19:00", "06:00")
PACE = Pace(trial_s=1e9)
"""That an updater never judges has a test of its own."""

fates = st.sampled_from(["heard", "heard", "heard", "lost before", "lost after"])


class AnyRollout(RuleBasedStateMachine):
    """`kept` is what is on the disk: the last state, without the visits under way, or the one before it."""

    @initialize(
        sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4),
        bad=st.sets(st.integers(0, 15), max_size=3),
        max_fail=st.sampled_from([Amount(0), Amount(1), Amount(20, is_percent=True)]),
        need=st.sampled_from([100.0, 60.0]),
        limit=st.integers(1, 4),
        window=st.sampled_from([None, NIGHT]),
    )
    def begin(
        self, sizes: list[int], bad: set[int], max_fail: Amount, need: float, limit: int, window: Window | None
    ) -> None:
        waves = [wave for wave, size in enumerate(sizes) for _ in range(size)]
        self.world = {f"u-{number}": World(f"u-{number}", bad=number in bad) for number in range(len(waves))}
        self.by = Rules(
            60.0, max_fail, need, patience_s=1800.0, limit=limit, window=window, strict_canary=False, pace=PACE
        )
        units = {name: Progress(name, wave, "Europe/Madrid") for name, wave in zip(self.world, waves, strict=True)}
        self.now_s = NOW_S
        self.rollout = self.before = Rollout(self.by, units)
        self.happens(Tick())

    def happens(self, event: Event) -> None:
        before = self.rollout
        self.rollout, visits = step(before, event, self.now_s)
        self.before = before
        for visit in visits:
            self.check_visit(before, visit)
        for name, one in before.units.items():
            assert one.phase not in ENDS - {Phase.UNKNOWN} or self.rollout.units[name].phase is one.phase

    def check_visit(self, before: Rollout, visit: Visit) -> None:
        one = self.rollout.units[visit.unit]
        assert visit.unit not in before.visits or before.visits != self.rollout.visits, "two visits to one unit"
        assert one.wave < self.rollout.begun
        assert one.phase not in ENDS
        if visit.task is not Task.LOOK:
            assert self.rollout.status is Status.RUNNING
        if visit.task is Task.ACTIVATE and self.by.window:
            assert self.by.window.next_open(self.now_s, one.zone) == self.now_s

    @rule(seconds=st.sampled_from([0.5, 5.0, 30.0, 30.0, 130.0, 3600.0, 40_000.0, -600.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.now_s += seconds
        self.happens(Tick())

    @precondition(lambda self: self.rollout.visits)
    @rule(which=st.integers(0, 7), fate=fates)
    def a_visit_ends(self, which: int, fate: str) -> None:
        name, task = list(self.rollout.visits.items())[which % len(self.rollout.visits)]
        world, was_off = self.world[name], self.world[name].off
        if fate == "lost after":
            world.visit(Visit(name, task))
        world.off = was_off or fate != "heard"
        result = world.visit(Visit(name, task))
        world.off = was_off
        self.happens(result)

    @rule(rounds=st.sampled_from([1, 3, 10, 40]), seconds=st.sampled_from([10.0, 35.0, 125.0]), judges=st.booleans())
    def a_while_goes_by(self, rounds: int, seconds: float, judges: bool) -> None:
        """Units that are off stay off, those that are busy stay busy; all laws are asked in between."""
        for _ in range(rounds):
            for name, task in list(self.rollout.visits.items()):
                self.happens(self.world[name].visit(Visit(name, task)))
                self.check_invariants_here()
                if judges:
                    self.world[name].judge()
            self.time_goes_by(seconds)

    def check_invariants_here(self) -> None:
        self.a_wave_begins_when_those_before_it_soaked()
        self.done_is_done_and_once()
        self.the_threshold_stops()

    @rule(which=st.integers(0, 15), what=st.sampled_from(["judge", "judge", "busy", "off"]))
    def a_unit_changes(self, which: int, what: str) -> None:
        world = list(self.world.values())[which % len(self.world)]
        if what == "judge":
            world.judge()
        else:
            setattr(world, what, not getattr(world, what))

    @rule()
    def paused(self) -> None:
        self.happens(Pause())

    @rule()
    def resumed(self) -> None:
        self.happens(Resume())

    @rule(last_is_kept=st.booleans(), done=st.sets(st.integers(0, 7)), seconds=st.sampled_from([1.0, 50_000.0]))
    def the_laptop_dies(self, last_is_kept: bool, done: set[int], seconds: float) -> None:
        """Some of the visits under way were done, and nobody heard."""
        for number, (name, task) in enumerate(self.rollout.visits.items()):
            if number in done:
                self.world[name].visit(Visit(name, task))
        kept = self.rollout if last_is_kept else self.before
        self.now_s += seconds
        self.rollout = self.before = replace(kept, visits={})
        self.happens(Tick())

    @invariant()
    def no_unit_is_lost_or_counted_twice(self) -> None:
        assert set(self.rollout.units) == set(self.world)
        assert sum(self.rollout.counts().values()) == len(self.world)

    @invariant()
    def no_more_at_once_than_may(self) -> None:
        stages = sum(task is Task.STAGE for task in self.rollout.visits.values())
        assert stages <= self.by.limit
        assert len(self.rollout.visits) - stages <= self.by.limit

    @invariant()
    def only_units_of_waves_that_began_are_touched(self) -> None:
        touched = {name for name, world in self.world.items() if world.pushes}
        assert all(self.rollout.units[name].wave < self.rollout.begun for name in touched)

    @invariant()
    def a_wave_begins_when_those_before_it_soaked(self) -> None:
        for begun in range(1, self.rollout.begun):
            former = [one for one in self.rollout.units.values() if one.wave < begun]
            judged = [one for one in former if one.phase is not Phase.FAILED]
            done = sum(one.phase is Phase.DONE for one in judged)
            assert done >= math.ceil(len(judged) * self.by.need_percent / 100 - 1e-9)

    @invariant()
    def done_is_done_and_once(self) -> None:
        for name, world in self.world.items():
            assert world.activations <= 1, "a release was activated twice"
            assert world.pushes <= 1, "a bundle was sent to who had it"
            phase = self.rollout.units[name].phase
            assert phase is not Phase.DONE or world.has_it
            assert phase is not Phase.FAILED or world.failed, "only what the release did is a failure"

    @invariant()
    def the_threshold_stops(self) -> None:
        if self.rollout.counts()[Phase.FAILED] > self.rollout.most_failed:
            assert self.rollout.status is not Status.RUNNING
            assert not any(self.rollout.units[name].phase in ENDS for name in self.rollout.visits)

    @invariant()
    def healthy_units_are_never_taken_back(self) -> None:
        assert all(world.current == self.look_of(world) for world in self.world.values())

    @staticmethod
    def look_of(world: World) -> str:
        """What a unit runs follows from what it did alone."""
        return NEW if world.activations and not world.failed else OLD

    def teardown(self) -> None:
        """When everything is well again, it comes to an end: nothing hangs."""
        if not hasattr(self, "rollout"):
            return
        for world in self.world.values():
            world.off = world.busy = False
        self.happens(Resume())
        for _ in range(2000):
            if is_quiet(self.rollout):
                break
            for name, task in list(self.rollout.visits.items()):
                self.happens(self.world[name].visit(Visit(name, task)))
                self.world[name].judge()
            self.now_s += 120.0
            self.happens(Tick())
        failed = self.rollout.counts()[Phase.FAILED]
        stopped = failed > self.rollout.most_failed
        assert self.rollout.status is (Status.STOPPED if stopped else Status.FINISHED)
        assert stopped or all(world.has_it for world in self.world.values() if not world.failed)


AnyRollout.TestCase.settings = settings(max_examples=40, stateful_step_count=60, deadline=None)
TestAnyRollout = AnyRollout.TestCase
