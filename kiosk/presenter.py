"""From the flow's state to what is on the glass: finished words in the guest's language. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk import code_views, done_views, guest_views, pages, reception_views
from kiosk.idle import left_s
from kiosk.page_parts import LANGUAGES, Facts, back, button, primary, steps, waiting
from kiosk.pages import Page
from kiosk.privacy_notice import paragraphs
from kiosk.sitting import BehindPin
from kiosk.spoken import spoken
from kiosk.states import FlowState
from kiosk.view import (
    Action,
    AsleepView,
    ButtonView,
    HeaderView,
    KioskView,
    ListView,
    RowView,
    StillThereView,
    Style,
    TextView,
    Verb,
)
from kiosk.view import Page as PageView
from kiosk.words import Words

__all__ = ["Facts", "present", "present_in"]


def present_in(by_language: Mapping[str, Words], state: FlowState, facts: Facts) -> KioskView:
    """`present` in the language of the state."""
    return present(state, facts, by_language[state.language])


def present(state: FlowState, facts: Facts, words: Words) -> KioskView:
    """All that is on the glass."""
    page = _page(state, facts, words)
    over = _still_there(state, facts, words)
    return KioskView(
        header=_header(state, facts, words),
        page=page,
        steps=steps(state.page, facts.setup),
        still_there=over,
        large_text=state.aids.large_text,
        high_contrast=state.aids.high_contrast,
        low_reach=state.aids.low_reach,
        identify=facts.identify,
        brightness=facts.brightness,
        spoken=spoken(page, over, words) if state.aids.speech else "",
        asleep=AsleepView(words.time(facts.now), words.t("Touch the screen to begin")) if facts.asleep else None,
    )


def _header(state: FlowState, facts: Facts, words: Words) -> HeaderView:
    site = facts.setup.site
    guest = not isinstance(state.page, BehindPin)
    calls = guest and not state.evacuation
    languages = tuple(
        ButtonView(
            Action(Verb.LANGUAGE, code),
            LANGUAGES[code],
            Style.PRIMARY if code == state.language else Style.QUIET,
            speech=LANGUAGES[code],
        )
        for code in site.languages
    )
    call = ButtonView(Action(Verb.HELP), words.t("Help"), speech=words.t("Help: calls reception"))
    return HeaderView(
        site=site.name,
        logo_file=site.logo_file,
        help=call if calls else None,
        aids=button(Verb.ACCESSIBILITY, words.t("Accessibility"), style=Style.QUIET) if guest else None,
        languages=languages,
        language=state.language,
    )


def _still_there(state: FlowState, facts: Facts, words: Words) -> StillThereView | None:
    if state.asked_s is None:
        return None
    left = max(0.0, left_s(state, facts.setup, facts.now_s))
    seconds = -int(-left // 1)
    return StillThereView(
        title=words.t("Are you still there?"),
        text=code_views.countdown(left, words),
        seconds=seconds,
        remaining=min(1.0, left / facts.setup.flow.still_there_s),
        more=primary(Verb.MORE_TIME, words.t("More time")),
        leave=button(Verb.HOME, words.t("I am finished")),
    )


def _page(state: FlowState, facts: Facts, words: Words) -> PageView:
    match state.page:
        case pages.Welcome():
            return guest_views.welcome(state, facts, words)
        case pages.Types():
            return guest_views.types(facts, words)
        case pages.HostSearch() as page:
            return guest_views.hosts(page, words)
        case pages.Details() as page:
            return guest_views.details(page, facts, words)
        case pages.Rules() as page:
            return guest_views.rules(page, facts, words)
        case pages.Expected() as page:
            return guest_views.expected(page, facts, words)
        case pages.StillIn() as page:
            return guest_views.still_in(page, words)
        case pages.Delivery() as page:
            return guest_views.delivery(page, facts, words)
        case pages.Done() as page:
            return done_views.done(page, state.health, facts, words)
        case page:
            return _code_page(page, state, facts, words)


def _code_page(page: Page, state: FlowState, facts: Facts, words: Words) -> PageView:
    match page:
        case pages.Scan():
            return code_views.scan(words)
        case pages.TypeCode():
            return code_views.type_code(page, words)
        case pages.CodeRefused():
            return code_views.refused(page, state, facts, words)
        case pages.Leaving():
            return code_views.leaving(page, words)
        case pages.Goodbye():
            return code_views.goodbye(page, facts, words)
        case pages.Signing():
            return waiting(words.t("You are being signed in."), words)
        case pages.SigningOut():
            return waiting(words.t("You are being signed out."), words)
        case pages.Looking():
            return waiting(words.t("Your code is being read."), words)
        case _:
            return _other_page(page, state, facts, words)


def _other_page(page: Page, state: FlowState, facts: Facts, words: Words) -> PageView:
    match page:
        case pages.HelpCalled():
            return done_views.help_called(page, state.health, facts, words)
        case pages.Privacy():
            return TextView(words.t("Your details"), paragraphs(facts.setup, words), (back(words),))
        case pages.AidsPage():
            return _aids(state, facts, words)
        case pages.Pin():
            return reception_views.pin(page, facts, words)
        case pages.Admin():
            return reception_views.admin(page, state, facts, words)
        case pages.InBuilding():
            return reception_views.in_building(page, state, facts, words)
        case pages.Person():
            return reception_views.person(page, facts, words)
        case _:
            return reception_views.evacuating(words)


def _aids(state: FlowState, facts: Facts, words: Words) -> ListView:
    t, aids = words.t, state.aids
    switches = [
        (Verb.LARGE_TEXT, t("Large text"), aids.large_text),
        (Verb.HIGH_CONTRAST, t("High contrast"), aids.high_contrast),
        (Verb.LOW_REACH, t("Everything within low reach"), aids.low_reach),
    ]
    if facts.setup.accessibility.speech:
        switches.append((Verb.SPEECH, t("Read the screen aloud, in headphones"), aids.speech))
    rows = tuple(
        RowView(Action(verb), title, note=t("On") if on else t("Off"), selected=on) for verb, title, on in switches
    )
    again = (button(Verb.SPEAK_AGAIN, t("Say it again")),) if aids.speech else ()
    buttons = (primary(Verb.BACK, t("Done")), *again)
    return ListView(t("Accessibility"), t("Switched off again when you leave."), rows, buttons)
