"""Renews the unit's certificate in two phases, so that at each moment there is one that works.

1. When it is due: a new key and a request beside the old ones; the request is told on `reported/certificate`.
2. `desired/certificate` answers it: checked, kept beside, and the link connects with it. Only when the hub's broker has
   let us in are the files swapped. Whatever goes wrong, the old ones stay in use, and the reason is told in the log and
   in `fault`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509

from common.clock import Clock
from common.errors import MyDeskError
from telemetry import messages
from telemetry.bus import Bus
from telemetry.certificate_check import CertificateError, check, is_due, read
from telemetry.certificate_files import CertificateFiles
from telemetry.messages import Certificate, CertificateRequest
from telemetry.topics import Topics

LOOK_S = 3600.0
RETRY_S = 60.0
MOST_TRIES = 3
"""So often is a certificate tried that the broker does not take; then a new one is asked for, with a new key."""

MOST_DOUBLINGS = 6

_log = logging.getLogger(__name__)


class Reconnecting(Protocol):
    """What renewal needs of the link."""

    async def reconnect(self, cert_file: Path, key_file: Path, timeout_s: float = 60.0) -> None:
        """Connect anew with that certificate. Raises MyDeskError: not let in, the old one is in use again."""
        ...

    def certificate_moved(self, cert_file: Path, key_file: Path) -> None:
        """The certificate in use is in those files now."""
        ...


class Renewal:
    """The certificate of one unit. `fault` says why the last renewal failed, or ""."""

    def __init__(
        self,
        unit: str,
        files: CertificateFiles,
        link: Reconnecting,
        bus: Bus,
        clock: Clock,
        *,
        renew_before_days: int,
        look_s: float = LOOK_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._unit = unit
        self._topics = Topics(unit)
        self._files = files
        self._link = link
        self._bus = bus
        self._clock = clock
        self._renew_before = timedelta(days=renew_before_days)
        self._look_s = look_s
        self._retry_s = retry_s
        self._asked = b""
        self._arrived = asyncio.Event()
        self._answer: Certificate | None = None
        self._failures = 0
        self._tries = 0
        self.fault = ""
        self.expires: datetime | None = None

    def listen(self) -> None:
        """Hear certificates from the hub."""
        self._bus.hear(f"{self._topics.root}/desired/+", self.heard)

    async def heard(self, topic: str, payload: bytes) -> None:
        """Take `desired/certificate`. Raises MessageError for what is none."""
        if topic == self._topics.desired("certificate") and payload:
            answer = messages.decode(payload, Certificate)
            if answer != self._answer:  # the one that is being tried comes again with each connect
                self._answer = answer
                self._arrived.set()

    async def run(self) -> None:
        """Look now and then whether it is due, and take what the hub sends, for ever."""
        while True:
            await self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s()):
                    await self._arrived.wait()
            self._arrived.clear()
            if self._answer is not None and self._bus.connected:
                await self._take(self._answer)

    def _pause_s(self) -> float:
        """After failures ever longer: each may cost the hub a certificate."""
        return (
            min(self._look_s, self._retry_s * 2 ** min(self._failures, MOST_DOUBLINGS)) if self.fault else self._look_s
        )

    # --- the first phase ---

    async def _look(self) -> None:
        try:
            current = await asyncio.to_thread(self._files.certificate)
        except (OSError, CertificateError) as error:
            self._failed(f"the unit's certificate cannot be read: {error}")
            return
        self.expires = current.not_valid_after_utc
        if self._may_be_believed(current) and is_due(current, self._clock.now(), self._renew_before):
            await self._ask(current)
        elif not self._asked:
            self._report(current, b"")

    def _may_be_believed(self, current: x509.Certificate) -> bool:
        """A site without NTP must not run out of certificates: a time within the life of ours is good enough to ask."""
        within = current.not_valid_before_utc <= self._clock.now() < current.not_valid_after_utc
        return self._clock.synchronised() or within

    async def _ask(self, current: x509.Certificate) -> None:
        try:
            asked = await asyncio.to_thread(self._files.request, self._unit)
        except OSError as error:
            self._failed(f"a key for a new certificate cannot be written: {error.strerror}")
            return
        if asked != self._asked:
            _log.info("the certificate ends on %s: asking the hub for a new one", f"{self.expires:%Y-%m-%d}")
        self._asked = asked
        self._report(current, asked)

    def _report(self, current: x509.Certificate, csr: bytes) -> None:
        expires = int(current.not_valid_after_utc.timestamp() * 1000)
        serial = f"{current.serial_number:x}"[:64]
        told = CertificateRequest(csr=csr.decode(), serial=serial, expires=expires)
        self._bus.publish(self._topics.reported("certificate"), messages.encode(told), retain=True)

    # --- the second ---

    async def _take(self, answer: Certificate) -> None:
        if not self._asked or answer.csr_sha256 != hashlib.sha256(self._asked).hexdigest():
            self._answer = None  # retained from a renewal before, or for a request that we have forgotten
            return
        try:
            await asyncio.to_thread(self._keep_if_good, answer.pem.encode())
            await self._link.reconnect(self._files.next_cert_file, self._files.next_key_file)
            await asyncio.to_thread(self._files.swap)
        except OSError as error:
            self._failed(f"the new certificate cannot be written: {error.strerror}.")
        except (CertificateError, ValueError) as error:
            self._failed(str(error))
            await self._begin_anew()
        except MyDeskError as error:
            self._failed(str(error))
            self._tries += 1
            if self._tries >= MOST_TRIES:
                await self._begin_anew()
        else:
            self._link.certificate_moved(self._files.cert_file, self._files.key_file)
            self._asked, self.fault, self._answer = b"", "", None
            self._failures = self._tries = 0
            _log.info("the new certificate is in use")

    async def _begin_anew(self) -> None:
        """With a new key and a new request."""
        self._asked, self._answer, self._tries = b"", None, 0
        try:
            await asyncio.to_thread(self._files.forget_next)
        except OSError as error:
            _log.error("the certificate that was refused cannot be deleted: %s", error.strerror)

    def _keep_if_good(self, pem: bytes) -> None:
        """Raises CertificateError, OSError, ValueError: it is not kept then."""
        now = self._clock.now() if self._clock.synchronised() else None
        check(
            read(pem),
            authorities=self._files.authorities(),
            public_key=self._files.next_public_key(),
            unit=self._unit,
            now=now,
            old=self._files.certificate(),
        )
        self._files.keep_next(pem)

    def _failed(self, fault: str) -> None:
        if fault != self.fault:
            _log.error("certificate: %s The old one stays in use.", fault)
        self.fault = fault
        self._failures += 1
