"""What a unit believes of certificates: when its own is due, and whether a new one is good. Pure.

Dates are UTC. A clock that is not synchronised may be wrong by years (a Pi has no battery): then only the order of
dates is checked, not the dates against now.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from common.errors import MyDeskError

SKEW = timedelta(minutes=10)
"""The hub's clock may be that much ahead of ours."""


class CertificateError(MyDeskError):
    """Error raised when a certificate is not for this unit, or no certificate."""


def read(pem: bytes) -> x509.Certificate:
    """The first certificate of `pem`. Raises CertificateError."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise CertificateError("that is no certificate in PEM.") from error


def is_due(certificate: x509.Certificate, now: datetime, renew_before: timedelta) -> bool:
    """Whether a new one should be asked for: `renew_before` the end, but never before two thirds of its life."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    at_two_thirds = begins + (ends - begins) * 2 / 3
    return now >= max(ends - renew_before, at_two_thirds)


def common_name(certificate: x509.Certificate) -> str:
    """Whose it is."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def check(
    certificate: x509.Certificate,
    *,
    authorities: list[x509.Certificate],
    public_key: CertificatePublicKeyTypes,
    unit: str,
    now: datetime | None,
    old: x509.Certificate | None,
) -> None:
    """Whether `certificate` is one for our key, of our site, for `unit`, and newer than `old`.

    `now` is None while the clock cannot be believed.

    Raises:
        CertificateError: says which of those it is not.
    """
    if _bytes(certificate.public_key()) != _bytes(public_key):
        raise CertificateError("the new certificate is not for the key that we asked it for.")
    if common_name(certificate) != unit:
        raise CertificateError(f"the new certificate is for {common_name(certificate)!r}, this unit is {unit!r}.")
    if not any(_issued(authority, certificate) for authority in authorities):
        raise CertificateError("the new certificate is not of this site's CA.")
    _check_dates(certificate, now, old)


def _check_dates(certificate: x509.Certificate, now: datetime | None, old: x509.Certificate | None) -> None:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now is not None and not begins - SKEW <= now < ends:
        raise CertificateError(f"the new certificate is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}, not today.")
    if old is not None and ends <= old.not_valid_after_utc:
        raise CertificateError("the new certificate ends no later than the one we have.")


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _bytes(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
