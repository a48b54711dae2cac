"""The table of the fuzz bench: every codec can be made, has streams that mean something, and survives a short run."""

from dataclasses import replace

import pytest

from scripts.bench.fuzz_codecs import Fuzzer, Tally
from tests.drivers.fuzz_targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run(name: str) -> None:
    tally = _run(name)
    assert tally.inputs == 300
    assert tally.frames > 100, "most mutants still hold valid frames"
    assert tally.lines, "some were traced"


def test_the_same_seed_gives_the_same_run() -> None:
    first, second = _run("ld2410"), _run("ld2410")
    assert (first.events, first.false_statements, first.signatures) == (
        second.events,
        second.false_statements,
        second.signatures,
    )


def test_a_codec_that_breaks_a_rule_is_told_with_the_input() -> None:
    fuzzer = Fuzzer(replace(TARGETS["ld2410"], shortest=32), 1)
    with pytest.raises(AssertionError) as failed:
        fuzzer.run(2000)
    assert failed.value.__notes__[0].startswith("input "), "a basic report of 23 bytes is shorter than this claims"


def _run(name: str) -> Tally:
    return Fuzzer(TARGETS[name], 5).run(300)
