"""Signing in with a password over real TLS: locks, cookies, CSRF, sessions that end, nobody sent elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pytest_mock import MockerFixture
from sqlalchemy import select

from common import pin
from common.clock import ManualClock
from hub.roles import Role
from hub.settings import LocalAdminSection
from hub.tables import AUDIT, SESSIONS
from hub.web import sessions
from hub.web.attempts import Attempts, Buckets
from hub.web.local_sign_in import LocalSignIn, SignInError, Try
from hub.web.sessions import COOKIE
from hub.web.sign_in_pages import BEFORE_COOKIE
from hub.web.site import own_path
from tests.hub.office import NOW
from tests.hub.web_kit import ADMIN, PASSWORD, Served, config_of, csrf_of, password_hash, post, served


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, office=False) as running:
        yield running


def sign_in(client: httpx.Client, password: str = PASSWORD, name: str = ADMIN, next_: str = "/about") -> httpx.Response:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', client.get(f"/sign-in?next={next_}").text)
    assert found is not None
    fields = {"form_token": found[1], "next": next_, "name": name, "password": password}
    return client.post("/sign-in", data=fields)


def test_the_admin_signs_in_and_out(hub: Served) -> None:
    client = hub.browser()
    assert client.get("/about").headers["location"] == "/sign-in?next=%2Fabout"
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/about")
    assert client.get("/about").status_code == 200
    assert client.get("/sign-in").headers["location"] == "/"
    token = client.cookies[COOKIE]
    assert post(client, "/sign-out").headers["location"] == "/sign-in"
    client.cookies.set(COOKIE, token, domain="localhost.local")
    assert client.get("/about").status_code == 303, "the old token is good for nothing"
    with hub.parts.store.reading() as connection:
        actions = connection.execute(select(AUDIT.c.who, AUDIT.c.action).order_by(AUDIT.c.id)).all()
        assert [tuple(row) for row in actions] == [(ADMIN, "sign-in"), (ADMIN, "sign-out")]
        assert connection.execute(select(SESSIONS)).all() == []


def test_the_cookies_are_of_the_strict_kind_and_the_store_has_only_a_hash(hub: Served) -> None:
    client = hub.browser()
    before = client.get("/sign-in").headers["set-cookie"]
    after = sign_in(client).headers.get_list("set-cookie")[0]
    for cookie, name in ((before, BEFORE_COOKIE), (after, COOKIE)):
        assert cookie.startswith(f"{name}=")
        assert name.startswith("__Host-")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    with hub.parts.store.reading() as connection:
        (row,) = connection.execute(select(SESSIONS)).all()
    assert client.cookies[COOKIE] not in str(row)
    assert row.token_hash == sessions.hashed(client.cookies[COOKIE])


def test_a_token_given_before_the_sign_in_is_not_used(hub: Served) -> None:
    client = hub.browser()
    client.cookies.set(COOKIE, "chosen-by-somebody-else", domain="localhost.local")
    sign_in(client)
    with hub.parts.store.reading() as connection:
        hashes = connection.execute(select(SESSIONS.c.token_hash)).scalars().all()
    assert sessions.hashed("chosen-by-somebody-else") not in hashes


WRONG = [(ADMIN, "wrong"), ("root", PASSWORD), ("", ""), (ADMIN, PASSWORD + "x")]


@pytest.mark.parametrize(("name", "password"), WRONG)
def test_wrong_is_told_in_one_way(hub: Served, name: str, password: str) -> None:
    answer = sign_in(hub.browser(), password, name)
    assert answer.status_code == 403
    assert "Name or password is wrong." in answer.text
    assert COOKIE + "=" not in str(answer.headers.get_list("set-cookie"))


def test_five_wrong_tries_lock_the_address_for_a_while(hub: Served) -> None:
    client = hub.browser()
    for _ in range(5):
        assert sign_in(client, "wrong").status_code == 403
    locked = sign_in(client)
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "30")
    hub.clock.step(31)
    assert sign_in(client).status_code == 303


def test_the_form_is_of_this_browser(hub: Served) -> None:
    mine, theirs = hub.browser(), hub.browser()
    form_token = re.search(r'form_token" value="([0-9a-f]+)"', theirs.get("/sign-in").text)
    assert form_token is not None
    mine.get("/sign-in")
    fields = {"form_token": form_token[1], "name": ADMIN, "password": PASSWORD}
    assert mine.post("/sign-in", data=fields).status_code == 400


POSTS = ("/sign-out", "/sessions", "/alarms/silences", "/alarms/silences/end", "/units/x/commands", "/units/x/settings")


@pytest.mark.parametrize("path", POSTS)
def test_no_post_without_the_sessions_own_token(hub: Served, path: str) -> None:
    client, other = hub.signed_in(Role.ADMINISTRATOR), hub.signed_in(Role.ADMINISTRATOR, name="other")
    refused = [
        client.post(path, data=data) for data in ({"x": "1"}, {"csrf": ""}, {"csrf": "æ"}, {"csrf": csrf_of(other)})
    ]
    assert [answer.status_code for answer in refused] == [403] * 4


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_no_post_from_another_page(hub: Served, headers: dict[str, str]) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR)
    assert client.post("/sessions", data={"csrf": csrf_of(client)}, headers=headers).status_code == 403
    same = {"Origin": hub.url, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/sessions", data={"csrf": csrf_of(client)}, headers=same).status_code == 303


def test_a_session_ends_by_itself(hub: Served) -> None:
    client = hub.signed_in(Role.USER)
    hub.clock.step(10 * 3600 - 1)
    assert client.get("/").status_code == 200
    hub.clock.step(2)
    assert client.get("/").status_code == 303


def test_sessions_elsewhere_are_ended_and_own_one_stays(hub: Served) -> None:
    here, there, other = (hub.signed_in(Role.USER, name=name) for name in ("me", "me", "you"))
    assert here.get("/sessions").text.count("elsewhere</span>") == 1
    assert post(here, "/sessions").status_code == 303
    assert [client.get("/").status_code for client in (here, there, other)] == [200, 303, 200]


def test_other_roles_end_the_sessions_begun_with_the_old_ones(hub: Served) -> None:
    now_ms = round(hub.clock.now().timestamp() * 1000)
    with hub.parts.store.begin() as connection:
        old = sessions.begin(connection, "entra:1", "me", [Role.ADMINISTRATOR], now_ms)
        new = sessions.begin(connection, "entra:1", "me", [Role.USER], now_ms)
        found = [sessions.find(connection, token, 10_000, now_ms) for token in (old, new)]
    assert found[0] is None
    assert found[1] is not None
    assert found[1].roles == {Role.USER}


def test_who_may_sign_in_has_changed_so_all_sign_in_anew(hub: Served) -> None:
    hub.session(Role.ADMINISTRATOR)
    same = hub.parts.config
    other = config_of(1, local_admin=LocalAdminSection(name="chief", password_hash=password_hash()))
    now_ms = round(hub.clock.now().timestamp() * 1000)
    with hub.parts.store.begin() as connection:
        assert not sessions.settle(connection, same, 10_000_000, now_ms)
        assert len(connection.execute(select(SESSIONS)).all()) == 1
        assert sessions.settle(connection, other, 10_000_000, now_ms)
        assert connection.execute(select(SESSIONS)).all() == []


def test_one_person_has_twenty_sessions_at_most(hub: Served) -> None:
    with hub.parts.store.begin() as connection:
        tokens = [sessions.begin(connection, "entra:1", "me", [Role.USER], number) for number in range(25)]
        assert len(connection.execute(select(SESSIONS)).all()) == sessions.MOST_PER_SUBJECT
        assert sessions.find(connection, tokens[0], 10_000, 30) is None
        assert sessions.find(connection, tokens[-1], 10_000, 30) is not None


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/units?q=a#x", "/units?q=a#x"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("/a\\b", "/"),
        ("javascript:alert(1)", "/"),
        ("/\n/evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("units", "/"),
        ("", "/"),
        ("/" + "a" * 600, "/"),
    ],
)
def test_nobody_is_sent_elsewhere(asked: str, given: str) -> None:
    assert own_path(asked) == given


def test_the_sign_in_sends_nobody_elsewhere(hub: Served) -> None:
    assert sign_in(hub.browser(), next_="//evil.example").headers["location"] == "/"


def test_locks_grow_end_and_are_bounded() -> None:
    attempts = Attempts(2)
    locks = []
    for _ in range(20):
        attempts.wrong("a", 0)
        locks.append(attempts.locked_s("a", 0))
    assert locks[:8] == [0, 30, 30, 60, 60, 120, 120, 240]
    assert max(locks) == 3600
    assert (attempts.locked_s("a", 3601), attempts.locked_s("b", 0)) == (0, 0)
    for number in range(6000):
        attempts.wrong(str(number), 0)
    assert len(attempts._counts) == 5000
    attempts.right("5999")
    assert "5999" not in attempts._counts


def test_a_bucket_lets_bursts_through_and_then_the_rate() -> None:
    bucket = Buckets(2.0, 3)
    assert [bucket.take("a", 0) for _ in range(4)] == [True, True, True, False]
    assert (bucket.take("a", 0.6), bucket.take("a", 0.6), bucket.take("b", 0.6)) == (True, False, True)


def test_a_name_that_is_not_there_costs_the_same_work(mocker: MockerFixture) -> None:
    local = LocalSignIn(LocalAdminSection(name=ADMIN, password_hash=password_hash()), ManualClock(NOW))
    spy = mocker.spy(pin, "_derive")
    for name in (ADMIN, "nobody"):
        with pytest.raises(SignInError):
            local.check(Try(name, "wrong", "10.0.0.1"))
    assert spy.call_count == 2


def test_without_a_local_admin_nobody_comes_in() -> None:
    local = LocalSignIn(LocalAdminSection(), ManualClock(NOW))
    assert not local.offered
    with pytest.raises(SignInError):
        local.check(Try("", "", "10.0.0.1"))
