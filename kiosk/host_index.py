"""Who may be visited, kept on the kiosk so that the search works without a network and tells Microsoft nothing.

Name, mail address, department, id and language of the members of one group, encrypted; read anew every day. What was
not renewed for 14 days is deleted (DESIGN.md 4.4). Whoever opted out is not even written down.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec

from common.clock import Clock
from common.sealed_file import SealedFile, SealError
from graph.errors import AccessDenied, GraphError, SignInNeeded
from graph.model import Availability, Person
from kiosk.host_search import Hosts, other_hosts
from kiosk.model import Host, HostPresence
from kiosk.settings import HostsSection, OtherHost

log = logging.getLogger(__name__)

MAGIC = b"MYDESK-HOSTS-1\n"
MAX_BYTES = 8 << 20
RENEWED_EVERY = timedelta(hours=24)
OLD_AFTER = timedelta(hours=26)
"""A day and time to try again: from here the screen says that the list is old."""
FORGOTTEN_AFTER = timedelta(days=14)
RETRY_FIRST_S = 60.0
RETRY_MOST_S = 3600.0
PRESENCE_TIMEOUT_S = 3.0
LANGUAGES = frozenset({"da", "en", "es"})
_PRESENCES = {
    Availability.AVAILABLE: HostPresence.AVAILABLE,
    Availability.BUSY: HostPresence.BUSY,
    Availability.AWAY: HostPresence.AWAY,
    Availability.UNKNOWN: HostPresence.UNKNOWN,
}


class GroupReader(Protocol):
    """What lists the hosts (graph.people.People)."""

    async def members(self, group: str, *, user: bool = False) -> tuple[Person, ...]: ...


class PresenceSource(Protocol):
    """Who is there (graph.presence.PresenceReader)."""

    async def of(self, ids: Sequence[str], *, user: bool = False) -> dict[str, Availability]: ...


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    id: str
    name: str
    address: str
    department: str
    language: str


class _File(msgspec.Struct, frozen=True):
    built_at: datetime
    group: str
    hosts: tuple[_Stored, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The hosts as they were read at an instant, of one group."""

    built_at: datetime
    group: str
    hosts: tuple[Host, ...] = field(repr=False)


class HostIndexFile:
    """The encrypted file. Blocking; one that cannot be used is the same as none, and is replaced at the next read."""

    def __init__(self, path: Path) -> None:
        key_file = path.with_name(path.name + ".key")
        self._file = SealedFile(path, key_file, magic=MAGIC, max_bytes=MAX_BYTES, log=log, what="host index")

    def read(self) -> Snapshot | None:
        """Return what was written last; None when there is nothing that can be used."""
        try:
            stored = msgspec.json.decode(self._file.read(), type=_File)
        except FileNotFoundError:
            return None
        except (OSError, SealError, msgspec.DecodeError) as error:
            log.warning("host index: cannot be used (%s): it is read anew", type(error).__name__)
            return None
        if stored.built_at.tzinfo is None:
            return None
        hosts = tuple(Host(one.id, one.name, one.address, one.department, one.language) for one in stored.hosts)
        return Snapshot(stored.built_at.astimezone(UTC), stored.group, hosts)

    def write(self, snapshot: Snapshot) -> None:
        """Replace it whole. A disk that refuses is logged: the search goes on from RAM."""
        hosts = tuple(_Stored(one.ref, one.name, one.address, one.department, one.language) for one in snapshot.hosts)
        try:
            self._file.write(msgspec.json.encode(_File(snapshot.built_at, snapshot.group, hosts)))
        except (OSError, SealError) as error:
            log.error("host index: cannot be written (%s): without a network it is gone at a restart", error)

    def forget(self) -> None:
        """Delete it. Raises OSError."""
        self._file.forget()


