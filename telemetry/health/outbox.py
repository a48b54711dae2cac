"""How full the outbox is: rows, the age of the oldest, and what was thrown away for want of room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from common.clock import Clock
from common.database import StoreError
from telemetry.health import readings
from telemetry.health.lately import Lately
from telemetry.outbox_reader import Counts, OutboxReader


class OutboxFill:
    """Counts in the file at `path`. `lost` is how many events the agent itself could not write.

    Raises:
        StoreError: from `read`; no folder, damaged, denied or busy. The next one opens the file anew.
    """

    def __init__(self, path: Path, clock: Clock, boot: str, lost: Callable[[], int]) -> None:
        self._path = path
        self._clock = clock
        self._boot = boot
        self._lost = lost
        self._thrown = Lately(clock)
        self._reader: OutboxReader | None = None

    def read(self) -> readings.OutboxFill:
        counts, lost = self._counts(), self._lost()
        return readings.OutboxFill(
            waiting=counts.rows,
            oldest_s=self._age_s(counts),
            evicted=counts.evicted,
            lost=lost,
            thrown_1h=self._thrown.note(counts.evicted + lost),
        )

    def close(self) -> None:
        """Close the file; may be called again."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _counts(self) -> Counts:
        if self._reader is not None and self._reader.replaced:
            self.close()
        if self._reader is None:
            self._reader = OutboxReader(self._path)
        try:
            return self._reader.counts()
        except StoreError:
            self.close()
            raise

    def _age_s(self, counts: Counts) -> float:
        """By the clock that does not jump, where the row is of this boot."""
        if counts.oldest_ms is None or counts.oldest_mono_ms is None:
            return 0.0
        if counts.oldest_boot == self._boot:
            return max(0.0, round(self._clock.monotonic_s() - counts.oldest_mono_ms / 1000, 1))
        return max(0.0, round(self._clock.now().timestamp() - counts.oldest_ms / 1000, 1))
