"""The site CA: certificates for broker, pages, hub and units; who is enrolled, who is revoked, who gets a new one.

>>> authority = Authority(Path("/var/lib/mydesk-hub/ca"), "Nordhavn", store, clock)      # doctest: +SKIP
>>> authority.enrol("room-ada", name="Ada", floor="2").key_pem                           # doctest: +SKIP

Blocking: for a worker thread.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from sqlalchemy import select, update

from common.clock import Clock
from hub import certificates
from hub.authority_files import MOST_ISSUED, AuthorityError, AuthorityFiles, Issued
from hub.certificates import BEGINNING, SERVER_DAYS, WEB_DAYS, CertificateError, key_pem, new_key, pem
from hub.store import Store, upsert
from hub.tables import UNITS
from telemetry.messages import Certificate, CertificateRequest
from telemetry.topics import UNIT_ID

HUB_NAME = "hub"
HOME_ASSISTANT_NAME = "homeassistant"
RESERVED = frozenset({HUB_NAME, HOME_ASSISTANT_NAME, "broker"})
"""Names by which the broker gives more than a unit's rights."""

HUB_DAYS = 397
RENEW_BEFORE = timedelta(days=60)
MOST_A_DAY = 5
_DAY_MS = 24 * 3_600_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a unit needs: its certificate, the site CA's, and its key if that was made here (PEM)."""

    unit: str
    certificate_pem: bytes
    ca_pem: bytes
    key_pem: bytes | None
    expires: datetime


