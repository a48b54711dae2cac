"""What the panel does and says because of people: check-ins, releases and bookings by itself, and who keeps a room.

The rules are elsewhere (roomdisplay.no_shows, roomdisplay.by_presence); here their outcomes meet screen, store,
telemetry and the other panels.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from common.i18n import N_
from drivers.device import Health
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.pages import Ended, Simple
from roomdisplay.schedule import Meeting
from roomdisplay.state import Kind
from roomdisplay.view import Verb
from telemetry.payloads import CheckInBy

if TYPE_CHECKING:
    from roomdisplay.panel import Panel

SAMPLE_EVERY_S = 60.0
SAID_S = 60.0
SAID = {
    Deed.BOOK: N_("Booked, because somebody is in the room"),
    Deed.EXTEND: N_("Extended, because the room is in use"),
    Deed.END: N_("The booking was ended: nobody was here"),
    Deed.CHECK_IN: N_("Checked in, because the room is in use"),
    Deed.RELEASE: N_("Released: nobody came"),
}
"""What stands on the screen for a minute after the panel did it by itself."""


class People:
    """One panel's dealings with the people whom it senses, or who touch a warning."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._said = ""
        self._said_until_s = 0.0
        self._sampled_s = 0.0
        self._forgot: date | None = None

    # --- what is said ---

    def announce(self, deed: Deed) -> None:
        """Say on the screen for a minute what the panel did by itself."""
        self._said, self._said_until_s = SAID[deed], self._panel.clock.monotonic_s() + SAID_S
        self._panel.refresh()

    @property
    def said(self) -> str:
        """What the panel did by itself a moment ago, in the screen's language."""
        shown = self._said and self._panel.clock.monotonic_s() < self._said_until_s
        return self._panel.words.t(self._said) if shown else ""

    def tell(self) -> None:
        """Telemetry and log, each second; only changes and samples leave."""
        panel, now_s = self._panel, self._panel.clock.monotonic_s()
        panel.reporter.presence(panel.senses.occupancy)
        panel.reporter.sensors(self.sensor_health())
        panel.reporter.no_show(panel.no_shows.verdict)
        if panel.config.sensors and now_s - self._sampled_s >= SAMPLE_EVERY_S:
            self._sampled_s = now_s
            panel.reporter.sample(panel.senses.sample())
        self._forget()

    def _forget(self) -> None:
        """Once a day what is old goes from the disk, though nothing new comes; not by a clock that may be wrong."""
        panel, today = self._panel, self._panel.clock.now().date()
        if today == self._forgot or not panel.clock.synchronised():
            return
        self._forgot = today
        if panel.parts.strikes.forget(panel.clock.now()):
            panel.effects.put(Simple(Verb.CHECK_IN))

    def sensor_health(self) -> tuple[Health, ...]:
        """How every sensor of this panel is."""
        return self._panel.sensors.health() if self._panel.sensors else ()

    # --- check-ins ---

    def checked_in(self, meeting: Meeting, by: CheckInBy) -> None:
        """The people of `meeting` came: noted now, written and told to the other panels as soon as possible."""
        self.note_check_in(meeting, by)
        self._panel.effects.put(Simple(Verb.CHECK_IN))
        self._panel.refresh()

    def note_check_in(self, meeting: Meeting, by: CheckInBy) -> None:
        """The same, where the caller writes it."""
        panel = self._panel
        panel.parts.check_ins.note(meeting, panel.clock.now())
        panel.reporter.checked_in(by)
        if by != "other-panel":
            panel.no_shows.tell(meeting, inferred=by in ("presence", "late"))

    def kept_by_touch(self) -> bool:
        """Any touch keeps a room that is about to be given back; True where it shall do nothing else.

        What stands over the warning still gets its touch.
        """
        panel = self._panel
        panel.by_presence.touched()
        if panel.state.kind is not Kind.RELEASE_WARNING:
            return False
        at_rest, back = panel.page is None, panel.no_shows.give_back
        meeting = panel.situation().meeting(back.key) if back else None
        if meeting:
            self.checked_in(meeting, "touch")  # noted at once: a release that is under way asks before it writes
            panel.results.ended(Outcome(Deed.CHECK_IN, Ending.DONE, meeting.start, meeting.end))
        panel.refresh()
        return at_rest

    # --- what the panel did by itself ---

    def did_by_itself(self, outcome: Outcome) -> None:
        """A presence rule was carried out: no sheet, for nobody waits for it."""
        self._panel.reporter.outcome(outcome, by="presence")
        self._read_back(outcome)
        if outcome.ending is Ending.DONE:
            if outcome.deed is Deed.END:
                self._panel.results.show_released()
            self.announce(outcome.deed)

    def no_show_ended(self, meeting: Meeting, outcome: Outcome, *, again: bool) -> None:
        """A no-show was released, or could not be."""
        panel, now = self._panel, self._panel.clock.now()
        freed_min = max(0, round((meeting.end - now).total_seconds() / 60))
        strikes = panel.parts.strikes.add(meeting, now) if outcome.done else 0
        panel.reporter.no_show_ended(outcome, freed_min, strikes, again=again)
        self._read_back(outcome)
        if outcome.done:
            panel.effects.put(Simple(Verb.CHECK_IN))  # writes the strike
            panel.results.show_released()
            self.announce(Deed.RELEASE)
            if isinstance(panel.page, Ended) and panel.page.outcome.deed is Deed.CHECK_IN:
                panel.show(Ended(Outcome(Deed.CHECK_IN, Ending.CHANGED)))  # the touch came a moment too late

    def _read_back(self, outcome: Outcome) -> None:
        if outcome.ending is not Ending.CHANGED:
            self._panel.reader.after_write()
