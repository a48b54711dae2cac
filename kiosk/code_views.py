"""The pages around codes and leaving: scanning, typing a code, of no use, signing out. Pure."""

from __future__ import annotations

from common.i18n import N_
from common.visiting.codes import CODE_LENGTH
from kiosk.events import Refusal
from kiosk.page_parts import Facts, back, button, call_line, primary, sentences
from kiosk.pages import CodeRefused, Goodbye, Leaving, Scan, TypeCode, Welcome
from kiosk.sitting import may_begin
from kiosk.states import FlowState
from kiosk.view import CodeView, DoneView, FieldKind, FieldView, FormView, MessageView, Sign, Verb
from kiosk.words import Words

REFUSALS = {
    Refusal.NOT_OURS: (N_("This is not one of our codes"), N_("Look for the code in your invitation from us.")),
    Refusal.FORGED: (N_("This code is not valid"), N_("Please sign in without a code, or ask reception.")),
    Refusal.TOO_EARLY: (N_("Your invitation is for later"), N_("Please come back then, or ask reception.")),
    Refusal.EXPIRED: (N_("Your invitation has expired"), N_("Please sign in without a code, or ask reception.")),
    Refusal.REVOKED: (N_("Your invitation was withdrawn"), N_("Please ask your host or reception.")),
    Refusal.USED: (N_("This invitation was used already"), N_("Please sign in without a code, or ask reception.")),
    Refusal.BADGE_OVER: (N_("This badge is not valid any more"), N_("If you are leaving, you need do nothing else.")),
    Refusal.CLOCK_UNSURE: (
        N_("The kiosk does not know the time yet"),
        N_("So it cannot check codes. Please sign in without a code, or ask reception."),
    ),
    Refusal.UNKNOWN_CODE: (N_("We do not know this code"), N_("Check it and try again, or sign in without a code.")),
    Refusal.TOO_MANY_TRIES: (N_("Too many tries"), N_("Wait a minute, or sign in without a code.")),
    Refusal.FAILED: (N_("The code could not be checked"), N_("Please try again, or ask reception.")),
}


def scan(words: Words) -> CodeView:
    """Waiting for the scanner."""
    t = words.t
    text = t("The code is in your invitation, on your phone or on paper.")
    buttons = (button(Verb.CODE, t("Type the code instead")), back(words))
    return CodeView(t("Hold your code in front of the reader"), text, None, buttons=buttons)


def type_code(page: TypeCode, words: Words) -> CodeView:
    """Eight characters."""
    t = words.t
    message = sentences(*(f"{t(part).rstrip('.')}." for part in REFUSALS[page.refusal])) if page.refusal else ""
    return CodeView(
        title=t("Type the code from your invitation"),
        text=t("Eight letters and digits"),
        field=FieldView("code", t("Code"), page.text, FieldKind.CODE),
        next=primary(Verb.NEXT, t("Next"), enabled=len(page.text) == CODE_LENGTH),
        buttons=(back(words),),
        message=message,
    )


def refused(page: CodeRefused, state: FlowState, facts: Facts, words: Words) -> MessageView:
    """What to do with a code that is of no use."""
    title, text = REFUSALS[page.refusal]
    buttons = [primary(Verb.BACK, words.t("OK"))]
    if isinstance(page.then, Welcome | Scan | TypeCode):
        buttons.append(button(Verb.CODE, words.t("Type the code instead")))
        if facts.setup.flow.walk_in and may_begin(state):
            buttons.append(button(Verb.VISIT, words.t("Sign in without a code")))
    help_line = call_line(facts.setup, words) if page.refusal is Refusal.FAILED else ""
    return MessageView(
        words.t(title), sentences(words.t(page.hint or text), help_line), sign=Sign.CAUTION, buttons=tuple(buttons)
    )


def leaving(page: Leaving, words: Words) -> FormView:
    """A badge, or a name and a second factor."""
    t = words.t
    missing = t("Please fill this in") if page.missing else ""
    fields = (
        FieldView(
            "name", t("Your full name"), page.name, FieldKind.NAME, error=missing if page.focused == "name" else ""
        ),
        FieldView(
            "factor",
            t("Last two digits of your phone, or your host's name"),
            page.factor,
            FieldKind.TEXT,
            error=missing if page.focused == "factor" else "",
        ),
    )
    text = t("Or type your name, if you have no badge.")
    if page.too_many:
        text = t("Too many tries. Please wait a minute, or go to reception.")
    return FormView(
        title=t("Hold your badge in front of the reader"),
        fields=fields,
        focused=page.focused,
        next=primary(Verb.NEXT, t("Sign me out")),
        text=text,
        buttons=(back(words),),
    )


def goodbye(page: Goodbye, facts: Facts, words: Words) -> DoneView:
    """By name the same words for everybody, whether or not there was a match."""
    t = words.t
    if page.failed:
        lines: tuple[str, ...] = (t("Please tell reception that you are leaving."), t("The kiosk could not note it."))
    elif page.by_name:
        lines = (
            t("If we found your visit, you are signed out now."),
            t("If you are not sure, please tell reception that you are leaving."),
        )
    else:
        lines = (t("You are signed out."), t("Thank you for your visit."))
    left_s = max(0.0, page.until_s - facts.now_s)
    return DoneView(
        title=t("Goodbye"),
        lines=lines,
        countdown=countdown(left_s, words),
        remaining=min(1.0, left_s / page.length_s),
        buttons=(primary(Verb.HOME, t("Done")),),
    )


def countdown(left_s: float, words: Words) -> str:
    """Skærmen ryddes om 8 sekunder"""
    return words.n(
        "The screen is cleared in {count} second", "The screen is cleared in {count} seconds", -int(-left_s // 1)
    )
