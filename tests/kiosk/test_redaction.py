"""A picture that leaves the kiosk: two different guests on the same way give the same views, page for page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from drivers.printers.jobs import JobState
from kiosk.draft import HostPick
from kiosk.events import (
    HostsFound,
    Invitation,
    InvitationRead,
    OnSite,
    OnSiteListed,
    PinChecked,
    PrintChanged,
    SignedIn,
    ToldChanged,
)
from kiosk.kiosk_effects import CheckPin, ReadCode, SearchHosts, SignIn
from kiosk.model import Channel, Guest, HostHit, Progress, Told
from kiosk.redaction import redacted
from kiosk.view import BadgeView, KioskView, Verb
from tests.kiosk.flow_kit import CRAFT, GUEST, VISIT_ID, Kiosk, setup


@dataclass(frozen=True)
class Somebody:
    guest: Guest
    host: HostHit


ONE = Somebody(Guest("Bo Li", "b@x.dk", "+45 12 34 56 78"), HostHit("a", "Ea B.", "IT"))
OTHER = Somebody(
    Guest("Søren-Alexander Ærøskøbing Kristoffersen", "soren.alexander@kristoffersen.example", "+45 98 76 54 32"),
    HostHit("b", "Margrethe-Louise H.", "Projektafdelingen for det sydlige Jylland"),
)


class Watched(Kiosk):
    """Keeps the redacted view after every step that both guests take."""

    seen: list[KioskView]

    def note(self) -> None:
        self.seen.append(redacted(self.view))


def walk_in(kiosk: Watched, who: Somebody) -> None:
    kiosk.tap(Verb.VISIT, "guest")
    kiosk.keyed(who.host.shown_name.replace(" ", "")[:4])
    search = kiosk.asked(SearchHosts)[-1]
    kiosk.event(HostsFound(search.session, search.text, (who.host,)))
    kiosk.note()
    kiosk.tap(Verb.PICK_HOST, "0")
    for field, text in (("name", who.guest.name), ("email", who.guest.email), ("phone", who.guest.phone)):
        kiosk.tap(Verb.FOCUS, field)
        kiosk.tap(Verb.TYPED, text)
        kiosk.note()
    kiosk.tap(Verb.NEXT)
    kiosk.note()
    kiosk.tap(Verb.ACCEPT)
    kiosk.note()
    done(kiosk, who)


def done(kiosk: Watched, who: Somebody) -> None:
    asked = kiosk.asked(SignIn)[-1]
    kiosk.event(SignedIn(asked.request_id))
    kiosk.note()
    kiosk.event(ToldChanged(asked.request_id, (Told(who.host.shown_name, Channel.MAIL, Progress.SENT),)))
    width = 8 * (2 + len(who.guest.name))
    kiosk.event(PrintChanged(asked.request_id, JobState.PRINTING, BadgeView(width, 8, b"\xaa" * width)))
    kiosk.note()


def invited(kiosk: Watched, who: Somebody) -> None:
    kiosk.scan()
    read = kiosk.asked(ReadCode)[-1]
    invitation = Invitation(VISIT_ID, "craft", who.guest, HostPick(who.host.ref, who.host.shown_name))
    kiosk.event(InvitationRead(read.session, invitation))
    kiosk.note()
    kiosk.tap(Verb.ACCEPT)
    kiosk.note()


def reception(kiosk: Watched, who: Somebody) -> None:
    kiosk.tap(Verb.ADMIN)
    kiosk.tap(Verb.PIN, "271828")
    check = kiosk.asked(CheckPin)[-1]
    kiosk.event(PinChecked(check.session, right=True))
    kiosk.tap(Verb.ADMIN_PAGE, "building")
    kiosk.event(OnSiteListed((OnSite(VISIT_ID, who.guest.name, who.host.shown_name, "guest"),)))
    kiosk.note()
    kiosk.tap(Verb.PICK, "0")
    kiosk.note()


@pytest.mark.parametrize("way", [walk_in, invited, reception])
def test_two_guests_give_the_same_views(way: Callable[[Watched, Somebody], None]) -> None:
    seen = []
    for who in (ONE, OTHER):
        kiosk = Watched(setup(GUEST, CRAFT))
        kiosk.seen = []
        way(kiosk, who)
        seen.append(kiosk.seen)
    assert len(seen[0]) >= 2
    for step, (one, other) in enumerate(zip(*seen, strict=True)):
        assert one == other, f"step {step}: {type(one.page).__name__}"
