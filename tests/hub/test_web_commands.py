"""Commands, settings and silences from the pages: sent, asked about, written to the audit, results fetched."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub.link import Outcome
from hub.roles import Role
from hub.tables import AUDIT, COMMANDS, SETTINGS, SILENCES, UNITS
from hub.web.command_pages import GZIP, PNG, value_of
from hub.web.operations import OPERATIONS
from tests.hub.office import VERSION
from tests.hub.web_kit import Served, post, served

pytestmark = pytest.mark.slow  # a hub of its own for each test
WHO = "louise.holm@nordhavn.example"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, small=True) as running:
        yield running


def audited(hub: Served) -> tuple[str, str, str]:
    with hub.parts.store.reading() as connection:
        row = connection.execute(select(AUDIT).order_by(AUDIT.c.id.desc()).limit(1)).one()
    return row.who, row.action, row.target


@pytest.mark.parametrize("name", [one.name for one in OPERATIONS.values() if not one.asks])
def test_a_command_goes_to_its_unit_and_into_the_audit(hub: Served, name: str) -> None:
    client = hub.signed_in(Role.LOCATIONS, name=WHO)
    answer = post(client, "/units/storebaelt/commands", operation=name)
    assert (answer.status_code, answer.headers["location"]) == (303, "/units/storebaelt#commands")
    ((topic, payload, retain, expiry_s),) = hub.sender.sent
    assert topic.startswith(f"mydesk/1/storebaelt/cmd/{name}/")
    assert (json.loads(payload)["by"], retain, expiry_s) == (WHO, False, 300)
    assert audited(hub) == (WHO, name, "storebaelt")


@pytest.mark.parametrize(
    ("unit", "name", "more", "args"),
    [
        ("storebaelt", "reboot", {}, {}),
        ("storebaelt", "reboot", {"force": "yes"}, {"force": True}),
        ("storebaelt", "restart", {"force": "yes"}, {}),
        ("reception", "evacuation", {}, {"active": True}),
        ("reception", "evacuation-end", {}, {"active": False}),
    ],
)
def test_what_disturbs_people_is_asked_about_first(
    hub: Served, unit: str, name: str, more: dict[str, str], args: dict[str, bool]
) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR, name=WHO)
    asked = post(client, f"/units/{unit}/commands", operation=name)
    assert asked.status_code == 200
    assert OPERATIONS[name].warning in html.unescape(asked.text)
    assert hub.sender.sent == []
    assert post(client, f"/units/{unit}/commands", operation=name, sure="yes", **more).status_code == 303
    ((topic, payload, _, _),) = hub.sender.sent
    assert topic.split("/")[4] == OPERATIONS[name].operation
    assert json.loads(payload).get("args", {}) == args


@pytest.mark.parametrize(
    ("unit", "name", "status"),
    [
        ("storebaelt", "evacuation", 400),
        ("storebaelt", "rm -rf", 400),
        ("storebaelt", "", 400),
        ("none", "identify", 404),
    ],
)
def test_what_a_unit_cannot_do_is_not_sent(hub: Served, unit: str, name: str, status: int) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR)
    assert post(client, f"/units/{unit}/commands", operation=name, sure="yes").status_code == status
    assert hub.sender.sent == []


def test_a_revoked_unit_takes_no_commands(hub: Served) -> None:
    with hub.parts.store.begin() as connection:
        connection.execute(update(UNITS).where(UNITS.c.unit == "storebaelt").values(revoked_ms=1))
    answer = post(hub.signed_in(Role.ADMINISTRATOR), "/units/storebaelt/commands", operation="identify")
    assert (answer.status_code, hub.sender.sent) == (409, [])


def test_a_unit_that_is_away_shows_why_the_command_failed(hub: Served) -> None:
    hub.sender.outcome = Outcome.NOBODY
    client = hub.signed_in(Role.ADMINISTRATOR)
    post(client, "/units/samsoe/commands", operation="identify")
    assert "The unit is not connected" in client.get("/units/samsoe").text


def test_a_picture_is_shown_and_logs_are_downloaded(hub: Served) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR, name=WHO)
    assert "/commands/c0-storebaelt/screenshot.png" in client.get("/units/storebaelt").text
    picture = client.get("/units/storebaelt/commands/c0-storebaelt/screenshot.png")
    assert picture.content.startswith(PNG)
    assert (picture.headers["content-type"], "sandbox" in picture.headers["content-security-policy"]) == (
        "image/png",
        True,
    )
    logs = client.get("/units/storebaelt/commands/c3-storebaelt/logs.gz")
    assert logs.content.startswith(GZIP)
    assert logs.headers["content-disposition"] == 'attachment; filename="storebaelt-logs.gz"'
    assert audited(hub) == (WHO, "logs downloaded", "storebaelt")


def test_results_belong_to_their_unit_and_kind(hub: Served) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR)
    for path in ("anholt/commands/c0-storebaelt/screenshot.png", "storebaelt/commands/c0-storebaelt/logs.gz",
                 "storebaelt/commands/none/logs.gz", "storebaelt/commands/c1-storebaelt/screenshot.png"):  # fmt: skip
        assert client.get(f"/units/{path}").status_code == 404, path


def test_settings_are_changed_one_by_one_in_revisions(hub: Served) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR, name=WHO)
    for key, value in (("screen.brightness_percent", "60"), ("screen.language", ""), ("booking.by_name", "true")):
        assert post(client, "/units/storebaelt/settings", key=key, value=value).status_code == 303
    with hub.parts.store.reading() as connection:
        rows = connection.execute(select(SETTINGS.c.rev, SETTINGS.c["values"]).order_by(SETTINGS.c.rev)).all()
    assert [row[0] for row in rows] == [3, 4, 5, 6]
    assert json.loads(rows[-1][1]) == {"screen.brightness_percent": 60, "booking.by_name": True}
    assert audited(hub) == (WHO, "settings", "storebaelt")
    assert "revision 6" in client.get("/units/storebaelt").text


@pytest.mark.parametrize("key", ["", "a b", "a..b", ".a", "a-b", "æ.b", "a[0]"])
def test_what_is_no_name_of_a_setting_is_refused(hub: Served, key: str) -> None:
    assert post(hub.signed_in(Role.ADMINISTRATOR), "/units/anholt/settings", key=key, value="1").status_code == 400
    assert hub.sender.sent == []


@pytest.mark.parametrize(
    ("typed", "value"),
    [("80", 80), ("2.5", 2.5), ("true", True), ('"80"', "80"), ("da", "da"), ('["a"]', ["a"]), ("null", "null"),
     ('{"a":1}', '{"a":1}'), ("[" * 400, "[" * 400)],
)  # fmt: skip
def test_a_setting_is_read_as_it_was_meant(typed: str, value: object) -> None:
    assert value_of(typed) == value


def test_maintenance_is_begun_and_ended(hub: Served) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR, name=WHO)
    assert post(client, "/alarms/silences", unit="storebaelt", hours="4", reason="New cable").status_code == 303
    assert ">14:40</time>" in client.get("/alarms").text
    with hub.parts.store.reading() as connection:
        row = connection.execute(select(SILENCES).where(SILENCES.c.unit == "storebaelt")).one()
    assert (row.by, row.reason) == (WHO, "New cable")
    post(client, "/alarms/silences/end", id=str(row.id))
    assert ">14:40</time>" not in client.get("/alarms").text
    assert audited(hub) == (WHO, "silence ended", str(row.id))


@pytest.mark.parametrize(
    "fields", [{"hours": "5"}, {"hours": "x"}, {"hours": ""}, {"hours": "1", "unit": "none"}, {"hours": "²"}]
)
def test_a_silence_that_cannot_be_is_refused(hub: Served, fields: dict[str, str]) -> None:
    assert post(hub.signed_in(Role.ADMINISTRATOR), "/alarms/silences", **fields).status_code == 400


FOUND = {
    "q=storeb": 1, f"q={VERSION}": 24, "q=2nd": 8, "show=kiosk": 2, "show=lost": 3, "show=alarm": 3,
    "show=nonsense": 24, "q=zzz": 0, "live=storaa,anholt,none": 2,
}  # fmt: skip


def test_units_are_found_by_what_one_types(hub: Served) -> None:
    client = hub.signed_in(Role.FLOOR_PLAN)
    for query, found in FOUND.items():
        assert client.get(f"/units?{query}").text.count('<tr id="unit-') == found, query


def test_commands_do_not_show_others_by_the_page_of_a_unit(hub: Served) -> None:
    with hub.parts.store.reading() as connection:
        assert {row.unit for row in connection.execute(select(COMMANDS.c.unit))} == {"storebaelt"}
    assert "No command was sent lately" in hub.signed_in(Role.ADMINISTRATOR).get("/units/anholt").text
