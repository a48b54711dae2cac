"""What the pages are armoured against: other hosts, large and many requests, what units write, faults of the store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, update

from hub.roles import Role
from hub.tables import ALARMS, AUDIT, COMMANDS, ROWS, SETTINGS, SILENCES, UNITS
from hub.web.shield import HEADERS, LARGEST_BODY
from hub.web.site import REQUESTS_AT_ONCE
from tests.hub.office import NOW, Office, ms
from tests.hub.web_kit import Served, csrf_of, served

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
PAGES = ("/", "/units", "/units/evil", "/alarms", "/alarms?show=past", "/reports", "/audit", "/sessions", "/about")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("hub")
    with served(folder, office=False) as running:
        poison(running)
        yield running


def poison(hub: Served) -> None:
    """A unit that writes mark-up into every text that a page shows."""
    now_ms = ms(NOW)
    with hub.parts.store.begin() as connection:
        office = Office(connection)
        names = {"name": EVIL[:60], "site": f"=1+1{EVIL}"[:60], "floor": EVIL[:30], "role": "room"}
        connection.execute(insert(UNITS).values(unit="evil", last_seen_ms=now_ms, **names))
        office.latest("evil", "status", s="online", boot=EVIL, n=1, ver=EVIL, role="room")
        office.latest("evil", "now/room", state=EVIL, calendar_ok=True, presence=EVIL, co2_ppm=EVIL, temperature_c=EVIL)
        office.latest("evil", f"now/{EVIL}", **{EVIL: {EVIL: [EVIL]}})
        office.latest("evil", "twin/hw", model=EVIL, name=EVIL)
        office.latest("evil", "reported/settings", rev=EVIL, state=EVIL, reason=EVIL)
        office.row("evil", "e/room", now_ms, state=EVIL, stale=EVIL, **{EVIL: EVIL})
        office.row("evil", "e/presence", now_ms - 1000, presence=EVIL)
        office.row("evil", "e/no-show", now_ms - 1000, step="released", freed_min=EVIL)
        office.row("evil", f"e/{EVIL[:60]}", now_ms, **{EVIL: EVIL})
        connection.execute(insert(ROWS), [*office._rows, {**office._rows[0], "seq": 99, "body": "not json"}])
        for cleared_ms in (None, now_ms):
            texts = {"kind": EVIL[:64], "severity": '"><b>', "text": EVIL, "do": EVIL}
            connection.execute(insert(ALARMS).values(unit="evil", since_ms=now_ms, cleared_ms=cleared_ms, **texts))
        times = {"created_ms": now_ms, "expires_ms": now_ms, "updated_ms": now_ms}
        told = {"operation": EVIL[:40], "args": "{}", "by": EVIL, "reason": EVIL, "state": '"><b>x'}
        connection.execute(
            insert(COMMANDS).values(id="c1", unit="evil", result=b'{"png": "PHN2Zz4="}', **told, **times)
        )
        revision = {
            "unit": "evil",
            "rev": 1,
            "values": EVIL,
            "by": EVIL,
            "at_ms": now_ms,
            "state": "<b>",
            "reason": EVIL,
        }
        connection.execute(insert(SETTINGS).values(revision))
        connection.execute(insert(SILENCES).values(unit="evil", until_ms=now_ms + 9**9, by=EVIL, reason=EVIL))
        connection.execute(insert(AUDIT).values(at_ms=now_ms, who=EVIL, action=EVIL[:40], target=EVIL, detail=EVIL))


@pytest.mark.parametrize("path", PAGES)
def test_what_a_unit_writes_is_text(hub: Served, path: str) -> None:
    answer = hub.signed_in(Role.ADMINISTRATOR, name=EVIL).get(path)
    assert answer.status_code == 200
    assert "alert(1)" in answer.text, "it is shown"
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert re.findall(r"<script(?! src=\"/static/)|\son\w+=\"|style=\"|javascript:", answer.text) == []


def test_what_a_visitor_types_is_text(hub: Served) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR)
    for path in ("/units", "/sign-in", "/reports", "/units/x", "/audit"):
        answer = client.get(path, params={"q": EVIL, "next": EVIL, "from": EVIL, "before": EVIL, "live": EVIL})
        assert "<script>alert" not in answer.text


def test_a_picture_that_is_none_is_not_served(hub: Served) -> None:
    answer = hub.signed_in(Role.ADMINISTRATOR).get("/units/evil/commands/c1/screenshot.png")
    assert answer.status_code == 404
    assert "svg>" not in answer.text.partition("<main")[2]


def test_a_spreadsheet_runs_nothing_of_a_report(hub: Served) -> None:
    text = hub.signed_in(Role.ADMINISTRATOR).get("/reports/rooms.csv").text
    assert "\r\n\"'=1+1<script>" in text
    assert "\r\n=" not in text


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/nothing", "/metrics", "/static/hub.css", "/api/1/rooms", "/events"]
)
def test_every_answer_has_the_headers(hub: Served, path: str) -> None:
    with hub.signed_in(Role.USER).stream("GET", path) as answer:
        headers = answer.headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert "server" not in headers or "uvicorn" in headers["server"]


def test_pages_are_kept_by_no_cache_and_files_by_their_hash(hub: Served) -> None:
    client = hub.signed_in(Role.USER)
    assert client.get("/").headers["cache-control"] == "no-store"
    file = client.get("/static/hub.css")
    again = client.get("/static/hub.css", headers={"If-None-Match": file.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/static/Inter-Bold.otf").headers["content-type"] == "font/otf"


@pytest.mark.parametrize("name", ["../hub.js", "..%2fsite.py", "%2e%2e/app.py", "site.py", "", "hub.css/"])
def test_only_the_files_that_are_named_are_served(hub: Served, name: str) -> None:
    assert hub.browser().get(f"/static/{name}").status_code in (404, 307)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[::2]"])
def test_another_name_is_not_answered(hub: Served, host: str) -> None:
    answer = hub.browser().get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert hub.url in answer.text


def test_a_large_request_is_refused_with_and_without_its_length(hub: Served) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/sessions", content=b"a" * (LARGEST_BODY + 1), headers=kind).status_code == 413
    pieces = (b"a" * 1000 for _ in range(LARGEST_BODY // 1000 + 2))
    assert client.post("/sessions", content=pieces, headers=kind).status_code == 413


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_forms_come_in_one_kind_only(hub: Served, kind: str) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR)
    body = f"csrf={csrf_of(client)}".encode()
    assert client.post("/sessions", content=body, headers={"Content-Type": kind} if kind else {}).status_code == 415


def test_a_form_of_very_many_fields_is_refused(hub: Served) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR)
    fields = {f"f{number}": "x" for number in range(200)}
    assert client.post("/sessions", data={"csrf": csrf_of(client), **fields}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/units/none", 404), ("DELETE", "/units", 405), ("GET", "/reports?from=x", 400),
     ("GET", "/api/1/units/none", 404), ("GET", "/api/1/units/evil/history?topic=x", 400),
     ("GET", "/api/1/units/evil/history?topic=e/room&from_ms=9&to_ms=1", 400),
     ("GET", "/api/1/units/evil/history?topic=e/room&from_ms=x", 400)],
)  # fmt: skip
def test_an_error_says_what_to_do(hub: Served, method: str, path: str, status: int) -> None:
    answer = hub.signed_in(Role.ADMINISTRATOR).request(method, path)
    assert answer.status_code == status
    if path.startswith("/api/"):
        assert len(answer.json()["error"]) > 10
    else:
        assert "<h1>" in answer.text
        assert not re.search(r"<p>(Not Found|Method Not Allowed|Bad Request)</p>", answer.text)
        assert "Traceback" not in answer.text


def test_a_broken_store_is_told_without_its_details(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with served(tmp_path, office=False) as hub:
        client = hub.signed_in(Role.ADMINISTRATOR)
        with hub.parts.store.begin() as connection:
            ROWS.drop(connection)
        answer = client.get("/")
        assert answer.status_code == 503
        assert "database cannot be used" in answer.text
        assert "rows" not in answer.text.partition("<main")[2]
        assert "GET /" in caplog.text


def test_very_many_requests_of_one_address_are_slowed_down(tmp_path: Path) -> None:
    with served(tmp_path, office=False) as hub:
        client = hub.browser()
        burst = round(REQUESTS_AT_ONCE)
        statuses = [client.get("/static/none").status_code for _ in range(burst + 2)]
        assert (statuses[burst - 1], statuses[burst], statuses[-1]) == (404, 429, 429)
        hub.clock.step(1)
        assert client.get("/static/none").status_code == 404


def test_revoked_units_are_not_on_the_board(tmp_path: Path) -> None:
    with served(tmp_path) as hub:
        with hub.parts.store.begin() as connection:
            connection.execute(update(UNITS).where(UNITS.c.unit == "storebaelt").values(revoked_ms=1))
        client: httpx.Client = hub.signed_in(Role.ADMINISTRATOR)
        assert "Storebælt" not in client.get("/").text
        assert "Revoked" in client.get("/units").text
