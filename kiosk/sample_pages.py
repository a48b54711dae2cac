"""Every page of the kiosk by name: how the kiosk comes there, step by step through the real flow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from common.errors import MyDeskError
from drivers.printers.jobs import JobState
from drivers.printers.status import Trouble
from kiosk.events import AlreadyIn, Badge, EvacuationChanged, Refusal, SearchProblem, SignInFailed, SignOutResult
from kiosk.foreign_codes import WORDS, Foreign
from kiosk.kiosk_effects import AnnounceDelivery, CallReception, SignIn
from kiosk.leaving import TRIES_PER_MIN
from kiosk.model import Answer, Channel, Progress
from kiosk.sample_lobby import SIGNATURE, VISIT_ID, Lobby, Sample
from kiosk.sample_site import company_type, crafts_type, every_type, guest_type, on_site, plain_type
from kiosk.view import KioskView, Verb

__all__ = ["PAGES", "view"]

Way = Callable[[Sample], Lobby]


def view(name: str, sample: Sample) -> KioskView:
    """What the kiosk shows there. Raises MyDeskError for a page or a language that does not exist."""
    if name not in PAGES:
        raise MyDeskError(f"There is no page {name!r}.", hint="`--page list` names them.")
    return PAGES[name](sample).view


def _identified(sample: Sample) -> Lobby:
    here = sample.lobby()
    here.identify = "cph-lobby"
    return here


AT_REST: dict[str, Way] = {
    "welcome": lambda at: at.lobby(),
    "welcome-three": lambda at: at.lobby(delivery=False),
    "welcome-invited-only": lambda at: at.lobby(walk_in=False, delivery=False),
    "welcome-no-network": lambda at: at.lobby().health(network=False, printer=Trouble.PAPER_OUT),
    "welcome-printer-out": lambda at: at.lobby().health(printer=Trouble.PAPER_OUT, directory_old=True),
    "welcome-clock-unsure": lambda at: at.lobby().health(clock_sure=False, directory_old=True),
    "welcome-no-register": lambda at: at.lobby().health(register=False, printer=Trouble.PAPER_OUT),
    "identify": _identified,
}


# --- the walk-in ---


def _hosts(at: Sample) -> Lobby:
    return at.lobby().touch(Verb.VISIT)


def _form(at: Sample) -> Lobby:
    return at.lobby().to_form().fill(name=at.cast.guest.name)


def _form_seven(at: Sample) -> Lobby:
    texts = {"x_company": "Bjørnsen & Sønner ApS", "name": at.cast.guest.name}
    return at.lobby(*every_type()).to_form("craftsman").fill(**texts)


def _rules(at: Sample, rules: str) -> Lobby:
    return at.lobby(guest_type(rules)).to_form().fill_guest().touch(Verb.NEXT)


WALK_IN: dict[str, Way] = {
    "types": lambda at: at.lobby(*every_type()).touch(Verb.VISIT),
    "types-two": lambda at: at.lobby(guest_type(), crafts_type()).touch(Verb.VISIT),
    "hosts-empty": _hosts,
    "hosts-short": lambda at: _hosts(at).touch(Verb.TYPED, at.cast.some[:2]),
    "hosts-searching": lambda at: _hosts(at).touch(Verb.TYPED, at.cast.some),
    "hosts": lambda at: _hosts(at).search(at.cast.two),
    "hosts-one": lambda at: _hosts(at).search(at.cast.host),
    "hosts-five": lambda at: _hosts(at).search(at.cast.some),
    "hosts-none": lambda at: _hosts(at).search(at.cast.nobody),
    "hosts-too-many": lambda at: _hosts(at).search(at.cast.many),
    "hosts-budget": lambda at: _hosts(at).search(at.cast.many, SearchProblem.BUDGET),
    "hosts-offline": lambda at: _hosts(at).search(at.cast.many, SearchProblem.OFFLINE),
    "form": _form,
    "form-empty": lambda at: at.lobby().to_form(),
    "form-error": lambda at: _form(at).fill(email="søren@", phone="12 34 x").touch(Verb.NEXT),
    "form-emoji": lambda at: _form(at).fill(name=f"{at.cast.guest.name[:70]} 🎉").touch(Verb.NEXT),
    "form-company": lambda at: at.lobby(company_type()).to_form().fill(name=at.cast.guest.name),
    "form-seven": _form_seven,
    "form-contact": lambda at: _form_seven(at).fill(x_person=at.cast.host, email="").touch(Verb.NEXT),
    "form-group": lambda at: at.lobby().to_form().fill_group(3),
    "form-latin": lambda at: at.lobby().invited("王小明").touch(Verb.ACCEPT),
    "rules": partial(_rules, rules="accept"),
    "rules-sign": partial(_rules, rules="sign"),
    "rules-signed": lambda at: _rules(at, "sign").touch(Verb.SIGNED, SIGNATURE),
    "rules-sign-group": lambda at: at.lobby(guest_type("sign")).to_form().fill_group(1).fill_guest(1).touch(Verb.NEXT),
    "signing": lambda at: at.lobby().sign_in(),
}


# --- the last page ---


def _done(at: Sample) -> Lobby:
    return at.lobby().sign_in().stored()


def _answered(at: Sample, answer: Answer) -> Lobby:
    here = _done(at)
    return here.follow(here.sent(progress=Progress.ANSWERED, answer=answer))


def _told(at: Sample, *, by_mail: bool = False, delegate: bool = False, reception: bool = False) -> Lobby:
    """So far up the ladder."""
    here = _done(at)
    second = (here.sent(Channel.MAIL),) if by_mail else ()
    third = (here.sent(who="Louise H."),) if delegate else ()
    return here.follow(here.sent(), *second, *third, *((here.at_desk(),) if reception else ()))


def _printed(at: Sample) -> Lobby:
    here = at.lobby().sign_in()
    return here.stored(here.sent(Channel.MAIL), printing=JobState.DONE)


def _first_message(at: Sample, progress: Progress, *, network: bool = True) -> Lobby:
    here = at.lobby().sign_in().health(network=network)
    return here.stored(here.sent(progress=progress))


def _printer_out(at: Sample) -> Lobby:
    return at.lobby().sign_in().health(printer=Trouble.PAPER_OUT).stored(printing=JobState.FAILED)


def _stored_soon(at: Sample) -> Lobby:
    here = at.lobby()
    here.sign_in().commit()
    return here


def _not_stored(at: Sample) -> Lobby:
    here = at.lobby().sign_in()
    return here.event(SignInFailed(here.last(SignIn).request_id))


def _not_listed(at: Sample) -> Lobby:
    """A type without a badge, and a host who is not on the list."""
    here = at.lobby(plain_type()).touch(Verb.VISIT).search(at.cast.nobody).touch(Verb.HOST_NOT_LISTED)
    return here.fill(name=at.cast.guest.name).touch(Verb.NEXT).stored(here.at_desk())


def _delivery_host(at: Sample) -> Lobby:
    return at.lobby().touch(Verb.DELIVERY).touch(Verb.PICK, "1").search(at.cast.two)


def _delivery_told(at: Sample) -> Lobby:
    here = _delivery_host(at).touch(Verb.PICK_HOST, "0")
    return here.call(AnnounceDelivery, here.sent())


def _delivery_called(at: Sample) -> Lobby:
    here = at.lobby().touch(Verb.DELIVERY).touch(Verb.PICK, "0")
    return here.call(CallReception, here.at_desk())


LAST_PAGES: dict[str, Way] = {
    "done": _done,
    "done-at-once": _stored_soon,
    "done-printed": _printed,
    "done-printer-out": _printer_out,
    "done-no-badge": _not_listed,
    "done-group": lambda at: at.lobby().sign_in(3).stored(),
    "done-coming": partial(_answered, answer=Answer.COMING),
    "done-five-minutes": partial(_answered, answer=Answer.FIVE_MINUTES),
    "done-second": partial(_told, by_mail=True),
    "done-delegate": partial(_told, by_mail=True, delegate=True),
    "done-reception": partial(_told, by_mail=True, delegate=True, reception=True),
    "done-unreached": partial(_first_message, progress=Progress.FAILED),
    "done-no-network": partial(_first_message, progress=Progress.QUEUED, network=False),
    "done-not-stored": _not_stored,
    "delivery": lambda at: at.lobby().touch(Verb.DELIVERY),
    "delivery-host": _delivery_host,
    "delivery-told": _delivery_told,
    "delivery-called": _delivery_called,
}


# --- codes, and leaving ---


def _code_refused(at: Sample, tries: int = 1) -> Lobby:
    here = at.lobby().type_code()
    for _ in range(tries):
        here.touch(Verb.TYPED, "7K3M2X9P").touch(Verb.NEXT).refused(Refusal.UNKNOWN_CODE)
    return here


def _leaving_tries(at: Sample) -> Lobby:
    here = at.lobby()
    for _ in range(TRIES_PER_MIN):
        here.type_leaving().touch(Verb.NEXT).signed_out(SignOutResult.NO_MATCH).touch(Verb.HOME).switch_aids()
    return here.type_leaving().touch(Verb.NEXT)


def _signing_out(at: Sample) -> Lobby:
    return at.lobby().scan().read(Badge(VISIT_ID))


CODES: dict[str, Way] = {
    "scan": lambda at: at.lobby().touch(Verb.SCAN),
    "looking": lambda at: at.lobby().scan(),
    "code": lambda at: at.lobby().type_code("7K3M"),
    "code-whole": lambda at: at.lobby().type_code(),
    "code-refused": _code_refused,
    "code-tries": lambda at: _code_refused(at, 5).touch(Verb.TYPED, "7K3M2X9P").touch(Verb.NEXT),
    **{f"refused-{why}": lambda at, why=why: at.lobby().scan().refused(why) for why in Refusal},  # type: ignore[misc]
    "refused-wifi": lambda at: at.lobby().scan().refused(Refusal.NOT_OURS, WORDS[Foreign.WIFI]),
    "expected": lambda at: at.lobby(guest_type("no")).invited(),
    "expected-rules": lambda at: at.lobby().invited(),
    "still-in": lambda at: at.lobby().scan().read(AlreadyIn(VISIT_ID)),
    "leaving": lambda at: at.lobby().touch(Verb.LEAVE),
    "leaving-typed": lambda at: at.lobby().type_leaving(),
    "leaving-missing": lambda at: at.lobby().touch(Verb.LEAVE).touch(Verb.NEXT),
    "leaving-tries": _leaving_tries,
    "signing-out": _signing_out,
    "goodbye": lambda at: _signing_out(at).signed_out(),
    "goodbye-by-name": lambda at: at.lobby().type_leaving().touch(Verb.NEXT).signed_out(),
    "goodbye-failed": lambda at: _signing_out(at).signed_out(SignOutResult.FAILED),
}


# --- over a page, and behind the PIN ---


def _help(at: Sample, progress: Progress) -> Lobby:
    here = _form(at).touch(Verb.HELP)
    return here.call(CallReception, here.at_desk(progress))


def _admin(at: Sample, page: str = "status") -> Lobby:
    return at.lobby(*every_type()).enter_pin().touch(Verb.ADMIN_PAGE, page)


def _person(at: Sample) -> Lobby:
    return _admin(at, "building").list_people().touch(Verb.PICK, "0")


OTHERS: dict[str, Way] = {
    "help": partial(_help, progress=Progress.SENT),
    "help-calling": partial(_help, progress=Progress.SENDING),
    "help-unreached": partial(_help, progress=Progress.FAILED),
    "privacy": lambda at: at.lobby().touch(Verb.PRIVACY),
    "aids": lambda at: at.lobby().touch(Verb.ACCESSIBILITY).touch(Verb.SPEECH),
    "still-there": lambda at: _form(at).wait(36),
    "pin": lambda at: at.lobby().touch(Verb.ADMIN).touch(Verb.PIN, "12"),
    "pin-wrong": lambda at: at.lobby().enter_pin(right=False),
    "pin-locked": lambda at: at.lobby().enter_pin(right=False, locked_s=60),
    "admin": _admin,
    "admin-log": partial(_admin, page="log"),
    "in-building": lambda at: _admin(at, "building").list_people(),
    "in-building-empty": lambda at: _admin(at, "building").list_people(0),
    "in-building-unreadable": lambda at: _admin(at, "building").list_people(12, 2),
    "in-building-reading": partial(_admin, page="building"),
    "person": _person,
    "person-reprinted": lambda at: _person(at).touch(Verb.REPRINT, on_site(at.cast)[0].visit_id),
    "roll-call": lambda at: _admin(at).touch(Verb.EVACUATE, "on").list_people(12, 2),
    "evacuating": lambda at: at.lobby().event(EvacuationChanged(active=True)).switch_aids(),
}

PAGES: dict[str, Way] = {**AT_REST, **WALK_IN, **LAST_PAGES, **CODES, **OTHERS}
"""Names for `--page`."""
