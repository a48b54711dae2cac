"""Diffs say what changes, and never a secret."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.converge_diff import file_diff, hidden
from provisioning.converge_wire import FileFacts, UnitFile
from provisioning.toml_text import toml_text


def found(text: str, mode: int = 0o640, owner: str = "root", group: str = "mydesk") -> FileFacts:
    return FileFacts(mode=mode, owner=owner, group=group, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())


def wanted(text: str, *secret: str) -> UnitFile:
    return UnitFile(path="/etc/mydesk/room.toml", content=text.encode(), mode=0o640, group="mydesk", secret=secret)


def test_lines_that_change() -> None:
    shown = file_diff(wanted("[room]\na = 2\n"), found("[room]\na = 1\n"))
    assert "-a = 1\n+a = 2\n" in shown
    assert file_diff(wanted("a = 1\n", "pin_hash"), None).startswith("--- /dev/null\n+++ /etc/mydesk/room.toml")


def test_rights_alone() -> None:
    assert "(0644 root:root becomes 0640 root:mydesk)" in file_diff(wanted("a\n"), found("a\n", 0o644, group="root"))


def test_what_is_no_text_or_too_long_is_named() -> None:
    binary = UnitFile(path="/usr/local/sbin/mydesk-update", content=b"\xff\x00" * 9)
    assert file_diff(binary, None) == "+ /usr/local/sbin/mydesk-update (18 bytes)\n"
    shown = file_diff(wanted("".join(f"a{n} = 1\n" for n in range(2000))), found(""))
    assert "more lines" in shown
    assert len(shown.splitlines()) < 500


def test_escape_sequences_of_a_unit_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in file_diff(wanted("a = 1\n"), found("a = 1 # \x1b[2J\n"))


SECRET_LINES = {
    "plain": 'pin_hash = "{}"',
    "literal": "pin_hash = '{}'",
    "quoted key": '"pin_hash" = "{}"',
    "dotted": 'admin.pin_hash = "{}"',
    "inline": 'admin = {{ pin_hash = "{}", snap_min = 5 }}',
    "named like one": 'mail_password = "{}"',
    "list": 'api_token = ["{}"]',
    "bare": "pin_hash = {}",
    "proxy": 'proxy_url = "http://me:{}@proxy:3128"',
}


@pytest.mark.parametrize("name", SECRET_LINES)
def test_no_secret_is_shown_old_or_new(name: str) -> None:
    old, new = (SECRET_LINES[name].format(value) for value in ("12OLD34", "56NEW78"))
    shown = file_diff(wanted(f"{new}\nb = 2\n", "pin_hash"), found(f"{old}\nb = 1\n"))
    assert "12OLD34" not in shown
    assert "56NEW78" not in shown
    assert "+b = 2" in shown


def test_another_secret_is_told_as_such() -> None:
    shown = file_diff(wanted('pin_hash = "b"\n', "pin_hash"), found('pin_hash = "a"\n'))
    assert '-pin_hash = "(secret)"\n+pin_hash = "(another secret)"' in shown


def test_texts_over_several_lines_are_not_shown_at_all() -> None:
    assert "OLD" not in file_diff(wanted("a = 1\n", "pin_hash"), found('pin_hash = """\nOLD\n"""\n'))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_whatever_the_secret_is(secret: str) -> None:
    text = toml_text({"admin": {"pin_hash": secret, "after": "visible"}})
    shown = hidden(text, ("pin_hash",))
    assert shown == '[admin]\npin_hash = "(secret)"\nafter = "visible"\n' or shown.startswith("(not shown")
