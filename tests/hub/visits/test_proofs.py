"""Twenty days of visits, and three proofs that the older ones are forgotten: in the database, in copies, on the wire.

Issue 5; the kiosk's own are in tests/kiosk/test_forgetting_proofs.py.
"""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from common.visiting.byte_scan import ProofError
from common.visiting.sealed_visit import VisitRefused, open_visit, transport_key
from hub.store import Store
from hub.visits.access_requests import export_guest
from hub.visits.book import VisitBook
from hub.visits.proof import prove
from hub.visits.ring import DayRing
from hub.web.audit import note
from tests.hub.ingest_kit import Unit
from tests.hub.visits.kit import DAY_S, Hub, IdentityCipher, hub, visit
from tests.mqtt_kit.broker import Broker
from tests.waiting import until

DAYS, PER_DAY, KEPT_DAYS = 20, 8, 14
TEXTS = (
    "Åse Guest([0-9]{4})name Ørsted",
    r"guest([0-9]{4})@mail\.example",
    r"\+45 6([0-9]{4})\1",
    "Firm([0-9]{4}) ApS",
    "ref-([0-9]{4})-ref",
    "Host([0-9]{4})name Holm",
    r"host([0-9]{4})@host\.example",
)
"""All texts that point to one visit, with its number in it, as a byte scan reads them."""

Evening = Callable[[int], None]


def numbers_in(raw: bytes) -> list[set[int]]:
    return [{int(number) for number in re.findall(text.encode(), raw)} for text in TEXTS]


def twenty_days(there: Hub, evening: Evening) -> None:
    """Visits of each day told by the lobby and passed on to the north; the hub forgets by itself."""
    for day in range(DAYS):
        there.parts.book.ring.prepare(there.clock.now().date())
        keys = there.kiosks["north"].sharing(*(there.clock.now().date() - timedelta(days=back) for back in range(14)))
        there.latest("north", "reported/sharing", keys_json(keys.keys))
        for number in range(day * PER_DAY, (day + 1) * PER_DAY):
            there.told("lobby", visit(number, there.clock.now()))
        there.parts.look()
        there.answer()
        there.clock.step(DAY_S / 2)
        there.parts.look()
        there.parts.forget()
        evening(day)
        there.clock.step(DAY_S / 2)


def keys_json(keys: dict[str, str]) -> bytes:
    return ('{"keys":{' + ",".join(f'"{day}":"{key}"' for day, key in keys.items()) + "}}").encode()


def young_and_old(day: int) -> tuple[range, range]:
    """Numbers that are kept and that are forgotten on the evening of `day`."""
    first_kept = max(0, day + 1 - KEPT_DAYS) * PER_DAY
    return range(first_kept, (day + 1) * PER_DAY), range(first_kept)


