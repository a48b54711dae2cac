"""From what the panel knows to the view on the glass: collects what presenter and sheets want. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from roomdisplay import presenter, redaction, sheets
from roomdisplay.admin_pages import AdminFacts
from roomdisplay.booking import (
    Offer,
    extensions,
    later_slots,
    may_cancel,
    may_end,
    may_release,
    offers,
    slot_offers,
)
from roomdisplay.config import RoomConfig
from roomdisplay.home_buttons import Possible
from roomdisplay.pages import Booking, Extend, MeetingDetail, Page
from roomdisplay.presenter import Facts
from roomdisplay.schedule import Gap, Meeting, Schedule
from roomdisplay.sheets import Material
from roomdisplay.state import Kind, RoomState
from roomdisplay.view import PanelView
from roomdisplay.words import Words


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is needed for one view."""

    config: RoomConfig
    state: RoomState
    schedule: Schedule | None
    page: Page | None
    facts: Facts
    identify: str = ""
    admin: AdminFacts | None = None


def view(scene: Scene, words: Words) -> PanelView:
    """The whole glass."""
    if scene.state.kind is Kind.ASLEEP:
        return PanelView(presenter.asleep(scene.state, words), None, scene.identify)
    home = presenter.home(scene.state, scene.schedule, _possible(scene), scene.facts, words)
    return PanelView(home, sheets.sheet(scene.page, _material(scene), words), scene.identify)


def redacted(scene: Scene, words: Words) -> PanelView:
    """The whole glass with blocks in place of all text from Graph, from guests and from typing (DESIGN.md 4.3)."""
    blocks = redaction.Blocks(scene.schedule)
    hidden = replace(
        scene,
        state=blocks.state(scene.state),
        schedule=blocks.schedule,
        page=blocks.page(scene.page),
        facts=replace(scene.facts, room_detail=redaction.text(scene.facts.room_detail)),
    )
    return view(hidden, words)


def _slots(scene: Scene) -> tuple[Gap, ...]:
    booking = scene.config.booking
    if scene.schedule is None or scene.state.doubtful or not booking.enabled or not booking.later:
        return ()
    return later_slots(scene.schedule, scene.state.now, booking, scene.config.hours, scene.config.room.zone)


def _possible(scene: Scene) -> Possible:
    state, config = scene.state, scene.config
    if state.doubtful or scene.schedule is None:
        return Possible()
    slots, current = _slots(scene), state.current
    after = next((slot for slot in slots if slot.start == state.free_from), None)
    following = slot_offers(after, after.start, config.booking, config.room.zone) if after else ()
    target = current or state.next
    return Possible(
        offers=offers(scene.schedule, state.now, config.booking, config.hours, config.room.zone)
        if state.may_book
        else (),
        extensions=_extensions(scene, current),
        later=slots[0].start if slots else None,
        later_offer=following[-1] if following else None,
        may_end=current is not None and may_end(current, config.meeting, state.now),
        may_release=target is not None and may_release(target, config.meeting),
    )


def _extensions(scene: Scene, meeting: Meeting | None) -> tuple[Offer, ...]:
    if meeting is None or scene.schedule is None or scene.state.doubtful:
        return ()
    config = scene.config
    return extensions(
        scene.schedule, meeting, scene.state.now, config.meeting, config.booking, config.hours, config.room.zone
    )


def _material(scene: Scene) -> Material:
    config, state = scene.config, scene.state
    meeting = _meeting_of(scene)
    running = meeting if meeting and state.current and meeting.key == state.current.key else None
    return Material(
        state=state,
        schedule=scene.schedule,
        hours=config.hours,
        gaps=_slots(scene),
        offers=_offers_of(scene),
        by_name=config.booking.by_name,
        may_release=running is not None and may_release(running, config.meeting),
        may_end=running is not None and may_end(running, config.meeting, state.now),
        may_cancel=meeting is not None and may_cancel(meeting, state.now, config.meeting),
        admin=scene.admin,
    )


def _meeting_of(scene: Scene) -> Meeting | None:
    if not isinstance(scene.page, MeetingDetail) or scene.schedule is None:
        return None
    key = scene.page.key
    return next((meeting for meeting in scene.schedule.meetings if meeting.key == key), None)


def _offers_of(scene: Scene) -> tuple[Offer, ...]:
    """The lengths for a Booking page, the new ends for an Extend page."""
    match scene.page:
        case Booking(start=None) if scene.schedule and scene.state.may_book:
            config = scene.config
            return offers(scene.schedule, scene.state.now, config.booking, config.hours, config.room.zone)
        case Booking(start=start) if start:
            gap = next((slot for slot in _slots(scene) if slot.start <= start < slot.end), None)
            return slot_offers(gap, start, scene.config.booking, scene.config.room.zone) if gap else ()
        case Extend():
            return _extensions(scene, scene.state.current)
        case _:
            return ()
