"""Whether a meeting that nobody came to gives its room back: a pure judgement, at most once per meeting.

The rules are reference/roomdisplay.md 3.16-3.20 and reference/drivers.md 5: only where the panel itself has watched
the whole window - fresh calendar, healthy sensors, nobody seen - and only inside [grace, grace + 2 min].
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from roomdisplay import check_in as check_ins_of
from roomdisplay.check_in import CheckIns
from roomdisplay.presence_settings import ReleaseSection
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import CheckInSection

ACT_WITHIN = timedelta(minutes=2)
"""So long after the grace the panel may still act; later it has missed its time."""

TURN_MOST_S = 60
"""Panels of one room act one after another within this, so that the later one reads what the earlier one did."""

TURN_ENDS_BEFORE = timedelta(seconds=15)
"""So long before the time to act is over every panel has had its turn."""

ACTED_KEPT = 20
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
NO_TURN = timedelta()


@dataclass(frozen=True, slots=True)
class Watch:
    """What the panel can vouch for, as UTC instants."""

    booted_at: datetime
    online_since: datetime | None
    """the calendar has been believable without a gap since; None: it is not now"""
    sensed_since: datetime | None
    """presence has been known without a gap since; None: it is unknown now, or there is no sensor"""
    occupied_last: datetime | None
    """the last instant with somebody in the room; None: nobody since the start"""
    has_sensors: bool = False


class Step(StrEnum):
    """What is to be done now."""

    NOTHING = "nothing"
    WARN = "warn"
    """say on screen that the room is given back at `at`; a touch anywhere keeps it"""
    RELEASE = "release"


class Keep(StrEnum):
    """Why a meeting will not be released by us: the first that holds, in this order."""

    NONE = ""
    OFF = "off"
    EXCHANGE = "exchange"
    """Exchange releases by itself, or nobody said that it does not"""
    SECOND_PANEL = "second-panel"
    """another panel of this room may hold a check-in that we cannot see"""
    EXEMPT = "exempt"
    """length, whole day, organizer, or the last minutes of the meeting"""
    OVERLAP = "overlap"
    """two meetings run at once: nobody can tell whose people are missing"""
    CHECKED_IN = "checked-in"
    """they said so, were seen, stood here when they booked, or are carried over from the meeting before"""
    ACTED = "acted"
    """it was given back already, or we tried: at most once"""
    BOOTED = "booted"
    """the panel started after the window opened"""
    OFFLINE = "offline"
    """the calendar was not believable for the whole window"""
    BLIND = "blind"
    """presence was not known for the whole window"""
    PRESENT = "present"
    """somebody was in the room"""
    LATE = "late"
    """it was moved to this time when it had begun already: nobody could come in time"""
    MISSED = "missed"
    """the time to act has passed"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement over one meeting."""

    step: Step
    meeting: Meeting | None = None
    at: datetime | None = None
    """when the room is given back if nothing changes; None when it will not be"""
    keep: Keep = Keep.NONE


@dataclass(frozen=True, slots=True)
class Released:
    """What one panel remembers of its judgements, in RAM: `memory = memory.after(verdict, now)` after each.

    It need not survive a restart: whatever began to be watched before the restart is kept for BOOTED after it.
    """

    acted: tuple[str, ...] = ()
    """keys of the meetings that were given back, newest last"""
    running: str = ""
    """key of the meeting that was judged last"""
    running_since: datetime = BEFORE_ALL
    """when it was judged first: a meeting that was moved here while it ran came then, not at its start"""
    warned_since: datetime | None = None
    """since when, without a gap, its people are warned"""

    def after(self, verdict: Verdict, now: datetime) -> Released:
        """With `verdict` carried out at `now`."""
        if verdict.meeting is None:
            return Released(self.acted)
        key = verdict.meeting.key
        same = key == self.running
        acted = (*self.acted, key)[-ACTED_KEPT:] if verdict.step is Step.RELEASE else self.acted
        warned_since = (self.warned_since if same and self.warned_since else now) if verdict.step is Step.WARN else None
        return Released(acted, key, self.running_since if same else now, warned_since)

    def came_late(self, meeting: Meeting, now: datetime) -> bool:
        """It stands in the calendar at this time only since its start was past: nobody could come to it in time."""
        since = self.running_since if meeting.key == self.running else now
        return since > meeting.start + ACT_WITHIN


def turn(unit_id: str) -> timedelta:
    """How long after its time this one of several panels acts, 0 to 60 s: always the same, and each its own."""
    return timedelta(milliseconds=zlib.crc32(unit_id.encode()) % (TURN_MOST_S * 1000))


