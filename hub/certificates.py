"""The certificates of a site: what is in them, and which requests are signed. No files; the time is passed in.

Everything that a unit checks (CA, broker, pages) begins in 2020: a Pi that has just got power may believe it is years
ago, and "not yet valid" would keep it from ever learning the time (reference/fleet.md 3.7).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from common.errors import MyDeskError

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
CA_DAYS = 20 * 365
SERVER_DAYS = 10 * 365
WEB_DAYS = 397
"""Browsers take no longer ones."""

LARGEST_PEM_BYTES = 16 << 10
RSA_BITS = (2048, 8192)

Key = ec.EllipticCurvePrivateKey


class CertificateError(MyDeskError):
    """Error raised when a request for a certificate is not one that this site signs."""


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def ca_certificate(key: Key, site: str, now: datetime) -> x509.Certificate:
    """The site CA's own: signs certificates and lists of revoked ones, and no other CAs."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"MyDesk site CA {site}"[:64])])
    usage = _usage(key_cert_sign=True, crl_sign=True)
    builder = _builder(name, name, key.public_key(), BEGINNING, now + timedelta(days=CA_DAYS))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True)
    return builder.sign(key, hashes.SHA256())


def client_certificate(
    ca: x509.Certificate,
    ca_key: Key,
    public: CertificatePublicKeyTypes,
    common_name: str,
    days: int,
    now: datetime,
) -> x509.Certificate:
    """For a unit or the hub: the broker knows who it is by `common_name`."""
    begin = now - timedelta(days=1)  # the broker checks it, whose clock is right, or nearly so
    return _leaf(ca, ca_key, public, common_name, (), begin, _end(ca, now, days), ExtendedKeyUsageOID.CLIENT_AUTH)


def server_certificate(
    ca: x509.Certificate, ca_key: Key, key: Key, hosts: Iterable[str], days: int, now: datetime
) -> x509.Certificate:
    """For the broker or the pages, under all of `hosts` (names and addresses), the first of which is its own name."""
    names = tuple(dict.fromkeys(hosts))
    begin = BEGINNING if days > WEB_DAYS else now - timedelta(days=1)
    end = _end(ca, now, days)
    return _leaf(ca, ca_key, key.public_key(), names[0], names, begin, end, ExtendedKeyUsageOID.SERVER_AUTH)


def revocation_list(
    ca: x509.Certificate, ca_key: Key, revoked: Iterable[x509.RevokedCertificate], now: datetime
) -> x509.CertificateRevocationList:
    """Good until the CA ends: a broker with a list that has run out would refuse everybody."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(ca.subject)
    builder = builder.last_update(now - timedelta(days=1)).next_update(ca.not_valid_after_utc)
    for entry in revoked:
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(ca_key, hashes.SHA256())


def revoked_entry(serial: int, now: datetime) -> x509.RevokedCertificate:
    return x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()


def read_request(pem: bytes, common_name: str) -> x509.CertificateSigningRequest:
    """The request, if it is one that we sign for `common_name`: made with its own key, which is good enough.

    Raises:
        CertificateError: it is not; says why.
    """
    if len(pem) > LARGEST_PEM_BYTES:
        raise CertificateError("That is too long for a certificate request.")
    try:
        request = x509.load_pem_x509_csr(pem)
        names = [str(name.value) for name in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        signed, public = request.is_signature_valid, request.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateError("That is no certificate request (PEM) we can read.", hint=str(error)[:200]) from error
    if not signed:
        raise CertificateError("The request is not signed with its own key.")
    if names != [common_name]:
        raise CertificateError(f"The request is for {', '.join(names)[:80] or 'nobody'}, not for {common_name}.")
    if not _good_key(public):
        raise CertificateError("The key is too weak or of a kind we do not take.", hint="Take P-256.")
    return request


def _good_key(public: object) -> bool:
    match public:
        case ec.EllipticCurvePublicKey():
            return isinstance(public.curve, ec.SECP256R1)
        case ed25519.Ed25519PublicKey():
            return True
        case rsa.RSAPublicKey():
            return RSA_BITS[0] <= public.key_size <= RSA_BITS[1]
    return False


def pem(what: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return what.public_bytes(serialization.Encoding.PEM)


def key_pem(key: Key) -> bytes:
    """PKCS #8, not encrypted: it lies in a file that is 0600."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _end(ca: x509.Certificate, now: datetime, days: int) -> datetime:
    return min(now + timedelta(days=days), ca.not_valid_after_utc)


def _leaf(
    ca: x509.Certificate,
    ca_key: Key,
    public: CertificatePublicKeyTypes,
    common_name: str,
    hosts: tuple[str, ...],
    begin: datetime,
    end: datetime,
    purpose: x509.ObjectIdentifier,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
    builder = _builder(ca.subject, subject, public, begin, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    identifier = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    builder = builder.add_extension(issuer, critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return builder.sign(ca_key, hashes.SHA256())


def _builder(
    issuer: x509.Name, subject: x509.Name, public: CertificatePublicKeyTypes, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).public_key(public)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
