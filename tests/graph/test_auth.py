"""Signing in with the real msal: every way in, every way it fails, and what it may never do."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.clock import ManualClock
from graph.auth import Authenticator, SignInProgress
from graph.errors import BadAnswer, GraphError, Intercepted, NetworkDown, ServiceFault, SignInNeeded, Throttled
from graph.outcomes import Outcome
from tests.graph.login_double import ACCOUNT, Login, authenticator, config, error, query_of
from tests.graph.wire_doubles import clock

PENDING = error("authorization_pending", 70016)
DOWN = httpx.ConnectError("refused")
Scenario = Callable[[Authenticator, ManualClock], Awaitable[None]]


def play(login: Login, folder: Path, scenario: Scenario, **changes: Any) -> None:
    async def run() -> None:
        time = clock()
        auth = authenticator(login, config(folder, **changes), time)
        try:
            await scenario(auth, time)
        finally:
            await auth.close()

    asyncio.run(run())


async def sign_in(auth: Authenticator, time: ManualClock) -> Outcome | SignInProgress:
    await auth.begin_device_code()
    time.step(5)
    return await auth.poll_device_code()


async def refused(auth: Authenticator, **how: Any) -> SignInNeeded:
    with pytest.raises(SignInNeeded) as caught:
        await auth.token(**how)
    return caught.value


def test_device_code_from_code_to_token(tmp_path: Path) -> None:
    login = Login()
    login.token = [PENDING, error("slow_down"), httpx.Response(200)]

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        assert (await refused(auth)).outcome == "signed-out"
        code = await auth.begin_device_code()
        assert (code.user_code, code.verification_uri) == ("ABCD-EFGH", "https://microsoft.com/devicelogin")
        assert code.expires_at_s == time.monotonic_s() + 900
        assert "claims" in login.asked[-1][1], "CP1"

        polls = len(login.asked)
        early = await auth.poll_device_code()
        assert isinstance(early, SignInProgress)
        assert (early.interval_s, len(login.asked)) == (5, polls), "too early: nothing is asked"
        time.step(5)
        assert await auth.poll_device_code() == SignInProgress(5, code.expires_at_s)
        time.step(5)
        assert await auth.poll_device_code() == SignInProgress(10, code.expires_at_s)
        time.step(10)
        login.token = []
        done = await auth.poll_device_code()
        assert isinstance(done, Outcome)
        assert done.key == "signed-in"
        assert (auth.state.signed_in, auth.state.account) == (True, ACCOUNT)
        assert await auth.token() == "at-secret-1"

    play(login, tmp_path, scenario)


def test_a_restart_needs_nobody(tmp_path: Path) -> None:
    login = Login()

    async def first(auth: Authenticator, time: ManualClock) -> None:
        await sign_in(auth, time)

    async def second(auth: Authenticator, time: ManualClock) -> None:
        assert await auth.token() == "at-secret-1"
        assert login.refreshes() == 0

    play(login, tmp_path, first)
    play(login, tmp_path, second)


def test_the_code_lives_15_minutes(tmp_path: Path) -> None:
    login = Login()
    login.token = [PENDING]

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        await auth.begin_device_code()
        time.step(900)
        asked = len(login.asked)
        ended = await auth.poll_device_code()
        assert isinstance(ended, Outcome)
        assert (ended.key, len(login.asked)) == ("code-expired", asked)
        again = await auth.poll_device_code()
        assert isinstance(again, Outcome)

    play(login, tmp_path, scenario)


@pytest.mark.parametrize("number", ["token", "device"])
@pytest.mark.parametrize(
    ("reaction", "key"),
    [
        (error("authorization_declined", 70020), "declined"),
        (error("expired_token", 70019), "code-expired"),
        (error("bad_verification_code", 70018), "bad-code"),
        (error("invalid_grant", 53003, suberror="message_only"), "policy-blocked"),
        (error("invalid_client", 7000218), "public-client-off"),
        (error("unauthorized_client", 700016), "wrong-app"),
        (error("something_new", 99), "sign-in-needed"),
        (error("invalid_grant", 50196), "loop"),
    ],
)
def test_sign_ins_that_end_badly(tmp_path: Path, number: str, reaction: httpx.Response, key: str) -> None:
    login = Login()
    setattr(login, number, [reaction])

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        if number == "token":
            ended = await sign_in(auth, time)
            assert isinstance(ended, Outcome)
        else:
            with pytest.raises(GraphError):
                await auth.begin_device_code()
            assert auth.state.outcome is not None
            ended = auth.state.outcome
        assert (ended.key, ended.correlation_id) == (key, "c-1")
        assert not auth.state.signed_in

    play(login, tmp_path, scenario)


def test_another_account_is_thrown_away_and_both_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    login = Login(username="eve@contoso.example")

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        ended = await sign_in(auth, time)
        assert isinstance(ended, Outcome)
        assert ended.key == "wrong-account"
        assert ended.screen_text.format(**ended.params) == (
            f"eve@contoso.example signed in, but this screen needs {ACCOUNT}"
        )
        assert (await refused(auth)).outcome == "signed-out"

    play(login, tmp_path, scenario)
    play(login, tmp_path, _signed_out)
    assert "eve@" not in caplog.text


async def _signed_out(auth: Authenticator, time: ManualClock) -> None:
    assert (await refused(auth)).outcome == "signed-out"


def test_a_wrong_sign_in_does_not_harm_the_right_one(tmp_path: Path) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        await sign_in(auth, time)
        login.username = "eve@contoso.example"
        ended = await sign_in(auth, time)
        assert isinstance(ended, Outcome)
        assert ended.key == "wrong-account"
        assert auth.state.signed_in
        login.username = ACCOUNT
        time.step(3600)
        assert (await auth.token()).startswith("at-secret")

    play(login, tmp_path, scenario)


@pytest.mark.parametrize("account", [ACCOUNT.upper(), f"oid-{ACCOUNT}", ""])
def test_accounts_that_fit(tmp_path: Path, account: str) -> None:
    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        ended = await sign_in(auth, time)
        assert isinstance(ended, Outcome)
        assert ended.key == "signed-in"
        assert await auth.token()

    play(Login(), tmp_path, scenario, account=account)
    play(Login(), tmp_path, _has_token, account=account)


async def _has_token(auth: Authenticator, time: ManualClock) -> None:
    assert await auth.token()


def test_where_any_account_will_do_the_last_sign_in_counts(tmp_path: Path) -> None:
    login = Login(username="first@contoso.example")

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        await sign_in(auth, time)
        login.username = "second@contoso.example"
        await sign_in(auth, time)
        assert auth.state.account == "second@contoso.example"
        await auth.token(force=True, rejected=await auth.token())
        assert login.asked[-1][1]["refresh_token"] == "rt-secret-2"

    play(login, tmp_path, scenario, account="")


def test_both_ways_in_do_not_disturb_each_other(tmp_path: Path) -> None:
    login = Login()
    login.token = [PENDING]

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        asked = query_of(await auth.begin_auth_code(8400))
        await auth.begin_device_code()
        time.step(5)
        assert isinstance(await auth.poll_device_code(), SignInProgress)
        login.token, login.nonce = [], asked["nonce"]
        assert (await auth.finish_auth_code({"code": "c-1", "state": asked["state"]})).key == "signed-in"

    play(login, tmp_path, scenario)


def test_a_stored_account_that_is_no_longer_the_configured_one(tmp_path: Path) -> None:
    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        assert (await refused(auth)).outcome == "wrong-account"
        assert (await refused(auth)).outcome == "signed-out"

    play(Login(), tmp_path, _sign_in_only)
    play(Login(), tmp_path, scenario, account="sal-2@contoso.example")


async def _sign_in_only(auth: Authenticator, time: ManualClock) -> None:
    await sign_in(auth, time)


def test_ten_at_once_cause_one_refresh(tmp_path: Path) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        login.expires_in = 200
        await sign_in(auth, time)
        login.expires_in = 3600
        tokens = await asyncio.gather(*(auth.token() for _ in range(10)))
        assert set(tokens) == {"at-secret-2"}
        assert login.refreshes() == 1

    play(login, tmp_path, scenario)


def test_401_on_both_lanes_is_one_forced_refresh(tmp_path: Path) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        await sign_in(auth, time)
        old = await auth.token()
        assert await auth.token(force=True, rejected=old) == "at-secret-2"
        assert await auth.token(force=True, rejected=old) == "at-secret-2"
        assert login.refreshes() == 1

    play(login, tmp_path, scenario)


def test_claims_reach_the_service(tmp_path: Path) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        await sign_in(auth, time)
        claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
        assert await auth.token(claims=claims, force=True, rejected="at-secret-1") == "at-secret-2"
        sent = login.asked[-1][1]["claims"]
        assert "1700000000" in sent
        assert "xms_cc" in sent

    play(login, tmp_path, scenario)


def test_forced_refreshes_are_few(tmp_path: Path) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        await sign_in(auth, time)
        for _ in range(5):
            token = await auth.token()
            try:
                await auth.token(force=True, rejected=token)
            except SignInNeeded as error:
                assert error.outcome == "token-rejected"  # noqa: PT017 - the first time it works
        assert login.refreshes() == 1
        time.step(60)
        await auth.token(force=True, rejected=await auth.token())
        assert login.refreshes() == 2

    play(login, tmp_path, scenario)


def test_the_refresh_token_that_turned_over_is_kept(tmp_path: Path) -> None:
    login = Login()

    async def refresh(auth: Authenticator, time: ManualClock) -> None:
        await auth.token(force=True, rejected=await auth.token())

    play(login, tmp_path, _sign_in_only)
    play(login, tmp_path, refresh)
    play(login, tmp_path, refresh)
    used = [form["refresh_token"] for _, form in login.asked if "refresh_token" in form]
    assert used == ["rt-secret-1", "rt-secret-2"]


@pytest.mark.parametrize(
    ("number", "oauth", "key", "hold_s"),
    [
        (50173, "invalid_grant", "expired", 900),
        (700082, "invalid_grant", "expired", 900),
        (50076, "interaction_required", "policy-wants-person", 900),
        (53003, "invalid_grant", "policy-blocked", 3600),
        (50057, "invalid_grant", "account-problem", 900),
        (65001, "invalid_grant", "no-consent", 300),
        (0, "invalid_grant", "expired", 900),
        (0, "never_heard_of", "sign-in-needed", 300),
    ],
)
def test_a_refresh_that_is_refused_is_not_tried_again_and_again(
    tmp_path: Path, number: int, oauth: str, key: str, hold_s: float
) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        login.expires_in = 100
        await sign_in(auth, time)
        login.token = [error(oauth, number)]
        for _ in range(5):
            assert (await refused(auth)).outcome == key
            time.step(hold_s / 5 - 1)
        assert login.refreshes() == 1
        assert auth.state.outcome is not None
        assert auth.state.outcome.key == key
        time.step(hold_s * 0.2 + 10)
        login.token, login.expires_in = [], 3600
        # msal itself keeps an identical 400 for a minute of real time: a person's sign-in gets past that at once.
        assert (await sign_in(auth, time)) == auth.state.outcome
        assert await auth.token() == "at-secret-2"

    play(login, tmp_path, scenario)


@pytest.mark.parametrize(
    ("reaction", "kind"),
    [
        (DOWN, NetworkDown),
        (httpx.Response(200, html="<html>Hotel"), Intercepted),
        (httpx.Response(200, content=b'{"access_token": "at-secr'), Intercepted),
        (httpx.Response(200, json=[]), Intercepted),
        (httpx.Response(200, json={}), Intercepted),
        (httpx.Response(200, json={"token_type": "Bearer"}), BadAnswer),
        (httpx.Response(200, json={"access_token": 7, "expires_in": 3600}), BadAnswer),
        (httpx.Response(200, json={"access_token": "x", "expires_in": "soon"}), BadAnswer),
        (httpx.Response(503, html="<html>"), ServiceFault),
        (httpx.Response(429, json={}, headers={"retry-after": "40"}), Throttled),
    ],
)
def test_a_refresh_without_an_answer(
    tmp_path: Path, reaction: httpx.Response | Exception, kind: type[GraphError], caplog: pytest.LogCaptureFixture
) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        login.expires_in = 100
        await sign_in(auth, time)
        login.token = [reaction]
        with pytest.raises(kind):
            await auth.token()
        login.token = []
        time.step(61)
        login.expires_in = 3600
        assert await auth.token() == "at-secret-2", "the account is still there"

    play(login, tmp_path, scenario)
    assert "secr" not in caplog.text


@pytest.mark.parametrize("reaction", [DOWN, httpx.Response(503), httpx.Response(200, html="<html>Hotel")])
def test_an_ageing_token_bridges_an_outage(tmp_path: Path, reaction: httpx.Response | Exception) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        login.extra = {"refresh_in": 0}
        await sign_in(auth, time)
        login.token = [reaction]
        assert await auth.token() == "at-secret-1"
        assert login.refreshes() == 1, "it tried"

    play(login, tmp_path, scenario)


def test_faults_hold_back_longer_and_longer(tmp_path: Path) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        login.expires_in = 100
        await sign_in(auth, time)
        login.token = [httpx.Response(503)]
        tries = []
        for _ in range(1200):
            before = login.refreshes()
            with pytest.raises(ServiceFault):
                await auth.token()
            if login.refreshes() > before:
                tries.append(time.monotonic_s())
            time.step(1)
        gaps = [later - sooner for sooner, later in pairwise(tries)]
        assert len(tries) < 9
        assert all(30 <= gap <= 361 for gap in gaps)
        assert gaps == sorted(gaps) or max(gaps) >= 240

    play(login, tmp_path, scenario)


def test_offline_at_the_start_comes_back_by_itself(tmp_path: Path) -> None:
    login = Login()
    play(login, tmp_path, _sign_in_only)
    login.discovery = [DOWN]

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        with pytest.raises(NetworkDown):
            await auth.token()
        assert auth.state.outcome is None
        login.discovery = []
        assert await auth.token() == "at-secret-1"

    play(login, tmp_path, scenario)


@pytest.mark.parametrize(
    ("reaction", "outcome"),
    [
        (httpx.Response(400, json={"error": "invalid_tenant", "error_codes": [90002]}), "wrong-tenant"),
        (httpx.Response(200, json={"token_endpoint": f"https://login.example/{'t'}/x"}), ""),
        (httpx.Response(200, json={"authorization_endpoint": 1, "token_endpoint": 2}), ""),
    ],
)
def test_discovery_that_leads_nowhere(tmp_path: Path, reaction: httpx.Response, outcome: str) -> None:
    login = Login()
    login.discovery = [reaction]

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        if outcome:
            assert (await refused(auth)).outcome == outcome
            return
        with pytest.raises(BadAnswer):
            await auth.token()

    play(login, tmp_path, scenario)


def test_auth_code_with_pkce(tmp_path: Path) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        asked = query_of(await auth.begin_auth_code(8400))
        assert asked["redirect_uri"] == "http://localhost:8400"
        assert (asked["code_challenge_method"], asked["login_hint"]) == ("S256", ACCOUNT)
        login.nonce = asked["nonce"]
        whole = f"http://localhost:8400/?code=c-1&state={asked['state']}"
        assert (await auth.finish_auth_code(whole)).key == "signed-in"
        verifier = login.asked[-1][1]["code_verifier"]
        assert len(hashlib.sha256(verifier.encode()).digest()) == 32
        assert await auth.token() == "at-secret-1"
        assert (await auth.finish_auth_code(whole)).key == "reply-mismatch", "a code works once"

    play(login, tmp_path, scenario, sign_in="auth-code")


@pytest.mark.parametrize(
    ("answer", "nonce", "key"),
    [
        ({"code": "c-1", "state": "forged"}, "right", "reply-mismatch"),
        ({"code": "c-1"}, "right", "reply-mismatch"),
        ({}, "right", "reply-mismatch"),
        ({"code": "c-1", "state": "right"}, "forged", "reply-mismatch"),
        ({"error": "access_denied", "state": "right"}, "right", "declined"),
    ],
)
def test_auth_code_answers_that_are_not_ours(tmp_path: Path, answer: dict[str, str], nonce: str, key: str) -> None:
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        asked = query_of(await auth.begin_auth_code(8400))
        login.nonce = asked["nonce"] if nonce == "right" else nonce
        given = {
            name: asked["state"] if (name, value) == ("state", "right") else value for name, value in answer.items()
        }
        assert (await auth.finish_auth_code(given)).key == key
        assert (await refused(auth)).outcome in ("signed-out", key)
        assert not auth.state.signed_in

    play(login, tmp_path, scenario)
    play(login, tmp_path, _signed_out)


def test_sign_out_forgets_everything(tmp_path: Path) -> None:
    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        await sign_in(auth, time)
        await auth.sign_out()
        assert (await refused(auth)).outcome == "signed-out"
        assert not (tmp_path / "tokens").exists()

    play(Login(), tmp_path, scenario)
    play(Login(), tmp_path, _signed_out)


def test_a_spoilt_token_file_is_a_sign_in_and_no_crash(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    play(Login(), tmp_path, _sign_in_only)
    (tmp_path / "tokens").write_bytes(b"garbage")
    play(Login(), tmp_path, _signed_out)
    assert "kept aside, sign-in needed" in caplog.text
    play(Login(), tmp_path, _sign_in_only)
    play(Login(), tmp_path, _has_token)


def test_nothing_secret_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("msal").setLevel(logging.CRITICAL)  # as Session.open does
    login = Login()

    async def scenario(auth: Authenticator, time: ManualClock) -> None:
        login.expires_in = 100
        await sign_in(auth, time)
        await auth.token(force=True, rejected="at-secret-1")
        login.token = [error("invalid_grant", 50173)]
        await refused(auth)

    play(login, tmp_path, scenario)
    assert "50173" in caplog.text
    for secret in ("secret", "contoso", "ABCD-EFGH", "eyJ"):
        assert secret not in caplog.text
