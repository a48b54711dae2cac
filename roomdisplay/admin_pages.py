"""The admin menu behind the PIN: identity, network, calendar, sign-in, sensors, log, brightness. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.i18n import N_
from roomdisplay.view import Action, ButtonView, ListSheet, RowView, Style, Verb
from roomdisplay.words import Words

PAGES = {"status": N_("Status"), "sensors": N_("Sensors"), "log": N_("Log"), "screen": N_("Screen")}
BRIGHTNESS_STEPS = (25, 50, 75, 100)
PRESENCE = {"occupied": N_("somebody is there"), "vacant": N_("nobody is there"), "unknown": N_("unknown")}
LAMP = {
    "off": N_("off"),
    "free": N_("green"),
    "busy": N_("red"),
    "attention": N_("amber"),
    "neutral": N_("neutral"),
}
LANGUAGES = {"da": "Dansk", "en": "English", "es": "Español"}


@dataclass(frozen=True, slots=True)
class AdminFacts:
    """What the admin pages show; collected when a page opens and on each tick while it is open."""

    unit: str
    version: str
    room_address: str
    account: str
    addresses: tuple[str, ...]
    signed_in: bool
    read_at: datetime | None
    last_error: str
    clock_synchronised: bool
    lamp: str
    presence: str
    brightness_percent: int
    problem: str = ""
    """A text of graph.outcomes, where there is one."""
    values: tuple[tuple[str, str], ...] = ()
    """What goes into the braces of `problem`."""
    log: tuple[str, ...] = ()


def admin_sheet(page: str, facts: AdminFacts, now: datetime, words: Words) -> ListSheet:
    """One page of the menu, with the way to the others."""
    makers = {"sensors": _sensors, "log": _log, "screen": _screen}
    rows = makers.get(page, _status)(facts, now, words)
    buttons = tuple(
        ButtonView(Action(Verb.ADMIN_PAGE, name), words.t(label), style=Style.PRIMARY if name == page else Style.QUIET)
        for name, label in PAGES.items()
    )
    buttons += (ButtonView(Action(Verb.SIGN_IN), words.t("Sign in")), ButtonView(Action(Verb.CLOSE), words.t("Close")))
    return ListSheet(words.t("Admin"), facts.unit, rows, buttons, monospace=page == "log")


def _row(title: str, value: str) -> RowView:
    return RowView(None, title, value)


def _status(facts: AdminFacts, now: datetime, words: Words) -> tuple[RowView, ...]:
    t = words.t
    read = words.moment(facts.read_at, now) if facts.read_at else t("never")
    return (
        _row(t("Version"), facts.version),
        _row(t("Room mailbox"), facts.room_address),
        _row(t("Account"), f"{facts.account} · {_signed_in(facts, words)}"),
        _row(t("Calendar read"), read),
        _row(t("Last error"), facts.last_error or t("none")),
        _row(t("Network addresses"), ", ".join(facts.addresses) or t("none")),
        _row(t("Clock"), t("synchronised") if facts.clock_synchronised else t("not synchronised")),
    )


def _signed_in(facts: AdminFacts, words: Words) -> str:
    if facts.signed_in:
        return words.t("signed in")
    return words.t(facts.problem, **dict(facts.values)) if facts.problem else words.t("not signed in")


def _sensors(facts: AdminFacts, now: datetime, words: Words) -> tuple[RowView, ...]:
    return (
        _row(words.t("Presence"), words.t(PRESENCE[facts.presence])),
        _row(words.t("Lamp"), words.t(LAMP[facts.lamp])),
    )


def _log(facts: AdminFacts, now: datetime, words: Words) -> tuple[RowView, ...]:
    return tuple(_row(line, "") for line in facts.log)


def _screen(facts: AdminFacts, now: datetime, words: Words) -> tuple[RowView, ...]:
    brightness = tuple(
        RowView(
            Action(Verb.BRIGHTNESS, str(percent)),
            words.t("Brightness {percent} %", percent=percent),
            mark="✓" if percent == facts.brightness_percent else "",
        )
        for percent in BRIGHTNESS_STEPS
    )
    languages = tuple(
        RowView(Action(Verb.LANGUAGE, code), name, mark="✓" if code == words.language else "")
        for code, name in LANGUAGES.items()
    )
    return brightness + languages
