"""The last page of a sign-in, and help: who was told, by what, what to do next, following the ladder live. Pure."""

from __future__ import annotations

from common.i18n import N_
from drivers.printers.jobs import JobState
from drivers.printers.status import Trouble
from kiosk.code_views import countdown
from kiosk.draft import HostPick
from kiosk.events import Health
from kiosk.model import Answer, Channel, Progress, Told
from kiosk.page_parts import Facts, back, button, call_line, one_stop, primary, reception_name, sentences
from kiosk.pages import Done, DoneKind, HelpCalled
from kiosk.setup import Setup
from kiosk.view import DoneView, MessageView, Sign, Verb
from kiosk.words import Words

ANSWERS = {
    Answer.COMING: N_("{who} is on the way."),
    Answer.FIVE_MINUTES: N_("{who} will be here in about five minutes."),
}
TOLD_VISIT = {
    frozenset({Channel.CHAT}): N_("{who} has been told on Teams and will fetch you here."),
    frozenset({Channel.MAIL}): N_("{who} has been told by e-mail and will fetch you here."),
    frozenset({Channel.CHAT, Channel.MAIL}): N_("{who} has been told on Teams and by e-mail and will fetch you here."),
}
TOLD_DELIVERY = {
    frozenset({Channel.CHAT}): N_("{who} has been told on Teams that a delivery is here."),
    frozenset({Channel.MAIL}): N_("{who} has been told by e-mail that a delivery is here."),
    frozenset({Channel.CHAT, Channel.MAIL}): N_("{who} has been told that a delivery is here."),
}


def done(page: Done, health: Health, facts: Facts, words: Words) -> DoneView:
    """Welcome, who was told, the badge."""
    t = words.t
    left_s = max(0.0, page.until_s - facts.now_s)
    visit = page.kind is DoneKind.VISIT
    title = t("Welcome, {name}", name=page.name) if page.name else t("Welcome")
    lines = _visit_lines(page, health, facts.setup, words) if visit else told_lines(page, health, facts.setup, words)
    return DoneView(
        title=title if visit else t("Thank you"),
        lines=lines,
        countdown=countdown(left_s, words),
        remaining=min(1.0, left_s / page.length_s),
        badge=page.picture,
        buttons=(primary(Verb.HOME, t("Done")), button(Verb.MORE_TIME, t("More time"))),
    )


def _visit_lines(page: Done, health: Health, setup: Setup, words: Words) -> tuple[str, ...]:
    if not page.saved:
        return words.t("Please tell reception that you are here."), words.t("The kiosk could not store it yet.")
    tells = page.tells or page.told
    first = told_lines(page, health, setup, words) if tells else (words.t("You are signed in."),)
    group = words.t("All {count} guests are signed in.", count=page.guests) if page.guests > 1 else ""
    return tuple(line for line in (*first, group, _badge_line(page, health, words)) if line)


def _badge_line(page: Done, health: Health, words: Words) -> str:
    t = words.t
    if not page.badge:
        return t("Please sign out here when you leave.")
    if health.printer is Trouble.NO_PRINTER:
        return t("You get your badge at reception.")
    if page.why_not is Trouble.NOT_PRINTABLE:
        return t("Your badge cannot be printed. You get a badge at reception.")
    if page.printing in (JobState.FAILED, JobState.ABANDONED) or (
        health.printer and page.printing is not JobState.DONE
    ):
        return t("The badge printer is out of order. You get a badge at reception.")
    if page.printing is JobState.DONE:
        return words.n(
            "Take your badge. Use the code on it when you leave.",
            "Take your {count} badges. Use the code on them when you leave.",
            page.guests,
        )
    return words.n(
        "Your badge is being printed. Use the code on it when you leave.",
        "Your {count} badges are being printed. Use the code on them when you leave.",
        page.guests,
    )


def told_lines(page: Done, health: Health, setup: Setup, words: Words) -> tuple[str, ...]:
    """What stands largest is the step that matters now; below it who did not answer."""
    told = page.told or (_before_the_first(page.host, health),)
    answered = next((step for step in reversed(told) if step.answer), None)
    if answered is not None:
        return (words.t(ANSWERS[answered.answer or Answer.COMING], who=_who(answered, setup, words)),)
    standing = [step for step in told if step.progress is not Progress.FAILED]
    if not standing:
        return (
            _unreached(told[-1], setup, words),
            sentences(words.t("Please go to reception."), call_line(setup, words)),
        )
    latest = standing[-1]
    silent = next((step for step in reversed(told) if step.who != latest.who and step.who), None)
    below = words.t("{who} does not answer yet.", who=silent.who) if silent else ""
    call = call_line(setup, words) if latest.progress is Progress.QUEUED else ""
    return tuple(line for line in (_step(latest, told, page.kind, setup, words), below, call) if line)


def _before_the_first(host: HostPick, health: Health) -> Told:
    """The app has not said anything yet."""
    channel = Channel.CHAT if host.listed else Channel.RECEPTION
    return Told(host.name, channel, Progress.SENDING if health.network else Progress.QUEUED)


def _who(step: Told, setup: Setup, words: Words, *, begins: bool = True) -> str:
    return step.who or reception_name(setup, words, begins=begins)


def _unreached(step: Told, setup: Setup, words: Words) -> str:
    return one_stop(words.t("We could not reach {who}.", who=_who(step, setup, words, begins=False)))


def _step(step: Told, told: tuple[Told, ...], kind: DoneKind, setup: Setup, words: Words) -> str:
    within = _who(step, setup, words, begins=False)
    if step.progress is Progress.QUEUED:
        return words.t("No network: we tell {who} as soon as we can.", who=within)
    if step.progress is Progress.SENDING:
        return words.t("We are telling {who} …", who=within)
    who = _who(step, setup, words)
    channels = frozenset(one.channel for one in told if one.who == step.who and one.progress is Progress.SENT)
    texts = TOLD_VISIT if kind is DoneKind.VISIT else TOLD_DELIVERY
    if step.channel is Channel.RECEPTION or channels not in texts:
        return words.t("{who} has been told and will come to you.", who=who)
    return words.t(texts[channels], who=who)


def help_called(page: HelpCalled, health: Health, facts: Facts, words: Words) -> MessageView:
    """Whether reception heard it, and what to do where it did not."""
    t, who = words.t, reception_name(facts.setup, words)
    call = call_line(facts.setup, words)
    heard = not page.request_id or any(step.progress in (Progress.SENT, Progress.ANSWERED) for step in page.told)
    on_the_way = health.network and all(step.progress is Progress.SENDING for step in page.told)
    if not heard and not on_the_way:
        text = sentences(t("Please go to reception."), call)
        within = reception_name(facts.setup, words, begins=False)
        return MessageView(
            t("We cannot reach {who} from here", who=within), text, sign=Sign.CAUTION, buttons=(back(words),)
        )
    title = t("{who} has been called", who=who) if heard else t("{who} is being called", who=who)
    stays = N_("Somebody will come to you. What you typed stays here.") if heard else N_("What you typed stays here.")
    text = sentences(t(stays), call)
    return MessageView(title, text, Sign.GOOD if heard else Sign.WAIT, (back(words),))
