"""Shared visits for tests: a hub over any store, kiosks of few words, visits with names like no other's."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from sqlalchemy import insert, select, true

from common.clock import ManualClock
from common.visiting.day_keys import Cipher
from common.visiting.sealed_visit import open_visit, seal_visit
from common.visiting.shared_visit import SharedGuest, SharedHost, SharedVisit
from hub.commands import Commands
from hub.intake import Intake
from hub.link import Sends
from hub.live import Live
from hub.settings import AuthoritySection, DatabaseSection, HubConfig, SiteSection, VisitsSection
from hub.store import Store, upsert
from hub.tables import COMMANDS, LATEST, UNITS
from hub.visits.kiosks import public_text
from hub.visits.parts import VisitParts, build_visits
from hub.visits.tables import VISITS
from telemetry.messages import SharingKeys, Status, encode
from tests.hub.sender_double import SenderDouble
from tests.hub.wire import batch, draft, row, said

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SITE = "Nordhavn"
DAY_S = 86400.0


class IdentityCipher:
    """Seals nothing, so that a byte scan can see what is left on the disk. Only tests can pass it in."""

    def seal(self, key: bytes, plain: bytes, bound_to: bytes) -> bytes:
        return plain

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        return sealed


def visit_id(number: int) -> str:
    return f"{number:032x}"


def visit(number: int, now: datetime = MONDAY, /, **fields: Any) -> SharedVisit:
    """Visit number `number`: every text in it is like no other's."""
    guest = SharedGuest(
        name=f"Åse Guest{number:04}name Ørsted",
        email=f"guest{number:04}@mail.example",
        phone=f"+45 6{number:04}{number:04}",
        extra=(("company", f"Firm{number:04} ApS"),),
    )
    host = SharedHost(
        ref=f"ref-{number:04}-ref", name=f"Host{number:04}name Holm", address=f"host{number:04}@host.example"
    )
    known: dict[str, Any] = {
        "id": visit_id(number),
        "version": 1,
        "by": "lobby",
        "origin": "lobby",
        "day": now.date(),
        "delete_on": now.date() + timedelta(days=14),
        "type": "guest",
        "site": SITE,
        "guest": guest,
        "host": host,
        "in_at": now,
        "language": "da",
        "badge_key": bytes(32),
    }
    return SharedVisit(**(known | fields))


def change(one: SharedVisit, by: str, **fields: Any) -> SharedVisit:
    """The next version."""
    return msgspec.structs.replace(one, version=one.version + 1, by=by, **fields)


def erased(one: SharedVisit, by: str) -> SharedVisit:
    return SharedVisit(
        id=one.id, version=one.version + 1, by=by, origin=one.origin, day=one.day, delete_on=one.delete_on, erased=True
    )


