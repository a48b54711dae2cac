"""Many mutants of known streams from one seed: a hypothesis example is a seed, an input is a mutant."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any


def check(make: Callable[[], Any], streams: Sequence[bytes], seed: int, *, inputs: int, bound: int) -> None:
    """Feed `inputs` mutants, some cut in two: nothing raises, `held` stays within `bound`, counters never shrink."""
    noise = random.Random(seed)
    for _ in range(inputs):
        codec, data = make(), _mutant(noise, streams)
        at = noise.randrange(len(data) + 1)
        codec.feed(data[:at])
        before = codec.counters.junk_bytes + codec.counters.bad_frames
        codec.feed(data[at:])
        assert codec.held <= bound, data.hex()
        assert codec.counters.junk_bytes + codec.counters.bad_frames >= before, data.hex()
        assert codec.counters.frames >= 0, data.hex()


def _mutant(noise: random.Random, streams: Sequence[bytes]) -> bytes:
    data = bytearray(noise.choice(streams))
    for _ in range(noise.randrange(1, 5)):
        _change(noise, data, streams)
    return bytes(data)


def _change(noise: random.Random, data: bytearray, streams: Sequence[bytes]) -> None:
    at = noise.randrange(len(data) + 1)
    match noise.randrange(5):
        case 0 if at < len(data):
            data[at] ^= 1 << noise.randrange(8)
        case 1:
            data[at:at] = noise.randbytes(noise.randrange(1, 5))
        case 2:
            del data[at : at + noise.randrange(1, 9)]
        case 3:
            other = noise.choice(streams)
            data[at:] = other[noise.randrange(len(other) + 1) :]
        case _ if at < len(data):
            data[at] = noise.choice(b"\x00\x01\x02\x03\x04\x0a\x0d\x61\x7f\x80\x86\xfe\xff")
