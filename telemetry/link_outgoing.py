"""What goes out over a connection: the retained topics that are said again after each connect, and what awaits answers.

All bounded: MOST_RETAINED topics, paho's queue, MOST_AGAIN messages that were on their way when a connection ended.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from telemetry.messages import LARGEST_BYTES

MOST_RETAINED = 256
MOST_AGAIN = 32
_NO_MATCHING_SUBSCRIBERS = 0x10
_FAILURE = 0x80

_log = logging.getLogger(__name__)


class Answer(StrEnum):
    """What the broker said to a message of history. None of them means that the hub has it."""

    TAKEN = "taken"
    NOBODY = "nobody listens"
    REFUSED = "refused"
    LOST = "lost"


Told = Callable[[Answer], None]


class Wire(Protocol):
    """The part of a connection that is used here."""

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> int | None: ...


@dataclass(frozen=True, slots=True)
class _Sent:
    topic: str
    payload: bytes
    retain: bool
    told: Told | None = None


class Outgoing:
    """Belongs to the agent's loop. `dropped` counts what could not be given to anybody."""

    def __init__(self) -> None:
        self._wire: Wire | None = None
        self._retained: dict[str, tuple[bytes, int]] = {}
        self._unanswered: dict[int, _Sent] = {}
        self._again: deque[_Sent] = deque(maxlen=MOST_AGAIN)
        self._told_topics: set[str] = set()
        self.dropped = 0

    def attach(self, wire: Wire) -> None:
        """From now on there is a connection; say what is retained, and what was on its way when the last one ended."""
        self._wire = wire
        again, self._again = self._again, deque(maxlen=MOST_AGAIN)
        for topic, (payload, qos) in self._retained.items():
            self._give(wire, _Sent(topic, payload, retain=True), qos)
        for sent in again:
            self._give(wire, sent, 1)

    def detach(self) -> None:
        """The connection has ended; whoever waits for an answer is told that none will come."""
        self._wire = None
        unanswered, self._unanswered = self._unanswered, {}
        for sent in unanswered.values():
            if sent.told is not None:
                sent.told(Answer.LOST)
            elif not sent.retain:
                self._again.append(sent)

    def publish(self, topic: str, payload: bytes, *, retain: bool, qos: int) -> None:
        """As telemetry.bus.Bus.publish."""
        if len(payload) > LARGEST_BYTES - 1024:
            self._drop(topic, f"its {len(payload)} bytes are too many")
            return
        if retain:
            if topic not in self._retained and len(self._retained) >= MOST_RETAINED:
                self._drop(topic, f"there are {MOST_RETAINED} retained topics already")
                return
            self._retained[topic] = (payload, qos)
        if self._wire is not None:
            self._give(self._wire, _Sent(topic, payload, retain), qos)
        elif not retain:
            self.dropped += 1

    def send(self, topic: str, payload: bytes, told: Told, *, retain: bool = False) -> bool:
        """Send with QoS 1; `told` hears one answer. False: nothing was sent and `told` hears none. Never sent again."""
        return self._wire is not None and self._give(self._wire, _Sent(topic, payload, retain, told), 1)

    def answered(self, mid: int, reason: str, code: int) -> None:
        """The broker's answer to a message."""
        sent = self._unanswered.pop(mid, None)
        if sent is None:
            return
        if code >= _FAILURE:
            self._warn(sent.topic, f"the broker refuses it ({reason}). Is the certificate this unit's own?")
        if sent.told is not None:
            sent.told(_answer(code))

    def _give(self, wire: Wire, sent: _Sent, qos: int) -> bool:
        mid = wire.publish(sent.topic, sent.payload, qos=qos, retain=sent.retain)
        if mid is None:
            self._drop(sent.topic, "the MQTT client takes no more")
            return False
        if qos:
            self._unanswered[mid] = sent
        return True

    def _drop(self, topic: str, why: str) -> None:
        self.dropped += 1
        self._warn(topic, f"dropped: {why}")

    def _warn(self, topic: str, text: str) -> None:
        """Once for each topic, and no more than MOST_RETAINED topics."""
        if topic not in self._told_topics and len(self._told_topics) < MOST_RETAINED:
            self._told_topics.add(topic)
            _log.warning("link: %s: %s", topic, text)


def _answer(code: int) -> Answer:
    if code >= _FAILURE:
        return Answer.REFUSED
    return Answer.NOBODY if code == _NO_MATCHING_SUBSCRIBERS else Answer.TAKEN
