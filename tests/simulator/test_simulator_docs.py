"""docs/simulator.md names every control call, every key of an office file and every kind of fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator import faults, office_schema
from simulator.server import CONTROL

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
TABLES = ("OFFICE", "BEHAVIOUR", "PERSON", "ROOM", "SETTINGS", "APP", "GROUP", "MEETING")


def calls() -> set[tuple[str, str]]:
    """Method and path of every control call in the code."""
    return {
        (method, re.sub(r":\w+", "", route.path))
        for module in CONTROL
        for route in module.ROUTES
        for method in (route.methods or set()) - {"HEAD"}
    }


def documented() -> set[tuple[str, str]]:
    """Method and path of every control call on the page; methods may share a path."""
    found = set()
    for line in PAGE.splitlines():
        cell = line.split("|")[1] if line.startswith("| `") and "/_sim/" in line else ""
        methods: list[str] = []
        for text in re.findall(r"`([^`]+)`", cell):
            method, _, path = text.partition(" ")
            methods.append(method)
            if path:
                found |= {(one, path.removeprefix("/_sim")) for one in methods}
                methods = []
    return found


def test_every_control_call_is_on_the_page_and_the_other_way_round() -> None:
    assert documented() == calls()


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_an_office_file_is_on_the_page(table: str) -> None:
    missing = [name for name in getattr(office_schema, table) if f"`{name}`" not in PAGE]
    assert missing == []


def test_every_kind_and_key_of_a_fault_is_on_the_page() -> None:
    assert [kind for kind in faults.KINDS if f"| `{kind}` |" not in PAGE] == []
    assert [name for name in faults.ALLOWED if name not in PAGE] == []
