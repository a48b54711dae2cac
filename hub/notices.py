"""Which alarms are to be told on a channel, and which have been: kept in the database, so that a crash forgets none.

There is no queue of messages that could grow: a channel that was away for a day is told how it is now, and what came
and went meanwhile. An alarm that is being told carries the id of its message until the outcome is known; who finds
such an id after a crash tells the same again, under the same id, marked as a repeat.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, literal, or_, select, update

from common.clock import Clock
from hub.notice_text import Line, Message, Saying
from hub.settings import HubConfig
from hub.store import Store
from hub.tables import ALARMS, NOTICES, SILENCES, UNITS

MOST_LINES = 500
"""Alarms in one message; the others are in the next."""

OWN_FAULT = "-failing"
"""Kind of the alarm that a channel fails: not told on itself."""

HUB = "hub"
"""As unit of an alarm: the hub itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a channel stands: alarms that wait to be told there, and when one last was."""

    waiting: int
    last_told_ms: int | None


class Notices:
    """The notices of all channels. Blocking, thread-safe; everything raises HubStoreError."""

    def __init__(self, store: Store, config: HubConfig, clock: Clock) -> None:
        self._store, self._config, self._clock = store, config, clock

    def waiting(self, channel: str) -> bool:
        """Note what has lasted long enough to be told, and say whether anything is to be told now."""
        now_ms = self._now_ms()
        with self._store.begin() as connection:
            self._note(connection, channel, now_ms)
            return connection.execute(self._due(channel, now_ms).limit(1)).first() is not None

    def take(self, channel: str) -> Message | None:
        """The message to send now: one whose outcome is not known before all others. None: nothing is to be told."""
        now_ms = self._now_ms()
        with self._store.begin() as connection:
            open_ = connection.execute(self._all(channel).where(NOTICES.c.message != "")).all()
            if open_:
                return self._message(open_[0].message, open_, repeat=True)
            due = connection.execute(self._due(channel, now_ms)).all()
            if not due:
                return None
            message = self._message(secrets.token_hex(16), due)
            for saying in {line.saying for line in message.lines}:
                alarms = [line.alarm for line in message.lines if line.saying is saying]
                self._set(connection, channel, alarms, message=message.id, saying=str(saying))
            return message

    def told(self, channel: str, message: Message) -> None:
        """It was delivered."""
        now_ms = self._now_ms()
        ended = [line.alarm for line in message.lines if line.saying in (Saying.CLEARED, Saying.MISSED)]
        alarms = [line.alarm for line in message.lines]
        with self._store.begin() as connection:
            self._set(connection, channel, alarms, message="", saying="", told_ms=now_ms)
            self._set(connection, channel, ended, ended=True)
            connection.execute(update(ALARMS).where(ALARMS.c.id.in_(alarms)).values(notified_ms=now_ms))

    def refused(self, channel: str, message: Message) -> None:
        """It was certainly not delivered: its alarms are told anew, as they are then."""
        with self._store.begin() as connection:
            self._set(connection, channel, [line.alarm for line in message.lines], message="", saying="")

    def standing(self, channel: str) -> Standing:
        """For people who ask."""
        now_ms = self._now_ms()
        with self._store.reading() as connection:
            due = connection.execute(select(func.count()).select_from(self._due(channel, now_ms).subquery()))
            last = connection.execute(select(func.max(NOTICES.c.told_ms)).where(NOTICES.c.channel == channel))
            return Standing(int(due.scalar_one()), last.scalar_one_or_none())

    def test_message(self) -> Message:
        """One that says only that it arrived."""
        return self._message(secrets.token_hex(16), (), test=True)

    def _now_ms(self) -> int:
        return round(self._clock.now().timestamp() * 1000)

    def _note(self, connection: Connection, channel: str, now_ms: int) -> None:
        lasted = ALARMS.c.since_ms <= now_ms - round(self._config.notify.after_s * 1000)
        noted = select(NOTICES.c.alarm).where(NOTICES.c.alarm == ALARMS.c.id, NOTICES.c.channel == channel).exists()
        own = and_(ALARMS.c.unit == HUB, ALARMS.c.kind == channel + OWN_FAULT)
        fresh = select(ALARMS.c.id, literal(channel), literal(value=False), literal(""), literal("")).where(
            ALARMS.c.cleared_ms.is_(None), lasted, ~noted, ~own, ~_kept_back(now_ms)
        )
        columns = ["alarm", "channel", "ended", "message", "saying"]
        connection.execute(insert(NOTICES).from_select(columns, fresh))

    def _all(self, channel: str) -> Select[tuple[object, ...]]:
        columns = (NOTICES.c.message, NOTICES.c.saying, NOTICES.c.told_ms, ALARMS, UNITS.c.name, UNITS.c.site)
        query = select(*columns, UNITS.c.floor).join(ALARMS, ALARMS.c.id == NOTICES.c.alarm)
        query = query.join(UNITS, UNITS.c.unit == ALARMS.c.unit, isouter=True)
        query = query.where(NOTICES.c.channel == channel, NOTICES.c.ended.is_(False))
        return query.order_by(ALARMS.c.severity, ALARMS.c.since_ms, ALARMS.c.id).limit(MOST_LINES)

    def _due(self, channel: str, now_ms: int) -> Select[tuple[object, ...]]:
        due = [NOTICES.c.told_ms.is_(None), ALARMS.c.cleared_ms.is_not(None), NOTICES.c.message != ""]
        if self._config.notify.repeat_h:
            due.append(NOTICES.c.told_ms <= now_ms - round(self._config.notify.repeat_h * 3_600_000))
        return self._all(channel).where(or_(*due), ~_kept_back(now_ms))

    def _set(self, connection: Connection, channel: str, alarms: Sequence[int], **values: object) -> None:
        mine = and_(NOTICES.c.channel == channel, NOTICES.c.alarm.in_(alarms))
        connection.execute(update(NOTICES).where(mine).values(values))

    def _message(
        self, id_: str, rows: Sequence[Row[tuple[object, ...]]], *, repeat: bool = False, test: bool = False
    ) -> Message:
        site = self._config.site
        url = self._config.web.base_url.rstrip("/")
        lines = tuple(_line(row, url) for row in rows)
        return Message(id_, site.name, lines, url, self._clock.now(), ZoneInfo(site.time_zone), repeat, test)


def _kept_back(now_ms: int) -> ColumnElement[bool]:
    """Silenced, or of a unit that was revoked, whose alarms nobody will ever clear."""
    mine = or_(SILENCES.c.unit == "", SILENCES.c.unit == ALARMS.c.unit)
    silenced = select(SILENCES.c.id).where(mine, SILENCES.c.until_ms > now_ms).correlate(ALARMS).exists()
    gone = UNITS.alias("gone")
    revoked = select(gone.c.unit).where(gone.c.unit == ALARMS.c.unit, gone.c.revoked_ms.is_not(None))
    return or_(silenced, revoked.correlate(ALARMS).exists())


def _line(row: Row[tuple[object, ...]], url: str) -> Line:
    """What was said is said again in a repeat, although the alarm may have ended meanwhile."""
    found = row._mapping
    told, cleared_ms = found["told_ms"] is not None, found["cleared_ms"]
    saying = Saying(found["saying"]) if found["saying"] else _saying(told=told, over=cleared_ms is not None)
    if saying in (Saying.RAISED, Saying.STILL):
        cleared_ms = None
    own = found["unit"] == HUB
    return Line(
        alarm=found["id"],
        saying=saying,
        unit=found["unit"],
        name="The hub" if own else found["name"] or "",
        where=", ".join(part for part in (found["site"], found["floor"]) if part),
        cleared_ms=cleared_ms,
        url=f"{url}/alarms" if own else f"{url}/units/{found['unit']}",
        **{key: found[key] for key in ("kind", "severity", "since_ms", "text", "do")},
    )


def _saying(*, told: bool, over: bool) -> Saying:
    if over:
        return Saying.CLEARED if told else Saying.MISSED
    return Saying.STILL if told else Saying.RAISED
