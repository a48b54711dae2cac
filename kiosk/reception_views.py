"""The pages behind the PIN, and what everybody sees in an evacuation. Pure."""

from __future__ import annotations

from kiosk.behind_pin import BUILDING
from kiosk.events import Health, OnSite
from kiosk.guest_views import initials
from kiosk.page_parts import Facts, back, button, primary
from kiosk.pages import Admin, InBuilding, Person, Pin
from kiosk.print_words import REASONS
from kiosk.setup import text_in
from kiosk.states import FlowState
from kiosk.view import Action, ButtonView, ListView, MessageView, PinView, RowView, Sign, Style, Verb
from kiosk.words import Words


def pin(page: Pin, facts: Facts, words: Words) -> PinView:
    """Six digits."""
    left_s = page.locked_until_s - facts.now_s
    if left_s > 0:
        message = words.n("Locked for {count} second", "Locked for {count} seconds", -int(-left_s // 1))
    else:
        message = words.t("Wrong PIN") if page.wrong else words.t("Six digits")
    return PinView(words.t("Admin PIN"), message, len(page.digits), locked=left_s > 0)


def admin(page: Admin, state: FlowState, facts: Facts, words: Words) -> ListView:
    """Status or log."""
    t = words.t
    log = tuple(RowView(None, line) for line in facts.admin.log)
    rows = log if page.page == "log" else _status(state, facts, words)
    switch = ("status", t("Status")) if page.page == "log" else ("log", t("Log"))
    buttons = (
        primary(Verb.ADMIN_PAGE, t("Who is in the building"), BUILDING),
        button(Verb.ADMIN_PAGE, switch[1], switch[0]),
        _evacuation(state, words),
        back(words),
    )
    return ListView(t("Admin"), facts.admin.unit, rows, buttons, empty=t("none"))


def _evacuation(state: FlowState, words: Words) -> ButtonView:
    if state.evacuation:
        return button(Verb.EVACUATE, words.t("End the evacuation"), "off", style=Style.DANGER)
    return button(Verb.EVACUATE, words.t("Evacuation"), "on", style=Style.DANGER)


def _status(state: FlowState, facts: Facts, words: Words) -> tuple[RowView, ...]:
    t, known = words.t, facts.admin
    hosts_read = words.clock(known.hosts_read_at) if known.hosts_read_at else t("never")
    labels = "?" if known.labels_left is None else str(known.labels_left)
    signed_in = t("signed in") if known.signed_in else t("not signed in")
    account = " · ".join(part for part in (known.account, signed_in) if part)
    pairs = (
        (t("Version"), known.version),
        (t("Account"), account),
        (t("Network"), t("works") if state.health.network else t("does not answer")),
        (t("Network addresses"), ", ".join(known.addresses) or t("none")),
        (t("Badge printer"), _printer(state.health, words)),
        (t("Labels left"), labels),
        (t("List of hosts"), f"{known.hosts} · {hosts_read}"),
        (t("Messages that wait"), str(known.waiting_messages)),
        (t("Sign-ins not yet stored"), str(len(state.unsaved))),
        (t("In the building"), str(known.on_site)),
        (t("Clock"), t("synchronised") if state.health.clock_sure else t("not synchronised")),
        (t("Last error"), known.last_error or t("none")),
    )
    return tuple(RowView(None, title, value) for title, value in pairs)


def _printer(health: Health, words: Words) -> str:
    return words.t(REASONS[health.printer]) if health.printer else words.t("works")


def in_building(page: InBuilding, state: FlowState, facts: Facts, words: Words) -> ListView:
    """The list; in an evacuation each row is ticked off, else it opens the person."""
    t, people = words.t, page.people or ()
    found = sum(person.found for person in people)
    counted = words.n("{count} person", "{count} people", len(people))
    text = t("{found} of {count} found", found=found, count=len(people)) if state.evacuation else counted
    more = words.n(
        "And {count} person more, whose name cannot be read.",
        "And {count} people more, whose names cannot be read.",
        page.unreadable,
    )
    text = f"{text}. {more}" if page.unreadable else text if page.people is not None else ""
    rows = tuple(_person_row(index, person, state, facts, words) for index, person in enumerate(people))
    buttons = (primary(Verb.PRINT_LIST, t("Print the list")), _evacuation(state, words), back(words))
    empty = t("Nobody is signed in.") if page.people is not None else t("One moment")
    return ListView(t("Who is in the building"), text, rows, buttons, empty)


def _person_row(index: int, person: OnSite, state: FlowState, facts: Facts, words: Words) -> RowView:
    action = Action(Verb.TICK, person.visit_id) if state.evacuation else Action(Verb.PICK, str(index))
    note = words.t("signed out by the clock: nobody saw them leave") if person.assumed else ""
    if state.evacuation and person.found:
        note = words.t("found")
    detail = _facts_of(person, facts, words)
    return RowView(action, person.name, detail, note, initials=initials(person.name), marked=person.found)


def _facts_of(person: OnSite, facts: Facts, words: Words) -> str:
    kind = text_in(facts.setup.type(person.type).title, words.language)
    since = words.t("since {time}", time=words.time(person.in_at)) if person.in_at else ""
    return " · ".join(part for part in (kind, person.host, since) if part)


def person(page: Person, facts: Facts, words: Words) -> MessageView:
    """One of the list."""
    t, one = words.t, page.person
    label = t("Is being printed") if page.reprinted else t("Print the badge again")
    buttons = (
        button(Verb.REPRINT, label, one.visit_id, enabled=not page.reprinted),
        button(Verb.LEAVE, t("Has left"), one.visit_id),
        back(words),
    )
    return MessageView(one.name, _facts_of(one, facts, words), sign=Sign.GOOD, buttons=buttons)


def evacuating(words: Words) -> MessageView:
    """Nobody signs in now."""
    text = words.t("Leave the building and go to the assembly point. You cannot sign in now.")
    return MessageView(words.t("Evacuation"), text, sign=Sign.CAUTION, buttons=())
