"""docs/privacy.md and the register say the same: every table with its retention key, every file."""

from __future__ import annotations

import re
from pathlib import Path

from common.config import describe
from kiosk.config import KioskConfig
from kiosk.model import Channel
from tests.kiosk.register_kit import DAY_S, Desk, at_desk, visit

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
SECTION = "## The lobby kiosk: the register of visits"


def section() -> str:
    return PAGE.read_text("utf-8").partition(SECTION)[2].partition("\n## ")[0]


def documented() -> dict[str, tuple[str, str]]:
    """Table: whether it points to a person, and its retention key or "kept"."""
    table = section().partition("| table of `register.db` |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \|[^|]+\|([^|]+)\|([^|]+)\|$", table, re.MULTILINE)
    return {name: (points.strip(), key.strip(" `")) for name, points, key in rows}


def tables(folder: Path) -> set[str]:
    async def story(desk: Desk) -> set[str]:
        await desk.sign_in(1)
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        return await desk.register.apply(lambda store, at: {row[0] for row in store.connection.execute(query)})

    return at_desk(folder, story)


def test_every_table_is_on_the_page_and_none_besides(tmp_path: Path) -> None:
    assert set(documented()) == tables(tmp_path / "register")


def test_what_points_to_a_person_has_a_retention_key_that_exists() -> None:
    keys = {row.key for row in describe(KioskConfig)}
    for name, (points, key) in documented().items():
        assert (key in keys) == (points != "no"), name
        assert points == "no" or key.startswith("register."), name


def test_the_retention_keys_are_what_the_tables_live_by(tmp_path: Path) -> None:
    """After `retention_days` only tables that may keep their rows have any; after `audit_days` not even the audit."""
    by_key = {"register.retention_days": 14, "register.audit_days": 180}

    async def story(desk: Desk) -> None:
        await desk.register.sign_in([visit(1)], tell=Channel.MAIL, badges=True)
        for key, days in by_key.items():
            desk.clock.step((days + 1) * DAY_S)
            await desk.forgetting.now()
            for table, (_, its_key) in documented().items():
                if its_key == key:
                    assert await desk.rows(table) == 0, table
        assert await desk.rows("statistics") == 1

    at_desk(tmp_path / "register", story)


def test_every_file_below_the_folder_is_on_the_page(tmp_path: Path) -> None:
    tables(tmp_path / "register")
    known = {"register.db", "register.lock"}
    for path in (tmp_path / "register").rglob("*"):
        name = str(path.relative_to(tmp_path / "register"))
        if path.is_file() and name not in known:
            assert Path(name).name in section(), name
