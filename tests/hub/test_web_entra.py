"""Signing in by Entra, against the simulated tenant over TLS: code with PKCE, groups as roles, overage, refusals."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from sqlalchemy import select

from hub.roles import Role
from hub.settings import SignInSection
from hub.tables import AUDIT, SESSIONS
from hub.web.entra import RETURN_PATH
from simulator.office import AppRegistration, Group, object_id
from simulator.office_file import load
from simulator.server import Simulator
from tests.hub.web_kit import Served, served

pytestmark = pytest.mark.slow

OFFICE = Path(__file__).parents[2] / "simulator" / "offices" / "nordhavn.toml"
CLIENT, SECRET = "11111111-aaaa-4bbb-8ccc-000000000009", "s3cret~value"
ADMINS, FRONT, MANY = (object_id(f"group:{name}") for name in ("MyDesk administrators", "Reception", "Many 7"))
BOSS, FRONT_DESK, JOINER, NOBODY = (
    f"{name}@nordhavn.example" for name in ("louise.holm", "bente.jensen", "henrik.dam", "dorthe.jensen")
)
GROUPS = {ADMINS: "administrator", FRONT: "reception", MANY: "manage-locations"}


@dataclass(frozen=True)
class Lab:
    tenant: Simulator
    hub: Served

    def approve(self, account: str) -> None:
        self.tenant.control("POST", "/_sim/sign-in/auto-approve", {"account": account})

    def at_microsoft(self, address: str) -> str:
        """What Microsoft's page sends the browser back to."""
        context = ssl.create_default_context(cafile=str(self.tenant.ca_file))
        with httpx.Client(verify=context, trust_env=False) as browser:
            return browser.get(address).headers["location"]

    def sign_in(self, client: httpx.Client, account: str, path: str = "/units") -> httpx.Response:
        self.approve(account)
        away = client.get("/sign-in/entra", params={"next": path})
        assert away.status_code == 303, away.text
        return client.get(self.at_microsoft(away.headers["location"]))


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    office = load(OFFICE)
    app = AppRegistration(
        "MyDesk hub pages", CLIENT, public=False, redirect_uris=(), delegated=("User.Read",), secrets=(SECRET,),
        group_claims=True,
    )  # fmt: skip
    many = tuple(Group(f"Many {number}", (JOINER,)) for number in range(201))
    groups = (*office.groups, Group("MyDesk administrators", (BOSS,)), *many)
    with Simulator.start(replace(office, apps=(*office.apps, app), groups=groups)) as simulator:
        yield simulator


@contextmanager
def lab_of(tenant: Simulator, folder: Path, **changes: Any) -> Iterator[Lab]:
    settings = {
        "tenant_id": tenant.tenant.office.tenant_id, "client_id": CLIENT, "client_secret": SECRET,
        "authority": tenant.url, "graph_url": f"{tenant.url}/v1.0", "ca_file": str(tenant.ca_file), "groups": GROUPS,
    }  # fmt: skip
    with served(folder, office=False, running=True, sign_in=SignInSection(**{**settings, **changes})) as hub:
        directory = tenant.tenant.directory
        app = directory.apps[CLIENT]
        directory.apps[CLIENT] = replace(app, redirect_uris=(hub.url + RETURN_PATH,))
        yield Lab(tenant, hub)


@pytest.fixture
def lab(tenant: Simulator, tmp_path: Path) -> Iterator[Lab]:
    with lab_of(tenant, tmp_path) as found:
        yield found


@pytest.mark.parametrize(
    ("account", "role"), [(BOSS, Role.ADMINISTRATOR), (FRONT_DESK, Role.RECEPTION), (JOINER, Role.LOCATIONS)]
)
def test_groups_become_roles_also_where_there_are_too_many_for_a_token(lab: Lab, account: str, role: Role) -> None:
    client = lab.hub.browser()
    answer = lab.sign_in(client, account)
    assert (answer.status_code, answer.headers["location"]) == (303, "/units")
    assert client.get("/").status_code == 200
    with lab.hub.parts.store.reading() as connection:
        (row,) = connection.execute(select(SESSIONS)).all()
    assert (row.name, row.roles) == (account, str(role))
    assert row.subject.startswith("entra:")