def bytes_below(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.slow
def test_first_proof_the_bytes(tmp_path: Path) -> None:
    """With a cipher that hides nothing: every younger text is in the files, and no older one, every evening."""
    with hub(tmp_path, cipher=IdentityCipher()) as there:
        there.kiosk("lobby")
        there.kiosk("north")

        def evening(day: int) -> None:
            assert numbers_in(bytes_below(there.folder)) == [set(young_and_old(day)[0])] * len(TEXTS)

        twenty_days(there, evening)
        old = young_and_old(DAYS - 1)[1]
        names = [f"Åse Guest{number:04}name Ørsted" for number in old]
        proof = prove(there.store, there.parts.book, there.url, names)
        assert (proof.findings, proof.visits_read) == ((), DAYS * PER_DAY - len(old))
        young = prove(there.store, there.parts.book, there.url, ["Åse Guest0159name Ørsted"])
        assert {found.how for found in young.findings} >= {"utf-8", "readable until 2026-12-26"}


@pytest.mark.slow
def test_second_proof_the_real_cipher(tmp_path: Path, store_url: str) -> None:
    """No plain text anywhere, PostgreSQL's own files and log included; and export shows all younger visits."""
    folders = [tmp_path]
    if store_url.startswith("postgresql"):
        folders.append(Path(store_url.partition("host=")[2]))
    with hub(tmp_path, store_url) as there:
        there.kiosk("lobby")
        there.kiosk("north")

        def evening(day: int) -> None:
            if day % 5 == 4:
                for folder in folders:
                    assert numbers_in(bytes_below(folder)) == [set()] * len(TEXTS)

        twenty_days(there, evening)
        young, old = young_and_old(DAYS - 1)
        shown = {}
        for number in range(DAYS * PER_DAY):
            for one in export_guest(
                there.store, there.parts.book, f"guest{number:04}@mail.example", there.clock.now(), "anna"
            ):
                shown[number] = (one["name"], one["host"], one["fields"])
        assert sorted(shown) == list(young)
        assert shown[young[0]] == (
            f"Åse Guest{young[0]:04}name Ørsted",
            f"Host{young[0]:04}name Holm",
            {"company": f"Firm{young[0]:04} ApS"},
        )
        names = [f"guest{number:04}@mail.example" for number in old]
        assert prove(there.store, there.parts.book, there.url, names, folders).findings == ()


@pytest.mark.slow
def test_third_proof_stolen_copies_and_all_messages_ever_sent(tmp_path: Path, store_url: str) -> None:
    """A copy of day 13 with the keys of day 15 opens nothing that is forgotten by then; nor does any message."""
    rings: dict[int, Path] = {}
    sqlite = store_url.startswith("sqlite")
    with hub(tmp_path, store_url) as there:
        lobby = there.kiosk("lobby")
        there.kiosk("north")

        def evening(day: int) -> None:
            if day == 13 and sqlite:
                for name in ("hub.db", "hub.db-wal"):
                    if (tmp_path / name).exists():
                        shutil.copy(tmp_path / name, tmp_path / f"stolen-{name}")
            if day in (13, 15):
                rings[day] = Path(shutil.copytree(tmp_path / "keys", tmp_path / f"keys-{day}")) / "day.keys"

        twenty_days(there, evening)
    wire = lobby.sent
    forgotten, then = set(young_and_old(15)[1]), set(young_and_old(13)[0])
    assert len(forgotten) == 2 * PER_DAY
    opened_13, opened_15 = opened(wire, rings[13]), opened(wire, rings[15])
    assert opened_13 >= then, "the messages are what they should be: the keys of their time open them"
    assert opened_15 & forgotten == set()
    assert opened_15 >= then - forgotten
    if sqlite:
        assert stolen(tmp_path / "stolen-hub.db", rings[13]) == then
        assert stolen(tmp_path / "stolen-hub.db", rings[15]) == then - forgotten


def opened(wire: list[bytes], ring_path: Path) -> set[int]:
    """What a thief opens of messages with a copy of the hub's keys."""
    ring, found = DayRing(ring_path, KEPT_DAYS), set()
    for payload in wire:
        for text in re.findall(rb'"blob":\s*"([A-Za-z0-9_+/=-]+)"', payload):
            raw = text.replace(b"-", b"+").replace(b"_", b"/")
            sealed = base64.b64decode(raw + b"=" * (-len(raw) % 4))
            for key in ring.receiving(date.fromisoformat(sealed[7:17].decode())):
                try:
                    found.add(int(open_visit(sealed, transport_key(key.secret)).id, 16))
                except VisitRefused:
                    continue
    return found


def stolen(copy: Path, ring_path: Path) -> set[int]:
    """What a thief reads of a copy of the database."""
    store = Store.open(f"sqlite:///{copy}")
    with store.reading() as connection:
        found = {int(kept.visit.id, 16) for _, kept in VisitBook(DayRing(ring_path, KEPT_DAYS)).everything(connection)}
    store.close()
    return found


@pytest.mark.slow
def test_what_the_brokers_store_still_has_opens_nothing_once_the_day_is_over(tmp_path: Path) -> None:
    """Rows and commands lie in Mosquitto's own file while a receiver is away; destroyed keys close them there."""
    with hub(tmp_path) as there, Broker(tmp_path) as broker:
        lobby = there.kiosk("lobby")
        there.kiosk("north")
        key = there.parts.book.ring.public_keys(there.clock.now().date())[there.clock.now().date()]
        with Unit(broker, "hub") as away:  # the hub's session, which then waits
            away._client.subscribe("mydesk/1/+/e/+", qos=1)
        with Unit(broker, "lobby") as link:
            for number in range(PER_DAY):
                link.say("e/visit", lobby.row(visit(number), key))
            until(link.said, what="the broker has all")
        broker.stop()
        kept = (tmp_path / "broker" / "mosquitto.db").read_bytes()
        assert numbers_in(kept) == [set()] * len(TEXTS)
        ring_path = there.parts.book.ring.path
        if opened([kept], ring_path) == set():
            pytest.fail("the broker's store has the messages, and today's key opens them: else this proves nothing")
        there.clock.step(14 * DAY_S)
        there.parts.forget()
        assert opened([kept], ring_path) == set()


def test_a_proof_finds_what_is_there_and_refuses_what_would_be_found_by_chance(tmp_path: Path, store_url: str) -> None:
    with hub(tmp_path, store_url) as there:
        there.kiosk("lobby")
        there.told("lobby", visit(1))
        backups = tmp_path / "backups"
        backups.mkdir()
        (backups / "old.log").write_text("Åse Guest0001name Ørsted was here")
        if there.store.dialect == "sqlite":
            there.store.forget_traces()
            shutil.copy(tmp_path / "hub.db", backups / "hub.db")
        found = prove(there.store, there.parts.book, there.url, ["nobody at all", "Guest0001name"], [backups])
        hows = {(one.text, Path(one.file).name, one.how) for one in found.findings}
        assert (1, "old.log", "utf-8") in hows
        assert (1, "the database", "readable until 2026-12-07") in hows
        if there.store.dialect == "sqlite":
            assert (1, "hub.db", "readable until 2026-12-07") in hows
        assert not [one for one in found.findings if one.text == 0]
        with pytest.raises(ProofError, match="too short"):
            prove(there.store, there.parts.book, there.url, ["abc"])
        with there.store.begin() as connection:
            note(connection, 1, "x", "Guest0001name in the clear")
        again = prove(there.store, there.parts.book, there.url, ["Guest0001name"])
        where = "hub.db" if there.store.dialect == "sqlite" else "table audit"
        assert any(Path(one.file).name.startswith(where) and one.how == "utf-8" for one in again.findings)
