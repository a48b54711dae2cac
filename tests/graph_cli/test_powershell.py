"""Texts stay texts in PowerShell."""

from __future__ import annotations

import codecs
import re

import pytest

from graph.powershell import PowerShellTextError, comment, listed, quoted, quoted_ascii
from tests.graph_cli.hostile import HOSTILE, UNFIT
from tests.graph_cli.powershell_reader import Unbalanced, read


def unescaped(text: str) -> str:
    """What [regex]::Unescape makes of it, for the escapes we write."""
    units = re.sub(r"\\(?:u([0-9a-f]{4})|(\\))", lambda m: chr(int(m[1], 16)) if m[1] else "\\", text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_literal_is_the_text_and_nothing_is_left_over(text: str) -> None:
    script = read(f"Get-Mailbox -Identity {quoted(text)} ; Get-Date")
    assert script.literals == [text]
    assert script.code == "Get-Mailbox -Identity   ; Get-Date"


@pytest.mark.parametrize("text", HOSTILE)
def test_in_a_file_it_is_ascii_and_still_the_text(text: str) -> None:
    written = quoted_ascii(text)
    assert written.isascii()
    [literal] = read(written).literals
    assert (literal if text.isascii() else unescaped(literal)) == text


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "latin-1"])
def test_a_file_is_read_the_same_in_every_code_page(text: str, encoding: str) -> None:
    raw = quoted_ascii(text).encode("utf-8")
    assert codecs.decode(raw, encoding) == quoted_ascii(text)


@pytest.mark.parametrize("text", UNFIT)
def test_what_is_no_line_of_text_is_refused(text: str) -> None:
    for write in (quoted, quoted_ascii):
        with pytest.raises(PowerShellTextError) as caught:
            write(text)
        assert caught.value.hint


@pytest.mark.parametrize("text", [*HOSTILE, *UNFIT])
def test_a_comment_stays_one_comment(text: str) -> None:
    script = read(comment(text) + "\nGet-Date")
    assert script.code.strip() == "Get-Date"
    assert len(script.comments) == 1


def test_a_list() -> None:
    assert listed(["a", "b'c"]) == "@(\n    'a'\n    'b''c'\n)"
    assert listed([]) == "@(\n)"


@pytest.mark.parametrize("text", ["'a", '"a', "a)", "(a", "{(})", "<# a", "@'\na\n'@"])
def test_the_reader_notices_what_is_not_closed(text: str) -> None:
    with pytest.raises(Unbalanced):
        read(text)
