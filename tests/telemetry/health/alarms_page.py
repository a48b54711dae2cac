"""Writes the table of docs/alarms.md anew from the code: python -m tests.telemetry.health.alarms_page"""

from __future__ import annotations

import re
from pathlib import Path

from telemetry.health.alarm_rules import rules
from telemetry.health.alarm_texts import table_markdown
from telemetry.settings import HealthSection

PAGE = Path(__file__).parents[3] / "docs/alarms.md"
TABLE = re.compile(r"\| alarm \|.*?\n(?=\n|\Z)", re.DOTALL)


def main() -> None:
    text = PAGE.read_text("utf-8")
    PAGE.write_text(TABLE.sub(lambda _: table_markdown(rules(HealthSection())), text, count=1), "utf-8")


if __name__ == "__main__":
    main()
