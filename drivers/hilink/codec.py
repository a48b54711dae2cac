"""What the codecs of all HiLink models share: framing, answers to commands, other models, counters."""

from __future__ import annotations

import dataclasses
from typing import Generic, TypeVar

from drivers.codec import Counters
from drivers.hilink.acks import Ack, decode_ack
from drivers.hilink.framing import Envelope, Frame, FrameError, Framer
from drivers.hilink.models import UnframedModels, UnsupportedModel, model_of_ack
from drivers.hilink.steady import Report, Steady

R = TypeVar("R", bound=Report)
"""the report of a model"""


class HilinkCodec(Generic[R]):
    """A model adds `_report`."""

    def __init__(self) -> None:
        self._framer = Framer()
        self._unframed = UnframedModels()
        self._steady = Steady()
        self._refused = 0
        self._named: set[str] = set()

    @property
    def counters(self) -> Counters:
        """A frame of another model counts as refused."""
        framed = self._framer.counters
        return Counters(framed.frames - self._refused, framed.bad_frames + self._refused, framed.junk_bytes)

    @property
    def held(self) -> int:
        """Bytes of an unfinished frame; besides, less than two lines of junk are remembered to name other models."""
        return self._framer.held

    def feed(self, data: bytes) -> list[R | Ack | UnsupportedModel]:
        """What is complete now, in order."""
        events: list[R | Ack | UnsupportedModel] = []
        for piece in self._framer.pieces(data):
            event = self._frame(piece) if isinstance(piece, Frame) else self._junk(piece)
            if event is not None:
                events.append(event)
        return events

    def _frame(self, frame: Frame) -> R | Ack | UnsupportedModel | None:
        self._unframed.interrupted()
        try:
            event = self._ack(frame) if frame.envelope is Envelope.COMMAND else self._report(frame)
        except FrameError:
            self._refused += 1
            return None
        if isinstance(event, UnsupportedModel):
            self._refused += 1
            return self._once(event)
        if isinstance(event, Report):
            return dataclasses.replace(event, presence=self._steady.take(event.claim))
        return event

    def _ack(self, frame: Frame) -> Ack | UnsupportedModel:
        ack = decode_ack(frame.body)
        name = model_of_ack(ack)
        return UnsupportedModel(name) if name else ack

    def _report(self, frame: Frame) -> R | UnsupportedModel:
        """Read a frame that is no answer; raises FrameError."""
        raise NotImplementedError

    def _junk(self, junk: bytes) -> UnsupportedModel | None:
        name = None if self._named else self._unframed.read(junk)
        return self._once(UnsupportedModel(name)) if name else None

    def _once(self, model: UnsupportedModel) -> UnsupportedModel | None:
        new = model.name not in self._named
        self._named.add(model.name)
        return model if new else None
