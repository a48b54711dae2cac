"""docs/agent.md against the code: its example loads, operations, sections and endings are the ones there are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import Struct

from common.clock import ManualClock
from common.config_overlay import OWN_ENDINGS
from kiosk.config import REMOTE_SECTIONS as KIOSK_SECTIONS
from kiosk.config import KioskConfig
from roomdisplay.config import REMOTE_SECTIONS as ROOM_SECTIONS
from roomdisplay.config import RoomConfig
from telemetry.app_client import AppClient
from telemetry.commands import MOST_WAITING
from telemetry.log_bundle import LogSource
from telemetry.operations import Role, UnitParts, operations
from telemetry.power_control import PowerControl
from telemetry.settings import load
from tests.architecture.generated_docs import ROOT

TEXT = (ROOT / "docs" / "agent.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| `")]


def test_the_smallest_configuration_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "agent.toml"
    path.write_text(example)
    config = load(path)
    assert (config.app_socket, config.app_service) == ("/run/mydesk/room.sock", "mydesk-room.service")
    assert f"{config.hub.renew_before_days} days before its end" in TEXT


@pytest.mark.parametrize("role", ["room", "kiosk"])
def test_every_operation_is_told(role: Role, tmp_path: Path) -> None:
    app = AppClient(tmp_path / "none.sock", ManualClock(datetime(2026, 11, 23, tzinfo=UTC)))
    parts = UnitParts(role, app, PowerControl("x.service", boot="b", start="s"), LogSource(()), tmp_path)
    told = {row[0].strip("`") for row in ROWS if len(row) == 4 and row[1] in ("both", role)}
    assert told == set(operations(parts))
    assert f"more than {MOST_WAITING} that wait" in TEXT


@pytest.mark.parametrize(
    ("role", "sections", "kind"), [("room", ROOM_SECTIONS, RoomConfig), ("kiosk", KIOSK_SECTIONS, KioskConfig)]
)
def test_what_may_be_set_from_the_hub(role: str, sections: frozenset[str], kind: type[Struct]) -> None:
    (listed,) = re.findall(rf"^- {role}: (.*)$", TEXT, re.MULTILINE)
    assert re.findall(r"`(\w+)`", listed) == sorted(sections)
    assert sections <= set(kind.__struct_fields__)
    assert not sections & {"unit", "graph", "network", "admin", "register", "invitations", "room", "site", "lamp"}


def test_what_is_never_set_from_the_hub() -> None:
    sentence = " ".join(TEXT.split("Never, in any section:", 1)[1].split(".", 1)[0].split())
    assert set(re.findall(r"`(_\w+)`", sentence)) == set(OWN_ENDINGS)
