"""Settings from the hub: `desired/settings` is checked, applied and watched, and what became of it is reported.

    applied    the app has run with them for a minute, answers, draws, and has no trouble that it had not before
    rejected   the app says what is wrong with them; nothing was changed
    reverted   they were tried and did harm; the ones before are back, and the reason is told

A revision that was answered is answered again, not applied again: `desired` is retained and comes with every connect.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from common.clock import Clock
from common.control import ControlError
from telemetry import messages
from telemetry.app_client import AppClient
from telemetry.app_trouble import troubles
from telemetry.bus import Bus
from telemetry.messages import Desired, MessageError, Reported
from telemetry.shadow_record import Shadow, ShadowFiles
from telemetry.topics import Topics

MOST_TRIES = 2
_REASON_CHARS = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """How long the app is watched after a change, how often, and how long it may take to answer again."""

    watch_s: float = 60.0
    look_s: float = 2.0
    silent_s: float = 20.0


class Settings:
    """Desired and reported settings of one unit. `run` applies one revision at a time, the newest."""

    def __init__(
        self, files: ShadowFiles, app: AppClient, topics: Topics, bus: Bus, clock: Clock, watch: Watch = Watch()
    ) -> None:
        self._files = files
        self._app = app
        self._topics = topics
        self._bus = bus
        self._clock = clock
        self._watch = watch
        self._shadow = Shadow()
        self._next: Desired | None = None
        self._arrived = asyncio.Event()

    @property
    def shadow(self) -> Shadow:
        """What is recorded, for `status`."""
        return self._shadow

    async def recover(self) -> None:
        """Go back from what was being tried when the agent died; it is tried once more when it comes again."""
        self._shadow = await asyncio.to_thread(self._files.load)
        if self._shadow.state == "trying":
            _log.warning("settings %d were being tried when the agent ended: going back", self._shadow.rev)
            await self._go_back("interrupted twice while they were tried")
        else:
            self._report()

    def listen(self) -> None:
        """Begin to hear; after `recover`."""
        self._bus.hear(f"{self._topics.root}/desired/+", self.heard)

    async def heard(self, topic: str, payload: bytes) -> None:
        """Take `desired/settings`. Raises MessageError for what is none."""
        if topic != self._topics.desired("settings") or not payload:
            return
        desired = messages.decode(payload, Desired)
        if len(payload) > 200_000:
            raise MessageError("desired/settings is longer than 200 kB.")
        if desired.rev <= self._shadow.rev and self._shadow.state != "trying":
            self._report()
            return
        self._next = desired
        self._arrived.set()

    async def run(self) -> None:
        """Apply what arrives, for ever."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            desired, self._next = self._next, None
            if desired is not None and desired.rev > self._shadow.rev:
                await self._apply(desired)

    # --- one revision ---

    async def _apply(self, desired: Desired) -> None:
        try:
            before = await self._app.status(max_age_s=0.0)
            answer = await self._app.ask("check-settings", values=desired.values)
        except ControlError as error:
            _log.warning("settings %d wait for the app: %s", desired.rev, error)
            await self._again_later(desired)
            return
        if problems := answer.get("problems"):
            await self._settle(desired.rev, "rejected", _listed(problems))
        else:
            await self._try(desired, troubles(before))

    async def _again_later(self, desired: Desired) -> None:
        await asyncio.sleep(self._watch.silent_s)
        if self._next is None:
            self._next = desired
        self._arrived.set()

    async def _try(self, desired: Desired, before: frozenset[str]) -> None:
        previous = await asyncio.to_thread(self._files.overrides)
        if previous == desired.values and self._shadow.tries == 0:
            await self._settle(desired.rev, "applied", "")  # the app runs with them already
            return
        tries = self._shadow.tries + 1
        self._shadow = msgspec.structs.replace(
            self._shadow, rev=desired.rev, state="trying", reason="", tries=tries, previous=previous
        )
        try:
            await asyncio.to_thread(self._files.save, self._shadow)
            await asyncio.to_thread(self._files.use, desired.values)
        except OSError as error:
            self._shadow = msgspec.structs.replace(self._shadow, tries=MOST_TRIES)
            await self._go_back(f"they cannot be written: {error.strerror}")
            return
        if harm := await self._harm(before):
            self._shadow = msgspec.structs.replace(self._shadow, tries=MOST_TRIES)
            await self._go_back(harm)
        else:
            await self._settle(desired.rev, "applied", "")

    async def _harm(self, before: frozenset[str]) -> str:
        """What became worse with the settings that were just written, or ""."""
        try:
            await self._app.ask("reload")
        except ControlError as error:
            return f"the app does not take them: {error}"
        loop = asyncio.get_running_loop()
        began_s = answered_s = loop.time()
        status: Mapping[str, Any] = {}
        while (now_s := loop.time()) - began_s < self._watch.watch_s:
            await asyncio.sleep(self._watch.look_s)
            try:
                status = await self._app.status(max_age_s=0.0)
                answered_s = loop.time()
            except ControlError:
                if now_s - answered_s > self._watch.silent_s:
                    return f"the app did not answer for {self._watch.silent_s:g} s"
        new = troubles(status) - before if status else frozenset({"the app did not answer"})
        return f"new trouble: {', '.join(sorted(new))}" if new else ""

    async def _go_back(self, reason: str) -> None:
        """Put the overrides back as they were before the revision that is being tried."""
        again = self._shadow.tries < MOST_TRIES
        try:
            await asyncio.to_thread(self._files.use, self._shadow.previous or {})
            await self._app.ask("reload")
        except OSError as error:
            reason = f"{reason}; the settings before cannot be written either: {error.strerror}"
        except ControlError as error:
            _log.warning("settings are back as they were, the app reads them with its next start: %s", error)
        if again:
            await self._forget_try()
        else:
            await self._settle(self._shadow.rev, "reverted", reason)

    async def _forget_try(self) -> None:
        """As if the revision had not come yet; it does, with the next connect."""
        self._shadow = msgspec.structs.replace(self._shadow, rev=self._shadow.applied, state="applied", previous=None)
        await self._save()
        self._report()

    async def _settle(self, rev: int, state: Literal["applied", "rejected", "reverted"], reason: str) -> None:
        applied = rev if state == "applied" else self._shadow.applied
        self._shadow = Shadow(rev=rev, applied=applied, state=state, reason=_cut(reason), ts=self._now_ms())
        _log.log(logging.INFO if state == "applied" else logging.WARNING, "settings %d %s %s", rev, state, reason)
        await self._save()
        self._report()

    async def _save(self) -> None:
        try:
            await asyncio.to_thread(self._files.save, self._shadow)
        except OSError as error:
            _log.error("what became of settings %d cannot be written: %s", self._shadow.rev, error.strerror)

    def _report(self) -> None:
        shadow = self._shadow
        if shadow.state == "trying":
            return
        reported = Reported(rev=shadow.rev, state=shadow.state, reason=shadow.reason, ts=shadow.ts)
        self._bus.publish(self._topics.reported("settings"), messages.encode(reported), retain=True)

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _listed(problems: Any) -> str:
    """All that the app finds wrong, one after the other."""
    listed = problems if isinstance(problems, list) else []
    return "; ".join(str(one.get("message", one)) if isinstance(one, Mapping) else str(one) for one in listed)


def _cut(reason: str) -> str:
    return reason if len(reason) <= _REASON_CHARS else reason[: _REASON_CHARS - 2] + " …"
