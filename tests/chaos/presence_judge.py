"""What must hold of presence, check-in and release at every tick, against who really is in the room."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

from roomdisplay.occupancy import Presence
from roomdisplay.schedule import Meeting
from roomdisplay.state import Doubt, Kind, Reason
from tests.chaos.presence_figures import PresenceFigures
from tests.chaos.releases import Landing, Releases, name_of
from tests.chaos.report import Book
from tests.chaos.sensed_room import SensedRoom
from tests.chaos.stage import Stage

OPENS_S, GRACE_S, ACT_WITHIN_S = 300.0, 600.0, 120.0
"""The defaults of check-in and release, written here again."""

MARGIN_S = 12.0
"""A clock may be five seconds off unnoticed, and a step takes five."""
ON_ITS_WAY_S = 30.0
"""A release may take so long from the panel's last look to the tenant."""
NOTICED_S = 8.0
"""Presence is shown so long after it began, at the latest."""
CHECKS_IN_S = 45.0
"""People who were seen for so long have checked in: 30 s by design, a step, a thinned second."""
WARNED_S = 100.0
"""The warning is up for two minutes before a release, less a step and a clock that is off."""
HELD_MOST_S = 7500.0


class PresenceJudge:
    """Looks after each tick, after the judge of the calendar."""

    def __init__(
        self, stage: Stage, room: SensedRoom, releases: Releases, figures: PresenceFigures, book: Book
    ) -> None:
        self._stage, self._room, self._releases, self._figures, self._book = stage, room, releases, figures, book
        self._doubted: deque[float] = deque(maxlen=20_000)
        self._warned: deque[float] = deque(maxlen=5_000)
        self._landed: set[str] = set()
        self._doubtless_since_s = 0.0
        self._asked, self._asked_since_s = ("", 0.0), 0.0

    def look(self, step_s: float) -> None:
        """The state of the moment, which lasted `step_s`."""
        now_s, state = self._stage.true.monotonic_s(), self._stage.panel.state
        if state.doubt not in (Doubt.NONE, Doubt.RECHECKING):
            self._doubted.append(now_s)
        if state.doubtful:
            self._doubtless_since_s = now_s
        if state.kind is Kind.RELEASE_WARNING:
            self._warned.append(now_s)
        self._look_at_glass(now_s)
        self._look_at_presence(now_s, step_s)
        self._look_at_check_in(now_s)
        while self._releases.landed:
            self._look_at_release(self._releases.landed.popleft())

    def doubted(self, from_s: float, to_s: float) -> bool:
        """The calendar was not believed at some tick of that time."""
        return any(from_s <= at_s <= to_s for at_s in self._doubted)

    # --- what is shown ---

    def _look_at_glass(self, now_s: float) -> None:
        state, room = self._stage.panel.state, self._room
        back = state.give_back
        warns = state.kind is Kind.RELEASE_WARNING and back is not None
        empty = state.kind is Kind.BOOKED_EMPTY or warns
        self._hold("empty on the screen, and presence is not so", not empty or state.presence is Presence.VACANT)
        self._hold("unknown shown as empty", not empty or not room.unknown(now_s - NOTICED_S, now_s - 1))
        seen = room.seen(now_s - 30, now_s - NOTICED_S)
        self._hold("shown as empty though somebody was just seen", not empty or seen is None or warns)
        kept = not warns or seen is None or (back is not None and back.reason is Reason.LEFT)
        self._hold("warned of a release though somebody was just seen", kept)
        in_use = state.kind is not Kind.IN_USE or state.presence is Presence.OCCUPIED
        self._hold("in use on the screen, and presence is not so", in_use)

    def _look_at_presence(self, now_s: float, step_s: float) -> None:
        room, figures = self._room, self._figures
        presence = self._stage.panel.senses.presence
        since_s = room.people.inside_since(now_s)
        empty_s = room.people.empty_for_s(now_s)
        truth = "occupied" if since_s is not None else "empty" if empty_s > room.exit_s + 60 else "just left"
        figures.truth_s[f"{truth}: {presence}"] += round(step_s)
        if since_s is not None and now_s - since_s > NOTICED_S:
            well = room.well(since_s - room.memory_s, now_s)
            self._hold("somebody is there and sensors are well", not well or presence is Presence.OCCUPIED)
            figures.false_vacant_min += step_s / 60 if presence is Presence.VACANT else 0.0
        if truth == "empty" and presence is Presence.OCCUPIED:
            figures.false_occupied_min += step_s / 60
            near = room.people.near_s(now_s - room.exit_s - 240, now_s)
            explained = near or not room.well(now_s - room.memory_s - 120, now_s)
            self._hold("occupied by nobody, and sensors are well", explained)

    def _look_at_check_in(self, now_s: float) -> None:
        """Whoever was seen for long enough at the time of their meeting is not asked any more."""
        panel, room = self._stage.panel, self._room
        state = panel.state
        meeting = panel.situation().meeting(state.check_in_key)
        opens_s = self._own_window_s(meeting) if meeting else 0.0
        if (state.check_in_key, opens_s) != self._asked:  # the meeting before may have been shortened just now
            self._asked, self._asked_since_s = (state.check_in_key, opens_s), now_s
        since_s = room.people.inside_since(now_s)
        asked_s = now_s - max(self._doubtless_since_s, self._asked_since_s)
        if meeting is None or since_s is None or asked_s < MARGIN_S:
            return
        from_s = max(opens_s, since_s) + MARGIN_S
        first_s, last_s = room.seen_first(from_s, now_s), room.seen(from_s, now_s)
        if first_s is None or last_s is None or last_s - first_s < CHECKS_IN_S:
            return
        well = room.well(from_s - HELD_MOST_S, now_s)
        self._hold("people are there for long, and check-in is still asked", not well)

    def _own_window_s(self, meeting: Meeting) -> float:
        """When the window of a meeting opens for its own people alone, by the truth and by what the panel has read."""
        stage, panel = self._stage, self._stage.panel
        opens = meeting.start - timedelta(seconds=OPENS_S)
        read = panel.reader.schedule.meetings if panel.reader.schedule else ()
        spans = [(one.start, one.end) for one in stage.log.booked] + [(one.start, one.end) for one in read]
        shared = any(begins < meeting.start and ends > opens for begins, ends in spans)
        return stage.seconds(meeting.start if shared else opens)

    # --- what is released ---

    def _look_at_release(self, landing: Landing) -> None:
        stage, room, figures = self._stage, self._room, self._figures
        start_s, landed_s = stage.seconds(landing.start), stage.seconds(landing.at)
        looked_s = min(landed_s, max(self._releases.wanted.get(landing.id, landed_s), landed_s - ON_ITS_WAY_S))
        from_s, to_s = start_s - OPENS_S + MARGIN_S, looked_s - MARGIN_S / 2
        figures.declines += 1
        name = f"{landing.id}@{landing.start.isoformat()}"
        limits = room.limits(from_s, to_s)
        scene = f"of {landing.start:%H:%M}-{landing.end:%H:%M}, at {landing.at:%H:%M:%S}, sensors {limits}"
        wrong = {
            "released twice": name in self._landed,
            "released after a check-in": name in self._releases.checked_in,
            "released without a word to the organizer": not (landing.comment or landing.deleted),
            "released outside its time": not -6 <= landed_s - start_s - GRACE_S <= ACT_WITHIN_S + ON_ITS_WAY_S,
            "released after a time offline": self.doubted(from_s, to_s),
            "released after a restart or a hang": room.was_blank(from_s, to_s),
            "released though presence was unknown": room.unknown(from_s, to_s),
            "released without its warning": self._warned_s(looked_s) < WARNED_S,
            "RELEASED OVER PEOPLE": self._over_people(from_s, to_s, landed_s),
        }
        self._landed.add(name)
        for word, is_so in wrong.items():
            if is_so:
                self._book.violate(f"{word}: {scene}")

    def _over_people(self, from_s: float, to_s: float, landed_s: float) -> bool:
        """Somebody was there, and a sensor saw them or could have."""
        room, figures = self._room, self._figures
        if room.seen(from_s, to_s) is not None:
            return True
        if room.people.inside_s(from_s, to_s) < MARGIN_S:
            figures.raced += room.people.inside(landed_s)
            return False
        if not room.blind(from_s, to_s):
            return True
        figures.over_heads[room.limits(from_s, to_s)] += 1
        return False

    def _warned_s(self, until_s: float) -> float:
        """How long the warning was up without a break of more than a step until then."""
        began_s = last_s = until_s
        for at_s in reversed(self._warned):
            if at_s > until_s:
                continue
            if last_s - at_s > 6.0:
                break
            began_s = last_s = at_s
        return until_s - began_s

    def _hold(self, name: str, holds: bool) -> None:
        self._book.hold(name, holds, self._scene)

    def _scene(self) -> str:
        panel, now_s = self._stage.panel, self._stage.true.monotonic_s()
        occupancy = panel.senses.occupancy
        current = panel.state.current
        since_s = self._room.people.inside_since(now_s)
        return (
            f"(state {panel.state.kind}, presence {panel.senses.presence} since {now_s - occupancy.since_s:.0f} s by "
            f"{[(one.input, one.what, round(now_s - one.at_s)) for one in occupancy.evidence]}, in the room since "
            f"{None if since_s is None else round(now_s - since_s)} s, "
            f"sensors {self._room.limits(now_s - 900, now_s)}, "
            f"meeting {name_of(current)[-25:] if current else None})"
        )
