"""Where the keys of the on-screen keyboard are. Pure: data in, rectangles out.

ui/keyboards/<language>.json holds rows of keys apart by blanks: a letter or sign types itself, `{space:4.5}` is a key
with a duty and its width in keys, `{.dk:1.5}` types several signs. `wide` is for panels on which the longest row has
keys of at least 9 mm, `narrow` (nine keys a row, accents behind a long press) for the rest.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from common.errors import MyDeskError
from ui.metrics import Panel
from ui.rect import Rect

KEYBOARDS = Path(__file__).parent / "keyboards"
MIN_KEY_MM = 9.0
MAX_KEY_MM = 26.0
ROW_MM = 15.8
MAX_SHARE = 0.485
"""The keyboard takes at most this share of the screen's height."""


class KeyboardError(MyDeskError):
    """Error raised when a keyboard file is missing or wrong."""


class Layer(StrEnum):
    """What a field wants to be typed into it."""

    LETTERS = "letters"
    EMAIL = "email"
    NUMBERS = "numbers"
    PHONE = "phone"
    CODE = "code"
    """Digits and the capitals of Crockford's base 32, which leaves out I, L, O and U."""


class Duty(StrEnum):
    """What a key does."""

    TYPE = "type"
    SHIFT = "shift"
    BACKSPACE = "backspace"
    SPACE = "space"
    ACTION = "action"
    NUMBERS = "numbers"
    LETTERS = "letters"


@dataclass(frozen=True, slots=True)
class Key:
    """A key. `rect` is where a finger hits it, without gaps to its neighbours; (0, 0) is the keyboard's lower left."""

    duty: Duty
    text: str
    """What it types; empty for keys with another duty."""
    rect: Rect
    accents: str = ""
    """What a long press offers."""


@dataclass(frozen=True, slots=True)
class Board:
    """A language's keyboard, as read."""

    language: str
    wide: dict[Layer, list[str]]
    narrow: dict[Layer, list[str]]
    accents: dict[str, str]
    space: str = ""
    """The word on the space bar."""


@dataclass(frozen=True, slots=True)
class KeyboardLayout:
    """The rows from the top, and the size of the whole in px."""

    rows: tuple[tuple[Key, ...], ...]
    width: int
    height: int

    @property
    def keys(self) -> list[Key]:
        return [key for row in self.rows for key in row]

    def key_at(self, x: float, y: float) -> Key | None:
        return next((key for key in self.keys if key.rect.contains(x, y)), None)


@functools.cache
def board(language: str) -> Board:
    """The keyboard of a language. Raises KeyboardError when there is none or it is wrong."""
    path = KEYBOARDS / f"{language}.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Board(
            language=data["language"],
            wide={Layer(name): rows for name, rows in data["wide"].items()},
            narrow={Layer(name): rows for name, rows in data["narrow"].items()},
            accents=data["accents"],
            space=data["space"],
        )
    except (OSError, ValueError, KeyError) as error:
        known = ", ".join(languages())
        raise KeyboardError(f"The keyboard {language!r} cannot be read: {error!r}.", hint=f"Known: {known}.") from error


def languages() -> list[str]:
    """The languages that have a keyboard."""
    return sorted(path.stem for path in KEYBOARDS.glob("*.json"))


@functools.lru_cache(maxsize=32)
def layout(panel: Panel, language: str, layer: Layer, *, shifted: bool = False) -> KeyboardLayout:
    """The keys of one layer across the width of a panel."""
    keys = board(language)
    rows = [_tokens(row) for row in _rows(panel, keys, layer)]
    columns = max(sum(weight for _, weight in row) for row in rows)
    pitch = min(panel.width_px / columns, panel.mm(MAX_KEY_MM * (2 if layer is Layer.PHONE else 1)))
    high = _row_height(panel, pitch, len(rows))
    placed = tuple(
        _row(row, index, pitch=pitch, high=high, rows=len(rows), panel=panel, accents=keys.accents, shifted=shifted)
        for index, row in enumerate(rows)
    )
    return KeyboardLayout(placed, panel.width_px, high * len(rows))


def narrow(panel: Panel, language: str) -> bool:
    """Whether the full rows would have keys under 9 mm."""
    columns = max(sum(w for _, w in _tokens(row)) for row in board(language).wide[Layer.LETTERS])
    return panel.width_px / columns < MIN_KEY_MM * panel.px_per_mm


def _rows(panel: Panel, keys: Board, layer: Layer) -> list[str]:
    return (keys.narrow if narrow(panel, keys.language) else keys.wide)[layer]


def _row_height(panel: Panel, pitch: float, rows: int) -> int:
    return round(min(panel.mm(ROW_MM), panel.height_px * MAX_SHARE / rows, pitch * 1.3))


def _tokens(row: str) -> list[tuple[str, float]]:
    """(key, width in keys) of one row."""
    tokens = []
    for token in row.split():
        match = re.fullmatch(r"\{(.+):([\d.]+)\}", token)
        tokens.append((match[1], float(match[2])) if match else (token, 1.0))
    return tokens


def _row(
    tokens: list[tuple[str, float]],
    index: int,
    *,
    pitch: float,
    high: int,
    rows: int,
    panel: Panel,
    accents: dict[str, str],
    shifted: bool,
) -> tuple[Key, ...]:
    """Keys of one row, centred; the outermost reach to the edges of the screen where they are near."""
    width = pitch * sum(weight for _, weight in tokens)
    left = (panel.width_px - width) / 2
    y = (rows - 1 - index) * high
    keys = []
    for name, weight in tokens:
        rect = Rect(left, y, pitch * weight, high)
        duty = Duty(name) if name in set(Duty) - {Duty.TYPE} else Duty.TYPE
        text = name if duty is Duty.TYPE else ""
        more = accents.get(text, "")
        if shifted:
            text, more = _upper(text), "".join(_upper(letter) for letter in more)
        keys.append(Key(duty, text, rect, more))
        left = rect.right
    return tuple(keys)


def _upper(text: str) -> str:
    """Capitals of single letters only: ß stays, .dk stays."""
    return text.upper() if len(text) == 1 and len(text.upper()) == 1 else text
