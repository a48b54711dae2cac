"""What a kiosk remembers of invitations besides the register: codes, revoked visits, used visits. It names nobody.

One JSON file, replaced whole. Visits are random ids, codes are hashes keyed by the id of their visit. An entry goes
when its invitation could open nothing any more. A revoked visit stays revoked, whatever list comes later.
"""

from __future__ import annotations

import hmac
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from common.sealed_file import replace_whole
from common.visiting.codes import code_hash

MOST = 10_000
"""Entries of a kind; the ones that end first give way."""

LONGEST_WINDOW = timedelta(days=2)
"""Added to the end of an invitation: the most that `late_min` can be, and a clock that was set."""

_MAX_BYTES = 4 << 20
_log = logging.getLogger(__name__)


class Coded(msgspec.Struct, frozen=True, array_like=True):
    """The code of one invitation, and when it is good."""

    hash: str
    start_s: int
    end_s: int

    @property
    def start(self) -> datetime:
        return datetime.fromtimestamp(self.start_s, UTC)

    @property
    def end(self) -> datetime:
        return datetime.fromtimestamp(self.end_s, UTC)


Ids = Annotated[dict[str, int], Meta(max_length=MOST)]


class _Content(msgspec.Struct):
    codes: Annotated[dict[str, Coded], Meta(max_length=MOST)] = {}
    revoked: Ids = {}
    used: Ids = {}


class InvitationLedger:
    """The file at `path`. Changes are in RAM until `write`, which a worker thread calls with what `encoded` gave."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content = _read(path)

    def __repr__(self) -> str:
        return f"InvitationLedger({len(self._content.codes)} codes)"

    def __len__(self) -> int:
        content = self._content
        return len(content.codes) + len(content.revoked) + len(content.used)

    @property
    def revoked(self) -> frozenset[str]:
        return frozenset(self._content.revoked)

    @property
    def used(self) -> frozenset[str]:
        return frozenset(self._content.used)

    def expect(self, visit_id: str, code: Coded) -> None:
        """A record has come."""
        self._content.codes[visit_id] = code

    def revoke(self, visit_id: str, until_s: int) -> None:
        """This visit is off."""
        self._content.revoked[visit_id] = max(until_s, self._content.revoked.get(visit_id, 0))
        self._content.codes.pop(visit_id, None)

    def use(self, visit_id: str, until_s: int) -> None:
        """The guest has come: the invitation opens nothing more, whatever the register forgets."""
        self._content.used[visit_id] = max(until_s, self._content.used.get(visit_id, 0))

    def by_code(self, code: str) -> tuple[str, Coded] | None:
        """Whose code this is. Every entry is compared, so that the time says nothing."""
        found = None
        for visit_id, coded in self._content.codes.items():
            if hmac.compare_digest(code_hash(code, bytes.fromhex(visit_id)), bytes.fromhex(coded.hash)):
                found = visit_id, coded
        return found

    def prune(self, now: datetime) -> bool:
        """Drop what can open nothing any more; only with a clock that is sure. Returns whether anything went."""
        before_s = int((now - LONGEST_WINDOW).timestamp())
        content, before = self._content, len(self)
        content.codes = _newest({key: one for key, one in content.codes.items() if one.end_s > before_s})
        content.revoked = _latest({key: until_s for key, until_s in content.revoked.items() if until_s > before_s})
        content.used = _latest({key: until_s for key, until_s in content.used.items() if until_s > before_s})
        return len(self) != before

    def encoded(self) -> bytes:
        """The content as it is now, for `write`."""
        self._content.codes = _newest(self._content.codes)
        self._content.revoked, self._content.used = _latest(self._content.revoked), _latest(self._content.used)
        return msgspec.json.encode(self._content)

    def write(self, encoded: bytes) -> None:
        """Replace the file. Blocks; OSError."""
        replace_whole(self._path, encoded)


def _read(path: Path) -> _Content:
    try:
        with path.open("rb") as file:
            found = msgspec.json.decode(file.read(_MAX_BYTES), type=_Content)
        for visit_id, coded in found.codes.items():
            bytes.fromhex(visit_id), bytes.fromhex(coded.hash)
    except FileNotFoundError:
        return _Content()
    except (OSError, ValueError, RecursionError):
        _log.error("invitations: the ledger is damaged and starts anew; import the list of revoked ones again")
        return _Content()
    return found


def _newest(codes: dict[str, Coded]) -> dict[str, Coded]:
    return dict(sorted(codes.items(), key=lambda pair: pair[1].end_s)[-MOST:])


def _latest(ids: dict[str, int]) -> dict[str, int]:
    return dict(sorted(ids.items(), key=lambda pair: pair[1])[-MOST:])
