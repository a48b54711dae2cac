"""The proof finds a text in every spelling and every file, or refuses; nothing is quietly left out."""

from __future__ import annotations

import base64
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.database import StoreError
from common.visiting.byte_scan import MOST_TEXTS, ProofError, scan, spellings
from kiosk.proof import prove
from tests.kiosk.register_kit import Desk, at_desk, guest
from tests.ordinary_user import ordinary_user

NAME = "Åse Østergård"
SPELT = [
    NAME.encode(),
    NAME.lower().encode(),
    NAME.upper().encode(),
    "A\u030ase \u00d8sterga\u030ard".encode(),
    NAME.encode("utf-16-le"),
    NAME.encode("utf-16-be"),
    NAME.encode("latin-1"),
    b"ase ostergard",
    json.dumps(NAME).encode(),
    NAME.encode().hex().encode(),
    *(base64.b64encode(before + NAME.encode() + b"after") for before in (b"", b"x", b"xy")),
]


@pytest.mark.parametrize("raw", SPELT, ids=range(len(SPELT)))
def test_every_spelling_is_found(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\0\1\2" * 100 + raw + b"\xff" * 50)
    findings, files, size = scan([path], ["somebody else", NAME])
    assert {found.text for found in findings} == {1}
    assert (files, size) == (1, path.stat().st_size)


@pytest.mark.parametrize("offset", [-20, -1, 0, 5])
def test_a_text_across_two_blocks_is_found(tmp_path: Path, offset: int) -> None:
    path = tmp_path / "large"
    raw = bytearray((1 << 20) + 1000)
    at = (1 << 20) + offset
    raw[at : at + 20] = b"maja@krogh.example.x"
    path.write_bytes(raw)
    assert scan([path], ["maja@krogh.example"])[0]


@given(text=st.text(min_size=4, max_size=40), before=st.binary(max_size=30), after=st.binary(max_size=30))
def test_what_is_there_is_found(text: str, before: bytes, after: bytes) -> None:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        block = before + unicodedata.normalize("NFC", text).encode(encoding) + after
        assert any(needle in block for needle in spellings(text))


def test_what_is_sealed_is_found_by_reading(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        proof = await desk.register.apply(lambda store, at: prove(store, ["GUEST00001@mail", "guest00002@mail"]))
        (found,) = proof.findings
        assert (found.text, found.how, found.file) == (0, "readable until 2026-12-07", str(desk.database))
        assert (proof.rows_read, proof.files >= 5) == (1, True)
        assert "guest00001" not in repr(proof).casefold()

    at_desk(tmp_path / "register", story)


def test_files_besides_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "job-1").write_text("Guestname00001")

    async def story(desk: Desk) -> None:
        await desk.register.open()
        proof = await desk.register.apply(lambda store, at: prove(store, ["Guestname00001"], [tmp_path / "spool"]))
        assert [found.file for found in proof.findings] == [str(tmp_path / "spool" / "job-1")]

    at_desk(tmp_path / "register", story)


BAD = [[], ["abc"], ["Maja Krogh", " - "], ["x" * 5] * (MOST_TEXTS + 1)]


@pytest.mark.parametrize("texts", BAD, ids=range(len(BAD)))
def test_texts_that_prove_nothing_are_refused(tmp_path: Path, texts: list[str]) -> None:
    async def story(desk: Desk) -> None:
        with pytest.raises(ProofError) as caught:
            await desk.register.apply(lambda store, at: prove(store, texts))
        assert "Maja" not in str(caught.value)

    at_desk(tmp_path / "register", story)


def test_a_file_that_cannot_be_read_is_no_proof(tmp_path: Path) -> None:
    secret = tmp_path / "spool"
    secret.mkdir()
    (secret / "job").write_text("x")
    (secret / "job").chmod(0)
    with ordinary_user(secret), pytest.raises(StoreError):
        scan([secret / "job"], [guest(1).name])
