"""Codes of other people are told apart, and no text raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.visiting.tokens import PREFIX, Fault
from kiosk.foreign_codes import WORDS, Foreign, what_is
from tests.common.visiting.token_kit import judged


@given(st.text(max_size=400))
def test_no_text_raises(text: str) -> None:
    assert what_is(text) in WORDS
    assert what_is(PREFIX + text) in WORDS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("WIFI:T:WPA;S:Gaestenet;P:hemmelig;;", Foreign.WIFI),
        ("https://menu.example/da", Foreign.LINK),
        ("HTTP://QR.EXAMPLE/1", Foreign.LINK),
        ("www.nordhavn.example", Foreign.LINK),
        ("HC1:6BFOXN*TS0BI$ZD.P9UOL97O4-2HH77HRM3DSPTRFKLSP", Foreign.CERTIFICATE),
        ("shc:/5676290952432060346029243740446031222959532654", Foreign.CERTIFICATE),
        ("BEGIN:VCARD\nVERSION:3.0\nN:Hansen;Ida\nEND:VCARD", Foreign.CONTACT),
        ("MECARD:N:Hansen,Ida;;", Foreign.CONTACT),
        ("BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT", Foreign.EVENT),
        ("mailto:ida@x.example", Foreign.MAIL),
        ("tel:+4512345678", Foreign.PHONE),
        ("SMSTO:+4512345678:hej", Foreign.PHONE),
        ("geo:55.7,12.6", Foreign.PLACE),
        ("BCD\n002\n1\nSCT\n", Foreign.PAYMENT),
        ("000201010211", Foreign.PAYMENT),
        ("otpauth://totp/x?secret=ABC", Foreign.SIGN_IN),
        ("M1HANSEN/IDA          E7QXYZ1 CPHAALSK 1201 327Y012A0045 100", Foreign.BOARDING_PASS),
        ("5701234567892", Foreign.NUMBER),
        ("hej", Foreign.UNKNOWN),
        ("'; DROP TABLE visits; --", Foreign.UNKNOWN),
    ],
)
def test_codes_of_other_people_are_known(text: str, kind: Foreign) -> None:
    assert judged(text) is Fault.NOT_OURS
    assert what_is(text) is kind
    assert WORDS[kind]
