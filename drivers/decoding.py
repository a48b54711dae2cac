"""Hexadecimal text of a capture in, JSON objects out: what each codec makes of it, for `mydesk-drivers decode`.

    for line in decode("ld2410", ["F4 F3 F2 F1 0D00 ..."]): ...

An event is {"event": "basic-report", and its fields, units in their names}; bytes are hexadecimal, enumerations their
lower-case names. The last object is {"event": "counters"}: frames, bad_frames, junk_bytes, and held_bytes, those of
an unfinished frame at the end.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator
from enum import Enum, IntEnum
from importlib import import_module
from typing import Any

from drivers.errors import UsageError
from drivers.hilink.protocol import Firmware

CODECS = {
    "ld2410": "drivers.hilink.ld2410:Ld2410Codec",
    "ld2450": "drivers.hilink.ld2450:Ld2450Codec",
    "mhz19": "drivers.mhz19:Mhz19Codec",
    "senseair-s8": "drivers.senseair:SenseairS8Codec",
    "scd30": "drivers.scd30:Scd30Codec",
    "gm65": "drivers.scanner:ScannerCodec",
    "escpos": "drivers.printers.escpos:EscposStatusCodec",
    "zpl": "drivers.printers.zpl:ZplStatusCodec",
    "brother-ql": "drivers.printers.brother_ql:BrotherQlStatusCodec",
}
"""The classes by the names of the command line; the LD2410's B and C models are `ld2410`."""

_DIGITS = frozenset("0123456789abcdefABCDEF")
_SHOWN = 20
_PLAIN = frozenset((bool, int, str, type(None)))
_DECIMALS = 3
"""more than any sensor measures, fewer than a 32-bit float drags along"""


class NotHex(UsageError):  # noqa: N818 - what happened, as in drivers.errors
    """Error raised when a text is not hexadecimal."""


def codec_of(device: str) -> Any:
    """A new codec of `device`. Raises UsageError for one that is not known."""
    if device not in CODECS:
        raise UsageError(f"There is no device {device!r}.", hint=f"Known: {', '.join(CODECS)}.")
    module, _, name = CODECS[device].partition(":")
    return getattr(import_module(module), name)()


def decode(device: str, texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """One object per event, as soon as it is complete, then the counters. Raises NotHex, UsageError."""
    codec = codec_of(device)
    for data in from_hex(texts):
        yield from map(as_json, codec.feed(data))
    if hasattr(codec, "flush"):  # a scanner without a suffix: its line ends where the capture does
        yield from map(as_json, codec.flush())
    yield {"event": "counters", **dataclasses.asdict(codec.counters), "held_bytes": codec.held}


def from_hex(texts: Iterable[str]) -> Iterator[bytes]:
    """The bytes of hexadecimal text that arrives in parts; white space may stand anywhere. Raises NotHex."""
    half, at = "", 0
    for text in texts:
        digits = half + "".join(text.split())
        wrong = next((place for place, char in enumerate(digits) if char not in _DIGITS), None)
        if wrong is not None:
            yield bytes.fromhex(digits[: wrong // 2 * 2])
            shown = digits[wrong : wrong + _SHOWN]
            hint = "Give pairs of hexadecimal digits, such as F4 F3 F2 F1."
            raise NotHex(f"Digit {at + wrong + 1 - len(half)} of the input is not hexadecimal: {shown!r}.", hint=hint)
        at += len(digits) - len(half)
        even = len(digits) // 2 * 2
        half = digits[even:]
        yield bytes.fromhex(digits[:even])
    if half:
        raise NotHex(f"The input ends in the middle of a byte, after {at} digits.", hint="Was it cut?")


def as_json(event: Any) -> dict[str, Any]:
    """An event of a codec as a JSON object."""
    return {"event": _kebab(type(event).__name__), **_fields(event), **_told_besides(event)}


def _told_besides(event: Any) -> dict[str, Any]:
    """What a person wants to know that is no field: what a status may mean that nobody is known to have asked for."""
    if type(event).__name__ == "RealTimeStatus" and event.n is None:
        return {"if_asked": _if_asked(event.raw)}
    return {}


@functools.cache
def _if_asked(raw: int) -> dict[str, list[str]]:
    from drivers.printers.escpos import meanings

    return {str(n): list(flags) for n, flags in meanings(raw).items()}


def _value(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, Enum):
        return value.name.lower().replace("_", "-") if isinstance(value, IntEnum) else value.value
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, tuple | list | frozenset | set):
        return [_fields(item) if dataclasses.is_dataclass(item) else _value(item) for item in value]
    if isinstance(value, dict):
        return {str(_value(key)): _value(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        version = {"version": value.version} if isinstance(value, Firmware) else {}
        return {"type": _kebab(type(value).__name__), **version, **_fields(value)}
    return value


def _fields(value: Any) -> dict[str, Any]:
    return {name: _value(getattr(value, name)) for name in value.__dataclass_fields__}


@functools.cache
def _kebab(name: str) -> str:
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name).lstrip("-")
