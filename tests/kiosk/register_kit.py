"""Registers for tests: visits with names that nothing else has, a clock that is told, a cipher that hides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from common.clock import ManualClock
from common.visiting.day_keys import Cipher
from kiosk.forgetting import Forgetting
from kiosk.model import Channel, Guest, Host, Visit, VisitState
from kiosk.register import Register
from kiosk.settings import RegisterSection
from telemetry.payloads import Event

T = TypeVar("T")

ZONE = ZoneInfo("Europe/Copenhagen")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY_S = 86400.0
JESPER = Host("11111111-aaaa", "Jesper Østergaard", "jesper@nordhavn.example", "Salg", "da", "+45 11 22 33 44")
INGRID = Host("22222222-bbbb", "Ingrid Holm", "ingrid@nordhavn.example")


class IdentityCipher:
    """Seals nothing, so that a byte scan can see what is left on the disk. Only tests can pass it in."""

    def seal(self, key: bytes, plain: bytes, bound_to: bytes) -> bytes:
        return plain

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        return sealed


class Events:
    """An outbox that remembers."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, event: Event) -> None:
        self.events.append(event)

    def close(self, timeout_s: float = 5.0) -> None:
        pass

    @property
    def state(self) -> object:
        raise NotImplementedError


def visit_id(number: int) -> str:
    return f"{number:032x}"


def guest(number: int) -> Guest:
    """A guest whose every field is like no other's."""
    return Guest(
        f"Åse Guestname{number:05} Sørensen",
        f"guest{number:05}@mail.example",
        f"+45 70{number:06}",
        (("company", f"Firm{number:05} ApS"),),
    )


def visit(number: int, **fields: object) -> Visit:
    """Visit number `number`, on its way in."""
    known: dict[str, object] = {
        "id": visit_id(number),
        "type": "guest",
        "state": VisitState.ON_SITE,
        "guest": guest(number),
        "host": JESPER,
        "language": "da",
        "notice_version": "2026-1",
    }
    return Visit(**(known | fields))  # type: ignore[arg-type]


class Desk:
    """A register, its clock, its forgetting and its events."""

    def __init__(self, folder: Path, clock: ManualClock, cipher: Cipher | None, boot: str, days: int) -> None:
        self.folder = folder
        self.clock = clock
        self.outbox = Events()
        section = RegisterSection(retention_days=days)
        self.register = Register(folder, section, ZONE, clock, cipher=cipher, boot=boot)
        self.forgetting = Forgetting(self.register, self.outbox)  # type: ignore[arg-type]

    @property
    def database(self) -> Path:
        return self.folder / "register.db"

    async def sign_in(self, *numbers: int, **fields: object) -> None:
        for number in numbers:
            await self.register.sign_in([visit(number, **fields)], tell=Channel.MAIL)

    async def ids(self) -> list[int]:
        """Numbers of all visits that can be read."""
        found = await self.register.apply(lambda store, at: store.everything(), refresh=False)
        return sorted(int(one.id, 16) for one in found)

    async def rows(self, table: str) -> int:
        """How many rows a table has."""
        query = f"SELECT count(*) FROM {table}"
        return int(
            await self.register.apply(lambda store, at: store.connection.execute(query).fetchone()[0], refresh=False)
        )


@contextmanager
def desk(
    folder: Path,
    *,
    clock: ManualClock | None = None,
    cipher: Cipher | None = None,
    boot: str = "boot-1",
    days: int = 14,
) -> Iterator[Desk]:
    """A desk in `folder`; its thread and files are closed in the end."""
    made = Desk(folder, clock or ManualClock(MONDAY), cipher, boot, days)
    try:
        yield made
    finally:
        made.register.close_now()


def at_desk(folder: Path, story: Callable[[Desk], Awaitable[T]], **options: object) -> T:
    """Run `story` at a desk."""
    with desk(folder, **options) as made:  # type: ignore[arg-type]

        async def told() -> T:
            return await story(made)

        return asyncio.run(told())
