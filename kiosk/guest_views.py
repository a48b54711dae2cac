"""The pages of a guest who signs in: at rest, types, host, who are you, house rules, the invited one. Pure."""

from __future__ import annotations

from common.i18n import N_
from common.visiting.typed import is_drawable
from drivers.printers.status import Trouble
from kiosk.events import SearchProblem
from kiosk.fields import EMAIL, NAME, PHONE, Field, fields_of
from kiosk.model import HostHit, HostPresence
from kiosk.page_parts import Facts, back, button, cancel, one_stop, primary, privacy_line, sentences
from kiosk.pages import Delivery, Details, Expected, FieldError, HostSearch, Rules, StillIn
from kiosk.setup import text_in
from kiosk.sitting import may_begin
from kiosk.states import FlowState
from kiosk.view import (
    Action,
    ButtonView,
    ChoiceView,
    FieldKind,
    FieldView,
    FormView,
    HostsView,
    Icon,
    MessageView,
    PresenceTone,
    RowView,
    RulesView,
    Sign,
    TileView,
    Verb,
    WelcomeView,
)
from kiosk.walk_in import may_add
from kiosk.words import Words

SEARCH_PROBLEMS = {
    SearchProblem.TOO_SHORT: N_("Type at least three letters of the name"),
    SearchProblem.NONE: N_("Nobody found. Check the spelling"),
    SearchProblem.TOO_MANY: N_("Too many have that name. Type more of it"),
    SearchProblem.BUDGET: N_("That was enough searching for now. Please ask reception"),
    SearchProblem.OFFLINE: N_("The list of hosts cannot be searched right now. Please ask reception"),
}
PRESENCE = {
    HostPresence.AVAILABLE: (PresenceTone.AVAILABLE, N_("Available")),
    HostPresence.BUSY: (PresenceTone.BUSY, N_("Not available")),
    HostPresence.AWAY: (PresenceTone.AWAY, N_("Away")),
}
FIELD_ERRORS = {
    FieldError.MISSING: N_("Please fill this in"),
    FieldError.CONTACT: N_("We need your e-mail or your phone"),
    FieldError.NAME: N_("Only letters, spaces, hyphens and apostrophes"),
    FieldError.LATIN: N_("Please write it in Latin letters"),
    FieldError.EMAIL: N_("This is not an e-mail address yet"),
    FieldError.PHONE: N_("This is not a phone number yet"),
}
LABELS = {NAME: N_("Name"), EMAIL: N_("E-mail"), PHONE: N_("Phone")}
PLACEHOLDERS = {EMAIL: N_("name@company.com"), PHONE: N_("+45")}


def welcome(state: FlowState, facts: Facts, words: Words) -> WelcomeView:
    """At rest."""
    t, flow = words.t, facts.setup.flow
    tiles: list[TileView] = []
    if flow.walk_in and may_begin(state):
        detail = t("Host, name, done – in under a minute")
        tiles.append(TileView(Action(Verb.VISIT), Icon.ENTER, t("I am visiting"), detail, primary=True))
    if may_begin(state):
        detail = t("Hold the invitation in front of the reader")
        tiles.append(TileView(Action(Verb.SCAN), Icon.QR, t("I have a QR code"), detail, primary=not flow.walk_in))
    tiles.append(TileView(Action(Verb.LEAVE), Icon.LEAVE, t("I am leaving"), t("With your badge or your name")))
    if flow.delivery:
        tiles.append(TileView(Action(Verb.DELIVERY), Icon.PACKAGE, t("I have a delivery"), t("We call the recipient")))
    clock = words.clock(facts.now) if state.health.clock_sure else ""
    text = t("Sign in here, and we will tell your host.")
    return WelcomeView(
        t("Welcome"), text, tuple(tiles), _rest_privacy(facts, words), clock, notice(state, facts, words)
    )


