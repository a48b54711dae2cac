"""The doctor in a simulated tenant, over TLS: what it sees is what the tenant's admin set."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.graph import certificates
from tests.graph.tenant import DEVICE, HUB_APP, PANEL_APP, ROOM, ZONE
from tests.graph_cli.conftest import Done, Unit

BOSS = "aase.moerk@nordhavn.example"
READ_ONLY, NO_RIGHT = "femern.baelt@nordhavn.example", "smaalandsfarvandet@nordhavn.example"
NO_PRIVATE, AS_DELIVERED = "limfjorden@nordhavn.example", "skagerrak@nordhavn.example"


def found(done: Done) -> dict[str, list[dict[str, Any]]]:
    """The findings of `doctor --json` by check."""
    by_check: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(done.out)["findings"]:
        by_check.setdefault(finding["check"], []).append(finding)
    return by_check


def examined(unit: Unit, *words: str, **sections: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return found(unit.run("doctor", "--json", *words, **sections))


def levels(findings: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    return {check: [finding["level"] for finding in several] for check, several in findings.items()}


def answer(folder: Path, **settings: Any) -> str:
    kept = {"AddOrganizerToSubject": False, "DeleteSubject": False, "RemovePrivateProperty": False}
    path = folder / "exchange.json"
    path.write_text(json.dumps([{"Room": ROOM, "AutomateProcessing": "AutoAccept", **kept, **settings}]), "utf-16")
    return str(path)


@pytest.fixture
def panel(signed_in: Unit) -> Unit:
    """A unit whose app may do exactly what it uses."""
    extra = ["Calendars.ReadWrite", "User.ReadBasic.All"]
    signed_in.tenant.control("POST", f"apps/{PANEL_APP}/consent", remove=extra, add=["Calendars.ReadBasic"])
    return signed_in


@pytest.fixture(autouse=True)
def consents_as_before(office: Any) -> Any:
    before = {app: list(scopes) for app, scopes in office.simulator.tenant.sign_in.accounts.consented.items()}
    yield
    for app, scopes in before.items():
        office.simulator.tenant.sign_in.accounts.consented[app] = set(scopes)


def test_a_panel_that_is_set_up_right(panel: Unit) -> None:
    exchange = answer(panel.tenant.folder)
    done = panel.run("doctor", "--json", "--out-of-scope", BOSS, "--exchange", exchange)
    assert done.code == 0
    assert json.loads(done.out)["worst"] == "ok"
    assert set(found(done)) == {"sign-in", "consent", "clock", "read", "write", "mailbox", "out-of-scope"}


def test_in_words(panel: Unit) -> None:
    done = panel.run("doctor", "--room", NO_RIGHT, "--room", READ_ONLY)
    assert done.code == 1
    lines = done.out.splitlines()
    read = next(place for place, line in enumerate(lines) if line.startswith("ERROR   read"))
    assert NO_RIGHT in lines[read]
    assert "cannot show whether the room is free" in lines[read + 1]
    assert lines[read + 2].strip() == "In Exchange Online PowerShell:"
    assert lines[read + 3].strip().startswith("Add-MailboxFolderPermission")
    assert lines[-1] == "2 errors, 1 warning, 2 unknown."


def test_rights_room_by_room(panel: Unit) -> None:
    rooms = [word for room in (ROOM, READ_ONLY, NO_RIGHT, NO_PRIVATE) for word in ("--room", room)]
    findings = examined(panel, *rooms)
    assert {one["about"]: one["level"] for one in findings["read"]} == {
        ROOM: "ok", READ_ONLY: "ok", NO_RIGHT: "error", NO_PRIVATE: "ok",
    }  # fmt: skip
    assert {one["about"]: one["level"] for one in findings["write"]} == {
        ROOM: "ok", READ_ONLY: "error", NO_PRIVATE: "ok",
    }  # fmt: skip
    assert [one["about"] for one in findings["private"]] == [READ_ONLY, NO_PRIVATE]
    assert "DelegatedCalendarAccessDenied" in findings["read"][2]["what"]


def test_the_mending_line_is_about_what_the_admin_then_does(panel: Unit) -> None:
    before = examined(panel, "--room", READ_ONLY)["write"][0]
    assert f"'{READ_ONLY}:\\'" in before["mend"][0]
    assert f"-User '{DEVICE}'" in before["mend"][0]
    right = {"who": DEVICE, "role": "delegateWithPrivateEventAccess"}
    panel.tenant.control("POST", f"rooms/{quote(READ_ONLY)}/rights", **right)
    try:
        assert levels(examined(panel, "--room", READ_ONLY))["write"] == ["ok"]
    finally:
        panel.tenant.control("POST", f"rooms/{quote(READ_ONLY)}/rights", who=DEVICE, role="read")


def test_without_the_write_test_nothing_is_written(panel: Unit) -> None:
    panel.tenant.requests()
    examined(panel, "--out-of-scope", BOSS)
    assert {one["method"] for one in panel.tenant.requests()} == {"GET"}


@pytest.mark.parametrize("room", [ROOM, READ_ONLY])
def test_the_write_test_leaves_nothing_behind(panel: Unit, room: str) -> None:
    before = panel.tenant.truth(room)
    findings = examined(panel, "--write-test", "--room", room)
    assert levels(findings)["write"] == (["ok"] if room == ROOM else ["error"])
    written = [one["method"] for one in panel.tenant.requests() if one["method"] != "GET"]
    assert written == (["POST", "DELETE"] if room == ROOM else ["POST"])
    assert panel.tenant.truth(room) == before


def test_a_write_test_whose_end_fails_says_so(panel: Unit) -> None:
    panel.tenant.fault("status", "/events/", method="DELETE", status=403, code="ErrorAccessDenied")
    [finding] = examined(panel, "--write-test")["write"]
    assert (finding["level"], "could not be deleted" in finding["what"]) == ("warning", True)


def test_consent_that_is_missing_and_too_much(panel: Unit) -> None:
    panel.tenant.control("POST", f"apps/{PANEL_APP}/consent", remove=["Place.Read.All"], add=["Mail.Read"])
    [finding] = examined(panel)["consent"]
    assert (finding["level"], finding["console"]) == ("error", "entra")
    assert "Place.Read.All" in finding["what"]
    assert finding["mend"][0].startswith(f"Start-Process '{panel.tenant.simulator.url}/")
    panel.tenant.control("POST", f"apps/{PANEL_APP}/consent", add=["Place.Read.All"])
    assert "Mail.Read" in examined(panel)["scopes"][0]["what"]


def test_nobody_signed_in(unit: Unit) -> None:
    done = unit.run("doctor", "--json", "--out-of-scope", BOSS)
    assert done.code == 1
    assert {check: values for check, values in levels(found(done)).items() if values != ["unknown"]} == {
        "sign-in": ["error"]
    }


def test_revoked_and_offline(panel: Unit) -> None:
    panel.tenant.control("POST", f"accounts/{quote(DEVICE)}", revoke=True)
    [finding] = examined(panel)["sign-in"]
    assert (finding["level"], "was revoked" in finding["what"]) == ("error", True)
    offline = {"authority_url": "https://127.0.0.1:1", "graph_url": "https://127.0.0.1:1/v1.0"}
    assert levels(examined(panel, graph=offline))["network"] == ["error"]


@pytest.mark.parametrize(("date_offset_s", "level"), [(0, "ok"), (-120, "error"), (3600, "error")])
def test_clock(panel: Unit, date_offset_s: float, level: str) -> None:
    if date_offset_s:
        panel.tenant.fault("date", "/v1.0/", date_offset_s=date_offset_s)
    [finding] = examined(panel)["clock"]
    assert finding["level"] == level


def test_a_mailbox_that_must_be_refused(panel: Unit) -> None:
    assert levels(examined(panel, "--out-of-scope", NO_RIGHT))["out-of-scope"] == ["ok"]
    [finding] = examined(panel, "--out-of-scope", READ_ONLY)["out-of-scope"]
    assert (finding["level"], len(finding["mend"])) == ("error", 2)
    assert levels(examined(panel, "--out-of-scope", "nobody@nordhavn.example"))["out-of-scope"] == ["unknown"]


def test_settings_from_powershell(panel: Unit) -> None:
    exchange = answer(panel.tenant.folder, RemovePrivateProperty=True, EnableAutoRelease=True)
    findings = examined(panel, "--exchange", exchange, release={"exchange_auto_release": "off"})
    assert [one["level"] for one in findings["mailbox"]] == ["warning"]
    assert findings["auto-release"][0]["level"] == "error"
    assert panel.run("doctor", "--exchange", exchange, "--strict").code == 1


def test_settings_inferred_from_meetings(panel: Unit) -> None:
    """Skagerrak is as Exchange delivers it: accepted meetings get their organizer's name for a title."""
    day = datetime.now(ZONE).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    people = ("louise.holm", "jesper.friis", "henrik.dam", "soeren.aeroe", "ida.jensen")
    for hour, person in enumerate(people, 9):
        start = day.replace(hour=hour)
        times = {"start": start.isoformat(), "end": (start + timedelta(minutes=30)).isoformat()}
        panel.tenant.control(
            "POST", f"people/{person}@nordhavn.example/meetings", subject=f"Topic {hour}", rooms=[AS_DELIVERED], **times
        )
    panel.tenant.control("POST", "clock", step_s=60)
    [finding] = [one for one in examined(panel, "--room", AS_DELIVERED)["mailbox"] if one["inferred"]]
    assert finding["mend"] == [f"Set-CalendarProcessing -Identity '{AS_DELIVERED}' -AddOrganizerToSubject $false"]


