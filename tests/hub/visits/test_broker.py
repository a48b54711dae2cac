"""The whole way through a real Mosquitto and the real ingest: two kiosks share a visit, the broker never reads it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import select

from common.clock import SystemClock
from common.visiting.sealed_visit import seal_visit
from common.visiting.shared_visit import SharedVisit
from hub.commands import Commands
from hub.ingest import Ingest
from hub.link import Outcome
from hub.live import Live
from hub.store import Store
from hub.tables import ROWS, UNITS
from hub.visits.parts import VisitParts, build_visits
from telemetry.messages import CommandState, SharingKeys, Status, decode, encode
from tests.hub.ingest_kit import Unit, address
from tests.hub.visits.kit import KioskDouble, change, config_of, visit
from tests.hub.wire import batch, row
from tests.mqtt_kit.broker import Broker
from tests.waiting import until

UNITS_THERE = ("lobby", "north")


class Site:
    """Two kiosks, connected, and a hub that looks when it is told to."""

    def __init__(self, store: Store, broker: Broker, folder: Path) -> None:
        self.store, self.live, clock = store, Live(), SystemClock()
        config = config_of(folder, "")
        self.seqs = dict.fromkeys(UNITS_THERE, 0)
        self.doubles = {unit: KioskDouble(unit) for unit in UNITS_THERE}
        self.links = {unit: Unit(broker, unit) for unit in UNITS_THERE}
        with store.begin() as connection:
            for unit in UNITS_THERE:
                connection.execute(UNITS.insert().values(unit=unit, role="kiosk", name="", site="Nordhavn", floor=""))
        self.parts: VisitParts = build_visits(
            config, store, self, Commands(store, self, self.live, clock), self.live, clock
        )
        self.ingest = Ingest(store, self.live, clock, address(broker), lambda *request: None, visits=self.parts.intake)

    def publish_and_wait(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> Outcome:
        return self.ingest.link.publish_and_wait(topic, payload, retain=retain, expiry_s=expiry_s)

    def connect(self) -> None:
        today = datetime.now(UTC).date()
        for unit, link in self.links.items():
            link.__enter__()
            link.say("status", encode(Status(s="online", boot="b", n=1, role="kiosk")), retain=True)
            keys = self.doubles[unit].sharing(today, today + timedelta(days=1))
            link.say("reported/sharing", encode(keys), retain=True)

    def tell(self, unit: str, one: SharedVisit) -> None:
        """As a kiosk's outbox does: sealed to the key that the hub published."""
        wanted = f"mydesk/1/{unit}/desired/sharing"
        until(lambda: any(topic == wanted for topic, _ in self.links[unit].heard), what="the hub's keys")
        told = [payload for topic, payload in self.links[unit].heard if topic == wanted][-1]
        key = base64.urlsafe_b64decode(decode(told, SharingKeys).keys[one.day.isoformat()] + "=")
        blob = base64.urlsafe_b64encode(seal_visit(one, X25519PublicKey.from_public_bytes(key))).decode().rstrip("=")
        self.seqs[unit] += 1
        self.links[unit].say("e/visit", batch(row(self.seqs[unit], body=json.dumps({"blob": blob}))))

    def heard(self, unit: str) -> list[SharedVisit]:
        """What commands brought; each is answered."""
        found = []
        for topic, payload in list(self.links[unit].heard):
            if "/cmd/visit/" in topic:
                self.links[unit].heard.remove((topic, payload))
                found.append(self.doubles[unit].opened(json.loads(payload)["args"]["blob"]))
                state = CommandState(state="successful", ts=1)
                self.links[unit].say(f"{topic.removeprefix(f'mydesk/1/{unit}/')}/st", encode(state))
        return found

    def brought(self, unit: str) -> list[SharedVisit]:
        """Looks until something came."""

        def one() -> list[SharedVisit]:
            self.parts.look()
            return self.heard(unit)

        return until(one, what=f"a visit at {unit}")

    def end(self) -> None:
        for link in self.links.values():
            link.__exit__(None, None, None)
        self.ingest.stop()


def test_two_kiosks_share_a_visit_and_the_broker_cannot_read_it(store: Store, tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with Broker(tmp_path) as broker:
        site = Site(store, broker, tmp_path)
        site.ingest.start()
        site.connect()
        try:
            until(lambda: site.ingest.link.connected)
            one = visit(1, now)
            site.parts.look()
            site.tell("lobby", one)
            assert site.brought("north") == [one]
            left = change(one, "north", state="left", out_at=now, left_by="scan")
            site.tell("north", left)
            assert site.brought("lobby") == [left]
            with store.reading() as connection:
                bodies = list(connection.execute(select(ROWS.c.body).where(ROWS.c.topic == "e/visit")).scalars())
            assert bodies == ["{}", "{}"]
            until(lambda: all(link.acknowledged() == 1 for link in site.links.values()), what="acks")
        finally:
            site.end()
        broker.stop()
        kept = b"".join(path.read_bytes() for path in (tmp_path / "broker").iterdir() if path.is_file())
        assert b"desired/sharing" in kept, "the broker's store was written"
        assert b"Guest0001name" not in kept
        assert b"host0001@host" not in kept
