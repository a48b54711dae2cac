"""The day as blocks for the side panel and the day view. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from roomdisplay.booking import Offer
from roomdisplay.schedule import Gap, Meeting, Schedule
from roomdisplay.settings import HoursSection
from roomdisplay.state import RoomState
from roomdisplay.view import Action, BlockStyle, BlockView, TimelineView, Verb
from roomdisplay.words import Words

SHORTEST_PIECE = timedelta(minutes=15)


def timeline(
    state: RoomState,
    schedule: Schedule | None,
    offers: Sequence[Offer],
    hours: HoursSection,
    words: Words,
) -> TimelineView | None:
    """Today beside the status: meetings, and the stretch that can be booked from now."""
    if schedule is None:
        return None
    day = state.now.astimezone(words.zone).date()
    blocks = _meetings(state, schedule, day, words)
    if offers and not state.doubtful:
        end = max(offer.end for offer in offers)
        action = Action(Verb.OPEN_BOOKING, "")
        start = state.now.replace(second=0, microsecond=0)  # so that the view stays the same for a minute
        blocks += (_bookable(start, end, day, words, action),)
    heading = words.t("Today")
    if state.doubtful and state.read_at:
        heading = words.t("As of {time}", time=words.moment(state.read_at, state.now))
    return _view(heading, day, blocks, state, schedule, hours, words)


def day_timeline(
    state: RoomState, schedule: Schedule, day: date, gaps: Sequence[Gap], hours: HoursSection, words: Words
) -> TimelineView:
    """One whole day, with every slot that can be booked."""
    today = state.now.astimezone(words.zone).date()
    blocks = _meetings(state, schedule, day, words, touchable=True)
    for gap in gaps:
        if gap.start.astimezone(words.zone).date() == day:
            blocks += tuple(_piece(piece, state.now, day, words) for piece in pieces(gap, words))
    heading = words.t("Today") if day == today else words.t("Tomorrow")
    return _view(heading, day, blocks, state, schedule, hours, words)


def pieces(gap: Gap, words: Words) -> tuple[Gap, ...]:
    """A free stretch cut at the whole hours on the wall, so that a booking may begin at each of them.

    A first piece shorter than a quarter stays with the next; so does a last one.
    """
    cuts = [gap.start]
    hour = gap.start.astimezone(words.zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    while (hour := hour + timedelta(hours=1)) < gap.end:
        if hour - cuts[-1] >= SHORTEST_PIECE and gap.end - hour >= SHORTEST_PIECE:
            cuts.append(hour)
    return tuple(Gap(start, end) for start, end in pairwise((*cuts, gap.end)))


def _piece(piece: Gap, now: datetime, day: date, words: Words) -> BlockView:
    action = Action(Verb.OPEN_BOOKING, "" if piece.start <= now else piece.start.isoformat())
    return _bookable(piece.start, piece.end, day, words, action)


def _view(
    heading: str,
    day: date,
    blocks: tuple[BlockView, ...],
    state: RoomState,
    schedule: Schedule,
    hours: HoursSection,
    words: Words,
) -> TimelineView:
    today = state.now.astimezone(words.zone).date()
    known = day == today and state.clock_known
    now_min = float(int(minute_of_day(state.now, day, words))) if known else None
    first, last = _bounds(blocks, now_min, hours)
    midnight = datetime.combine(day, time(), words.zone)
    return TimelineView(
        heading=heading,
        date=words.date(midnight + timedelta(hours=12)),
        first_min=first,
        last_min=last,
        hour_labels=tuple((minute, _hour(minute, day, words)) for minute in range(first, last + 1, 60)),
        blocks=tuple(sorted(blocks, key=lambda block: (block.start_min, block.end_min))),
        notes=tuple(words.title(note) for note in schedule.notes if _on(note, day, words)),
        now_min=now_min,
        stale=state.doubtful,
    )


def _hour(minute: int, day: date, words: Words) -> str:
    """The hour as the clock on the wall says it, also one that a change to summer time skips."""
    if minute == 24 * 60:
        return words.midnight()
    return words.time(datetime.combine(day, time(minute // 60), words.zone))


def _meetings(
    state: RoomState, schedule: Schedule, day: date, words: Words, *, touchable: bool = False
) -> tuple[BlockView, ...]:
    return tuple(
        _block(meeting, state, day, words, touchable) for meeting in schedule.meetings if _on(meeting, day, words)
    )


def _block(meeting: Meeting, state: RoomState, day: date, words: Words, touchable: bool) -> BlockView:
    start_min, end_min = _stretch(meeting.start, meeting.end, day, words)
    return BlockView(
        start_min=start_min,
        end_min=end_min,
        title=words.title(meeting),
        detail=words.organizer(meeting) or (words.t("not confirmed yet") if meeting.pending else ""),
        style=_style(meeting, state),
        action=Action(Verb.OPEN_MEETING, meeting.key) if touchable and meeting.end > state.now else None,
    )


def _style(meeting: Meeting, state: RoomState) -> BlockStyle:
    """What is over and what runs can only be told by a clock that is right."""
    if meeting.end <= state.now and state.clock_known:
        return BlockStyle.PAST
    if meeting.contains(state.now) and not state.doubtful:
        return BlockStyle.CURRENT
    return BlockStyle.OWN if meeting.own else BlockStyle.MEETING


def _bookable(start: datetime, end: datetime, day: date, words: Words, action: Action) -> BlockView:
    start_min, end_min = _stretch(start, end, day, words)
    return BlockView(
        start_min=start_min,
        end_min=end_min,
        title=words.t("Touch to book"),
        detail=words.t("until {time}", time=words.moment(end, start)),
        style=BlockStyle.BOOKABLE,
        action=action,
    )


def _on(meeting: Meeting, day: date, words: Words) -> bool:
    midnight = datetime.combine(day, time(), words.zone)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), words.zone)
    return meeting.start < next_midnight and meeting.end > midnight


def _stretch(start: datetime, end: datetime, day: date, words: Words) -> tuple[float, float]:
    """Both ends on the wall; in the hour that autumn repeats the length decides, or the block would be inside out."""
    start_min, end_min = minute_of_day(start, day, words), minute_of_day(end, day, words)
    if end_min <= start_min:
        end_min = min(1440.0, start_min + (end - start) / timedelta(minutes=1))
    return start_min, end_min


def minute_of_day(instant: datetime, day: date, words: Words) -> float:
    """Minutes on the wall since midnight of `day`, cut to the day: on the two odd days of a year the wall decides."""
    local = instant.astimezone(words.zone)
    if local.date() < day:
        return 0.0
    if local.date() > day:
        return 1440.0
    return local.hour * 60 + local.minute + local.second / 60


def _bounds(blocks: Sequence[BlockView], now_min: float | None, hours: HoursSection) -> tuple[int, int]:
    """Opening hours, widened to what is there to show."""
    edges = [_minutes(hours.opens), _minutes(hours.closes)]
    edges += [int(edge) for block in blocks if block.end_min - block.start_min < 1440 for edge in _ends(block)]
    if now_min is not None:
        edges.append(int(now_min))
    return min(edges) // 60 * 60, min(1440, -(-max(edges) // 60) * 60)


def _ends(block: BlockView) -> tuple[float, float]:
    return block.start_min, block.end_min


def _minutes(time_of_day: str) -> int:
    hour, minute = time_of_day.split(":")
    return int(hour) * 60 + int(minute)
