"""App-only: the assertion is checked here by hand, as Entra would; bad files are told before anything is sent."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA256

from graph.certificate import expires_at
from graph.errors import SignInNeeded
from tests.graph import certificates
from tests.graph.login_double import CLIENT, Login, authenticator, config, error
from tests.graph.wire_doubles import clock

KEY = certificates.rsa_key()
OTHER = certificates.rsa_key()
EC = ec.generate_private_key(ec.SECP256R1())
CERT = certificates.certificate_pem(KEY)


def part(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def tokens_of(login: Login, folder: Path, *how: dict[str, Any], **changes: Any) -> list[str]:
    auth = authenticator(login, config(folder, **changes), clock())
    try:
        return [await auth.token(**one) for one in how]
    finally:
        await auth.close()


def test_the_assertion_is_one_that_entra_takes(tmp_path: Path) -> None:
    login = Login()
    settings = certificates.write(tmp_path, CERT, certificates.key_pem(KEY))
    assert asyncio.run(tokens_of(login, tmp_path, {}, {}, **settings)) == ["at-secret-1"] * 2
    [(_, form)] = [asked for asked in login.asked if asked[0] == "token"]
    assert (form["grant_type"], form["scope"]) == ("client_credentials", "https://graph.microsoft.com/.default")

    signed, _, signature = form["client_assertion"].rpartition(".")
    header, claims = (json.loads(part(piece)) for piece in signed.split("."))
    certificate = x509.load_pem_x509_certificate(CERT)
    assert header["alg"] == "PS256"
    assert part(header["x5t#S256"].rstrip("=")) == certificate.fingerprint(SHA256())
    assert (claims["iss"], claims["sub"]) == (CLIENT, CLIENT)
    assert claims["aud"].endswith("/oauth2/v2.0/token")
    KEY.public_key().verify(
        part(signature), signed.encode(), padding.PSS(padding.MGF1(SHA256()), hashlib.sha256().digest_size), SHA256()
    )


def test_a_rejected_token_is_replaced(tmp_path: Path) -> None:
    settings = certificates.write(tmp_path, CERT, certificates.key_pem(KEY))
    again = {"force": True, "rejected": "at-secret-1"}
    assert asyncio.run(tokens_of(Login(), tmp_path, {}, again, **settings)) == ["at-secret-1", "at-secret-2"]


def test_an_outage_is_bridged_by_the_token_in_the_file(tmp_path: Path) -> None:
    login = Login()
    settings = certificates.write(tmp_path, CERT, certificates.key_pem(KEY))
    login.extra = {"refresh_in": 0}
    asyncio.run(tokens_of(login, tmp_path, {}, **settings))
    login.token = [httpx.ConnectError("refused")]
    assert asyncio.run(tokens_of(login, tmp_path, {}, **settings)) == ["at-secret-1"]


def test_a_certificate_that_is_not_registered(tmp_path: Path) -> None:
    login = Login()
    login.token = [error("invalid_client", 700027)]
    settings = certificates.write(tmp_path, CERT, certificates.key_pem(KEY))
    with pytest.raises(SignInNeeded) as caught:
        asyncio.run(tokens_of(login, tmp_path, {}, **settings))
    assert (caught.value.outcome, caught.value.code) == ("certificate", "700027")


@pytest.mark.parametrize(
    ("certificate", "key", "says"),
    [
        (CERT, certificates.key_pem(OTHER), "belong together"),
        (CERT, certificates.key_pem(KEY, b"pw"), "unencrypted"),
        (CERT, b"no key", "private_key_file"),
        (CERT, b"\xff\xfe", "private_key_file"),
        (b"no certificate", certificates.key_pem(KEY), "certificate_file"),
        (certificates.certificate_pem(EC), certificates.key_pem(EC), "RSA"),
    ],
)
def test_files_that_cannot_work(tmp_path: Path, certificate: bytes, key: bytes, says: str) -> None:
    login = Login()
    settings = certificates.write(tmp_path, certificate, key)
    with pytest.raises(SignInNeeded, match=says) as caught:
        asyncio.run(tokens_of(login, tmp_path, {}, **settings))
    assert caught.value.outcome == "certificate-file"
    assert login.asked == []


def test_files_that_are_not_there(tmp_path: Path) -> None:
    settings = certificates.write(tmp_path, CERT, b"")
    (tmp_path / "key.pem").unlink()
    with pytest.raises(SignInNeeded, match="private_key_file"):
        asyncio.run(tokens_of(Login(), tmp_path, {}, **settings))


def test_when_it_ends(tmp_path: Path) -> None:
    settings = certificates.write(tmp_path, CERT, b"")
    assert expires_at(settings["certificate_file"]) == datetime(2027, 12, 2, tzinfo=UTC)
