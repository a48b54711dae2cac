"""The newest lines of the log stay in RAM, bounded, one line each."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from common import log_tail
from common.log_tail import LINES, TailHandler, tail


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    log_tail._lines.clear()
    handler, logger = TailHandler(), logging.getLogger("tests.log_tail")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)
    log_tail._lines.clear()


def test_the_newest_line_comes_first(log: logging.Logger) -> None:
    log.info("first")
    log.warning("second")
    assert [line.split(" ", 1)[1] for line in tail()] == ["W tests.log_tail second", "I tests.log_tail first"]


def test_it_is_bounded_in_lines_and_in_width(log: logging.Logger) -> None:
    for number in range(LINES + 50):
        log.info("%d %s", number, "x" * 1000)
    assert len(tail(10_000)) == LINES
    assert len(tail()) == 40
    assert max(len(line) for line in tail()) == 300
    assert f" {LINES + 49} " in tail()[0]


def test_a_traceback_is_cut_to_its_first_line_and_details_are_left_out(log: logging.Logger) -> None:
    log.debug("detail")
    try:
        raise ValueError("subject of a meeting")
    except ValueError:
        log.exception("it failed")
    (line,) = tail()
    assert line.endswith("E tests.log_tail it failed")
