"""A program's own process: its failures in one sentence, its id kept."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from common.errors import MyDeskError
from common.process import run_as


@pytest.fixture(autouse=True)
def same_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_an_expected_failure_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> None:
        raise MyDeskError("The cable is out.", hint="Put it in.")

    with pytest.raises(SystemExit) as ended:
        run_as("mydesk-x", run)
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("mydesk-x: The cable is out.")


def test_what_is_not_expected_is_not_hidden() -> None:
    def run() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_as("mydesk-x", run)


def test_become_keeps_the_process_and_its_output() -> None:
    code = "import os; print(os.getpid()); from common.process import become; become('platform', '--terse')"
    done = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    out, _ = done.communicate(timeout=30)
    pid, platform = out.splitlines()
    assert (int(pid), done.returncode) == (done.pid, 0)
    assert platform
