"""The admin menu behind the PIN: identity, network, calendar, sign-in, sensors, log, brightness. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.i18n import N_
from roomdisplay.view import Action, ButtonView, ListSheet, RowView, Style, Verb
from roomdisplay.words import Words

PAGES = {"status": N_("Status"), "sensors": N_("Sensors"), "log": N_("Log"), "screen": N_("Screen")}
BRIGHTNESS_STEPS = (25, 50, 75, 100)
PRESENCE = {"occupied": N_("somebody is there"), "vacant": N_("nobody is there"), "unknown": N_("unknown")}
CONDITIONS = {
    "starting": N_("starting"),
    "healthy": N_("works"),
    "stale": N_("does not answer"),
    "absent": N_("not there"),
    "foreign": N_("something else answers there"),
}
KEEPS = {
    "": N_("nothing to release"),
    "off": N_("switched off"),
    "exchange": N_('off: set [release] exchange_auto_release = "off" once Exchange does not release by itself'),
    "second-panel": N_("off: the room has another panel, and check-ins are not shared"),
    "exempt": N_("this meeting is exempt"),
    "overlap": N_("two meetings run at once"),
    "checked-in": N_("checked in"),
    "acted": N_("was tried already"),
    "booted": N_("this panel started too late for this meeting"),
    "late": N_("the meeting came into the calendar too late"),
    "offline": N_("the calendar could not be read all the time"),
    "blind": N_("the sensors did not see the room all the time"),
    "present": N_("somebody is or was there"),
    "missed": N_("the time to act has passed"),
}
"""Why no room is given back; the words of roomdisplay.release.Keep."""

LAMP = {
    "off": N_("off"),
    "free": N_("green"),
    "busy": N_("red"),
    "attention": N_("amber"),
    "neutral": N_("neutral"),
}
LANGUAGES = {"da": "Dansk", "en": "English", "es": "Español"}


@dataclass(frozen=True, slots=True)
class SensorFacts:
    """One sensor; `age_s` is since it was last heard."""

    name: str
    kind: str
    condition: str
    age_s: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What becomes of no-shows: `keep` says why not, `at` when the meeting that runs loses its room."""

    keep: str = "off"
    at: datetime | None = None
    strikes_current: int = 0
    strikes_next: int = 0
    no_shows: int = 0
    series: int = 0


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
    presence_detail: tuple[tuple[str, float], ...] = ()
    """Which sensor saw somebody, and how many seconds ago."""
    sensors: tuple[SensorFacts, ...] = ()
    release: ReleaseFacts = ReleaseFacts()


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
    seen = (f"{name} {_ago(age_s, words)}" for name, age_s in facts.presence_detail)
    presence = " · ".join((words.t(PRESENCE[facts.presence]), *seen))
    return (
        _row(words.t("Presence"), presence),
        *(row for sensor in facts.sensors for row in _sensor(sensor, words)),
        _row(words.t("Release of no-shows"), _release(facts.release, words)),
        _row(words.t("No-shows lately"), _no_shows(facts.release, words)),
        _row(words.t("Lamp"), words.t(LAMP[facts.lamp])),
    )


def _ago(age_s: float, words: Words) -> str:
    if age_s < 60:
        return words.n("{count} second ago", "{count} seconds ago", max(1, round(age_s)))
    return words.t("{left} ago", left=words.duration(timedelta(seconds=age_s)))


def _sensor(sensor: SensorFacts, words: Words) -> tuple[RowView, ...]:
    """How it is, and beneath it what is wrong and what to do, a sentence each."""
    heard = _ago(sensor.age_s, words) if sensor.age_s is not None else words.t("never heard")
    row = _row(f"{sensor.name} ({sensor.kind})", f"{words.t(CONDITIONS[sensor.condition])} · {heard}")
    wrong, _, todo = sensor.problem.partition(". ")
    return (row, _row(wrong, todo)) if wrong else (row,)


def _release(release: ReleaseFacts, words: Words) -> str:
    if release.at and not release.keep:
        return words.t("at {time} unless somebody comes", time=words.time(release.at))
    return words.t(KEEPS[release.keep])


def _no_shows(release: ReleaseFacts, words: Words) -> str:
    """Counted for the admin, never acted on."""
    parts = [words.t("{count} in {series} series", count=release.no_shows, series=release.series)]
    if release.strikes_current:
        parts.append(words.t("the meeting that runs: {count}", count=release.strikes_current))
    if release.strikes_next:
        parts.append(words.t("the next one: {count}", count=release.strikes_next))
    return " · ".join(parts)


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
