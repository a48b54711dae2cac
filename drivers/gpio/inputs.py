"""PIR, door contact and button: inputs whose edges are queued by their thread and judged in the event loop.

Wiring, all of them to 3.3 V levels (5 V on a pin kills the Pi):

- PIR (HC-SR501, AM312, EKMC): VCC, GND, output to the pin. ``active_high = true``, ``pull = "up"``: a torn wire then
  reads as motion that never ends, which is noticed; with "down" it would read as an empty room.
- Door contact (reed, closed while the door is): pin and GND, ``pull = "up"``, ``active_high = true``: open is high.
- Button to GND: ``pull = "up"``, ``active_high = false``.

>>> config = SensorConfig(name="pir-ceiling", kind="pir", pin=4)     # doctest: +SKIP
>>> sensor = open_input(config, publish, clock.monotonic_s)          # doctest: +SKIP
>>> await sensor.run()                                               # doctest: +SKIP
>>> sensor.close()                                                   # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from common.tasks import RestartPolicy
from drivers.device import Condition, Health
from drivers.errors import DeviceSilent, DriverError
from drivers.gpio.edges import STORM_EDGES, STORM_WINDOW_S, Debounce, Edge, EdgeQueue, Storm, Told
from drivers.readings import Reading
from drivers.standing import Standing

SETTLE_S = {"pir": 0.0, "door": 0.05, "button": 0.02}
"""How long a level must hold before it counts. A PIR without hold logic pulses for a millisecond: each edge counts."""
REREAD_S = 1.0
STALE_S = 5.0
CALM_S = 30.0
"""So long after a storm edges are not listened to. The level is read on, to see that the pin works, and not published:
what hums says neither somebody nor nobody, and an input that publishes nothing is unknown."""
REOPEN = RestartPolicy(first_s=1.0, most_s=30.0)


class InputConfig(Protocol):
    """What an input needs of drivers.sensor_config.SensorConfig."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def driver(self) -> str: ...
    @property
    def pin(self) -> int: ...
    @property
    def active_high(self) -> bool: ...
    @property
    def pull(self) -> str: ...


class Wire(Protocol):
    """One input line: a pin, or an emulated one. All but `close` may raise DriverError."""

    def open(self, *, edges: bool = True) -> None: ...

    def active(self) -> bool: ...

    def close(self) -> None: ...


