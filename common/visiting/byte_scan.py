"""Is a text gone? A byte scan of files in the several spellings that a text may lie on a disk as.

What it finds lies open. What lies there sealed it does not see: whoever has the keys reads that besides.
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.database import StoreError, StoreFault, translated
from common.errors import MyDeskError
from common.name_search import fold

__all__ = [
    "LEAST_LETTERS",
    "MOST_TEXTS",
    "Finding",
    "ProofError",
    "check_texts",
    "files_below",
    "find_in",
    "scan",
    "spellings",
]

LEAST_LETTERS = 4
MOST_TEXTS = 2000
_CHUNK_BYTES = 1 << 20


class ProofError(MyDeskError):
    """Error raised for texts that would be found by chance, or too many of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Text number `text` (from 0, in the order given) stands in `file`, spelt `how`, or is readable until a day."""

    text: int
    file: str
    how: str


def spellings(text: str) -> dict[bytes, str]:
    """The byte strings that `text` may lie on a disk as, with the name of each spelling."""
    found: dict[bytes, str] = {}
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")}
    for form in sorted({made for one in forms for made in (one, one.lower(), one.upper(), one.casefold())}):
        for raw, name in _encoded(form):
            found.setdefault(raw, name)
    folded = fold(text)
    if len(folded) >= LEAST_LETTERS:
        found.setdefault(folded.encode(), "folded")
    return found


def scan(files: Iterable[Path], texts: Sequence[str]) -> tuple[list[Finding], int, int]:
    """Look for `texts` in `files`; returns findings, how many files and bytes. StoreError for one not to be read."""
    wanted = [(number, spellings(text)) for number, text in enumerate(texts)]
    longest = max((len(raw) for _, needles in wanted for raw in needles), default=1)
    findings: dict[Finding, None] = {}
    count = size = 0
    for path in files:
        with translated(path):
            if not path.exists():  # the log comes and goes
                continue
            for block in _blocks(path, longest):
                findings.update(dict.fromkeys(_in_block(block, wanted, str(path))))
            size += path.stat().st_size
        count += 1
    return list(findings), count, size


def check_texts(texts: Sequence[str]) -> None:
    """Raises ProofError: a text has fewer than four letters and digits, or there are more than 2,000."""
    if not texts or len(texts) > MOST_TEXTS:
        raise ProofError(f"give 1 to {MOST_TEXTS} texts to look for.")
    for number, text in enumerate(texts):
        if sum(map(str.isalnum, text)) < LEAST_LETTERS:
            hint = f"Give at least {LEAST_LETTERS} letters or digits: less is found by chance in any file."
            raise ProofError(f"text {number + 1} is too short.", hint=hint)


def _encoded(text: str) -> Iterator[tuple[bytes, str]]:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
        raw = text.encode(encoding, "ignore" if encoding == "latin-1" else "surrogatepass")
        if raw and (encoding != "latin-1" or raw.decode("latin-1") == text):
            yield raw, encoding
    yield json.dumps(text)[1:-1].encode(), "json"
    utf_8 = text.encode("utf-8", "surrogatepass")
    yield utf_8.hex().encode(), "hexadecimal"
    for shift in range(3):
        inner = base64.b64encode(bytes(shift) + utf_8)[(0, 2, 3)[shift] :].rstrip(b"=")[:-1]
        if len(inner) >= 8:
            yield inner, "base64"


def files_below(roots: Iterable[Path]) -> Iterator[Path]:
    """The files among `roots` and in folders below them. StoreError for a folder that cannot be read."""
    for root in roots:
        if root.is_file():
            yield root
            continue
        for folder, _, names in os.walk(root, onerror=_refuse):
            yield from (path for name in sorted(names) if (path := Path(folder) / name).is_file())


def _refuse(error: OSError) -> None:
    raise StoreError(Path(str(error.filename)), StoreFault.DENIED, error.strerror or "")


def find_in(raw: bytes, texts: Sequence[str], where: str) -> list[Finding]:
    """The same for bytes that lie in no file of ours, such as a row of a database elsewhere."""
    wanted = [(number, spellings(text)) for number, text in enumerate(texts)]
    return list(_in_block(raw, wanted, where))


def _blocks(path: Path, longest: int) -> Iterator[bytes]:
    """The file in pieces that overlap, so that no needle falls between two."""
    with path.open("rb") as file:
        tail = b""
        while chunk := file.read(_CHUNK_BYTES):
            yield tail + chunk
            tail = chunk[-(longest - 1) :] if longest > 1 else b""


def _in_block(block: bytes, wanted: Sequence[tuple[int, dict[bytes, str]]], file: str) -> Iterator[Finding]:
    for number, needles in wanted:
        for raw, how in needles.items():
            if raw in block:
                yield Finding(number, file, how)