@pytest.fixture
def hub(unit: Unit) -> Unit:
    key = certificates.rsa_key()
    files = certificates.write(unit.tenant.folder, certificates.certificate_pem(key), certificates.key_pem(key))
    pem = certificates.certificate_pem(key).decode()
    unit.tenant.control("POST", f"apps/{HUB_APP}/certificates", pem=pem, replace=True)
    (unit.tenant.folder / "cert.pem").write_text(pem)
    unit.write(graph={**files, "client_id": HUB_APP})
    return unit


def test_app_only_with_rbac(hub: Unit) -> None:
    findings = examined(hub, "--out-of-scope", BOSS)
    seen = levels(findings)
    for check in ("sign-in", "org-wide", "out-of-scope", "read", "write", "certificate"):
        assert seen[check] == ["ok"], findings[check]


@pytest.fixture
def registered(hub: Unit) -> Any:
    """The hub's registration, to be changed for one test."""
    from dataclasses import replace

    apps = hub.tenant.simulator.tenant.directory.apps
    before = apps[HUB_APP]

    def change(**values: Any) -> None:
        apps[HUB_APP] = replace(before, **values)

    yield change
    apps[HUB_APP] = before


def test_app_only_that_reaches_everybody(hub: Unit, registered: Any) -> None:
    registered(application=("Calendars.ReadWrite", "Place.Read.All"), scoping="none")
    findings = examined(hub, "--out-of-scope", BOSS)
    assert levels(findings)["org-wide"] == levels(findings)["out-of-scope"] == ["error"]
    assert findings["org-wide"][0]["takes"] == "may take over an hour"