class Authority:
    """The CA of one site, its folder and its table.

    Raises:
        AuthorityError, HubStoreError: from every method.
    """

    def __init__(self, folder: Path, site: str, store: Store, clock: Clock, *, unit_days: int = 180) -> None:
        self._files = AuthorityFiles(folder)
        self._site, self._store, self._clock, self._unit_days = site, store, clock, unit_days

    @property
    def folder(self) -> Path:
        return self._files.folder

    @property
    def ca_file(self) -> Path:
        return self._files.path("ca.pem")

    @property
    def crl_file(self) -> Path:
        return self._files.path("crl.pem")

    def prepare(self) -> None:
        """Make the CA, where there is none, and its list of revoked certificates."""
        with self._files.lock():
            if not self._files.exists("ca.pem"):
                if any((self.folder / "units").iterdir()):
                    raise AuthorityError(f"{self.ca_file} is missing.", hint="Restore the folder from a backup.")
                key = new_key()
                self._files.write("ca.key", key_pem(key))
                self._files.write("ca.pem", pem(certificates.ca_certificate(key, self._site, self._now())))
            if not self._files.exists("crl.pem"):
                self._write_crl([])

    def broker_files(self, hosts: Iterable[str]) -> tuple[Path, Path]:
        """Certificate and key of the broker under `hosts`, made anew when they do not fit or end soon."""
        return self._server("broker", tuple(hosts), SERVER_DAYS)

    def web_files(self, hosts: Iterable[str]) -> tuple[Path, Path]:
        """Certificate and key of the pages; browsers want short-lived ones, so ask every day."""
        return self._server("web", tuple(hosts), WEB_DAYS)

    def client_files(self, name: str = HUB_NAME) -> tuple[Path, Path]:
        """Certificate and key of the hub, or of Home Assistant, at the broker."""
        if name not in (HUB_NAME, HOME_ASSISTANT_NAME):
            raise AuthorityError(f"{name!r} is a unit: enrol it.")
        with self._files.lock():
            if not self._lasts(f"{name}.pem", ()):
                key = new_key()
                ca, ca_key = self._ca()
                made = certificates.client_certificate(ca, ca_key, key.public_key(), name, HUB_DAYS, self._now())
                self._pair(name, made, key)
        return self._files.path(f"{name}.pem"), self._files.path(f"{name}.key")

    def enrol(
        self,
        unit: str,
        csr_pem: bytes | None = None,
        *,
        role: str = "",
        name: str = "",
        site: str = "",
        floor: str = "",
    ) -> Enrolment:
        """Give `unit` a certificate: for the request that was made on it, or with a key made here. A unit that was
        revoked is enrolled again; its old certificates stay revoked.

        Raises:
            AuthorityError: an id that cannot be.
            CertificateError: a request that is not signed.
        """
        _check_id(unit)
        key = None if csr_pem is not None else new_key()
        with self._files.lock():
            made = self._issue(unit, csr_pem, key)
            told = {"role": role, "name": name, "site": site, "floor": floor}
            self._note_enrolled(unit, made, {field: text for field, text in told.items() if text})
        ca_pem = self._files.read("ca.pem")
        return Enrolment(unit, pem(made), ca_pem, key_pem(key) if key else None, made.not_valid_after_utc)

    def revoke(self, unit: str) -> int:
        """Revoke every certificate of `unit` that has not ended; returns how many. The broker reads the list when it is
        told to (`systemctl reload mosquitto`).

        Raises:
            AuthorityError: nothing was ever issued to it.
        """
        _check_id(unit)
        with self._files.lock():
            issued = self._files.issued(unit)
            if not issued:
                raise AuthorityError(f"{unit} was never enrolled.", hint="See mydesk-hub units.")
            revoked = self._files.revoked()
            there = {entry.serial_number for entry in revoked}
            serials = [int(one.serial, 16) for one in issued if one.expires_ms > self._now_ms()]
            fresh = [certificates.revoked_entry(serial, self._now()) for serial in serials if serial not in there]
            self._write_crl([*revoked, *fresh])
            with self._store.begin() as connection:
                mine = update(UNITS).where(UNITS.c.unit == unit)
                connection.execute(mine.values(revoked_ms=self._now_ms()))
        return len(fresh)

    def renew(self, unit: str, request: CertificateRequest) -> Certificate:
        """The answer to a request that came over the unit's own connection. The same request gets the same answer.

        Raises:
            AuthorityError: not enrolled, revoked, or too many in a day.
            CertificateError: a request that is not signed.
        """
        csr = request.csr.encode()
        digest = hashlib.sha256(csr).hexdigest()
        with self._files.lock():
            self._check_enrolled(unit)
            issued = self._files.issued(unit)
            known = [one for one in issued if one.csr_sha256 == digest and one.expires_ms > self._now_ms()]
            if known:
                return Certificate(pem=known[-1].pem, csr_sha256=digest)
            if sum(one.issued_ms > self._now_ms() - _DAY_MS for one in issued) >= MOST_A_DAY:
                raise AuthorityError(f"{unit} asks for too many certificates.", hint="Look at its clock and its disk.")
            made = self._issue(unit, csr, None)
            self._note_enrolled(unit, made, {})
        _log.info("authority: %s has a new certificate until %s", unit, made.not_valid_after_utc.date())
        return Certificate(pem=pem(made).decode(), csr_sha256=digest)

    def _issue(self, unit: str, csr: bytes | None, key: certificates.Key | None) -> x509.Certificate:
        own = key.public_key() if key is not None else None
        public = own or certificates.read_request(csr or b"", unit).public_key()
        valid = [one for one in self._files.issued(unit) if one.expires_ms > self._now_ms()]
        if len(valid) >= MOST_ISSUED:
            raise AuthorityError(f"{unit} has {len(valid)} certificates.", hint=f"Run: mydesk-hub revoke {unit}")
        ca, ca_key = self._ca()
        made = certificates.client_certificate(ca, ca_key, public, unit, self._unit_days, self._now())
        expires_ms = int(made.not_valid_after_utc.timestamp() * 1000)
        digest = hashlib.sha256(csr).hexdigest() if csr is not None else ""
        fresh = Issued(f"{made.serial_number:x}", self._now_ms(), expires_ms, digest, pem(made).decode())
        self._files.note_issued(unit, [*valid, fresh])
        return made

    def _note_enrolled(self, unit: str, made: x509.Certificate, told: dict[str, str]) -> None:
        values: dict[str, object] = {
            "cert_serial": f"{made.serial_number:x}",
            "cert_expires_ms": int(made.not_valid_after_utc.timestamp() * 1000),
            "revoked_ms": None,
            **told,
        }
        with self._store.begin() as connection:
            new = upsert(connection, UNITS).values(unit=unit).on_conflict_do_nothing()
            connection.execute(new)
            mine = update(UNITS).where(UNITS.c.unit == unit)
            connection.execute(mine.where(UNITS.c.enrolled_ms.is_(None)).values(enrolled_ms=self._now_ms()))
            connection.execute(mine.values(values))

    def _check_enrolled(self, unit: str) -> None:
        query = select(UNITS.c.enrolled_ms, UNITS.c.revoked_ms).where(UNITS.c.unit == unit)
        with self._store.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or row.enrolled_ms is None:
            raise AuthorityError(f"{unit} is not enrolled here.", hint=f"Run: mydesk-hub enrol {unit}")
        if row.revoked_ms is not None:
            raise AuthorityError(f"{unit} is revoked.", hint=f"To have it back: mydesk-hub enrol {unit}")

    def _server(self, name: str, hosts: tuple[str, ...], days: int) -> tuple[Path, Path]:
        with self._files.lock():
            if not self._lasts(f"{name}.pem", hosts):
                key = new_key()
                ca, ca_key = self._ca()
                self._pair(name, certificates.server_certificate(ca, ca_key, key, hosts, days, self._now()), key)
        return self._files.path(f"{name}.pem"), self._files.path(f"{name}.key")

    def _pair(self, name: str, made: x509.Certificate, key: certificates.Key) -> None:
        """The key first: a certificate that is there has its key."""
        self._files.write(f"{name}.key", key_pem(key))
        self._files.write(f"{name}.pem", pem(made))

    def _lasts(self, name: str, hosts: tuple[str, ...]) -> bool:
        if not self._files.exists(name):
            return False
        there = self._files.certificate(name)
        return there.not_valid_after_utc - self._now() > RENEW_BEFORE and _hosts(there) == set(hosts)

    def _ca(self) -> tuple[x509.Certificate, certificates.Key]:
        return self._files.certificate("ca.pem"), self._files.key("ca.key")

    def _write_crl(self, revoked: Iterable[x509.RevokedCertificate]) -> None:
        ca, ca_key = self._ca()
        self._files.write("crl.pem", pem(certificates.revocation_list(ca, ca_key, revoked, self._now())))

    def _now(self) -> datetime:
        return max(self._clock.now(), BEGINNING + timedelta(days=2))

    def _now_ms(self) -> int:
        return int(self._now().timestamp() * 1000)


def _hosts(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return {*names.get_values_for_type(x509.DNSName), *addresses}


def _check_id(unit: str) -> None:
    if not UNIT_ID.fullmatch(unit):
        raise AuthorityError(f"{unit[:40]!r} is no unit id.", hint="Take 1 to 32 of a-z, 0-9 and -.")
    if unit in RESERVED:
        raise AuthorityError(f"{unit!r} is the name of something else at the broker.", hint="Take another id.")


__all__ = ["HOME_ASSISTANT_NAME", "HUB_NAME", "Authority", "AuthorityError", "CertificateError", "Enrolment"]