def _rest_privacy(facts: Facts, words: Words) -> ButtonView:
    days = facts.setup.register.retention_days
    label = words.n(
        "Your details are deleted after {count} day · Read more",
        "Your details are deleted after {count} days · Read more",
        days,
    )
    return ButtonView(Action(Verb.PRIVACY), label, speech=words.t("Read the privacy notice"))


def notice(state: FlowState, facts: Facts, words: Words) -> str:
    """What is out of order, in words that say what a guest can do; the two that matter most."""
    health, reception = state.health, facts.setup.reception
    found = []
    if not may_begin(state) or not health.register:
        found.append(words.t("Signing in does not work right now. Please go to reception."))
    if not health.network:
        found.append(words.t("No network: we tell your host as soon as we can."))
        if reception.phone:
            found.append(words.t("You can also call {phone}.", phone=reception.phone))
    if health.printer not in (None, Trouble.NO_PRINTER):
        found.append(words.t("The badge printer is out of order. You get a badge at reception."))
    if not health.clock_sure:
        found.append(words.t("The kiosk does not know the time yet. Invitations may have to wait."))
    if health.directory_old:
        found.append(words.t("The list of hosts is more than a day old. If yours is missing, ask reception."))
    return " ".join(found[:2])


def types(facts: Facts, words: Words) -> ChoiceView:
    """Which kind of visitor."""
    tiles = tuple(
        TileView(Action(Verb.VISIT, kind.key), Icon.PERSON, text_in(kind.title, words.language))
        for kind in facts.setup.types
    )
    return ChoiceView(words.t("What kind of visit is it?"), "", tiles, (back(words),))


def hosts(page: HostSearch, words: Words) -> HostsView:
    """Whom do you visit, or for whom is the delivery."""
    t = words.t
    delivery = page.draft is None
    field = FieldView("host", t("Name of your host"), page.text, FieldKind.NAME, t("First name and last name"))
    not_listed = t("Call reception instead") if delivery else t("My host is not on the list")
    return HostsView(
        title=t("Who is it for?") if delivery else t("Whom are you visiting?"),
        field=field,
        rows=tuple(_hit(index, hit, words) for index, hit in enumerate(page.hits)),
        message=t(SEARCH_PROBLEMS[page.problem]) if page.problem else "",
        next=primary(Verb.NEXT, t("Next"), enabled=len(page.hits) == 1),
        buttons=(button(Verb.HOST_NOT_LISTED, not_listed), back(words)),
        busy=page.busy_s is not None,
    )


def _hit(index: int, hit: HostHit, words: Words) -> RowView:
    tone, word = PRESENCE.get(hit.presence, (PresenceTone.NONE, ""))
    action = Action(Verb.PICK_HOST, str(index))
    note = words.t(word) if word else ""
    photo = hit.photo if hit.whole_name else None
    return RowView(action, hit.shown_name, hit.department, note, tone, initials(hit.shown_name), photo=photo)


def initials(name: str) -> str:
    """JF for Jesper F."""
    parts = [part for part in name.split() if part[0].isalpha()]
    return "".join(part[0].upper() for part in (parts if len(parts) < 2 else (parts[0], parts[-1])))


def details(page: Details, facts: Facts, words: Words) -> FormView:
    """Who are you: a guest, or the next of a group."""
    t, kind = words.t, facts.setup.type(page.draft.type)
    group = bool(page.draft.guests)
    fields = tuple(_field(one, page, words, contact=kind.contact) for one in fields_of(kind))
    buttons = (button(Verb.ADD_GUEST, t("Add another guest")),) if may_add(page, facts.setup) else ()
    text = t("We need your e-mail or your phone") if kind.contact else ""
    if page.draft.first is not None:
        text = t("This screen and your badge cannot draw your name. Please write it in Latin letters.")
    return FormView(
        title=t("Who is the next guest?") if group else t("Who are you?"),
        fields=fields,
        focused=page.focused,
        next=primary(Verb.NEXT, t("Next")),
        text=text,
        note=privacy_line(facts, words),
        buttons=(*buttons, back(words)),
        rows=tuple(
            RowView(Action(Verb.REMOVE_GUEST, str(index)), guest.name, note=t("Remove"), initials=initials(guest.name))
            for index, guest in enumerate(page.draft.guests)
        ),
    )


