"""What was asked of the tenant: a bounded log of requests, and counters that are not bounded by it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LIMIT = 10_000


@dataclass(slots=True)
class Entry:
    """One request. `fault` is the number of the fault that spoilt it, 0 for none."""

    number: int
    at: datetime
    method: str
    path: str
    query: str
    status: int = 0
    request_id: str = ""
    client_request_id: str = ""
    client_id: str = ""
    account: str = ""
    user_agent: str = ""
    fault: int = 0
    duration_ms: float = 0.0
    body: bytes = b""
    prefer: str = ""


class Journal:
    """The last 10,000 requests."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=LIMIT)
        self.by_status: Counter[int] = Counter()
        self.by_route: Counter[str] = Counter()
        self.total = 0

    def open(self, entry: Entry) -> Entry:
        """Note a request as it comes in."""
        self.total += 1
        entry.number = self.total
        self.entries.append(entry)
        return entry

    def close(self, entry: Entry, status: int, duration_ms: float) -> None:
        """Note how it was answered; status 0 means that it was not."""
        entry.status, entry.duration_ms = status, round(duration_ms, 3)
        self.by_status[status] += 1

    def counters(self) -> dict[str, Any]:
        """Totals since the start or the last reset."""
        return {
            "requests": self.total,
            "by_status": {str(status): number for status, number in sorted(self.by_status.items())},
            "by_route": dict(sorted(self.by_route.items())),
        }
