"""Notifications: one courier for each channel takes what is to be told and delivers it, at most one message a minute.

A storm is one message: a courier waits a little for more before it tells the first, and then a minute. A channel that
fails is tried again with back-off up to an hour, and is an alarm of the hub's own, told on the pages and the other
channels.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from common.clock import Clock
from hub.notice_text import Message
from hub.notices import Notices
from hub.notify_channel import Channel, NotifyError
from hub.notify_mail import MailChannel
from hub.notify_webhook import WebhookChannel
from hub.settings import HubConfig
from hub.store import Store
from hub.store_errors import HubStoreError

LOOK_EVERY_S = 5.0
GATHER_S = 10.0
"""After the first alarm of a message, for those that come with it."""

APART_S = 60.0
"""Between two messages of a channel."""

FIRST_RETRY_S = 30.0
LONGEST_RETRY_S = 3600.0
_JITTER = 0.1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failing:
    """A channel that fails: since when in ms, and why."""

    since_ms: int
    why: str


class Courier:
    """Delivers on one channel. Used by one thread at a time."""

    def __init__(self, channel: Channel, notices: Notices, clock: Clock) -> None:
        self.channel, self._notices, self._clock = channel, notices, clock
        self.failing: Failing | None = None
        self._failures = 0
        self._gathering_since_s: float | None = None
        self._not_before_s = clock.monotonic_s()
        self._random = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def run(self) -> None:
        """Until cancelled; a message under way is delivered first."""
        while True:
            turn = asyncio.ensure_future(asyncio.to_thread(self.turn))
            try:
                await asyncio.shield(turn)
            except asyncio.CancelledError:
                await asyncio.wait([turn])
                raise
            except HubStoreError as error:
                _log.warning("notify: %s: %s", self.channel.name, error)
            await asyncio.sleep(LOOK_EVERY_S)

    def turn(self) -> bool:
        """Deliver a message if it is time for one; whether one was delivered. Raises HubStoreError."""
        now_s = self._clock.monotonic_s()
        if not self._notices.waiting(self.channel.name):
            self._gathering_since_s = None
            return False
        if self._gathering_since_s is None:
            self._gathering_since_s = now_s
        if now_s < max(self._not_before_s, self._gathering_since_s + GATHER_S):
            return False
        message = self._notices.take(self.channel.name)
        return message is not None and self._deliver(message)

    def _deliver(self, message: Message) -> bool:
        try:
            self.channel.send(message)
        except NotifyError as error:
            self._failed(error)
            if not error.unsure:
                self._notices.refused(self.channel.name, message)
            return False
        if self.failing:
            _log.info("notify: %s works again", self.channel.name)
        self.failing, self._failures, self._gathering_since_s = None, 0, None
        self._not_before_s = self._clock.monotonic_s() + APART_S
        self._notices.told(self.channel.name, message)
        return True

    def _failed(self, error: NotifyError) -> None:
        self._failures += 1
        wait_s = min(FIRST_RETRY_S * 2 ** min(self._failures - 1, 20), LONGEST_RETRY_S)
        wait_s *= 1 + self._random.uniform(-_JITTER, _JITTER)
        self._not_before_s = self._clock.monotonic_s() + wait_s
        why = str(error)
        if self.failing is None or self.failing.why != why:
            _log.error("notify: %s Next try in %.0f s.", why, wait_s)
        now_ms = round(self._clock.now().timestamp() * 1000)
        self.failing = Failing(self.failing.since_ms if self.failing else now_ms, why)


def channels(config: HubConfig) -> Iterator[Channel]:
    """Every way that [notify] names."""
    notify = config.notify
    if notify.mail_host:
        yield MailChannel(notify, config.web.base_url)
    for url in dict.fromkeys(notify.webhooks):
        yield WebhookChannel(url, ca_file=notify.ca_file, proxy_url=notify.proxy_url)


def couriers(config: HubConfig, store: Store, clock: Clock) -> Sequence[Courier]:
    """One for each channel; they share nothing but the database."""
    return [Courier(channel, Notices(store, config, clock), clock) for channel in channels(config)]
