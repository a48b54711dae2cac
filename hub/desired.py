"""Settings that the hub wants of units, beside their files: revisioned, retained, and what became of each revision.

Blocking: for a worker thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select, tuple_

from common.clock import Clock
from common.errors import MyDeskError
from hub.link import Outcome, Sends
from hub.live import Change, Live
from hub.store import Store
from hub.tables import LATEST, SETTINGS, UNITS
from telemetry import messages
from telemetry.messages import MessageError, decode, encode
from telemetry.topics import Topics

LARGEST_BYTES = 16 << 10


class DesiredError(MyDeskError):
    """Error raised when settings cannot be: no such unit, or too many of them."""


class Desired:
    """What units shall be set to.

    Raises:
        HubStoreError: from every method.
    """

    def __init__(self, store: Store, sends: Sends, live: Live, clock: Clock) -> None:
        self._store, self._sends, self._live, self._clock = store, sends, live, clock

    def set(self, unit: str, values: Mapping[str, Any], by: str) -> int:
        """Want all of `values` (dotted keys) and nothing else; returns the revision. Without a connection it is sent
        with the next one.

        Raises:
            DesiredError: it cannot be; nothing was kept.
        """
        text = json.dumps(dict(values))
        if len(text) > LARGEST_BYTES:
            raise DesiredError("Those are too many settings.", hint=f"{LARGEST_BYTES} bytes are allowed.")
        try:
            decode(encode(messages.Desired(rev=1, values=dict(values))), messages.Desired)
        except (MessageError, TypeError) as error:
            raise DesiredError("Those are no settings.", hint=str(error)) from error
        with self._store.begin() as connection:
            rev = _next(connection, unit)
            row = {"unit": unit, "rev": rev, "values": text, "by": by[:100], "at_ms": self._now_ms()}
            connection.execute(insert(SETTINGS).values(row))
        self._publish(unit, rev, text)
        self._live.tell(Change(unit, "desired/settings"))
        return rev

    def current(self, unit: str) -> dict[str, Any]:
        """What is wanted of `unit` now."""
        query = select(SETTINGS.c["values"]).where(SETTINGS.c.unit == unit).order_by(SETTINGS.c.rev.desc()).limit(1)
        with self._store.reading() as connection:
            text = connection.execute(query).scalar_one_or_none()
        found: dict[str, Any] = json.loads(text) if text else {}
        return found

    def publish_open(self) -> int:
        """Send again, retained, what no unit has answered yet: to be called after each connect."""
        newest = select(SETTINGS.c.unit, func.max(SETTINGS.c.rev)).group_by(SETTINGS.c.unit)
        mine = tuple_(SETTINGS.c.unit, SETTINGS.c.rev).in_(newest)
        with self._store.reading() as connection:
            rows = connection.execute(select(SETTINGS).where(mine, SETTINGS.c.state == "sent")).all()
        return sum(self._publish(row.unit, row.rev, row._mapping["values"]) for row in rows)

    def _publish(self, unit: str, rev: int, text: str) -> bool:
        message = encode(messages.Desired(rev=rev, values=json.loads(text)))
        outcome = self._sends.publish_and_wait(Topics(unit).desired("settings"), message, retain=True)
        return outcome in (Outcome.TAKEN, Outcome.NOBODY)  # retained: whoever comes later gets it

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _next(connection: Connection, unit: str) -> int:
    """The row of the unit is locked, so that two who set at once get two revisions."""
    known = select(UNITS.c.unit).where(UNITS.c.unit == unit).with_for_update()
    if connection.execute(known).scalar_one_or_none() is None:
        raise DesiredError(f"There is no unit {unit[:32]!r}.", hint="See mydesk-hub units.")
    last = connection.execute(select(func.max(SETTINGS.c.rev)).where(SETTINGS.c.unit == unit)).scalar_one_or_none()
    return max(int(last or 0), _answered(connection, unit)) + 1


def _answered(connection: Connection, unit: str) -> int:
    """The revision that the unit has answered: a hub that lost its database goes on above it, or none would count."""
    told = select(LATEST.c.body).where(LATEST.c.unit == unit, LATEST.c.topic == "reported/settings")
    body = connection.execute(told).scalar_one_or_none()
    try:
        return decode(body.encode(), messages.Reported).rev if body else 0
    except MessageError:
        return 0
