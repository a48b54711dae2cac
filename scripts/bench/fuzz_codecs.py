"""Mutants of valid streams against the codecs: `scripts/bench/run fuzz_codecs [--codec NAME] [--inputs N] [--seed N]`.

Each input is a valid stream of tests/drivers/fuzz_targets.py with one to four mutations, fed to a new codec; some are
fed again in two chunks, some to one codec that lives through the whole run. Checked of each input:

    no exception; no more bytes held than the bound; counters that fit the bytes; chunks change nothing

A false statement is an event whose meaning the streams before their mutations did not state. It is counted, not
refused: where the protocol has no check sum, a torn byte may well be a valid one, and text can be any text.

Guidance: an input whose kinds of events and counters were not seen before is kept and mutated further; so is one of
fifty, run under sys.settrace, that reaches a line of drivers/ not reached before. That is no full coverage guidance,
but tracing all would cost ten times the time. `last_new_line_at` is the input that reached the last new line.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from random import Random
from types import CodeType, FrameType
from typing import Any

from tests.drivers.fuzz_targets import LONGEST, TARGETS, Target

ROOT = Path(__file__).parents[2]
DRIVERS = str(ROOT / "drivers")
NOISE_BYTES = 2_000_000
KEPT = 2000
TRACED_EVERY, CHUNKED_EVERY, LONG_LIVED_EVERY = 50, 4, 8
INTERESTING = bytes.fromhex("00 01 02 03 0A 0D 10 1B 41 55 7F 80 AA F1 F4 F5 FA FD FE FF")


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes, and what they and the streams that they come from state."""

    data: bytes
    truth: frozenset[Any]


@dataclass(slots=True)
class Tally:
    """What a run has seen."""

    inputs: int = 0
    events: int = 0
    frames: int = 0
    false_statements: int = 0
    """inputs with at least one"""
    most_held: int = 0
    last_new_line_at: int = 0
    lines: set[tuple[CodeType, int]] = field(default_factory=set)
    signatures: set[Any] = field(default_factory=set)


