"""Codes that people hold before the scanner and that are not ours: what they are, so that the kiosk can say it kindly.

Only the beginning is looked at, of at most 300 characters; nothing of it is kept or shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from common.i18n import N_
from common.visiting.tokens import LONGEST


class Foreign(StrEnum):
    """What somebody else's code is for."""

    WIFI = "wifi"
    LINK = "link"
    CERTIFICATE = "certificate"
    CONTACT = "contact"
    EVENT = "event"
    MAIL = "mail"
    PHONE = "phone"
    PLACE = "place"
    PAYMENT = "payment"
    BOARDING_PASS = "boarding-pass"  # noqa: S105 - no password
    SIGN_IN = "sign-in"
    NUMBER = "number"
    UNKNOWN = "unknown"


_BEGINNINGS: tuple[tuple[re.Pattern[str], Foreign], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"WIFI:", Foreign.WIFI),
        (r"HC1:|DK3|LT1:|SHC:/", Foreign.CERTIFICATE),
        (r"BEGIN:VCARD|MECARD:|BIZCARD:", Foreign.CONTACT),
        (r"BEGIN:(VCALENDAR|VEVENT)", Foreign.EVENT),
        (r"mailto:|MATMSG:|SMTP:", Foreign.MAIL),
        (r"tel:|sms(to)?:|facetime:", Foreign.PHONE),
        (r"geo:", Foreign.PLACE),
        (r"otpauth(-migration)?:|FIDO:/", Foreign.SIGN_IN),
        (r"BCD\r?\n|BCD |SPC\r?\n|SPC |bitcoin:|ethereum:|lightning:|mobilepay:|swish:|upi:|000201", Foreign.PAYMENT),
        (r"M[1-9][A-Z][A-Z /'\-]{18,19}E?[A-Z0-9]{5,7} ", Foreign.BOARDING_PASS),
        (r"[a-z][a-z0-9+.\-]{1,20}://|www\.|URLTO:", Foreign.LINK),
        (r"[0-9]{6,40}\Z", Foreign.NUMBER),
    )
)

WORDS: Mapping[Foreign, str] = {
    Foreign.WIFI: N_("That is a code for Wi-Fi. Hold the code of your invitation before the reader."),
    Foreign.LINK: N_("That is the code of a web page. Hold the code of your invitation before the reader."),
    Foreign.CERTIFICATE: N_("That is a health certificate. We do not need it: hold the code of your invitation here."),
    Foreign.CONTACT: N_("That is a contact card. Hold the code of your invitation before the reader."),
    Foreign.EVENT: N_("That is a calendar entry. The code of your invitation is in the mail that came with it."),
    Foreign.MAIL: N_("That is the code of a mail address. Hold the code of your invitation before the reader."),
    Foreign.PHONE: N_("That is the code of a telephone number. Hold the code of your invitation before the reader."),
    Foreign.PLACE: N_("That is the code of a place. Hold the code of your invitation before the reader."),
    Foreign.PAYMENT: N_("That is a code for paying. There is nothing to pay here."),
    Foreign.BOARDING_PASS: N_("That is a boarding pass. Hold the code of your invitation before the reader."),
    Foreign.SIGN_IN: N_("That is a secret code for signing in somewhere. Do not show it to others."),
    Foreign.NUMBER: N_("That is the bar code of a product or a parcel. Hold your invitation before the reader."),
    Foreign.UNKNOWN: N_("We do not know that code. Hold the code of your invitation before the reader."),
}


def what_is(text: str) -> Foreign:
    """What a code that is not ours is for."""
    beginning = text[:LONGEST]
    return next((kind for pattern, kind in _BEGINNINGS if pattern.match(beginning)), Foreign.UNKNOWN)
