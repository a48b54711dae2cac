"""What every codec must survive, as generators and checks; each codec's test hands in its frames and a constructor."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Make = Callable[[], Any]


def events(make: Make, *chunks: bytes) -> list[Any]:
    """What one new codec makes of these chunks."""
    codec = make()
    return [event for chunk in chunks for event in codec.feed(chunk)]


def check_chunking(make: Make, stream: bytes) -> None:
    """Byte by byte, and split at each offset, give what the whole gives; the counters too."""
    whole = make()
    expected = whole.feed(stream)
    single = make()
    assert [event for at in range(len(stream)) for event in single.feed(stream[at : at + 1])] == expected
    assert single.counters == whole.counters
    for at in range(len(stream) + 1):
        codec = make()
        assert codec.feed(stream[:at]) + codec.feed(stream[at:]) == expected, f"split at {at}"
        assert codec.counters == whole.counters, f"split at {at}"


def check_junk_before(make: Make, frame: bytes, *, rounds: int = 200, seed: int = 1) -> None:
    """Random junk that does not look like a beginning costs nothing of the frame after it."""
    expected = events(make, frame)
    noise = random.Random(seed)
    for _ in range(rounds):
        junk = bytes(byte for byte in noise.randbytes(noise.randrange(1, 40)) if byte not in frame[:2])
        assert events(make, junk + frame) == expected, junk.hex()


def check_truncation(make: Make, frame: bytes, *, after: int = 6, may_lose: int = 2) -> None:
    """A frame cut at each offset, then good ones: at most `may_lose` of these are lost, and nothing false is told."""
    good = events(make, frame)
    for at in range(1, len(frame)):
        told = events(make, frame[:at] + frame * after)
        assert told == good * (len(told) // max(1, len(good))), f"cut at {at}"
        assert len(told) >= len(good) * (after - may_lose), f"cut at {at}"


def bit_flips(frame: bytes) -> Iterator[bytes]:
    """The frame with each single bit flipped."""
    for at in range(len(frame) * 8):
        mutant = bytearray(frame)
        mutant[at // 8] ^= 1 << at % 8
        yield bytes(mutant)


def false_share(make: Make, frames: Sequence[bytes], meaning: Callable[[Any], Any]) -> float:
    """Share of all single-bit mutants whose events include one with another `meaning` than the frame's own."""
    mutants = false = 0
    for frame in frames:
        true = {meaning(event) for event in events(make, frame)}
        for mutant in bit_flips(frame):
            mutants += 1
            false += bool({meaning(event) for event in events(make, mutant)} - true)
    return false / mutants


def check_random_bytes(make: Make, size: int = 10_000_000, *, held: Callable[[Any], int], bound: int) -> None:
    """Megabytes of noise: no exception, and `held(codec)` (bytes kept) never beyond `bound`."""
    noise, codec = random.Random(7), make()
    left = size
    while left > 0:
        chunk = noise.randbytes(min(left, noise.choice((1, 7, 64, 4096, 65536))))
        left -= len(chunk)
        codec.feed(chunk)
        assert held(codec) <= bound
