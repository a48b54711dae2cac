"""The glass on its real loop, each scenario in a process of its own: Kivy has one window and one loop a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from roomdisplay.glass import real_panel
from ui.metrics import SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2

ROOT = Path(__file__).parents[2]


def run(scenario: str) -> tuple[dict[str, Any], str]:
    """What the scenario saw, and what was logged."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("KIVY", "SDL"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.ui.glass_run", scenario],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_frames_are_drawn_when_something_changes_or_when_asked() -> None:
    seen, _ = run("frames")
    assert seen["first"] == ["first"]
    assert seen["idle"] == 0
    assert seen["asked"] is True
    assert seen["once"] == 1
    assert 1 <= seen["clock"] <= 2
    assert seen["after fade"] == 0
    assert seen["running"] is False
    assert seen["after"] is True, "no window, so no frame can be missed"


def test_a_capture_does_not_disturb_the_glass() -> None:
    seen, _ = run("capture")
    assert seen["png"] == "89504e47"
    assert seen["size"] > 5000
    assert seen["same"] is True
    assert seen["window"] == [800, 480]


def test_a_keyboard_changes_nothing() -> None:
    seen, _ = run("keys")
    assert (seen["same"], seen["alive"]) == (True, True)


def test_what_goes_wrong_in_a_touch_is_logged_and_raised() -> None:
    seen, logged = run("failure")
    assert seen == {"raised": "book", "running": False}
    assert "the screen failed" in logged


def test_without_a_display_there_is_one_error_and_later_a_picture() -> None:
    seen, logged = run("no-display")
    assert len(seen["errors"]) == 3
    assert all("display" in error for error in seen["errors"])
    assert seen["alive"] is True
    assert seen["flipped"] is True
    assert "Traceback" not in logged


@pytest.mark.parametrize(
    ("wanted", "pixels", "mm"),
    [
        (TEN_INCH, (1280, 800), 217.0),
        (TEN_INCH, (1920, 1200), 217.0),
        (SEVEN_INCH, (800, 480), 154.1),
        (TOUCH_DISPLAY_2, (1280, 720), TOUCH_DISPLAY_2.height_mm),
    ],
)
def test_a_display_in_another_mode_is_filled_and_millimetres_stay_true(
    wanted: Any, pixels: tuple[int, int], mm: float
) -> None:
    panel = real_panel(wanted, *pixels)
    assert (panel.width_px, panel.height_px) == pixels
    assert panel.width_mm == pytest.approx(mm)