class HostIndex:
    """The hosts that the search walks over, always there; `run` keeps them fresh.

    >>> index = HostIndex(config.hosts, config.other_hosts, session.people, clock, language="da")  # doctest: +SKIP
    >>> await index.open()                                                                         # doctest: +SKIP
    >>> supervisor.start("hosts", index.run)                                                       # doctest: +SKIP
    >>> search(index.hosts, "jes fri", budget, clock.monotonic_s(), config.hosts)                  # doctest: +SKIP
    """

    def __init__(
        self,
        rules: HostsSection,
        others: Sequence[OtherHost],
        people: GroupReader,
        clock: Clock,
        *,
        language: str,
        presence: PresenceSource | None = None,
    ) -> None:
        """`language` is for hosts whose own the directory does not know."""
        self._rules = rules
        self._others = other_hosts(others)
        self._people = people
        self._presence = presence
        self._clock = clock
        self._language = language
        self._file = HostIndexFile(Path(rules.index_file))
        self._snapshot: Snapshot | None = None
        self._woken = asyncio.Event()
        self.denied = False
        """Microsoft 365 refuses to list the group: `mydesk-graph doctor` says what is missing."""
        self.hosts = Hosts(self._others, rules.opt_out)

    @property
    def age(self) -> timedelta | None:
        """How long ago the group was read; None: never, or there is none to read."""
        return None if self._snapshot is None else max(self._clock.now() - self._snapshot.built_at, timedelta(0))

    @property
    def old(self) -> bool:
        """Whether the list is to be called old on the screen."""
        return bool(self._rules.host_group) and (self.age is None or self.age > OLD_AFTER)

    async def open(self) -> None:
        """Take what is on the disk; nothing there is nothing found until the first read."""
        found = await asyncio.to_thread(self._file.read)
        if found is not None and found.group == self._rules.host_group:
            self._take(found)
        await self._forget_what_is_too_old()

    async def renew(self) -> None:
        """Read the group and keep it. The old list stays until the new one is whole. Raises GraphError."""
        members = await self._people.members(self._rules.host_group)
        self.denied = False
        hidden = {address.casefold().strip() for address in self._rules.opt_out}
        hosts = tuple(self._host(person) for person in members if person.address.casefold() not in hidden)
        snapshot = Snapshot(self._clock.now(), self._rules.host_group, hosts)
        await asyncio.to_thread(self._file.write, snapshot)
        self._take(snapshot)
        log.info("host index: %d hosts", len(hosts))

    async def run(self) -> None:
        """Renew every day, for ever; after an error ever later, an hour at most."""
        if not self._rules.host_group:
            return
        wait_s = RETRY_FIRST_S
        while True:
            if self._due:
                wait_s = await self._tried(wait_s)
            await self._forget_what_is_too_old()
            wait_s = await self._pause(wait_s)

    def wake(self) -> None:
        """Somebody signed in, or the network is back: a read that is due is tried now."""
        self._woken.set()

    async def _pause(self, seconds: float) -> float:
        """Returns after how long to try again; whoever woke us wants no long wait for the next."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return seconds
        self._woken.clear()
        return RETRY_FIRST_S

    async def presences(self, refs: Sequence[str]) -> Mapping[str, HostPresence]:
        """What a stranger may know of these hosts; empty where the site does not show it, or nobody answers in 3 s."""
        ids = [ref for ref in refs if not self._is_other(ref)]
        if self._presence is None or not self._rules.presence or not ids:
            return {}
        try:
            async with asyncio.timeout(PRESENCE_TIMEOUT_S):
                found = await self._presence.of(ids, user=True)
        except (GraphError, TimeoutError) as error:
            log.info("presence: %s", type(error).__name__)
            return {}
        return {ref: _PRESENCES[availability] for ref, availability in found.items()}

    @property
    def _due(self) -> bool:
        ahead = self._snapshot is not None and self._snapshot.built_at > self._clock.now() + RENEWED_EVERY
        return self.age is None or self.age >= RENEWED_EVERY or ahead

    async def _tried(self, wait_s: float) -> float:
        try:
            await self.renew()
        except (AccessDenied, SignInNeeded) as error:
            self.denied = isinstance(error, AccessDenied)
            log.warning("host index: %s, request-id %s", type(error).__name__, error.request_id or "-")
        except GraphError as error:
            log.warning("host index: %s, request-id %s", type(error).__name__, error.request_id or "-")
        else:
            return RETRY_FIRST_S
        return min(wait_s * 2, RETRY_MOST_S)

    async def _forget_what_is_too_old(self) -> None:
        if self.age is None or self.age <= FORGOTTEN_AFTER:
            return
        log.warning("host index: not renewed for %d days, deleted", FORGOTTEN_AFTER.days)
        self._snapshot = None
        self.hosts = Hosts(self._others, self._rules.opt_out)
        try:
            await asyncio.to_thread(self._file.forget)
        except OSError as error:
            log.error("host index: cannot be deleted (%s)", error.strerror)

    def _take(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.hosts = Hosts((*snapshot.hosts, *self._others), self._rules.opt_out)

    def _is_other(self, ref: str) -> bool:
        return any(other.ref == ref for other in self._others)

    def _host(self, person: Person) -> Host:
        spoken = person.language.partition("-")[0].casefold()
        language = spoken if spoken in LANGUAGES else "en" if spoken else self._language
        return Host(person.id, person.name, person.address, person.department, language)
