"""What the devices of all HiLink models share: reports to readings, set-up conversations, ways out of silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from drivers.codec import Counters
from drivers.device import Traits
from drivers.hilink.acks import Ack
from drivers.hilink.codec import HilinkCodec
from drivers.hilink.models import UnsupportedModel
from drivers.hilink.revival import Revival
from drivers.hilink.session import Session
from drivers.hilink.steady import Report
from drivers.readings import Value

R = TypeVar("R", bound=Report)


class HilinkDevice(Generic[R]):
    """A model adds `_readings`, and `_wanted` where it sets something up."""

    def __init__(self, traits: Traits, codec: HilinkCodec[R]) -> None:
        self._traits, self._codec = traits, codec
        self._revival = Revival()
        self._session: Session | None = None
        self.foreign = ""
        """the other model that answers here, such as "HiLink LD2412": nothing is written to it; else empty"""

    @property
    def traits(self) -> Traits:
        """What is fixed about the model."""
        return self._traits

    @property
    def counters(self) -> Counters:
        """Of the codec."""
        return self._codec.counters

    def feed(self, data: bytes, now_s: float) -> list[Value]:
        """What arrived means these readings."""
        values: list[Value] = []
        for event in self._codec.feed(data):
            if isinstance(event, Ack):
                self._revival.take(event, now_s)
                if self._session:
                    self._session.take(event, now_s)
            elif isinstance(event, UnsupportedModel):
                self.foreign = f"HiLink {event.name}"
            else:
                self.foreign = ""
                self._revival.heard(now_s)
                values += self._readings(event, now_s)
        return values

    def due(self, now_s: float) -> bytes:
        """The running conversation, or a way out of silence, or the next thing to set up."""
        if self.foreign:
            return b""
        if self._session and not self._session.done:
            return self._session.due(now_s)
        data = self._revival.due(now_s)
        wanted = self._wanted(now_s) if not data else ()
        if not wanted:
            return data
        self._session = Session(wanted)
        return self._session.due(now_s)

    def next_due_s(self) -> float | None:
        """When `due` may have something to say again; nothing is written to another model."""
        if self.foreign:
            return None
        session_s = self._session.next_due_s() if self._session else None
        if session_s is not None:
            return session_s
        wanted_s = self._wanted_s()
        revival_s = self._revival.next_due_s()
        return revival_s if wanted_s is None else min(wanted_s, revival_s)

    def _readings(self, report: R, now_s: float) -> Sequence[Value]:
        """What one report means."""
        raise NotImplementedError

    def _wanted(self, now_s: float) -> Sequence[bytes]:
        """Commands to set up now."""
        return ()

    def _wanted_s(self) -> float | None:
        """When there may be some."""
        return None
