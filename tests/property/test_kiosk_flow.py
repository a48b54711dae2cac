"""Whatever guests, scanners, clocks and faults do: home is near, no finished sign-in is lost, nobody sees another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import TypeVar, get_args
from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printers.jobs import JobState
from drivers.printers.status import Trouble
from kiosk.draft import HostPick
from kiosk.events import (
    AlreadyIn,
    Badge,
    EvacuationChanged,
    Event,
    Health,
    HealthChanged,
    HostsFound,
    Invitation,
    InvitationRead,
    OnSite,
    OnSiteListed,
    PinChecked,
    PrintChanged,
    Refusal,
    Refused,
    Scanned,
    SearchProblem,
    SignedIn,
    SignedOut,
    SignInFailed,
    SignOutResult,
    Stirred,
    Tick,
    ToldChanged,
    Touched,
)
from kiosk.kiosk_effects import (
    CheckCode,
    CheckPin,
    Effect,
    ListOnSite,
    ReadCode,
    SearchHosts,
    SignIn,
    SignOut,
    SignOutByName,
    Wipe,
)
from kiosk.model import Answer, Channel, Guest, HostHit, Progress, Told
from kiosk.pages import Details, Evacuating, Page, Signing, Welcome
from kiosk.setup import Setup
from kiosk.sitting import resting_aids
from kiosk.view import Action, Verb
from tests.kiosk.flow_kit import CRAFT, GUEST, PARENT, Kiosk, holds, setup
from tests.property.strategies import steady

laws = settings(steady, max_examples=200)
STROKES = "10,10 20,20;30,30"
VALUES: dict[Verb, tuple[str, ...]] = {
    Verb.VISIT: ("", "guest", "craft", "parent", "nobody"),
    Verb.FOCUS: ("name", "email", "phone", "x-company", "factor", "nothing"),
    Verb.PICK_HOST: ("0", "1", "7", "-1", "²"),
    Verb.PICK: ("0", "1", "2"),
    Verb.REMOVE_GUEST: ("0", "1"),
    Verb.LANGUAGE: ("da", "en", "es", "xx"),
    Verb.SIGNED: (STROKES, "rubbish"),
    Verb.ACCEPT: ("", "tap"),
    Verb.PIN: ("1", "123456", "x"),
    Verb.ADMIN_PAGE: ("status", "log", "building"),
    Verb.EVACUATE: ("on", "off"),
    Verb.REPRINT: ("a" * 32,),
    Verb.TICK: ("a" * 32,),
    Verb.LEAVE: ("", "a" * 32),
}
ONWARD: dict[str, tuple[Action, ...]] = {
    "Welcome": (*(Action(verb) for verb in (Verb.VISIT,) * 4 + (Verb.LEAVE, Verb.SCAN, Verb.DELIVERY, Verb.ADMIN)),),
    "Types": (Action(Verb.VISIT, "guest"), Action(Verb.VISIT, "craft"), Action(Verb.VISIT, "parent")),
    "HostSearch": (Action(Verb.HOST_NOT_LISTED), Action(Verb.PICK_HOST, "0"), Action(Verb.PICK_HOST, "0")),
    "Details": (Action(Verb.NEXT), Action(Verb.NEXT), Action(Verb.ADD_GUEST), Action(Verb.FOCUS, "x-company")),
    "Rules": (Action(Verb.ACCEPT, "tap"), Action(Verb.SIGNED, STROKES), Action(Verb.ACCEPT)),
    "Scan": (Action(Verb.CODE),),
    "TypeCode": (Action(Verb.TYPED, "ABCD1234"), Action(Verb.NEXT)),
    "Expected": (Action(Verb.NEXT),),
    "Delivery": (Action(Verb.PICK, "0"), Action(Verb.PICK, "1")),
    "Leaving": (Action(Verb.NEXT), Action(Verb.FOCUS, "factor")),
    "StillIn": (Action(Verb.LEAVE),),
    "Pin": (Action(Verb.PIN, "123456"),),
    "Admin": (Action(Verb.ADMIN_PAGE, "building"), Action(Verb.EVACUATE, "on")),
    "InBuilding": (Action(Verb.PICK, "0"), Action(Verb.TICK, "a" * 32), Action(Verb.EVACUATE, "off")),
    "Evacuating": (Action(Verb.ADMIN),),
}
"""What somebody who knows where to go would touch."""
OVER = (Action(Verb.HELP), Action(Verb.PRIVACY), Action(Verb.ACCESSIBILITY), Action(Verb.LANGUAGE, "en"))
PROBLEMS = (None, *SearchProblem)
KINDS = (
    ("onward",) * 16 + ("screen",) * 4 + ("touch", "over", "scan", "time", "fault") + ("type",) * 2 + ("answer",) * 9
)

acts = st.tuples(st.sampled_from(KINDS), st.integers(0, 10**6).map(lambda number: crc32(str(number).encode())))
setups = st.sampled_from((setup(), setup(GUEST, CRAFT, PARENT), setup(CRAFT), setup(PARENT), setup(house_rules={})))


def letters(number: int) -> str:
    """A name that stands nowhere else."""
    return "Zq" + "".join(chr(ord("a") + int(digit)) for digit in str(number))


class Life:
    """A kiosk with an app that answers, late, wrongly, or not at all; and what was typed and scanned so far."""

    def __init__(self, configured: Setup) -> None:
        self.kiosk = Kiosk(configured)
        self.waiting: list[Effect] = []
        self.secrets: list[str] = []
        self.finished: dict[str, SignIn] = {}
        self.committed: set[str] = set()

    def secret(self) -> str:
        self.secrets.append(letters(len(self.secrets)))
        return self.secrets[-1]

    def act(self, kind: str, number: int) -> None:
        match kind:
            case "onward":
                self.event(Touched(self._onward(number)))
            case "screen":
                self.event(Touched(_pick(tuple(offered(self.kiosk.view)), number)))
            case "over":
                self.event(Touched(_pick(OVER, number)))
            case "touch":
                verb = _pick(tuple(Verb), number)
                self.event(Touched(Action(verb, _pick(VALUES.get(verb, ("",)), number // 97))))
            case "type":
                self.event(Touched(Action(Verb.TYPED, self._text(number))))
            case "scan":
                self.event(Scanned(_pick(("MD1:" + self.secret(), "x" * 301, "WIFI:S:" + self.secret()), number)))
            case "time":
                self.kiosk.now_s += _pick((0.25, 1.0, 4.0, 9.0, 31.0, 21.0), number)
                self.event(Stirred() if number % 7 == 0 else Tick())
            case "fault":
                self.event(_fault(number))
            case _ if self.waiting:
                self.answer(self.waiting.pop(number % len(self.waiting)), number)

    def _onward(self, number: int) -> Action:
        page = self.kiosk.page
        if isinstance(page, Details) and not page.text(page.focused):
            secret = self.secret()
            texts = {"email": f"{secret}@example.dk", "phone": "+45 2020 2020"}
            return Action(Verb.TYPED, texts.get(page.focused, secret))
        return _pick(ONWARD.get(self.kiosk.page_name, (Action(Verb.BACK),)), number)

    def _text(self, number: int) -> str:
        secret = self.secret()
        texts = (secret, secret, f"{secret}@example.dk", "+45 2020 2020", "ABCD1234", "", f"{secret} 😀\x00", "ab")
        return str(_pick(texts, number))

    def event(self, event: Event) -> None:
        own = [event, self.kiosk.state.last_scan if isinstance(event, InvitationRead) else ""]
        self.kiosk.event(event)
        self.waiting = [*self.waiting, *self.kiosk.effects][-12:]
        signed = [effect for effect in self.kiosk.effects if isinstance(effect, SignIn)]
        self._keep(signed, event)
        if any(isinstance(effect, Wipe) for effect in self.kiosk.effects):
            self.nothing_left([secret for secret in self.secrets if not holds(own, secret)])

    def _keep(self, signed: list[SignIn], event: Event) -> None:
        for effect in signed:
            if effect.repeated:
                assert isinstance(event, Tick)
                assert effect == replace(self.finished[effect.request_id], repeated=True)
            else:
                assert isinstance(self.kiosk.page, Signing)
                assert effect.request_id not in self.finished
                self.finished[effect.request_id] = effect

    def nothing_left(self, secrets: list[str]) -> None:
        """Nothing of the guest before, save what waits for the register, which no page shows."""
        visible = [replace(self.kiosk.state, unsaved=()), self.kiosk.view]
        left = [secret for secret in secrets if holds(visible, secret)]
        assert left == []

    def answer(self, effect: Effect, number: int) -> None:
        if (event := self._answer(effect, number)) is not None:
            self.event(event)

    def _answer(self, effect: Effect, number: int) -> Event | None:
        match effect:
            case SearchHosts():
                hits = tuple(HostHit(f"id-{index}", f"Host {index}", "") for index in range(number % 7))
                return HostsFound(effect.session, effect.text, hits, _pick(PROBLEMS * 2 + (None,) * 20, number))
            case ReadCode() | CheckCode():
                return InvitationRead(effect.session, self._reading(number))
            case SignIn():
                if number % 3 == 0:
                    return SignInFailed(effect.request_id)
                self.committed.add(effect.request_id)
                return SignedIn(effect.request_id)
            case SignOut() | SignOutByName():
                return SignedOut(effect.session, _pick(tuple(SignOutResult), number))
            case CheckPin():
                return PinChecked(effect.session, number % 2 == 0, number % 90)
            case ListOnSite():
                return OnSiteListed((OnSite("a" * 32, self.secret(), self.secret()),))
            case _:
                return None

    def _reading(self, number: int) -> Invitation | Badge | AlreadyIn | Refused:
        guest = Guest(self.secret(), f"{self.secret()}@example.dk")
        visit_id = f"{number % 5:032x}"
        if visit_id in self.committed:  # the reader asks the register
            return AlreadyIn(visit_id)
        readings: tuple[Invitation | Badge | AlreadyIn | Refused, ...] = (
            Invitation(visit_id, "guest", guest, HostPick("id-1", self.secret())),
            Invitation(visit_id, "craft", guest, HostPick("id-1", self.secret())),
            Invitation(visit_id),
            Badge(visit_id),
            AlreadyIn(visit_id),
            Refused(_pick(tuple(Refusal), number)),
        )
        return _pick(readings, number // 13)

    def still_there(self) -> None:
        """Every sign-in that was finished is written, or is still asked for."""
        kept = {one.sign_in.request_id: one.sign_in for one in self.kiosk.state.unsaved}
        for request_id, sign_in in self.finished.items():
            assert request_id in self.committed or kept[request_id].visits == sign_in.visits


Thing = TypeVar("Thing")


def _pick(things: tuple[Thing, ...], number: int) -> Thing:
    return things[number % len(things)]


def _fault(number: int) -> Event:
    told = (Told("Host 1", Channel.CHAT, Progress.ANSWERED, Answer.COMING), Told("", Channel.RECEPTION, Progress.SENT))
    faults: tuple[Event, ...] = (
        HealthChanged(Health(network=number % 2 == 0, printer=Trouble.PAPER_OUT, clock_sure=False)),
        ToldChanged(f"{number % 60:032x}", told),
        PrintChanged(f"{number % 60:032x}", _pick(tuple(JobState), number)),
        EvacuationChanged(True),
        EvacuationChanged(False),
        EvacuationChanged(False),
        SignedIn("unknown"),
    )
    return _pick(faults, number // 7)


def offered(value: object) -> Iterator[Action]:
    """Every action that a view holds."""
    if isinstance(value, Action):
        yield value
    elif is_dataclass(value):
        for one in fields(value):
            yield from offered(getattr(value, one.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from offered(item)


def lived(configured: Setup, history: list[tuple[str, int]]) -> Life:
    life = Life(configured)
    for kind, number in history:
        life.act(kind, number)
    return life


def expanded(seed: int) -> list[tuple[str, int]]:
    """A long history from one number; lists alone hardly ever get far."""
    draw = Random(seed)
    return [(draw.choice(KINDS), draw.randrange(10**9)) for _ in range(120)]


histories = st.lists(acts, max_size=20) | st.integers(0, 2**32).map(expanded) | st.integers(0, 2**32).map(expanded)


@laws
@given(setups, histories)
def test_waiting_leads_home_and_nothing_is_left(configured: Setup, history: list[tuple[str, int]]) -> None:
    life = lived(configured, history)
    kiosk = life.kiosk
    for _ in range(100):
        kiosk.now_s += 8.0
        life.event(Tick())
    assert isinstance(kiosk.page, Evacuating if kiosk.state.evacuation else Welcome)
    assert (kiosk.state.language, kiosk.state.aids) == ("da", resting_aids(configured))
    assert not kiosk.state.admin
    life.nothing_left(life.secrets)


@laws
@given(setups, histories)
def test_a_finished_sign_in_is_written_or_still_asked_for(configured: Setup, history: list[tuple[str, int]]) -> None:
    life = lived(configured, history)
    life.still_there()
    for _ in range(40):
        life.kiosk.now_s += 11.0
        life.event(Tick())
    life.still_there()
    asked = {effect.request_id for effect in life.kiosk.asked(SignIn)}
    assert asked == set(life.finished)
    ids = [visit.id for sign_in in life.finished.values() for visit in sign_in.visits]
    assert len(ids) == len(set(ids))


def test_the_lives_reach_every_page() -> None:
    """A law that is never put to the test holds always."""
    seen: set[str] = set()
    signed: list[int] = []

    @steady
    @given(setups, histories)
    def live(configured: Setup, history: list[tuple[str, int]]) -> None:
        life = Life(configured)
        for kind, number in history:
            life.act(kind, number)
            seen.add(life.kiosk.page_name)
        signed.append(len(life.finished))

    live()
    assert {one.__name__ for one in get_args(Page)} - seen == set()
    assert sum(signed) > 20
