"""Small files of /proc and /sys. What is not there, or does not read, is None: unknown is a value."""

from __future__ import annotations

from pathlib import Path

MOST_BYTES = 256 << 10


def read_text(path: Path) -> str | None:
    """The stripped text of `path`, at most 256 KiB of it; None when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("utf-8", "replace").strip("\0\n\r\t ")
    except OSError:
        return None


def read_int(path: Path) -> int | None:
    """The decimal number in `path`, or None."""
    return as_int(read_text(path))


def as_int(text: str | None, base: int = 10) -> int | None:
    """`text` as a number, or None."""
    try:
        return None if text is None else int(text, base)
    except ValueError:
        return None


def entries(folder: Path) -> list[Path]:
    """What is in `folder`, by name; nothing when it cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
