"""The health of the unit, looked at again and again, and told: `now/`, `twin/`, `a/` over the link, history by the
outbox.

>>> health = Health(config, bus, sink, clock, app.status)      # doctest: +SKIP
>>> supervisor.start("health", health.run)                     # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec

from common.clock import Clock
from telemetry.bus import Bus
from telemetry.health.alarm_record import AlarmFile, record_of, states_of
from telemetry.health.alarm_rules import rules
from telemetry.health.alarm_texts import TEXTS
from telemetry.health.alarms import Change, Moment, State, judge
from telemetry.health.app import AppStatus
from telemetry.health.bounded import Bounded, HungError
from telemetry.health.facts import FactsOfUnit
from telemetry.health.readings import Readings
from telemetry.health.sample import sample_of
from telemetry.health.watchers import READ_TIMEOUT_S, Watchers
from telemetry.messages import Alarm, encode
from telemetry.outbox import EventSink, boot_id
from telemetry.payloads import AlarmChanged
from telemetry.settings import AgentConfig
from telemetry.topics import Topics

SAMPLE_EVERY_S = 300.0
FACTS_EVERY_S = 600.0
REPEAT_EVERY_S = 240.0
"""A group that says the same is told again after so long, so that a subscriber can tell it from a dead unit."""

PAUSE_LEAST_S = 1.0

_log = logging.getLogger(__name__)


class Health:
    """One unit's health. Belongs to the agent's loop; `version` is of the release that runs.

    `readings` and `alarms` are of the last look, for `mydesk-agent status`.
    """

    def __init__(
        self,
        config: AgentConfig,
        bus: Bus,
        sink: EventSink,
        clock: Clock,
        app_status: AppStatus,
        *,
        version: str = "",
        root: Path = Path("/"),
        boot: str = "",
    ) -> None:
        self._interval_s = config.health.interval_s
        self._topics = Topics(config.unit.id)
        self._bus = bus
        self._sink = sink
        self._clock = clock
        self._rules = rules(config.health)
        self._watchers = Watchers(
            config,
            clock,
            app_status=app_status,
            hub_connected=lambda: bus.connected,
            lost=lambda: sink.state.lost,
            root=root,
        )
        facts = FactsOfUnit(Path(config.health.data_folder), version, root)
        self._facts = Bounded("facts", facts.read, timeout_s=READ_TIMEOUT_S)
        self._states: dict[str, State] = {}
        self._file = AlarmFile(Path(config.state.folder) / "alarms.json")
        self._boot = boot or boot_id()
        self._kept = record_of({}, self._boot)
        self._unkept = False
        self._settled: set[str] = set()
        self._told: dict[str, tuple[Any, float]] = {}
        self._due_s = {"sample": clock.monotonic_s(), "facts": clock.monotonic_s()}
        self.readings = Readings()

    @property
    def alarms(self) -> dict[str, State]:
        """Those that are raised."""
        return {kind: state for kind, state in self._states.items() if state.raised}

    async def recover(self) -> None:
        """Go on with the alarms of the last start: what stood stands, with its time, until a look says that it is
        over. Before the first look."""
        record = await asyncio.to_thread(self._file.load)
        if record is None:
            return
        now, known = self._moment(), {rule.kind for rule in self._rules}
        found = states_of(record, self._boot, now)
        self._states = {kind: state for kind, state in found.items() if kind in known}
        self._kept = record_of(self._states, self._boot) if record.boot == self._boot else record
        for kind, state in found.items():
            self._settled.add(kind)
            raised = Change(kind, True, state.since_ms, state.value)
            self._publish_alarm(raised if state.raised and kind in known else Change(kind, False, 0))

    async def run(self) -> None:
        """Look for ever; may be started again."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                began_s = loop.time()
                await self.look()
                await asyncio.sleep(max(PAUSE_LEAST_S, self._interval_s - (loop.time() - began_s)))
        finally:
            self.close()

    async def look(self) -> Readings:
        """Look once and tell what there is to tell."""
        self.readings = await self._watchers.read()
        self._tell_now()
        await self._tell_alarms()
        if self._due("sample", SAMPLE_EVERY_S):
            self._sink.put(sample_of(self.readings))
        if self._due("facts", FACTS_EVERY_S):
            await self._tell_facts()
        return self.readings

    def close(self) -> None:
        """Give back files; `run` and `look` open them anew."""
        self._watchers.close()

    def _due(self, what: str, every_s: float) -> bool:
        now_s = self._clock.monotonic_s()
        if now_s < self._due_s[what]:
            return False
        self._due_s[what] = now_s + every_s
        return True

    def _tell_now(self) -> None:
        now_s, wall_ms = self._clock.monotonic_s(), self._wall_ms()
        for field in fields(self.readings):
            reading = getattr(self.readings, field.name)
            values = {"unknown": True} if reading is None else msgspec.to_builtins(reading)
            before, at_s = self._told.get(field.name, (None, 0.0))
            if values != before or now_s - at_s >= REPEAT_EVERY_S:
                self._told[field.name] = values, now_s
                self._publish(self._topics.now(field.name), {"ts": wall_ms, **values}, qos=0)

    async def _tell_facts(self) -> None:
        """Retained, so only what has changed is told."""
        try:
            found = await self._facts()
        except HungError:
            return
        for facet, values in found.items():
            topic = self._topics.twin(facet)
            if self._told.get(topic, (None, 0.0))[0] != values:
                self._told[topic] = values, 0.0
                self._publish(topic, values)

    async def _tell_alarms(self) -> None:
        self._states, changes = judge(self._rules, self._states, self.readings, self._moment())
        await self._keep()
        for change in changes:
            self._tell_change(change)
        for kind, state in self._states.items():
            self._settle(kind, state)

    async def _keep(self) -> None:
        """Before it is told; a disk that refuses is told of, not waited for, and asked again with the next look."""
        record = record_of(self._states, self._boot)
        if record == self._kept:
            return
        try:
            await asyncio.to_thread(self._file.save, record)
        except OSError as error:
            if not self._unkept:
                _log.error("alarms cannot be kept over a restart: %s", error.strerror)
            self._unkept = True
        else:
            self._kept, self._unkept = record, False

    def _tell_change(self, change: Change) -> None:
        self._settled.add(change.kind)
        self._sink.put(
            AlarmChanged(
                alarm=change.kind,
                step="raised" if change.raised else "cleared",
                severity=TEXTS[change.kind].severity,
                value=change.value,
                lasted_s=change.lasted_s,
            )
        )
        self._publish_alarm(change)

    def _publish_alarm(self, change: Change) -> None:
        payload = b""
        if change.raised:
            text = TEXTS[change.kind]
            alarm = Alarm(since=change.since_ms, severity=text.severity, text=text.text, do=text.do, value=change.value)
            payload = encode(alarm)
        self._bus.publish(self._topics.alarm(change.kind), payload, retain=True)

    def _settle(self, kind: str, state: State) -> None:
        """The broker may hold an alarm that no record of ours has: cleared once we know that it is over."""
        well = state.seen_s is not None and state.held_s is None and not state.raised
        if well and kind not in self._settled:
            self._settled.add(kind)
            self._bus.publish(self._topics.alarm(kind), b"", retain=True)

    def _publish(self, topic: str, values: Mapping[str, Any], qos: int = 1) -> None:
        self._bus.publish(topic, msgspec.json.encode(values), retain=True, qos=qos)

    def _moment(self) -> Moment:
        return Moment(self._clock.monotonic_s(), self._wall_ms())

    def _wall_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
