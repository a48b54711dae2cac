"""Is a text gone from the hub? A byte scan of the database, its log, the broker's store and backups, in many spellings;
and a reading of all visits that the keys still open, here and in copies of the database.

PostgreSQL keeps its files to itself: there every row is scanned instead; who may read its folder names it besides.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url, select

from common.name_search import fold
from common.visiting.byte_scan import Finding, check_texts, files_below, find_in, scan
from common.visiting.shared_visit import SharedVisit
from hub.store import Store
from hub.tables import METADATA
from hub.visits.book import VisitBook
from hub.visits.sealing import Kept

__all__ = ["Proof", "database_files", "prove"]

_SQLITE_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at and what was found; nothing found: the texts are forgotten. `rows` of PostgreSQL's tables."""

    findings: tuple[Finding, ...]
    files: int
    size_bytes: int
    rows: int
    visits_read: int


def prove(store: Store, book: VisitBook, url: str, texts: Sequence[str], besides: Iterable[Path] = ()) -> Proof:
    """Look for `texts` in the database at `url` and its keys' folder, and in files and folders `besides`.

    Raises:
        ProofError: a text is too short, or there are too many.
        StoreError: a file cannot be read; a proof with a gap is none.
        HubStoreError: the database cannot be read.
    """
    check_texts(texts)
    others = list(besides)
    findings, files, size = scan(files_below([*database_files(url), book.ring.path.parent, *others]), texts)
    rows = 0
    if store.dialect != "sqlite":
        in_rows, rows = _scan_rows(store, texts)
        findings += in_rows
    with store.reading() as connection:
        read = [(kept, "the database") for _, kept in book.everything(connection)]
    for path in files_below(others):
        read += [(kept, str(path)) for kept in book.open_rows(_rows_of_copy(path))]
    findings += _readable(read, texts)
    return Proof(tuple(dict.fromkeys(findings)), files, size, rows, len(read))


def database_files(url: str) -> list[Path]:
    """The files of SQLite at `url` that are there; none for PostgreSQL."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return []
    paths = [Path(f"{address.database}{end}") for end in ("", "-wal", "-shm", "-journal")]
    return [path for path in paths if path.exists()]


def _scan_rows(store: Store, texts: Sequence[str]) -> tuple[list[Finding], int]:
    findings: dict[Finding, None] = {}
    count = 0
    with store.reading() as connection:
        for name, table in METADATA.tables.items():
            for row in connection.execution_options(yield_per=1000).execute(select(table)):
                raw = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
                findings.update(dict.fromkeys(find_in(raw, texts, f"table {name}")))
                count += 1
    return list(findings), count


def _readable(read: Iterable[tuple[Kept, str]], texts: Sequence[str]) -> Iterator[Finding]:
    folded = [fold(text) for text in texts]
    for kept, where in read:
        words = fold(_words(kept.visit))
        for number, text in enumerate(folded):
            if text in words:
                yield Finding(number, where, f"readable until {kept.visit.delete_on}")


def _words(visit: SharedVisit) -> str:
    guest, host = visit.guest, visit.host
    known = [guest.name, guest.email, guest.phone, *(value for _, value in guest.extra)] if guest else []
    return "\n".join([*known, *([host.name, host.address, host.ref] if host else [])])


def _rows_of_copy(path: Path) -> list[tuple[str, str, bytes]]:
    """Rows of visits in a copy of the hub's SQLite; nothing for what is none. The copy is not written."""
    try:
        with path.open("rb") as file:
            if file.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
                return []
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    except (OSError, sqlite3.Error):
        return []
    try:
        return connection.execute("SELECT id, key_id, sealed FROM visits").fetchall()
    except sqlite3.Error:
        return []
    finally:
        connection.close()
