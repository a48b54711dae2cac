"""Sign-in by Entra: OpenID Connect through msal, authorization code with PKCE, state and nonce; groups become roles.

Nothing of Microsoft's is kept: each sign-in has a token cache of its own, and it is gone when the roles are known.
People in more than 200 groups bring no `groups` claim but a pointer to Graph ("overage"); then Graph is asked which
of the groups in our configuration they are in. Source: learn.microsoft.com, "Configure groups claims",
checkMemberGroups.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msal

from common.errors import MyDeskError
from graph.errors import GraphError
from graph.msal_http import MsalHttp
from graph.tls import client_context
from hub.roles import Role
from hub.settings import SignInSection
from hub.web.local_sign_in import SignInError

SCOPES = ("User.Read",)
RETURN_PATH = "/sign-in/entra/return"
TIMEOUT_S = 10.0
TOTAL_S = 20.0
ASKED_AT_ONCE = 20
"""checkMemberGroups takes so many ids."""

_AADSTS = re.compile(r"AADSTS\d{4,8}")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom Entra has vouched for."""

    subject: str
    name: str
    roles: frozenset[Role]


class EntraSignIn:
    """The tenant's sign-in. Blocking: call it in a worker thread."""

    def __init__(self, settings: SignInSection, base_url: str) -> None:
        self._settings = settings
        self._redirect = base_url.rstrip("/") + RETURN_PATH

    @property
    def offered(self) -> bool:
        """Whether a tenant is configured."""
        return bool(self._settings.tenant_id)

    def begin(self) -> dict[str, Any]:
        """Return msal's flow: `auth_uri` is where the browser goes, the rest is kept until it comes back.

        Raises SignInError.
        """
        with self._client() as client, self._app(client) as app, warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", UserWarning
            )  # msal would like form_post, which a Lax cookie does not survive
            flow: dict[str, Any] = app.initiate_auth_code_flow(
                list(SCOPES), redirect_uri=self._redirect, response_mode="query"
            )
        return flow

    def finish(self, flow: dict[str, Any], query: Mapping[str, str]) -> Person:
        """Redeem what the browser brought. Raises SignInError."""
        with self._client() as client, self._app(client) as app:
            try:
                result = app.acquire_token_by_auth_code_flow(flow, dict(query))
            except (ValueError, RuntimeError):
                raise SignInError("That answer belongs to another sign-in.", hint="Begin again.") from None
            if "error" in result:
                raise _refusal(result)
            return self._person(client, result)

    def _person(self, client: httpx.Client, result: Mapping[str, Any]) -> Person:
        claims = result.get("id_token_claims") or {}
        if claims.get("tid") != self._settings.tenant_id or not claims.get("oid"):
            raise SignInError("That account is of another organisation.", hint="Use the account of your work.")
        groups = claims.get("groups")
        if not isinstance(groups, list):
            groups = self._asked(client, str(result.get("access_token", ""))) if _overage(claims) else []
        roles = frozenset(Role(self._settings.groups[group]) for group in groups if group in self._settings.groups)
        name = str(claims.get("preferred_username") or claims.get("name") or claims["oid"])
        return Person(f"entra:{claims['oid']}", name, roles)

    def _asked(self, client: httpx.Client, token: str) -> list[str]:
        """Which of our groups the person is in, by Graph."""
        wanted, found = sorted(self._settings.groups), list[str]()
        for at in range(0, len(wanted), ASKED_AT_ONCE):
            found += _members_of(client, self._settings.graph_url, token, wanted[at : at + ASKED_AT_ONCE])
        return found

    @contextmanager
    def _client(self) -> Iterator[httpx.Client]:
        with _told(), httpx.Client(
            verify=client_context(self._settings.ca_file),
            trust_env=False,
            proxy=self._settings.proxy_url or None,
            timeout=TIMEOUT_S,
        ) as client:  # fmt: skip
            yield client

    @contextmanager
    def _app(self, client: httpx.Client) -> Iterator[Any]:
        settings = self._settings
        yield msal.ConfidentialClientApplication(
            settings.client_id,
            client_credential=self._secret(),
            authority=f"{settings.authority.rstrip('/')}/{settings.tenant_id}",
            http_client=MsalHttp(client, total_timeout_s=TOTAL_S),
            instance_discovery=False,
        )

    def _secret(self) -> str:
        settings = self._settings
        if not settings.secret_file:
            return settings.client_secret
        try:
            return Path(settings.secret_file).read_text().strip()
        except OSError as error:
            raise SignInError(
                f"The secret of the app registration cannot be read: {error.strerror}.",
                hint="An administrator sets [sign_in] secret_file.",
            ) from error


@contextmanager
def _told() -> Iterator[None]:
    """Faults of the network and of Microsoft, as a refusal with what to do."""
    try:
        yield
    except SignInError:
        raise
    except (MyDeskError, httpx.HTTPError, ValueError) as error:
        what = error.message if isinstance(error, GraphError) else type(error).__name__
        raise SignInError(
            f"Microsoft's sign-in cannot be used just now: {what}",
            hint="Try again in a minute; an administrator checks [sign_in] and the network.",
        ) from error


def _overage(claims: Mapping[str, Any]) -> bool:
    names = claims.get("_claim_names")
    return (isinstance(names, dict) and "groups" in names) or claims.get("hasgroups") is True


def _members_of(client: httpx.Client, graph_url: str, token: str, groups: Sequence[str]) -> list[str]:
    answer = client.post(
        f"{graph_url.rstrip('/')}/me/checkMemberGroups",
        json={"groupIds": list(groups)},
        headers={"Authorization": f"Bearer {token}"},
    )
    body = answer.json() if answer.status_code == 200 else None
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        raise SignInError(
            f"Microsoft did not tell your groups ({answer.status_code}).",
            hint="Try again; an administrator checks that the app registration has User.Read and GroupMember.Read.All.",
        )
    return [group for group in body["value"] if isinstance(group, str)]


def _refusal(result: Mapping[str, Any]) -> SignInError:
    found = _AADSTS.search(str(result.get("error_description", "")))
    code = found[0] if found else str(result.get("error", ""))[:40]
    if result.get("error") == "access_denied":
        return SignInError("The sign-in was cancelled.", hint="Begin again when you are ready.")
    return SignInError(f"Microsoft refused the sign-in ({code}).", hint="Tell an administrator that number.")
