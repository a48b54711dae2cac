"""A site CA and what it issues, as files: for the broker, the hub and each unit.

>>> ca = SiteCa(tmp_path)                       # doctest: +SKIP
>>> unit = ca.issue("room-ada")                 # doctest: +SKIP
>>> ca.ca_file, unit.cert_file, unit.key_file   # doctest: +SKIP
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

PAST = datetime.now(UTC) - timedelta(days=1)
"""As `not_after`: an expired certificate."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate whose common name is `name`, and its key, both PEM files."""

    name: str
    cert_file: Path
    key_file: Path

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.cert_file.read_bytes())


class SiteCa:
    """A certificate authority that keeps its files in `folder` (made if missing)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        self.crl_file = folder / "revoked.pem"
        self._ca = trustme.CA()
        self._ca.cert_pem.write_to_path(str(self.ca_file))
        self._revoked: list[Identity] = []
        self._write_crl()

    def issue(
        self,
        name: str,
        *,
        hosts: tuple[str, ...] = (),
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        label: str = "",
    ) -> Identity:
        """A certificate for `name`; another for the same name gets another `label`, else it replaces the files."""
        expired = not_after is not None and not_after < datetime.now(UTC)
        begins = not_before or (not_after - timedelta(days=1) if not_after is not None and expired else None)
        leaf = self._ca.issue_cert(*hosts, common_name=name, not_before=begins, not_after=not_after)
        stem = self.folder / f"{name}{label and '-'}{label}"
        made = Identity(name, stem.with_suffix(".pem"), stem.with_suffix(".key"))
        made.cert_file.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        made.key_file.write_bytes(leaf.private_key_pem.bytes())
        return made

    def broker(self, *hosts: str) -> Identity:
        """The broker's own, for `hosts` (this machine where none is given)."""
        return self.issue("broker", hosts=hosts or ("localhost", "127.0.0.1"))

    def revoke(self, identity: Identity) -> None:
        """Put it on the list in `crl_file`; a broker reads that when it starts."""
        self._revoked.append(identity)
        self._write_crl()

    def client_context(self, identity: Identity) -> ssl.SSLContext:
        """How `identity` speaks to a broker of this site."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        context.load_cert_chain(identity.cert_file, identity.key_file)
        return context

    def _write_crl(self) -> None:
        now = datetime.now(UTC)
        issuer = x509.load_pem_x509_certificate(self._ca.cert_pem.bytes()).subject
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer)
        builder = builder.last_update(now - timedelta(days=1)).next_update(now + timedelta(days=30))
        for identity in self._revoked:
            serial = identity.certificate.serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
            builder = builder.add_revoked_certificate(entry)
        key = serialization.load_pem_private_key(self._ca.private_key_pem.bytes(), password=None)
        assert isinstance(key, EllipticCurvePrivateKey)
        signed = builder.sign(key, hashes.SHA256())
        self.crl_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
