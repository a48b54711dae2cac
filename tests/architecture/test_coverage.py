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
TESTS = (
    "tests/common/visiting",
    "tests/hub/test_draft.py",
    "tests/hub/test_ingest_rows.py",
    "tests/hub/test_notices.py",
    "tests/hub/test_notify_wire.py",
    "tests/hub/test_reports.py",
    "tests/hub/test_room_board.py",
    "tests/hub/test_unit_status.py",
    "tests/hub/test_web_answers.py",
    "tests/hub/test_web_api.py",
    "tests/hub/test_web_commands.py",
    "tests/hub/test_web_roles.py",
    "tests/hub/test_web_sign_in.py",
    "tests/roomdisplay",
    "tests/property",
    "tests/drivers/test_auto_dim.py",
    "tests/drivers/test_brightness.py",
    "tests/drivers/test_recording.py",
    "tests/graph",
    "tests/kiosk",
    "tests/telemetry",
    "tests/provisioning/test_cli_fleet.py",
    "tests/provisioning/test_inventory.py",
    "tests/provisioning/test_render.py",
    "tests/provisioning/test_rollout_laws.py",
    "tests/provisioning/test_rollout_plan.py",
    "tests/provisioning/test_rollout_run.py",
    "tests/provisioning/test_rollout_unit.py",
    "tests/provisioning/test_seed.py",
    "tests/provisioning/test_seed_firstrun.py",
    "tests/provisioning/test_settings_layers.py",
    "tests/ui_kit/test_colour.py",
    "tests/ui_kit/test_metrics.py",
)
SLOW_STORIES = " and ".join(
    f"not {word}"
    for word in (
        *("stories", "process", "register", "proofs", "messenger", "scraping", "sharing", "network_watch"),
        *("test_link", "test_sender", "test_panel_life"),
    )
)


@pytest.mark.slow
def test_branches_of_pure_modules(tmp_path: Path) -> None:
    files = [ROOT / f"{module.replace('.', '/')}.py" for module in PURE]
    there = [str(file.relative_to(ROOT)) for file in files if file.exists()]
    settings = tmp_path / "coverage.ini"  # the project's own traces all files, which takes thrice as long
    settings.write_text("[run]\nbranch = true\ninclude =\n" + "".join(f"    {name}\n" for name in there))
    environment = {**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage"), "COVERAGE_RCFILE": str(settings)}
    tool = [sys.executable, "-m", "coverage"]
    run = [*tool, "run", "-m", "pytest", "-q", "-m", "not slow", "-k", SLOW_STORIES, *TESTS]
    done = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1500, check=False)
    # That they pass is what scripts/test shows; here it is what they reach.
    assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-1000:]
    out = tmp_path / "coverage.json"
    subprocess.run([*tool, "json", "-q", "-o", str(out)], cwd=ROOT, env=environment, check=True, timeout=120)
    found = json.loads(out.read_text())["files"]
    assert set(there) <= set(found), "these were not run at all: " + ", ".join(sorted(set(there) - set(found)))
    low = {name: round(file["summary"]["percent_covered"], 1) for name, file in found.items() if name in there}
    assert {name: share for name, share in low.items() if share < LEAST_PERCENT} == {}