class Fuzzer:
    """One codec's run; the same seed gives the same inputs."""

    def __init__(self, target: Target, seed: int) -> None:
        module, name = target.make.split(":")
        self.make: Callable[[], Any] = getattr(import_module(module), name)
        self.target, self.dice, self.tally = target, Random(seed), Tally()
        self.corpus = [self._stream(data) for data in dict.fromkeys(target.all_streams())]
        self.long_lived = self.make()

    def run(self, inputs: int) -> Tally:
        """Raises whatever a codec raises, with the input as a note."""
        for number in range(1, inputs + 1):
            self.tally.inputs = number
            stream = self._mutant()
            try:
                self._try(stream, number)
            except Exception as error:
                error.add_note(f"input {number}: {stream.data.hex(' ')}")
                raise
        return self.tally

    def _stream(self, data: bytes) -> Stream:
        return Stream(data, frozenset(self._meanings(self.make().feed(data))))

    def _meanings(self, events: Iterable[Any]) -> set[Any]:
        return {self.target.meaning(event) for event in events} - {None}

    def _try(self, stream: Stream, number: int) -> None:
        codec, lines = self.make(), len(self.tally.lines)
        events = self._traced(codec, stream.data) if number % TRACED_EVERY == 0 else codec.feed(stream.data)
        self._check(codec, len(stream.data))
        self.tally.events += len(events)
        self.tally.frames += codec.counters.frames
        stated = self._meanings(events)
        self.tally.false_statements += not stated <= stream.truth
        if number % CHUNKED_EVERY == 0:
            self._chunked(codec, stream.data, events)
        if number % LONG_LIVED_EVERY == 0:
            self.long_lived.feed(stream.data)
            self._hold(self.long_lived)
        signature = _signature(codec, events)
        new_line = len(self.tally.lines) > lines
        if new_line:
            self.tally.last_new_line_at = number
        if new_line or signature not in self.tally.signatures:
            self.tally.signatures.add(signature)
            if len(self.corpus) < KEPT:
                self.corpus.append(Stream(stream.data, stream.truth | stated))

    def _check(self, codec: Any, size: int) -> None:
        counters = codec.counters
        assert min(counters.frames, counters.bad_frames, counters.junk_bytes) >= 0, counters
        assert counters.junk_bytes + counters.frames * self.target.shortest <= size, counters
        self._hold(codec)

    def _hold(self, codec: Any) -> None:
        self.tally.most_held = max(self.tally.most_held, codec.held)
        assert codec.held <= self.target.bound, f"{codec.held} bytes held"

    def _chunked(self, whole: Any, data: bytes, events: list[Any]) -> None:
        at, codec = self.dice.randrange(len(data) + 1), self.make()
        assert codec.feed(data[:at]) + codec.feed(data[at:]) == events, f"cut at {at}"
        assert codec.counters == whole.counters, f"cut at {at}"

    def _traced(self, codec: Any, data: bytes) -> list[Any]:
        add = self.tally.lines.add

        def line(frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
            if event == "line":
                add((frame.f_code, frame.f_lineno))
            return line

        def call(frame: FrameType, _event: str, _argument: object) -> Callable[..., Any] | None:
            return line if frame.f_code.co_filename.startswith(DRIVERS) else None

        before = sys.gettrace()
        sys.settrace(call)
        try:
            events: list[Any] = codec.feed(data)
        finally:
            sys.settrace(before)
        return events

    def _mutant(self) -> Stream:
        base = self.dice.choice(self.corpus)
        data, truth = bytearray(base.data), base.truth
        for _ in range(self.dice.choice((1, 1, 1, 2, 2, 3, 4))):
            mutation = self.dice.choice(MUTATIONS)
            if mutation is not _splice:
                mutation(data, self.dice)
                continue
            other = self.dice.choice(self.corpus)
            _splice(data, self.dice, other.data)
            truth |= other.truth
        return Stream(bytes(data[:LONGEST]), truth)


def _flip(data: bytearray, dice: Random) -> None:
    if data:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _set(data: bytearray, dice: Random) -> None:
    if data:
        data[dice.randrange(len(data))] = dice.choice(INTERESTING)


def _insert(data: bytearray, dice: Random) -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.randbytes(dice.randrange(1, 6))


def _delete(data: bytearray, dice: Random) -> None:
    at = dice.randrange(len(data) + 1)
    del data[at : at + dice.randrange(1, 9)]


def _repeat(data: bytearray, dice: Random) -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = data[at : at + dice.randrange(1, 40)]


def _truncate(data: bytearray, dice: Random) -> None:
    del data[dice.randrange(len(data) + 1) :]


def _splice(data: bytearray, dice: Random, other: bytes = b"") -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = other[dice.randrange(len(other) + 1) :]


MUTATIONS: tuple[Callable[[bytearray, Random], None], ...] = (
    *(_flip, _flip, _set, _set),
    *(_insert, _delete, _repeat, _truncate, _splice),
)


def _signature(codec: Any, events: list[Any]) -> tuple[Any, ...]:
    """Kinds of events, and the counters up to a few."""
    counters = codec.counters
    kinds = frozenset(type(event).__name__ for event in events)
    return kinds, min(counters.frames, 4), min(counters.bad_frames, 4), min(counters.junk_bytes, 40) // 4


def measure(name: str, inputs: int, seed: int) -> dict[str, object]:
    """Run one codec; its figures."""
    began_s = time.perf_counter()
    fuzzer = Fuzzer(TARGETS[name], seed)
    streams = len(fuzzer.corpus)
    _leak(fuzzer.long_lived, fuzzer.dice)
    tally = fuzzer.run(inputs)
    return {
        "codec": name,
        "inputs": tally.inputs,
        "streams": streams,
        "kept": len(fuzzer.corpus) - streams,
        "events": tally.events,
        "frames": tally.frames,
        "false_statements": tally.false_statements,
        "false_percent": round(100 * tally.false_statements / max(1, tally.inputs), 3),
        "most_held_bytes": tally.most_held,
        "signatures": len(tally.signatures),
        "lines": len(tally.lines),
        "last_new_line_at": tally.last_new_line_at,
        "seconds": round(time.perf_counter() - began_s, 1),
    }


def _leak(codec: Any, dice: Random) -> None:
    """Two equal amounts of noise: the second leaves no more behind than the first."""
    tracemalloc.start()
    left = []
    for _ in range(2):
        for _ in range(NOISE_BYTES // 65_536):
            codec.feed(dice.randbytes(65_536))
        left.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert left[1] - left[0] < NOISE_BYTES / 4, f"{left[1] - left[0]} bytes left behind by {NOISE_BYTES} of noise"


def main() -> None:
    """Print one JSON object for each codec."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run fuzz_codecs", description=__doc__.split("\n")[0])
    parser.add_argument("--codec", action="append", choices=sorted(TARGETS), help="may be repeated; all without it")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="of each codec")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for name in args.codec or TARGETS:
        print(json.dumps(measure(name, args.inputs, args.seed)), flush=True)


if __name__ == "__main__":
    main()
