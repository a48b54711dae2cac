"""mydesk-kiosk: files of the command line that cannot be used, and what its help says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kiosk.cli import app

KIOSK = [sys.executable, "-m", "kiosk"]


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("preview", "--page", "welcome", "--size", "800x480", "--out"), "missing/welcome.png"),
        (("ctl", "visit"), "missing.mdrec"),
        (("ctl", "visit"), "."),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, words: tuple[str, ...], file: str) -> None:
    done = subprocess.run(
        [*KIOSK, *words, str(tmp_path / file)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert re.fullmatch(rf"mydesk-kiosk: {tmp_path}.* cannot be used \(.+\)\. Name another file\.\n", done.stderr)


def test_help_loses_no_word() -> None:
    """What stands in square brackets is taken for a colour."""
    for words in (("invite",), ("keys", "show"), ("pin",), ("forget",)):
        shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"}).output
        assert not re.search(r"section \.|in  of|` pin_hash", shown), shown
