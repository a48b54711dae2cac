"""A visit as it lies in the hub's database: JSON sealed with the storage key of its day, bound to its id."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from common.sealed_file import SealError
from common.visiting.day_keys import Cipher, DayKey
from common.visiting.sealed_visit import storage_key
from common.visiting.shared_visit import SharedVisit

__all__ = ["Kept", "seal", "unseal"]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A visit, and what the hub knows of it besides. `code` is that of an invitation made here."""

    visit: SharedVisit
    code: Annotated[str, Meta(max_length=8)] = ""

    def __repr__(self) -> str:
        return f"Kept({self.visit!r})"


def seal(kept: Kept, key: DayKey, cipher: Cipher) -> bytes:
    """The column `sealed`."""
    return cipher.seal(storage_key(key.secret), msgspec.json.encode(kept), kept.visit.id.encode())


def unseal(sealed: bytes, visit_id: str, key: DayKey, cipher: Cipher) -> Kept:
    """The reverse. Raises SealError: another key, another visit, damaged."""
    plain = cipher.open(storage_key(key.secret), sealed, visit_id.encode())
    try:
        kept = msgspec.json.decode(plain, type=Kept)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise SealError("a sealed visit is not what it should be") from None
    if kept.visit.id != visit_id:
        raise SealError("a sealed visit is another one")
    return kept
