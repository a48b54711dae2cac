"""Checks an app's client assertion: a JWT signed with the key of a certificate that is registered for it.

Source: Entra "certificate credentials"; what msal sends was measured in reference/graph.md 4.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime
from typing import Any

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulator.login.aadsts import SignInError

SKEW_S = 300.0


def verify(assertion: str, client_id: str, audiences: set[str], certificates: list[str], now: datetime) -> None:
    """Check signature, registration, audience, issuer and time. `certificates` are PEM texts.

    Raises:
        SignInError: 700027 (certificate, signature, names) or 700024 (time).
    """
    header, claims, signed, signature = _split(assertion)
    certificate = _registered(header, certificates)
    _check_signature(header.get("alg"), certificate, signed, signature)
    if claims.get("aud") not in audiences:
        raise SignInError(700027, "Client assertion audience claim does not match the token endpoint.")
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise SignInError(700027, "Client assertion issuer and subject must be the client id.")
    _check_time(claims, certificate, now)


def _split(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    parts = assertion.split(".")
    if len(parts) != 3:
        raise SignInError(700027, "Client assertion is not a signed JWT.")
    try:
        header, claims = (msgspec.json.decode(_unbase64(part), type=dict[str, Any]) for part in parts[:2])
        return header, claims, f"{parts[0]}.{parts[1]}".encode(), _unbase64(parts[2])
    except (msgspec.DecodeError, binascii.Error, ValueError):
        raise SignInError(700027, "Client assertion cannot be read.") from None


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _registered(header: dict[str, Any], certificates: list[str]) -> x509.Certificate:
    wanted_sha256 = str(header.get("x5t#S256", "")).rstrip("=")
    wanted_sha1 = str(header.get("x5t", "")).rstrip("=")
    for pem in certificates:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        der = certificate.public_bytes(serialization.Encoding.DER)
        sha1 = hashlib.sha1(der, usedforsecurity=False).digest()
        if wanted_sha256 == _thumbprint(hashlib.sha256(der).digest()) or wanted_sha1 == _thumbprint(sha1):
            _check_chain(header, der)
            return certificate
    shown = wanted_sha256 or wanted_sha1 or "none"
    raise SignInError(700027, f"The certificate with identifier '{shown}' is not registered on the application.")


def _thumbprint(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _check_chain(header: dict[str, Any], der: bytes) -> None:
    chain = header.get("x5c")
    if chain is None:
        return
    first = chain[0] if isinstance(chain, list) and chain else chain
    try:
        sent = base64.b64decode(str(first))
    except (binascii.Error, ValueError):
        sent = b""
    if sent != der:
        raise SignInError(700027, "The x5c of the client assertion is not the certificate of its thumbprint.")


def _check_signature(algorithm: Any, certificate: x509.Certificate, signed: bytes, signature: bytes) -> None:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise SignInError(700027, "Only RSA certificates are accepted.")
    try:
        if algorithm == "PS256":
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            key.verify(signature, signed, pss, hashes.SHA256())
        elif algorithm == "RS256":
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            raise SignInError(700027, f"The algorithm {algorithm!r} is not accepted; use PS256 or RS256.")
    except InvalidSignature:
        raise SignInError(700027, "Client assertion failed signature validation.") from None


def _check_time(claims: dict[str, Any], certificate: x509.Certificate, now: datetime) -> None:
    stamp = now.timestamp()
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(starts, int | float):
        raise SignInError(700024, "Client assertion has no valid exp claim.")
    if stamp > expires + SKEW_S or stamp < starts - SKEW_S:
        raise SignInError(700024)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise SignInError(700027, "The certificate used to sign the client assertion has expired.")
