"""Ingest: takes what units tell from the broker, commits it, and only then acknowledges, to the broker and the unit.

Two threads: paho's fills the inbox; ours takes up to 500 messages or what comes in 50 ms, writes them in one
transaction, publishes the watermarks and acknowledges. A database that is full, locked or away stops nothing but the
acknowledging: the same messages are tried again with back-off, the broker holds at most its receive maximum of more,
and the units' outboxes hold the rest.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from common.clock import Clock
from hub.bad_messages import BadMessages
from hub.draft import Draft, plain
from hub.inbox import PATIENCE_S, Inbox, Waiting
from hub.intake import Intake, Written
from hub.link import BrokerAddress, Link
from hub.live import Live
from hub.store import Store
from hub.store_errors import HubStoreError
from hub.visits.intake import VisitIntake
from telemetry import topics
from telemetry.messages import Ack, CertificateRequest, MessageError, encode
from telemetry.topics import Topics

MOST_MESSAGES = 500
LONGEST_S = 0.05
QUIET_S = 0.003
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
_IDLE_S = 0.5

_log = logging.getLogger(__name__)

Renew = Callable[[str, CertificateRequest], None]
"""Told of a unit's request for a certificate; must not raise and not take long."""


@dataclass(slots=True)
class Counts:
    """Since the start."""

    messages: int = 0
    rows: int = 0
    commits: int = 0
    failed_commits: int = 0


class Ingest:
    """Runs from `start` to `stop`. `trouble` is what is wrong now, "" when all is well."""

    def __init__(
        self,
        store: Store,
        live: Live,
        clock: Clock,
        address: BrokerAddress,
        renew: Renew,
        *,
        most: int = MOST_MESSAGES,
        visits: VisitIntake | None = None,
    ) -> None:
        self._store, self._live, self._clock, self._renew = store, live, clock, renew
        self._most = most
        self._inbox = Inbox(patience_s=PATIENCE_S)
        self._intake = Intake(store, visits)
        self._address = address
        self.link = Link(address, self._inbox, self.now_ms)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._progress_s = time.monotonic()
        self.bad = BadMessages()
        self.counts = Counts()
        self.trouble = ""

    def now_ms(self) -> int:
        """The hub's wall clock."""
        return int(self._clock.now().timestamp() * 1000)

    def start(self) -> None:
        """Connect and begin. Returns at once."""
        self._thread.start()
        self.link.start()

    def stop(self) -> None:
        """End: what was taken in is written first, if the database lets us."""
        self._stopping.set()
        self._inbox.close()
        if self._thread.is_alive():
            self._thread.join(LONGEST_RETRY_S)
        self.link.stop()

    def ailing(self) -> str:
        """Why this ingest is to be replaced by a new one, "" if not."""
        if self._thread.ident is not None and not self._thread.is_alive():
            return "the writing thread has died"
        return self.link.ailing()

    def progress_age_s(self) -> float:
        """How long ago the writing thread went round: for the watchdog. A database that is away is no standstill."""
        return time.monotonic() - self._progress_s

    @property
    def waiting(self) -> int:
        """Messages that wait to be written."""
        return len(self._inbox)

    @property
    def dropped(self) -> int:
        """Samples without acknowledgement that did not fit."""
        return self._inbox.dropped

    def _run(self) -> None:
        while not (self._stopping.is_set() and not len(self._inbox)):
            self._progress_s = time.monotonic()
            taken = self._inbox.take(self._most, _IDLE_S, LONGEST_S, QUIET_S)
            if taken and not self._settle(taken):
                return
            if self._inbox.overflowed():
                _log.warning("ingest: more came than there was room for; asking the broker again")
                self.link.renew()

    def _settle(self, taken: Sequence[Waiting]) -> bool:
        """Write and acknowledge; False when we were told to stop before that was possible."""
        wait_s = FIRST_RETRY_S
        while True:
            try:
                self._write(taken)
            except HubStoreError as error:
                if error.lasting:
                    self._settle_one_by_one(taken, error)
                    return True
                self._in_trouble(error, wait_s)
                if self._stopping.wait(wait_s):
                    return False
                wait_s = min(wait_s * 2, LONGEST_RETRY_S)
            else:
                return True

    def _in_trouble(self, error: HubStoreError, wait_s: float) -> None:
        self._progress_s = time.monotonic()
        self.counts.failed_commits += 1
        if self.trouble != str(error):
            _log.error("ingest: nothing is acknowledged while %s Next try in %g s.", error, wait_s)
        self.trouble = str(error)

    def _settle_one_by_one(self, taken: Sequence[Waiting], error: HubStoreError) -> None:
        """One message of many does not fit the database: find it, count it, and take the others."""
        if len(taken) == 1:
            address = topics.parse(taken[0].message.topic)
            self._note_bad(address.unit if address else "?", taken[0].message.topic, error.message)
            self._acknowledge(taken)
            return
        half = len(taken) // 2
        for part in (taken[:half], taken[half:]):
            if not self._settle(part):
                return

    def _write(self, taken: Sequence[Waiting]) -> None:
        draft = self._draft(taken)
        written = self._intake.write(draft, self.now_ms())
        self.counts.messages += len(taken)
        self.counts.rows += written.new_rows
        self.counts.commits += 1
        if self.trouble:
            _log.info("ingest: the database works again")
            self.trouble = ""
        self._tell(written)
        self._acknowledge(taken)
        self._requests(draft.certificates)

    def _draft(self, taken: Sequence[Waiting]) -> Draft:
        draft = Draft()
        for waiting in taken:
            try:
                draft.add(waiting.message)
            except MessageError as error:
                address = topics.parse(waiting.message.topic)
                self._note_bad(address.unit if address else "?", waiting.message.topic, error.message)
        for unit, count in draft.tombstones.items():
            self.bad.note(unit, "a row", "a body that cannot be kept", time.monotonic(), count)
        return draft

    def _note_bad(self, unit: str, topic: str, why: str) -> None:
        self.bad.note(unit, plain(topic, 80), why, time.monotonic())

    def _tell(self, written: Written) -> None:
        for (unit, epoch), seq in written.acks.items():
            self.link.publish(Topics(unit).ack, encode(Ack(epoch=epoch, seq=seq)), retain=True)
        for change in written.changes:
            self._live.tell(change)

    def _acknowledge(self, taken: Sequence[Waiting]) -> None:
        for waiting in taken:
            if waiting.receipt is not None:
                self.link.acknowledge(waiting.receipt)

    def _requests(self, certificates: Mapping[str, CertificateRequest]) -> None:
        for unit, request in certificates.items():
            self._renew(unit, request)
