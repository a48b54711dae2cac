"""The end of a sign-in: ids are fixed once, the register is asked until it has written, the last page lives. Pure."""

from __future__ import annotations

from dataclasses import replace

from common.visiting.typed import is_drawable
from kiosk.draft import RECEPTION, Draft, HostPick, VisitDraft, visit_id
from kiosk.events import PrintChanged, SignedIn, SignInFailed, ToldChanged
from kiosk.kiosk_effects import Effect, SignIn
from kiosk.model import Told
from kiosk.pages import Done, DoneKind, HelpCalled, Page, Signing
from kiosk.sitting import Moment, Step, base, mapped, to
from kiosk.states import FlowState, Unsaved

RETRY_S = 10.0
"""Between two times that the register is asked for the same sign-in."""

FOLLOW_S = 60.0
"""So long the last page stays for a guest who asks for more time."""


def finished(
    state: FlowState, draft: Draft, moment: Moment, *, accepted: bool = False, signatures: tuple[str, ...] = ()
) -> Step:
    """The guest has done all: from here on the sign-in is not lost any more."""
    request_id = draft.visit_id or moment.situation.chance
    kind = moment.setup.type(draft.type)
    visits = _visits(state, draft, moment, accepted=accepted, signatures=signatures)
    sign_in = SignIn(request_id, visits, badge=kind.badge)
    done = _done(state, draft, moment, sign_in)
    waiting = replace(state, unsaved=(*state.unsaved, Unsaved(sign_in, moment.now_s)))
    return to(waiting, Signing(request_id, moment.now_s, done), sign_in)


def _visits(
    state: FlowState, draft: Draft, moment: Moment, *, accepted: bool, signatures: tuple[str, ...]
) -> tuple[VisitDraft, ...]:
    chance = moment.situation.chance
    return tuple(
        VisitDraft(
            id=draft.visit_id if draft.visit_id and not index else visit_id(chance, index),
            type=moment.setup.type(draft.type).key,
            guest=guest,
            host=draft.host or RECEPTION,
            language=state.language,
            notice_version=moment.situation.notice_versions.get(state.language, ""),
            accepted=accepted,
            signature=signatures[index] if index < len(signatures) else "",
            invited=bool(draft.visit_id),
            until=draft.until,
            group=chance if len(draft.guests) > 1 else "",
        )
        for index, guest in enumerate(draft.guests)
    )


def _done(state: FlowState, draft: Draft, moment: Moment, sign_in: SignIn) -> Done:
    first = draft.guests[0].first_name
    return Done(
        request_id=sign_in.request_id,
        kind=DoneKind.VISIT,
        until_s=moment.now_s,
        length_s=length_s(state, moment),
        host=draft.host or RECEPTION,
        name=first if is_drawable(first, moment.situation.drawable) else "",
        guests=len(draft.guests),
        tells=moment.setup.type(draft.type).host or draft.host not in (None, RECEPTION),
        badge=sign_in.badge,
    )


def length_s(state: FlowState, moment: Moment) -> float:
    """How long the last page stays: twice as long for those who need more time to read or to listen."""
    slow = state.aids.large_text or state.aids.speech
    return float(moment.setup.flow.done_s * (2 if slow else 1))


def shown(done: Done, moment: Moment) -> Done:
    """The last page, from now on."""
    return replace(done, until_s=moment.now_s + done.length_s)


def delivered(state: FlowState, host: HostPick, moment: Moment, effect: Effect) -> Step:
    """A delivery was announced; nobody is stored."""
    done = Done(moment.situation.chance, DoneKind.DELIVERY, 0.0, length_s(state, moment), host)
    return to(state, shown(done, moment), effect)


def signed_in(state: FlowState, event: SignedIn, moment: Moment) -> Step:
    """Written; this sign-in needs no care any more."""
    rest = tuple(one for one in state.unsaved if one.sign_in.request_id != event.request_id)
    state = replace(state, unsaved=rest)
    match base(state.page):
        case Signing(request_id=event.request_id, done=done):
            return to(replace(state, touched_s=moment.now_s, asked_s=None), shown(done, moment))
        case Done(request_id=event.request_id):
            return to(state, mapped(state.page, _saved))
        case _:
            return state, ()


def _saved(page: Page) -> Page:
    return replace(page, saved=True) if isinstance(page, Done) else page


def sign_in_failed(state: FlowState, event: SignInFailed, moment: Moment) -> Step:
    """Not yet written: the guest is sent to reception, and the register is asked again."""
    match base(state.page):
        case Signing(request_id=event.request_id) as page:
            return to(state, unsaved_page(page, moment))
        case _:
            return state, ()


def unsaved_page(page: Signing, moment: Moment) -> Done:
    """The last page of a sign-in that is not yet written."""
    return shown(replace(page.done, saved=False), moment)


def asked_again(state: FlowState, moment: Moment) -> Step:
    """One sign-in that has waited long enough is handed over again, with the same ids."""
    due = next((one for one in state.unsaved if moment.now_s - one.asked_s >= RETRY_S), None)
    if due is None:
        return state, ()
    others = tuple(one for one in state.unsaved if one is not due)
    again = replace(due, asked_s=moment.now_s)
    return replace(state, unsaved=(*others, again)), (replace(due.sign_in, repeated=True),)


def told_changed(state: FlowState, event: ToldChanged, moment: Moment) -> Step:
    """The ladder took a step, and whoever still stands there sees it."""

    def change(page: Page) -> Page:
        match page:
            case Done(request_id=event.request_id):
                return _followed(page, event.told, moment)
            case Signing(request_id=event.request_id):
                return replace(page, done=replace(page.done, told=event.told))
            case _:
                return page

    page = state.page
    if isinstance(page, HelpCalled) and page.request_id == event.request_id:
        return to(state, replace(page, told=event.told))
    return to(state, mapped(page, change))


def _followed(page: Done, told: tuple[Told, ...], moment: Moment) -> Done:
    """The first answer of the host is shown for a whole count-down."""
    first_answer = any(step.answer for step in told) and not any(step.answer for step in page.told)
    until_s = max(page.until_s, moment.now_s + page.length_s) if first_answer else page.until_s
    return replace(page, told=told, until_s=until_s)


def print_changed(state: FlowState, event: PrintChanged, moment: Moment) -> Step:
    """The badge was drawn, is printed, or is not."""

    def printed(done: Done) -> Done:
        return replace(done, printing=event.state, why_not=event.reason, picture=event.badge or done.picture)

    def change(page: Page) -> Page:
        match page:
            case Done(request_id=event.request_id):
                return printed(page)
            case Signing(request_id=event.request_id):
                return replace(page, done=printed(page.done))
            case _:
                return page

    return to(state, mapped(state.page, change))


def more_time(page: Done, moment: Moment) -> Done:
    """A guest wants to follow what happens."""
    return replace(page, until_s=moment.now_s + FOLLOW_S, length_s=FOLLOW_S)
