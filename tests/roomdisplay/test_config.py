"""The panel's configuration file: a full one, the smallest one, and what nobody should write."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from common.config import ConfigError, example_toml, parse
from graph.features import Feature
from roomdisplay.config import RoomConfig, load
from roomdisplay.settings import HoursSection

SMALLEST = """
[unit]
id = "cph-2-storebaelt"
[room]
address = "storebaelt@nordhavn.example"
name = "Storebælt"
[graph]
tenant_id = "nordhavn.example"
client_id = "11111111-aaaa-4bbb-8ccc-000000000001"
sign_in = "device-code"
token_cache_file = "/var/lib/mydesk/graph-tokens"
token_key_file = "/var/lib/mydesk/graph-tokens.key"
"""


CERTIFICATE = """sign_in = "certificate"
shape = "app-only"
certificate_file = "/etc/mydesk/unit.pem"
private_key_file = "/etc/mydesk/unit.key"
"""


def config(more: str = "", **changed: str) -> RoomConfig:
    text = SMALLEST
    for old, new in changed.items():
        text = text.replace(f'{old} = "{tomllib.loads(SMALLEST)["unit" if old == "id" else "room"][old]}"', new)
    return parse(f"{text}\n{more}", RoomConfig)


def problems(more: str = "", **changed: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(more, **changed)
    return str(caught.value)


def test_the_smallest_file_has_every_default() -> None:
    made = config()
    assert made.room.zone == ZoneInfo("Europe/Copenhagen")
    assert made.hours == HoursSection()
    assert made.features == {Feature.AGENDA, Feature.BOOKING, Feature.PLACES, Feature.FREE_BUSY}


def test_the_example_that_the_code_makes_of_itself_loads(tmp_path: Path) -> None:
    """As it is printed, and with every key that there is switched on, each with its example value."""
    path = tmp_path / "room.toml"
    path.write_text(example_toml(RoomConfig), encoding="utf-8")
    assert load(path).unit.id == "cph-2-storebaelt"
    lists_too = re.sub(r"(?m)^# (?=# |\[\[)", "", example_toml(RoomConfig))
    path.write_text(re.sub(r"(?m)^# (?=[a-z0-9_]+ = )", "", lists_too), encoding="utf-8")
    made = load(path)
    written = tomllib.loads(path.read_text("utf-8"))
    sections = {field.name for field in msgspec.structs.fields(RoomConfig)}
    assert set(written) == sections
    for section in sections:
        value, text = getattr(made, section), written[section]
        value, text = (value[0], text[0]) if isinstance(text, list) else (value, text)
        keys = {field.encode_name for field in msgspec.structs.fields(type(value))}
        assert set(text) == keys, section


RADAR = '[[sensors]]\nname = "ceiling"\nkind = "ld2410"\nport = "/dev/ttyAMA0"\n'
PIR = '[[sensors]]\nname = "hall"\nkind = "pir"\npin = {}\n'
LUX = '[[sensors]]\nname = "corridor"\nkind = "bh1750"\n'
LAMP = '[lamp]\ndriver = "gpiozero"\n{}_pin = {}\n'
RELEASE = "[check_in]\nenabled = true\n[release]\nenabled = true\n"

HOSTILE: list[tuple[str, str, str]] = [
    ("a key that is not there", "[booking]\nenabld = true", "enabld"),
    ("a section that is not there", "[boking]\nenabled = true", "boking"),
    ("text for a number", '[booking]\nmaximum_min = "240"', "booking.maximum_min: expected whole number"),
    ("yes for true", '[booking]\nenabled = "yes"', "booking.enabled"),
    ("a number for true", "[booking]\nenabled = 1", "booking.enabled"),
    ("too long a day", "[booking]\nmaximum_min = 1441", "booking.maximum_min"),
    ("no lengths", "[booking]\ndurations_min = []", "booking.durations_min"),
    ("too many lengths", "[booking]\ndurations_min = [1,2,3,4,5,6,7]", "booking.durations_min"),
    ("a length of nothing", "[booking]\ndurations_min = [0]", "booking.durations_min"),
    ("a grid that no clock has", "[booking]\nsnap_min = 7", "booking.snap_min"),
    ("a negative buffer", "[booking]\nbuffer_min = -1", "booking.buffer_min"),
    ("not a number", "[screen]\nwidth_mm = nan", "screen.width_mm"),
    ("without end", "[screen]\nwidth_mm = inf", "screen.width_mm"),
    ("a colour by name", '[screen]\nbrand_colour = "green"', "screen.brand_colour"),
    ("a language that is not there", '[screen]\nlanguage = "de"', "screen.language"),
    ("an hour that is not there", '[hours]\ncloses = "24:30"', "hours.closes"),
    ("an hour beyond the day", '[hours]\ncloses = "25:00"', "hours.closes"),
    ("an hour without minutes", '[hours]\ncloses = "17"', "hours.closes"),
    ("closed before it opens", '[hours]\nopens = "17:00"\ncloses = "08:00"', "must be later than opens"),
    ("a day that is not there", '[hours]\ndays = ["man"]', "hours.days"),
    ("an undo that nobody can reach", "[meeting]\nundo_s = 1", "meeting.undo_s"),
    ("a release before anybody came", "[check_in]\ncloses_after_min = 0", "check_in.closes_after_min"),
    ("a poll every second", "[calendar]\ninterval_s = 1", "calendar.interval_s"),
    ("two sensors of one name", RADAR + RADAR, "sensors[1].name"),
    ("a sensor on a pin of the lamp", '[lamp]\ndriver = "gpiozero"\n' + PIR.format(17), "sensors[0].pin"),
    ("two sensors on one pin", PIR.format(4) + PIR.format(4).replace("hall", "wall"), "sensors[1].pin"),
    ("a sensor on a pin of the UART", PIR.format(15) + RADAR, "sensors[1].port: the ld2410 'ceiling' needs GPIO15"),
    ("a sensor on a pin of I2C", LUX + PIR.format(3), "sensors[1].pin: the pir 'hall' needs GPIO3"),
    ("a lamp on a pin of the UART", LAMP.format("red", 14) + RADAR, "which red of the lamp has by lamp.red_pin"),
    ("a lamp on a pin of I2C", LAMP.format("blue", 2) + LUX, "which blue of the lamp has by lamp.blue_pin"),
    ("two sensors on one bus", LUX + LUX.replace("corridor", "wall"), "address 0x23 of I2C bus 1 is used"),
    ("a sensor that nobody makes", RADAR.replace("ld2410", "sonar"), "sensors[0].kind"),
    ("a release without a check-in", f"[release]\nenabled = true\n{RADAR}", "[check_in] enabled = true"),
    ("a release that nobody watches", RELEASE, "without_sensors = true"),
    ("a release that a door watches", RELEASE + PIR.format(4).replace('"pir"', '"door"'), "needs a radar or PIR"),
    ("a booking for nobody", "[presence]\nauto_book = true", "presence.auto_book: needs a radar or PIR"),
    ("a booking that is off", f"[booking]\nenabled = false\n{RADAR}[presence]\nauto_book = true", "[booking] enabled"),
    ("an extension that is off", f"[meeting]\nextend = false\n{RADAR}[presence]\nauto_extend = true", "[meeting] ext"),
    ("an end that is off", f"[meeting]\nend_own = false\n[presence]\nend_when_empty = true\n{RADAR}", "end_own = true"),
    ("dimming without an eye", "[auto_dim]\nenabled = true", "needs a sensor that tells light"),
    ("dimming by another eye", f'[auto_dim]\nenabled = true\nsource = "wall"\n{RADAR}', "tell light: ceiling"),
    ("near slower than far", "[calendar]\nnear_interval_s = 90\ninterval_s = 60", "must not be longer than"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "said"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_what_is_wrong_is_named(more: str, said: str) -> None:
    assert said in problems(more)


TOLD_ONCE = {
    "two names of the UART": RADAR + RADAR.replace("ceiling", "wall").replace("ttyAMA0", "serial0"),
    "one port twice": RADAR + RADAR.replace("ceiling", "wall"),
    "one pin twice": PIR.format(4) + PIR.format(4).replace("hall", "wall"),
    "one address twice": LUX + LUX.replace("corridor", "wall"),
    "a pin of the lamp": LAMP.format("red", 4) + PIR.format(4),
    "two pins of the lamp": LAMP.format("red", 22),
}


@pytest.mark.parametrize("more", TOLD_ONCE.values(), ids=TOLD_ONCE)
def test_a_clash_of_wires_is_told_once(more: str) -> None:
    assert "1 problem\n" in problems(more)


@pytest.mark.parametrize("unit", ["", "CPH", "a b", "../etc", "a" * 33, "a/b", "æ"])
def test_a_unit_id_is_fit_for_a_topic(unit: str) -> None:
    assert "unit.id" in problems(id=f'id = "{unit}"')


@pytest.mark.parametrize("address", ["", "storebaelt", "@nordhavn.example", "a b@nordhavn.example", "a@b@c"])
def test_a_room_has_a_mailbox(address: str) -> None:
    assert "room.address" in problems(address=f'address = "{address}"')


@pytest.mark.parametrize("zone", ["", "Romance Standard Time", "Europe/Nowhere", "../../etc/passwd", "UTC+1"])
def test_a_zone_is_one_that_exists(zone: str) -> None:
    assert "room.time_zone" in problems(name=f'name = "Storebælt"\ntime_zone = "{zone}"')


def test_everything_that_is_wrong_is_told_at_once() -> None:
    said = problems('[booking]\nsnap_min = 7\n[hours]\nopens = "9"\n[screen]\nlanguage = "xx"', id='id = "A"')
    assert "4 problems" in said


@pytest.mark.parametrize("exchange", ["unknown", "on", "off"])
def test_a_release_that_exchange_would_contradict_is_no_reason_not_to_start(exchange: str) -> None:
    """The panel says so in its log, its status and its menu instead."""
    made = config(f'{RELEASE}exchange_auto_release = "{exchange}"\n{RADAR}')
    assert made.release.enabled
    assert Feature.BOOKING in config(f"[booking]\nenabled = false\n{RELEASE}{RADAR}").features


def test_searching_everybody_with_a_certificate_needs_a_group() -> None:
    text = SMALLEST.replace('sign_in = "device-code"', CERTIFICATE)
    with pytest.raises(ConfigError, match=r"booking\.host_group"):
        parse(f"{text}\n[booking]\nby_name = true", RoomConfig)


FEATURES: list[tuple[str, set[Feature], set[Feature]]] = [
    ("[booking]\nby_name = true", {Feature.PEOPLE}, set()),
    ('[booking]\nby_name = true\nhost_group = "x"', {Feature.PEOPLE, Feature.GROUPS}, set()),
    ('[booking]\nhost_group = "x"', set(), {Feature.PEOPLE, Feature.GROUPS}),
    ('[fault_report]\nmail_to = "service@nordhavn.example"', {Feature.MAIL}, set()),
    ('[fault_report]\nenabled = false\nmail_to = "service@nordhavn.example"', set(), {Feature.MAIL}),
    ("[other_rooms]\nenabled = false", {Feature.PLACES}, {Feature.FREE_BUSY}),
    (
        "[booking]\nenabled = false\n[meeting]\nextend = false\nend_own = false",
        {Feature.AGENDA},
        {Feature.BOOKING},
    ),
    (
        "[booking]\nenabled = false\n[meeting]\nrelease = true",
        {Feature.BOOKING},
        set(),
    ),
]


@pytest.mark.parametrize(("more", "wanted", "unwanted"), FEATURES)
def test_the_panel_asks_for_no_right_that_it_does_not_use(more: str, wanted: set[Any], unwanted: set[Any]) -> None:
    features = config(more).features
    assert wanted <= features
    assert not unwanted & features


def test_a_room_that_tells_its_own_detail_needs_no_places() -> None:
    made = config("[other_rooms]\nenabled = false", name='name = "Storebælt"\ndetail = "2. sal"')
    assert Feature.PLACES not in made.features
