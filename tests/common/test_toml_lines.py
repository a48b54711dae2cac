"""Keys are found on the line where a person would look for them."""

import tomllib

import pytest

from common.toml_lines import KeyLines

TEXT = '''# comment with a = 1
title = "x"   # a trailing [comment]
site.name = "Nordhavn"

[lamp]
driver = "none"
pins = [
    17,  # red ]
    27,
]
text = """
driver = "not a key"
[nor.a.section]
"""
raw = \'\'\'
a = "b"
\'\'\'
last = 1
"odd key" = 2

[[rooms]]
name = "one"
[[rooms]]
name = "two"
[rooms.lamp]
driver = "x"
[sensors . door]
inline = { pin = 4, other = [1, 2] }
'''

PLACES = {
    "title": 2,
    "site.name": 3,
    "lamp": 5,
    "lamp.driver": 6,
    "lamp.pins": 7,
    "lamp.pins[1]": 7,
    "lamp.text": 11,
    "lamp.raw": 15,
    "lamp.last": 18,
    "lamp.odd key": 19,
    "rooms[0].name": 22,
    "rooms[1]": 23,
    "rooms[1].name": 24,
    "rooms[1].lamp.driver": 26,
    "sensors.door.inline": 28,
    "sensors.door.inline.pin": 28,
}


@pytest.mark.parametrize(("path", "line"), PLACES.items())
def test_a_key_is_found_on_its_line(path: str, line: int) -> None:
    tomllib.loads(TEXT)
    assert KeyLines(TEXT).find(path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [("lamp.missing", 5), ("rooms[1].missing", 23), ("nowhere", 0), ("nowhere.at.all", 0), ("a", 0), ("nor.a", 0)],
)
def test_a_missing_key_is_placed_at_the_section_around_it(path: str, line: int) -> None:
    assert KeyLines(TEXT).find(path) == line


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", 'a = """"quoted""""', "a = 1"])
def test_odd_ends_of_files(text: str) -> None:
    tomllib.loads(text)
    assert KeyLines(text).find("a") == (1 if text.startswith("a") else 0)


def test_windows_line_ends() -> None:
    assert KeyLines("[a]\r\nb = 1\r\nc = 2\r\n").find("a.c") == 3


def test_a_large_file_is_scanned_in_one_pass() -> None:
    text = "".join(f'key_{n} = "{n}"\n' for n in range(20_000)) + "[" * 1 + "end]\nx = 1\n"
    assert KeyLines(text).find("end.x") == 20_002
