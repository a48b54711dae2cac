"""Guests of the office of tests.hub.office, on its Friday morning: in the building, expected, gone; and one rogue."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from common.visiting.shared_visit import SharedGuest, SharedHost, SharedVisit
from hub.tables import LATEST
from hub.visits.book import Origin
from hub.visits.parts import VisitParts
from hub.visits.tables import INVITATIONS, VISITS
from telemetry.messages import encode
from tests.hub.visits.kit import KioskDouble, visit_id
from tests.hub.web_kit import Served

SITE = "Nordhavn"
XSS = '<img src=x onerror="window.hacked=1">Bo</script>'
"""A name that no kiosk would take, from a broken one."""

PRESENT = (
    ("Maja Krogh", "Krogh & Søn ApS", "Jesper Østergaard", 55, 65),
    ("Lars-Erik Åkesson", "Malmö Konsult AB", "Ingrid Holm", 40, -10),
    ("Ana María Fernández de la Torre", "Construcciones del Norte S.L.", "Louise Holm", 12, 108),
    ("Søren Birk", "", "Jonas Holm", 4, None),
)
EXPECTED = (("Ida Berg", "Berg Rådgivning", "Jonas Holm", 20), ("Peter Winther", "Winther El", "Ingrid Holm", 140))
LEFT = (("Nina Lund", "Lund Catering", "Louise Holm", 150, 95),)


def fill_today(hub: Served) -> None:
    """Write them into a hub that serves its pages."""
    assert hub.parts.visits is not None
    hub.parts.visits.book.ring.prepare(hub.clock.now().date())
    fill(hub.parts.visits, hub.clock.now())


def fill(parts: VisitParts, now: datetime) -> None:
    """Write them, told by the kiosk Reception."""
    made = [
        *(_visit(n, now, who, state="on-site", in_at=now - timedelta(minutes=since), planned_end=_after(now, until))
          for n, (*who, since, until) in enumerate(PRESENT, start=1)),
        *(_visit(n, now, who, state="expected", expected_at=now + timedelta(minutes=after))
          for n, (*who, after) in enumerate(EXPECTED, start=21)),
        *(_visit(n, now, who, state="left", in_at=now - timedelta(minutes=since),
                 out_at=now - timedelta(minutes=ago), left_by="scan")
          for n, (*who, since, ago) in enumerate(LEFT, start=31)),
        _visit(41, now, ("Kim Andersen", "", "Jesper Østergaard"), state="on-site", in_at=now - timedelta(hours=17)),
    ]  # fmt: skip
    with parts.store.begin() as connection:
        for one in made:
            assert parts.book.put(connection, one, Origin("reception", SITE), now)
        _shares(connection, now)


def add_rogue(parts: VisitParts, now: datetime, number: int = 51) -> str:
    """Every field is markup; returns the visit's id."""
    one = _visit(number, now, (XSS, XSS, XSS), state="on-site", in_at=now)
    assert one.guest is not None
    assert one.host is not None
    guest = msgspec.structs.replace(one.guest, email=XSS, phone=XSS[:30], extra=(("company", XSS), ("<b>x", XSS)))
    host = msgspec.structs.replace(one.host, address=XSS)
    rogue = msgspec.structs.replace(one, guest=guest, host=host, type=XSS[:40], language='"><b')
    with parts.store.begin() as connection:
        assert parts.book.put(connection, rogue, Origin("reception", SITE), now)
    return one.id


def _visit(number: int, now: datetime, who: Any, **fields: Any) -> SharedVisit:
    name, company, host = who
    guest = SharedGuest(
        name=name, email="guest@mail.example", phone="+45 60 12 34 56",
        extra=(("company", company),) if company else (),
    )  # fmt: skip
    return SharedVisit(
        id=visit_id(number), version=1, by="reception", origin="reception", day=now.date(),
        delete_on=now.date() + timedelta(days=14), type="guest", site=SITE, guest=guest,
        host=SharedHost(ref=f"ref-{number}", name=host, address="host@nordhavn.example"), language="da", **fields,
    )  # fmt: skip


def _after(now: datetime, minutes: int | None) -> datetime | None:
    return None if minutes is None else now + timedelta(minutes=minutes)


def _shares(connection: Connection, now: datetime) -> None:
    body = encode(KioskDouble("reception").sharing(now.date(), now.date() + timedelta(days=1))).decode()
    values = {"unit": "reception", "topic": "reported/sharing", "received_ms": 1, "body": body}
    connection.execute(insert(LATEST).values(values))


def restore(parts: VisitParts, now: datetime) -> None:
    """Visits 1 on site, 21 expected, 61 invited, whatever was done to them."""
    for number, state in ((1, "on-site"), (21, "expected"), (61, "expected")):
        one = _visit(number, now, ("Maja Krogh", "", "Jonas Holm"), state=state, in_at=now, expected_at=now)
        with parts.store.begin() as connection:
            found = connection.execute(select(VISITS.c.version).where(VISITS.c.id == one.id)).scalar_one_or_none() or 0
            newer = msgspec.structs.replace(one, version=found + 1)
            assert parts.book.put(connection, newer, Origin("reception", SITE), now, "0000000R" if number == 61 else "")
    with parts.store.begin() as connection:
        connection.execute(INVITATIONS.delete())
        row = {"visit": visit_id(61), "site": SITE, "code_hash": "0" * 32, "invited_by": "bente", "made_ms": 1}
        start_s = int(now.timestamp()) + 3600
        connection.execute(insert(INVITATIONS).values(**row, start_s=start_s, end_s=start_s + 3600))
