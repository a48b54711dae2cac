"""The modules that decide are tested to at least 95 % of their branches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules import PURE

ROOT = Path(__file__).parents[2]
LEAST_PERCENT = 95.0
NOT_MEASURED = ("hub.web.", "provisioning.")
"""Held to be pure, but their branches were not measured yet."""
TESTS = (
    "tests/common/visiting",
    "tests/hub/test_draft.py",
    "tests/hub/test_ingest_rows.py",
    "tests/hub/test_notices.py",
    "tests/hub/test_reports.py",
    "tests/hub/test_room_board.py",
    "tests/hub/test_unit_status.py",
    "tests/hub/test_web_roles.py",
    "tests/roomdisplay",
    "tests/property",
    "tests/drivers/test_auto_dim.py",
    "tests/drivers/test_brightness.py",
    "tests/drivers/test_recording.py",
    "tests/graph",
    "tests/kiosk",
    "tests/telemetry",
    "tests/provisioning",
    "tests/ui_kit/test_colour.py",
    "tests/ui_kit/test_metrics.py",
)
SLOW_STORIES = " and ".join(
    f"not {word}"
    for word in (
        *("stories", "process", "register", "proofs", "messenger", "scraping", "sharing", "network_watch"),
        *("test_link", "test_sender", "test_mydesk_claim", "test_claim", "updater", "test_panel_life", "test_cli"),
    )
)


@pytest.mark.slow
def test_branches_of_pure_modules(tmp_path: Path) -> None:
    measured = [module for module in PURE if not module.startswith(NOT_MEASURED)]
    files = [ROOT / f"{module.replace('.', '/')}.py" for module in measured]
    there = [str(file.relative_to(ROOT)) for file in files if file.exists()]
    environment = {**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage")}
    tool = [sys.executable, "-m", "coverage"]
    run = [
        *tool,
        "run",
        "--branch",
        f"--include={','.join(there)}",
        "-m",
        "pytest",
        "-m",
        "not slow",
        "-k",
        SLOW_STORIES,
        *TESTS,
    ]
    done = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    out = tmp_path / "coverage.json"
    subprocess.run([*tool, "json", "-q", "-o", str(out)], cwd=ROOT, env=environment, check=True, timeout=120)
    found = json.loads(out.read_text())["files"]
    assert set(there) <= set(found), "these were not run at all: " + ", ".join(sorted(set(there) - set(found)))
    low = {name: round(file["summary"]["percent_covered"], 1) for name, file in found.items() if name in there}
    assert {name: share for name, share in low.items() if share < LEAST_PERCENT} == {}
