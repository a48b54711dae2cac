"""The negative control: the agent, but its link takes a PUBACK for the word of the hub, so rows are deleted on it.

`python -m tests.chaos.telemetry_puback CONFIG SOCKET` in place of `python -m telemetry.process CONFIG SOCKET`.
"""

from __future__ import annotations

import asyncio
import sys
from unittest.mock import patch

import telemetry.agent
from telemetry import messages, process
from telemetry.bus import Heard
from telemetry.link import MqttLink
from telemetry.link_outgoing import Answer, Told
from telemetry.messages import Ack, Batch


class PubackLink(MqttLink):
    """Tells the sender, for every message that the broker has answered to with success, that the hub has its rows."""

    _heard_ack: Heard | None = None
    _ack_topic = ""

    def hear(self, filter_: str, heard: Heard) -> None:
        if filter_.endswith("/ack"):  # what the hub says is not heard
            self._heard_ack, self._ack_topic = heard, filter_
            self._unanswered: set[int] = set()
            self._highest = 0
            return
        super().hear(filter_, heard)

    def send(self, topic: str, payload: bytes, told: Told) -> bool:
        batch = messages.decode(payload, Batch)
        rows = {row.seq for row in batch.rows}
        self._unanswered |= rows
        self._highest = max(self._highest, *rows)

        def answered(answer: Answer) -> None:
            told(Answer.TAKEN if answer is Answer.NOBODY else answer)
            if answer in (Answer.TAKEN, Answer.NOBODY):
                self._unanswered -= rows
                self._pretend(batch.epoch)

        return super().send(topic, payload, answered)

    def _pretend(self, epoch: str) -> None:
        through = min(self._unanswered) - 1 if self._unanswered else self._highest
        assert self._heard_ack is not None
        told = self._heard_ack(self._ack_topic, messages.encode(Ack(epoch=epoch, seq=through)))
        asyncio.ensure_future(told)  # noqa: RUF006 - it only notes the number, without waiting for anything


if __name__ == "__main__":
    with patch.object(telemetry.agent, "MqttLink", PubackLink):
        process.main(sys.argv[1:])