def test_app_only_with_the_older_policy(hub: Unit, registered: Any) -> None:
    registered(application=("Calendars.ReadWrite", "Place.Read.All"), scoping="access-policy", mailboxes=(ROOM,))
    findings = examined(hub, "--out-of-scope", BOSS, "--room", ROOM, "--room", NO_RIGHT)
    assert levels(findings)["old-policy"] == levels(findings)["org-wide"] == ["warning"]
    denied = next(one for one in findings["read"] if one["about"] == NO_RIGHT)
    assert denied["mend"][0].startswith("Get-ApplicationAccessPolicy")


def test_app_only_with_a_room_outside_its_scope(hub: Unit, registered: Any) -> None:
    registered(mailboxes=(NO_RIGHT,))
    [finding] = examined(hub)["read"]
    assert finding["mend"][0] == f"Add-DistributionGroupMember -Identity 'MyDesk rooms' -Member '{ROOM}'"
    assert finding["slow"]


def test_a_certificate_nobody_can_use(hub: Unit) -> None:
    (hub.tenant.folder / "cert.pem").write_text("nothing")
    assert levels(examined(hub))["certificate"] == ["error"]


def test_a_room_account(unit: Unit) -> None:
    unit.tenant.control("POST", f"apps/{PANEL_APP}/consent", add=["Calendars.ReadBasic"])
    unit.tenant.control("POST", "sign-in/auto-approve", account=ROOM)
    unit.write(graph={"shape": "room-account", "account": ROOM})
    assert unit.run("sign-in").code == 0
    findings = examined(unit, "--out-of-scope", BOSS)
    assert levels(findings)["read"] == levels(findings)["write"] == ["ok"]
    assert levels(examined(unit, "--room", READ_ONLY))["account"] == ["warning"]
    assert unit.run("agenda").code == 0
    assert "its own calendar only" in unit.run("agenda", READ_ONLY).err
