"""Commands of mydesk-fleet for many units, against a fleet that is imitated."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner, Result

from provisioning.cli import app
from tests.provisioning.fake_fleet import FakeFleet


def ran(fake: FakeFleet, *words: str) -> Result:
    """What a command said."""
    command, *rest = words
    return CliRunner().invoke(app, [command, *fake.options, *rest])


def objects(result: Result) -> dict[str, Any]:
    """Its JSON lines by unit."""
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return {one["unit"]: one for one in found}
