"""1,000 visits over 20 days, and three proofs that the older ones are forgotten (issue 4, section 5)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from common.visiting.day_keys import AesGcm, KeyRing
from kiosk.access_requests import export_guest
from kiosk.audit import Actor
from kiosk.model import Channel, Guest, Host, LeftBy, Visit
from kiosk.proof import prove
from kiosk.register_store import RegisterStore, Signature
from tests.kiosk.register_kit import DAY_S, MONDAY, Desk, IdentityCipher, at_desk, visit, visit_id

DAYS = 20
PER_DAY = 50
KEPT_DAYS = 14
PARTY = 10
HALF_DAY_S = DAY_S / 2
PERSONS = 25
Evening = Callable[[int], Awaitable[None]]


def person(number: int) -> Visit:
    """Visit `number`: of one of 25 people by e-mail, every other text unlike all others."""
    guest = Guest(
        f"Åse Guest{number:04}name Ørsted",
        f"person{number % PERSONS:02}@mail.example",
        f"+45 6{number:04}{number:04}",
        (("company", f"Firm{number:04} ApS"),),
    )
    host = Host(f"ref-{number:04}-ref", f"Host{number:04}name Holm", f"host{number:04}@nordhavn.example")
    return visit(number, guest=guest, host=host)


TEXTS = (
    "Åse Guest([0-9]{4})name Ørsted",
    r"\+45 6([0-9]{4})\1",
    "Firm([0-9]{4}) ApS",
    "ref-([0-9]{4})-ref",
    "Host([0-9]{4})name Holm",
    r"host([0-9]{4})@nordhavn\.example",
    r"17,([0-9]{4}) \1,23",
)
"""All texts that point to one visit, with its number in it, as a byte scan reads them."""


def numbers_in(raw: bytes) -> list[set[int]]:
    """Which visits' texts stand in `raw`, text by text."""
    return [{int(number) for number in re.findall(text.encode(), raw)} for text in TEXTS]


def strokes(number: int) -> str:
    return f"17,{number:04} {number:04},23"


async def twenty_days(desk: Desk, evening: Evening) -> None:
    """50 visits a day in parties of ten; the kiosk forgets by itself; `evening` is told each day's number at 20:00."""
    for day in range(DAYS):
        for first in range(day * PER_DAY, (day + 1) * PER_DAY, PARTY):
            numbers = range(first, first + PARTY)
            signed = {visit_id(number): Signature("rules", strokes(number)) for number in numbers}
            party = [person(number) for number in numbers]
            await desk.register.sign_in(party, tell=Channel.MAIL, signatures=signed)
            await desk.register.sign_out(visit_id(first), LeftBy.SCAN)
        desk.clock.step(HALF_DAY_S)
        await desk.forgetting.tick()
        await evening(day)
        desk.clock.step(HALF_DAY_S)
        if day < DAYS - 1:
            await desk.forgetting.tick()


def young_and_old(day: int) -> tuple[range, range]:
    """Numbers that are kept and that are forgotten on the evening of `day`."""
    first_kept = max(0, day + 1 - KEPT_DAYS) * PER_DAY
    return range(first_kept, (day + 1) * PER_DAY), range(first_kept)


def bytes_below(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def nothing(day: int) -> None:
    pass


def test_first_proof_the_bytes(tmp_path: Path) -> None:
    """With a cipher that hides nothing: every younger text is in the files, and no older one, every evening."""

    async def story(desk: Desk) -> None:
        async def evening(day: int) -> None:
            young, _ = young_and_old(day)
            assert numbers_in(bytes_below(desk.folder)) == [set(young)] * len(TEXTS)

        await twenty_days(desk, evening)
        _, old = young_and_old(DAYS - 1)
        assert len(old) == 300
        names = [person(number).guest.name for number in old[::5]]
        proof = await desk.register.apply(lambda store, at: prove(store, names))
        assert proof.findings == ()
        assert proof.rows_read == DAYS * PER_DAY - len(old)

    at_desk(tmp_path / "register", story, cipher=IdentityCipher())


async def exported(desk: Desk, email: str) -> list[dict[str, Any]]:
    return await desk.register.apply(lambda store, at: export_guest(store, at, email, Actor.ADMIN))


def test_second_proof_the_real_cipher(tmp_path: Path) -> None:
    """No plain text anywhere below the data folder, on no evening; and export shows all younger visits."""

    async def story(desk: Desk) -> None:
        async def evening(day: int) -> None:
            raw = bytes_below(desk.folder)
            assert numbers_in(raw) == [set()] * len(TEXTS)
            assert b"mail.example" not in raw

        await twenty_days(desk, evening)
        young, _ = young_and_old(DAYS - 1)
        shown: dict[str, dict[str, object]] = {}
        for number in range(PERSONS):
            shown |= {one["visit"]: one for one in await exported(desk, person(number).guest.email)}
        assert sorted(shown) == [visit_id(number) for number in young]
        for number in young:
            one, mine = shown[visit_id(number)], person(number)
            assert (one["name"], one["phone"], one["host"]) == (mine.guest.name, mine.guest.phone, mine.host.name)
            assert one["signature"] == {"document": "rules", "strokes": strokes(number)}

    at_desk(tmp_path / "register", story)


def test_third_proof_a_stolen_copy(tmp_path: Path) -> None:
    """A data folder copied on day 13 with the keys of day 15 opens no visit that is forgotten by then."""
    stolen, early = tmp_path / "stolen", tmp_path / "early"

    async def story(desk: Desk) -> None:
        async def evening(day: int) -> None:
            if day == 13:
                shutil.copytree(desk.folder, stolen)
                shutil.copytree(desk.folder, early)
            if day == 15:
                shutil.rmtree(stolen / "keys")
                shutil.copytree(desk.folder / "keys", stolen / "keys")

        await twenty_days(desk, evening)

    at_desk(tmp_path / "register", story)
    forgotten = young_and_old(15)[1]
    then = young_and_old(13)[0]
    assert opened(early) == set(then)  # the copy is whole: its own keys open it
    assert opened(stolen) == set(then) - set(forgotten)
    assert len(set(then) & set(forgotten)) == 2 * PER_DAY


def opened(folder: Path) -> set[int]:
    """What a thief reads of a copy, with the keys in it."""
    store = RegisterStore(folder / "register.db", KeyRing(folder / "keys" / "day.keys"), AesGcm())
    try:
        return {int(one.id, 16) for one in store.everything() if store.signature_of(one.id)}
    finally:
        store.close()


def test_the_days_are_what_this_page_takes_them_for() -> None:
    assert young_and_old(13) == (range(700), range(0))
    assert young_and_old(14) == (range(50, 750), range(50))
    assert (MONDAY + timedelta(seconds=HALF_DAY_S)).date() == MONDAY.date()
