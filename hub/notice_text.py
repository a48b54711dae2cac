"""What is told about alarms: the lines of one message, as the subject and text of a mail and as JSON. Pure.

Texts come from units: in a header they are one line of printable characters, whatever is in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from hub.draft import plain
from hub.web.wording import LocalTime

LONGEST_SUBJECT = 150
_UNITS_IN_SUMMARY = 5


class Saying(StrEnum):
    """What a message says of an alarm. `missed`: it came and went before it could be told."""

    RAISED = "raised"
    STILL = "still"
    CLEARED = "cleared"
    MISSED = "missed"


TITLES = {
    Saying.RAISED: "New",
    Saying.STILL: "Still there",
    Saying.MISSED: "Was there meanwhile, and is over",
    Saying.CLEARED: "Over",
}
"""In the order of a message."""


@dataclass(frozen=True, slots=True)
class Line:
    """One alarm in a message; `url` is its unit's page."""

    alarm: int
    saying: Saying
    unit: str
    name: str
    where: str
    kind: str
    severity: str
    since_ms: int
    cleared_ms: int | None
    text: str
    do: str
    url: str

    @property
    def title(self) -> str:
        """What people call the unit."""
        return self.name or self.unit


@dataclass(frozen=True, slots=True)
class Message:
    """Alarms that are told together. `repeat`: it may have been delivered before, under the same id."""

    id: str
    site: str
    lines: tuple[Line, ...]
    url: str
    made: datetime
    zone: ZoneInfo
    repeat: bool = False
    test: bool = False


def one_line(text: str) -> str:
    """`text` on one line, without control characters."""
    return " ".join(plain(text, 1000).split())


def subject(message: Message) -> str:
    """At most `LONGEST_SUBJECT` characters on one line."""
    mark = "Repeat: " if message.repeat else ""
    return one_line(f"{mark}[{message.site}] {_gist(message)}")[:LONGEST_SUBJECT]


def _gist(message: Message) -> str:
    if message.test:
        return "test: messages about alarms arrive"
    if len(message.lines) == 1:
        (line,) = message.lines
        word = {Saying.RAISED: line.severity, Saying.STILL: f"still {line.severity}"}.get(line.saying, "over")
        return f"{word}: {line.title}: {line.text}"
    counts = [
        f"{count} {word}"
        for word, sayings in (
            ("alarms", (Saying.RAISED, Saying.STILL)),
            ("over", (Saying.CLEARED, Saying.MISSED)),
        )
        if (count := sum(line.saying in sayings for line in message.lines))
    ]
    titles = sorted({line.title for line in message.lines})
    more = f" and {len(titles) - _UNITS_IN_SUMMARY} more" if len(titles) > _UNITS_IN_SUMMARY else ""
    return f"{', '.join(counts)}: {', '.join(titles[:_UNITS_IN_SUMMARY])}{more}"


def text(message: Message) -> str:
    """The mail: alarms of one kind together, what to do once, then the units."""
    return "\n".join(_text(message)) + "\n"


def _text(message: Message) -> Iterator[str]:
    if message.repeat:
        yield from ("This may have come before: the hub does not know whether it was delivered.", "")
    if message.test:
        yield from ("A test from mydesk-hub: messages about alarms arrive here.", "")
    for saying, title in TITLES.items():
        lines = [line for line in message.lines if line.saying is saying]
        if lines:
            yield from (f"{title} ({len(lines)})", "")
            yield from _by_kind(lines, message)
    yield f"All alarms: {message.url}/alarms"


def _by_kind(lines: Sequence[Line], message: Message) -> Iterator[str]:
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.kind, line.severity, line.text, line.do), []).append(line)
    for (kind, severity, says, do), those in groups.items():
        yield f"{one_line(says)} ({severity}, {kind})"
        if those[0].saying in (Saying.RAISED, Saying.STILL):
            yield f"What to do: {one_line(do)}"
        yield from (f"  {_of_unit(line, message)}" for line in those)
        yield ""


def _of_unit(line: Line, message: Message) -> str:
    times = LocalTime(message.zone, message.made)
    over = f", over since {times.moment(line.cleared_ms)}" if line.cleared_ms is not None else ""
    where = f", {one_line(line.where)}" if line.where else ""
    since = f"since {times.moment(line.since_ms)}{over}"
    return f"{one_line(line.title)}{where}: {since}  {line.url}"


def as_json(message: Message) -> dict[str, Any]:
    """What a webhook gets: `text` is what chat programs show, `alarms` is for programs. Times are ISO 8601, UTC."""
    return {
        "id": message.id,
        "repeat": message.repeat,
        "test": message.test,
        "site": message.site,
        "at": message.made.isoformat(timespec="seconds"),
        "url": f"{message.url}/alarms",
        "text": f"{subject(message)}\n{text(message)}",
        "alarms": [_line_json(line, message.zone) for line in message.lines],
    }


def _line_json(line: Line, zone: ZoneInfo) -> dict[str, Any]:
    times = LocalTime(ZoneInfo("UTC"), datetime.fromtimestamp(0, ZoneInfo("UTC")))
    return {
        "saying": str(line.saying),
        "unit": line.unit,
        "name": line.name,
        "where": line.where,
        "kind": line.kind,
        "severity": line.severity,
        "since": times.exact(line.since_ms),
        "cleared": times.exact(line.cleared_ms) or None,
        "text": line.text,
        "do": line.do,
        "url": line.url,
    }
