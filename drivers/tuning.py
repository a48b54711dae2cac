"""Tuning an HLK-LD2410 over its serial port: what it is set to, what it sees per gate, and what to set it to.

with Radar.found(port) as radar:
    radar.parameters, radar.firmware
    radar.tell([commands.engineering(on=True)])
    for report in radar.reports(seconds=10): ...
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

from drivers.errors import DeviceSilent, UsageError
from drivers.exchange import receive, send
from drivers.hilink import commands
from drivers.hilink.acks import Ack
from drivers.hilink.ld2410 import BasicReport, EngineeringReport, Ld2410Codec
from drivers.hilink.models import UnsupportedModel
from drivers.hilink.protocol import GATES, Firmware, Mac, Parameters
from drivers.hilink.session import Session
from drivers.link import SerialLink

BAUD_RATES = (115200, 256000)
PROVISIONED_BAUD = 115200
HEARD_FRAMES = 3
LISTEN_S = 1.5
RESTART_S = 3.0
WRITE_S = 2.0
TICK_S = 0.05
MARGIN = 10
"""Added to what an empty room shows, for a suggested sensitivity."""
LEAST = 15
"""No suggestion is below this: the module's own noise comes near."""

T = TypeVar("T")


class Radar:
    """One radar that answers. Its session ends with the module reporting again, whatever fails."""

    def __init__(self, port: str, baud: int, link: SerialLink) -> None:
        self.port = port
        self.baud = baud
        self._link = link
        self._codec = Ld2410Codec()

    @classmethod
    def found(cls, port: str, baud: int = 0) -> Self:
        """Open the port at the speed at which a radar is heard.

        Raises:
            DeviceSilent: none is.
            DeviceError: the port cannot be used.
        """
        for rate in (baud,) if baud else BAUD_RATES:
            radar = cls(port, rate, SerialLink(port, rate))
            if radar._heard():
                return radar
            radar.close()
        tried = f"{baud}" if baud else " or ".join(map(str, BAUD_RATES))
        hint = "Check its power (5 V), RX and TX, and that no app holds the port; `mydesk-drivers list` shows ports."
        raise DeviceSilent(f"No LD2410 is heard on {port} at {tried} baud.", hint=hint)

    def _heard(self) -> bool:
        """Reports arrive, or it answers: after a crash in configuration mode it sends none until it is asked."""
        for report in self._events(LISTEN_S):
            if isinstance(report, UnsupportedModel):
                self.close()
                raise UsageError(f"The radar on {self.port} is an {report.name}: only the LD2410, B and C are tuned.")
            if self._codec.counters.frames >= HEARD_FRAMES:
                return True
        try:
            self.tell(())
        except DeviceSilent:
            return False
        return True

    def tell(self, wanted: Sequence[bytes]) -> tuple[Ack, ...]:
        """Run commands in configuration mode; their answers. Raises DeviceSilent, DeviceProtocolError, LinkLost."""
        session = Session(wanted)
        while not session.done:
            now_s = time.monotonic()
            send(self._link, session.due(now_s), WRITE_S)
            for event in self._codec.feed(receive(self._link, TICK_S)):
                if isinstance(event, Ack):
                    session.take(event, time.monotonic())
        return session.result()

    def parameters(self) -> Parameters:
        """What it is tuned to."""
        return _only(Parameters, self.tell((commands.read_parameters(),)))

    def firmware(self) -> Firmware:
        """Its firmware."""
        return _only(Firmware, self.tell((commands.read_firmware(),)))

    def bluetooth_on(self) -> bool:
        """Whether anybody with a phone may retune it."""
        return _only(Mac, self.tell((commands.read_mac(),))).address is not None

    def reports(self, seconds: float) -> Iterator[BasicReport]:
        """Reports as they come; `seconds` 0 goes on for ever. Raises DeviceSilent when they stop."""
        until_s, last_s = time.monotonic() + seconds, time.monotonic()
        while not seconds or time.monotonic() < until_s:
            for event in self._codec.feed(receive(self._link, TICK_S)):
                if isinstance(event, BasicReport):
                    last_s = time.monotonic()
                    yield event
            if time.monotonic() - last_s > RESTART_S:
                raise DeviceSilent(f"The radar on {self.port} stopped reporting.", hint="Check its power and wires.")

    def restart(self, baud: int) -> None:
        """Restart it, so that speed and Bluetooth take effect, and hear it at `baud`. Raises DeviceSilent."""
        self.tell((commands.restart(),))
        self._link.close()
        until_s = time.monotonic() + RESTART_S
        self.baud = baud
        while True:
            self._link = SerialLink(self.port, baud)
            self._codec = Ld2410Codec()
            if self._heard():
                return
            self._link.close()
            if time.monotonic() > until_s:
                raise DeviceSilent(f"The radar on {self.port} does not report at {baud} baud after its restart.")

    def close(self) -> None:
        """Give the port back."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _events(self, seconds: float) -> Iterator[BasicReport | Ack | UnsupportedModel]:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            yield from self._codec.feed(receive(self._link, TICK_S))


def _only(kind: type[T], acks: Iterable[Ack]) -> T:
    return next(ack.value for ack in acks if isinstance(ack.value, kind))


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Of one gate: 0-100, more energy than this counts; 100 switches the gate off."""

    gate: int
    moving: int
    still: int

    @classmethod
    def parse(cls, text: str) -> Sensitivity:
        """`GATE=MOVING,STILL`, such as 3=40,45. Raises UsageError."""
        gate, _, values = text.partition("=")
        moving, _, still = values.partition(",")
        try:
            wanted = cls(int(gate), int(moving), int(still))
        except ValueError:
            raise UsageError(f"{text!r} is no sensitivity.", hint="Write GATE=MOVING,STILL, such as 3=40,45.") from None
        commands.set_sensitivity(wanted.gate, wanted.moving, wanted.still)
        return wanted

    @property
    def command(self) -> bytes:
        return commands.set_sensitivity(self.gate, self.moving, self.still)


@dataclass(slots=True)
class EmptyRoom:
    """The largest energies of each gate while nobody is there, and the sensitivities that follow from them."""

    moving: list[int] = field(default_factory=lambda: [0] * GATES)
    still: list[int] = field(default_factory=lambda: [0] * GATES)
    reports: int = 0

    def add(self, report: EngineeringReport) -> None:
        """Take in one report."""
        self.reports += 1
        self.moving = [max(pair) for pair in zip(self.moving, report.moving_energies, strict=True)]
        self.still = [max(pair) for pair in zip(self.still, report.still_energies, strict=True)]

    def suggested(self) -> tuple[Sensitivity, ...]:
        """What an empty room showed, and a margin; gates 0 and 1 have no still sensitivity."""
        return tuple(
            Sensitivity(gate, _above(self.moving[gate]), 0 if gate < 2 else _above(self.still[gate]))
            for gate in range(GATES)
        )


def _above(energy: int) -> int:
    return min(100, max(LEAST, energy + MARGIN))
