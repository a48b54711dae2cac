"""The certificate: asked for in time, checked, tried, swapped only when the hub let us in; else the old one stays."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common.clock import ManualClock
from common.errors import MyDeskError
from telemetry import messages
from telemetry.certificate_check import is_due
from telemetry.certificate_files import CertificateFiles
from telemetry.messages import Certificate, CertificateRequest
from telemetry.renewal import MOST_TRIES, Renewal
from telemetry.topics import Topics
from tests.telemetry.agent_kit import MemoryBus
from tests.waiting import until_async

ADA = Topics("room-ada")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Authority:
    """A site CA that answers requests, well or badly."""

    def __init__(self, name: str = "Nordhavn") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._signed(self.name, self.key.public_key(), NOW - 900 * DAY, NOW + 900 * DAY)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        unit: str = "room-ada",
        csr: bytes = b"",
        key: ec.EllipticCurvePublicKey | None = None,
        begins: datetime = NOW - DAY,
        ends: datetime = NOW + 365 * DAY,
    ) -> bytes:
        public = key or x509.load_pem_x509_csr(csr).public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, unit)])
        return self._signed(name, public, begins, ends).public_bytes(serialization.Encoding.PEM)

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime, ends: datetime
    ) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
        return builder.sign(self.key, hashes.SHA256())


class LinkDouble:
    """Notes with what it was to connect; refuses as long as `refusal` says so."""

    def __init__(self) -> None:
        self.refusal = ""
        self.tried: list[bytes] = []
        self.moved: list[tuple[Path, Path]] = []

    async def reconnect(self, cert_file: Path, key_file: Path, timeout_s: float = 60.0) -> None:
        self.tried.append(await asyncio.to_thread(cert_file.read_bytes))
        if self.refusal:
            raise MyDeskError(self.refusal)

    def certificate_moved(self, cert_file: Path, key_file: Path) -> None:
        self.moved.append((cert_file, key_file))


class Stage:
    def __init__(self, folder: Path, left: timedelta) -> None:
        self.ca = Authority()
        (folder / "ca.pem").write_bytes(self.ca.pem)
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / "unit.key").write_bytes(private)
        self.old = self.ca.issue(key=key.public_key(), begins=NOW - 300 * DAY, ends=NOW + left)
        (folder / "unit.pem").write_bytes(self.old)
        self.files = CertificateFiles(folder / "unit.pem", folder / "unit.key", folder / "ca.pem")
        self.clock = ManualClock(NOW)
        self.bus, self.link = MemoryBus(), LinkDouble()
        self.renewal = Renewal(
            "room-ada", self.files, self.link, self.bus, self.clock, renew_before_days=30, look_s=0.02, retry_s=0.01
        )

    def requests(self) -> list[CertificateRequest]:
        return self.bus.on(ADA.reported("certificate"), CertificateRequest)

    async def asked(self, but: bytes = b"") -> bytes:
        await until_async(
            lambda: self.requests() and self.requests()[-1].csr and self.requests()[-1].csr.encode() != but
        )
        return self.requests()[-1].csr.encode()

    async def answer(self, pem: bytes, csr: bytes) -> None:
        message = Certificate(pem=pem.decode(), csr_sha256=hashlib.sha256(csr).hexdigest())
        await self.bus.bring(ADA.desired("certificate"), messages.encode(message))

    @property
    def in_use(self) -> bytes:
        return self.files.cert_file.read_bytes()

    def left_over(self) -> list[str]:
        return sorted(path.name for path in self.files.key_file.parent.iterdir())

    def belongs(self) -> bool:
        key = serialization.load_pem_private_key(self.files.key_file.read_bytes(), password=None)
        return x509.load_pem_x509_certificate(self.in_use).public_key() == key.public_key()


@asynccontextmanager
async def staged(folder: Path, left: timedelta = 10 * DAY) -> AsyncIterator[Stage]:
    stage = Stage(folder, left)
    stage.renewal.listen()
    task = asyncio.create_task(stage.renewal.run())
    try:
        yield stage
    finally:
        task.cancel()
        await asyncio.wait([task])


DUE = [(365, 31, False), (365, 29, True), (30, 11, False), (30, 9, True), (3650, 31, False), (3650, -5, True)]


@pytest.mark.parametrize(("life", "left", "due"), DUE)
def test_when_it_is_due(life: int, left: int, due: bool) -> None:
    ca, key = Authority(), ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = ca.issue(key=key, begins=NOW + (left - life) * DAY, ends=NOW + left * DAY)
    assert is_due(x509.load_pem_x509_certificate(pem), NOW, 30 * DAY) is due


def test_a_new_certificate_comes_into_use(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            csr = await stage.asked()
            request = x509.load_pem_x509_csr(csr)
            assert request.is_signature_valid
            assert request.subject.rfc4514_string() == "CN=room-ada"
            assert stage.files.next_key_file.stat().st_mode & 0o777 == 0o600
            assert stage.in_use == stage.old
            new = stage.ca.issue(csr=csr)
            await stage.answer(new, csr)
            await until_async(lambda: stage.link.moved)
            assert stage.link.tried == [new]
            assert stage.in_use == new
            assert stage.belongs()
            assert stage.files.key_file.stat().st_mode & 0o777 == 0o600
            assert stage.left_over() == ["ca.pem", "unit.key", "unit.pem"]
            await until_async(lambda: stage.requests()[-1].csr == "")
            await stage.answer(new, csr)  # retained: it comes with each connect
            assert (len(stage.link.tried), stage.renewal.fault) == (1, "")
            assert stage.renewal.expires == NOW + 365 * DAY

    asyncio.run(story())


def test_nothing_is_asked_before_its_time_or_by_a_clock_that_cannot_be_right(tmp_path: Path) -> None:
    async def story(left: timedelta, wrong_by_s: float) -> None:
        async with staged(tmp_path, left) as stage:
            stage.clock.sync = not wrong_by_s
            stage.clock.jump(wrong_by_s)
            await until_async(lambda: len(stage.requests()) >= 3)
            assert {request.csr for request in stage.requests()} == {""}
            assert not stage.files.next_key_file.exists()

    asyncio.run(story(100 * DAY, wrong_by_s=0.0))
    asyncio.run(story(10 * DAY, wrong_by_s=5e8))


def test_a_site_without_ntp_renews_too(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            stage.clock.sync = False
            csr = await stage.asked()
            await stage.answer(stage.ca.issue(csr=csr, begins=NOW + DAY), csr)
            await until_async(lambda: stage.link.moved)

    asyncio.run(story())


Wrong = Callable[[Stage, bytes], bytes]
OTHER_KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
WRONG: dict[str, tuple[Wrong, str]] = {
    "another unit": (lambda stage, csr: stage.ca.issue("room-bob", csr), "this unit is 'room-ada'"),
    "another key": (lambda stage, csr: stage.ca.issue(key=OTHER_KEY), "not for the key"),
    "another site": (lambda stage, csr: Authority().issue(csr=csr), "not of this site's CA"),
    "expired": (lambda stage, csr: stage.ca.issue(csr=csr, ends=NOW - DAY / 2), "not today"),
    "not yet": (lambda stage, csr: stage.ca.issue(csr=csr, begins=NOW + DAY), "not today"),
    "shorter": (lambda stage, csr: stage.ca.issue(csr=csr, ends=NOW + 5 * DAY), "no later"),
    "no certificate": (lambda stage, csr: b"hello", "no certificate in PEM"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_certificate_is_not_even_tried(tmp_path: Path, case: str) -> None:
    made, said = WRONG[case]

    async def story() -> None:
        async with staged(tmp_path) as stage:
            csr = await stage.asked()
            await stage.answer(made(stage, csr), csr)
            await until_async(lambda: stage.renewal.fault)
            assert said in stage.renewal.fault
            assert stage.link.tried == []
            assert stage.in_use == stage.old
            again = await stage.asked(but=csr)
            await stage.answer(stage.ca.issue(csr=again), again)
            await until_async(lambda: stage.link.moved)
            assert stage.renewal.fault == ""

    asyncio.run(story())


def test_a_hub_that_does_not_let_us_in_costs_three_tries_and_the_old_stays(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            stage.link.refusal = "the broker does not let room-ada in."
            csr = await stage.asked()
            new = stage.ca.issue(csr=csr)
            await stage.answer(new, csr)
            await stage.asked(but=csr)
            assert stage.link.tried == [new] * MOST_TRIES
            assert "does not let" in stage.renewal.fault
            assert stage.in_use == stage.old
            assert stage.belongs()

    asyncio.run(story())


def test_no_connection_no_try(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            csr = await stage.asked()
            stage.bus.connected = False
            await stage.answer(stage.ca.issue(csr=csr), csr)
            looks = len(stage.requests())
            stage.bus.connected = True
            await until_async(lambda: stage.link.moved)
            assert stage.renewal.fault == ""
            assert looks

    asyncio.run(story())


def test_a_restart_asks_with_the_same_key(tmp_path: Path) -> None:
    stage = Stage(tmp_path, 10 * DAY)
    csr = stage.files.request("room-ada")
    assert stage.files.request("room-ada") == csr
    stage.files.next_key_file.write_bytes(b"torn")
    assert stage.files.request("room-ada") != csr
    assert stage.files.next_public_key() == x509.load_pem_x509_csr(stage.files.request("room-ada")).public_key()


@pytest.mark.parametrize("cut_before", ["key", "certificate", "end"])
def test_a_power_cut_in_the_swap_leaves_a_pair_that_works(tmp_path: Path, cut_before: str) -> None:
    stage = Stage(tmp_path, 10 * DAY)
    new = stage.ca.issue(csr=stage.files.request("room-ada"))
    stage.files.keep_next(new)
    if cut_before == "certificate":
        stage.files.next_key_file.replace(stage.files.key_file)
    elif cut_before == "end":
        stage.files.swap()
    assert stage.files.settle() is (cut_before == "certificate")
    assert stage.belongs()
    assert stage.in_use == (stage.old if cut_before == "key" else new)
    assert stage.files.settle() is False


def test_an_unreadable_certificate_is_said(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            await stage.asked()
            stage.files.cert_file.unlink()
            await until_async(lambda: "cannot be read" in stage.renewal.fault)

    asyncio.run(story())
