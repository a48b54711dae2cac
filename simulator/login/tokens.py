"""The token endpoint: what each grant type must prove, and what it gets."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from simulator.directory import Directory
from simulator.login.aadsts import SignInError
from simulator.login.accounts import Accounts
from simulator.login.assertion import verify
from simulator.login.codes import Codes
from simulator.login.grants import REFRESH_LIFE, Grant, Grants, RefreshToken, encode_part, unsigned_jwt
from simulator.office import AppRegistration, Behaviour

GRAPH = "https://graph.microsoft.com"
RESERVED = frozenset({"openid", "profile", "offline_access", "email"})
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
MOST_GROUPS = 200
"""More do not fit into a JWT."""

CAE_LIFE_S = (86_400, 100_800)

Form = Mapping[str, str]


def scopes_of(text: str) -> frozenset[str]:
    """The Graph scopes in a scope parameter, by their short names.

    Raises:
        SignInError: 70011, a scope is of another resource, or there are none.
    """
    asked = {scope.removeprefix(f"{GRAPH}/") for scope in text.split()} - RESERVED
    foreign = sorted(scope for scope in asked if "/" in scope)
    if foreign:
        raise SignInError(70011, f"The scope {foreign[0]} is not valid.")
    return frozenset(asked)


class TokenEndpoint:
    """Redeems codes, refresh tokens and client assertions."""

    def __init__(self, directory: Directory, accounts: Accounts, codes: Codes, behaviour: Behaviour) -> None:
        self.accounts = accounts
        self.codes = codes
        self.grants = Grants()
        self._directory = directory
        self._behaviour = behaviour
        self._random = Random(7)  # noqa: S311 - lifetimes only, and the same ones in every run
        self._tenant_id = directory.office.tenant_id

    def redeem(self, form: Form, base_url: str, now: datetime) -> dict[str, Any]:
        """Answer one POST to /token.

        Raises:
            SignInError: refused.
        """
        grants = {
            DEVICE_GRANT: self._device_code,
            "device_code": self._device_code,
            "authorization_code": self._authorization_code,
            "refresh_token": self._refresh_token,
            "client_credentials": self._client_credentials,
        }
        handler = grants.get(form.get("grant_type", ""))
        if handler is None:
            raise SignInError(70003)
        app = self.accounts.app(form.get("client_id", ""))
        self._authenticate(app, form, base_url, now)
        return handler(app, form, base_url, now)

    def _authenticate(self, app: AppRegistration, form: Form, base_url: str, now: datetime) -> None:
        assertion = form.get("client_assertion")
        if assertion is None and (app.public or form.get("client_secret") in app.secrets):
            return
        if assertion is None or form.get("client_assertion_type") != ASSERTION_TYPE:
            raise SignInError(7000215 if form.get("client_secret") else 7000218)
        names = (self._tenant_id, self._directory.office.domain, "common", "organizations")
        audiences = {f"{base_url}/{name}/oauth2/v2.0/token" for name in names}
        audiences |= {f"https://login.microsoftonline.com/{name}/oauth2/v2.0/token" for name in names}
        verify(assertion, app.client_id, audiences, self.accounts.certificates.get(app.client_id, []), now)

    def _device_code(self, app: AppRegistration, form: Form, base_url: str, now: datetime) -> dict[str, Any]:
        code = self.codes.device.get(form.get("device_code") or form.get("code") or "")
        if code is None or code.client_id != app.client_id:
            raise SignInError(70018)
        code.poll(now)
        self.accounts.check(code.account, app.client_id, "device_code", "device_code")
        answer = self._tokens(app, code.account, "device_code", code.scopes, form, base_url, now)
        code.redeemed = True
        return answer

    def _authorization_code(self, app: AppRegistration, form: Form, base_url: str, now: datetime) -> dict[str, Any]:
        code = self.codes.take_auth_code(form.get("code", ""))
        code.redeem(app.client_id, form.get("redirect_uri", ""), form.get("code_verifier", ""), now)
        self.accounts.check(code.account, app.client_id, "authorization_code", "authorization_code")
        return self._tokens(app, code.account, "authorization_code", code.scopes, form, base_url, now, nonce=code.nonce)

    def _refresh_token(self, app: AppRegistration, form: Form, base_url: str, now: datetime) -> dict[str, Any]:
        record = self.grants.refresh(form.get("refresh_token", ""))
        if record is None or record.client_id != app.client_id:
            raise SignInError(70008)
        revoked = self.accounts.revoked_at.get(record.account)
        if revoked is not None and record.issued <= revoked:
            raise SignInError(50173)
        if now > record.last_used + REFRESH_LIFE:
            raise SignInError(700082)
        self.accounts.check(record.account, app.client_id, record.method, "refresh_token")
        record.last_used = now
        return self._tokens(
            app,
            record.account,
            record.method,
            scopes_of(form.get("scope", "")),
            form,
            base_url,
            now,
            began=record.issued,
        )

    def _client_credentials(self, app: AppRegistration, form: Form, base_url: str, now: datetime) -> dict[str, Any]:
        if form.get("client_assertion") is None:
            raise SignInError(7000218)
        if form.get("scope") != f"{GRAPH}/.default":
            raise SignInError(70011, "Client credential flows must have a scope value with /.default.")
        self.accounts.check("", app.client_id, "client_credentials", "client_credentials")
        life_s = self._life_s(cae=False)
        grant = Grant(app.client_id, "", frozenset(), frozenset(app.application), now, now + timedelta(seconds=life_s))
        token = self.grants.give_access(grant, self._access_claims(grant, base_url))
        return {"token_type": "Bearer", "expires_in": life_s, "ext_expires_in": life_s, "access_token": token}

    def _tokens(
        self,
        app: AppRegistration,
        account: str,
        method: str,
        asked: frozenset[str],
        form: Form,
        base_url: str,
        now: datetime,
        *,
        nonce: str = "",
        began: datetime | None = None,
    ) -> dict[str, Any]:
        scopes = self.accounts.granted_scopes(app.client_id, set(asked))
        cae = asks_for_cae(form.get("claims"))
        life_s = self._life_s(cae=cae)
        grant = Grant(app.client_id, account, scopes, frozenset(), now, now + timedelta(seconds=life_s), cae)
        answer: dict[str, Any] = {
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes | {"openid", "profile"})),
            "expires_in": life_s,
            "ext_expires_in": life_s,
            "access_token": self.grants.give_access(grant, self._access_claims(grant, base_url)),
            "refresh_token": self.grants.give_refresh(RefreshToken(app.client_id, account, method, began or now, now)),
            "id_token": unsigned_jwt(self._id_claims(grant, base_url, nonce) | self._group_claims(app, account)),
            "client_info": encode_part({"uid": self._object_id(account), "utid": self._tenant_id}),
        }
        return answer | ({"refresh_in": life_s // 2} if cae else {})

    def _life_s(self, *, cae: bool) -> int:
        low, high = CAE_LIFE_S if cae else (self._behaviour.access_token_min_s, self._behaviour.access_token_max_s)
        return self._random.randint(low, max(low, high))

    def _object_id(self, account: str) -> str:
        found = self._directory.account(account)
        return found.id if found else ""

    def _access_claims(self, grant: Grant, base_url: str) -> dict[str, Any]:
        claims: dict[str, Any] = {
            "aud": GRAPH,
            "iss": f"{base_url}/{self._tenant_id}/v2.0",
            "iat": int(grant.issued.timestamp()),
            "nbf": int(grant.issued.timestamp()),
            "exp": int(grant.expires.timestamp()),
            "appid": grant.client_id,
            "tid": self._tenant_id,
        }
        if grant.app_only:
            return claims | {"idtyp": "app", "oid": f"sp-{grant.client_id}", "roles": sorted(grant.roles)}
        who = {"oid": self._object_id(grant.account), "upn": grant.account, "idtyp": "user"}
        return claims | who | {"scp": " ".join(sorted(grant.scopes))} | ({"xms_cc": ["CP1"]} if grant.cae else {})

    def _group_claims(self, app: AppRegistration, account: str) -> dict[str, Any]:
        if not app.group_claims:
            return {}
        groups = [group.id for group in self._directory.member_of(account)]
        return {"groups": groups} if len(groups) <= MOST_GROUPS else _overage(self._object_id(account))

    def _id_claims(self, grant: Grant, base_url: str, nonce: str) -> dict[str, Any]:
        claims: dict[str, Any] = {
            "aud": grant.client_id,
            "iss": f"{base_url}/{self._tenant_id}/v2.0",
            "iat": int(grant.issued.timestamp()),
            "nbf": int(grant.issued.timestamp()),
            "exp": int(grant.issued.timestamp()) + 3600,
            "name": self._directory.who(grant.account).name,
            "oid": self._object_id(grant.account),
            "preferred_username": grant.account,
            "sub": secrets.token_urlsafe(24),
            "tid": self._tenant_id,
            "ver": "2.0",
        }
        return claims | ({"nonce": nonce} if nonce else {})


def _overage(object_id: str) -> dict[str, Any]:
    """What stands in a token instead of more groups than fit: where to ask for them."""
    endpoint = f"https://graph.windows.net/{object_id}/getMemberObjects"
    return {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": endpoint}}}


def asks_for_cae(claims: str | None) -> bool:
    """Whether a claims parameter announces the client capability CP1.

    Raises:
        SignInError: 9002313, the parameter is there and is not JSON (an empty one counts).
    """
    if claims is None:
        return False
    try:
        asked = msgspec.json.decode(claims, type=dict[str, Any])
    except msgspec.DecodeError:
        raise SignInError(9002313, "The request parameter 'claims' is not valid JSON.") from None
    capabilities = ((asked.get("access_token") or {}).get("xms_cc") or {}).get("values") or []
    return "CP1" in capabilities
