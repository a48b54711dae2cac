"""Writes who did what: staff, never guests; kept for `[retention] audit_days`."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from hub.tables import AUDIT


def note(connection: Connection, at_ms: int, who: str, action: str, target: str = "", detail: str = "") -> None:
    """Write one line; what is too long is cut."""
    values = {"at_ms": at_ms, "who": who[:100], "action": action[:40], "target": target[:100], "detail": detail[:300]}
    connection.execute(insert(AUDIT).values(values))