def judge(
    schedule: Schedule,
    check_ins: CheckIns,
    watch: Watch,
    check_in: CheckInSection,
    release: ReleaseSection,
    *,
    shared_check_ins: bool,
    now: datetime,
    memory: Released | None = None,
    turn: timedelta = NO_TURN,
) -> Verdict:
    """What is to be done at `now` about the meeting that runs; `meeting` is None when none does.

    `shared_check_ins`: what the other panels of this room know of this meeting, we know too. With `memory` a meeting
    is acted on once, and only after its warning was shown for the whole time; without it each call stands alone.
    For `turn` after `at` the warning stays, and only then this panel acts.
    """
    running = schedule.overlapping(now)
    if not running:
        return Verdict(Step.NOTHING)
    meeting = running[0]
    case = _Case(meeting, schedule, check_ins, watch, check_in, release, now, memory, turn)
    keep = (
        _by_settings(check_in, release, shared_check_ins=shared_check_ins)
        or _by_meeting(case, alone=len(running) == 1)
        or _by_watch(case)
        or _by_memory(case)
    )
    return Verdict(Step.NOTHING, meeting, keep=keep) if keep else _in_time(case)


@dataclass(frozen=True, slots=True)
class _Case:
    meeting: Meeting
    schedule: Schedule
    check_ins: CheckIns
    watch: Watch
    check_in: CheckInSection
    release: ReleaseSection
    now: datetime
    memory: Released | None
    turn: timedelta

    @property
    def opens(self) -> datetime:
        return self.meeting.start - timedelta(minutes=self.check_in.opens_before_min)

    @property
    def at(self) -> datetime:
        """When the grace ends: not clipped to the meeting, whose last minutes are exempt."""
        return self.meeting.start + timedelta(minutes=self.check_in.closes_after_min)


def _by_settings(check_in: CheckInSection, release: ReleaseSection, *, shared_check_ins: bool) -> Keep:
    if not (check_in.enabled and release.enabled):
        return Keep.OFF
    if release.exchange_auto_release != "off":
        return Keep.EXCHANGE
    return Keep.SECOND_PANEL if release.panels > 1 and not shared_check_ins else Keep.NONE


def _by_meeting(case: _Case, *, alone: bool) -> Keep:
    if _exempt(case):
        return Keep.EXEMPT
    if not alone:
        return Keep.OVERLAP
    if _counted(case, booted_at=BEFORE_ALL):
        return Keep.CHECKED_IN
    return Keep.ACTED if case.memory and case.meeting.key in case.memory.acted else Keep.NONE


def _exempt(case: _Case) -> bool:
    """Whole days, long ones (what lasts several days is longer than any limit), some people's, the last minutes."""
    if not check_ins_of.needed(case.meeting, case.check_in):
        return True
    exempt = {address.strip().casefold() for address in case.release.exempt_organizers} - {""}
    if any(part.organizer_address.strip().casefold() in exempt for part in case.meeting.parts):
        return True
    acts_at = max(case.at, min(case.now, case.at + ACT_WITHIN))
    return acts_at >= case.meeting.end - timedelta(minutes=case.release.exempt_last_min)


def _by_watch(case: _Case) -> Keep:
    """Whatever the panel cannot vouch for, from the opening of the window until now."""
    opens, watch = case.opens, case.watch
    if watch.booted_at > opens or _counted(case, booted_at=watch.booted_at):
        return Keep.BOOTED
    if watch.online_since is None or watch.online_since > opens:
        return Keep.OFFLINE
    if _blind(watch, opens, case.release):
        return Keep.BLIND
    return Keep.PRESENT if watch.occupied_last and watch.occupied_last >= opens else Keep.NONE


def _blind(watch: Watch, opens: datetime, release: ReleaseSection) -> bool:
    if not watch.has_sensors:
        return not release.without_sensors
    return watch.sensed_since is None or watch.sensed_since > opens


def _by_memory(case: _Case) -> Keep:
    return Keep.LATE if case.memory and case.memory.came_late(case.meeting, case.now) else Keep.NONE


def _counted(case: _Case, *, booted_at: datetime) -> bool:
    """What the screen does not ask to check in is not released for want of it."""
    return check_ins_of.counted(case.meeting, case.schedule, case.check_ins, case.check_in, booted_at=booted_at)


def _in_time(case: _Case) -> Verdict:
    """Nothing keeps it: wait, warn, act, or know that the time to act has passed."""
    at, now = case.at, case.now
    warning = timedelta(minutes=case.release.warn_before_min)
    if now >= at - warning and case.memory:
        at = max(at, (case.memory.warned_since or now) + warning)
    if max(at, now) > case.at + ACT_WITHIN:
        return Verdict(Step.NOTHING, case.meeting, keep=Keep.MISSED)
    if now < at - warning:
        return Verdict(Step.NOTHING, case.meeting, at)
    acts = min(at + case.turn, max(at, case.at + ACT_WITHIN - TURN_ENDS_BEFORE))
    return Verdict(Step.WARN if now < acts else Step.RELEASE, case.meeting, at)
