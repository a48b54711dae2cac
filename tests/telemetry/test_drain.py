"""The state machine of draining: what it does one by one, and that nothing is lost whatever happens."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry.drain import MOST_READ_ROWS, MOST_UNCONFIRMED, PROBE_ROWS, Drain, DrainPace, Read, Wait

EPOCH = "a" * 16
OTHER = "b" * 16
PACE = DrainPace(rows_per_s=1000, ack_timeout_s=20, window_rows=500, settle_s=2)


def draining(pace: DrainPace = PACE) -> Drain:
    """Connected, settled at second 10."""
    drain = Drain(pace)
    drain.opened(EPOCH, 0)
    drain.connected(0)
    return drain


def send(drain: Drain, now_s: float, rows: int | None = None) -> Read:
    step = drain.step(now_s)
    assert isinstance(step, Read)
    count = step.limit if rows is None else rows
    drain.sent(count, step.after + count, 1, now_s)
    return step


def test_nothing_is_sent_without_a_file_or_a_connection() -> None:
    drain = Drain(PACE)
    assert drain.step(0) == Wait(math.inf)
    drain.opened(EPOCH, 0)
    assert drain.step(0) == Wait(math.inf)
    drain.connected(0)
    drain.disconnected()
    assert drain.step(10) == Wait(math.inf)


def test_after_a_connect_the_retained_watermark_is_waited_for_but_not_long() -> None:
    drain = draining()
    assert drain.step(0.5) == Wait(1.5)
    assert drain.step(2) == Read(0, 200)
    drain = draining()
    assert drain.ack(EPOCH, 70, 0.5) == 70
    assert drain.step(0.5) == Read(70, 200)


def test_an_ack_that_repeats_the_watermark_ends_the_waiting_too() -> None:
    drain = draining()
    drain.ack(EPOCH, 70, 1)
    drain.connected(5)
    assert drain.ack(EPOCH, 70, 5.1) == 0
    assert drain.step(5.1) == Read(70, 200)


@pytest.mark.parametrize(("epoch", "seq"), [(OTHER, 90), (EPOCH, 60), (EPOCH, 0), (EPOCH, 70)])
def test_old_and_foreign_acks_delete_nothing(epoch: str, seq: int) -> None:
    drain = draining()
    assert drain.ack(EPOCH, 70, 1) == 70
    assert drain.ack(epoch, seq, 2) == 0
    assert drain.acked == 70


def test_no_more_than_the_window_is_out() -> None:
    drain = draining()
    sizes = [send(drain, 10).limit, send(drain, 10).limit, send(drain, 10).limit]
    assert sizes == [MOST_READ_ROWS, MOST_READ_ROWS, 100]
    assert drain.step(10) == Wait(20)
    assert drain.ack(EPOCH, 200, 11) == 200
    assert drain.step(11) == Read(500, 200)


def test_no_more_messages_than_the_broker_confirms() -> None:
    drain = draining()
    drain.sent(5, 5, MOST_UNCONFIRMED, 10)
    assert drain.step(10) == Wait(20)
    drain.confirmed()
    assert drain.step(10) == Read(5, MOST_READ_ROWS)


def test_the_rate_holds_and_rows_go_together() -> None:
    drain = draining(DrainPace(rows_per_s=50))
    assert send(drain, 10) == Read(0, 50)
    wait = drain.step(10)
    assert isinstance(wait, Wait)
    assert wait.for_s == pytest.approx(0.5, abs=0.01)
    assert isinstance(drain.step(10.4), Wait)
    assert drain.step(10 + wait.for_s) == Read(50, 25)


def test_when_the_hub_is_late_it_begins_with_the_oldest_again_ever_later() -> None:
    drain = draining()
    send(drain, 10)
    assert drain.due_in_s(10) == 20
    assert drain.step(29.9) == Read(200, 200)
    late_s = []
    now_s = 30.0
    for _ in range(7):
        assert drain.step(now_s) == Read(0, PROBE_ROWS)
        send(drain, now_s)
        late_s.append(drain.due_in_s(now_s))
        now_s += drain.due_in_s(now_s)
    assert late_s == [40, 80, 160, 300, 300, 300, 300]
    assert drain.ack(EPOCH, 20, now_s) == 20
    assert (drain.failures, drain.step(now_s)) == (0, Read(20, 200))


def test_progress_puts_the_deadline_off() -> None:
    drain = draining()
    send(drain, 10)
    assert drain.ack(EPOCH, 50, 25) == 50
    assert drain.due_in_s(25) == 20
    assert drain.ack(EPOCH, 200, 26) == 200
    assert drain.due_in_s(26) == math.inf


def test_when_nobody_listens_it_waits_ever_longer_and_then_asks_with_few_rows() -> None:
    drain = draining()
    waits = []
    now_s = 10.0
    for _ in range(8):
        assert send(drain, now_s).after == 0
        drain.refused(now_s)
        drain.refused(now_s)  # of the same round: counts once
        step = drain.step(now_s)
        assert isinstance(step, Wait)
        waits.append(step.for_s)
        now_s += step.for_s
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]
    assert drain.step(now_s) == Read(0, PROBE_ROWS)


def test_a_watermark_that_repeats_does_not_cut_that_wait_short() -> None:
    drain = draining()
    drain.ack(EPOCH, 5, 10)
    send(drain, 10)
    drain.refused(10)
    drain.ack(EPOCH, 5, 10.1)
    assert isinstance(drain.step(10.2), Wait)


def test_another_file_begins_anew() -> None:
    drain = draining()
    drain.ack(EPOCH, 500, 10)
    send(drain, 10)
    drain.opened(OTHER, 11)
    assert (drain.acked, drain.out_rows, drain.sent_through) == (0, 0, 0)
    assert drain.step(11) == Read(0, 200)
    assert drain.ack(EPOCH, 700, 11) == 0


# -- whatever happens ------------------------------------------------------------------------------------------------

RATE = 50.0
WORLD_PACE = DrainPace(rows_per_s=RATE, ack_timeout_s=20, window_rows=120)
TICK_S = 0.5


@dataclass
class World:
    """An outbox, a broker, a hub with one watermark an epoch; what `telemetry.sender` does, in simulated time."""

    drain: Drain = field(default_factory=lambda: Drain(WORLD_PACE))
    now_s: float = 1000.0
    rows: list[int] = field(default_factory=list)
    next_seq: int = 1
    epoch_number: int = 0
    broker: str = "well"
    hub_alive: bool = True
    stored: dict[tuple[int, int], int] = field(default_factory=dict)
    ever_committed: set[tuple[int, int]] = field(default_factory=set)
    watermarks: dict[int, int] = field(default_factory=dict)
    acks: list[tuple[int, int]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    sends: list[tuple[float, int]] = field(default_factory=list)
    order: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.drain.opened(self.epoch, self.now_s)
        self.drain.connected(self.now_s)

    @property
    def epoch(self) -> str:
        return f"{self.epoch_number:016x}"

    def append(self, count: int) -> None:
        self.rows += range(self.next_seq, self.next_seq + count)
        self.next_seq += count

    def evict(self, part: int) -> None:
        del self.rows[::part]

    def restart_agent(self) -> None:
        self.drain = Drain(WORLD_PACE)
        self.drain.opened(self.epoch, self.now_s)
        self.reconnect()

    def reconnect(self) -> None:
        self.answers.clear()
        self.acks = [(self.epoch_number, self.watermarks.get(self.epoch_number, 0))]  # retained
        self.drain.connected(self.now_s)

    def new_file(self) -> None:
        self.epoch_number += 1
        self.rows, self.next_seq = [], 1
        self.drain.opened(self.epoch, self.now_s)

    def hub_restored(self, back: int) -> None:
        mark = max(0, self.watermarks.get(self.epoch_number, 0) - back)
        self.watermarks[self.epoch_number] = mark
        self.stored = {key: prev for key, prev in self.stored.items() if key[0] != self.epoch_number or key[1] <= mark}

    def odd_ack(self, back: int) -> None:
        self.acks.append((self.epoch_number, max(0, self.watermarks.get(self.epoch_number, 0) - back)))
        self.acks.append((self.epoch_number + 1000, 10**6))

    def run(self, seconds: float) -> None:
        for _ in range(int(seconds / TICK_S)):
            self.now_s += TICK_S
            self._tick()

    def _tick(self) -> None:
        answers, self.answers = self.answers, []
        for answer in answers:
            self.drain.confirmed() if answer == "taken" else self.drain.refused(self.now_s)
        acks, self.acks = self.acks, []
        for epoch, seq in acks:
            self._delete(self.drain.ack(f"{epoch:016x}", seq, self.now_s))
        while isinstance(step := self.drain.step(self.now_s), Read):
            if not self._send(step):
                break

    def _delete(self, through: int) -> None:
        gone = [seq for seq in self.rows if seq <= through]
        assert {(self.epoch_number, seq) for seq in gone} <= self.ever_committed, "deleted and not at the hub"
        self.rows = self.rows[len(gone) :]

    def _send(self, step: Read) -> bool:
        chosen = [seq for seq in self.rows if seq > step.after][: step.limit]
        if not chosen:
            return False
        before = max((seq for seq in self.rows if seq <= step.after), default=0)
        self.drain.sent(len(chosen), chosen[-1], 1, self.now_s)
        assert self.drain.out_rows <= WORLD_PACE.window_rows
        self.sends.append((self.now_s, len(chosen)))
        self._carry(list(zip(chosen, [before, *chosen], strict=False)))
        return True

    def _carry(self, batch: list[tuple[int, int]]) -> None:
        match self.broker:
            case "well":
                self.answers.append("taken")
                if self.hub_alive:
                    self._commit(batch)
            case "forgets":
                self.answers.append("taken")
            case "nobody" | "refuses":
                self.answers.append("refused")
            case "silent":
                pass

    def _commit(self, batch: list[tuple[int, int]]) -> None:
        for seq, prev in batch:
            key = (self.epoch_number, seq)
            self.stored[key] = min(prev, self.stored.get(key, prev))
            self.order.append(key)
        mark = self.watermarks.get(self.epoch_number, 0)
        for epoch, seq in sorted(self.stored):
            if epoch == self.epoch_number and seq > mark:
                if self.stored[epoch, seq] > mark:
                    break
                mark = seq
                self.ever_committed.add((epoch, seq))
        self.watermarks[self.epoch_number] = mark
        self.acks.append((self.epoch_number, mark))

    def heal(self) -> None:
        """All is well from now on; after an hour at most the outbox must be empty."""
        if self.broker == "silent":
            self.reconnect()  # the link cuts a connection over which no answer comes
        self.broker, self.hub_alive = "well", True
        for _ in range(3600):
            if not self.rows:
                return
            self.run(1)
        raise AssertionError(f"{len(self.rows)} rows are never acknowledged")


ACTIONS = st.one_of(
    st.tuples(st.just("append"), st.sampled_from([1, 7, 100, 2000])),
    st.tuples(st.just("evict"), st.integers(2, 9)),
    st.tuples(st.just("run"), st.sampled_from([1, 3, 10, 45, 400])),
    st.tuples(st.just("broker"), st.sampled_from(["well", "forgets", "nobody", "refuses", "silent"])),
    st.tuples(st.just("hub_alive"), st.booleans()),
    st.tuples(st.just("hub_restored"), st.integers(0, 100)),
    st.tuples(st.just("odd_ack"), st.integers(0, 100)),
    st.tuples(st.sampled_from(["reconnect", "restart_agent", "new_file"]), st.none()),
)


def perform(world: World, action: tuple[str, Any]) -> None:
    name, value = action
    if name in ("broker", "hub_alive"):
        setattr(world, name, value)
    elif value is None:
        getattr(world, name)()
    else:
        getattr(world, name)(value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTIONS, max_size=30))
def test_nothing_is_lost_whatever_happens(actions: list[tuple[str, Any]]) -> None:
    world = World()
    for action in actions:
        perform(world, action)
    world.heal()  # and every deletion was looked at
    assert world.rows == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTIONS, max_size=30))
def test_the_rate_holds_whatever_happens(actions: list[tuple[str, Any]]) -> None:
    world = World()
    restarts = 1
    for action in actions:
        restarts += action[0] == "restart_agent"
        perform(world, action)
    world.heal()
    for index, (began_s, _) in enumerate(world.sends):
        within = sum(rows for at_s, rows in world.sends[index:] if at_s <= began_s + 10)
        assert within <= RATE * (10 + restarts)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3000))
def test_without_faults_every_row_goes_once_and_in_order(count: int) -> None:
    world = World()
    world.append(count)
    world.heal()
    assert world.order == [(0, seq) for seq in range(1, count + 1)]
