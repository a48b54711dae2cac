"""Evacuations that kiosks tell of (`e/evacuation`): the first one begins the site's.

Taken in the transaction that writes the rows, so that a kiosk whose row is acknowledged has begun it. What a kiosk does
because the hub told it changes nothing, nor does what is of the past. An end at a kiosk is that kiosk's alone.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from common.clock import Clock
from hub.ingest_rows import RowValues
from hub.tables import ROWS, UNITS
from hub.visits import evacuations
from hub.visits.book import exclusive
from hub.visits.evacuations import OLDEST_MS, Beginning, Evacuation
from hub.web.audit import note
from telemetry.payloads import EvacuationSet

__all__ = ["TOPIC", "EvacuationIntake", "kiosk_name"]

TOPIC = EvacuationSet.TOPIC
LATE_MS, GRACE_MS = 60_000, 10_000
"""Who was cut off tells what happened meanwhile in several messages: the end may come in the next one."""

MOST_LOOKED_AT = 500
"""Rows of one evacuation; a kiosk that tells more is out of order."""

_log = logging.getLogger(__name__)


def kiosk_name(unit: str) -> str:
    """A kiosk as the one who did something."""
    return f"kiosk {unit}"


class EvacuationIntake:
    """Belongs to the thread that writes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def take(self, connection: Connection, rows: Sequence[RowValues]) -> int:
        """Begin what `rows`, not written yet, tell of; only the last word of each kiosk counts. Returns how many began.

        Raises:
            HubStoreError: as the store does.
        """
        last = _last_words(rows)
        if not last:
            return 0
        exclusive(connection)
        sites = _sites_of_kiosks(connection, list(last))
        return sum(self._take(connection, row, sites[unit]) for unit, row in last.items() if unit in sites)

    def _take(self, connection: Connection, row: RowValues, site: str) -> bool:
        told, who, now_ms = _read(row["body"]), kiosk_name(row["unit"]), self._now_ms()
        if told is None or told.by == "hub":
            return False
        since_ms = min(row["at_ms"] - told.ago_s * 1000, now_ms)
        if now_ms - since_ms > OLDEST_MS:
            ago_min = (now_ms - since_ms) // 60_000
            _log.warning("evacuation: %s tells of %d min ago, which changes nothing", who, ago_min)
            return False
        there = evacuations.of_site(connection, site, now_ms)
        if not told.active:
            note(connection, now_ms, who, "evacuation ended at one kiosk", row["unit"], site)
            if there is not None and there.active and there.by == who:
                evacuations.take_back(connection, there, now_ms)
            return False
        if there is not None and not there.active and since_ms <= there.since_ms:
            _log.warning("evacuation: what %s tells was before the end of the site's, and changes nothing", who)
            return False
        if there is not None and there.active and told.by == "restart":
            return False
        anew = there is not None and there.active and _all_have_ended(connection, there)
        grace_ms = GRACE_MS if now_ms - since_ms > LATE_MS else 0
        evacuations.begin(connection, Beginning(site, who, since_ms, row["unit"], anew, grace_ms), now_ms)
        return True

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _last_words(rows: Sequence[RowValues]) -> dict[str, RowValues]:
    """The newest of each unit's rows."""
    last: dict[str, RowValues] = {}
    for row in rows:
        if row["topic"] != TOPIC:
            continue
        known = last.get(row["unit"])
        if known is None or known["epoch"] != row["epoch"] or known["seq"] < row["seq"]:
            last[row["unit"]] = row
    return last


def _read(body: str) -> EvacuationSet | None:
    """None for what is none."""
    try:
        return msgspec.json.decode(body, type=EvacuationSet)
    except msgspec.MsgspecError:
        return None


def _sites_of_kiosks(connection: Connection, units: Sequence[str]) -> dict[str, str]:
    """Of those units the kiosks, each with its site; who belongs to none is not among them."""
    mine = UNITS.c.unit.in_(units) & (UNITS.c.role == "kiosk") & (UNITS.c.site != "") & UNITS.c.revoked_ms.is_(None)
    return {row.unit: row.site for row in connection.execute(select(UNITS.c.unit, UNITS.c.site).where(mine))}


def _all_have_ended(connection: Connection, one: Evacuation) -> bool:
    """Whether no kiosk is in it any more, and one was: then nobody has ended it here, but it is over all the same, and
    who was found in it is not found now."""
    units = select(UNITS.c.unit).where(UNITS.c.site == one.site, UNITS.c.role == "kiosk")
    mine = (ROWS.c.topic == TOPIC) & (ROWS.c.at_ms >= one.since_ms) & ROWS.c.unit.in_(units)
    query = select(ROWS.c.unit, ROWS.c.body).where(mine).order_by(ROWS.c.id.desc()).limit(MOST_LOOKED_AT)
    last: dict[str, EvacuationSet] = {}
    for row in connection.execute(query):
        told = _read(row.body)
        if told is not None:
            last.setdefault(row.unit, told)
    return bool(last) and not any(told.active for told in last.values())
