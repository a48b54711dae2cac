"""Kiosks of one site with real registers and outboxes, and a hub that passes on what it is told.

>>> async with lobbies(tmp_path, clock, "lobby-a", "lobby-b") as (hub, a, b):        # doctest: +SKIP
...     await a.sign_in(1)
...     await hub.settle()
...     assert b.inside == [1]
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from common.clock import ManualClock
from common.visiting.sealed_visit import VisitRefused, day_of, open_visit, seal_visit, transport_key
from common.visiting.shared_visit import SharedVisit, newer
from kiosk.badge_keys import BadgeKeys
from kiosk.code_reading import CodeReader
from kiosk.forgetting import Forgetting
from kiosk.invitation_records import InvitationRecords
from kiosk.model import Channel
from kiosk.register import Register
from kiosk.settings import InvitationsSection, RegisterSection
from kiosk.sharing import Sharing
from telemetry.outbox import Outbox, Pace
from telemetry.outbox_reader import OutboxReader
from tests.common.visiting.token_kit import KEYS
from tests.kiosk.register_kit import ZONE, visit

SITE = "Nordhavn Kontorhus"
AT_ONCE = Pace(commit_interval_s=0.0, retry_first_s=0.01, retry_most_s=0.01)


class Lobby:
    """One kiosk without its screen. `restart` is a life of its own on the same files."""

    def __init__(self, folder: Path, unit: str, clock: ManualClock, *, shared: bool = True, days: int = 14) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.unit = unit
        self.clock = clock
        section = RegisterSection(retention_days=days)
        self.register = Register(folder / "register", section, ZONE, clock, unit=unit, shared=shared)
        self.outbox = Outbox(folder / "outbox.db", clock, pace=AT_ONCE)
        self.badges = BadgeKeys(folder / "badge.key", ZONE)
        self.sharing = Sharing(self.register, self.outbox, self.badges, SITE)
        self.forgetting = Forgetting(self.register, self.outbox)
        self.taken = 0
        self.sharing.on_taken = self._count

    async def open(self) -> None:
        await self.register.open()

    async def close(self) -> None:
        await self.register.close()
        self.outbox.close()

    @property
    def inside(self) -> list[int]:
        """Numbers of those who are in the building."""
        return sorted(int(one.id, 16) for one in self.register.open_visits())

    async def sign_in(self, *numbers: int, **fields: object) -> None:
        for number in numbers:
            await self.register.sign_in([visit(number, **fields)], tell=Channel.MAIL, badges=True)

    async def evening(self) -> None:
        """Let the clock do what it does now."""
        await self.forgetting.tick()

    async def rows(self, table: str) -> int:
        query = f"SELECT count(*) FROM {table}"
        return int(
            await self.register.apply(lambda store, at: store.connection.execute(query).fetchone()[0], refresh=False)
        )

    async def keys(self) -> dict[str, str]:
        answer = await self.sharing.exchange({})
        return dict(answer["keys"])

    async def secrets(self) -> list[bytes]:
        """All keys that the ring still has."""
        return await self.register.apply(lambda store, at: [key.secret for key in store.ring.keys], refresh=False)

    def reader(self) -> CodeReader:
        """Reads codes before this kiosk's scanner."""
        records = InvitationRecords(self.folder / "invitations", KEYS, self.register)
        return CodeReader(InvitationsSection(), KEYS, records, self.register, self.badges, self.clock)

    def _count(self) -> None:
        self.taken += 1


@dataclass(frozen=True, slots=True)
class Letter:
    """A sealed visit that lies somewhere: for whom, and what."""

    to: str
    blob: bytes


