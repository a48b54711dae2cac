"""Buttons and small pieces that many pages share. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from kiosk.admin_facts import AdminFacts
from kiosk.pages import Details, HostSearch, Page, Rules
from kiosk.setup import Setup
from kiosk.view import Action, ButtonView, MessageView, Sign, StepView, Style, Verb
from kiosk.words import Words

LANGUAGES = {"da": "Dansk", "en": "English", "es": "Español"}
"""Each in its own language: whoever needs it cannot read the others."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the screens say besides the flow's state. `now` is aware; `now_s` is of the flow's monotonic clock."""

    setup: Setup
    now: datetime
    now_s: float
    brightness: float = 1.0
    asleep: bool = False
    identify: str = ""
    drawable: frozenset[int] | None = field(default=None, repr=False)
    admin: AdminFacts = field(default_factory=AdminFacts)


def button(
    verb: Verb, label: str, value: str = "", *, style: Style = Style.SECONDARY, enabled: bool = True
) -> ButtonView:
    """A button that says what it does."""
    return ButtonView(Action(verb, value), label, style, enabled)


def primary(verb: Verb, label: str, value: str = "", *, enabled: bool = True) -> ButtonView:
    """The way on."""
    return button(verb, label, value, style=Style.PRIMARY, enabled=enabled)


def back(words: Words) -> ButtonView:
    """One page back."""
    return button(Verb.BACK, words.t("Back"), style=Style.QUIET)


def cancel(words: Words) -> ButtonView:
    """Home; what was typed is wiped."""
    return button(Verb.HOME, words.t("Cancel"), style=Style.QUIET)


def privacy_line(facts: Facts, words: Words) -> ButtonView:
    """Deleted after 14 days · Read more."""
    label = words.n(
        "Deleted after {count} day · Read more",
        "Deleted after {count} days · Read more",
        facts.setup.register.retention_days,
    )
    return ButtonView(Action(Verb.PRIVACY), label, Style.QUIET, speech=words.t("Read the privacy notice"))


def waiting(text: str, words: Words) -> MessageView:
    """Something takes a moment."""
    return MessageView(words.t("One moment"), text, Sign.WAIT, buttons=())


def reception_name(setup: Setup, words: Words, *, begins: bool = True) -> str:
    """As guests read it, where it begins a sentence or stands within one."""
    return setup.reception.name or (words.t("Reception") if begins else words.t("reception"))


def call_line(setup: Setup, words: Words) -> str:
    """The telephone number, where there is one."""
    phone = setup.reception.phone
    return words.t("You can also call {phone}.", phone=phone) if phone else ""


def sentences(*parts: str) -> str:
    """Those that say something, one after the other."""
    return " ".join(part for part in parts if part)


def one_stop(text: str) -> str:
    """A name may end with a full stop, and so does the sentence."""
    return f"{text.removesuffix('..')}." if text.endswith("..") else text


def steps(page: Page, setup: Setup) -> StepView | None:
    """Where a guest without an invitation is; the last page is a step too."""
    match page:
        case HostSearch(draft=draft) | Details(draft=draft) | Rules(draft=draft) if draft is not None:
            asks_host = setup.type(draft.type).host
            asks_rules = setup.asks_rules(draft.type) != "no"
            order = ([HostSearch] if asks_host else []) + [Details] + ([Rules] if asks_rules else [])
            done = order.index(type(page)) + 1 if type(page) in order else 1
            return StepView(len(order) + 1, done)
        case _:
            return None
