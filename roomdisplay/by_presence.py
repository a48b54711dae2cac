"""What the panel does by itself because people are in the room, or are not: check in, book, extend, end.

The decisions are `roomdisplay.presence_rules`; here they are asked each second, announced, and carried out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roomdisplay.check_in import window
from roomdisplay.occupancy import Presence
from roomdisplay.outcome import Deed, Outcome
from roomdisplay.pages import ByItself
from roomdisplay.presence_rules import History, Proposal, Rule, may_check_in_by_presence, own_window, proposal
from roomdisplay.schedule import Meeting
from roomdisplay.state import GiveBack, Reason

if TYPE_CHECKING:
    from roomdisplay.panel import Panel

DEEDS = {Rule.BOOK: Deed.BOOK, Rule.EXTEND: Deed.EXTEND, Rule.END: Deed.END}


class ByPresence:
    """The presence rules of one panel. `tick` each second, after the state was evaluated."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._history = History()
        self._proposal = Proposal()
        self._busy = False

    @property
    def give_back(self) -> GiveBack | None:
        """The end of an empty booking, while it is announced or carried out."""
        found = self._proposal
        if found.kind is not Rule.END or found.meeting is None or found.at is None:
            return None
        return GiveBack(found.meeting.key, found.at, Reason.LEFT, warn=True)

    def touched(self) -> None:
        """A finger came down: whatever is announced is off."""
        self._history = self._history.touched(self._panel.clock.monotonic_s())
        self._proposal = Proposal()

    def given_back(self) -> None:
        """A person gave the room back here."""
        self._history = self._history.given_back(self._panel.clock.monotonic_s())

    def tick(self) -> None:
        """Ask every rule."""
        self._check_in()
        if self._busy:
            return
        now_s = self._panel.clock.monotonic_s()
        self._proposal = self._ask(now_s)
        if not self._proposal.due:
            self._history = self._history.after(self._proposal, now_s)
        elif self._panel.effects.put(_effect(self._proposal)):
            self._busy = True

    def _ask(self, now_s: float) -> Proposal:
        panel = self._panel
        config = panel.config
        found = proposal(
            panel.state,
            panel.senses.occupancy,
            panel.reader.schedule,
            config.presence,
            config.booking,
            config.meeting,
            config.hours,
            config.room.zone,
            now=panel.clock.now(),
            now_s=now_s,
            history=self._history,
        )
        return found if self._ours(found.meeting) else Proposal()

    def _ours(self, meeting: Meeting | None) -> bool:
        """Made at this panel: one that somebody put into the room's own calendar is theirs."""
        return meeting is None or {part.id for part in meeting.parts} <= self._panel.actions.made_here

    def _check_in(self) -> None:
        """The people of the meeting that waits for its check-in are there."""
        panel = self._panel
        schedule = panel.reader.schedule
        meeting = panel.situation().meeting(panel.state.check_in_key)
        if meeting is None or schedule is None or panel.state.doubtful or not panel.config.presence.check_in:
            return
        due = own_window(window(meeting, panel.config.check_in), schedule)
        now, now_s = panel.clock.now(), panel.clock.monotonic_s()
        if may_check_in_by_presence(due, panel.senses.occupancy, now, now_s, panel.config.presence):
            panel.people.checked_in(meeting, "presence")
            panel.people.announce(Deed.CHECK_IN)

    async def carry_out(self, effect: ByItself) -> None:
        """Do it, with the fresh read and the comparisons of a touch; nothing of it is tried twice in a row."""
        found = self._proposal
        try:
            outcome = await self._act(effect)
            if outcome:
                self._panel.people.did_by_itself(outcome)
        finally:
            self._history = self._history.after(found, self._panel.clock.monotonic_s())
            self._proposal, self._busy = Proposal(), False
            self._panel.refresh()

    async def _act(self, effect: ByItself) -> Outcome | None:
        """None when what it was about has changed meanwhile: somebody came in, or touched the panel."""
        panel = self._panel
        if not self._proposal.due or _effect(self._proposal) != effect:
            return None
        meeting = self._meeting(effect.key)
        match effect:
            case ByItself(deed=Deed.BOOK, start=start, end=end) if start and end:
                return await panel.actions.book(start, end, panel.effects.anonymous_subject())
            case ByItself(deed=Deed.EXTEND, end=end) if end and meeting:
                return await panel.actions.extend(meeting, end, panel.effects.follow_on_subject())
            case ByItself(deed=Deed.END) if meeting and not self._came_back():
                return await panel.actions.end(meeting)
        return None

    def _meeting(self, key: str) -> Meeting | None:
        return self._panel.situation().meeting(key)

    def _came_back(self) -> bool:
        """Somebody is there again, or the sensors do not know any more."""
        return self._panel.senses.occupancy.presence is not Presence.VACANT


def _effect(found: Proposal) -> ByItself:
    key = found.meeting.key if found.meeting else ""
    return ByItself(DEEDS[found.kind], found.start, found.end, key)
