"""Follows each meeting through its check-in window: was it a no-show, was it given back, and should it have been."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from roomdisplay.release import Keep
from tests.chaos.presence_figures import PresenceFigures
from tests.chaos.presence_judge import ACT_WITHIN_S, GRACE_S, MARGIN_S, OPENS_S, PresenceJudge
from tests.chaos.releases import Releases, name_of
from tests.chaos.report import Book
from tests.chaos.room_people import key_of
from tests.chaos.sensed_room import SensedRoom
from tests.chaos.stage import Stage
from tests.chaos.truth import Booked

KNOWN_BEFORE_S = GRACE_S + 900.0
"""Booked so long before its start it is surely none that was made shortly before."""
SETTLES_S = GRACE_S + ACT_WITHIN_S + 60.0
EXEMPT_S = 8 * 3600.0
LAST_S = 5 * 60.0


@dataclass(slots=True)
class Case:
    """One meeting at its time. `unfit`: why its release cannot be demanded."""

    booked: Booked
    first_seen_s: float
    unfit: set[str] = field(default_factory=set)
    keep: Keep = Keep.NONE
    gone_s: float | None = None
    """when it stood in the calendar no more"""

    @property
    def key(self) -> str:
        """As key_of."""
        return key_of(self.booked)


class NoShowBook:
    """`look` at each tick, after the judge."""

    def __init__(
        self,
        stage: Stage,
        room: SensedRoom,
        releases: Releases,
        judge: PresenceJudge,
        figures: PresenceFigures,
        book: Book,
    ) -> None:
        self._stage, self._room, self._releases = stage, room, releases
        self._judge, self._figures, self._book = judge, figures, book
        self._cases: dict[str, Case] = {}
        self._settled: dict[str, float] = {}
        self._released: dict[str, float] = {}

    def look(self, *, calm: bool, touched: bool) -> None:
        """`calm`: no fault is on, and the panel is well; `touched`: somebody stands at it."""
        now_s = self._stage.true.monotonic_s()
        self._note_releases()
        self._settled = {key: at_s for key, at_s in self._settled.items() if at_s > now_s - 86_400}
        standing = {key_of(one): one for one in self._stage.log.booked}
        for key, one in standing.items():
            if key not in self._cases and key not in self._settled and self._start_s(one) > now_s:
                self._cases[key] = Case(one, now_s)
        for key, case in list(self._cases.items()):
            self._follow(case, standing.get(key), now_s, calm=calm, touched=touched)
            if now_s > self._start_s(case.booked) + SETTLES_S:
                self._settle(case)
                self._settled[key] = now_s
                del self._cases[key]

    def _start_s(self, one: Booked) -> float:
        return self._stage.seconds(one.start)

    def _note_releases(self) -> None:
        now_s = self._stage.true.monotonic_s()
        while self._releases.ended:
            meeting, outcome = self._releases.ended.popleft()
            self._figures.release_outcomes[str(outcome.ending)] += 1
            if outcome.done:
                self._released.setdefault(name_of(meeting), now_s)
                if not any(part.id in self._releases.wanted for part in meeting.parts):
                    self._book.violate(f"said released and sent nothing: {meeting.start:%H:%M}")

    def _follow(self, case: Case, now: Booked | None, now_s: float, *, calm: bool, touched: bool) -> None:
        start_s = self._start_s(case.booked)
        if now is None:
            case.gone_s = now_s if case.gone_s is None else case.gone_s
            return
        if now.end != case.booked.end:
            case.booked = now
            case.unfit.add("changed")
        if now_s < start_s - OPENS_S - 90 or now_s > start_s + GRACE_S + ACT_WITHIN_S:
            return
        if not calm:
            case.unfit.add("fault")
        if touched:
            case.unfit.add("touched")
        if self._others(case.booked):
            case.unfit.add("others")
        verdict = self._stage.panel.no_shows.verdict
        if verdict.meeting and name_of(verdict.meeting) == case.key and verdict.keep:
            case.keep = verdict.keep

    def _others(self, one: Booked) -> bool:
        """Something overlaps it, so that nobody knows whose room it is, or its people are carried over into it."""
        schedule = self._stage.panel.reader.schedule
        read = schedule.meetings if schedule else ()
        spans = [(other.start, other.end) for other in self._stage.log.booked if other.id != one.id]
        spans += [(other.start, other.end) for other in read if name_of(other) != key_of(one)]
        if any(begins < one.end and ends > one.start for begins, ends in spans):
            return True
        whose = {other.parts[0].organizer_address for other in read if other.end == one.start}
        return any(name_of(it) == key_of(one) and it.parts[0].organizer_address in whose for it in read)

    # --- at the end of its window ---

    def _settle(self, case: Case) -> None:
        one, start_s = case.booked, self._start_s(case.booked)
        released_s = self._released.get(case.key)
        at_s, length_s = start_s + GRACE_S, (one.end - one.start).total_seconds()
        if released_s is None and case.gone_s is not None and case.gone_s < at_s + ACT_WITHIN_S:
            return  # cancelled or moved
        if length_s >= EXEMPT_S or length_s <= GRACE_S + LAST_S + ACT_WITHIN_S:
            return
        if self._room.people.came(case.key, start_s - OPENS_S, at_s):
            self._attended(case, start_s)
        else:
            self._no_show(case, start_s, length_s, released_s)

    def _attended(self, case: Case, start_s: float) -> None:
        self._figures.attended += 1
        if case.key in self._releases.checked_in:
            return
        well = self._room.well(start_s - OPENS_S, start_s + GRACE_S)
        why = "sensor fault" if not well else "/".join(sorted(case.unfit)) or "seen too shortly"
        self._figures.attended_not_checked_in[why] += 1

    def _no_show(self, case: Case, start_s: float, length_s: float, released_s: float | None) -> None:
        figures, at_s = self._figures, start_s + GRACE_S
        end_s = start_s + length_s
        unfit = self._unfit(case, start_s)
        freed_s = end_s - released_s if released_s is not None else 0.0
        figures.no_shows += 1
        figures.no_show_min += length_s / 60
        figures.after_grace_min += (end_s - at_s) / 60
        figures.released_min += freed_s / 60
        if unfit:
            figures.unfit[unfit] += 1
        else:
            figures.fit += 1
            figures.fit_min += length_s / 60
            figures.fit_after_grace_min += (end_s - at_s) / 60
            figures.fit_released_min += freed_s / 60
        if released_s is not None:
            figures.released += 1
            figures.came_late_to_released += self._room.people.expected(case.key)
        else:
            figures.kept[self._why(case)] += 1
            if not unfit:
                self._book.violate(f"NOT RELEASED: {one_of(case)}, kept {self._why(case)}")

    def _why(self, case: Case) -> str:
        if case.keep is Keep.CHECKED_IN:
            return f"checked-in by {self._releases.checked_in.get(case.key, 'rule')}"
        return str(case.keep) or ("another was judged" if "others" in case.unfit else "failed")

    def _unfit(self, case: Case, start_s: float) -> str:
        """Why nobody can demand its release; "": all was well for the whole window, and nobody was near."""
        room, back_s = self._room, start_s - OPENS_S - self._room.exit_s - 90
        to_s = start_s + GRACE_S + ACT_WITHIN_S
        reasons = {
            "booked late": case.first_seen_s > start_s - KNOWN_BEFORE_S,
            "checked in": case.key in self._releases.checked_in,
            "sensor fault, reboot or hang": not room.well(start_s - OPENS_S - room.memory_s, to_s),
            "somebody near": room.people.near_s(back_s, to_s),
            "offline": self._judge.doubted(start_s - OPENS_S - MARGIN_S, to_s),
        }
        return "/".join(sorted(case.unfit)) or next((why for why, is_so in reasons.items() if is_so), "")


def one_of(case: Case) -> str:
    """For people."""
    start, end = case.booked.start, case.booked.end
    return f"{_clock(start)}-{_clock(end)}"


def _clock(instant: datetime) -> str:
    return f"{instant:%d %H:%M}"
