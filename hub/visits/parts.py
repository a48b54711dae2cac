"""The parts of shared visits in one hub, put together, and what they do by themselves while it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from common.clock import Clock
from common.visiting.day_keys import Cipher
from hub.commands import Commands
from hub.link import Sends
from hub.live import Live
from hub.settings import HubConfig, VisitsSection
from hub.store import Store
from hub.visits.announcing import Announcing
from hub.visits.book import VisitBook
from hub.visits.clock_trust import trusted
from hub.visits.deliveries import Deliveries
from hub.visits.desk import Desk
from hub.visits.evacuation_intake import EvacuationIntake
from hub.visits.evacuation_orders import EvacuationOrders
from hub.visits.forgetting import CLOCK, Forgotten, forget, replace_keys
from hub.visits.intake import VisitIntake
from hub.visits.invitation_seals import InvitationSeals
from hub.visits.invitations import Invitations
from hub.visits.ring import DayRing
from hub.visits.roll_call import RollCall
from hub.visits.tellers import Tellers

__all__ = ["VisitParts", "book_of", "build_visits"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VisitParts:
    """All of it. Everything blocks: call it in a worker thread."""

    section: VisitsSection
    store: Store
    book: VisitBook
    intake: VisitIntake
    announcing: Announcing
    deliveries: Deliveries
    desk: Desk
    tellers: Tellers
    invitations: Invitations
    roll_call: RollCall
    evacuations: EvacuationOrders
    clock: Clock = field(repr=False)
    sure: Callable[[], bool] = field(repr=False)
    """whether the clock is to be believed"""

    def look(self) -> None:
        """Every few seconds: keys and visits to the kiosks, the evening, who tells hosts, days of which somebody was
        erased.

        Raises HubStoreError.
        """
        replace_keys(self.store, self.book)
        self.announcing.tell(self.clock.now().date())
        self.desk.end_evening()
        self.deliveries.settle()
        self.tellers.look()
        self.deliveries.look()

    def forget(self, who: str = CLOCK) -> Forgotten:
        """Every hour: what is due. Raises HubStoreError."""
        now, sure = self.clock.now(), self.sure()
        done = forget(self.store, self.book, now.date(), round(now.timestamp() * 1000), trusted=sure, who=who)
        if sure:
            self.roll_call.forget()
        if not sure:
            _log.error("visits: nothing is forgotten: nobody keeps this machine's clock; start systemd-timesyncd")
        elif done.visits or done.keys:
            _log.info("visits: forgotten: %d visits, %d keys", done.visits, done.keys)
        return done


def book_of(section: VisitsSection, cipher: Cipher | None = None) -> VisitBook:
    """The book by itself, for commands beside a running hub."""
    return VisitBook(DayRing(Path(section.keys_file), section.retention_days), cipher)


def build_visits(
    config: HubConfig, store: Store, sends: Sends, commands: Commands, live: Live, clock: Clock,
    cipher: Cipher | None = None,
) -> VisitParts:  # fmt: skip
    """Put it together; nothing is read or written yet. `cipher` is for tests."""
    section, zone = config.visits, ZoneInfo(config.site.time_zone)
    book = book_of(section, cipher)
    seals = InvitationSeals(Path(config.authority.folder), section.invitation_key_id)
    deliveries = Deliveries(store, book, seals, commands, clock)
    tellers = Tellers(store, book, live, clock)
    return VisitParts(
        section,
        store,
        book,
        VisitIntake(book, clock, EvacuationIntake(clock)),
        Announcing(store, book.ring, sends),
        deliveries,
        Desk(store, book, tellers, live, clock, zone, section.auto_sign_out),
        tellers,
        Invitations(store, book, seals, deliveries, live, clock, section, zone),
        RollCall(store, live, clock),
        EvacuationOrders(store, commands, clock),
        clock,
        lambda: trusted(clock),
    )
