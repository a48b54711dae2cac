"""A million mutated inputs for each status codec: none raises, none is kept for long, and chunks change nothing."""

from __future__ import annotations

import random

import pytest

from tests.drivers.printers.test_status_codecs import CASES, CODECS, HELD

INPUTS = 1_000_000


def mutated(seed: bytes, noise: random.Random) -> bytes:
    """A recorded stream with some bytes changed, left out, doubled or put in."""
    data = bytearray(seed)
    for _ in range(noise.randrange(1, 5)):
        at = noise.randrange(len(data) + 1)
        match noise.randrange(4):
            case 0 if at < len(data):
                data[at] ^= 1 << noise.randrange(8)
            case 1:
                del data[at : at + noise.randrange(1, 8)]
            case 2:
                data[at:at] = data[at : at + noise.randrange(1, 40)]
            case _:
                data[at:at] = noise.randbytes(noise.randrange(1, 4))
    return bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("name", CODECS)
def test_a_million_inputs(name: str) -> None:
    noise, make = random.Random(11), CODECS[name][0]
    seeds = [bytes.fromhex(case["bytes"]) for owner, case in CASES if owner == name]
    for _ in range(INPUTS):
        data = mutated(noise.choice(seeds), noise)
        at = noise.randrange(len(data) + 1)
        whole, parts = make(), make()
        assert whole.feed(data) == parts.feed(data[:at]) + parts.feed(data[at:]), data.hex()
        assert whole.counters == parts.counters, data.hex()
        assert whole.held <= HELD[name], data.hex()
