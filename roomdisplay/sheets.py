"""From a page of the dialog to the sheet that is drawn. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.i18n import N_
from roomdisplay import endings
from roomdisplay.admin_pages import AdminFacts, admin_sheet
from roomdisplay.booking import Offer
from roomdisplay.fault_kinds import FAULTS
from roomdisplay.home_buttons import extension_button, offer_button
from roomdisplay.outcome import Deed
from roomdisplay.pages import (
    Admin,
    Booking,
    Confirm,
    Day,
    Ended,
    Extend,
    Fault,
    FreeRoom,
    MeetingDetail,
    Page,
    PersonSearch,
    Pin,
    Rooms,
    SignIn,
    Working,
)
from roomdisplay.people_search import shielded
from roomdisplay.schedule import Gap, Meeting, Schedule
from roomdisplay.settings import HoursSection
from roomdisplay.state import Doubt, RoomState
from roomdisplay.timeline import day_timeline
from roomdisplay.view import (
    Action,
    ButtonView,
    ChoicesSheet,
    DaySheet,
    ListSheet,
    PinSheet,
    RowView,
    SearchSheet,
    Sheet,
    SignInSheet,
    Style,
    Tone,
    Verb,
    WorkingSheet,
)
from roomdisplay.words import Words

WORKING = {
    Deed.BOOK: N_("Booking the room"),
    Deed.EXTEND: N_("Extending"),
    Deed.END: N_("Ending the meeting"),
    Deed.RELEASE: N_("Releasing the room"),
    Deed.CANCEL: N_("Cancelling the booking"),
    Deed.CHECK_IN: N_("Checking in"),
    Deed.FAULT: N_("Sending the report"),
    Deed.READ: N_("Reading the calendar"),
}
SEARCH_MESSAGES = {
    "too-short": N_("Type at least three letters of the name"),
    "none": N_("Nobody found. Check the spelling"),
    "too-many": N_("Too many have that name. Type more of it"),
    "budget": N_("That was enough searching for now. Book without a name, or ask reception"),
    "offline": N_("The directory cannot be reached. Book without a name, or try again"),
    "denied": N_("This panel may not search the directory. Book without a name"),
}


@dataclass(frozen=True, slots=True)
class Material:
    """What the sheets are made from, besides the page."""

    state: RoomState
    schedule: Schedule | None
    hours: HoursSection
    gaps: tuple[Gap, ...] = ()
    offers: tuple[Offer, ...] = ()
    """For a Booking page: the lengths from its start. For an Extend page: the new ends."""
    by_name: bool = False
    may_release: bool = False
    may_end: bool = False
    may_cancel: bool = False
    admin: AdminFacts | None = None


def sheet(page: Page | None, material: Material, words: Words) -> Sheet | None:
    """The sheet for `page`; None for the home view."""
    match page:
        case Booking():
            return _booking(page, material, words)
        case PersonSearch():
            return _search(page, words)
        case Day():
            return _day(page, material, words)
        case MeetingDetail():
            return _meeting(page, material, words)
        case Extend():
            return _extend(material, words)
        case Confirm():
            return _confirm(page, material, words)
        case Working():
            return WorkingSheet(words.t(WORKING.get(page.deed, N_("One moment"))))
        case Ended():
            return endings.result_sheet(page.outcome, material.state.now, words)
        case _:
            return _service_sheet(page, material, words)


def _service_sheet(page: Page | None, material: Material, words: Words) -> Sheet | None:
    match page:
        case Rooms():
            return _rooms(page, material.state.now, words)
        case Fault():
            return _fault(page, words)
        case SignIn():
            return _sign_in(page, material.state, words)
        case Pin():
            return _pin(page, words)
        case Admin() if material.admin:
            return admin_sheet(page.page, material.admin, material.state.now, words)
        case _:
            return None


def close_button(words: Words) -> ButtonView:
    """Leaves the sheet."""
    return ButtonView(Action(Verb.CLOSE), words.t("Close"))


def back_button(words: Words) -> ButtonView:
    """One page back."""
    return ButtonView(Action(Verb.BACK), words.t("Back"))


def _booking(page: Booking, material: Material, words: Words) -> ChoicesSheet:
    start = page.start or material.state.now
    title = (
        words.t("Book from {time}", time=words.moment(start, material.state.now)) if page.start else words.t("Book now")
    )
    buttons = tuple(offer_button(offer, material.state.now, words, style=Style.PRIMARY) for offer in material.offers)
    text = "" if buttons else _no_offers(material.state, words)
    return ChoicesSheet(title, text, buttons, extra=_whose(page, words) if material.by_name else ())


def _no_offers(state: RoomState, words: Words) -> str:
    if state.doubt is Doubt.RECHECKING:
        return words.t("Reading the calendar")
    return words.t("This time is not free any more.")


def _whose(page: Booking, words: Words) -> tuple[ButtonView, ...]:
    if page.person is None:
        return (
            ButtonView(Action(Verb.AS_PERSON), words.t("Book in a name"), words.t("the person gets an invitation")),
        )
    name = page.shown or shielded(page.person, "")
    return (
        ButtonView(Action(Verb.AS_PERSON), name, words.t("booked for {name}", name=name), Style.PRIMARY),
        ButtonView(Action(Verb.NO_PERSON), words.t("Without a name")),
    )


def _search(page: PersonSearch, words: Words) -> SearchSheet:
    rows = tuple(
        RowView(Action(Verb.PICK_PERSON, str(number)), shielded(person, page.text), person.department)
        for number, person in enumerate(page.hits)
    )
    message = words.t(SEARCH_MESSAGES[page.message]) if page.message else ""
    return SearchSheet(
        title=words.t("Who is the room for?"),
        prompt=words.t("First name and last name"),
        text=page.text,
        rows=rows,
        message=message,
        language=words.language,
        buttons=(back_button(words),),
        busy=page.busy,
    )


def _day(page: Day, material: Material, words: Words) -> DaySheet | None:
    if material.schedule is None:
        return None
    today = material.state.now.astimezone(words.zone).date()
    day = today + timedelta(days=page.offset)
    shown = day_timeline(material.state, material.schedule, day, material.gaps, material.hours, words)
    tabs = tuple(
        ButtonView(
            Action(Verb.OPEN_DAY, str(number)), label, style=Style.PRIMARY if number == page.offset else Style.QUIET
        )
        for number, label in enumerate((words.t("Today"), words.t("Tomorrow")))
    )
    return DaySheet(words.t("Touch a free time to book it"), shown, tabs, (close_button(words),))


def _meeting(page: MeetingDetail, material: Material, words: Words) -> ChoicesSheet | None:
    meeting = _find(page.key, material)
    if meeting is None:
        return None
    buttons: list[ButtonView] = []
    if material.may_cancel:
        action = Action(Verb.CANCEL_BOOKING, meeting.key)
        buttons.append(ButtonView(action, words.t("Cancel booking"), words.t("asks first"), Style.DANGER))
    if material.may_end:
        buttons.append(ButtonView(Action(Verb.END, meeting.key), words.t("End now"), words.t("asks first")))
    elif material.may_release:
        detail = words.t("asks first · can be undone")
        buttons.append(ButtonView(Action(Verb.RELEASE, meeting.key), words.t("Release"), detail))
    buttons.append(close_button(words))
    return ChoicesSheet(words.title(meeting), meeting_line(meeting, material.state.now, words), tuple(buttons))


def meeting_line(meeting: Meeting, now: datetime, words: Words) -> str:
    """Jesper Friis · 13:00 – 14:30"""
    span = words.t("all day") if meeting.all_day else words.span(meeting.start, meeting.end, now)
    return " · ".join(part for part in (words.organizer(meeting), span) if part)


def _find(key: str, material: Material) -> Meeting | None:
    meetings = material.schedule.meetings if material.schedule else ()
    return next((meeting for meeting in meetings if meeting.key == key), None)


def _extend(material: Material, words: Words) -> ChoicesSheet:
    now, current = material.state.now, material.state.current
    buttons = tuple(extension_button(offer, now, words) for offer in material.offers)
    if not buttons:
        text = words.t("The meeting cannot be extended any further.")
    elif current and not current.own:
        text = words.t("The extra time is a booking of its own right after the meeting.")
    else:
        text = ""
    return ChoicesSheet(words.t("Extend the meeting"), text, buttons)


QUESTIONS = {
    Deed.END: (N_("End the meeting now?"), N_("The room is free for others at once."), N_("End now")),
    Deed.RELEASE: (
        N_("Release the room?"),
        N_("The organizer is told that nobody came. You can undo it for a few seconds."),
        N_("Release"),
    ),
    Deed.CANCEL: (N_("Cancel this booking?"), N_("The time is free for others at once."), N_("Cancel booking")),
}
END_OTHERS = N_("Only the room's copy ends: the organizer's own calendar does not change.")


def _confirm(page: Confirm, material: Material, words: Words) -> ChoicesSheet | None:
    meeting = _find(page.key, material)
    if meeting is None or page.deed not in QUESTIONS:
        return None
    question, text, yes = QUESTIONS[page.deed]
    if page.deed is Deed.END and not _made_here(meeting, material.state.now):
        text = END_OTHERS
    if page.deed is Deed.RELEASE and _made_here(meeting, material.state.now):
        text = QUESTIONS[Deed.END][1]
    line = f"{words.title(meeting)} · {meeting_line(meeting, material.state.now, words)}"
    buttons = (
        ButtonView(Action(Verb.CONFIRM), words.t(yes), style=Style.DANGER),
        ButtonView(Action(Verb.CLOSE), words.t("No, go back"), style=Style.SECONDARY),
    )
    return ChoicesSheet(words.t(question), f"{line}\n{words.t(text)}", buttons, columns=2)


def _made_here(meeting: Meeting, now: datetime) -> bool:
    """What is left of it was booked at the room."""
    return all(part.is_organizer for part in meeting.parts if part.end > now)


def _rooms(page: Rooms, now: datetime, words: Words) -> ListSheet:
    if page.rooms is None:
        text = (
            words.t("The other rooms cannot be asked right now.")
            if page.failed
            else words.t("Asking the other rooms …")
        )
        return ListSheet(words.t("Other free rooms"), text, (), (close_button(words),))
    rows = tuple(_room_row(room, now, words) for room in page.rooms if _still_free(room, now))
    empty = words.t("No other room is free right now.")
    return ListSheet(words.t("Other free rooms"), "", rows, (close_button(words),), empty=empty)


def _still_free(room: FreeRoom, now: datetime) -> bool:
    """The list stands on the glass for a while; a room whose free time has passed leaves it."""
    return room.free and (room.free_until is None or room.free_until > now)


def _room_row(room: FreeRoom, now: datetime, words: Words) -> RowView:
    mark = words.t("free until {time}", time=words.moment(room.free_until, now)) if room.free_until else words.t("free")
    return RowView(None, room.name, room.detail, mark, Tone.FREE)


def _fault(page: Fault, words: Words) -> ChoicesSheet:
    if not page.kind:
        buttons = tuple(
            ButtonView(Action(Verb.FAULT_KIND, kind), words.t(label)) for kind, (label, _) in FAULTS.items()
        )
        return ChoicesSheet(words.t("What is wrong?"), "", buttons, (close_button(words),), columns=4)
    label, texts = FAULTS[page.kind]
    choices = tuple(
        ButtonView(Action(Verb.FAULT_SEND, str(number)), words.t(text), style=Style.PRIMARY)
        for number, text in enumerate(texts)
    )
    text = words.t("One touch sends the report to the people who look after the room.")
    return ChoicesSheet(words.t(label), text, choices, (back_button(words),), columns=2)


def _sign_in(page: SignIn, state: RoomState, words: Words) -> SignInSheet:
    title = words.t("Sign the panel in")
    if page.problem:
        text = words.t(page.problem, **dict(page.values))
        again = ButtonView(Action(Verb.SIGN_IN), words.t("New code"), style=Style.PRIMARY)
        return SignInSheet(title, text, "", "", "", (again, close_button(words)))
    if not page.code:
        return SignInSheet(title, words.t("Asking Microsoft 365 for a code …"), "", "", "", (close_button(words),))
    expires = ""
    if page.expires_at and state.clock_known:
        expires = words.t("valid until {time}", time=words.moment(page.expires_at, state.now))
    text = words.t("Open this address on another device, type the code, and sign in with the panel's account.")
    return SignInSheet(title, text, page.address, page.code, expires, (close_button(words),))


def _pin(page: Pin, words: Words) -> PinSheet:
    title = words.t("Admin PIN")
    if page.locked_s:
        left = words.duration(timedelta(seconds=page.locked_s))
        return PinSheet(title, words.t("Too many wrong PINs. Locked for {left}.", left=left), 0, locked=True)
    message = words.t("Wrong PIN") if page.wrong else words.t("Six digits")
    return PinSheet(title, message, len(page.digits))