class Hub:
    """Opens what kiosks tell, keeps the newest version, seals it to the others. Keeps copies of all it ever saw."""

    def __init__(self, clock: ManualClock, lobbies: Sequence[Lobby]) -> None:
        self.clock = clock
        self.lobbies = {lobby.unit: lobby for lobby in lobbies}
        self.ring: dict[date, bytes] = {}
        self.visits: dict[str, SharedVisit] = {}
        self.copies: list[Letter] = []
        self.told: list[tuple[str, SharedVisit]] = []
        self.unreadable = 0
        self._had: dict[str, int] = {}

    def keys(self) -> dict[str, str]:
        """Public keys by day, those around today made where they are missing."""
        for offset in (-1, 0, 1):
            self.ring.setdefault(self.clock.now().date() + timedelta(days=offset), token_bytes(32))
        return {day.isoformat(): public_text(transport_key(secret).public_key()) for day, secret in self.ring.items()}

    def rekey(self, day: date) -> None:
        """As after an erasure at the hub."""
        self.ring[day] = token_bytes(32)

    def forget(self, days: int = 14) -> None:
        today = self.clock.now().date()
        self.ring = {day: secret for day, secret in self.ring.items() if day + timedelta(days=days) > today}
        self.visits = {one.id: one for one in self.visits.values() if one.day in self.ring}

    async def give_keys(self) -> None:
        for lobby in self.lobbies.values():
            await lobby.sharing.exchange(self.keys())

    def collect(self) -> list[SharedVisit]:
        """What lies in the outboxes since the last time, taken in."""
        found: list[SharedVisit] = []
        for lobby in self.lobbies.values():
            for blob in self._new_blobs(lobby):
                self.copies.append(Letter("hub", blob))
                visit = self._opened(blob)
                if visit is not None:
                    self.told.append((lobby.unit, visit))
                    found.append(visit)
                    known = self.visits.get(visit.id)
                    if known is None or newer(visit, known):
                        self.visits[visit.id] = visit
        return found

    async def sealed_for(self, lobby: Lobby, visits: Sequence[SharedVisit]) -> list[bytes]:
        """Those visits for one kiosk, as far as it has keys."""
        keys = await lobby.keys()
        blobs = [
            seal_visit(one, public_key(keys[one.day.isoformat()])) for one in visits if one.day.isoformat() in keys
        ]
        self.copies += [Letter(lobby.unit, blob) for blob in blobs]
        return blobs

    async def settle(self) -> None:
        """Until nobody has anything to tell any more."""
        await self.give_keys()
        for _ in range(6):
            for lobby in self.lobbies.values():
                await lobby.sharing.turn()
            found = self.collect()
            if not found:
                return
            await self.deliver()
        raise AssertionError("the kiosks tell each other the same for ever")

    async def deliver(self) -> None:
        """Everything to everybody but who made it."""
        for lobby in self.lobbies.values():
            news = [one for one in self.visits.values() if one.by != lobby.unit]
            for one in news:  # keys are asked for each time: an erasure gives a day another one
                for blob in await self.sealed_for(lobby, [one]):
                    await lobby.sharing.take(blob)

    async def openable(self) -> int:
        """How many of all copies open with the keys that anybody still has."""
        secrets = list(self.ring.values())
        for lobby in self.lobbies.values():
            secrets += await lobby.secrets()
        return sum(any(_opens(letter.blob, secret) for secret in secrets) for letter in self.copies)

    def _new_blobs(self, lobby: Lobby) -> list[bytes]:
        bodies = outbox_bodies(lobby.folder / "outbox.db", after=self._had.get(lobby.unit, 0))
        self._had[lobby.unit] = max((seq for seq, _, _ in bodies), default=self._had.get(lobby.unit, 0))
        return [_raw(body["blob"]) for _, topic, body in bodies if topic == "e/visit"]

    def _opened(self, blob: bytes) -> SharedVisit | None:
        secret = self.ring.get(day_of(blob))
        try:
            return open_visit(blob, transport_key(secret)) if secret else None
        except VisitRefused:
            self.unreadable += 1
            return None


def outbox_bodies(path: Path, after: int = 0) -> list[tuple[int, str, dict[str, str]]]:
    """Sequence, topic and body of every row of an outbox."""
    reader, found = OutboxReader(path), []
    try:
        while rows := reader.read(after, 500).rows:
            found += [(one.row.seq, one.topic, json.loads(bytes(one.row.v))) for one in rows]
            after = found[-1][0]
    finally:
        reader.close()
    return found


@asynccontextmanager
async def lobbies(folder: Path, clock: ManualClock, *units: str) -> AsyncIterator[tuple[Hub, Lobby, Lobby]]:
    """Two kiosks, lobby-a and lobby-b unless named, and their hub."""
    names = units or ("lobby-a", "lobby-b")
    async with AsyncExitStack() as stack:
        made = [Lobby(folder / name, name, clock) for name in names]
        for lobby in made:
            stack.push_async_callback(lobby.close)
            await lobby.open()
        yield Hub(clock, made), made[0], made[1]


@asynccontextmanager
async def again(hub: Hub, lobby: Lobby) -> AsyncIterator[Lobby]:
    """The same kiosk after its process ended."""
    await lobby.close()
    reborn = Lobby(lobby.folder, lobby.unit, lobby.clock)
    await reborn.open()
    hub.lobbies[lobby.unit] = reborn
    try:
        yield reborn
    finally:
        await reborn.close()


def _opens(blob: bytes, secret: bytes) -> bool:
    try:
        open_visit(blob, transport_key(secret))
    except VisitRefused:
        return False
    return True


def public_text(key: X25519PublicKey) -> str:
    return base64.urlsafe_b64encode(key.public_bytes_raw()).decode().rstrip("=")


def public_key(text: str) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(_raw(text))


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
