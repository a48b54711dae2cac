"""Reads the app-only certificate and its key, and checks them before msal does, with errors that say what to do.

Form `{private_key, public_certificate}`: msal >= 1.35 signs PS256 with x5t#S256 and sends x5c (reference/graph.md 4).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from graph.errors import SignInNeeded


def credential_of(certificate_file: str, private_key_file: str) -> dict[str, str]:
    """Return msal's client_credential. Raises SignInNeeded(outcome="certificate-file")."""
    certificate_pem = _read(certificate_file, "certificate_file")
    key_pem = _read(private_key_file, "private_key_file")
    certificate = _certificate(certificate_pem)
    key = _key(key_pem)
    if certificate.public_key() != key.public_key():
        raise _unusable("The certificate and the private key do not belong together.")
    return {"private_key": key_pem, "public_certificate": certificate_pem}


def expires_at(certificate_file: str) -> datetime:
    """Return when the certificate stops being valid (aware UTC). Raises SignInNeeded."""
    return _certificate(_read(certificate_file, "certificate_file")).not_valid_after_utc


def _read(name: str, key: str) -> str:
    try:
        return Path(name).read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(f"{key} cannot be read ({type(error).__name__}).") from error


def _certificate(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise _unusable("certificate_file holds no PEM certificate.") from error


def _key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable("private_key_file holds no unencrypted PEM key.") from error
    if not isinstance(key, RSAPrivateKey):
        raise _unusable("The private key is not RSA, and Entra takes no other here.")
    return key


def _unusable(message: str) -> SignInNeeded:
    return SignInNeeded(
        message,
        outcome="certificate-file",
        hint="Set certificate_file and private_key_file in [graph] to a PEM certificate and its RSA key.",
    )
