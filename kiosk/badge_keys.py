"""The key that authenticates today's badges: drawn by chance each day, so that a badge is worthless tomorrow.

The file holds one key, 0600: `MDBK1`, the day, the key. A new day draws a new key and overwrites the old one where it
stands. While the clock is not to be believed the key stays: badges printed this morning still sign out.

Each visit's badges have a key of their own, derived from it: that one may be told to the site's other kiosks.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from secrets import token_bytes
from zoneinfo import ZoneInfo

from common.sealed_file import replace_whole
from common.visiting.tokens import BADGE_KEY_BYTES, BadgeClaim, Fault, badge_token, judge_badge
from common.visiting.typed import is_day

_MAGIC = b"MDBK1"
_VISIT_DOMAIN = b"MyDesk badge of a visit 1\0"
_DAY_BYTES = len("2026-11-23")
_FILE_BYTES = len(_MAGIC) + _DAY_BYTES + BADGE_KEY_BYTES
END_OF_DAY = time(23, 59)

_log = logging.getLogger(__name__)


class BadgeKeys:
    """Makes and judges the codes on badges. Blocking, for one thread: a new day writes a file.

    >>> keys = BadgeKeys(folder / "badge.key", ZoneInfo("Europe/Copenhagen"))            # doctest: +SKIP
    >>> token = keys.token(visit_id, now, clock_sure=True)                               # doctest: +SKIP
    """

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._path = path
        self._zone = zone
        self._day, self._key = _read(path)
        self._known: Mapping[str, bytes] = {}

    def __repr__(self) -> str:
        return "BadgeKeys(...)"

    def token(self, visit_id: str, now: datetime, *, clock_sure: bool) -> str:
        """The text of the QR code on a badge, good until 23:59 at the site. ValueError for what is no visit id."""
        self._turn(now, clock_sure=clock_sure)
        until = end_of_day(now, self._zone)
        key = self._visit_key(visit_id)
        return badge_token(BadgeClaim(self._id, bytes.fromhex(visit_id), now, until), key)

    def judge(self, claim: BadgeClaim, now: datetime, *, clock_sure: bool) -> Fault | None:
        """Why this badge signs nobody out; None: it does."""
        self._turn(now, clock_sure=clock_sure)
        return judge_badge(claim, {self._id: self._visit_key(claim.visit_id)}, now, clock_sure=clock_sure)

    def key_of(self, visit_id: str, now: datetime, *, clock_sure: bool) -> bytes:
        """32 bytes that authenticate badges of this visit today, for the site's other kiosks."""
        self._turn(now, clock_sure=clock_sure)
        return self._visit_key(visit_id)

    def know(self, keys: Mapping[str, bytes]) -> None:
        """Keys of visits that the site shares, in place of those known before."""
        self._known = dict(keys)

    def _visit_key(self, visit_id: str) -> bytes:
        known = self._known.get(visit_id)
        return known or hmac.digest(self._key, _VISIT_DOMAIN + bytes.fromhex(visit_id), hashlib.sha256)

    @property
    def _id(self) -> int:
        return hashlib.sha256(self._day.encode()).digest()[0]

    def _turn(self, now: datetime, *, clock_sure: bool) -> None:
        today = now.astimezone(self._zone).date().isoformat()
        if self._key and (today == self._day or not clock_sure):
            return
        self._day, self._key = today, token_bytes(BADGE_KEY_BYTES)
        try:
            _write(self._path, _MAGIC + today.encode() + self._key)
        except OSError as error:
            _log.error("badge key: cannot be written (%s); today's badges are lost at a restart", error.strerror)


def end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """The next 23:59 at the site, so that a badge printed in the last minute is good for one more day's end."""
    local = now.astimezone(zone)
    day = local.date() if local.time() < END_OF_DAY else local.date() + timedelta(days=1)
    return datetime.combine(day, END_OF_DAY, zone)


def _read(path: Path) -> tuple[str, bytes]:
    try:
        with path.open("rb") as file:
            raw = file.read(_FILE_BYTES + 1)
    except FileNotFoundError:
        return "", b""
    except OSError as error:
        _log.error("badge key: cannot be read (%s); a new one is made", error.strerror)
        return "", b""
    day = raw[len(_MAGIC) : len(_MAGIC) + _DAY_BYTES].decode("ascii", "replace")
    if len(raw) != _FILE_BYTES or not raw.startswith(_MAGIC) or not is_day(day):
        _log.error("badge key: the file is damaged; a new one is made, and badges printed today no longer sign out")
        return "", b""
    return day, raw[-BADGE_KEY_BYTES:]


def _write(path: Path, content: bytes) -> None:
    """Replace the file, and overwrite the one before where it stands."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        replace_whole(path, content)
        return
    with path.open("r+b", buffering=0) as old:
        replace_whole(path, content)
        os.pwrite(old.fileno(), bytes(os.fstat(old.fileno()).st_size), 0)
        os.fsync(old.fileno())
