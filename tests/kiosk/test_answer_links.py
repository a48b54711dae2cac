"""Links to answer by: of which message, for how long, how many, and what stands in the messages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import count
from urllib.parse import urlsplit

import msgspec
import pytest

from common.clock import ManualClock
from kiosk.answer_links import LIFE_S, MOST, AnswerLinks, Links, Meant
from kiosk.config import KioskConfig
from kiosk.ladder import BY_LINK
from kiosk.message_table import Message, Rung
from kiosk.model import Channel, Progress

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
URL = "https://hub.nordhavn.example:8443"


def message(number: int, visit: str = "v") -> Message:
    return Message(number, visit, Rung.FIRST, Channel.MAIL, Progress.SENDING, 1, False, None, NOW, NOW)


def made() -> tuple[AnswerLinks, ManualClock]:
    clock = ManualClock(NOW)
    return AnswerLinks(URL, "cph-lobby", clock), clock


def id_in(links: Links) -> str:
    return urlsplit(links.coming).path.split("/")[3]


def test_an_id_is_128_bits_drawn_by_chance() -> None:
    links, _ = made()
    given = [links.of(message(number), "da") for number in range(200)]
    ids = {id_in(one) for one in given}
    assert len(ids) == 200
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in ids)
    one = given[0]
    assert one.coming == f"{URL}/a/cph-lobby/{id_in(one)}/coming?lang=da"
    assert one.five == f"{URL}/a/cph-lobby/{id_in(one)}/five?lang=da"
    assert id_in(one) not in repr(one)


def test_it_lives_half_an_hour_from_the_last_try() -> None:
    links, clock = made()
    first = id_in(links.of(message(1, "v1"), "da"))
    clock.step(LIFE_S - 1)
    assert links.meant_by(first) == Meant(1, "v1")
    assert id_in(links.of(message(1, "v1"), "da")) == first, "a repeat has the same link"
    clock.step(LIFE_S - 1)
    assert links.meant_by(first) == Meant(1, "v1")
    clock.step(1)
    assert links.meant_by(first) is None
    assert id_in(links.of(message(1, "v1"), "da")) != first


def test_the_same_number_of_another_visit_is_another_message() -> None:
    links, _ = made()
    assert id_in(links.of(message(1, "v1"), "da")) != id_in(links.of(message(1, "v2"), "da"))


@pytest.mark.parametrize("wrong", ["", "x", "a" * 22, "\0", "å" * 22])
def test_what_was_never_given_out_is_of_no_message(wrong: str) -> None:
    links, _ = made()
    links.of(message(1), "da")
    assert links.meant_by(wrong) is None


def test_few_are_kept() -> None:
    numbers = count()
    links = AnswerLinks(URL, "u", ManualClock(NOW), new_id=lambda size: f"id-{next(numbers)}")
    for number in range(MOST + 1):
        links.of(message(number), "da")
    assert links.meant_by("id-0") is None
    assert links.meant_by("id-1") == Meant(1, "v")
    assert links.meant_by(f"id-{MOST}") == Meant(MOST, "v")


def test_reception_and_reminders_have_none() -> None:
    assert set(Rung) - set(BY_LINK) == {Rung.RECEPTION, Rung.REMINDER}


def test_links_need_a_hub() -> None:
    unit = {"id": "u", "outbox_file": ""}
    config = _config(unit)
    assert [key for key, _ in config.problems()] == ["notify.answer_url"]
    assert list(_config({**unit, "outbox_file": "/o.db"}).problems()) == []


def _config(unit: dict[str, str]) -> KioskConfig:
    values = {
        "unit": unit,
        "site": {"name": "Nordhavn"},
        "graph": {
            "tenant_id": "nordhavn.example",
            "client_id": "11111111-aaaa-4bbb-8ccc-000000000002",
            "sign_in": "device-code",
            "token_cache_file": "t",
            "token_key_file": "k",
        },
        "notify": {"answer_url": URL},
    }
    return msgspec.convert(values, KioskConfig)
