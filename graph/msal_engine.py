"""msal, used safely: built when first needed, blocking, for one worker thread (graph.auth owns that thread).

Asking for a token is a transaction on the token cache: when it turns out wrong (another account, a forged answer, one
of the wrong shape), the cache is put back as it was. Source: reference/graph.md 1.5, 1.6, 7.1; msal 1.39.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msal
from msal.exceptions import MsalServiceError

from graph.certificate import credential_of
from graph.config import GraphConfig
from graph.errors import BadAnswer, Busy, GraphError, ServiceFault, SignInNeeded, Unreachable
from graph.msal_http import MsalHttp
from graph.outcomes import Outcome, outcome, outcome_of
from graph.token_store import TokenStore

log = logging.getLogger(__name__)

_KEEPS_OLD_TOKEN = (Unreachable, Busy, BadAnswer, MsalServiceError)
"""What msal may answer with the token it still has, when that is good enough (`http_exceptions`)."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A usable token. `refresh_in_s` is when to ask for the next, `expires_in_s` when it is of no use any more."""

    token: str
    expires_in_s: float
    refresh_in_s: float
    account: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The person at the browser is not done; ask again after `interval_s`."""

    interval_s: float


class MsalEngine:
    """One app registration's sign-in. Every method may block, and raises Unreachable or Busy."""

    def __init__(
        self,
        config: GraphConfig,
        scopes: tuple[str, ...],
        store: TokenStore,
        make_http: Callable[[], MsalHttp],
    ) -> None:
        self._config = config
        self._scopes = list(scopes)
        self._store = store
        self._make_http = make_http
        self._http: MsalHttp | None = None
        self._cache = msal.SerializableTokenCache()
        self._app: Any = None

    def silent(self, *, claims: str | None, force: bool) -> Granted | Outcome:
        """Return a token without a person, from memory or by a refresh, or why there is none."""
        with self._asking() as app:
            if self._config.shape == "app-only":
                with self._transaction() as keep:
                    return keep(self._verdict(self._for_client(app, claims, force=force)))
            account = self._account(app)
            if isinstance(account, Outcome):
                return account
            with self._transaction() as keep:
                result = app.acquire_token_silent_with_error(
                    self._scopes,
                    account,
                    force_refresh=force,
                    claims_challenge=claims,
                    http_exceptions=_KEEPS_OLD_TOKEN,
                )
                return keep(self._verdict(result))

    def begin_device_code(self) -> dict[str, Any] | Outcome:
        """Ask for a device code; the dict is msal's flow."""
        with self._asking() as app:
            flow: dict[str, Any] = app.initiate_device_flow(scopes=self._scopes)
        if "error" in flow:
            return self._outcome_of(flow)
        if not all(isinstance(flow.get(key), str) for key in ("user_code", "verification_uri", "device_code")):
            raise BadAnswer("sign-in: the answer carries no code.")
        return flow

    def poll_device_code(self, flow: dict[str, Any]) -> Granted | Outcome | Pending:
        """Ask once whether the code was used."""
        flow["latest_attempt_at"] = 0  # msal warns by wall time; graph.auth keeps the pace by the monotonic clock
        with self._asking() as app, self._transaction() as keep:
            result = app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
            if result.get("error") in ("authorization_pending", "slow_down"):
                return Pending(float(flow["interval"]))
            return keep(self._signed_in(app, result))

    def begin_auth_code(self, redirect_port: int) -> dict[str, Any]:
        """Return msal's flow; `auth_uri` in it is the page to open."""
        with self._asking() as app, warnings.catch_warnings():
            # form_post would need a server that takes a POST; a pasted address or `ssh -L` gives us the query.
            warnings.simplefilter("ignore", UserWarning)
            flow: dict[str, Any] = app.initiate_auth_code_flow(
                self._scopes,
                redirect_uri=f"http://localhost:{redirect_port}",
                login_hint=self._config.account or None,
                response_mode="query",
            )
            return flow

    def finish_auth_code(self, flow: dict[str, Any], query: Mapping[str, str]) -> Granted | Outcome:
        """Redeem the code in the browser's answer; state, nonce and PKCE are msal's."""
        with self._asking() as app, self._transaction() as keep:
            try:
                result = app.acquire_token_by_auth_code_flow(flow, dict(query))
            except (ValueError, RuntimeError):
                # msal's words for a wrong state or nonce quote them: they stay out of logs.
                return outcome("reply-mismatch")
            return keep(self._signed_in(app, result))

    def forget(self) -> None:
        """Forget every account, in memory and on disk."""
        self._cache.deserialize("{}")
        self._app = None
        self._store.forget()

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            self._http.close()

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """Give the app, translate what msal raises, store the tokens if they changed."""
        try:
            yield self._built()
        except MsalServiceError as error:
            raise ServiceFault("sign-in: the service has a fault.") from error
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            # msal trusts the shape of answers: a wrong one surfaces like this.
            raise BadAnswer(f"sign-in: an answer of the wrong shape ({type(error).__name__}).") from error
        finally:
            if self._cache.has_state_changed:
                self._store.write(self._cache.serialize())

    @contextmanager
    def _transaction(self) -> Iterator[Callable[[Granted | Outcome], Granted | Outcome]]:
        """Put the token cache back at the end unless the block's verdict, passed to `keep`, is a token."""
        before = self._cache.serialize()
        granted = False

        def keep(verdict: Granted | Outcome) -> Granted | Outcome:
            nonlocal granted
            granted = isinstance(verdict, Granted)
            return verdict

        try:
            yield keep
        finally:
            if not granted:
                self._cache.deserialize(before)

    def _built(self) -> Any:
        if self._app is None:
            self._load()
            self._app = self._build()
        return self._app

    def _load(self) -> None:
        stored = self._store.read()
        try:
            self._cache.deserialize(stored or "{}")
        except ValueError:
            log.error("token file: opened, but it holds no tokens: sign-in needed")

    def _build(self) -> Any:
        if self._http is None:
            self._http = self._make_http()
        settings: dict[str, Any] = {
            "authority": f"{self._config.authority_url.rstrip('/')}/{self._config.tenant_id}",
            "http_client": self._http,
            "token_cache": self._cache,
            "instance_discovery": False,
            "client_capabilities": ["CP1"],
        }
        app_only = self._config.shape == "app-only"
        credential = credential_of(self._config.certificate_file, self._config.private_key_file) if app_only else None
        try:
            if app_only:
                return msal.ConfidentialClientApplication(
                    self._config.client_id, client_credential=credential, **settings
                )
            return msal.PublicClientApplication(self._config.client_id, **settings)
        except ValueError as error:
            # The only ValueError left: discovery answered 4xx, so the tenant or the authority does not exist.
            raise SignInNeeded("sign-in: the tenant is not known there.", outcome="wrong-tenant") from error

    def _for_client(self, app: Any, claims: str | None, *, force: bool) -> Any:
        if force and claims is None:
            app.remove_tokens_for_client()
        return app.acquire_token_for_client(self._scopes, claims_challenge=claims, http_exceptions=_KEEPS_OLD_TOKEN)

    def _account(self, app: Any) -> Any:
        """Return the account to use. One that is not the configured one is thrown away."""
        accounts = list(app.get_accounts())
        fitting = [account for account in accounts if self._fits(account["username"], account["local_account_id"])]
        if fitting:
            return fitting[0]
        for account in accounts:
            app.remove_account(account)
        return self._wrong(accounts[0]["username"]) if accounts else outcome("signed-out")

    def _signed_in(self, app: Any, result: Mapping[str, Any]) -> Granted | Outcome:
        """Return the verdict on a person's sign-in; the account that signed in is the only one from then on."""
        verdict = self._verdict(result)
        if isinstance(verdict, Granted):
            mine = result["id_token_claims"]["oid"]
            for account in app.get_accounts():
                if account["local_account_id"] != mine:
                    app.remove_account(account)
        return verdict

    def _verdict(self, result: Any) -> Granted | Outcome:
        if result is None:
            return outcome("signed-out")
        if "error" in result:
            return self._outcome_of(result)
        claims = result.get("id_token_claims") or {}
        username = str(claims.get("preferred_username") or claims.get("upn") or "")
        if claims and not self._fits(username, str(claims.get("oid", ""))):
            return self._wrong(username)
        return _granted(result, username)

    def _fits(self, username: str, object_id: str) -> bool:
        wanted = self._config.account.casefold()
        return not wanted or wanted in (username.casefold(), object_id.casefold())

    def _wrong(self, username: str) -> Outcome:
        log.error("sign-in: another account than the configured one signed in; it was thrown away")
        return outcome("wrong-account", signed_in=username, expected=self._config.account)

    def _outcome_of(self, result: Mapping[str, Any]) -> Outcome:
        return outcome_of(result, scopes=", ".join(self._scopes))


