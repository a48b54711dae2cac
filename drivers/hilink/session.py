"""A conversation in configuration mode: FF, the commands, FE; each waits for its answer. Sans-IO.

    session = Session([commands.engineering(on=True)])
    while not session.done:
        write(session.due(now_s)); ...                       # again at session.next_due_s()
        for event in codec.feed(read()):
            if isinstance(event, Ack): session.take(event, now_s)
    acks = session.result()

An answer is waited for 300 ms, a command repeated twice, and 50 ms pass after each answer. Reports may come in between.
Whatever fails, FE is sent at the end, so that the module goes on reporting; only after a restart it is not needed.
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.errors import DeviceProtocolError, DeviceSilent, DriverError, UsageError
from drivers.hilink.acks import Ack
from drivers.hilink.commands import close_config, open_config
from drivers.hilink.framing import COMMAND_HEADER
from drivers.hilink.protocol import Command, ConfigOpened

ACK_S = 0.3
RESENDS = 2
PAUSE_S = 0.05


class Session:
    """One conversation; made anew for each.

    Raises:
        UsageError: a command that cannot stand in it: no command frame, one that is answered over Bluetooth only, or
            anything after a restart.
    """

    def __init__(self, commands: Sequence[bytes]) -> None:
        words = [_word(command) for command in commands]
        if Command.BLUETOOTH_LOGIN in words:
            raise UsageError("the Bluetooth login is answered over Bluetooth only")
        if Command.RESTART in words[:-1]:
            raise UsageError("a restart ends the session: it must be the last command")
        closing = [] if words[-1:] == [Command.RESTART] else [close_config()]
        self._steps = [open_config(), *commands, *closing]
        self._at = 0
        self._sent = 0
        self._deadline_s: float | None = None
        self._not_before_s = 0.0
        self._acks: list[Ack] = []
        self.opened: ConfigOpened | None = None
        self.error: DriverError | None = None
        """why it failed; further commands were not sent then"""

    @property
    def done(self) -> bool:
        """Whether it is over, well or not."""
        return self._at >= len(self._steps)

    def result(self) -> tuple[Ack, ...]:
        """The answers to the commands, in their order.

        Raises:
            DeviceSilent: no answer after two repeats.
            DeviceProtocolError: the module refused a command.
            UsageError: it is not over yet.
        """
        if self.error:
            raise self.error
        if not self.done:
            raise UsageError("the session is not over yet")
        return tuple(self._acks)

    def due(self, now_s: float) -> bytes:
        """What is to be written now."""
        if self._deadline_s is not None and now_s >= self._deadline_s:
            self._deadline_s = None
            if self._sent > RESENDS:
                self._fail(DeviceSilent("The radar does not answer commands. Check the wire from our TX to its RX."))
        if self.done or self._deadline_s is not None or now_s < self._not_before_s:
            return b""
        self._sent += 1
        self._deadline_s = now_s + ACK_S
        return self._steps[self._at]

    def next_due_s(self) -> float | None:
        """When `due` may have something to say; None once it is over."""
        if self.done:
            return None
        return self._not_before_s if self._deadline_s is None else self._deadline_s

    def take(self, ack: Ack, now_s: float) -> None:
        """An answer came; one that is not waited for is passed over."""
        if self._deadline_s is None or ack.command != _word(self._steps[self._at]):
            return
        self._deadline_s, self._not_before_s = None, now_s + PAUSE_S
        if not ack.ok:
            self._fail(DeviceProtocolError(f"The radar refused command {ack.command:02X} (status {ack.status})."))
            return
        self._keep(ack)
        self._next(self._at + 1)

    def _keep(self, ack: Ack) -> None:
        if isinstance(ack.value, ConfigOpened):
            self.opened = ack.value
        elif ack.command != Command.CONFIG_CLOSE:
            self._acks.append(ack)

    def _next(self, at: int) -> None:
        self._at, self._sent = at, 0

    def _fail(self, error: DriverError) -> None:
        """On to FE, once; its own failure ends all."""
        closing = self.error is not None or self._steps[self._at] == close_config()
        self.error = self.error or error
        if closing:
            self._at = len(self._steps)
        else:
            self._steps = [*self._steps[: self._at + 1], close_config()]
            self._next(self._at + 1)


def _word(command: bytes) -> int:
    if not command.startswith(COMMAND_HEADER) or len(command) < 12:
        raise UsageError("a session takes complete command frames, as drivers.hilink.commands builds them")
    return int.from_bytes(command[6:8], "little")
