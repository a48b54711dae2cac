"""What the panel said of each booking, against what became of it in the tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graph.model import Event, NewBooking
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.panel import Panel
from tests.chaos.truth import Version

SETTLED = timedelta(minutes=15)
NOT_MADE = frozenset(
    {Ending.TAKEN, Ending.NO_LONGER, Ending.OFFLINE, Ending.BUSY, Ending.DENIED, Ending.SIGN_IN, Ending.FAILED}
)


@dataclass(slots=True)
class Attempt:
    """One booking that was sent: `word` is what the screen said last."""

    booking: NewBooking
    word: Ending | None
    said_at: datetime
    seen: bool = False


class Ledger:
    """Listens to a panel's bookings. Instants are the tenant's."""

    def __init__(self) -> None:
        self.attempts: dict[str, Attempt] = {}
        self.outcomes: dict[str, int] = {}

    def attend(self, panel: Panel) -> None:
        """Listen to `panel` from now on."""
        self._panel = panel
        self._real_create = panel.parts.session.calendars.create
        self._real_report = panel.reporter.outcome
        panel.parts.session.calendars.create = self._create  # type: ignore[method-assign]
        panel.reporter.outcome = self._report  # type: ignore[method-assign]

    async def _create(self, room: str, booking: NewBooking, **options: Any) -> Event:
        if booking.transaction_id not in self.attempts:
            self.attempts[booking.transaction_id] = Attempt(booking, None, self._panel.clock.now())
        return await self._real_create(room, booking, **options)

    def _report(self, outcome: Outcome, by: str = "touch") -> None:
        word = f"{outcome.deed} {outcome.ending}{'' if by == 'touch' else f' by {by}'}"
        self.outcomes[word] = self.outcomes.get(word, 0) + 1
        if outcome.deed in (Deed.BOOK, Deed.EXTEND):
            self._note(outcome)
        self._real_report(outcome, by)

    def _note(self, outcome: Outcome) -> None:
        """The newest booking that the words can be about: by its time, else the one that has no last word yet."""
        newest = list(reversed(self.attempts.values()))
        fitting = [one for one in newest if outcome.start == one.booking.start and outcome.until == one.booking.end]
        silent = [one for one in newest if one.word in (None, Ending.UNCERTAIN)]
        attempt = next(iter(fitting or silent), None)
        if attempt:
            attempt.word, attempt.said_at = outcome.ending, self._panel.clock.now()

    @property
    def settled(self) -> bool:
        """Nothing is open: what a panel forgets when it is switched off is not missed."""
        return not self.attempts

    def newest_start(self) -> datetime | None:
        """Where the last booking that was sent begins."""
        newest = next(reversed(self.attempts.values()), None)
        return newest.booking.start if newest else None

    def see(self, version: Version) -> None:
        """What is in the calendar now."""
        for one in version.booked:
            if one.transaction in self.attempts:
                self.attempts[one.transaction].seen = True

    def lies(self, now: datetime, version: Version) -> list[str]:
        """What the screen said that is not so, of bookings settled long enough ago; those are forgotten then."""
        old = {name: one for name, one in self.attempts.items() if now - one.said_at > SETTLED}
        standing = {one.transaction for one in version.booked}
        found = []
        for transaction, attempt in old.items():
            lie = _lie(attempt, standing=transaction in standing)
            if lie:
                found.append(f"{lie}: {attempt.booking.start:%d %H:%M:%S}-{attempt.booking.end:%H:%M:%S}")
            del self.attempts[transaction]
        return found


def _lie(attempt: Attempt, *, standing: bool) -> str:
    if attempt.word is Ending.DONE and not attempt.seen:
        return "said done, and it was never made"
    if attempt.word in NOT_MADE and standing:
        return f"said {attempt.word}, and the booking stands"
    if attempt.word is Ending.UNCERTAIN or attempt.word is None:
        return f"never told how it ended ({'it stands' if standing else 'it is not there'})"
    return ""
