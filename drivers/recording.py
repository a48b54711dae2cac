"""Recordings of readings: written while a panel or a command listens, read again for replay (drivers.recording_lines).

    with RecordingWriter(path, {"radar": "ld2410"}, started=utc_now, start_s=clock.monotonic_s()) as recording:
        recording.write(reading)                   # each, in the order of arrival

    with read_recording(path) as recording:
        for reading in recording: ...              # in the order of time; seconds since the start

A recording says when somebody was in the room: it is made on purpose, by an admin, and never grows beyond `max_bytes`.
Scanned codes are never written.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from drivers.errors import DriverError, UsageError
from drivers.readings import Reading, Scan, Value
from drivers.recording_lines import (
    GAP_MS,
    MAX_LINE_BYTES,
    MAX_NAME,
    REACH_MS,
    WRITTEN_LINE_BYTES,
    BadLine,
    Header,
    Run,
    end_line,
    header_line,
    parse_header,
    parse_run,
    run_line,
)

__all__ = ["Recording", "RecordingError", "RecordingFull", "RecordingWriter", "read_recording"]

MAX_BYTES = 64 << 20
"""A radar that tells ten times a second of an unchanged room takes about 300 kB a day."""
_MAX_PENDING = 200_000

_Stream = tuple[str, type[Value]]
"""What one sensor tells of one kind: a radar that tells light as well has two."""


class RecordingError(DriverError):
    """Error raised when a recording cannot be written, or is not one."""


class RecordingFull(RecordingError):  # noqa: N818 - what happened
    """Error raised when a recording has reached its size. The file is whole, and closed."""


class RecordingWriter:
    """Writes a new file.

    Raises:
        RecordingError: the file is there already or cannot be written.
        UsageError: a name is too long, or `max_bytes` holds nothing.
    """

    def __init__(
        self, path: Path, sensors: Mapping[str, str], *, started: datetime, start_s: float, max_bytes: int = MAX_BYTES
    ) -> None:
        head = header_line(Header(started, sensors))
        if any(len(name) > MAX_NAME for name in sensors):
            raise UsageError(f"names of sensors have at most {MAX_NAME} characters.")
        if max_bytes < len(head) + 4 * WRITTEN_LINE_BYTES:
            raise UsageError(f"a recording of {max_bytes} bytes holds nothing.")
        self.path = path
        self._sensors = frozenset(sensors)
        self._start_s = start_s
        self._max_bytes = max_bytes
        self._now_ms = 0
        self._runs: dict[_Stream, Run] = {}
        self.bytes_written = 0
        self.readings_written = 0
        self._file: BinaryIO | None = self._create()
        self._put(head)

    def write(self, reading: Reading) -> None:
        """Add one reading; one that comes late counts as of the last before it, and a Scan is not written.

        Raises:
            RecordingFull: the file has reached `max_bytes`.
            RecordingError: the disk failed or is full.
            UsageError: the recording is closed, or has no such sensor.
        """
        if self._file is None:
            raise UsageError(f"the recording {self.path} is closed.")
        if reading.source not in self._sensors:
            raise UsageError(f"the recording has no sensor {reading.source!r}.", hint="Name all of them at its start.")
        if isinstance(reading.value, Scan):
            return
        self._end_if_full()
        self._now_ms = at_ms = max(self._now_ms, round((reading.monotonic_s - self._start_s) * 1000))
        self._end_silent()
        stream = (reading.source, type(reading.value))
        run = self._runs.get(stream)
        if run and run.takes(reading.value, at_ms):
            self._runs[stream] = Run(run.source, run.value, run.first_ms, at_ms, run.count + 1)
        else:
            self._end(stream)
            self._runs[stream] = Run(reading.source, reading.value, at_ms, at_ms)
        self.readings_written += 1

    def close(self) -> None:
        """Write what is held back, and close the file; may be called twice.

        Raises:
            RecordingError: the disk failed or is full.
        """
        if self._file is None:
            return
        for stream in list(self._runs):
            self._end(stream)
        self._put(end_line(self._now_ms))
        self._close_file()

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _create(self) -> BinaryIO:
        try:
            return self.path.open("xb", buffering=0)
        except FileExistsError as error:
            raise RecordingError(f"{self.path} is there already.", hint="Choose another name.") from error
        except OSError as error:
            raise RecordingError(f"{self.path} cannot be written: {error.strerror}.") from error

    def _end_silent(self) -> None:
        for stream, run in list(self._runs.items()):
            if self._now_ms - run.last_ms > GAP_MS:
                self._end(stream)

    def _end(self, stream: _Stream) -> None:
        run = self._runs.pop(stream, None)
        if run:
            self._put(run_line(run))

    def _end_if_full(self) -> None:
        """While there is still room for what is held back, one more of them, and the last line."""
        if self.bytes_written + WRITTEN_LINE_BYTES * (len(self._runs) + 2) <= self._max_bytes:
            return
        self.close()
        raise RecordingFull(
            f"the recording {self.path} has reached its {self._max_bytes} bytes and was ended; it is whole.",
            hint="Record on into another file.",
        )

    def _put(self, line: bytes) -> None:
        if self._file is None:
            return
        try:
            whole = self._file.write(line) == len(line)
        except OSError as error:
            self._close_file()
            raise RecordingError(f"{self.path} cannot be written: {error.strerror}.") from error
        if not whole:
            self._close_file()
            raise RecordingError(f"{self.path} cannot be written: the disk is full.")
        self.bytes_written += len(line)

    def _close_file(self) -> None:
        self._runs.clear()
        if self._file is not None:
            self._file.close()
            self._file = None


class Recording:
    """An open recording: iterate once over its readings; close it, or use it in a `with`."""

    def __init__(self, path: Path, file: BinaryIO, header: Header) -> None:
        self.path = path
        self.header = header
        self._file = file

    @property
    def sensors(self) -> Mapping[str, str]:
        """Name -> kind of each sensor, as in the configuration."""
        return self.header.sensors

    def __iter__(self) -> Iterator[Reading]:
        """The readings in the order of time; `monotonic_s` counts from the start of the recording.

        Raises:
            RecordingError: the recording was not ended, or a line is none of ours; what stands above that has been
                given, but for the last `REACH_MS`, of which lines are missing.
        """
        pending: list[tuple[float, int, Reading]] = []
        serial, reached_ms, number = 0, 0, 1
        try:
            while line := self._file.readline(MAX_LINE_BYTES):
                number += 1
                run = parse_run(_whole(line), self.sensors)
                if run is None:
                    break
                _check(run, reached_ms, len(pending))
                reached_ms = max(reached_ms, run.last_ms)
                for reading in run.readings():
                    heapq.heappush(pending, (reading.monotonic_s, serial := serial + 1, reading))
                while pending and pending[0][0] * 1000 < reached_ms - REACH_MS:
                    yield heapq.heappop(pending)[2]
            else:
                number += 1
                raise BadLine("it was not ended: the last seconds are missing")
        except BadLine as error:
            raise _bad(self.path, number, error) from error
        yield from (heapq.heappop(pending)[2] for _ in range(len(pending)))

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_recording(path: Path) -> Recording:
    """Open a recording and read its first line.

    Raises:
        RecordingError: it cannot be read, or is not a recording.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return Recording(path, file, parse_header(_whole(file.readline(MAX_LINE_BYTES))))
    except BadLine as error:
        file.close()
        raise _bad(path, 1, error) from error
    except OSError as error:
        file.close()
        raise RecordingError(f"{path} cannot be read: {error.strerror}.") from error


def _check(run: Run, reached_ms: int, pending: int) -> None:
    if run.first_ms < reached_ms - REACH_MS:
        raise BadLine(f"the time goes back by more than {REACH_MS} ms")
    if pending + run.count > _MAX_PENDING:
        raise BadLine("too many readings in too short a time")


def _whole(line: bytes) -> bytes:
    if line.endswith(b"\n"):
        return line
    if len(line) >= MAX_LINE_BYTES:
        raise BadLine(f"longer than {MAX_LINE_BYTES} bytes")
    raise BadLine("the file is cut off here" if line else "the file is empty")


def _bad(path: Path, number: int, error: BadLine) -> RecordingError:
    return RecordingError(f"{path}: line {number}: {error}.")
