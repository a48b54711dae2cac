"""The kiosk's demo is lived to its end: it stops at the first thing that is not as it tells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]


def test_a_morning_in_the_lobby(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "scripts/demo_lobby.py", "--headless", "--lang", "en", "--out", str(out)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)
    assert told.returncode == 0, told.stderr
    assert "18 pictures and 7 badges" in told.stdout
    assert (out / "kiosk-contact-sheet.png").stat().st_size > 100_000
    badges = sorted(out.glob("badge-*.png"))
    assert len({badge.read_bytes() for badge in badges}) == 7
