"""What only the hub can see: units that are not there, a broker that is away, messages that cannot be
delivered, a clock that nobody keeps.

These are alarms like those of the units, in the same table; those about the hub itself have `hub` as their unit.
A unit that stopped in good order (`offline`) is no alarm: somebody switched it off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, insert, select, update

from common.clock import Clock
from hub.draft import plain
from hub.live import Change, Live
from hub.notices import HUB, OWN_FAULT
from hub.notify import Failing
from hub.reads import json_object
from hub.room_board import SILENT_AFTER_S
from hub.store import Store
from hub.tables import ALARMS, LATEST, UNITS

UNIT_LOST = "unit-lost"
CUT_OFF = "cut-off"
CLOCK = "clock-not-kept"
SETTLED_S = SILENT_AFTER_S
"""After the broker was away, units are judged only when they have had so long to be heard again."""

ILL_S = 60
"""A broker that is restarted is no alarm."""

UNKEPT_S = 900
"""Nor is a clock that is being set after a start."""


@dataclass(frozen=True, slots=True)
class Own:
    """An alarm that should be open."""

    unit: str
    kind: str
    severity: str
    since_ms: int
    text: str
    do: str


class Lasting:
    """Something that is an alarm once it has lasted for `least_s`."""

    def __init__(self, least_s: float) -> None:
        self._least_s = least_s
        self._began_s = 0.0
        self.since_ms = 0
        """When it began; 0: it is not so."""

    def look(self, now_s: float, now_ms: int, *, on: bool) -> bool:
        """Take in whether it is so now; return whether it has lasted."""
        if not on:
            self.since_ms = 0
        elif not self.since_ms:
            self._began_s, self.since_ms = now_s, now_ms
        return bool(self.since_ms) and now_s - self._began_s >= self._least_s


class OwnAlarms:
    """Raises and clears them. `trouble` tells what keeps the hub from taking in, `failing` which channels fail."""

    def __init__(
        self,
        store: Store,
        live: Live,
        clock: Clock,
        trouble: Callable[[], str],
        failing: Callable[[], Mapping[str, Failing]],
        clock_kept: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store, self._live, self._clock, self._trouble, self._failing = store, live, clock, trouble, failing
        self._well_since_s: float | None = None
        self._clock_kept = clock_kept
        self._ill, self._unkept = Lasting(ILL_S), Lasting(UNKEPT_S)

    def look(self) -> None:
        """Look once. Blocking. Raises HubStoreError."""
        now_ms, settled = round(self._clock.now().timestamp() * 1000), self._settled()
        own = list(self._about_the_hub(now_ms))
        with self._store.reading() as connection:
            seen = [tuple(row) for row in connection.execute(_STATUSES)] if settled else []
            open_ = connection.execute(_OPEN).all()
        wanted = {(one.unit, one.kind): one for one in (*own, *lost(seen, now_ms))}
        held = ({UNIT_LOST} if not settled else set()) | ({CUT_OFF} if self._ill.since_ms else set())
        held |= {CLOCK} if self._unkept.since_ms else set()
        kept = {(row.unit, row.kind) for row in open_ if row.kind not in held}
        there = {(row.unit, row.kind) for row in open_}
        raised = [one for key, one in wanted.items() if key not in there]
        cleared = sorted(key for key in kept if key not in wanted)
        if raised or cleared:
            with self._store.begin() as connection:
                _apply(connection, raised, cleared, now_ms)
            for unit, kind in (*((one.unit, one.kind) for one in raised), *cleared):
                self._live.tell(Change(unit, f"a/{kind}"))

    def _settled(self) -> bool:
        now_s = self._clock.monotonic_s()
        if self._trouble():
            self._well_since_s = None
            return False
        if self._well_since_s is None:
            self._well_since_s = now_s
        return now_s - self._well_since_s >= SETTLED_S

    def _about_the_hub(self, now_ms: int) -> Iterator[Own]:
        trouble, now_s = self._trouble(), self._clock.monotonic_s()
        if self._ill.look(now_s, now_ms, on=bool(trouble)):
            do = "Look at systemctl status mosquitto, and at journalctl -u mydesk-hub."
            text = plain(f"The hub takes nothing in: {trouble}", 500)
            yield Own(HUB, CUT_OFF, "critical", self._ill.since_ms, text, do)
        yield from self._about_the_clock(now_s, now_ms)
        for channel, failing in self._failing().items():
            do = "Mend what it says, then try mydesk-hub notify --test."
            text = plain(f"Messages about alarms cannot be delivered: {failing.why}", 500)
            yield Own(HUB, channel + OWN_FAULT, "warning", failing.since_ms, text, do)

    def _about_the_clock(self, now_s: float, now_ms: int) -> Iterator[Own]:
        if self._unkept.look(now_s, now_ms, on=not self._clock_kept()):
            do = "Start systemd-timesyncd, chrony or ntpd on the hub's machine, and let it reach a time server."
            text = "Nobody keeps the hub's clock: times may be wrong, and nothing is forgotten by date."
            yield Own(HUB, CLOCK, "critical", self._unkept.since_ms, text, do)


def lost(rows: Iterable[tuple[str, int | None, int, str]], now_ms: int) -> Iterator[Own]:
    """Of (unit, last_seen_ms, received_ms, body of status), those that are not there. Pure."""
    do = "Check its power and its network; if its screen works, mydesk-agent status on it tells why."
    for unit, seen_ms, received_ms, body in rows:
        link = json_object(body).get("s")
        if link == "lost":
            yield Own(unit, UNIT_LOST, "critical", received_ms, "The unit is not connected.", do)
        elif link == "online" and now_ms - (seen_ms or received_ms) > SILENT_AFTER_S * 1000:
            yield Own(unit, UNIT_LOST, "critical", seen_ms or received_ms, "The unit is silent.", do)


def _apply(connection: Connection, raised: Sequence[Own], cleared: Sequence[tuple[str, str]], now_ms: int) -> None:
    for one in raised:
        values = {"unit": one.unit, "kind": one.kind, "severity": one.severity, "text": one.text, "do": one.do}
        connection.execute(insert(ALARMS).values(values | {"since_ms": min(one.since_ms, now_ms)}))
    for unit, kind in cleared:
        mine = and_(ALARMS.c.unit == unit, ALARMS.c.kind == kind, ALARMS.c.cleared_ms.is_(None))
        connection.execute(update(ALARMS).where(mine).values(cleared_ms=now_ms))


_STATUSES = (
    select(LATEST.c.unit, UNITS.c.last_seen_ms, LATEST.c.received_ms, LATEST.c.body)
    .join(UNITS, UNITS.c.unit == LATEST.c.unit)
    .where(LATEST.c.topic == "status", UNITS.c.revoked_ms.is_(None))
)
_OPEN = select(ALARMS.c.unit, ALARMS.c.kind).where(
    ALARMS.c.cleared_ms.is_(None), (ALARMS.c.unit == HUB) | (ALARMS.c.kind == UNIT_LOST)
)