class GpioInput:
    """One input; it opens its wire in `run`, and opens it again after a failure, 1 to 30 s later.

    `publish` is called in the event loop. What it raises ends `run`, which may be started again; the thread of the
    edges never sees it.
    """

    def __init__(
        self,
        config: InputConfig,
        publish: Callable[[Reading], object],
        monotonic_s: Callable[[], float],
        wire: Callable[[Callable[[bool], None]], Wire],
    ) -> None:
        self._config = config
        self._publish = publish
        self._monotonic_s = monotonic_s
        self._queue = EdgeQueue(monotonic_s)
        self.wire = wire(self._queue.put)
        self._debounce = Debounce(SETTLE_S[config.kind])
        self._storm = Storm()
        self._open = self._closed = False
        self._failures = self._opened = self._frames = 0
        self._standing = Standing(config.name, config.kind)
        self._due_s = self._heard_s = self._calm_from_s = float("-inf")
        self._woken: Callable[[], object] = lambda: None

    async def run(self) -> None:
        """Publish until `close`. Never raises DriverError: what is wrong is in `health`."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        self._woken = lambda: loop.call_soon_threadsafe(woken.set)
        self._queue.wake_with(self._woken)
        try:
            while not self._closed:
                wait_s = self.turn()
                try:
                    await asyncio.wait_for(woken.wait(), wait_s)
                except TimeoutError:
                    continue
                woken.clear()
        finally:
            self._queue.wake_with(None)
            self._woken = lambda: None

    def turn(self) -> float:
        """Do what is due now; return the seconds until more is, if no edge comes."""
        told: list[Told] = []
        try:
            if not self._open and self._monotonic_s() >= self._due_s:
                self._begin()
            for edge in self._queue.take():
                told += self._edge(edge)
            told += self._time_passed()
        except DriverError as error:
            self._failed(error)
        for one in told:
            self._publish(Reading(self._config.name, one.at_s, one.level))
        return self._wait_s()

    def health(self) -> Health:
        """How it is, at any time and from any thread."""
        age_s = self._monotonic_s() - self._heard_s if self._frames else None
        return Health(
            name=self._config.name,
            kind=self._config.kind,
            condition=self._condition(age_s),
            frame_age_s=age_s,
            problem=self._standing.problem,
            frames=self._frames,
            bad_frames=self._queue.overflow + self._queue.faults,
            reopened=max(0, self._opened - 1),
        )

    def close(self) -> None:
        """Give the pin back and let `run` end; may be called again."""
        self._closed = True
        self._open = False
        self.wire.close()
        self._woken()

    @property
    def emulator(self) -> Any:
        """The emulated line; None for a real pin."""
        return self.wire if self._config.driver == "emulated" else None

    def _condition(self, age_s: float | None) -> Condition:
        silent = age_s is not None and age_s > STALE_S
        return Condition.STALE if silent and self._standing.condition is Condition.HEALTHY else self._standing.condition

    @property
    def _storming(self) -> bool:
        return self._calm_from_s != float("-inf")

    def _begin(self) -> None:
        self.wire.open()
        self._queue.take()
        self._storm.clear()
        self._debounce = Debounce(SETTLE_S[self._config.kind])
        self._calm_from_s = float("-inf")
        self._open = True
        self._opened += 1

    def _edge(self, edge: Edge) -> list[Told]:
        if self._storming:
            return []
        if self._storm.edge(edge.at_s):
            self._deafen(edge.at_s)
            return []
        self._frames += 1
        return self._debounce.edge(edge)

    def _deafen(self, now_s: float) -> None:
        self._calm_from_s = now_s + CALM_S
        self.wire.open(edges=False)
        problem = (
            f"There were {STORM_EDGES} edges within {STORM_WINDOW_S:g} s, so what it says does not count for now."
            " Is its wire torn, long and unshielded, or its contact worn?"
        )
        self._standing.change(Condition.STALE, problem, cause="storm")

    def _time_passed(self) -> list[Told]:
        now_s = self._monotonic_s()
        if self._storming and now_s >= self._calm_from_s:
            self._begin()
        if not self._open or now_s < self._due_s:
            return [] if self._storming else self._debounce.advance(now_s)
        active = self.wire.active()
        self._frames += 1
        self._heard_s = now_s
        self._due_s = now_s + REREAD_S
        self._failures = 0
        if self._storming:
            return []
        self._standing.change(Condition.HEALTHY)
        return self._debounce.level(active, now_s)

    def _failed(self, error: DriverError) -> None:
        self._open = False
        self._calm_from_s = float("-inf")
        self.wire.close()
        condition = Condition.STALE if isinstance(error, DeviceSilent) else Condition.ABSENT
        self._standing.change(condition, str(error), cause=type(error).__name__)
        self._failures += 1
        self._due_s = self._monotonic_s() + REOPEN.delay_s(self._failures)

    def _wait_s(self) -> float:
        due_s = self._debounce.due_s if self._open and not self._storming else None
        next_s = self._due_s if due_s is None else min(self._due_s, due_s)
        return min(max(next_s - self._monotonic_s(), 0.0), REOPEN.most_s)


def open_input(
    config: InputConfig, publish: Callable[[Reading], object], monotonic_s: Callable[[], float]
) -> GpioInput:
    """Return the input that `config` names, to be run; with driver = "emulated" its `emulator` is an EmulatedInput."""
    # Imported here: emulated inputs need no GPIO library, and the emulator is not loaded on a unit.
    if config.driver == "emulated":
        from drivers.emulators.gpio import EmulatedInput

        return GpioInput(config, publish, monotonic_s, EmulatedInput)
    from drivers.gpio.wire import GpioWire

    return GpioInput(config, publish, monotonic_s, lambda on_edge: GpioWire(config, on_edge))