def test_the_browser_is_sent_with_pkce_state_and_nonce_and_without_the_secret(lab: Lab) -> None:
    away = lab.hub.browser().get("/sign-in/entra").headers["location"]
    query = dict(parse_qsl(urlsplit(away).query))
    assert query["code_challenge_method"] == "S256"
    assert min(len(query[key]) for key in ("code_challenge", "state", "nonce")) >= 16
    assert query["redirect_uri"] == lab.hub.url + RETURN_PATH
    assert SECRET not in away


def test_who_is_in_no_group_of_ours_is_told_so_and_gets_no_session(lab: Lab) -> None:
    client = lab.hub.browser()
    answer = lab.sign_in(client, NOBODY)
    assert answer.status_code == 403
    assert "has no role here" in answer.text
    assert client.get("/").status_code == 303
    with lab.hub.parts.store.reading() as connection:
        assert connection.execute(select(SESSIONS)).all() == []
        assert connection.execute(select(AUDIT.c.action)).scalars().all() == ["sign-in refused"]


def test_an_answer_for_another_browser_or_a_second_time_is_refused(lab: Lab) -> None:
    victim, thief = lab.hub.browser(), lab.hub.browser()
    lab.approve(BOSS)
    back = lab.at_microsoft(thief.get("/sign-in/entra").headers["location"])
    victim.get("/sign-in/entra")
    assert victim.get(back).status_code == 403, "the state is the thief's"
    assert lab.hub.browser().get(back).status_code == 403, "no sign-in was begun here"
    assert thief.get(back).status_code == 303
    assert lab.hub.browser().get(back).status_code == 403, "a code is good once"


def test_a_changed_state_a_refusal_and_an_empty_answer_are_told(lab: Lab) -> None:
    for query, words in (
        ("code=x&state=y", "belongs to another"),
        ("", "belongs to another"),
        ("error=access_denied&state={state}", "cancelled"),
        ("error=x&error_description=AADSTS53003%3A+blocked&state={state}", "AADSTS53003"),
    ):
        client = lab.hub.browser()
        away = client.get("/sign-in/entra").headers["location"]
        state = dict(parse_qsl(urlsplit(away).query))["state"]
        answer = client.get(f"{RETURN_PATH}?{query.format(state=state)}")
        assert answer.status_code == 403
        assert words in answer.text


def test_a_sign_in_that_takes_too_long_is_forgotten(lab: Lab) -> None:
    client = lab.hub.browser()
    lab.approve(BOSS)
    back = lab.at_microsoft(client.get("/sign-in/entra").headers["location"])
    lab.hub.clock.step(601)
    lab.hub.browser().get("/sign-in/entra")
    assert client.get(back).status_code == 403


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_secret": "wrong"}, "AADSTS7000215"),
        ({"client_secret": "", "secret_file": "/nowhere/secret"}, "cannot be read"),
        ({"authority": "https://127.0.0.1:9"}, "cannot be used"),
        ({"ca_file": ""}, "cannot be used"),
        ({"proxy_url": "http://127.0.0.1:9"}, "cannot be used"),
    ],
)
def test_what_is_wrong_in_the_configuration_is_told(
    tenant: Simulator, tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    with lab_of(tenant, tmp_path, **changes) as lab:
        lab.approve(BOSS)
        client = lab.hub.browser()
        answer = client.get("/sign-in/entra")
        if answer.status_code == 303:
            answer = client.get(lab.at_microsoft(answer.headers["location"]))
        assert answer.status_code in (403, 502)
        assert words in answer.text
        assert 'name="password"' in answer.text, "the local admin can still sign in"


def test_an_account_of_another_tenant_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.tenant.tenant.sign_in.endpoint, "_tenant_id", "00000000-0000-4000-8000-000000000000")
    assert lab.sign_in(lab.hub.browser(), BOSS).status_code == 403


def test_graph_that_does_not_tell_the_groups_lets_nobody_in(lab: Lab) -> None:
    lab.tenant.control("POST", "/_sim/faults", {"kind": "status", "path": "checkMemberGroups", "status": 403})
    try:
        answer = lab.sign_in(lab.hub.browser(), JOINER)
    finally:
        lab.tenant.control("DELETE", "/_sim/faults")
    assert answer.status_code == 403
    assert "did not tell your groups" in answer.text
