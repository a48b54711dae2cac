"""The site CA: what it issues, to whom, and to whom not."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from common.clock import ManualClock
from hub.authority import MOST_A_DAY, Authority, AuthorityError, CertificateError
from hub.authority_files import AuthorityFiles
from hub.store import Store
from hub.tables import UNITS
from telemetry.messages import CertificateRequest
from tests.ordinary_user import ordinary_user

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    yield opened
    opened.close()


@pytest.fixture
def authority(tmp_path: Path, store: Store, clock: ManualClock) -> Authority:
    made = Authority(tmp_path / "ca", "Nordhavn", store, clock, unit_days=180)
    made.prepare()
    return made


def request(name: str | None = "room-ada", key: Any = KEY) -> bytes:
    names = [x509.NameAttribute(NameOID.COMMON_NAME, name)] if name is not None else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(serialization.Encoding.PEM)


def load(pem: bytes | str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem if isinstance(pem, bytes) else pem.encode())


def crl(authority: Authority) -> set[int]:
    found = x509.load_pem_x509_crl(authority.crl_file.read_bytes())
    ca = load(authority.ca_file.read_bytes()).public_key()
    assert isinstance(ca, ec.EllipticCurvePublicKey)
    assert found.is_signature_valid(ca)
    return {entry.serial_number for entry in found}


def unit_row(store: Store, unit: str = "room-ada") -> Any:
    with store.reading() as connection:
        return connection.execute(select(UNITS).where(UNITS.c.unit == unit)).one()


def test_the_ca_lives_long_and_begins_early(authority: Authority) -> None:
    before = authority.ca_file.read_bytes()
    authority.prepare()
    assert authority.ca_file.read_bytes() == before
    ca = load(before)
    assert ca.not_valid_before_utc.year == 2020
    assert ca.not_valid_after_utc - START > timedelta(days=20 * 365 - 1)
    assert x509.load_pem_x509_crl(authority.crl_file.read_bytes()).next_update_utc == ca.not_valid_after_utc
    assert crl(authority) == set()


def test_everything_is_ours_alone(authority: Authority) -> None:
    authority.enrol("room-ada")
    authority.broker_files(["localhost"])
    authority.client_files()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (authority.folder, *authority.folder.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if not path.is_dir()} == {0o600}
    assert not list(authority.folder.rglob("*.new"))


def test_a_unit_is_enrolled_with_a_key_made_here(authority: Authority, store: Store) -> None:
    made = authority.enrol("room-ada", role="room", name="Ada", site="Nordhavn", floor="2")
    certificate = load(made.certificate_pem)
    assert made.key_pem is not None
    key = serialization.load_pem_private_key(made.key_pem, None)
    assert key.public_key() == certificate.public_key()
    certificate.verify_directly_issued_by(load(made.ca_pem))
    assert certificate.subject.rfc4514_string() == "CN=room-ada"
    assert certificate.not_valid_after_utc == made.expires == START + timedelta(days=180)
    row = unit_row(store)
    assert (row.role, row.name, row.site, row.floor) == ("room", "Ada", "Nordhavn", "2")
    assert (row.cert_serial, row.revoked_ms) == (f"{certificate.serial_number:x}", None)
    assert row.enrolled_ms == START.timestamp() * 1000


@pytest.mark.parametrize(
    "key", [KEY, ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)], ids=["p256", "ed", "rsa"]
)
def test_a_request_made_on_the_unit_is_signed(authority: Authority, key: Any) -> None:
    made = authority.enrol("room-ada", request(key=key))
    assert made.key_pem is None
    assert load(made.certificate_pem).public_key() == key.public_key()


REFUSED = {
    "another's name": request("room-bob"),
    "no name": request(None),
    "P-384": request(key=ec.generate_private_key(ec.SECP384R1())),
    "RSA 1024": request(key=rsa.generate_private_key(65537, 1024)),
    "DSA": request(key=dsa.generate_private_key(2048)),
    "nonsense": b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
    "empty": b"",
    "long": b"x" * 20_000,
    "not UTF-8": b"\xff" * 100,
}


@pytest.mark.parametrize("csr", REFUSED.values(), ids=REFUSED)
def test_a_request_that_is_not_signed(authority: Authority, csr: bytes) -> None:
    with pytest.raises(CertificateError):
        authority.enrol("room-ada", csr)
    assert list((authority.folder / "units").iterdir()) == []


@pytest.mark.parametrize("unit", ["hub", "homeassistant", "broker", "Room Ada", "", "../ca", "a" * 33])
def test_an_id_that_cannot_be(authority: Authority, unit: str) -> None:
    for ask in (authority.enrol, authority.revoke):
        with pytest.raises(AuthorityError) as told:
            ask(unit)
        assert told.value.hint


def test_revoked_is_every_certificate_that_has_not_ended(
    authority: Authority, store: Store, clock: ManualClock
) -> None:
    serials = [load(authority.enrol("room-ada").certificate_pem).serial_number for _ in range(2)]
    other = load(authority.enrol("room-bob").certificate_pem).serial_number
    assert authority.revoke("room-ada") == 2
    assert crl(authority) == set(serials)
    assert authority.revoke("room-ada") == 0
    assert unit_row(store).revoked_ms
    authority.revoke("room-bob")
    assert crl(authority) == {*serials, other}
    again = load(authority.enrol("room-ada").certificate_pem).serial_number
    assert unit_row(store).revoked_ms is None
    assert again not in crl(authority)
    with pytest.raises(AuthorityError, match="never enrolled"):
        authority.revoke("room-eve")


def ask(name: str = "room-ada", key: Any = None) -> CertificateRequest:
    return CertificateRequest(csr=request(name, key or ec.generate_private_key(ec.SECP256R1())).decode())


def test_a_certificate_is_renewed_and_the_same_request_gets_the_same(
    authority: Authority, store: Store, clock: ManualClock
) -> None:
    authority.enrol("room-ada", name="Ada")
    clock.step(150 * 86400)
    wish = ask()
    first, second = authority.renew("room-ada", wish), authority.renew("room-ada", wish)
    assert first == second
    certificate = load(first.pem)
    assert certificate.not_valid_after_utc == clock.now() + timedelta(days=180)
    row = unit_row(store)
    assert (row.name, row.cert_serial, row.enrolled_ms) == (
        "Ada",
        f"{certificate.serial_number:x}",
        START.timestamp() * 1000,
    )
    assert authority.revoke("room-ada") == 2


def test_who_gets_no_new_one(authority: Authority, clock: ManualClock) -> None:
    with pytest.raises(AuthorityError, match="not enrolled"):
        authority.renew("room-ada", ask())
    authority.enrol("room-ada")
    with pytest.raises(CertificateError, match="room-bob"):
        authority.renew("room-ada", ask("room-bob"))
    clock.step(2 * 86400)
    for _ in range(MOST_A_DAY):
        authority.renew("room-ada", ask())
    with pytest.raises(AuthorityError, match="too many"):
        authority.renew("room-ada", ask())
    clock.step(2 * 86400)
    authority.renew("room-ada", ask())
    authority.revoke("room-ada")
    with pytest.raises(AuthorityError, match="revoked"):
        authority.renew("room-ada", ask())


def test_certificates_of_servers_fit_their_names_and_are_renewed_in_time(
    authority: Authority, clock: ManualClock
) -> None:
    certificate, key = authority.web_files(["hub.example", "10.1.0.5"])
    before = certificate.read_bytes()
    names = load(before).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {"hub.example", "10.1.0.5"}
    assert load(before).public_key() == serialization.load_pem_private_key(key.read_bytes(), None).public_key()
    authority.web_files(["10.1.0.5", "hub.example"])
    assert certificate.read_bytes() == before
    authority.web_files(["hub.example"])
    changed = certificate.read_bytes()
    assert changed != before
    clock.step(340 * 86400)
    authority.web_files(["hub.example"])
    assert certificate.read_bytes() != changed


def test_the_broker_is_believed_by_a_unit_whose_clock_is_years_behind(authority: Authority) -> None:
    certificate, _ = authority.broker_files(["localhost"])
    assert load(certificate.read_bytes()).not_valid_before_utc.year == 2020


def test_only_the_hub_and_home_assistant_have_client_files(authority: Authority, clock: ManualClock) -> None:
    certificate, _ = authority.client_files()
    before = certificate.read_bytes()
    assert load(before).subject.rfc4514_string() == "CN=hub"
    assert authority.client_files()[0].read_bytes() == before
    clock.step(350 * 86400)
    assert authority.client_files()[0].read_bytes() != before
    with pytest.raises(AuthorityError, match="enrol"):
        authority.client_files("room-ada")


def test_what_is_wrong_with_the_folder_is_told(authority: Authority, tmp_path: Path) -> None:
    (authority.folder / "ca.key").write_bytes(b"nonsense")
    with pytest.raises(AuthorityError, match="damaged"):
        authority.enrol("room-ada")
    (authority.folder / "ca.key").unlink()
    with pytest.raises(AuthorityError, match=r"ca\.key is missing"):
        authority.enrol("room-ada")
    with ordinary_user(tmp_path), pytest.raises(AuthorityError, match="denied"):
        authority.enrol("room-ada")


def test_a_lost_ca_is_not_made_anew_over_units_that_have_certificates(authority: Authority) -> None:
    authority.enrol("room-ada")
    authority.ca_file.unlink()
    with pytest.raises(AuthorityError, match="missing"):
        authority.prepare()


def test_who_finds_the_folder_in_use_waits_and_then_says_so(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.authority_files.LOCK_TIMEOUT_S", 0.1)
    with AuthorityFiles(authority.folder).lock(), pytest.raises(AuthorityError, match="in use"):
        authority.enrol("room-ada")
    authority.enrol("room-ada")
