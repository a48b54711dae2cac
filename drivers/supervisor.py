"""Keeps one serial device in use: opens its port, finds its baud rate, publishes its readings, notices its silence.

    supervisor = SerialSupervisor("radar", Ld2410Device, port, publish)
    await supervisor.run()                  # until cancelled
    supervisor.health()                     # at any time

Whatever the device does ends here: an unplug is retried after 1 to 30 s for ever, silence and noise are conditions.
A fault of our own code is not hidden: it leaves `run`, for common.tasks to report.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from common.tasks import RestartPolicy
from drivers.device import Condition, Health, SerialDevice
from drivers.errors import DeviceError
from drivers.hearing import Hearing, complaint, foreign_name
from drivers.link import FileLink, SerialLink
from drivers.readings import Reading, Value
from drivers.session import Session
from drivers.standing import Standing

REOPEN = RestartPolicy(first_s=1.0, most_s=30.0, jitter=0.2, healthy_after_s=30.0)
"""A port that failed is opened again after 1 to 30 s; one that was confirmed for 30 s begins at 1 s again."""

OpenLink = Callable[[str, int], Awaitable[FileLink]]


async def open_in_thread(port: str, baud: int) -> FileLink:
    """Open a SerialLink in a worker thread, for a dying adapter can hold `open` for seconds.

    Raises:
        DeviceError: as SerialLink.
    """
    opening = asyncio.get_running_loop().run_in_executor(None, SerialLink, port, baud)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_unwanted)
        raise


def _close_unwanted(opening: asyncio.Future[SerialLink]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


class SerialSupervisor:
    """One configured serial device; `publish` is called on the loop with each of its readings.

    `baud` 0 tries the rates of the device in their order, the one that worked last first. A port counts as the
    device only after `confirm_frames` whole frames; what it said before is dropped. `open_link` is the seam for tests.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], SerialDevice],
        port: str,
        publish: Callable[[Reading], None],
        *,
        baud: int = 0,
        monotonic_s: Callable[[], float] = time.monotonic,
        open_link: OpenLink = open_in_thread,
    ) -> None:
        self._name = name
        self._make = make
        self._port = port
        self._publish = publish
        self._monotonic_s = monotonic_s
        self._open_link = open_link
        self._device = make()
        self._traits = self._device.traits
        self._hearing = Hearing(self._traits, (baud,) if baud else self._traits.baud_rates)
        self._standing = Standing(name, self._traits.kind)
        self._session: Session | None = None
        self._noted: tuple[Condition, str, str] | None = None
        self._failures = 0
        self._random = random.Random()  # noqa: S311 - spreads retries, guards nothing

    def health(self) -> Health:
        """Return how it is, at this instant."""
        heard_s, counters = self._hearing.last_frame_s, self._hearing.counters
        return Health(
            name=self._name,
            kind=self._traits.kind,
            condition=self._standing.condition,
            frame_age_s=None if heard_s is None else max(0.0, self._monotonic_s() - heard_s),
            problem=self._standing.problem,
            frames=counters.frames,
            bad_frames=counters.bad_frames,
            junk_bytes=counters.junk_bytes,
            reopened=self._hearing.reopened,
        )

    async def run(self) -> None:
        """Use the device until cancelled."""
        self._noted = None
        self._standing.change(Condition.STARTING)
        try:
            while True:
                try:
                    await self._search()
                except DeviceError as error:
                    self._noted = None
                    self._standing.change(Condition.ABSENT, str(error), cause=type(error).__name__)
                    await asyncio.sleep(self._delay_s())
        finally:
            self._standing.stopped()

    async def _search(self) -> None:
        """Listen at each baud rate; returns when all were silent, or the one that spoke has fallen silent."""
        for baud in self._hearing.rates:
            await self._listen(baud)
            if self._hearing.confirmed_for_s:
                return

    async def _listen(self, baud: int) -> None:
        self._device = device = self._make()
        link = await self._open_link(self._port, baud)
        self._hearing.opened(device, baud, self._monotonic_s())
        try:
            if self._standing.condition is Condition.ABSENT:
                self._standing.change(Condition.STARTING)
            self._session = Session(link, device, self, self._monotonic_s)
            await self._session.run()
        finally:
            self._hearing.closed(self._monotonic_s())
            link.close()

    def _delay_s(self) -> float:
        steady = self._hearing.confirmed_for_s >= REOPEN.healthy_after_s
        self._failures = 1 if steady else self._failures + 1
        self._hearing.lost()
        return REOPEN.delay_s(self._failures) * (1 + self._random.uniform(-REOPEN.jitter, REOPEN.jitter))

    def heard(self, values: list[Value], now_s: float) -> None:
        """From the session: bytes were fed to the device, which made `values` of them."""
        if self._hearing.heard(now_s):
            for value in values:
                self._publish(Reading(self._name, now_s, value))

    def judge(self, now_s: float) -> float:
        """From the session: look at the clock; returns when to look again."""
        condition = self._hearing.condition(now_s)
        if condition is not None:
            self._note(condition)
        if self._hearing.over(now_s) and self._session is not None:
            self._session.end()
        return self._hearing.next_s(now_s)

    def _note(self, condition: Condition) -> None:
        noted = (condition, foreign_name(self._device), complaint(self._device))
        if noted != self._noted:
            self._noted = noted
            self._standing.change(condition, self._problem(*noted), cause="".join(noted[1:]))

    def _problem(self, condition: Condition, foreign: str, complaint: str) -> str:
        kind, port = self._traits.kind, self._port
        rates = " or ".join(str(rate) for rate in self._hearing.rates)
        if foreign:
            return f"The device on {port} is a {foreign}, which is not the {kind} configured: connect the right one."
        if complaint or condition is Condition.HEALTHY:
            return complaint
        if condition is Condition.FOREIGN:
            return f"What sends on {port} is no {kind}: check what is plugged in there, its wires and baud ({rates})."
        return f"Nothing valid was heard on {port} at {rates} baud: check its power, RX and TX, and the port."
