"""A sign-in service below httpx, for the real msal: it answers what it is told, and keeps what it was asked."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from common.clock import ManualClock
from graph.auth import Authenticator
from graph.config import GraphConfig
from graph.features import Feature, scopes_for
from graph.msal_engine import MsalEngine
from graph.msal_http import MsalHttp
from graph.token_store import TokenStore
from tests.graph.wire_doubles import clock

TENANT = "9f2c6f0a-0c5b-4f0e-9a37-1d3b6c1f5a10"
CLIENT = "4b1f4e6e-52f5-4c0c-8a1c-6a1a36d9a0b2"
ACCOUNT = "mydesk@contoso.example"
AUTHORITY = f"https://login.microsoftonline.com/{TENANT}"
DEVICE_CODE = {
    "user_code": "ABCD-EFGH",
    "device_code": "device-code-secret",
    "verification_uri": "https://microsoft.com/devicelogin",
    "expires_in": 900,
    "interval": 5,
    "message": "To sign in, use a web browser.",
}

Reaction = httpx.Response | Exception


def encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def error(name: str, number: int = 0, **more: Any) -> httpx.Response:
    body = {
        "error": name,
        "error_description": f"AADSTS{number}: about {ACCOUNT}",
        "error_codes": [number] if number else [],
        "correlation_id": "c-1",
    }
    return httpx.Response(400, json={**body, **more})


class Login:
    """`token` and `device` hold what comes next, the last for ever; an empty list is success."""

    def __init__(self, username: str = ACCOUNT) -> None:
        self.username = username
        self.token: list[Reaction] = []
        self.device: list[Reaction] = []
        self.discovery: list[Reaction] = []
        self.expires_in = 3600
        self.extra: dict[str, Any] = {}
        self.nonce = ""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._serial = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.rpartition("/")[2]
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        self.asked.append((path, form))
        if path == "openid-configuration":
            return self._next(self.discovery) or httpx.Response(200, json=self._configuration())
        if path == "devicecode":
            return self._next(self.device) or httpx.Response(200, json=DEVICE_CODE)
        if path == "token":
            return self._next(self.token) or httpx.Response(200, json=self._grant(form))
        raise AssertionError(f"nobody asks for {request.url}")

    def refreshes(self) -> int:
        return sum(form.get("grant_type") == "refresh_token" for _, form in self.asked)

    def _next(self, queue: list[Reaction]) -> httpx.Response | None:
        if not queue:
            return None
        reaction = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(reaction, Exception):
            raise reaction
        return httpx.Response(reaction.status_code, headers=reaction.headers, content=reaction.content)

    def _configuration(self) -> dict[str, str]:
        return {
            "issuer": f"{AUTHORITY}/v2.0",
            "authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/authorize",
            "token_endpoint": f"{AUTHORITY}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/devicecode",
        }

    def _grant(self, form: dict[str, str]) -> dict[str, Any]:
        self._serial += 1
        answer: dict[str, Any] = {
            "token_type": "Bearer",
            "access_token": f"at-secret-{self._serial}",
            "expires_in": self.expires_in,
            **self.extra,
        }
        if form["grant_type"] != "client_credentials":
            oid = f"oid-{self.username}"
            claims: dict[str, Any] = {
                "aud": CLIENT,
                "oid": oid,
                "sub": oid,
                "preferred_username": self.username,
                "tid": TENANT,
            }
            claims.update({"iss": AUTHORITY, "exp": 4_000_000_000, "iat": 1, "nonce": self.nonce})
            answer["scope"] = "Calendars.ReadWrite.Shared Place.Read.All openid profile"
            answer["refresh_token"] = f"rt-secret-{self._serial}"
            answer["client_info"] = encoded({"uid": oid, "utid": TENANT})
            answer["id_token"] = f"{encoded({'alg': 'none'})}.{encoded(claims)}."
        return answer


def config(folder: Path, **changes: Any) -> GraphConfig:
    settings: dict[str, Any] = {
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "account": ACCOUNT,
        "sign_in": "device-code",
        "token_cache_file": str(folder / "tokens"),
        "token_key_file": str(folder / "tokens.key"),
    }
    return GraphConfig(**{**settings, **changes})


def authenticator(login: Login, settings: GraphConfig, time: ManualClock | None = None) -> Authenticator:
    """Return the real thing with the real msal, over `login`."""
    store = TokenStore(Path(settings.token_cache_file), Path(settings.token_key_file), owner="t/c")

    def make_http() -> MsalHttp:
        return MsalHttp(httpx.Client(transport=httpx.MockTransport(login)), total_timeout_s=5)

    scopes = scopes_for({Feature.BOOKING, Feature.PLACES}, settings.shape)
    return Authenticator(MsalEngine(settings, scopes, store, make_http), time or clock())


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
