"""Whether the certificate that lies on a unit is the one it needs. Pure, but for the clock that is passed in."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import NameOID

from provisioning.converge_wire import CertificateFacts, CertificateWish

__all__ = ["certificate_fault", "fingerprint"]


def certificate_fault(unit: str, wish: CertificateWish, found: CertificateFacts, now: datetime | None = None) -> str:
    """Why `unit` needs another certificate; empty when it has the right one, which it renews by itself."""
    ca = _read(found.ca)
    if ca is None:
        return "it has no CA of its hub"
    if fingerprint(ca) != wish.ca_fingerprint:
        return "its CA is not that of its hub"
    own = _read(found.certificate)
    if own is None:
        return "it has no certificate"
    return _own_fault(unit, own, ca, found, now or datetime.now(UTC))


def _own_fault(unit: str, own: x509.Certificate, ca: x509.Certificate, found: CertificateFacts, now: datetime) -> str:
    if [name.value for name in own.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] != [unit]:
        return "its certificate is for another unit"
    try:
        own.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return "its certificate is of another CA"
    if own.not_valid_after_utc <= now:
        return f"its certificate ended on {own.not_valid_after_utc.date()}"
    if _public(found.public_key) != _spki(own.public_key()):
        return "its key is not that of its certificate"
    return ""


def fingerprint(certificate: x509.Certificate) -> str:
    """As the inventory writes it: sha256:..."""
    return "sha256:" + certificate.fingerprint(hashes.SHA256()).hex()


def _read(pem: str) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(pem.encode("ascii", "replace"))
    except ValueError:
        return None


def _public(pem: str) -> bytes | None:
    try:
        return _spki(serialization.load_pem_public_key(pem.encode("ascii", "replace")))
    except (ValueError, TypeError):
        return None


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
