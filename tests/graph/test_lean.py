"""What a panel does not pay for."""

from __future__ import annotations

import subprocess
import sys

CHECK = "import graph.client, sys; print([name for name in ('rich', 'pygments', 'click') if name in sys.modules])"


def test_a_panel_does_not_carry_the_command_line_of_httpx() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
