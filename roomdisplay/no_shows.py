"""Gives back the room of a meeting to which nobody came: judges each second, warns, and acts at most twice in time.

The judgement is `roomdisplay.release`; here is what it needs to know, and what becomes of it. A release by the rules
cannot be undone on screen: the warning of two minutes before it is the chance to say no (docs/decisions/0009).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from common.i18n import N_
from roomdisplay.actions import Still
from roomdisplay.freshness import CalendarView
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.pages import NoShow
from roomdisplay.release import NO_TURN, Keep, Released, Step, Verdict, judge, turn
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.senses import BLINK_S
from roomdisplay.shared_check_ins import SharedCheckIns
from roomdisplay.state import Doubt, GiveBack, Reason, doubt_of

if TYPE_CHECKING:
    from roomdisplay.panel import Panel

log = logging.getLogger(__name__)

ATTEMPTS = 2
RETRY_AFTER_S = 20.0
"""A release that failed is tried once more after this, if it is still right then and still in time."""

UNTOLD_MOST = 16
ASK_EVERY_S = 60.0
ANSWER_LIFE_S = 150.0
"""What the other panels knew longer ago than this is not known."""

NO_SHOW_COMMENT = N_("Nobody checked in and nobody was seen in the room, so it was released.")
NO_SHOW_COMMENT_UNSEEN = N_("Nobody checked in, so the room was released.")
AGAIN = frozenset({Ending.OFFLINE, Ending.UNCERTAIN, Ending.BUSY, Ending.FAILED})
NOTHING = Verdict(Step.NOTHING)


class NoShows:
    """The no-shows of one panel. `look` at each evaluation, `tick` each second, `run` as a supervised task."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._settings = panel.config.release
        session = panel.parts.session
        self._shared: SharedCheckIns | None = None
        if self._settings.enabled and self._settings.panels > 1:
            self._shared = SharedCheckIns(session.calendars, panel.config.room.address, session.places)
        self._turn = turn(panel.config.unit.id) if self._shared else NO_TURN
        self.verdict = NOTHING
        self._memory = Released()
        self._online_since_s: float | None = None
        self._looked_s = panel.clock.monotonic_s()
        self._sending = ""
        self._tries: dict[str, int] = {}
        self._uncertain = ""
        self._again_s = 0.0
        self._answer: tuple[str, bool | None, float] = ("", None, 0.0)
        self._asked_s = 0.0
        self._unheard = False
        self._ask = asyncio.Event()
        self._untold: list[tuple[Meeting, bool]] = []

    # --- what is known ---

    @property
    def refusal(self) -> Keep:
        """Why this panel releases nothing whatever happens, in words for the admin; NONE where it may."""
        if not self._settings.enabled:
            return Keep.OFF
        if self._settings.exchange_auto_release != "off":
            return Keep.EXCHANGE
        if self._shared and (self._shared.supported is False or self._unheard):
            return Keep.SECOND_PANEL
        return Keep.NONE

    @property
    def shared(self) -> bool | None:
        """Check-ins are shared with the other panels; None: there are none, or it is not known yet."""
        return self._shared.supported if self._shared else None

    @property
    def give_back(self) -> GiveBack | None:
        """What is to be said on screen about the meeting that runs."""
        meeting, at = self.verdict.meeting, self.verdict.at
        if meeting is None or at is None:
            return None
        return GiveBack(meeting.key, at, Reason.NO_SHOW, warn=self.verdict.step is not Step.NOTHING)

    def look(self, view: CalendarView) -> None:
        """Judge anew; nothing is done yet."""
        self._watch(view)
        self.verdict = self._judge(view.schedule) if view.schedule else NOTHING
        if self.verdict.step is not Step.RELEASE:
            self._memory = self._memory.after(self.verdict, self._panel.clock.now())

    def _watch(self, view: CalendarView) -> None:
        """Since when the calendar has been believable without a gap; a moment without a look is a gap."""
        now_s = self._panel.clock.monotonic_s()
        if doubt_of(view, self._panel.clock.now()) is not Doubt.NONE:
            self._online_since_s = None
        elif self._online_since_s is None or now_s - self._looked_s > BLINK_S:
            self._online_since_s = now_s
        self._looked_s = now_s

    def _judge(self, schedule: Schedule) -> Verdict:
        panel = self._panel
        now = panel.clock.now()
        return judge(
            schedule,
            panel.parts.check_ins.current,
            panel.senses.watch(panel.booted_at, self._online_since_s),
            panel.config.check_in,
            self._settings,
            shared_check_ins=self._others_know_nothing(schedule.current(now)),
            now=now,
            memory=self._memory,
            turn=self._turn,
        )

    # --- the other panels of this room ---

    def _others_know_nothing(self, meeting: Meeting | None) -> bool:
        """The other panels have no check-in of `meeting` that we do not have as well."""
        if self._settings.panels == 1 or meeting is None:
            return True
        if self._panel.parts.check_ins.current.has(meeting):
            return True
        key, seen, at_s = self._answer
        fresh = self._panel.clock.monotonic_s() - at_s <= ANSWER_LIFE_S
        return key == meeting.key and seen is not None and fresh

    def tell(self, meeting: Meeting, *, inferred: bool) -> None:
        """Somebody checked in here: the other panels are to know. `inferred`: they were only seen."""
        if self._shared and len(self._untold) < UNTOLD_MOST:
            self._untold.append((meeting, inferred))
            self._ask.set()

    def read(self) -> None:
        """The calendar was read: the network works, so what could not be told may be told now."""
        if self._shared and self._shared.unsent:
            self._ask.set()

    async def run(self) -> None:
        """Exchange check-ins with the other panels, beside everything else."""
        while True:
            await self._ask.wait()
            self._ask.clear()
            if self._shared is None:
                continue
            while self._untold:
                meeting, inferred = self._untold.pop(0)
                await self._shared.note(meeting, inferred=inferred)
            await self._shared.repeat()
            waiting = self._asked_about()
            if waiting:
                await self._ask_about(waiting, self._shared)
                self._panel.refresh()

    def _asked_about(self) -> Meeting | None:
        state = self._panel.state
        waits = state.current is not None and state.check_in_key == state.current.key
        return state.current if waits else None

    async def _ask_about(self, meeting: Meeting, shared: SharedCheckIns) -> bool:
        """Whether the other panels were heard, and know no check-in of `meeting`."""
        seen = await shared.seen(meeting)
        self._answer = (meeting.key, seen, self._panel.clock.monotonic_s())
        self._unheard = seen is None
        if seen:
            self._panel.people.checked_in(meeting, "other-panel")
        return seen is False

    # --- acting ---

    def tick(self) -> None:
        """Start what is due: a question to the other panels, a release."""
        self._panel.reporter.release_refused(self.refusal)
        now_s = self._panel.clock.monotonic_s()
        if self._shared and now_s - self._asked_s >= ASK_EVERY_S and (self._untold or self._asked_about()):
            self._asked_s = now_s
            self._ask.set()
        meeting = self.verdict.meeting
        due = self.verdict.step is Step.RELEASE and not self._sending and now_s >= self._again_s
        if due and meeting and self._panel.effects.put(NoShow(meeting.key)):
            self._sending = meeting.key

    async def release(self, key: str) -> None:
        """Give the room back, if that is still right once the calendar has been read again."""
        try:
            verdict, meeting = self.verdict, self.verdict.meeting
            if verdict.step is Step.RELEASE and meeting and meeting.key == key and await self._nobody(meeting):
                comment = NO_SHOW_COMMENT if self._panel.senses.has_sensors else NO_SHOW_COMMENT_UNSEEN
                text = self._panel.words.t(comment)
                outcome = await self._panel.actions.release(meeting, text, self._still(meeting))
                self._ended(verdict, meeting, outcome)
        finally:
            self._sending = ""
            self._panel.refresh()

    async def _nobody(self, meeting: Meeting) -> bool:
        return self._shared is None or await self._ask_about(meeting, self._shared)

    def _still(self, meeting: Meeting) -> Still:
        """The very same meeting stands in the fresh calendar, and nobody came while it was read."""

        def still(schedule: Schedule) -> bool:
            verdict = self._judge(schedule)
            return verdict.step is Step.RELEASE and verdict.meeting == meeting

        return still

    def _ended(self, verdict: Verdict, meeting: Meeting, outcome: Outcome) -> None:
        gone = self._uncertain == meeting.key and self._is_gone(meeting)
        if outcome.ending is Ending.CHANGED and gone:
            outcome = Outcome(Deed.RELEASE, Ending.DONE, meeting.start, meeting.end)
        self._tries = {meeting.key: self._tries.get(meeting.key, 0) + 1}
        self._uncertain = meeting.key if outcome.ending is Ending.UNCERTAIN else ""
        again = outcome.ending in AGAIN and self._tries[meeting.key] < ATTEMPTS
        if again:
            self._again_s = self._panel.clock.monotonic_s() + RETRY_AFTER_S
        else:
            self._memory = self._memory.after(verdict, self._panel.clock.now())
        self._panel.people.no_show_ended(meeting, outcome, again=again)

    def _is_gone(self, meeting: Meeting) -> bool:
        """The first attempt did it, although its answer was lost."""
        schedule = self._panel.reader.schedule
        return schedule is not None and schedule.event(meeting.parts[0].id) is None
