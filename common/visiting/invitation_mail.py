"""What a guest is sent: the QR code as PNG, a calendar entry with the code in it, and a text with the eight characters.

In the guest's language, with the note of GDPR article 14: the host gave us the details, not the guest.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import segno

from common.i18n import N_
from common.visiting.codes import shown

__all__ = ["Letter", "Words", "calendar_entry", "qr_png", "text_of"]

SUBJECT = N_("Visit to {site}")
GREETING = N_("Dear {name}")
WELCOME = N_("{host} looks forward to seeing you at {site} on {date} from {start} to {end}.")
WITH_CODE = N_("Hold the QR code before the reader of the screen in the lobby, from your telephone or on paper.")
OR_TYPE = N_("Or type this code on the screen: {code}")
NOTE = N_("Your details")
NOTE_SOURCE = N_("{host} gave us your details, as far as they are needed to receive you: {data}.")
NOTE_WHO = N_(
    "{controller} is responsible for them, uses them to receive you and to know who is in the building, "
    "and has a legitimate interest in that (GDPR article 6(1)(f))."
)
NOTE_RIGHTS = N_(
    "You may see them, have them corrected or deleted, and object: {contact}. "
    "You may complain to the data protection authority of your country."
)
_LINE_BYTES = 75


class Words(Protocol):
    """The guest's language; ui.translations.Translations is one, and its catalogues have the texts of this file."""

    def t(self, text: str, **values: object) -> str: ...

    def n(self, singular: str, plural: str, count: int, **values: object) -> str: ...

    def time(self, instant: datetime, zone: ZoneInfo) -> str: ...

    def long_date(self, instant: datetime, zone: ZoneInfo) -> str: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """One invitation in words. `repr` shows nothing of the guest."""

    visit_id: str
    name: str = field(repr=False)
    host: str = field(repr=False)
    site: str
    place: str
    start: datetime
    end: datetime
    zone: ZoneInfo
    code: str = field(repr=False)
    token: str = field(repr=False)
    data: tuple[str, ...] = field(repr=False, default=())
    """kinds of details that the host gave, as msgids: e-mail, phone"""
    controller: str = ""
    contact: str = ""
    retention_days: int = 14


def qr_png(token: str) -> bytes:
    """The code with its quiet zone, about 5 cm wide on a telephone."""
    file = io.BytesIO()
    segno.make(token, error="M", micro=False, boost_error=False).save(file, kind="png", scale=8, border=4)
    return file.getvalue()


def text_of(letter: Letter, words: Words) -> str:
    """The text of the mail, lines ended by LF."""
    return "\n".join(_paragraphs(letter, words)) + "\n"


def calendar_entry(letter: Letter, words: Words, made: datetime) -> str:
    """The visit as an iCalendar file (RFC 5545) with the QR code attached; lines end in CR LF."""
    png = base64.b64encode(qr_png(letter.token)).decode()
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//MyDesk//Invitation//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{letter.visit_id}@invitation.mydesk",
        f"DTSTAMP:{_utc(made)}",
        f"DTSTART:{_utc(letter.start)}",
        f"DTEND:{_utc(letter.end)}",
        f"SUMMARY:{_escaped(words.t(SUBJECT, site=letter.site))}",
        f"LOCATION:{_escaped(letter.place or letter.site)}",
        f"DESCRIPTION:{_escaped(text_of(letter, words))}",
        "CLASS:PRIVATE",
        f"ATTACH;FMTTYPE=image/png;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=invitation.png:{png}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _paragraphs(letter: Letter, words: Words) -> Iterator[str]:
    when = {
        "date": words.long_date(letter.start, letter.zone),
        "start": words.time(letter.start, letter.zone),
        "end": words.time(letter.end, letter.zone),
    }
    yield words.t(GREETING, name=letter.name)
    yield ""
    yield words.t(WELCOME, host=letter.host or letter.site, site=letter.site, **when)
    if letter.place:
        yield letter.place
    yield ""
    yield words.t(WITH_CODE)
    yield words.t(OR_TYPE, code=shown(letter.code))
    yield ""
    yield words.t(NOTE)
    yield from _note(letter, words)


def _note(letter: Letter, words: Words) -> Iterator[str]:
    """GDPR article 14: whose, from whom, what, why, how long, rights."""
    data = ", ".join(words.t(kind) for kind in letter.data) or words.t("name")
    yield words.t(NOTE_SOURCE, host=letter.host or letter.site, data=data)
    yield words.t(NOTE_WHO, controller=letter.controller or letter.site)
    yield words.n(
        "They are deleted {count} day after your visit.",
        "They are deleted {count} days after your visit.",
        letter.retention_days,
    )
    yield words.t(NOTE_RIGHTS, contact=letter.contact or letter.site)


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """RFC 5545, 3.3.11; control characters are dropped."""
    escaped = text.replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,").replace("\n", r"\n")
    return "".join(character for character in escaped if character.isprintable())


def _folded(line: str) -> Iterator[str]:
    """RFC 5545, 3.1: at most 75 bytes a line, no letter torn apart."""
    part, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > _LINE_BYTES:
            yield part
            part, size = " ", 1
        part, size = part + character, size + width
    yield part
