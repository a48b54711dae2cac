"""The fields of a visitor type, and what is wrong with what was typed into them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from common.visiting.typed import (
    MAX_EMAIL,
    MAX_NAME,
    MAX_PHONE,
    cleaned,
    is_drawable,
    is_email,
    is_name,
    is_phone,
    tidy,
)
from kiosk.model import Guest
from kiosk.pages import FieldError
from kiosk.settings import VisitorType
from kiosk.view import FieldKind

NAME, EMAIL, PHONE = "name", "email", "phone"
_LIMITS = {FieldKind.EMAIL: MAX_EMAIL, FieldKind.PHONE: MAX_PHONE}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `label` is that of the configuration; empty for the three that every site knows."""

    key: str
    kind: FieldKind
    required: bool
    on_badge: bool = False
    label: Mapping[str, str] = field(default_factory=dict)

    def typed(self, value: str) -> str:
        """`value` cleaned and cut to what the field holds."""
        return cleaned(value, _LIMITS.get(self.kind, MAX_NAME))


def fields_of(kind: VisitorType) -> tuple[Field, ...]:
    """In the order of the form."""
    extras = (Field(f"x-{one.key}", FieldKind.TEXT, one.required, one.on_badge, one.label) for one in kind.fields)
    contact = ((EMAIL, FieldKind.EMAIL, kind.email), (PHONE, FieldKind.PHONE, kind.phone))
    asked = (Field(key, layer, need == "required") for key, layer, need in contact if need != "no")
    return (Field(NAME, FieldKind.NAME, required=True, on_badge=True), *asked, *extras)


def errors_of(
    kind: VisitorType, texts: Mapping[str, str], drawable: frozenset[int] | None
) -> tuple[tuple[str, FieldError], ...]:
    """Keys and what is wrong with them, in the order of the form."""
    found = [
        (one.key, error) for one in fields_of(kind) if (error := _error(one, tidy(texts.get(one.key, "")), drawable))
    ]
    if kind.contact and not any(tidy(texts.get(key, "")) for key in (EMAIL, PHONE)):
        found += [(one.key, FieldError.CONTACT) for one in _contacts(kind) if one.key not in dict(found)][:1]
    return tuple(found)


def _contacts(kind: VisitorType) -> Iterator[Field]:
    return (one for one in fields_of(kind) if one.key in (EMAIL, PHONE))


def _error(one: Field, text: str, drawable: frozenset[int] | None) -> FieldError | None:
    if not text:
        return FieldError.MISSING if one.required else None
    if one.kind is FieldKind.NAME and not is_name(text):
        return FieldError.NAME
    if one.kind is FieldKind.EMAIL and not is_email(text):
        return FieldError.EMAIL
    if one.kind is FieldKind.PHONE and not is_phone(text):
        return FieldError.PHONE
    return FieldError.LATIN if one.on_badge and not is_drawable(text, drawable) else None


def guest_of(kind: VisitorType, texts: Mapping[str, str]) -> Guest:
    """What was typed, as it is stored; fields that the type does not ask for are left out."""
    known = {one.key: tidy(texts.get(one.key, "")) for one in fields_of(kind)}
    extra = tuple((key.removeprefix("x-"), text) for key, text in known.items() if key.startswith("x-") and text)
    return Guest(known[NAME], known.get(EMAIL, ""), known.get(PHONE, ""), extra)


def texts_of(guest: Guest) -> tuple[tuple[str, str], ...]:
    """A guest as texts of the form."""
    texts = ((NAME, guest.name), (EMAIL, guest.email), (PHONE, guest.phone))
    return tuple(pair for pair in texts if pair[1]) + tuple((f"x-{key}", text) for key, text in guest.extra)
