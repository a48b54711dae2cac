"""Stands for the link: remembers what was sent, answers as it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.link import Outcome


@dataclass
class SenderDouble:
    outcome: Outcome = Outcome.TAKEN
    sent: list[tuple[str, bytes, bool, int | None]] = field(default_factory=list)

    def publish_and_wait(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> Outcome:
        self.sent.append((topic, payload, retain, expiry_s))
        return self.outcome
