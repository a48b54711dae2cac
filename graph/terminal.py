"""What the command prints: tables and findings for people, JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from common.errors import MyDeskError
from graph.agenda import one_line
from graph.findings import SLOW, Finding, Level, count

PIPE_COLUMNS = 200
MOST = 2000
_MARKS = {Level.OK: "ok     ", Level.UNKNOWN: "unknown", Level.WARNING: "WARNING", Level.ERROR: "ERROR  "}
_COLOURS = {Level.OK: "green", Level.UNKNOWN: "cyan", Level.WARNING: "yellow", Level.ERROR: "red"}
_CONSOLES = {
    "exchange": "In Exchange Online PowerShell",
    "entra": "In Microsoft Graph PowerShell",
    "unit": "On the unit",
    "": "",
}


def print_json(answer: Any) -> None:
    """Print one line of JSON."""
    typer.echo(json.dumps(answer, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; cells are plain text, whatever is in them."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell, MOST)) for cell in row))
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else PIPE_COLUMNS)
    console.print(table)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print what was found, what was good included, then how much of each."""
    for finding in findings:
        _print_finding(finding)
    counts = (
        (count(findings, Level.ERROR), "error"),
        (count(findings, Level.WARNING), "warning"),
        (count(findings, Level.UNKNOWN), "unknown"),
    )
    typer.echo(", ".join(f"{number} {word}{_plural(number, word)}" for number, word in counts) + ".")


def _plural(number: int, word: str) -> str:
    return "" if number == 1 or word == "unknown" else "s"


def _print_finding(finding: Finding) -> None:
    about = f" {one_line(finding.about, MOST)}:" if finding.about else ""
    inferred = " (inferred)" if finding.inferred else ""
    mark = typer.style(_MARKS[finding.level], fg=_COLOURS[finding.level])
    typer.echo(f"{mark} {finding.check}:{about} {one_line(finding.what, MOST)}{inferred}")
    if finding.why:
        typer.echo(f"        {one_line(finding.why, MOST)}")
    if finding.mend:
        slow = f" ({SLOW})" if finding.slow else ""
        typer.echo(f"        {_CONSOLES[finding.console]}{slow}:")
        for line in finding.mend:
            typer.echo(f"          {line}")


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return the findings for a machine; `takes` is there where the mending takes its time."""
    return [{**asdict(finding), "takes": SLOW if finding.slow else ""} for finding in findings]


def print_error(error: MyDeskError, *, as_json: bool) -> None:
    """Print what went wrong and what to do: on standard error, and as JSON on standard output where that was asked."""
    if as_json:
        print_json({"error": error.message, "hint": error.hint})
    typer.echo(f"mydesk-graph: {error}", err=True)