class KioskDouble:
    """A kiosk's side: its keys by day, what the hub told it; opened with common.visiting, as a kiosk does."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.secrets: dict[date, X25519PrivateKey] = {}
        self.seq = 0
        self.sent: list[bytes] = []

    def key(self, day: date) -> X25519PrivateKey:
        return self.secrets.setdefault(day, X25519PrivateKey.generate())

    def sharing(self, *days: date, address: str = "") -> SharingKeys:
        keys = {day.isoformat(): public_text(self.key(day).public_key().public_bytes_raw()) for day in days}
        return SharingKeys(keys=keys, address=address)

    def opened(self, blob: str) -> SharedVisit:
        """What a command brought."""
        sealed = base64.b64decode(blob)
        return open_visit(sealed, self.secrets[date.fromisoformat(sealed[7:17].decode())])

    def row(self, one: SharedVisit, hub_key: bytes) -> bytes:
        """The batch of `e/visit` with one row."""
        sealed = seal_visit(one, X25519PublicKey.from_public_bytes(hub_key))
        self.seq += 1
        body = json.dumps({"blob": base64.urlsafe_b64encode(sealed).decode().rstrip("=")})
        self.sent.append(batch(row(self.seq, body=body)))
        return self.sent[-1]


def config_of(folder: Path, url: str, **visits: Any) -> HubConfig:
    keys = VisitsSection(enabled=True, keys_file=str(folder / "keys" / "day.keys"), **visits)
    return HubConfig(
        site=SiteSection(name="Nordhavn"),
        database=DatabaseSection(url=url),
        authority=AuthoritySection(folder=str(folder / "ca")),
        visits=keys,
    )


class Hub:
    """A hub's visits over a store, without a broker: what is sent is remembered."""

    def __init__(
        self, folder: Path, url: str, clock: ManualClock | None = None, cipher: Cipher | None = None, **visits: Any
    ) -> None:
        self.folder, self.url = folder, url
        self.config = config_of(folder, url, **visits)
        self.clock = clock or ManualClock(MONDAY)
        self.store = Store.open(url)
        self.sender = SenderDouble()
        self.parts = self._build(self.sender, cipher)
        self.parts.book.ring.prepare(self.clock.now().date())
        self.intake = Intake(self.store, self.parts.intake)
        self.kiosks: dict[str, KioskDouble] = {}

    def _build(self, sender: Sends, cipher: Cipher | None) -> VisitParts:
        live = Live()
        self.orders = commands = Commands(self.store, sender, live, self.clock)
        made = build_visits(self.config, self.store, sender, commands, live, self.clock, cipher)
        return replace(made, sure=self.clock.synchronised)

    def kiosk(
        self, unit: str, *, site: str = SITE, online: bool = True, shares: bool = True, address: str = ""
    ) -> KioskDouble:
        """An enrolled kiosk with keys for today and tomorrow."""
        with self.store.begin() as connection:
            connection.execute(insert(UNITS).values(unit=unit, role="kiosk", name=unit.title(), site=site, floor=""))
        double = self.kiosks[unit] = KioskDouble(unit)
        self.status(unit, online=online)
        if shares:
            today = self.clock.now().date()
            self.latest(
                unit, "reported/sharing", encode(double.sharing(today, today + timedelta(days=1), address=address))
            )
        return double

    def status(self, unit: str, *, online: bool) -> None:
        self.latest(unit, "status", encode(Status(s="online" if online else "lost", boot="b", n=1, role="kiosk")))

    def now(self, unit: str, **facts: Any) -> None:
        """What that kiosk says of itself; well, unless `facts` say otherwise."""
        well = {"app": True, "signed_in": True, "network": True, "register": "ok"}
        self.latest(unit, "now/kiosk", json.dumps(well | facts).encode())

    def tells(self, unit: str, visit: str, step: str, **words: str) -> None:
        """How far a kiosk is with telling the host of a visit."""
        double = self.kiosks[unit]
        double.seq += 1
        body = json.dumps({"visit": visit, "step": step, **words})
        self.say(unit, batch(row(double.seq, body=body, ts=self.now_ms())), "e/host-told")

    def latest(self, unit: str, topic: str, body: bytes) -> None:
        values = {"received_ms": self.now_ms(), "body": body.decode()}
        with self.store.begin() as connection:
            statement = upsert(connection, LATEST).values(unit=unit, topic=topic, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["unit", "topic"], set_=values))

    def told(self, unit: str, one: SharedVisit, key: bytes | None = None) -> None:
        """What ingest does with a row of that kiosk."""
        hub_key = key or self.parts.book.ring.public_keys(self.clock.now().date())[one.day]
        self.say(unit, self.kiosks[unit].row(one, hub_key))

    def say(self, unit: str, payload: bytes, topic: str = "e/visit") -> None:
        self.intake.write(draft(said(topic, payload, unit=unit, at=self.now_ms())), self.now_ms())

    def answer(self, state: str = "successful", unit: str = "") -> None:
        """The kiosks, or that one, have done what was sent."""
        whose = (COMMANDS.c.unit == unit) if unit else true()
        with self.store.begin() as connection:
            connection.execute(COMMANDS.update().where(COMMANDS.c.state == "sent", whose).values(state=state))

    def commands(self, unit: str) -> list[str]:
        """Blobs of commands `visit` to that kiosk since the last call."""
        prefix = f"mydesk/1/{unit}/cmd/visit/"
        found = [payload for topic, payload, *_ in self.sender.sent if topic.startswith(prefix)]
        self.sender.sent = [sent for sent in self.sender.sent if not sent[0].startswith(prefix)]
        return [json.loads(payload)["args"]["blob"] for payload in found]

    def heard(self, unit: str) -> list[SharedVisit]:
        """Visits that were sent to that kiosk since the last call."""
        return [self.kiosks[unit].opened(blob) for blob in self.commands(unit)]

    def get(self, number: int) -> SharedVisit | None:
        with self.store.reading() as connection:
            kept = self.parts.book.get(connection, visit_id(number))
        return kept.visit if kept else None

    def readable(self) -> set[int]:
        """Numbers of all visits that can be read and have a guest."""
        with self.store.reading() as connection:
            found = [kept.visit for _, kept in self.parts.book.everything(connection)]
        return {int(one.id, 16) for one in found if not one.erased}

    def rows(self) -> int:
        with self.store.reading() as connection:
            return len(connection.execute(select(VISITS.c.id)).all())

    def now_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    def close(self) -> None:
        self.store.close()


@contextmanager
def hub(folder: Path, url: str = "", **options: Any) -> Iterator[Hub]:
    made = Hub(folder, url or f"sqlite:///{folder / 'hub.db'}", **options)
    try:
        yield made
    finally:
        made.close()


Story = Callable[[Hub], None]