def _field(one: Field, page: Details, words: Words, *, contact: bool) -> FieldView:
    error = dict(page.errors).get(one.key)
    either = contact and one.key in (EMAIL, PHONE)
    return FieldView(
        key=one.key,
        label=text_in(one.label, words.language) if one.label else words.t(LABELS[one.key]),
        text=page.text(one.key),
        kind=one.kind,
        placeholder=words.t(PLACEHOLDERS[one.key]) if one.key in PLACEHOLDERS else "",
        optional="" if one.required or either else words.t("(optional)"),
        error=words.t(FIELD_ERRORS[error]) if error else "",
    )


def rules(page: Rules, facts: Facts, words: Words) -> RulesView:
    """House rules; of a group each signs in turn."""
    t, guests = words.t, page.draft.guests
    paragraphs = facts.setup.house_rules(words.language)
    if not page.sign:
        return RulesView(t("House rules"), paragraphs, primary(Verb.ACCEPT, t("I accept")), buttons=(back(words),))
    title = t("House rules: {name} signs", name=guests[len(page.signed)].name) if len(guests) > 1 else t("House rules")
    buttons = (
        button(Verb.CLEAR_SIGNATURE, t("Clear"), enabled=bool(page.strokes)),
        button(Verb.ACCEPT, t("Accept without drawing"), "tap"),
        back(words),
    )
    accept = primary(Verb.ACCEPT, t("I accept"), enabled=bool(page.strokes))
    return RulesView(title, paragraphs, accept, sign=True, strokes=page.strokes, buttons=buttons)


def expected(page: Expected, facts: Facts, words: Words) -> RulesView | MessageView:
    """One tap from the end; it accepts the house rules that stand on the same page."""
    t, invitation = words.t, page.invitation
    first = invitation.guest.first_name if invitation.guest else ""
    title = t("Welcome, {name}", name=first) if first and is_drawable(first, facts.drawable) else t("Welcome")
    host = invitation.host.name if invitation.host else ""
    visiting = one_stop(t("You are visiting {host}.", host=host)) if host else ""
    buttons = (privacy_line(facts, words), cancel(words))
    if facts.setup.asks_rules(facts.setup.type(invitation.type).key) == "accept":
        accept = primary(Verb.ACCEPT, t("I am here and accept the house rules"))
        house = facts.setup.house_rules(words.language)
        return RulesView(title, (visiting, *house) if visiting else house, accept, buttons=buttons)
    text = sentences(visiting, t("Is that you?"))
    return MessageView(title, text, Sign.GOOD, buttons=(primary(Verb.NEXT, t("I am here")), *buttons))


def still_in(page: StillIn, words: Words) -> MessageView:
    """The invitation was used, and its guest is in the building."""
    yes = primary(Verb.LEAVE, words.t("Sign me out"))
    no = button(Verb.HOME, words.t("No, I am staying"))
    text = words.t("Are you leaving now?")
    return MessageView(words.t("You are signed in already"), text, Sign.GOOD, buttons=(yes, no))


def delivery(page: Delivery, facts: Facts, words: Words) -> ChoiceView:
    """Reception, or a person."""
    t = words.t
    tiles = (
        TileView(
            Action(Verb.PICK, "0"), Icon.HELP, t("Call reception"), t("Somebody comes and takes it"), primary=True
        ),
        TileView(Action(Verb.PICK, "1"), Icon.PERSON, t("Call a person"), t("For a delivery with a name on it")),
    )
    return ChoiceView(t("Who should come for the delivery?"), "", tiles, (back(words),))
