"""Who may open what: every route there is, for every role, over real TLS; a route that is not in the table fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hub.roles import Permission, Role, permissions
from hub.web.app import rules
from hub.web.rules import Kind
from tests.hub.visits.guests import fill, restore
from tests.hub.visits.kit import visit_id
from tests.hub.web_kit import Served, csrf_of, served

UNIT, SHOT, LOGS = "storebaelt", "c0-storebaelt", "c3-storebaelt"
GUEST, COMING, INVITED = visit_id(1), visit_id(21), visit_id(61)
LINK = "a" * 22
P = Permission

# route -> (an address of it, what it needs, what to post); None: open to all.
TABLE: dict[str, tuple[str, Permission | None, dict[str, str]]] = {
    "GET /": ("/", P.SEE_ROOMS, {}),
    "GET /units": ("/units", P.SEE_UNITS, {}),
    "GET /units/{unit}": (f"/units/{UNIT}", P.SEE_UNITS, {}),
    "POST /units/{unit}/commands": (f"/units/{UNIT}/commands", P.COMMAND, {"operation": "identify"}),
    "POST /units/{unit}/settings": (f"/units/{UNIT}/settings", P.SETTINGS, {"key": "screen.language", "value": "es"}),
    "GET /units/{unit}/commands/{id}/screenshot.png": (f"/units/{UNIT}/commands/{SHOT}/screenshot.png", P.COMMAND, {}),
    "GET /units/{unit}/commands/{id}/logs.gz": (f"/units/{UNIT}/commands/{LOGS}/logs.gz", P.COMMAND, {}),
    "GET /visitors": ("/visitors", P.SEE_VISITORS, {}),
    "GET /visitors/new": ("/visitors/new", P.RECEIVE, {}),
    "POST /visitors": ("/visitors", P.RECEIVE, {"name": "Bo Dam", "host": "Ingrid Holm"}),
    "GET /visitors/evacuation": ("/visitors/evacuation", P.SEE_VISITORS, {}),
    "POST /visitors/evacuation": ("/visitors/evacuation", P.RECEIVE, {"sure": "yes"}),
    "POST /visitors/evacuation/{id}": (f"/visitors/evacuation/{GUEST}", P.RECEIVE, {"found": "yes"}),
    "GET /visitors/{id}": (f"/visitors/{GUEST}", P.SEE_VISITORS, {}),
    "POST /visitors/{id}": (f"/visitors/{GUEST}", P.RECEIVE, {"name": "Bo Dam", "host": "Ingrid Holm"}),
    "POST /visitors/{id}/met": (f"/visitors/{GUEST}/met", P.RECEIVE, {}),
    "POST /visitors/{id}/reprint": (f"/visitors/{GUEST}/reprint", P.RECEIVE, {"unit": "reception"}),
    "POST /visitors/{id}/out": (f"/visitors/{GUEST}/out", P.RECEIVE, {}),
    "POST /visitors/{id}/in": (f"/visitors/{COMING}/in", P.RECEIVE, {}),
    "GET /invitations": ("/invitations", P.RECEIVE, {}),
    "POST /invitations": (
        "/invitations",
        P.RECEIVE,
        {"name": "Bo Dam", "host": "Ingrid Holm", "start": "2026-11-24T10:00", "minutes": "60"},
    ),
    "GET /invitations/{id}": (f"/invitations/{INVITED}", P.RECEIVE, {}),
    "GET /invitations/{id}/qr.png": (f"/invitations/{INVITED}/qr.png", P.RECEIVE, {}),
    "GET /invitations/{id}/invitation.ics": (f"/invitations/{INVITED}/invitation.ics", P.RECEIVE, {}),
    "POST /invitations/{id}/revoke": (f"/invitations/{INVITED}/revoke", P.RECEIVE, {"sure": "yes"}),
    "GET /alarms": ("/alarms", P.SEE_UNITS, {}),
    "POST /alarms/silences": ("/alarms/silences", P.COMMAND, {"hours": "1", "unit": UNIT}),
    "POST /alarms/silences/end": ("/alarms/silences/end", P.COMMAND, {"id": "999"}),
    "GET /reports": ("/reports?from=2026-11-20&to=2026-11-20", P.SEE_REPORTS, {}),
    "GET /reports/rooms.csv": ("/reports/rooms.csv?from=2026-11-20&to=2026-11-20", P.SEE_REPORTS, {}),
    "GET /audit": ("/audit", P.SEE_AUDIT, {}),
    "GET /about": ("/about", P.SEE_ROOMS, {}),
    "GET /sessions": ("/sessions", P.SEE_ROOMS, {}),
    "POST /sessions": ("/sessions", P.SEE_ROOMS, {"x": "1"}),
    "POST /sign-out": ("/sign-out", P.SEE_ROOMS, {"x": "1"}),
    "GET /events": ("/events", P.SEE_ROOMS, {}),
    "GET /api/1/rooms": ("/api/1/rooms", P.SEE_ROOMS, {}),
    "GET /api/1/units": ("/api/1/units", P.SEE_UNITS, {}),
    "GET /api/1/units/{unit}": (f"/api/1/units/{UNIT}", P.SEE_UNITS, {}),
    "GET /api/1/units/{unit}/history": (f"/api/1/units/{UNIT}/history?topic=m/room", P.SEE_UNITS, {}),
    "GET /api/1/alarms": ("/api/1/alarms", P.SEE_UNITS, {}),
    "GET /api/1/reports/rooms": ("/api/1/reports/rooms?from=2026-11-20&to=2026-11-20", P.SEE_REPORTS, {}),
    "GET /a/{unit}/{id}/{word}": (f"/a/reception/{LINK}/coming", None, {}),
    "POST /a/{unit}/{id}/{word}": (f"/a/reception/{LINK}/coming", None, {}),
    "GET /sign-in": ("/sign-in", None, {}),
    "POST /sign-in": ("/sign-in", None, {}),
    "GET /sign-in/entra": ("/sign-in/entra", None, {}),
    "GET /sign-in/entra/return": ("/sign-in/entra/return", None, {}),
    "GET /metrics": ("/metrics", None, {}),
}
KINDS = {f"{rule.method} {rule.path}": rule.kind for rule in rules()}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("hub")
    with served(folder, small=True) as running:
        assert running.parts.visits is not None
        fill(running.parts.visits, running.clock.now())
        yield running


def test_every_route_is_in_the_table_with_what_it_needs() -> None:
    assert {f"{rule.method} {rule.path}": rule.permission for rule in rules()} == {
        name: needs for name, (_, needs, _) in TABLE.items()
    }


def status_of(client: httpx.Client, name: str) -> int:
    path, _, fields = TABLE[name]
    if name.startswith("POST"):
        return client.post(path, data={"csrf": csrf_of(client), **fields}).status_code
    with client.stream("GET", path) as answer:
        return answer.status_code


GUARDED = [name for name, (_, needs, _) in TABLE.items() if needs is not None]


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_it_may_and_nothing_else(hub: Served, role: Role) -> None:
    assert hub.parts.visits is not None
    restore(hub.parts.visits, hub.clock.now())
    found = {}
    for name in GUARDED:
        client = hub.signed_in(role, name=f"{role}@nordhavn.example")
        found[name] = status_of(client, name)
        client.close()
    may = permissions([role])
    for name, status in found.items():
        needs = TABLE[name][1]
        good = 303 if name.startswith("POST") else 200
        assert status == (good if needs in may else 403), name


def test_nobody_gets_nothing_but_the_sign_in(hub: Served) -> None:
    for name in GUARDED:
        path, _, fields = TABLE[name]
        client = hub.browser()
        answer = client.post(path, data=fields) if name.startswith("POST") else client.get(path)
        if KINDS[name] is Kind.PAGE:
            assert (answer.status_code, answer.headers["location"][:14]) == (303, "/sign-in?next="), name
        else:
            assert answer.status_code == 401, name
        client.close()


def test_a_session_without_any_role_sees_nothing(hub: Served) -> None:
    client = hub.signed_in(name="roleless@nordhavn.example")
    assert {status_of_get(client, name) for name in GUARDED if name.startswith("GET")} == {403}


def status_of_get(client: httpx.Client, name: str) -> int:
    return client.get(TABLE[name][0]).status_code


def test_the_menu_has_only_what_one_may_open(hub: Served) -> None:
    board = hub.signed_in(Role.USER).get("/").text
    assert [part for part in ("/units", "/alarms", "/reports", "/audit") if f'href="{part}' in board] == []
    board = hub.signed_in(Role.BOOKINGS).get("/").text
    assert [part for part in ("/units", "/alarms", "/reports", "/audit") if f'href="{part}' in board] == ["/reports"]


def test_without_the_right_to_command_there_are_no_buttons(hub: Served) -> None:
    page = hub.signed_in(Role.FLOOR_PLAN).get(f"/units/{UNIT}").text
    assert "/commands" not in page
    assert "/settings" not in page
