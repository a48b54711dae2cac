"""The codecs that `scripts/bench/run fuzz_codecs` feeds, by import name, each with valid streams to mutate."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[1] / "cases" / "drivers"
LONGEST = 600

HS_ANSWER = (
    b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
)
HS_PAPER_OUT = HS_ANSWER.replace(b"030,0,0", b"030,1,1").replace(b"000,0,0,0,0,2", b"000,0,1,0,0,2")
QL_READY = bytes.fromhex("80204234 38300000 0000 3E0A 000000000000 0000" + "00" * 12)
QL_NO_MEDIA = bytes.fromhex("80204234 38300000 0100 0000 000000000000 0200" + "00" * 12)


@dataclass(frozen=True, slots=True)
class Target:
    """One codec: what makes it, where its streams come from, the shortest frame, and what counts as a statement."""

    make: str
    cases: str = ""
    streams: tuple[bytes, ...] = ()
    shortest: int = 1
    bound: int = 256
    meaning: Callable[[Any], Any] = lambda event: event
    """None for an event that states nothing"""

    def all_streams(self) -> Iterable[bytes]:
        """Each once, and three times running."""
        rows: Any = json.loads((CASES / f"{self.cases}.json").read_text(encoding="utf-8")) if self.cases else []
        for row in rows["cases"] if isinstance(rows, dict) else rows:
            groups = row["bytes"]
            data = bytes.fromhex(groups if isinstance(groups, str) else "".join(group for _, group in groups))
            yield from (data[:LONGEST], (3 * data)[:LONGEST])
        for data in self.streams:
            yield from (data, 3 * data)


def _stated(*names: str) -> Callable[[Any], Any]:
    """These attributes of the events that have them."""
    return lambda event: tuple(getattr(event, name) for name in names) if hasattr(event, names[0]) else None


def _presence(event: Any) -> str | None:
    """What a radar's report says together with those before it."""
    presence = getattr(event, "presence", None)
    return None if presence == "unknown" else presence


TARGETS = {
    "ld2410": Target("drivers.hilink.ld2410:Ld2410Codec", "ld2410", shortest=14, meaning=_presence),
    "ld2450": Target("drivers.hilink.ld2450:Ld2450Codec", "ld2450", shortest=14, meaning=_presence),
    "mhz19": Target("drivers.mhz19:Mhz19Codec", "mhz19", shortest=9, meaning=_stated("co2_ppm")),
    "senseair-s8": Target("drivers.senseair:SenseairS8Codec", "senseair-s8", shortest=5, meaning=_stated("co2_ppm")),
    "scd30": Target(
        "drivers.scd30:Scd30Codec",
        "scd30",
        shortest=5,
        meaning=_stated("co2_ppm", "temperature_c", "humidity_percent"),
    ),
    "gm65": Target("drivers.scanner:ScannerCodec", "gm65", bound=8192, meaning=lambda _code: None),
    "escpos": Target(
        "drivers.printers.escpos:EscposStatusCodec",
        streams=tuple(
            map(bytes.fromhex, ("12 1A 32 12", "12 12 12 12", "16 12 72", "13 12 1E 11 12", "14 00 0C 0F 12"))
        ),
    ),
    "zpl": Target(
        "drivers.printers.zpl:ZplStatusCodec",
        streams=(HS_ANSWER, HS_PAPER_OUT),
        shortest=5,
        bound=1024,
        meaning=_stated("paper_out", "head_open", "paused"),
    ),
    "brother-ql": Target(
        "drivers.printers.brother_ql:BrotherQlStatusCodec",
        streams=(QL_READY, QL_NO_MEDIA),
        shortest=32,
        meaning=_stated("type", "errors"),
    ),
}
