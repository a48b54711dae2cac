"""An app proves itself with a certificate: msal's PS256 and RS256 assertions, and what must not pass."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.simulator.conftest import HUB_APP, ROOM, Lab
from tests.simulator.msal_http import Transport

GRAPH = ["https://graph.microsoft.com/.default"]


def make_certificate(days: int = 30) -> tuple[str, str, str]:
    """Private key and certificate in PEM, and the SHA-1 thumbprint."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=60))
    certificate = builder.not_valid_after(now + timedelta(days=days)).sign(key, hashes.SHA256())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return pem.decode(), public, certificate.fingerprint(hashes.SHA1()).hex()


@pytest.fixture(scope="module")
def certificate() -> tuple[str, str, str]:
    return make_certificate()


@pytest.fixture
def hub(lab: Lab, certificate: tuple[str, str, str]) -> Lab:
    """The lab with the certificate registered, and the machine's time: msal stamps its assertions with that."""
    lab.sim.control("POST", f"/_sim/apps/{HUB_APP}/certificates", {"pem": certificate[1], "replace": True})
    lab.sim.control("POST", "/_sim/clock", {"set": datetime.now(UTC).isoformat()})
    return lab


def confidential(lab: Lab, credential: dict[str, Any]) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        HUB_APP,
        authority=lab.authority,
        client_credential=credential,
        instance_discovery=False,
        http_client=Transport(lab.http),
    )


def test_ps256_with_x5c(hub: Lab, certificate: tuple[str, str, str]) -> None:
    client = confidential(hub, {"private_key": certificate[0], "public_certificate": certificate[1]})
    token = client.acquire_token_for_client(GRAPH)["access_token"]
    assert hub.graph("GET", "/places/microsoft.graph.room", token=token).status_code == 200
    assert hub.view(token=token).status_code == 200, "granted in Exchange, not in Entra"
    assert "roles" in jwt.decode(token, options={"verify_signature": False})
    outside = hub.graph("GET", "/users/louise.holm@nordhavn.example/events", token=token)
    assert (outside.status_code, outside.json()["error"]["code"]) == (403, "ErrorAccessDenied")
    assert hub.graph("GET", "/me", token=token).status_code == 400


def test_rs256_with_thumbprint(hub: Lab, certificate: tuple[str, str, str]) -> None:
    client = confidential(hub, {"private_key": certificate[0], "thumbprint": certificate[2]})
    assert "access_token" in client.acquire_token_for_client(GRAPH)


def test_unregistered_certificate(hub: Lab) -> None:
    private, public, _ = make_certificate()
    answer = confidential(hub, {"private_key": private, "public_certificate": public}).acquire_token_for_client(GRAPH)
    assert (answer["error"], answer["error_codes"]) == ("invalid_client", [700027])


def test_assertion_of_another_time(hub: Lab, certificate: tuple[str, str, str]) -> None:
    hub.sim.control("POST", "/_sim/clock", {"step_s": 3600})
    client = confidential(hub, {"private_key": certificate[0], "public_certificate": certificate[1]})
    assert client.acquire_token_for_client(GRAPH)["error_codes"] == [700024]


def test_expired_certificate(hub: Lab) -> None:
    private, public, thumbprint = make_certificate(days=-1)
    hub.sim.control("POST", f"/_sim/apps/{HUB_APP}/certificates", {"pem": public})
    answer = confidential(hub, {"private_key": private, "thumbprint": thumbprint}).acquire_token_for_client(GRAPH)
    assert answer["error_codes"] == [700027]


@pytest.mark.parametrize(
    "change", [{"aud": "https://elsewhere.example/token"}, {"iss": "somebody"}, {"sub": "somebody"}, {"exp": None}]
)
def test_claims_are_checked(hub: Lab, certificate: tuple[str, str, str], change: dict[str, Any]) -> None:
    endpoint = f"{hub.authority}/oauth2/v2.0/token"
    claims = {"aud": endpoint, "iss": HUB_APP, "sub": HUB_APP, "exp": int(time.time()) + 600} | change
    claims = {name: value for name, value in claims.items() if value is not None}
    fingerprint = x509.load_pem_x509_certificate(certificate[1].encode()).fingerprint(hashes.SHA256())
    header = {"x5t#S256": jwt.utils.base64url_encode(fingerprint).decode()}
    assertion = jwt.encode(claims, certificate[0], algorithm="PS256", headers=header)
    form = {
        "grant_type": "client_credentials",
        "client_id": HUB_APP,
        "scope": GRAPH[0],
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    assert hub.http.post(endpoint, data=form).json()["error_codes"] in ([700027], [700024])


@pytest.mark.parametrize("assertion", ["", "a.b", "a.b.c", "e30.e30.e30", "e30.W10.e30"])
def test_garbage_is_refused_and_not_a_crash(hub: Lab, assertion: str) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": HUB_APP,
        "scope": GRAPH[0],
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    answer = hub.http.post(f"{hub.authority}/oauth2/v2.0/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_no_credential_at_all(hub: Lab) -> None:
    form = {"grant_type": "client_credentials", "client_id": HUB_APP, "scope": GRAPH[0]}
    answer = hub.http.post(f"{hub.authority}/oauth2/v2.0/token", data=form)
    assert answer.json()["error_codes"] == [7000218]


def test_room_of_another_app_is_not_reached(hub: Lab, certificate: tuple[str, str, str]) -> None:
    token = hub.token("", HUB_APP)
    made = hub.graph("GET", f"/users/{ROOM}/presence", token=token)
    assert made.status_code == 200
    assert hub.graph("POST", f"/users/{ROOM}/sendMail", token=token, json={}).status_code == 403
