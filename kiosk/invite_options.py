"""What `mydesk-kiosk invite` is given, checked before anything is written.

An admin who mistypes is told, not corrected: nothing is cut to its length or guessed. Each function raises
typer.BadParameter with the name of the option, so that the exit code is 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from common.visiting.sealed_record import InvitationRecord, RecordRefused, kiosk_key
from common.visiting.typed import MAX_NAME, cleaned, is_day, is_email, is_name, is_phone, tidy
from kiosk.settings import FieldKey

__all__ = ["address", "begin", "fields", "kiosk_keys", "line", "name", "phone", "record", "type_key", "zone_of"]

MAX_LINE = 100
_MOST = 400
"""Characters that are looked at; more is too long for any of them."""

START_HINT = 'an example is "2026-12-01 10:00"'


def zone_of(text: str) -> ZoneInfo:
    """An IANA time zone."""
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise typer.BadParameter(f"--zone {text!r} is no time zone; an example is Europe/Copenhagen") from None


def begin(text: str, zone: ZoneInfo, length: timedelta, now: datetime) -> datetime:
    """When a visit of that length starts, as a UTC instant; one that is over by `now` cannot be invited to."""
    try:
        local = datetime.fromisoformat(text)
        begins = (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"--start {text!r} is no time; {START_HINT}") from None
    if is_day(text):
        raise typer.BadParameter(f"--start {text!r} is a day without an hour; {START_HINT}")
    if begins + length <= now:
        raise typer.BadParameter(f"--start {text!r} is in the past: that visit is over")
    if begins >= datetime(2100, 1, 1, tzinfo=UTC):
        raise typer.BadParameter(f"--start {text!r} is not in this century")
    return begins


def name(text: str) -> str:
    """A guest's name."""
    found = tidy(cleaned(text, _MOST))
    if len(found) > MAX_NAME:
        raise typer.BadParameter(f"--name has {len(found)} characters; at most {MAX_NAME} fit")
    if not is_name(found):
        raise typer.BadParameter("--name is not a name: letters of any script, spaces, hyphens and apostrophes")
    return found


def line(text: str, option: str, *, needed: bool = False) -> str:
    """One line of words; without control characters, as it stands in mails and calendars."""
    found = tidy(cleaned(text, _MOST))
    if len(found) > MAX_LINE:
        raise typer.BadParameter(f"{option} has {len(found)} characters; at most {MAX_LINE} fit")
    if needed and not found:
        raise typer.BadParameter(f"{option} is empty")
    return found


def address(text: str, option: str, *, needed: bool = False) -> str:
    """A mail address."""
    if (needed or text) and not is_email(text):
        raise typer.BadParameter(f"{option} is no mail address, such as ida@berg.example")
    return text


def phone(text: str) -> str:
    """A telephone number, or none."""
    if text and not is_phone(text):
        raise typer.BadParameter("--phone is no telephone number, such as +45 12 34 56 78")
    return text


def type_key(text: str) -> str:
    """The key of a visitor type."""
    return _key(text, "--type")


def fields(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """More fields of the visitor type, each once, from `key=value`."""
    found: dict[str, str] = {}
    for text in texts:
        key, _, value = text.partition("=")
        if not tidy(value):
            raise typer.BadParameter("--field wants a key and a value, such as company=Berg ApS")
        if _key(key.strip(), "--field") in found:
            raise typer.BadParameter(f"--field {key.strip()} is given twice")
        found[key.strip()] = line(value, f"--field {key.strip()}")
    return tuple(found.items())


def kiosk_keys(lines: Iterable[str]) -> tuple[X25519PublicKey, ...]:
    """The keys of the kiosks that records are sealed to."""
    try:
        return tuple(kiosk_key(each) for each in lines)
    except RecordRefused as error:
        raise typer.BadParameter(f"--seal-to: {error}") from None


def record(made: InvitationRecord) -> InvitationRecord:
    """Checked as the kiosk will check it."""
    try:
        return msgspec.convert(msgspec.to_builtins(made), InvitationRecord)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`") or "a field"
        raise typer.BadParameter(f"the invitation does not hold together: {field} is too long or not allowed") from None


def _key(text: str, option: str) -> str:
    try:
        return msgspec.convert(text, FieldKey)
    except msgspec.ValidationError:
        raise typer.BadParameter(
            f"{option} {text[:30]!r} is no key of the kiosk's configuration: at most 21 small letters, digits and _"
        ) from None
