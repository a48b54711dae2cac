"""What is typed, cleaned and checked, and the fields of a visitor type."""

from __future__ import annotations

import pytest

from common.visiting.typed import cleaned, is_drawable, is_email, is_name, is_phone, long_enough, tidy
from kiosk.fields import errors_of, fields_of, guest_of, texts_of
from kiosk.model import Guest
from kiosk.pages import FieldError
from kiosk.settings import VisitorType
from tests.kiosk.flow_kit import CRAFT, GUEST, PARENT


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Søren", "Søren"),
        ("Sø\x00r\x1ben\x7f", "Søren"),
        ("A\u202eB\u200bC\u2066", "ABC"),
        ("A\u030a", "Å"),
        ("  Bo \t Bech\n", "Bo   Bech "),
        ("\ud800x\ue000", "x"),
        ("x" * 500, "x" * 80),
        ("", ""),
    ],
)
def test_cleaned(text: str, kept: str) -> None:
    assert cleaned(text, 80) == kept


@pytest.mark.parametrize(
    "name",
    [
        "Søren Ærø",
        "Jean-Luc O’Neill",
        "D'Angelo",
        "María José",
        "Gal·la Vidal",
        "J. R. Ewing",
        "Nguyễn Thị Minh",
        "Ελένη",
        "Юрий",
        "山田 太郎",
        "محمد",
        "רות",
        "प्रिया",
        "x" * 80,
    ],
)
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", " ", "Bo 😀", "R2D2", "<b>Bo</b>", "bo@x.dk", "-", "'", "x" * 81, "Bo;Ida", "a/b", "😀"]
)
def test_no_names(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize("text", ["a@b.dk", "soren.aero+x@mail.aeroe.dk", "søren@ærø.dk", "o'neill@x.co.uk"])
def test_addresses(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a@b",
        "a@.dk",
        "a@b.",
        "@b.dk",
        "a b@c.dk",
        "a@b@c.dk",
        "a@b.dk,c@d.dk",
        "<a@b.dk>",
        "a@b..dk",
        "x" * 99 + "@b.dk",
    ],
)
def test_no_addresses(text: str) -> None:
    assert not is_email(text)


@pytest.mark.parametrize(
    "text", ["12345678", "+45 12 34 56 78", "(030) 123-456", "004512345678", "12.34.56.78", "030/12345"]
)
def test_phones(text: str) -> None:
    assert is_phone(text)


@pytest.mark.parametrize("text", ["", "1234", "+", "12a45678", "1" * 16, "12+345678", "٠١٢٣٤٥٦٧", " " * 30 + "12345"])
def test_no_phones(text: str) -> None:
    assert not is_phone(text)


@pytest.mark.parametrize(
    ("text", "long"), [("je", False), ("jes", True), ("j-e-s", True), ("ab cd", False), ("æøå", True)]
)
def test_long_enough(text: str, long: bool) -> None:
    assert long_enough(text, 3) is long


def test_drawable() -> None:
    latin = frozenset(range(0x250))
    assert is_drawable("Søren Ærø", latin)
    assert not is_drawable("山田", latin)
    assert is_drawable("山田", None)


def test_tidy() -> None:
    assert tidy("  Bo   Bech ") == "Bo Bech"


# --- fields ---


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        (GUEST, ["name", "email", "phone"]),
        (CRAFT, ["name", "phone", "x-company"]),
        (VisitorType(key="x", title={"en": "X"}, email="no", phone="no"), ["name"]),
    ],
)
def test_fields_of_a_type(kind: VisitorType, keys: list[str]) -> None:
    assert [one.key for one in fields_of(kind)] == keys


@pytest.mark.parametrize(
    ("kind", "texts", "errors"),
    [
        (GUEST, {}, [("name", FieldError.MISSING)]),
        (GUEST, {"name": "  "}, [("name", FieldError.MISSING)]),
        (GUEST, {"name": "Bo"}, []),
        (CRAFT, {"name": "Bo"}, [("phone", FieldError.MISSING), ("x-company", FieldError.MISSING)]),
        (CRAFT, {"name": "Bo", "phone": "12345678", "x-company": "山"}, [("x-company", FieldError.LATIN)]),
        (PARENT, {"name": "Bo"}, [("email", FieldError.CONTACT)]),
        (PARENT, {"name": "Bo", "email": "bo"}, [("email", FieldError.EMAIL)]),
        (PARENT, {"name": "Bo", "phone": "12345678"}, []),
    ],
)
def test_errors(kind: VisitorType, texts: dict[str, str], errors: list[tuple[str, FieldError]]) -> None:
    assert list(errors_of(kind, texts, frozenset(range(0x250)))) == errors


def test_only_what_the_type_asks_for_is_stored() -> None:
    texts = {"name": " Bo  Bech ", "email": "bo@x.dk", "phone": "12345678", "x-company": "Firma", "x-old": "x"}
    guest = guest_of(CRAFT, texts)
    assert guest == Guest("Bo Bech", "", "12345678", (("company", "Firma"),))
    assert dict(texts_of(guest)) == {"name": "Bo Bech", "phone": "12345678", "x-company": "Firma"}
