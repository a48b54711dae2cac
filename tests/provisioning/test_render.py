"""The files of a unit, as the apps read them; and what the apps find wrong, where the inventory has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.config import ConfigError, parse
from kiosk.config import KioskConfig
from provisioning.app_check import app_problems
from provisioning.inventory_load import Fleet
from provisioning.render import agent_settings, agent_text, app_file, app_settings, app_text, key_of, no_secrets
from provisioning.settings_layers import Reference
from roomdisplay.config import RoomConfig
from telemetry.settings import AgentConfig
from tests.provisioning.fleet_kit import changed, fleet, unit_text

SITE = 'gateway = "10.1.2.1"'
UNIT = 'name = "Ada"'


def room(found: Fleet, name: str = "ada") -> RoomConfig:
    return parse(app_text(found, found.unit(name), no_secrets), RoomConfig)


def kiosk(found: Fleet) -> KioskConfig:
    return parse(app_text(found, found.unit("lobby"), no_secrets), KioskConfig)


def test_a_door_panel_reads_what_the_inventory_says() -> None:
    read = room(fleet())
    assert (read.unit.id, read.unit.site, read.unit.outbox_file) == (
        *("ada", "Nordhavn"),
        "/var/lib/mydesk/outbox/outbox.db",
    )
    assert (read.room.address, read.room.name, read.room.time_zone) == (
        *("ada@contoso.example", "Ada"),
        "Europe/Copenhagen",
    )
    assert (read.graph.account, read.graph.shape, read.graph.sign_in) == (
        *("mydesk@contoso.example", "delegate"),
        "device-code",
    )
    assert read.sensors[0].kind == "pir"
    assert read.booking.snap_min == 5


def test_a_kiosk_too() -> None:
    read = kiosk(fleet(('id = "lobby"', 'id = "lobby"\nlanguage = "es"\naccount = "lobby@x.example"')))
    assert (read.unit.id, read.site.name, read.site.language) == ("lobby", "Nordhavn", "es")
    assert read.graph.account == "lobby@x.example"
    assert read.graph.client_id.startswith("7d1c")


def test_the_agent_too() -> None:
    found = fleet((UNIT, f"{UNIT}\nagent.health.cpu_hot_c = 70"))
    text = agent_text(found, found.unit("ada"), no_secrets)
    assert text is not None
    read = parse(text, AgentConfig)
    assert (read.unit.id, read.unit.role, read.unit.name) == ("ada", "room", "Ada")
    assert (read.unit.site, read.unit.floor, read.hub.host, read.health.cpu_hot_c) == (
        *("Nordhavn", "2"),
        *("hub.contoso.example", 70),
    )


def test_without_a_hub_nothing_is_kept_for_one() -> None:
    found = fleet(("[hub]", "# no hub"), ('host = "hub.contoso.example"', ""), ("ca_fingerprint =", "# "))
    assert agent_settings(found, found.unit("ada")) is None
    assert room(found).unit.outbox_file == ""


LAYERS = [
    ("", "", 5),
    ("room.booking.snap_min = 10", "", 10),
    ("room.booking.snap_min = 10", "overrides.booking.snap_min = 15", 15),
    ("", "overrides.booking.snap_min = 15", 15),
    ("kiosk.flow.idle_s = 20", "overrides.booking.later = false", 5),
]


@pytest.mark.parametrize(("site", "unit", "snap_min"), LAYERS)
def test_fleet_site_and_unit_lie_over_one_another(site: str, unit: str, snap_min: int) -> None:
    assert room(fleet((SITE, site), (UNIT, unit))).booking.snap_min == snap_min


SHAPES = {
    "delegate": ('shape = "delegate"', "mydesk@contoso.example", ""),
    "room account": ('shape = "room-account"', "ada@contoso.example", ""),
    "app only": ('shape = "app-only"\nsign_in = "certificate"', "", "/etc/mydesk/graph-cert.pem"),
}


@pytest.mark.parametrize(("setting", "account", "certificate"), SHAPES.values(), ids=list(SHAPES))
def test_who_signs_in(setting: str, account: str, certificate: str) -> None:
    read = room(fleet(("[microsoft365]", f"[microsoft365]\n{setting}")))
    assert (read.graph.account, read.graph.certificate_file) == (account, certificate)


def test_two_panels_of_a_room_know_of_each_other() -> None:
    found = fleet((UNIT, "panels = 2"), more=unit_text("eva", mailbox="ada@contoso.example") + "panels = 2\n")
    assert room(found).release.panels == room(found, "eva").release.panels == 2


def test_languages_and_zones_of_the_nearest() -> None:
    found = fleet((SITE, 'language = "es"\ntime_zone = "Europe/Madrid"'))
    assert (room(found).screen.language, room(found).room.time_zone) == ("es", "Europe/Madrid")


def test_the_same_inventory_gives_the_same_bytes() -> None:
    texts = [app_text(found, found.unit("ada"), no_secrets) for found in (fleet(), fleet())]
    assert texts[0] == texts[1]
    assert app_file(fleet().unit("lobby")) == "kiosk.toml"


def test_secrets_go_in_only_where_they_are_asked_for() -> None:
    found = fleet(("booking.snap_min = 5", 'admin.pin_hash = { env = "PIN" }'))
    asked: list[tuple[str, Reference]] = []

    def source(key: str, reference: Reference) -> str:
        asked.append((key, reference))
        return 'scrypt$"x"'

    assert parse(app_text(found, found.unit("ada"), source), RoomConfig).admin.pin_hash == 'scrypt$"x"'
    assert asked == [("admin.pin_hash", Reference("env", ("PIN",)))]
    assert "PIN" not in app_text(found, found.unit("ada"), no_secrets)


PLACES = {
    "booking.snap_min": "room.booking.snap_min",
    "hours.opens": "sites[0].room.hours.opens",
    "screen.subject": "units[0].overrides.screen.subject",
    "screen.width_px": "hardware.door.width_px",
    "room.address": "units[0].mailbox",
    "graph.client_id": "microsoft365.room_client_id",
    "graph.shape": "microsoft365.shape",
    "sensors[0].pin": "hardware.door.sensors",
    "sleep.wakes": "units[0]",
}


@pytest.mark.parametrize(("key", "place"), PLACES.items())
def test_where_a_key_was_set(key: str, place: str) -> None:
    found = fleet((SITE, "room.hours.opens = '07:00'"), (UNIT, "overrides.screen.subject = 'never'"))
    told = key_of(found, found.unit("ada"), key)
    assert place in (told, f"{told}.{key.rpartition('.')[2]}")


def problems(*changes: tuple[str, str], more: str = "") -> dict[str, tuple[int, str]]:
    """Line and message by key."""
    told = app_problems(fleet(*changes, more=more))
    return {problem.key: (problem.line, problem.message) for problem in told}


def test_the_apps_and_the_agent_tell_what_is_wrong_where_it_stands() -> None:
    changes = (
        ("booking.snap_min = 5", "booking.snap_min = 7"),
        (SITE, "kiosk.flow.idle = 20"),
        (UNIT, "overrides.booking.enbled = true\nagent.health.cpu_hot_c = 500"),
        ("pin = 17", "pin = 99"),
        ('tenant_id = "contoso.example"', 'tenant_id = "common"'),
    )
    told = problems(*changes, more=unit_text("eva") + unit_text("bob") + unit_text("max") + unit_text("kim"))
    lines = changed(*changes).splitlines()
    expected: dict[str, tuple[str, str]] = {
        "room.booking.snap_min": ("booking.snap_min = 7", "(told by ada, eva, bob and 2 more)"),
        "sites[0].kiosk.flow.idle": ("kiosk.flow.idle = 20", "unknown key; did you mean flow.idle_s?"),
        "units[0].overrides.booking.enbled": ("overrides.booking.enbled = true", "did you mean booking.enabled?"),
        "units[0].agent.health.cpu_hot_c": ("agent.health.cpu_hot_c = 500", "expected number, 40 to 110"),
        "hardware.door.sensors": ("sensors = ", "pin"),
        "microsoft365.tenant_id": ('tenant_id = "common"', "expected text matching"),
    }
    assert set(told) == set(expected)
    for key, (line, message) in expected.items():
        assert lines[told[key][0] - 1].startswith(line)
        assert message in told[key][1]


NO_KIOSK = ('role = "kiosk"', 'role = "room"\nmailbox = "lobby@contoso.example"')
SECRETS = {
    "hash": "overrides.admin.pin_hash = 'scrypt$1$2'",
    "password": "overrides.network.proxy_url = 'http://u:p@proxy:3128'",
    "harmless": "overrides.network.proxy_url = 'http://proxy:3128'",
    "reference": "overrides.admin.pin_hash = { env = 'PIN' }",
}


def test_secrets_may_not_stand_in_the_inventory_and_the_rest_may() -> None:
    told = problems(NO_KIOSK, more="".join(unit_text(name) + setting + "\n" for name, setting in SECRETS.items()))
    assert list(told) == ["units[2].overrides.admin.pin_hash", "units[3].overrides.network.proxy_url"]
    assert all("is a secret: put it elsewhere" in message for _, message in told.values())
    assert not any("scrypt" in message or "u:p" in message for _, message in told.values())


def test_an_app_that_cannot_be_asked_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from provisioning import app_check
    from provisioning.fleet_error import FleetError

    programs: Any = {"room": "no_such_program"}
    monkeypatch.setattr(app_check, "PROGRAMS", programs)
    with pytest.raises(FleetError, match=r"mydesk-room cannot check its settings here.*no_such_program"):
        app_problems(fleet())


@pytest.mark.slow
def test_2000_units_are_checked_by_their_apps(tmp_path: Path) -> None:
    rows = [unit_text(f"u{index}") for index in range(1998)]
    wrong = unit_text("last") + "overrides.booking.snap_min = 7\n"
    told = problems(more="".join(rows) + wrong)
    assert list(told) == ["units[2000].overrides.booking.snap_min"]


def test_the_kit_is_sound() -> None:
    with pytest.raises(AssertionError, match="stands there 2 times"):
        changed(("[[units]]", ""))
    with pytest.raises(ConfigError):
        fleet(("[hub]", "[hubs]"))
    assert app_settings(fleet(), fleet().unit("ada"))["unit"]["id"] == "ada"
