"""Invitations reach the kiosks: the visit sealed by day, then a record that names nobody; all hear what is off."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from common.visiting.codes import code_hash, normalised
from common.visiting.invitation_keys import KeyFileError
from common.visiting.sealed_record import kiosk_address, open_record, open_revocations
from common.visiting.sealed_visit import VISIT_MAGIC
from hub.visits import notes
from hub.visits.desk import DeskError
from hub.visits.guest_form import GuestForm
from tests.hub.visits.kit import MONDAY, Hub, hub

FORM = GuestForm("Ida Berg", "Jonas Holm", "jonas@nordhavn.example", "ida@berg.example", language="es")
OWN = X25519PrivateKey.generate()


@pytest.fixture
def there(tmp_path: Path, store_url: str) -> Iterator[Hub]:
    with hub(tmp_path, store_url) as made:
        made.kiosk("lobby", address=kiosk_address(OWN.public_key()))
        made.kiosk("silent", shares=False)
        yield made


def make(there: Hub, *, days: int = 0) -> str:
    start = MONDAY + timedelta(days=days, hours=2)
    return there.parts.invitations.make(FORM, "Nordhavn", start, 60, "anna")


def raw(there: Hub, unit: str) -> list[bytes]:
    there.parts.deliveries.look()
    return [base64.b64decode(blob) for blob in there.commands(unit)]


def test_the_visit_goes_first_then_the_record_without_a_name(there: Hub) -> None:
    made = make(there)
    (first,) = raw(there, "lobby")
    assert first.startswith(VISIT_MAGIC)
    told = there.kiosks["lobby"].opened(base64.b64encode(first).decode())
    assert (told.id, told.state, told.guest and told.guest.name) == (made, "expected", "Ida Berg")
    assert raw(there, "lobby") == [], "the record waits for the visit"
    there.answer()
    (second,) = raw(there, "lobby")
    key = there.parts.invitations._seals.key
    record = open_record(second, OWN, {key.id: key.private.public_key()})
    found = there.parts.invitations.find(made)
    assert (record.visit, record.name, record.host_name, record.email) == (made, "-", "", "")
    assert record.code_hash == code_hash(normalised(found.code), bytes.fromhex(made)).hex()
    assert found.known_to == ()
    there.answer()
    assert raw(there, "lobby") == []
    assert there.parts.invitations.find(made).known_to == ("lobby",)
    assert raw(there, "silent") == []


def test_an_invitation_for_another_day_waits_for_the_key_of_that_day(there: Hub) -> None:
    make(there, days=9)
    assert raw(there, "lobby") == []
    assert MONDAY.date() + timedelta(days=9) not in there.parts.book.ring.public_keys(MONDAY.date())


def test_what_is_taken_back_is_told_to_every_kiosk_and_the_guest_is_forgotten(there: Hub) -> None:
    made = make(there)
    raw(there, "lobby")
    there.answer()
    raw(there, "lobby")
    there.answer()
    there.parts.invitations.withdraw(made, "anna")
    key = there.parts.invitations._seals.key
    keys = {key.id: key.private.public_key()}
    told = raw(there, "lobby")
    assert there.kiosks["lobby"].opened(base64.b64encode(told[0]).decode()).erased
    assert open_revocations(told[1], keys).visits == (made,)
    (other,) = raw(there, "silent") or [told[1]]
    assert open_revocations(other, keys).visits == (made,)
    for deed in (lambda: there.parts.invitations.withdraw(made, "anna"), lambda: there.parts.invitations.find(made)):
        with pytest.raises(DeskError):
            deed()


def test_a_guest_who_signed_in_meanwhile_stays_when_the_invitation_is_taken_back(there: Hub) -> None:
    made = make(there)
    there.parts.desk.arrive(made, "bente")
    there.parts.invitations.withdraw(made, "anna")
    assert [one.visit.id for one in there.parts.desk.roll("Nordhavn").people] == [made]


def test_the_code_survives_what_kiosks_tell_and_a_new_key_of_the_day(there: Hub) -> None:
    made = make(there)
    code = there.parts.invitations.find(made).code
    there.parts.desk.correct(made, FORM, "bente")
    ring = there.parts.book.ring
    with there.store.begin() as connection:
        notes.rekey(connection, [key.id for key in ring.receiving(MONDAY.date())])
    there.parts.look()
    assert there.parts.invitations.find(made).code == code


def test_the_letter_speaks_the_guests_language(there: Hub) -> None:
    text = there.parts.invitations.text(make(there))
    assert "Ida Berg" in text
    assert "lunes 23 de noviembre" in text


def test_a_key_that_others_may_read_signs_nothing(there: Hub) -> None:
    make(there)
    path = there.folder / "ca" / "invitations.key"
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o644)
    there.parts.invitations._seals._key = None
    with pytest.raises(KeyFileError, match="read by others"):
        make(there)
    assert there.rows() == 1
