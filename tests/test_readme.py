"""README's two commands, in a fresh clone with nothing installed in it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
QUICK = ("tests/architecture", "tests/common")
"""`scripts/test` is what is running this, so the clone's own run is kept to what shows that its set-up works."""


def commands() -> list[str]:
    """The indented lines of README.md: what a newcomer types."""
    return re.findall(r"^    (\S.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)


def run(clone: Path, *command: str) -> str:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "PYTHON")
    }
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_readme_has_two_commands() -> None:
    assert commands() == ["scripts/demo", "scripts/test"]


def test_every_guide_is_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / link).exists(), f"README.md points to {link}, which is not there"


@pytest.mark.slow
def test_both_commands_in_a_fresh_clone(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    said = run(clone, "scripts/demo")
    assert "contact-sheet.png" in said
    for seen in (
        "the panel checks them in",
        "Released: in Exchange the room is free again",
        "in use, not booked",
        "The hub's board followed",
    ):
        assert seen in said
    assert (clone / "demo-output" / "contact-sheet.png").stat().st_size > 100_000
    run(clone, "scripts/test", *QUICK)
