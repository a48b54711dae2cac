"""A kiosk without its app: one state, a clock that is set by hand, and what the flow asked for. Pure.

Previews and tests step through the real flow with it, and see what the real presenter makes of it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Self, TypeVar

from kiosk.admin_facts import AdminFacts
from kiosk.events import Event, InvitationRead, Reading, Scanned, SignedIn, SignedOut, SignOutResult, Tick, Touched
from kiosk.flow import at_rest, step
from kiosk.kiosk_effects import CheckCode, Effect, ReadCode, SignIn, SignOut, SignOutByName
from kiosk.page_parts import Facts
from kiosk.pages import Page
from kiosk.presenter import present
from kiosk.setup import Setup, Situation
from kiosk.view import Action, KioskView, Verb
from kiosk.words import Words
from ui.translations import Translations

NOON = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
"""Sunday, 11:42 in Copenhagen."""
BEGIN_S = 1000.0
"""Monotonic, at NOON."""

_Wanted = TypeVar("_Wanted")


class Rehearsal:
    """Steps through the flow; `effects` are those of the last step, `all_effects` all of them.

    >>> Rehearsal(Setup(site=site, types=types)).touch(Verb.VISIT).view.page.title     # doctest: +SKIP
    'Hvem skal du besøge?'
    """

    def __init__(self, setup: Setup, drawable: frozenset[int] | None = None) -> None:
        versions = {"da": "v-da", "en": "v-en", "es": "v-es"}
        self.situation = Situation(setup, f"{0:032x}", versions, drawable)
        self.state = at_rest(setup)
        self.now_s = BEGIN_S
        self.effects: tuple[Effect, ...] = ()
        self.all_effects: list[Effect] = []
        self.admin_facts = AdminFacts()
        self.identify = ""
        self._steps = 0

    @property
    def setup(self) -> Setup:
        """The configuration."""
        return self.situation.setup

    @property
    def page(self) -> Page:
        """Where the flow is."""
        return self.state.page

    @property
    def now(self) -> datetime:
        """The instant that the clock on the wall shows."""
        return NOON + timedelta(seconds=self.now_s - BEGIN_S)

    @property
    def facts(self) -> Facts:
        """What the presenter is told besides the state."""
        return Facts(
            self.setup,
            self.now,
            self.now_s,
            identify=self.identify,
            drawable=self.situation.drawable,
            admin=self.admin_facts,
        )

    @property
    def view(self) -> KioskView:
        """What is on the glass now."""
        return present(self.state, self.facts, words_of(self.state.language, self.setup))

    def event(self, event: Event) -> Self:
        """One step. As all that steps does, it returns the same kiosk, for the next step."""
        self._steps += 1
        self.situation = replace(self.situation, chance=f"{self._steps:032x}")
        self.state, self.effects = step(self.state, event, self.now_s, self.situation)
        self.all_effects += self.effects
        return self

    def touch(self, verb: Verb, value: str = "") -> Self:
        """A finger on what sends this."""
        return self.event(Touched(Action(verb, value)))

    def scan(self, text: str = "MD1:ABC") -> Self:
        """A code before the reader."""
        return self.event(Scanned(text))

    def wait(self, seconds: float) -> Self:
        """Four ticks a second."""
        for _ in range(int(seconds * 4)):
            self.now_s += 0.25
            self.event(Tick())
        return self

    def last(self, kind: type[_Wanted]) -> _Wanted:
        """The last effect of this kind that was asked for. Raises IndexError where there was none."""
        return [effect for effect in self.all_effects if isinstance(effect, kind)][-1]

    # --- the app's answers ---

    def read(self, reading: Reading) -> Self:
        """What the code is."""
        asked = [one for one in self.all_effects if isinstance(one, ReadCode | CheckCode)][-1]
        return self.event(InvitationRead(asked.session, reading))

    def commit(self) -> SignIn:
        """The register has written the last sign-in."""
        sign_in = self.last(SignIn)
        self.event(SignedIn(sign_in.request_id))
        return sign_in

    def signed_out(self, result: SignOutResult = SignOutResult.LEFT) -> Self:
        """The register has answered."""
        asked = [one for one in self.all_effects if isinstance(one, SignOut | SignOutByName)][-1]
        return self.event(SignedOut(asked.session, result))


def words_of(language: str, setup: Setup) -> Words:
    """The texts of that language for this site. Raises MyDeskError where there is no catalogue."""
    return Words(_catalogue(language), setup.zone)


@cache
def _catalogue(language: str) -> Translations:
    return Translations(language)
