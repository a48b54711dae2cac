"""A shared visit says who tells its host, and what an older or a newer release does not know harms neither."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from common.visiting.shared_visit import HUB, SharedGuest, SharedHost, SharedVisit, newer, same_person

JONAS = SharedHost(ref="1", name="Jonas Holm", address="jonas@nordhavn.example")


def visit(**fields: object) -> SharedVisit:
    known: dict[str, object] = {
        "id": "0" * 31 + "1",
        "version": 1,
        "by": HUB,
        "origin": HUB,
        "day": date(2026, 11, 23),
        "delete_on": date(2026, 12, 7),
        "guest": SharedGuest(name="Ida Berg"),
        "host": JONAS,
        "in_at": datetime(2026, 11, 23, 9, tzinfo=UTC),
    }
    return SharedVisit(**(known | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "teller"),
    [
        ({}, HUB),
        ({"teller": "lobby"}, "lobby"),
        ({"origin": "north"}, "north"),
        ({"origin": "north", "teller": "lobby"}, "lobby"),
    ],
)
def test_who_is_named_tells_else_the_origin(fields: dict[str, object], teller: str) -> None:
    assert visit(**fields).tells == teller


def test_what_an_older_release_tells_names_nobody() -> None:
    text = msgspec.json.encode(visit(teller="lobby", told_before=True))
    older = {key: value for key, value in msgspec.json.decode(text).items() if key not in ("teller", "told_before")}
    read = msgspec.json.decode(msgspec.json.encode(older), type=SharedVisit)
    assert (read.teller, read.told_before) == ("", False)
    assert msgspec.json.decode(text, type=SharedVisit) == visit(teller="lobby", told_before=True)


@pytest.mark.parametrize("teller", ["Lobby", "a b", "x" * 33, "lobby\n"])
def test_a_teller_is_a_unit_or_none(teller: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(msgspec.to_builtins(visit()) | {"teller": teller}, SharedVisit)


def host(name: str, address: str = "", ref: str = "") -> SharedHost:
    return SharedHost(ref=ref, name=name, address=address)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (JONAS, True),
        (host("Jonas H.", "JONAS@nordhavn.example"), True),
        (host("Jonas Holm", "jonas@nordhavn.example", "2"), True),
        (host("Jonas Holm", "ingrid@nordhavn.example"), False),
        (host("Jonas Holm"), False),
    ],
)
def test_a_host_is_who_has_the_address(other: SharedHost, same: bool) -> None:
    assert same_person(JONAS, other) is same
    assert same_person(other, JONAS) is same


def test_without_addresses_a_host_is_a_name() -> None:
    assert same_person(host("Jonas Holm"), host("JONAS HOLM", ref="1"))
    assert not same_person(host("Jonas Holm"), host("Ingrid Holm"))


def test_the_higher_version_is_newer_then_the_higher_unit() -> None:
    assert newer(visit(version=2), visit())
    assert newer(visit(by="lobby"), visit())
    assert not newer(visit(), visit())


def test_data_or_erased_and_nobody_in_a_text() -> None:
    for fields in ({"erased": True}, {"guest": None}):
        with pytest.raises(ValueError, match="erased"):
            visit(**fields)
    erased = visit(erased=True, guest=None, host=None)
    assert not erased.present
    assert visit().present
    texts = repr([visit(), visit().guest, JONAS])
    assert "Ida" not in texts
    assert "Jonas" not in texts