def _granted(result: Mapping[str, Any], username: str) -> Granted:
    token, expires_in = result.get("access_token"), result.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(expires_in, int | str):
        raise BadAnswer("sign-in: the answer carries no token.")
    expires_in_s = float(expires_in)  # msal read it as a number before us
    return Granted(token, expires_in_s, _refresh_in_s(result, expires_in_s), username)


def _refresh_in_s(result: Mapping[str, Any], expires_in_s: float) -> float:
    """Return when msal would refresh by itself: at `refresh_on`, else five minutes before the end."""
    margin_s = expires_in_s - 300
    refresh_on = result.get("refresh_on")
    if isinstance(refresh_on, int | float):
        return min(margin_s, refresh_on - time.time())
    return margin_s


def as_error(verdict: Outcome) -> GraphError:
    """Return `verdict` as what a caller of the API gets."""
    if verdict.retry_after_s and verdict.severity == "wait":
        return ServiceFault(
            "sign-in: the service asks us to wait.", code=verdict.aadsts, retry_after_s=verdict.retry_after_s
        )
    return SignInNeeded(
        f"sign-in: {verdict.key}.",
        outcome=verdict.key,
        code=verdict.aadsts,
        request_id=verdict.correlation_id,
        hint="Run mydesk-graph doctor, or sign in again.",
    )
