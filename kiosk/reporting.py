"""Tells telemetry and the log what happened at the kiosk: counts and kinds, never who."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import version
from typing import Literal

from common.clock import Clock
from common.tasks import TaskEvent
from common.visiting.tokens import Fault
from drivers.errors import DriverError
from drivers.printers.jobs import JobState
from drivers.printers.status import Trouble as PrinterTrouble
from kiosk.badge_printing import PrintEntry
from kiosk.events import Health
from kiosk.kiosk_effects import CallReason, SignIn
from kiosk.model import LeftBy, Visit
from telemetry.outbox import EventSink
from telemetry.payloads import (
    ActionEnded,
    EvacuationBy,
    EvacuationSet,
    Recovered,
    Started,
    TaskDied,
    Trouble,
)

log = logging.getLogger(__name__)

DISTRIBUTION = "mydesk-firmware"
Outcome = Literal["done", "refused", "failed", "unknown"]


class Reporter:
    """Events of one kiosk."""

    def __init__(self, sink: EventSink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock
        self._troubles: dict[str, float] = {}
        self.version = version(DISTRIBUTION)

    @property
    def outbox(self) -> str:
        """How what is told is kept for the hub: "ok", or what is wrong with the disk."""
        return self._sink.state.fault or "ok"

    def started(self) -> None:
        """The program runs."""
        self._sink.put(Started("mydesk-kiosk", self.version))

    def task_died(self, event: TaskEvent) -> None:
        """A supervised task died and is started again."""
        self._sink.put(TaskDied(event.name, event.exception_type, event.deaths, event.storm))

    def errand_failed(self, name: str, exception_type: str) -> None:
        """Something that was begun died of a fault of ours."""
        self._sink.put(TaskDied(name.replace(" ", "-"), exception_type, 1))

    def signed_in(self, visits: Sequence[Visit], asked: SignIn) -> None:
        """Guests are in; how many and of which type."""
        for visit in visits:
            self._sink.put(ActionEnded("sign-in", "done", visit.type))
        log.info("sign-in: %d of type %s", len(visits), visits[0].type if visits else "-")

    def signed_out(self, by: LeftBy) -> None:
        """Somebody left."""
        self._sink.put(ActionEnded("sign-out", "done", str(by)))

    def code_read(self, fault: Fault | None) -> None:
        """A code was held before the scanner; what it was is nobody's business."""
        self._sink.put(ActionEnded("scan", "refused" if fault else "done", str(fault or "")))

    def search_budget(self) -> None:
        """Somebody searches more than a guest needs to."""
        log.warning("host search: the budget is used up")
        self._sink.put(ActionEnded("search", "refused", "budget"))

    def wrong_pin(self) -> None:
        """A wrong admin PIN, or any while it was locked."""
        log.warning("admin: wrong PIN")
        self._sink.put(ActionEnded("pin", "refused", "wrong-pin"))

    def reception_called(self, reason: CallReason) -> None:
        """Somebody wants reception."""
        self._sink.put(ActionEnded("call-reception", "done", str(reason)))

    def evacuation(self, active: bool, by: EvacuationBy) -> None:
        """The building is being emptied, or is not any more; the hub tells the site's other kiosks."""
        log.warning("evacuation: %s by %s", "begun" if active else "ended", by)
        self._sink.put(EvacuationSet(active, by))

    def evacuation_goes_on(self, ago_s: int) -> None:
        """The program started in one that began `ago_s` seconds ago."""
        log.warning("evacuation: goes on, begun %d s ago", ago_s)
        self._sink.put(EvacuationSet(True, "restart", ago_s))

    def register_failed(self, fault: str) -> None:
        """The register did not take it; the flow asks again."""
        self._trouble("store", fault)

    def printed(self, entry: PrintEntry) -> None:
        """A job ended."""
        outcome: dict[JobState, Outcome] = {
            JobState.DONE: "done",
            JobState.FAILED: "failed",
            JobState.ABANDONED: "failed",
        }
        if entry.state in outcome:
            self._sink.put(ActionEnded(f"print-{entry.kind}", outcome[entry.state], str(entry.reason or "")))

    def backlight_failed(self, error: DriverError) -> None:
        """The brightness of the screen could not be set; the picture is dimmed instead."""
        if "backlight" not in self._troubles:
            log.error("backlight: %s", error)
        self._trouble("backlight", type(error).__name__)

    def backlight_works(self) -> None:
        """The brightness of the screen could be set."""
        self._recovered("backlight")

    def labels(self, left: int) -> None:
        """The roll passed one of its marks."""
        log.warning("labels: %d left", left)
        self._sink.put(Trouble("printer", f"labels-{left}"))

    def health_changed(self, before: Health, after: Health) -> None:
        """What went out of order, and what is well again."""
        parts = (
            ("network", not before.network, not after.network, "offline"),
            ("printer", _out_of_order(before), _out_of_order(after), str(after.printer or "")),
            ("directory", before.directory_old, after.directory_old, "old"),
            ("clock", not before.clock_sure, not after.clock_sure, "unsure"),
            ("store", not before.register, not after.register, "register"),
        )
        for area, was, now, code in parts:
            if now:
                self._trouble(area, code)
            elif was:
                self._recovered(area)

    def _trouble(self, area: str, code: str) -> None:
        if area not in self._troubles:
            self._troubles[area] = self._clock.monotonic_s()
            log.warning("trouble: %s %s", area, code)
            self._sink.put(Trouble(area, code))

    def _recovered(self, area: str) -> None:
        since_s = self._troubles.pop(area, None)
        if since_s is not None:
            log.info("recovered: %s", area)
            self._sink.put(Recovered(area, round(self._clock.monotonic_s() - since_s)))


def _out_of_order(health: Health) -> bool:
    """A lobby without a printer has none that could be."""
    return health.printer not in (None, PrinterTrouble.NO_PRINTER)
