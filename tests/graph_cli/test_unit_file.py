"""What this command reads of a unit's file, held against the file's owner: roomdisplay.config."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.config import ConfigError
from graph.roles import Role
from graph.unit_file import read
from roomdisplay import config as room_config

GRAPH = """
[graph]
tenant_id = "9f2c6f0a-0c5b-4f0e-9a37-1d3b6c1f5a10"
client_id = "4b1f4e6e-52f5-4c0c-8a1c-6a1a36d9a0b2"
sign_in = "device-code"
token_cache_file = "/var/lib/mydesk/tokens"
token_key_file = "/var/lib/mydesk/tokens.key"
"""
ROOM = GRAPH + '[unit]\nid = "a"\n[room]\naddress = "r@nordhavn.example"\nname = "R"\n'

PANELS = [
    "",
    "[booking]\nby_name = true\n",
    '[booking]\nby_name = true\nhost_group = "b3c1"\n',
    "[booking]\nenabled = false\n",
    "[booking]\nenabled = false\n[meeting]\nextend = false\nend_own = false\n",
    "[booking]\nenabled = false\n[meeting]\nextend = false\nend_own = false\nrelease = true\n",
    "[other_rooms]\nenabled = false\n",
    '[fault_report]\nmail_to = "service@nordhavn.example"\n',
    '[fault_report]\nmail_to = "service@nordhavn.example"\nenabled = false\n',
]


def written(folder: Path, text: str) -> Path:
    path = folder / "unit.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("detail", ["", 'detail = "2. sal"\n'])
def test_features_are_those_the_panel_itself_asks_for(tmp_path: Path, panel: str, detail: str) -> None:
    path = written(tmp_path, ROOM + detail + panel)
    assert read(path).features == room_config.load(path).features


def test_sections_of_other_packages_are_passed_by(tmp_path: Path) -> None:
    unit = read(written(tmp_path, ROOM + '[lamp]\nkind = 3\n["odd name"]\na = 1\n[unit-x]\nb = 2\n'))
    assert (unit.room, unit.role, str(unit.zone)) == ("r@nordhavn.example", Role.ROOM, "Europe/Copenhagen")
    assert unit.control_socket == Path("/run/mydesk/room.sock")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GRAPH.replace("device-code", "magic"), "line 5: graph.sign_in: expected"),
        (GRAPH + "[network]\nproxy = 1\n", "network.proxy: unknown key"),
        ("[unit]\n", "graph.tenant_id: is missing"),
        ("x = \n", "not valid TOML"),
    ],
)
def test_what_is_wrong_in_our_sections_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(written(tmp_path, text))
    assert said in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        read(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "role", "socket"),
    [
        (GRAPH, Role.ROOM, None),
        (GRAPH + "[kiosk]\n", Role.KIOSK, None),
        (GRAPH + "[kiosk]\n[unit]\n", Role.KIOSK, Path("/run/mydesk/kiosk.sock")),
        (GRAPH + '[unit]\ncontrol_socket = "/tmp/x.sock"\n', Role.ROOM, Path("/tmp/x.sock")),
    ],
)
def test_role_and_socket(tmp_path: Path, text: str, role: Role, socket: Path | None) -> None:
    unit = read(written(tmp_path, text))
    assert (unit.role, unit.control_socket) == (role, socket)
