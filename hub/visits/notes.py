"""What the hub must not forget to do with keys, in META, so that a crash in the middle is finished by the next run."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, select

from hub.store import upsert
from hub.tables import META

_REKEY, _DOOMED = "visits-rekey", "visits-doomed"


def to_rekey(connection: Connection) -> list[str]:
    """Keys that must be replaced, because somebody whom they sealed was erased."""
    return _read(connection, _REKEY)


def rekey(connection: Connection, key_ids: Iterable[str]) -> None:
    """Note keys to be replaced and destroyed."""
    _write(connection, _REKEY, sorted({*to_rekey(connection), *key_ids}))


def doomed(connection: Connection) -> list[str]:
    """Keys that nothing uses any more, to be destroyed."""
    return _read(connection, _DOOMED)


def rekeyed(connection: Connection, key_ids: Iterable[str]) -> None:
    """Those are replaced: what is left is to destroy them."""
    done = set(key_ids)
    _write(connection, _REKEY, [one for one in to_rekey(connection) if one not in done])
    _write(connection, _DOOMED, sorted({*doomed(connection), *done}))


def destroyed(connection: Connection, key_ids: Iterable[str]) -> None:
    """Those are gone."""
    gone = set(key_ids)
    _write(connection, _DOOMED, [one for one in doomed(connection) if one not in gone])


def _read(connection: Connection, key: str) -> list[str]:
    kept = connection.execute(select(META.c.value).where(META.c.key == key)).scalar_one_or_none()
    return [str(one) for one in json.loads(kept)] if kept else []


def _write(connection: Connection, key: str, values: list[str]) -> None:
    text = json.dumps(values)
    statement = upsert(connection, META).values(key=key, value=text)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": text}))
