"""Reads the release that runs against the checksums of its wheels: a card that forgets is found while it still runs.

Source: "Recording installed projects" of the Python Packaging Authority (RECORD).
"""

from __future__ import annotations

import base64
import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.places import Places
from provisioning.on_unit.state import State, load

_CHUNK = 1 << 20
MAX_NAMED = 3


def check(places: Places) -> State:
    """Return the state when every file of the current release is what its wheel brought.

    Raises:
        UpdateError: some are not, with the names of the first of them.
    """
    name = places.named_by(places.current)
    if not places.is_complete(name):
        raise UpdateError("no complete release is current. Stage one: mydesk-update stage BUNDLE")
    wrong = list(damaged(places.release(str(name))))
    if wrong:
        raise UpdateError(
            f"{len(wrong)} files of {name} are damaged ({', '.join(wrong[:MAX_NAMED])}). "
            "The card forgets: change it, and until then bring the next release."
        )
    return load(places)


def damaged(release: Path) -> Iterator[str]:
    """Yield what is missing or has another checksum in `release`."""
    for record in sorted(release.glob("lib/*/site-packages/*.dist-info/RECORD")):
        site = record.parents[1]
        with record.open(encoding="utf-8", newline="") as lines:
            for path, digest, _ in (row for row in csv.reader(lines) if len(row) == 3):
                if digest.startswith("sha256=") and ".data/" not in path and not _is_whole(site / path, digest[7:]):
                    yield path


def _is_whole(path: Path, digest: str) -> bool:
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                found.update(piece)
    except OSError:
        return False
    return base64.urlsafe_b64encode(found.digest()).rstrip(b"=").decode() == digest
