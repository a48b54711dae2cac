"""A visit as a row of the register and back: every field that points to a person sealed, bound to visit and field."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from common.sealed_file import SealError
from common.visiting.day_keys import Cipher, DayKey
from kiosk.model import Guest, Host, LeftBy, Visit, VisitState
from kiosk.register_tables import from_us, to_us

Row = sqlite3.Row
Values = dict[str, str | int | bytes | None]

SEALED = ("guest_name", "guest_email", "guest_phone", "guest_extra", "host")


def row_of(visit: Visit, key: DayKey, cipher: Cipher) -> Values:
    """The columns of `visit`, sealed with `key`, which also fixes the day on which it is forgotten."""
    plain: Values = {
        "id": visit.id,
        "type": visit.type,
        "state": str(visit.state),
        "group_id": visit.group,
        "language": visit.language,
        "notice_version": visit.notice_version,
        "in_us": _us(visit.in_at),
        "out_us": _us(visit.out_at),
        "out_by": str(visit.out_by) if visit.out_by else None,
        "expected_us": _us(visit.expected_at),
        "until_us": _us(visit.until),
    }
    return plain | sealed_columns(visit, key, cipher)


def sealed_columns(visit: Visit, key: DayKey, cipher: Cipher) -> Values:
    """Only what names people, and the key that it is sealed with."""
    texts = _texts(visit)
    sealed: Values = {name: seal(texts[name], visit.id, name, key, cipher) for name in SEALED}
    return sealed | {"key_id": key.id, "delete_on": key.birth.destroy_on.isoformat()}


def visit_of(row: Row, key: DayKey, cipher: Cipher) -> Visit:
    """The visit of `row`. Raises common.sealed_file.SealError when its key does not open it."""
    texts = {name: unseal(row[name], row["id"], name, key, cipher) for name in SEALED}
    try:
        guest = _guest(texts)
        host = Host(**json.loads(texts["host"]))
    except (ValueError, TypeError):
        raise SealError("a visit's fields are not what they should be") from None
    return Visit(
        id=row["id"],
        type=row["type"],
        state=VisitState(row["state"]),
        guest=guest,
        host=host,
        language=row["language"],
        notice_version=row["notice_version"],
        in_at=_instant(row["in_us"]),
        out_at=_instant(row["out_us"]),
        out_by=LeftBy(row["out_by"]) if row["out_by"] else None,
        expected_at=_instant(row["expected_us"]),
        until=_instant(row["until_us"]),
        group=row["group_id"],
        delete_on=row["delete_on"],
    )


def seal(text: str, visit_id: str, field: str, key: DayKey, cipher: Cipher) -> bytes:
    """One field of one visit."""
    return cipher.seal(key.secret, text.encode(), f"{visit_id}/{field}".encode())


def unseal(sealed: bytes, visit_id: str, field: str, key: DayKey, cipher: Cipher) -> str:
    """The reverse. Raises SealError."""
    try:
        return cipher.open(key.secret, sealed, f"{visit_id}/{field}".encode()).decode()
    except UnicodeDecodeError:
        raise SealError("a sealed field is not text") from None


def _texts(visit: Visit) -> Mapping[str, str]:
    guest = visit.guest
    return {
        "guest_name": guest.name,
        "guest_email": guest.email,
        "guest_phone": guest.phone,
        "guest_extra": json.dumps(guest.extra, ensure_ascii=False),
        "host": json.dumps(asdict(visit.host), ensure_ascii=False),
    }


def _guest(texts: Mapping[str, str]) -> Guest:
    extra = tuple((str(key), str(value)) for key, value in json.loads(texts["guest_extra"]))
    return Guest(texts["guest_name"], texts["guest_email"], texts["guest_phone"], extra)


def _us(instant: datetime | None) -> int | None:
    return None if instant is None else to_us(instant)


def _instant(value: int | None) -> datetime | None:
    return None if value is None else from_us(value)
