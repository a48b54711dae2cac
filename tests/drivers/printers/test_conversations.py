"""What the statements of each language become: one PrinterStatus for all, and the end of a job."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.errors import UsageError
from drivers.printers.brother_ql_commands import MEDIA, MODELS, STATUS_REQUEST
from drivers.printers.brother_ql_language import BrotherQlConversation
from drivers.printers.escpos_language import EscposConversation
from drivers.printers.status import PrinterError, PrinterStatus
from drivers.printers.zpl_language import ZplConversation
from tests.drivers.printers.test_status_codecs import stream

FINE = "12 12 12 12"
WELL: dict[str, Any] = {"paper_out": False, "cover_open": False}

ESCPOS = [
    (FINE, PrinterStatus(True, False, False, False, offline=False)),
    ("12 12 12 1e", PrinterStatus(True, False, True, False, offline=False)),
    ("1a 32 12 7e", PrinterStatus(False, True, True, False, offline=True)),
    ("1a 16 12 12", PrinterStatus(False, False, False, True, offline=True)),
    ("1a 52 1a 12", PrinterStatus(False, False, False, False, offline=True, error=PrinterError.CUTTER)),
    ("1a 52 32 12", PrinterStatus(False, False, False, False, offline=True, error=PrinterError.UNRECOVERABLE)),
    ("1a 52 52 12", PrinterStatus(False, False, False, False, offline=True, error=PrinterError.RECOVERABLE)),
    ("1a 52 12 12", PrinterStatus(False, False, False, False, offline=True, error=PrinterError.UNSPECIFIED)),
    ("18 00 0f 00", PrinterStatus(False, True, True, False, offline=True)),  # by itself
    ("38 00 00 00", PrinterStatus(False, False, False, True, offline=True)),
    ("12 12 12", None),  # one answer is missing: nothing is known yet
]


@pytest.mark.parametrize(("said", "status"), ESCPOS)
def test_escpos(said: str, status: PrinterStatus | None) -> None:
    talk = EscposConversation()
    assert talk.ask() == bytes.fromhex("10 04 01 10 04 02 10 04 03 10 04 04")
    talk.feed(bytes.fromhex(said))
    assert talk.status == status
    by_itself = said.startswith(("18", "38"))
    assert talk.answered is (said.count(" ") == 3 and not by_itself)


def test_escpos_has_printed_after_two_clean_answers() -> None:
    talk = EscposConversation()
    talk.job_begins(1)
    for said, printed in ((FINE, False), ("1a 32 12 7e", False), (FINE, True)):
        assert not talk.printed
        talk.ask()
        talk.feed(bytes.fromhex(said))
        assert talk.printed is printed
    talk.job_sent()
    assert not talk.printed


def zpl(called: str) -> PrinterStatus | None:
    talk = ZplConversation()
    assert talk.ask() == b"~HS"
    talk.feed(stream("zpl", called))
    assert talk.answered
    return talk.status


def test_zpl() -> None:
    ready = {**WELL, "busy": False, "offline": False}
    assert zpl("ready") == PrinterStatus(True, **ready)
    assert zpl("out of paper") == PrinterStatus(False, **{**ready, "paper_out": True, "busy": True})
    assert zpl("paused, buffer full") == PrinterStatus(
        False, **{**ready, "busy": True, "offline": True}, error=PrinterError.BUFFER_FULL
    )
    assert zpl("head open, no ribbon, too hot") == PrinterStatus(
        False, **{**ready, "cover_open": True}, error=PrinterError.RIBBON_OUT
    )


@pytest.mark.parametrize("talk", [EscposConversation(), ZplConversation()])
def test_xoff_and_xon(talk: EscposConversation | ZplConversation) -> None:
    for data, stopped in ((b"\x13", True), (b"\x11", False)):
        talk.feed(data)
        assert talk.stopped is stopped


LABELS = bytes.fromhex("80204234413004000000 3e0b 0000230000 64 00 00") + bytes(12)


def changed(**at: int) -> bytes:
    frame = bytearray(LABELS)
    for place, value in at.items():
        frame[int(place[1:])] = value
    return bytes(frame)


MEDIA_IN: dict[str, Any] = {"media_width_mm": 62, "media_length_mm": 100}
BROTHER = [
    (LABELS, PrinterStatus(True, False, cover_open=False, busy=False, **MEDIA_IN)),
    (changed(_19=1), PrinterStatus(False, False, cover_open=False, busy=True, **MEDIA_IN)),
    (changed(_8=0x10), PrinterStatus(False, False, cover_open=False, busy=True, **MEDIA_IN)),
    (changed(_10=0, _11=0, _17=0), PrinterStatus(False, True, cover_open=False, busy=False)),
    (changed(_8=2, _18=2), PrinterStatus(False, True, cover_open=False, busy=False, **MEDIA_IN)),
    (changed(_9=0x10, _10=0, _11=0, _17=0, _18=2), PrinterStatus(False, None, cover_open=True, busy=False)),
] + [
    (frame, PrinterStatus(False, False, cover_open=False, busy=False, error=error, **{**MEDIA_IN, **media}))
    for frame, error, media in (
        (changed(_10=29, _17=90), PrinterError.WRONG_MEDIA, {"media_width_mm": 29, "media_length_mm": 90}),
        (changed(_11=0x0A, _17=0), PrinterError.WRONG_MEDIA, {"media_length_mm": 0}),
        (changed(_9=1, _18=2), PrinterError.WRONG_MEDIA, {}),
        (changed(_8=4, _18=2), PrinterError.CUTTER, {}),
        (changed(_9=0x40, _18=2), PrinterError.FEED, {}),
        (changed(_9=0x80, _18=2), PrinterError.UNRECOVERABLE, {}),
        (changed(_18=2), PrinterError.UNSPECIFIED, {}),  # an error that names none was seen
        (changed(_18=4), PrinterError.TURNED_OFF, {}),
    )
]


def brother() -> BrotherQlConversation:
    return BrotherQlConversation(MODELS["QL-820NWB"], MEDIA["62x100"])


@pytest.mark.parametrize(("said", "status"), BROTHER)
def test_brother_ql(said: bytes, status: PrinterStatus) -> None:
    talk = brother()
    assert talk.ask() == STATUS_REQUEST
    talk.feed(said)
    assert talk.status == status
    assert talk.answered


def test_a_brother_is_never_asked_while_it_prints() -> None:
    talk = brother()
    talk.feed(LABELS)
    talk.job_begins(2)
    for said in (changed(_18=6, _19=1), changed(_18=1, _19=1), changed(_18=6), changed(_18=1)):
        assert not talk.printed
        with pytest.raises(UsageError, match="must not be asked"):
            talk.ask()
        talk.feed(said)
    assert talk.printed
    assert talk.status is not None
    assert talk.status.ready  # what it says of itself while it prints is no word about its media
    assert talk.ask() == STATUS_REQUEST


def test_a_hot_brother_cools_first() -> None:
    talk = brother()
    for said, busy in ((changed(_18=5, _22=3), True), (changed(_18=5, _22=4), False)):
        talk.feed(said + LABELS)
        assert talk.status is not None
        assert talk.status.busy is busy
        assert talk.status.ready is not busy
