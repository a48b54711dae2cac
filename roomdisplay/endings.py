"""Every outcome has its screen: this is the table of their words. Pure."""

from __future__ import annotations

from datetime import datetime

from common.i18n import N_
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.view import Action, ButtonView, Result, ResultSheet, Style, Verb
from roomdisplay.words import Words

DONE = {
    Deed.BOOK: (N_("Booked"), N_("The room is yours {span}.")),
    Deed.EXTEND: (N_("Extended"), N_("The room is yours until {until}.")),
    Deed.END: (N_("Meeting ended"), N_("The room is free.")),
    Deed.RELEASE: (N_("Released"), N_("The room is free. The organizer has been told.")),
    Deed.CANCEL: (N_("Booking cancelled"), N_("The time is free again.")),
    Deed.CHECK_IN: (N_("Checked in"), N_("Have a good meeting.")),
    Deed.FAULT: (N_("Thank you"), N_("The report has been sent to the people who look after the room.")),
    Deed.READ: (N_("Up to date"), N_("The calendar has just been read.")),
}
NOT_DONE = {
    Ending.UNDONE: (N_("Undone"), N_("The meeting keeps the room.")),
    Ending.TAKEN: (
        N_("Somebody was faster"),
        N_("The room was booked at {time} by somebody else. Nothing was booked for you."),
    ),
    Ending.TAKEN_NOT_REMOVED: (
        N_("Somebody was faster"),
        N_("The room is booked twice for a moment. The panel takes your booking away as soon as it can."),
    ),
    Ending.CHANGED: (N_("The meeting has changed"), N_("Somebody moved or cancelled it just now. Nothing was done.")),
    Ending.NO_LONGER: (N_("No longer free"), N_("The calendar changed just now. Nothing was booked.")),
    Ending.OFFLINE: (N_("No connection to the calendar"), N_("Nothing was changed. Please try again in a moment.")),
    Ending.UNCERTAIN: (
        N_("Not certain yet"),
        N_("The connection broke in the middle. The panel goes on asking and shows here how it ended."),
    ),
    Ending.BUSY: (N_("Microsoft 365 is busy"), N_("Nothing was changed. Please try again in a moment.")),
    Ending.DENIED: (N_("Not allowed"), N_("The panel's account may not do this. IT can see the reason in the log.")),
    Ending.SIGN_IN: (N_("The panel is signed out"), N_("Nothing was changed. IT must sign the panel in again.")),
    Ending.FAILED: (N_("That did not work"), N_("Microsoft 365 refused. Nothing was changed. Code {code}.")),
}
RELEASED_OWN = N_("The room is free. The booking has been deleted.")
UNCERTAIN_CHANGE = N_("The connection broke in the middle. In a moment the panel shows whether it worked.")
"""Only a booking is finished later by itself; any other change shows in the calendar, or is to be made again."""

UNCERTAIN = (Ending.UNCERTAIN, Ending.TAKEN_NOT_REMOVED)


def result_sheet(outcome: Outcome, now: datetime, words: Words) -> ResultSheet:
    """The screen that says how it ended."""
    title, text = DONE[outcome.deed] if outcome.ending is Ending.DONE else NOT_DONE[outcome.ending]
    if outcome.ending is Ending.UNCERTAIN and outcome.deed is not Deed.BOOK:
        text = UNCERTAIN_CHANGE
    elif outcome.ending is Ending.DONE and outcome.deed is Deed.RELEASE and outcome.own:
        text = RELEASED_OWN
    return ResultSheet(
        _result(outcome), words.t(title), words.t(text, **_values(outcome, now, words)), _ways_on(outcome, words)
    )


def _result(outcome: Outcome) -> Result:
    if outcome.done:
        return Result.DONE
    return Result.UNCERTAIN if outcome.ending in UNCERTAIN else Result.REFUSED


def _values(outcome: Outcome, now: datetime, words: Words) -> dict[str, str]:
    until = words.moment(outcome.until, now) if outcome.until else ""
    span = words.t("until {time}", time=until)
    if outcome.start and outcome.until and outcome.start > now:
        span = words.span(outcome.start, outcome.until, now)
    winner = words.moment(outcome.winner_start, now) if outcome.winner_start else words.time(now)
    return {"until": until, "span": span, "time": winner, "code": outcome.code or "?"}


def _ways_on(outcome: Outcome, words: Words) -> tuple[ButtonView, ...]:
    close = ButtonView(Action(Verb.CLOSE), words.t("Close"), style=Style.PRIMARY)
    if outcome.deed is Deed.BOOK and outcome.ending in (Ending.TAKEN, Ending.NO_LONGER):
        return (close, ButtonView(Action(Verb.OPEN_ROOMS), words.t("Other room")))
    return (close,)
