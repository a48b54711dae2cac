"""Keeps an ingest running: a new one is made when the old one ails, or when the hub has a new certificate."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path

from common.clock import Clock
from common.errors import MyDeskError
from hub.authority import Authority
from hub.ingest import Ingest
from hub.link import BrokerAddress, Outcome
from hub.live import Live
from hub.settings import BrokerSection
from hub.store import Store
from hub.visits.intake import VisitIntake
from telemetry.messages import CertificateRequest, encode
from telemetry.topics import Topics

LOOK_EVERY_S = 1.0
CERTIFICATE_EVERY_S = 3600.0

_log = logging.getLogger(__name__)


class FeedError(MyDeskError):
    """Error raised when the ingest must be made anew."""


class Feed:
    """The ingest of the moment, and `hub.link.Sends` for whoever sends.

    `at_connect` is called in a worker thread after each connect.
    """

    def __init__(self, store: Store, live: Live, clock: Clock, authority: Authority, broker: BrokerSection) -> None:
        self._store, self._live, self._clock, self._authority, self._broker = store, live, clock, authority, broker
        self.visits: VisitIntake | None = None
        self.ingest: Ingest | None = None
        self.at_connect: Callable[[], object] = lambda: None

    def publish_and_wait(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> Outcome:
        """As the link does; AWAY while there is none."""
        if self.ingest is None:
            return Outcome.AWAY
        return self.ingest.link.publish_and_wait(topic, payload, retain=retain, expiry_s=expiry_s)

    def progress_age_s(self) -> float:
        """How long the writing thread has stood still; 0 while there is none, which the supervisor sees to."""
        return self.ingest.progress_age_s() if self.ingest else 0.0

    def trouble(self) -> str:
        """What is wrong now, in a few words; "" when all is well."""
        if self.ingest is None:
            return "ingest is being started"
        return self.ingest.trouble or ("" if self.ingest.link.connected else "waiting for the broker")

    async def run(self) -> None:
        """Run one ingest until it ails; the supervisor starts the next. Raises FeedError."""
        certificate, ingest = await asyncio.to_thread(self._make)
        self.ingest = ingest
        ingest.start()
        try:
            await self._watch(ingest, certificate)
        finally:
            self.ingest = None
            await asyncio.shield(asyncio.to_thread(ingest.stop))

    async def _watch(self, ingest: Ingest, certificate: bytes) -> None:
        loop = asyncio.get_running_loop()
        served, look_s = -1, loop.time() + CERTIFICATE_EVERY_S
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if why := ingest.ailing():
                _log.error("ingest: %s; a new one is made", why)
                raise FeedError(f"ingest: {why}.")
            if ingest.link.connected and served != ingest.link.connection:
                served = ingest.link.connection
                await asyncio.to_thread(self._connected)
            if loop.time() >= look_s:
                look_s = loop.time() + CERTIFICATE_EVERY_S
                if await asyncio.to_thread(self._certificate) != certificate:
                    raise FeedError("the hub has a new certificate.")

    def _connected(self) -> None:
        try:
            self.at_connect()
        except MyDeskError as error:
            _log.warning("after connecting: %s", error)

    def _certificate(self) -> bytes:
        return self._authority.client_files()[0].read_bytes()

    def _make(self) -> tuple[bytes, Ingest]:
        certificate, key = self._authority.client_files()
        address = BrokerAddress(self._broker.host, self._broker.port, self._authority.ca_file, certificate, key)
        try:
            made = Ingest(self._store, self._live, self._clock, address, self._renew, visits=self.visits)
        except (OSError, ssl.SSLError) as error:
            raise FeedError(f"the hub's certificate cannot be used: {error}") from error
        return Path(certificate).read_bytes(), made

    def _renew(self, unit: str, request: CertificateRequest) -> None:
        """Answer a unit that asks for a certificate; from the ingest's thread."""
        ingest, topic = self.ingest, Topics(unit).desired("certificate")
        if ingest is None:
            return
        if not request.csr:
            ingest.link.publish(topic, b"", retain=True)  # it uses the new one: the answer need not lie there
            return
        try:
            ingest.link.publish(topic, encode(self._authority.renew(unit, request)), retain=True)
        except MyDeskError as error:
            _log.warning("authority: no certificate for %s: %s", unit, error)
