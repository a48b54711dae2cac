"""What ended: log, telemetry and the person are told, the calendar is read again, and after a while it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roomdisplay.check_in import made_late
from roomdisplay.endings import UNCERTAIN
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.pages import Ended, Working
from roomdisplay.schedule import Schedule

if TYPE_CHECKING:
    from roomdisplay.panel import Panel

RESULT_SHOWN_S = 8.0
GIVING_BACK = (Deed.RELEASE, Deed.END, Deed.CANCEL)


class Results:
    """The results of one panel's actions, and how long they stand on its screen."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._shown_s = 0.0
        self._released_until_s = 0.0

    # --- what ended ---

    def ended(self, outcome: Outcome) -> None:
        """An action ended: tell the log, telemetry and the person."""
        panel = self._panel
        panel.reporter.outcome(outcome)
        if outcome.ending is not Ending.CHANGED:
            panel.reader.after_write()
        if outcome.deed in GIVING_BACK and outcome.ending is Ending.DONE:
            panel.by_presence.given_back()
            self.show_released()
        if self._may_announce():
            panel.show(Ended(outcome))

    def broke_off(self, ending: Ending = Ending.UNCERTAIN) -> None:
        """What was under way was dropped, or died of a fault of ours: nobody waits for it any longer."""
        if isinstance(self._panel.page, Working):
            self.ended(Outcome(self._panel.page.deed, ending))

    def _may_announce(self) -> bool:
        """Nobody is in the middle of something else."""
        page = self._panel.page
        waiting = isinstance(page, Ended) and page.outcome.ending in UNCERTAIN
        return waiting or page is None or isinstance(page, Working)

    # --- how long it is shown ---

    def shown(self) -> None:
        """A result came on the screen."""
        self._shown_s = self._panel.clock.monotonic_s()

    @property
    def over(self) -> bool:
        """The result on the screen has stood there long enough, and nothing more is to come."""
        stood_s = self._panel.clock.monotonic_s() - self._shown_s
        return isinstance(self._panel.page, Ended) and stood_s > RESULT_SHOWN_S and not self._panel.actions.pending

    def show_released(self) -> None:
        """Announce for a while that the room was given back."""
        self._released_until_s = self._panel.clock.monotonic_s() + self._panel.config.screen.released_s
        self._panel.refresh()

    @property
    def released(self) -> bool:
        """That is being announced."""
        return self._panel.clock.monotonic_s() < self._released_until_s

    # --- what a read shows ---

    def schedule_changed(self, before: Schedule | None, after: Schedule) -> None:
        """Whoever books a room that they stand in, or are about to enter, need not check in as well."""
        panel = self._panel
        for meeting in made_late(before, after, panel.clock.now(), panel.config.check_in):
            panel.people.checked_in(meeting, "late")

    async def after_read(self, schedule: Schedule) -> None:
        """What was uncertain, or could still have been lost, is compared with what was read."""
        self._panel.no_shows.read()
        outcome = await self._panel.actions.compare(schedule)
        if outcome:
            self.ended(outcome)
        self._panel.refresh()
