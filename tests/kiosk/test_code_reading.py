"""What the kiosk makes of codes, with its register, its ledger, its badge key and its clock; and sealed records."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from common.clock import ManualClock
from common.visiting.sealed_record import (
    LARGEST_BYTES,
    RecordRefused,
    Revocations,
    kiosk_address,
    kiosk_key,
    open_record,
    open_revocations,
    seal_record,
    sign_revocations,
)
from common.visiting.tokens import Fault
from kiosk.code_reading import refusal_of
from kiosk.events import AlreadyIn, Badge, Invitation, Reading, Refusal, Refused
from kiosk.foreign_codes import Foreign
from kiosk.invitation_ledger import LONGEST_WINDOW, Coded, InvitationLedger
from kiosk.invitation_records import own_key
from kiosk.model import LeftBy, VisitState
from kiosk.register import Register
from kiosk.settings import RegisterSection
from tests.common.visiting.token_kit import END, KEY, KEYS, NOW, OTHER_KEY, VISIT, new_code, token
from tests.kiosk.invitation_kit import CODE, ZONE, Kiosk, record

UNTIL_S = int((END + timedelta(days=2)).timestamp())


def sealed(kiosk: Kiosk, code: str, visit: str = VISIT, **changes: object) -> bytes:
    address = kiosk_key(kiosk.records.address)
    return seal_record(record(code, visit, **changes), key_id=1, key=KEY, kiosk=address)


def answer(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    return Kiosk(tmp_path)


def test_an_invitation_with_its_record_needs_no_typing(kiosk: Kiosk) -> None:
    code = new_code()
    assert answer(kiosk.records.take(sealed(kiosk, code))) == 1
    for reading in (answer(kiosk.reader.read(token())), answer(kiosk.reader.check(code.lower()))):
        assert isinstance(reading, Invitation)
        assert reading.guest is not None
        assert reading.host is not None
        assert (reading.guest.name, reading.host.name, reading.until) == ("Signe Hemmelig", "Jonas Vaert", END)
        assert "Signe" not in repr(reading)
        assert "Jonas" not in repr(reading)


def test_a_host_outside_the_directory_can_still_be_told(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.code_reading.MOST_HOSTS", 2)
    visits = [VISIT, "a" * 32, "b" * 32]
    picks = []
    for visit in visits:
        answer(kiosk.records.take(sealed(kiosk, new_code(), visit)))
        reading = answer(kiosk.reader.read(token(visit)))
        assert reading.host is not None
        picks.append(reading.host.ref)
    found = [kiosk.reader.invited_host(ref) for ref in picks]
    assert found[0] is None  # bounded
    assert [host.address for host in found if host] == ["jonas@nordhavn.example"] * 2
    assert "jonas" not in repr(found)
    assert kiosk.reader.invited_host("directory-id") is None


def test_a_ledger_that_cannot_be_written_stops_nobody(kiosk: Kiosk, tmp_path: Path) -> None:
    (tmp_path / "invitations" / "ledger.json").mkdir()
    answer(kiosk.records.used(VISIT, END))
    assert answer(kiosk.reader.read(token())) == Refused(Refusal.USED)


def test_without_the_record_the_guest_types(kiosk: Kiosk) -> None:
    assert answer(kiosk.reader.read(token())) == Invitation(VISIT, until=END)
    assert answer(kiosk.reader.check(new_code())) == Refused(Refusal.UNKNOWN_CODE)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (VisitState.EXPECTED, Invitation),
        (VisitState.ON_SITE, AlreadyIn(VISIT)),
        (VisitState.LEFT, Refused(Refusal.USED)),
        (VisitState.LEFT_ASSUMED, Refused(Refusal.USED)),
        (VisitState.NO_SHOW, Refused(Refusal.EXPIRED)),
    ],
)
def test_once_in_and_once_out(kiosk: Kiosk, state: VisitState, expected: Reading | type) -> None:
    code = new_code()
    answer(kiosk.records.take(sealed(kiosk, code)))
    kiosk.visits.put(VISIT, state)
    for reading in (answer(kiosk.reader.read(token())), answer(kiosk.reader.check(code))):
        assert isinstance(reading, expected) if isinstance(expected, type) else reading == expected


def test_who_is_in_may_leave_late_and_without_a_clock(kiosk: Kiosk) -> None:
    kiosk.visits.put(VISIT, VisitState.ON_SITE)
    kiosk.clock.step(8 * 3600)
    assert answer(kiosk.reader.read(token())) == AlreadyIn(VISIT)
    kiosk.clock.sync = False
    assert answer(kiosk.reader.read(token())) == AlreadyIn(VISIT)


def test_a_used_one_stays_used_when_the_register_has_forgotten(kiosk: Kiosk, tmp_path: Path) -> None:
    answer(kiosk.records.used(VISIT, END))
    assert answer(kiosk.reader.read(token())) == Refused(Refusal.USED)
    assert answer(Kiosk(tmp_path).reader.read(token())) == Refused(Refusal.USED)


@pytest.mark.parametrize(
    ("hours", "sure", "refusal"),
    [(-3.0, True, Refusal.TOO_EARLY), (4.0, True, Refusal.EXPIRED), (0.0, False, Refusal.CLOCK_UNSURE)],
)
def test_the_time(kiosk: Kiosk, hours: float, sure: bool, refusal: Refusal) -> None:
    code = new_code()
    answer(kiosk.records.take(sealed(kiosk, code)))
    kiosk.clock.step(hours * 3600)
    kiosk.clock.sync = sure
    assert answer(kiosk.reader.read(token())) == Refused(refusal)
    assert answer(kiosk.reader.check(code)) == Refused(refusal)


def test_hostile_codes(kiosk: Kiosk) -> None:
    stranger = Ed25519PrivateKey.generate()
    for text, refusal, foreign in (
        ("WIFI:S:x;;", Refusal.NOT_OURS, Foreign.WIFI),
        ("\0\x1b]0;x\7" * 30, Refusal.NOT_OURS, Foreign.UNKNOWN),
        ("x" * 4096, Refusal.NOT_OURS, Foreign.UNKNOWN),
        (token(key=stranger), Refusal.FORGED, None),
        (token(key_id=9), Refusal.FORGED, None),
        (token()[:80], Refusal.FORGED, None),
        (token(key=OTHER_KEY, key_id=2), None, None),
    ):
        reading = answer(kiosk.reader.read(text))
        assert reading == (Refused(refusal) if refusal else Invitation(VISIT, until=END))
        assert kiosk.reader.last_foreign is foreign
    assert {refusal_of(fault) for fault in Fault} <= set(Refusal)


def test_a_register_that_fails_opens_nothing(kiosk: Kiosk) -> None:
    badge = kiosk.badge()
    kiosk.visits.broken = True
    assert answer(kiosk.reader.read(token())) == Refused(Refusal.FAILED)
    assert answer(kiosk.reader.read(badge)) == Refused(Refusal.FAILED)


def test_five_tries_a_minute_and_mistypings_are_free(kiosk: Kiosk) -> None:
    good = new_code()
    answer(kiosk.records.take(sealed(kiosk, good)))
    wrong = ("2" if good[0] != "2" else "3") + good[1:]
    for _ in range(20):
        assert answer(kiosk.reader.check(wrong)) == Refused(Refusal.UNKNOWN_CODE)
    for _ in range(5):
        assert answer(kiosk.reader.check(new_code())) == Refused(Refusal.UNKNOWN_CODE)
    assert answer(kiosk.reader.check(good)) == Refused(Refusal.TOO_MANY_TRIES)
    kiosk.clock.step(60)
    assert isinstance(answer(kiosk.reader.check(good)), Invitation)


def test_badges_sign_out_today_only(kiosk: Kiosk, tmp_path: Path) -> None:
    badge = kiosk.badge()
    assert answer(kiosk.reader.read(badge)) == Refused(Refusal.BADGE_OVER)
    kiosk.visits.put(VISIT, VisitState.ON_SITE)
    assert answer(kiosk.reader.read(badge)) == Badge(VISIT)
    restarted = Kiosk(tmp_path, visits=kiosk.visits)
    assert answer(restarted.reader.read(badge)) == Badge(VISIT)
    assert (tmp_path / "badge.key").stat().st_mode & 0o777 == 0o600
    kiosk.clock.step(13 * 3600 + 58 * 60)  # 23:58 at the site
    assert answer(kiosk.reader.read(badge)) == Badge(VISIT)
    kiosk.clock.step(60)
    assert answer(kiosk.reader.read(badge)) == Refused(Refusal.BADGE_OVER)
    kiosk.clock.jump(-3600)
    key = (tmp_path / "badge.key").read_bytes()
    kiosk.clock.step(5 * 3600)
    fresh = kiosk.badge()
    assert (tmp_path / "badge.key").read_bytes() != key
    assert answer(kiosk.reader.read(badge)) == Refused(Refusal.BADGE_OVER)
    kiosk.clock.jump(-86400)  # even with yesterday's time
    kiosk.clock.sync = False
    assert answer(kiosk.reader.read(badge)) == Refused(Refusal.BADGE_OVER)
    assert answer(kiosk.reader.read(fresh)) == Badge(VISIT)


def test_a_badge_survives_a_clock_that_is_lost(kiosk: Kiosk, tmp_path: Path) -> None:
    badge = kiosk.badge()
    kiosk.visits.put(VISIT, VisitState.ON_SITE)
    later = Kiosk(tmp_path, now=NOW - timedelta(days=400), visits=kiosk.visits)
    later.clock = ManualClock(NOW - timedelta(days=400), synchronised=False)
    later.reader._clock = later.clock
    assert answer(later.reader.read(badge)) == Badge(VISIT)


@pytest.mark.parametrize(
    "content", [b"", b"MDBK1short", b"MDBK1" + b"x" * 42, b"y" * 47, b"MDBK12026-13-99" + b"k" * 32]
)
def test_a_damaged_badge_key_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "badge.key").write_bytes(content)
    kiosk = Kiosk(tmp_path)
    kiosk.visits.put(VISIT, VisitState.ON_SITE)
    assert answer(kiosk.reader.read(kiosk.badge())) == Badge(VISIT)


def test_records_are_for_one_kiosk_and_of_our_keys(kiosk: Kiosk) -> None:
    own, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    made = seal_record(record(CODE), key_id=1, key=KEY, kiosk=own.public_key())
    assert open_record(made, own, KEYS) == record(CODE)
    assert b"Signe" not in made
    assert "Signe" not in repr(record(CODE))
    stranger = seal_record(record(CODE), key_id=1, key=OTHER_KEY, kiosk=own.public_key())
    backwards = seal_record(record(CODE, end_s=5), key_id=1, key=KEY, kiosk=own.public_key())
    bad_form = seal_record(record(CODE, name=""), key_id=1, key=KEY, kiosk=own.public_key())
    for raw, key in (
        (made, other),
        (stranger, own),
        (backwards, own),
        (bad_form, own),
        (made[:-1], own),
        (made[:9], own),
        (b"", own),
        (b"MDREC1\n", own),
        (made + bytes(LARGEST_BYTES), own),
        *((made[:at] + bytes((made[at] ^ 1,)) + made[at + 1 :], own) for at in range(0, len(made), 7)),
    ):
        with pytest.raises(RecordRefused) as refused:
            open_record(raw, key, KEYS)
        assert "Signe" not in str(refused.value)


def test_revocation_lists_are_signed(kiosk: Kiosk) -> None:
    made = sign_revocations(Revocations(visits=(VISIT,), until_s=UNTIL_S), key_id=1, key=KEY)
    assert open_revocations(made, KEYS).visits == (VISIT,)
    forged = sign_revocations(Revocations(visits=(VISIT,), until_s=UNTIL_S), key_id=2, key=KEY)
    relabelled = b"MDREV1\n" + seal_record(record(CODE), key_id=1, key=KEY, kiosk=own_key_of(kiosk))
    for raw in (forged, relabelled, made[:-1], made[:20], b"", made.replace(b"0123", b"4567")):
        with pytest.raises(RecordRefused):
            open_revocations(raw, KEYS)


def own_key_of(kiosk: Kiosk) -> Any:
    return kiosk_key(kiosk.records.address)


def test_revoked_ones_stay_revoked(kiosk: Kiosk, tmp_path: Path) -> None:
    code = new_code()
    made = sealed(kiosk, code)
    answer(kiosk.records.take(made))
    assert answer(
        kiosk.records.take(sign_revocations(Revocations(visits=(VISIT,), until_s=UNTIL_S), key_id=1, key=KEY))
    )
    assert kiosk.visits.applied == 1
    assert answer(kiosk.reader.read(token())) == Refused(Refusal.REVOKED)
    assert answer(kiosk.reader.check(code)) == Refused(Refusal.UNKNOWN_CODE)
    again = Kiosk(tmp_path, visits=kiosk.visits)
    assert answer(again.records.take(made)) == 0
    assert answer(again.reader.read(token())) == Refused(Refusal.REVOKED)
    answer(again.records.prune(NOW + timedelta(days=10), clock_sure=False))
    assert again.records.ledger.revoked
    answer(again.records.prune(NOW + timedelta(days=10), clock_sure=True))
    assert not again.records.ledger.revoked


def test_the_inbox_is_emptied(kiosk: Kiosk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    inbox = tmp_path / "invitations" / "inbox"
    code = new_code()
    (inbox / "a Signe Hemmelig.mdrec").write_bytes(sealed(kiosk, code))
    (inbox / "b.mdrec").write_bytes(b"garbage")
    (inbox / "c.mdrev").write_bytes(
        sign_revocations(Revocations(visits=("f" * 32,), until_s=UNTIL_S), key_id=1, key=KEY)
    )
    (inbox / ".half.mdrec").write_bytes(b"being copied")
    (inbox / "d.mdrec").symlink_to(tmp_path / "badge.key")
    kiosk.badge()
    with caplog.at_level(logging.DEBUG):
        assert answer(kiosk.records.collect()) == 2
    assert [path.name for path in inbox.iterdir()] == [".half.mdrec"]
    assert any((tmp_path / "badge.key").read_bytes())
    assert "Signe" not in caplog.text
    assert isinstance(answer(kiosk.reader.check(code)), Invitation)


def test_a_record_waits_for_the_register(kiosk: Kiosk, tmp_path: Path) -> None:
    path = tmp_path / "invitations" / "inbox" / "a.mdrec"
    path.write_bytes(sealed(kiosk, new_code()))
    kiosk.visits.broken = True
    assert answer(kiosk.records.collect()) == 0
    assert path.exists()
    kiosk.visits.broken = False
    assert answer(kiosk.records.collect()) == 1
    assert not path.exists()


def test_no_name_is_on_the_disk_beside_the_register(kiosk: Kiosk, tmp_path: Path) -> None:
    answer(kiosk.records.take(sealed(kiosk, new_code())))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert b"Signe" not in raw
            assert b"jonas@" not in raw
            assert path.stat().st_mode & 0o077 == 0


def test_the_real_register_keeps_an_expected_guest(tmp_path: Path) -> None:
    """Sealed, imported, read after a restart, signed in, then leaving, then used."""

    async def story() -> list[Reading]:
        clock = ManualClock(NOW)
        register = Register(tmp_path / "register", RegisterSection(), ZONE, clock, boot="b")
        kiosk = Kiosk(tmp_path, visits=register)  # type: ignore[arg-type]
        kiosk.reader._clock = clock
        try:
            await register.open()
            await kiosk.records.take(sealed(kiosk, new_code()))
            readings = [await kiosk.reader.read(token())]
            visit = await register.by_id(VISIT)
            assert visit is not None
            await register.sign_in([visit], tell=None)
            readings.append(await kiosk.reader.read(token()))
            readings.append(await kiosk.reader.read(kiosk.badge()))
            await register.sign_out(VISIT, by=LeftBy.SCAN)
            readings.append(await kiosk.reader.read(token()))
        finally:
            await register.close()
        return readings

    first, second, third, fourth = asyncio.run(story())
    assert isinstance(first, Invitation)
    assert first.guest is not None
    assert first.guest.name == "Signe Hemmelig"
    assert (second, third, fourth) == (AlreadyIn(VISIT), Badge(VISIT), Refused(Refusal.USED))
    for path in (tmp_path / "register").rglob("*"):
        if path.is_file():
            assert b"Signe" not in path.read_bytes()


def test_a_revoked_guest_is_forgotten_at_once(tmp_path: Path) -> None:
    """One who has come already stays: the evacuation list needs them."""
    came = "f" * 32

    async def story() -> tuple[object, object]:
        register = Register(tmp_path / "register", RegisterSection(), ZONE, ManualClock(NOW), boot="b")
        kiosk = Kiosk(tmp_path, visits=register)  # type: ignore[arg-type]
        try:
            await register.open()
            for visit_id in (VISIT, came):
                await kiosk.records.take(sealed(kiosk, new_code(), visit_id))
            visit = await register.by_id(came)
            assert visit is not None
            await register.sign_in([visit], tell=None)
            assert await register.by_id(VISIT) is not None
            revoked = Revocations(visits=(VISIT, came, "e" * 32), until_s=UNTIL_S)
            assert await kiosk.records.take(sign_revocations(revoked, key_id=1, key=KEY)) == 3
            return await register.by_id(VISIT), await register.by_id(came)
        finally:
            await register.close()

    gone, stays = asyncio.run(story())
    assert gone is None
    assert stays is not None


def test_pruning_writes_only_when_something_goes(kiosk: Kiosk, tmp_path: Path) -> None:
    answer(kiosk.records.used(VISIT, END))
    ledger = tmp_path / "invitations" / "ledger.json"
    before = ledger.stat().st_mtime_ns, ledger.stat().st_ino
    answer(kiosk.records.prune(NOW, clock_sure=True))
    assert (ledger.stat().st_mtime_ns, ledger.stat().st_ino) == before
    answer(kiosk.records.prune(NOW + timedelta(days=9), clock_sure=True))
    assert not InvitationLedger(ledger).used


def test_the_line_of_a_kiosk(tmp_path: Path) -> None:
    key = own_key(tmp_path)
    assert own_key(tmp_path).private_bytes_raw() == key.private_bytes_raw()
    line = kiosk_address(key.public_key())
    assert kiosk_key(f" {line.upper()}\n").public_bytes_raw() == key.public_key().public_bytes_raw()
    for wrong in ("", "mdk1-", line[5:], line[:-1], line + "a", "mdk1-æøå", "mdk1-" + "1" * 52):
        with pytest.raises(RecordRefused, match="no kiosk's line"):
            kiosk_key(wrong)
    (tmp_path / "kiosk.key").write_bytes(b"damaged")
    assert own_key(tmp_path).private_bytes_raw() != key.private_bytes_raw()


def test_a_damaged_ledger_starts_anew(tmp_path: Path) -> None:
    for content in (b"", b"[]", b'{"codes": {"zz": ["ab", 1, 2]}}', b'{"revoked": {"a": "b"}}', b"[" * 100_000):
        (tmp_path / "ledger.json").write_bytes(content)
        assert not InvitationLedger(tmp_path / "ledger.json").revoked


def test_the_ledger_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.invitation_ledger.MOST", 10)
    ledger = InvitationLedger(tmp_path / "ledger.json")
    for number in range(25):
        ledger.use(f"{number:032x}", number)
        ledger.revoke(f"{number:032x}", number)
        ledger.expect(f"{number:032x}", Coded("00", number, number))
    ledger.write(ledger.encoded())
    kept = InvitationLedger(tmp_path / "ledger.json")
    assert kept.used == kept.revoked == {f"{number:032x}" for number in range(15, 25)}
    assert timedelta(days=1) < LONGEST_WINDOW
