"""Is a text gone? A byte scan of every file in several spellings, and a reading of all that the keys still open.

The scan finds what lies open anywhere below the register's folder: database, log, copies, spool, audit, and in files
that are named besides. The reading finds what is there in good order, sealed, with the day on which it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.name_search import fold
from common.visiting.byte_scan import Finding, check_texts, files_below, scan
from kiosk.forgetting_steps import readable_rows
from kiosk.model import Visit
from kiosk.register_folder import copies
from kiosk.register_store import RegisterStore


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at and what was found; nothing found: the texts are forgotten."""

    findings: tuple[Finding, ...]
    files: int
    size_bytes: int
    rows_read: int


def prove(store: RegisterStore, texts: Sequence[str], besides: Iterable[Path] = ()) -> Proof:
    """Look for `texts` in all that belongs to an open register, and in the files or folders `besides`.

    Raises:
        ProofError: a text has fewer than four letters and digits, or there are more than 2,000.
        StoreError: a file cannot be read; a proof with a gap is none.
    """
    check_texts(texts)
    folder = store.path.parent
    findings, files, size = scan(files_below([folder, *besides]), texts)
    visits = [(visit, str(store.path)) for visit in store.everything()]
    for path in copies(folder):
        visits += [(visit, str(path)) for visit in store.open_rows(readable_rows(path))]
    folded = [fold(text) for text in texts]
    for visit, where in visits:
        words = fold(_words(visit))
        findings += [
            Finding(number, where, f"readable until {visit.delete_on}")
            for number, text in enumerate(folded)
            if text in words
        ]
    return Proof(tuple(dict.fromkeys(findings)), files, size, len(visits))


def _words(visit: Visit) -> str:
    guest, host = visit.guest, visit.host
    extra = [value for _, value in guest.extra]
    return "\n".join([guest.name, guest.email, guest.phone, *extra, host.name, host.address, host.phone, host.ref])
