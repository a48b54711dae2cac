"""A plausible office in a store: 22 door panels and 2 kiosks on three floors, two weeks of working days behind them.

Everything is drawn from one seed, so that pictures and reports are the same in every run.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert

from hub.tables import ALARMS, AUDIT, COMMANDS, LATEST, ROWS, SETTINGS, SILENCES, UNITS, WATERMARKS

ZONE = ZoneInfo("Europe/Copenhagen")
NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
"""A Friday, 10:40 in the office."""

FLOORS = {
    "Ground floor": ("Storebælt", "Lillebælt", "Øresund", "Kattegat", "Skagerrak", "Limfjorden"),
    "1st floor": ("Bornholm", "Samsø", "Ærø", "Læsø", "Anholt", "Fanø", "Mandø", "Rømø"),
    "2nd floor": ("Gudenåen", "Skjern Å", "Suså", "Odense Å", "Tryggevælde", "Karup Å", "Storå", "Varde Å"),
}
KIOSKS = (("Reception", "Ground floor"), ("North entrance", "Ground floor"))
BOOT, EPOCH, VERSION = "5d1c9f0e-boot", "00c0ffee00c0ffee", "1.4.0"
HOUR_MS, MINUTE_MS = 3_600_000, 60_000

NOW_STATES = (
    "busy", "free", "busy", "check-in", "ending-soon", "free", "free-soon", "busy", "in-use", "free", "busy",
    "booked-empty", "free", "busy", "released", "busy", "offline", "free", "busy", "free", "overlap", "release-warning",
)  # fmt: skip
TROUBLED = {"samsoe": "lost", "storaa": "silent", "karup-aa": "offline"}


@dataclass(frozen=True)
class Panel:
    """One unit of the office."""

    unit: str
    name: str
    floor: str
    role: str = "room"


PLAIN = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", " ": "-"})


def unit_of(name: str) -> str:
    plain = name.lower().translate(PLAIN)
    return "".join(c for c in plain if c.isascii())


PANELS = tuple(Panel(unit_of(name), name, floor) for floor, names in FLOORS.items() for name in names) + tuple(
    Panel(unit_of(name), name, floor, "kiosk") for name, floor in KIOSKS
)
SITE = "Nordhavn"
TROUBLES = (
    (
        "storebaelt",
        "under-voltage",
        "critical",
        55,
        None,
        "The supply voltage falls below 4.63 V; this damages memory cards.",
        "Use the official power supply and a short thick cable; with PoE, check the class of the switch port.",
    ),
    (
        "susaa",
        "calendar-old",
        "warning",
        12,
        None,
        "The calendar is old, so the panel does not show free.",
        "Check that the tenant can be reached from there; mydesk-graph doctor says what is missing.",
    ),
    (
        "reception",
        "printer-paper",
        "warning",
        4,
        None,
        "The badge printer is out of labels.",
        "Put in a new roll of DK-22251 and press feed once.",
    ),
    ("aeroe", "cpu-hot", "warning", 400, 380, "The processor is hot.", "Give the panel air: no sun, no cupboard."),
)
"""unit, kind, severity, since and until how many minutes ago, what, what to do"""


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


class Office:
    """Fills a store as it would be at `now`."""

    def __init__(self, connection: Connection, now: datetime = NOW, *, days: int = 14, sampled_h: int = 48) -> None:
        self._connection = connection
        self._now = now
        self._now_ms = ms(now)
        self._days = days
        self._sampled_h = sampled_h
        self._random = Random(7)
        self._rows: list[dict[str, Any]] = []
        self._seqs: dict[str, int] = {}

    def fill(self) -> None:
        """Write all of it."""
        self._connection.execute(insert(UNITS), [self._unit(panel) for panel in PANELS])
        rooms = [panel for panel in PANELS if panel.role == "room"]
        for number, panel in enumerate(rooms):
            self._room(panel, NOW_STATES[number % len(NOW_STATES)])
        for panel in PANELS:
            self._facts(panel)
        self._connection.execute(insert(ROWS), self._rows)
        self._connection.execute(insert(WATERMARKS), [self._watermark(unit) for unit in self._seqs])
        self._troubles()
        self._commands()
        self._people()

    def _unit(self, panel: Panel) -> dict[str, Any]:
        trouble = TROUBLED.get(panel.unit)
        seen_ms = self._now_ms - {"lost": 47 * MINUTE_MS, "silent": 26 * MINUTE_MS, "offline": 3 * HOUR_MS}.get(
            trouble or "", 20_000
        )
        enrolled_ms = self._now_ms - 60 * 24 * HOUR_MS
        return {
            "unit": panel.unit, "role": panel.role, "name": panel.name, "site": SITE, "floor": panel.floor,
            "enrolled_ms": enrolled_ms, "cert_serial": f"{zlib.crc32(panel.unit.encode()):x}",
            "cert_expires_ms": enrolled_ms + 180 * 24 * HOUR_MS, "last_seen_ms": seen_ms,
        }  # fmt: skip

    def row(self, unit: str, topic: str, at_ms: int, **body: Any) -> None:
        """One row of history, taken two seconds later."""
        seq = self._seqs[unit] = self._seqs.get(unit, 0) + 1
        values = {
            "unit": unit, "epoch": EPOCH, "seq": seq, "prev": seq - 1, "topic": topic, "at_ms": at_ms,
            "ts_ms": at_ms, "mono_ms": at_ms % 10**9, "boot": BOOT, "synced": True, "received_ms": at_ms + 2000,
            "body": json.dumps(body),
        }  # fmt: skip
        self._rows.append(values)

    def _room(self, panel: Panel, state: str) -> None:
        busy, begins = 0.35 + 0.5 * self._random.random(), len(self._rows)
        for number in range(self._days, -1, -1):
            day = (self._now.astimezone(ZONE) - timedelta(days=number)).date()
            if day.weekday() < 5:
                self._day(panel.unit, ms(datetime.combine(day, time(8), ZONE)), busy)
        if state in ("busy", "ending-soon", "in-use", "overlap"):
            self.row(panel.unit, "e/presence", self._now_ms - 15 * MINUTE_MS, presence="occupied", evidence="radar")
        last_ms = max((row["at_ms"] for row in self._rows[begins:]), default=0)
        self._samples(panel.unit, begins)
        at_ms = max(last_ms + 1000, self._now_ms - self._random.randint(1, 14) * MINUTE_MS)
        self.row(panel.unit, "e/room", at_ms, state=state, lamp="neutral", stale=state == "offline")
        self._latest_room(panel.unit, state)

    def _day(self, unit: str, opens_ms: int, busy: float) -> None:
        limit_ms = self._now_ms - 20 * MINUTE_MS
        at_ms, closes_ms = opens_ms, min(opens_ms + 10 * HOUR_MS, limit_ms)
        self._state(unit, opens_ms, "free", closes_ms)
        while at_ms < closes_ms:
            length_ms = self._random.choice((30, 30, 45, 60, 60, 90)) * MINUTE_MS
            if self._random.random() < busy:
                self._meeting(unit, at_ms, at_ms + length_ms, limit_ms)
            at_ms += length_ms

    def _state(self, unit: str, at_ms: int, state: str, limit_ms: int, stale: bool = False) -> None:
        if at_ms < limit_ms:
            self.row(unit, "e/room", at_ms, state=state, lamp="neutral", stale=stale, evidence_age_s=12)

    def _meeting(self, unit: str, start_ms: int, end_ms: int, limit_ms: int) -> None:
        self._state(unit, start_ms, "check-in", limit_ms)
        if self._random.random() < 0.05:
            self._no_show(unit, start_ms, end_ms, limit_ms)
            return
        came_ms = start_ms + self._random.randint(0, 5) * MINUTE_MS
        left_ms = end_ms - self._random.randint(-2, 12) * MINUTE_MS
        for at_ms, topic, body in (
            (came_ms, "e/presence", {"presence": "occupied", "evidence": "radar"}),
            (came_ms, "e/check-in", {"by": "presence"}),
            (came_ms, "e/room", {"state": "busy", "lamp": "busy", "stale": False, "evidence_age_s": 9}),
            (end_ms - 5 * MINUTE_MS, "e/room", {"state": "ending-soon", "lamp": "busy", "stale": False}),
            (left_ms, "e/presence", {"presence": "vacant", "evidence": "radar"}),
            (end_ms, "e/room", {"state": "free", "lamp": "free", "stale": False, "evidence_age_s": 20}),
        ):
            if at_ms < limit_ms:
                self.row(unit, topic, at_ms, **body)

    def _no_show(self, unit: str, start_ms: int, end_ms: int, limit_ms: int) -> None:
        freed_min = (end_ms - start_ms) // MINUTE_MS - 12
        for at_ms, topic, body in (
            (start_ms + 10 * MINUTE_MS, "e/no-show", {"step": "warned", "reason": "no-show"}),
            (start_ms + 10 * MINUTE_MS, "e/room", {"state": "release-warning", "lamp": "attention", "stale": False}),
            (start_ms + 12 * MINUTE_MS, "e/no-show", {"step": "released", "reason": "no-show", "freed_min": freed_min}),
            (start_ms + 12 * MINUTE_MS, "e/room", {"state": "released", "lamp": "free", "stale": False}),
        ):
            if at_ms < limit_ms:
                self.row(unit, topic, at_ms, **body)

    def _samples(self, unit: str, begins: int) -> None:
        """Two days of air, every five minutes; CO2 rises while somebody is in."""
        spans = sorted(self._occupied(self._rows[begins:]))
        co2, temperature = 430.0, 20.6
        for at_ms in range(self._now_ms - self._sampled_h * HOUR_MS, self._now_ms, 5 * MINUTE_MS):
            while spans and spans[0][1] <= at_ms:
                spans.pop(0)
            inside = bool(spans) and spans[0][0] <= at_ms
            co2 += (1500 - co2) * 0.055 if inside else (420 - co2) * 0.09
            temperature += (23.4 - temperature) * 0.04 if inside else (20.4 - temperature) * 0.03
            values = {"occupied": inside, "co2_ppm": round(co2 + self._random.gauss(0, 6))}
            self.row(unit, "m/room", at_ms, **values, temperature_c=round(temperature, 1), light=240 if inside else 8)

    def _occupied(self, rows: list[dict[str, Any]]) -> Iterator[tuple[int, int]]:
        start_ms = None
        mine = [row for row in rows if row["topic"] == "e/presence"]
        for row in sorted(mine, key=lambda one: one["at_ms"]):
            if "occupied" in row["body"]:
                start_ms = start_ms or row["at_ms"]
            elif start_ms:
                yield start_ms, row["at_ms"]
                start_ms = None

    def latest(self, unit: str, topic: str, age_ms: int = 20_000, /, **body: Any) -> None:
        """The last message of a topic."""
        values = {"unit": unit, "topic": topic, "received_ms": self._now_ms - age_ms, "body": json.dumps(body)}
        self._connection.execute(insert(LATEST).values(values))

    def _latest_room(self, unit: str, state: str) -> None:
        occupied = state in ("busy", "ending-soon", "in-use", "overlap")
        co2 = self._random.randint(620, 1180) if occupied else self._random.randint(425, 560)
        self.latest(
            unit, "now/room", ts=self._now_ms, app=True, state=state, presence="occupied" if occupied else "vacant",
            calendar_ok=state != "offline", calendar_age_s=14.0, signed_in=True, clock_ok=True, sensors_ok=True,
            temperature_c=round(self._random.uniform(20.2, 23.6), 1), co2_ppm=co2, alarms=0,
        )  # fmt: skip

    def _facts(self, panel: Panel) -> None:
        unit, trouble = panel.unit, TROUBLED.get(panel.unit, "online")
        link = "online" if trouble == "silent" else trouble
        self.latest(unit, "status", s=link, boot=BOOT, n=3, ver=VERSION, role=panel.role, ts=self._now_ms)
        self.latest(unit, "twin/hw", model="Raspberry Pi 5 Model B Rev 1.0", serial="10000000a1b2c3d4")
        self.latest(unit, "twin/os", name="Debian GNU/Linux 13 (trixie)", kernel="6.12.47+rpt-rpi-2712")
        self.latest(unit, "twin/display", connectors={"HDMI-A-1": {"status": "connected", "mode": "1280x800"}})
        self.latest(unit, "now/temperature", cpu_c=round(self._random.uniform(44, 58), 1))
        self.latest(unit, "now/memory", available_percent=round(self._random.uniform(58, 74), 1), load_1min=0.14)
        self.latest(unit, "now/storage", status="ok", probe_ms=21, wear_percent=10)
        self.latest(unit, "reported/settings", rev=3, state="applied", ts=self._now_ms)
        if panel.role == "kiosk":
            self.latest(unit, "now/kiosk", app=True, page="welcome", on_site=4, printer="ready", labels_left=180)

    def _watermark(self, unit: str) -> dict[str, Any]:
        return {"unit": unit, "epoch": EPOCH, "seq": self._seqs[unit], "updated_ms": self._now_ms - 20_000}

    def _troubles(self) -> None:
        for unit, kind, severity, since_min, cleared_min, text, do in TROUBLES:
            cleared_ms = None if cleared_min is None else self._now_ms - cleared_min * MINUTE_MS
            values = {"unit": unit, "kind": kind, "severity": severity, "text": text, "do": do}
            times = {"since_ms": self._now_ms - since_min * MINUTE_MS, "cleared_ms": cleared_ms}
            self._connection.execute(insert(ALARMS).values(**values, **times))
        silence = {"unit": "reception", "until_ms": self._now_ms + 3 * HOUR_MS, "by": "bente.jensen@nordhavn.example"}
        self._connection.execute(insert(SILENCES).values(**silence, reason="New printer is on its way"))

    def _commands(self) -> None:
        by = "louise.holm@nordhavn.example"
        for number, (operation, state, reason, result) in enumerate(
            (
                ("screenshot", "successful", "", {"png": base64.b64encode(picture()).decode()}),
                ("identify", "successful", "", {}),
                ("reboot", "failed", "A meeting is running. Wait until it is over, or force it.", {}),
                ("logs", "successful", "", {"gz": base64.b64encode(b"\x1f\x8b" + bytes(60)).decode()}),
            )
        ):
            at_ms = self._now_ms - (number * 9 + 3) * MINUTE_MS
            values = {
                "id": f"c{number}-storebaelt", "unit": "storebaelt", "operation": operation, "args": "{}", "by": by,
                "created_ms": at_ms, "expires_ms": at_ms + 300_000, "state": state, "reason": reason,
                "result": json.dumps(result).encode() if result else None, "updated_ms": at_ms + 1500,
            }  # fmt: skip
            self._connection.execute(insert(COMMANDS).values(values))

    def _people(self) -> None:
        by = "louise.holm@nordhavn.example"
        values = json.dumps({"screen.brightness_percent": 80, "screen.language": "da"})
        row = {"unit": "storebaelt", "rev": 3, "at_ms": self._now_ms - HOUR_MS, "state": "applied", "reason": ""}
        self._connection.execute(insert(SETTINGS).values(row | {"by": by, "values": values}))
        for number, (action, target) in enumerate(
            (("screenshot", "storebaelt"), ("silence", "reception"), ("settings", "storebaelt"), ("sign-in", ""))
        ):
            values_of = {"at_ms": self._now_ms - (20 - number) * MINUTE_MS, "who": by, "action": action}
            self._connection.execute(insert(AUDIT).values(**values_of, target=target, detail=""))


def picture(width: int = 640, height: int = 400) -> bytes:
    """A PNG of a busy panel: red, with blocks for the texts."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    def colour(x: int, y: int) -> bytes:
        if x > width * 0.64:
            return b"\x2a\x33\x44" if (y // 44) % 2 and 20 < x - width * 0.64 < 200 else b"\x0d\x13\x1e"
        text = (60 < y < 130 and 40 < x < 300) or (170 < y < 195 and 40 < x < 260) or (210 < y < 228 and 40 < x < 200)
        return b"\xff\xf0\xf0" if text else b"\x8b\x00\x00"

    lines = b"".join(b"\x00" + b"".join(colour(x, y) for x in range(width)) for y in range(height))
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 6)) + chunk(b"IEND", b"")
