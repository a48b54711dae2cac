"""A wrong configuration is told wholly, with line, key, what is allowed and an example."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from common.config import MAX_BYTES, ConfigError, Problem, load, parse
from tests.ordinary_user import ordinary_user


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Lamp(msgspec.Struct, frozen=True, kw_only=True):
    """[lamp]: the light at the door."""

    driver: Literal["none", "gpiozero", "emulated"] = "none"
    red_pin: Annotated[int, Meta(ge=0, le=27, description="GPIO of red.", examples=[17])] = 17
    green_pin: Annotated[int, Meta(ge=0, le=27, description="GPIO of green.", examples=[27])] = 27

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.red_pin == self.green_pin:
            yield "green_pin", f"is the same pin as red_pin ({self.red_pin})"


class Room(msgspec.Struct, frozen=True, kw_only=True):
    address: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$", examples=["ada@nordhavn.example"])]
    capacity: Annotated[int, Meta(ge=1)] | None = None
    tags: list[Annotated[str, Meta(min_length=2)]] = []


class Hours(msgspec.Struct):
    first: int = 8
    last: int = 16

    def __post_init__(self) -> None:
        if self.first >= self.last:
            raise ValueError("first must be before last")


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: Annotated[str, Meta(pattern="^[a-z0-9-]{1,32}$", description="Name.", examples=["cph-2"])]
    admin_pin: Annotated[str, Meta(min_length=4, max_length=12, extra={"secret": True})] = "0000"
    colour: Colour = Colour.RED
    brightness: Annotated[float, Meta(ge=0, le=1, examples=[0.8])] = 1.0
    opens: datetime.time = datetime.time(8)
    night: bool = False
    lamp: Lamp = Lamp()
    rooms: Annotated[tuple[Room, ...], Meta(max_length=2)] = ()
    sensors: dict[str, Lamp] = {}
    spare: Lamp | None = None


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text, Panel, file="panel.toml")
    return caught.value.problems


def test_a_whole_file_is_read() -> None:
    panel = parse(
        """
        unit_id = "cph-2"
        colour = "green"
        brightness = 1
        opens = 07:30:00
        [lamp]
        driver = "gpiozero"
        [spare]
        red_pin = 5
        [[rooms]]
        address = "ada@x.example"
        tags = ["vc", "board"]
        [sensors.door]
        red_pin = 3
        """,
        Panel,
    )
    assert panel == Panel(
        unit_id="cph-2",
        colour=Colour.GREEN,
        opens=datetime.time(7, 30),
        lamp=Lamp(driver="gpiozero"),
        spare=Lamp(red_pin=5),
        rooms=(Room(address="ada@x.example", tags=["vc", "board"]),),
        sensors={"door": Lamp(red_pin=3)},
    )
    assert isinstance(panel.brightness, float)


CASES = [
    # what stands after unit_id in the file, key, line, words of the message
    ("colour = 'blue'", "colour", 2, 'expected "green" or "red", got the text "blue"'),
    ("[lamp]\nred_pin = '17'", "lamp.red_pin", 3, 'expected whole number, 0 to 27, got the text "17"'),
    ("[lamp]\nred_pin = 99", "lamp.red_pin", 3, "expected whole number, 0 to 27, got 99"),
    ("[lamp]\nred_pin = true", "lamp.red_pin", 3, "got true"),
    ("[lamp]\nred_pin = 1.5", "lamp.red_pin", 3, "got 1.5"),
    ("[lamp]\n\nred_pn = 1", "lamp.red_pn", 4, "unknown key; did you mean lamp.red_pin?"),
    ("red_pin = 1", "red_pin", 2, "unknown key; did you mean lamp.red_pin"),
    ("[lampe]\n", "lampe", 2, "unknown section; did you mean lamp?"),
    ("zzz = 1", "zzz", 2, "unknown key"),
    ("lamp = 3", "lamp", 2, "must be a section, got 3"),
    ("[[lamp]]", "lamp", 2, "must be a section, got a list"),
    ("night = 'yes'", "night", 2, "expected true or false"),
    ("night = {}", "night", 2, "got a section"),
    ("night = []", "night", 2, "got a list"),
    ("night = 08:00:00", "night", 2, "got the time 08:00:00"),
    ("brightness = nan", "brightness", 2, "expected number, 0 to 1, got nan"),
    ("brightness = inf", "brightness", 2, "got inf"),
    ("opens = 8", "opens", 2, "expected time such as 08:00:00"),
    ("rooms = 1", "rooms", 2, "must be a list of sections"),
    ("[rooms]", "rooms", 2, "must be a list of sections, got a section"),
    ("[[rooms]]", "rooms[0].address", 2, "is missing"),
    ("[[rooms]]\naddress='a@b'\n[[rooms]]\naddress = 'nobody'", "rooms[1].address", 5, "expected text matching"),
    ("[[rooms]]\naddress='a@b'\ntags = [\n'ok',\n'x']", "rooms[0].tags[1]", 4, 'got the text "x"'),
    ("[[rooms]]\naddress='a@b'\ncapacity = 0", "rooms[0].capacity", 4, "whole number, 1 or more, got 0"),
    ("[[rooms]]\naddress='a@b'\n" * 3, "rooms", 2, "expected `array` of length <= 2"),
    ("sensors = 1", "sensors", 2, "must be named sections"),
    ("[sensors]\ndoor = 1", "sensors", 2, "must be named sections, got a section"),
    ("[sensors.door]\nred_pin = -1", "sensors.door.red_pin", 3, "got -1"),
    ("[lamp]\nred_pin = 4\ngreen_pin = 4", "lamp.green_pin", 4, "is the same pin as red_pin (4)"),
    ('[[rooms]]\naddress = "ada@x.example\\n"', "rooms[0].address", 3, "holds the control character U+000A"),
    ('admin_pin = "12\\u000034"', "admin_pin", 2, "holds the control character U+0000"),
    ('[[rooms]]\naddress="a@b"\ntags = ["ok", "a\\tb"]', "rooms[0].tags", 4, "U+0009"),
    ("[lamp]\nred_pin = 27", "lamp.green_pin", 2, "is the same pin as red_pin (27)"),
]


@pytest.mark.parametrize(("text", "key", "line", "words"), CASES, ids=[case[0] for case in CASES])
def test_one_problem(text: str, key: str, line: int, words: str) -> None:
    (problem,) = problems("unit_id = 'cph-2'\n" + text)
    assert (problem.key, problem.line, problem.file) == (key, line, "panel.toml")
    assert words in problem.message


def test_all_problems_come_at_once_and_in_the_order_of_the_file() -> None:
    found = problems("night = 1\nunknown = 2\n[lamp]\ndriver = 'x'\nred_pin = 99\n[[rooms]]\n")
    assert [(problem.key, problem.line) for problem in found] == [
        ("unit_id", 0),
        ("night", 1),
        ("unknown", 2),
        ("lamp.driver", 4),
        ("lamp.red_pin", 5),
        ("rooms[0].address", 6),
    ]


KEYS = "unit_id, admin_pin, colour, brightness, opens, night, lamp, rooms, sensors, spare"


def test_the_text_for_people() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("colur = 1\n[lamp]\nred_pin = 99\n", Panel, file="/etc/mydesk/room.toml")
    assert str(caught.value).splitlines() == [
        "/etc/mydesk/room.toml: 3 problems",
        '  unit_id: is missing. Allowed: text matching ^[a-z0-9-]{1,32}$. Example: unit_id = "cph-2"',
        "  line 1: colur: unknown key; did you mean colour? Allowed: " + KEYS,
        "  line 3: lamp.red_pin: expected whole number, 0 to 27, got 99. Example: red_pin = 17",
    ]


@pytest.mark.parametrize("value", ["1234567", "'7'", "12.5", "'a secret that is far too long'"])
def test_a_secret_is_never_shown(value: str) -> None:
    (problem,) = problems(f"unit_id = 'a'\nadmin_pin = {value}")
    assert value.strip("'") not in str(problem)
    assert "not shown" in str(problem)


def test_a_long_value_is_cut() -> None:
    (problem,) = problems(f"unit_id = '{'x' * 5000}'")
    assert len(str(problem)) < 300


def test_a_struct_may_refuse_itself() -> None:
    class File(msgspec.Struct):
        hours: Hours

    with pytest.raises(ConfigError) as caught:
        parse("[hours]\nfirst = 20", File)
    assert caught.value.problems[0].key == "hours"
    assert "first must be before last" in str(caught.value)


def test_a_required_section_that_is_absent_names_its_required_keys() -> None:
    class File(msgspec.Struct):
        room: Room

    with pytest.raises(ConfigError) as caught:
        parse("", File)
    assert [problem.key for problem in caught.value.problems] == ["room.address"]


def test_renamed_keys_are_read_by_the_name_in_the_file() -> None:
    class File(msgspec.Struct, rename="kebab"):
        red_pin: int = 1

    assert parse("red-pin = 5", File).red_pin == 5
    with pytest.raises(ConfigError, match="did you mean red-pin"):
        parse("red_pin = 5", File)


SYNTAX = [
    ("a = \n", 1, 5, "Invalid value"),
    ("a = 1\n[lamp\n", 2, 6, "Expected"),
    ("a = 1\na = 2\n", 2, 6, "Cannot overwrite"),
    ("a = 1\nb = [1,\n", 3, 0, "Invalid value at the end of the file"),
    ("x = " + "[" * 5000, 0, 0, "nested too deeply"),
    ("x = 1" + "0" * 5000, 0, 0, "number that is too long"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), SYNTAX, ids=[case[0][:12] for case in SYNTAX])
def test_wrong_toml_names_line_and_column(text: str, line: int, column: int, words: str) -> None:
    (problem,) = problems(text)
    assert (problem.line, problem.column) == (line, column)
    assert words in problem.message


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "panel.toml"
    path.write_bytes(b"\xef\xbb\xbfunit_id = 'a'\r\nnight = true\r\n")
    assert load(path, Panel).night


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "panel.toml"
    path.write_bytes(content)
    return path


def _fifo(folder: Path) -> Path:
    path = folder / "pipe"
    os.mkfifo(path)
    return path


def _loop(folder: Path) -> Path:
    path = folder / "loop"
    path.symlink_to(path)
    return path


FILES = [
    ("missing", lambda folder: folder / "no.toml", "does not exist"),
    ("folder", lambda folder: folder, "is a folder"),
    ("fifo", _fifo, "is not a regular file"),
    ("loop", _loop, "does not exist"),
    ("latin-1", lambda folder: _file(folder, b"a = 1\nb = 'caf\xe9'"), "line 2, column 9: the byte 0xe9"),
    ("huge", lambda folder: _file(folder, b"#" * (MAX_BYTES + 1)), "is larger than 1048576 bytes"),
]


@pytest.mark.parametrize(("make", "words"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_a_file_that_cannot_be_read(make: Callable[[Path], Path], words: str, tmp_path: Path) -> None:
    path = make(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load(path, Panel)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.hint


def test_a_file_of_somebody_else(tmp_path: Path) -> None:
    path = _file(tmp_path, b"unit_id = 'a'")
    path.chmod(0)
    with ordinary_user(tmp_path), pytest.raises(ConfigError, match="may not be read by this user"):
        load(path, Panel)
