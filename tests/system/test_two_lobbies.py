"""Two kiosks, a hub and a broker that run: a guest is shared, an evacuation is everywhere, and nobody can read them."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from common.visiting.sealed_record import kiosk_key, seal_record
from simulator.server import Simulator
from tests.common.visiting.token_kit import KEY, new_code, token
from tests.kiosk.invitation_kit import record
from tests.kiosk.site import LOUISE, OFFICE, PIN
from tests.system.lobbies import Lobbies
from tests.waiting import until

pytestmark = pytest.mark.slow

SOON_S = 15.0
ROLL_CALL = "/visitors/evacuation"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Lobbies]:
    with Simulator.start(OFFICE) as sim:
        sim.control("POST", "/_sim/limits", {"device_code_interval_s": 0})
        with Lobbies(tmp_path, sim) as made:
            yield made


class Guest:
    """Somebody with an invitation; every text of it is like no other's."""

    def __init__(self, first: str) -> None:
        self.name, self.email, self.company = f"{first} Hemmelig", f"{first}@gaest.example".lower(), f"{first} Tavs ApS"
        self.visit = secrets.token_hex(16)
        self.start = datetime.now(UTC).replace(microsecond=0)

    @property
    def secrets(self) -> list[bytes]:
        return [one.encode() for one in (self.name.split()[0], "Hemmelig", self.email, "Tavs ApS", "Louise", LOUISE)]

    def arrives(self, site: Lobbies) -> None:
        """The record is at the kiosk; the code before the scanner, one touch, and in."""
        start, end = self.start, self.start + timedelta(hours=1)
        kiosk = site.a
        made = record(
            new_code(), self.visit, name=self.name, email=self.email, extra=(("company", self.company),),
            host_name="Louise Holm", host_address=LOUISE, start_s=int(start.timestamp()), end_s=int(end.timestamp()),
        )  # fmt: skip
        to = kiosk_key(kiosk.status()["invitation_address"])
        sealed = base64.b64encode(seal_record(made, key_id=1, key=KEY, kiosk=to)).decode()
        assert kiosk.ask("visit", record=sealed)["visits"] == 1
        kiosk.scan(token(self.visit, start=start, end=end))
        kiosk.page("Expected")
        kiosk.touch("accept")
        until(lambda: kiosk.status()["on_site"] == 1, what="the guest in the register of A")
        kiosk.touch("home")
        kiosk.page("Welcome")


def everywhere(site: Lobbies, guest: Guest) -> bool:
    return guest.name in site.see("/visitors") and guest.name in site.b.inside()


def gone(site: Lobbies, guest: Guest) -> bool:
    return not site.a.inside() and not site.b.inside() and guest.name not in site.see(ROLL_CALL)


def leaves(site: Lobbies, guest: Guest) -> None:
    """Signed out on the hub's page, gone at both kiosks."""
    site.send(f"/visitors/{guest.visit}/out")
    until(lambda: gone(site, guest), SOON_S, what="the guest gone at both")


def evacuated(site: Lobbies) -> bool:
    return "by the kiosk lobby-a" in site.see(ROLL_CALL) and site.b.ask("evacuation")["active"]


def over(site: Lobbies) -> None:
    """Ended on the hub's page, for both kiosks."""
    site.send(ROLL_CALL, active="no", sure="yes")
    until(lambda: not any(one.ask("evacuation")["active"] for one in (site.a, site.b)), SOON_S, what="its end")
    assert "Evacuation begun" not in site.see(ROLL_CALL)


def by_pin(site: Lobbies) -> None:
    kiosk = site.a
    kiosk.touch("admin")
    for length in range(1, len(PIN) + 1):
        kiosk.touch("pin", PIN[:length])
    kiosk.page("Admin")
    kiosk.touch("evacuate", "on")
    kiosk.page("InBuilding")


def test_a_guest_and_an_evacuation_at_two_kiosks_and_the_hub(site: Lobbies) -> None:
    first, second = Guest("Vilfrida"), Guest("Torvaldine")
    first.arrives(site)
    until(lambda: everywhere(site, first), SOON_S, what="the guest at the hub and at B")
    assert [one["name"] for one in site.b.ctl("evacuation")["people"]] == [first.name]
    leaves(site, first)
    assert site.a.ctl("evacuation", "--begin")["active"] is True
    until(lambda: evacuated(site), SOON_S, what="the evacuation at the hub and at B")
    over(site)

    site.broker.kill()
    second.arrives(site)
    by_pin(site)
    assert not everywhere(site, second)
    assert not evacuated(site)
    outboxes = site.a.outbox() + site.b.outbox()
    site.start_broker()
    until(lambda: everywhere(site, second) and evacuated(site), 40, what="all of it after the broker's death")
    leaves(site, second)
    over(site)

    outboxes += site.a.outbox() + site.b.outbox()
    site.stop()
    nobody_can_read(site, [first, second], outboxes)


def nobody_can_read(site: Lobbies, guests: list[Guest], outboxes: bytes) -> None:
    """In the broker's store, in the outboxes, in all that went over the wire, and in every log."""
    spy = site.spy
    assert len(spy.topics("lobby-a/e/visit")) >= len(guests)
    assert all(len(spy.topics(f"{unit}/cmd/visit/")) >= len(guests) for unit in ("lobby-a", "lobby-b"))
    batches = [json.loads(payload)["rows"] for topic, payload in spy.heard if topic.endswith("lobby-a/e/evacuation")]
    by = {row["v"]["by"] for rows in batches for row in rows if row["v"]["active"]}
    assert by == {"control", "reception"}, "each way of beginning it, and nothing of the hub's own"
    logs = b"".join(path.read_bytes() for path in site.folder.rglob("*.log"))
    places = {"wire": spy.everything(), "store": site.stored(), "outboxes": outboxes, "logs": logs}
    assert all(b"lobby-a" in places[one] for one in ("wire", "store"))
    assert b"e/visit" in outboxes, "the second guest waited there"
    for guest in guests:
        for name, content in places.items():
            found = [secret for secret in guest.secrets if re.search(re.escape(secret), content, re.IGNORECASE)]
            assert found == [], name
    assert b"Traceback" not in logs
