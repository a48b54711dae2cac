"""Guests in the lobby, from the first touch to the last page, against the simulated tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from drivers.emulators.emulator import Fault
from kiosk.model import LeftBy, VisitState
from kiosk.pages import Goodbye
from kiosk.view import ChoiceView, CodeView, DoneView, FormView, HostsView, MessageView, Sign, Verb
from tests.common.visiting.token_kit import VISIT, new_code, token
from tests.kiosk.flow_kit import holds
from tests.kiosk.invitation_kit import record
from tests.kiosk.site import BENTE, DESK, LOUISE, Site, sealed_to, site

NAME = "Karl Åge Guest"
PHONE = "+45 20 20 20 21"


def live(folder: Path, story: Callable[[Site], Awaitable[None]], **sections: Any) -> None:
    """Live a story at a kiosk of its own."""

    async def main() -> None:
        async with site(folder, **sections) as here:
            await story(here)

    asyncio.run(main())


# --- without a code ---


def test_a_walk_in(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.tap(Verb.VISIT)
        found = await here.find_host("louise")
        assert [row.title for row in found.rows] == ["Louise H."]
        here.tap(Verb.PICK_HOST, "0")
        assert isinstance(here.page, FormView)
        here.keys(NAME, "name")
        here.keys(PHONE, "phone")
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        (visit,) = here.inside
        assert (visit.guest.name, visit.guest.phone) == (NAME, PHONE)
        assert (visit.host.address, visit.state) == (LOUISE, VisitState.ON_SITE)
        assert visit.notice_version
        (told,) = await here.chat()
        assert NAME in told
        await here.says("Tag dit gæstekort")
        (label,) = here.labels
        assert NAME in " ".join(label.texts)
        assert len(label.payloads) == 1
        assert (await here.page_of(DoneView)).badge is not None
        await here.step(10)
        await here.home()

    live(tmp_path, story)


def test_a_host_who_is_silent_and_a_guest_who_follows(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.walk_in(NAME)
        await here.says("Louise H. har fået besked på Teams")
        here.tap(Verb.MORE_TIME)
        await here.step(59)
        here.tap(Verb.MORE_TIME)
        await here.step(3)
        await here.says("på Teams og e-mail")
        assert [mail["to"] for mail in await here.mails()] == [[LOUISE]]
        for _ in range(3):
            here.tap(Verb.MORE_TIME)
            await here.step(40)
        await here.says("Bente J. har fået besked på Teams")
        await here.says("Louise H. svarer ikke endnu")
        assert len(await here.chat(BENTE)) == 1
        for _ in range(3):
            here.tap(Verb.MORE_TIME)
            await here.step(40)
        await here.says("Receptionen har fået besked")
        assert [mail["to"] for mail in await here.mails()] == [[LOUISE], [DESK]]

    live(tmp_path, story)


def test_a_host_who_answers(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.walk_in(NAME)
        await here.says("Louise H. har fået besked på Teams")
        await here.step(3)
        await here.answers("kommer")
        here.tap(Verb.MORE_TIME)
        await here.step(6)
        await here.says("Louise H. er på vej")

    live(tmp_path, story)


def test_mail_first(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.walk_in(NAME)
        await here.says("Louise H. har fået besked på e-mail")
        (mail,) = await here.mails()
        assert (mail["to"], NAME in mail["subject"]) == ([LOUISE], True)

    live(tmp_path, story, notify={"first": "mail"})


def test_a_group_gets_a_badge_each_and_the_host_one_message(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.to_details()
        for name in ("Anna First", "Bo Second"):
            here.keys(name, "name")
            here.tap(Verb.ADD_GUEST)
        here.keys("Carl Third", "name")
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        await here.until(lambda: len(here.labels) == 3)
        assert len({label.payloads for label in here.labels}) == 3
        assert sorted(visit.guest.name for visit in here.inside) == ["Anna First", "Bo Second", "Carl Third"]
        assert len({visit.group for visit in here.inside}) == 1
        assert len(await here.chat()) == 1

    live(tmp_path, story)


def test_a_host_who_is_not_listed(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.tap(Verb.VISIT)
        await here.find_host("jesper")  # he is in the directory, but no host
        assert isinstance(here.page, HostsView)
        assert not here.page.rows
        here.tap(Verb.HOST_NOT_LISTED)
        here.keys(NAME, "name")
        here.tap(Verb.NEXT)
        await here.says("har fået besked på Teams")
        (visit,) = here.inside
        assert visit.host.address == BENTE
        assert len(await here.chat(BENTE)) == 1

    live(tmp_path, story)


def test_a_name_that_no_font_can_draw_is_asked_for_in_latin_letters(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.to_details()
        here.keys("\U00013000\U00013001", "name")  # hieroglyphs are letters, too
        here.tap(Verb.NEXT)
        assert isinstance(here.page, FormView)
        assert here.page.fields[0].error
        here.keys("Ελευθέριος", "name")
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        await here.until(lambda: len(here.labels) == 1)

    live(tmp_path, story)


def test_a_delivery_stores_nobody(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.tap(Verb.DELIVERY)
        assert isinstance(here.page, ChoiceView)
        here.tap(Verb.PICK, "1")
        await here.find_host()
        here.tap(Verb.PICK_HOST, "0")
        await here.says("Louise H. har fået besked på Teams")
        assert len(await here.chat()) == 1
        await here.step(10)
        await here.home()
        here.tap(Verb.DELIVERY)
        here.tap(Verb.PICK, "0")
        await here.says("Receptionen har fået besked")
        assert [mail["to"] for mail in await here.mails()] == [[DESK]]
        assert here.inside == ()
        assert here.labels == ()

    live(tmp_path, story)


def test_help(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.to_details()
        here.keys("Karl", "name")
        here.tap(Verb.HELP)
        await here.until(lambda: isinstance(here.page, MessageView) and "er tilkaldt" in here.page.title)
        assert [mail["to"] for mail in await here.mails()] == [[DESK]]
        here.tap(Verb.BACK)
        assert isinstance(here.page, FormView)
        assert here.page.fields[0].text == "Karl"

    live(tmp_path, story)


def test_who_walks_away_leaves_nothing(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.tap(Verb.LANGUAGE, "en")
        await here.to_details()
        here.keys(NAME, "name")
        await here.step(30)
        assert here.still_there() is not None
        assert holds(here.kiosk.view, NAME)
        await here.step(20)
        await here.home()
        assert here.kiosk.view.header.language == "da"
        assert not holds((here.kiosk.view, here.kiosk.state), NAME)
        assert here.inside == ()

    live(tmp_path, story)


def test_two_guests_one_after_the_other(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.walk_in(NAME, PHONE)
        await here.says("Tag dit gæstekort")
        here.tap(Verb.HOME)
        await here.walk_in("Anna Second", host="rasmus")
        await here.says("Rasmus L. har fået besked på Teams")
        for secret in (NAME, "Karl", PHONE, "Louise", LOUISE):
            assert not holds((here.kiosk.view, here.kiosk.state), secret), secret
        # What is told of the first guest's host reaches nobody's screen but the first guest's.
        await here.answers("kommer")
        await here.step(6)
        await here.until(lambda: not here.kiosk.busy)
        assert not holds(here.kiosk.view, "Louise")
        assert len(here.inside) == 2

    live(tmp_path, story)


# --- with a code ---


async def invite(here: Site, code: str = "", **changes: str) -> str:
    """The kiosk has the record; returns what the QR code says."""
    made = record(code or new_code(), host_name="Louise Holm", host_address=LOUISE, **changes)
    await here.take(sealed_to(here, made))
    return token()


def test_an_invitation_is_one_scan_and_one_tap(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.scan(await invite(here))
        await here.until(lambda: isinstance(here.page, MessageView) and here.page.title == "Velkommen, Signe")
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        (visit,) = here.inside
        assert (visit.id, visit.guest.name, visit.host.address) == (VISIT, "Signe Hemmelig", LOUISE)
        assert len(await here.chat()) == 1
        await here.until(lambda: len(here.labels) == 1)
        await here.step(10)
        await here.home()
        here.scan(token())
        await here.until(lambda: isinstance(here.page, MessageView) and "allerede registreret" in here.page.title)
        here.tap(Verb.LEAVE)
        await here.flow_page(Goodbye)
        assert here.inside == ()
        await here.step(10)
        await here.home()
        here.scan(token())
        await here.until(lambda: isinstance(here.page, MessageView) and here.page.sign is Sign.CAUTION)

    live(tmp_path, story)


def test_an_invitation_of_a_host_who_is_not_in_the_directory(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.take(sealed_to(here, record(new_code())))
        here.scan(token())
        await here.until(lambda: isinstance(here.page, MessageView) and here.page.title == "Velkommen, Signe")
        here.tap(Verb.NEXT)
        await here.says("har fået besked på e-mail")
        assert [mail["to"] for mail in await here.mails()] == [["jonas@nordhavn.example"]]

    live(tmp_path, story)


def test_an_invitation_without_its_record_is_typed(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.scan(token())
        await here.page_of(HostsView)
        await here.find_host()
        here.tap(Verb.PICK_HOST, "0")
        here.keys(NAME, "name")
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        assert [visit.id for visit in here.inside] == [VISIT]

    live(tmp_path, story)


def test_an_invitation_by_its_code(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        code = new_code()
        await invite(here, code)
        here.tap(Verb.SCAN)
        here.tap(Verb.CODE)
        here.keys(new_code())
        here.tap(Verb.NEXT)
        await here.until(lambda: isinstance(here.page, CodeView) and here.page.message)
        here.keys(code)
        here.tap(Verb.NEXT)
        await here.until(lambda: isinstance(here.page, MessageView) and "Signe" in here.page.title)
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")

    live(tmp_path, story)


def test_a_code_that_is_not_ours(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        for foreign in ("https://example.com/", "WIFI:S:guest;T:WPA;P:secret;;", "x" * 5000, "\x00\x1b[2J", "MD1:"):
            here.scan(foreign)
            await here.until(lambda: isinstance(here.page, MessageView) and here.page.sign is Sign.CAUTION)
            here.tap(Verb.HOME)
            await here.home()

    live(tmp_path, story)


# --- leaving ---


def test_leaving_by_the_code_on_the_badge(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.walk_in(NAME)
        visit_id = here.inside[0].id
        await here.until(lambda: len(here.labels) == 1)
        (badge,) = here.labels[0].payloads
        here.scan(badge)
        await here.until(lambda: not here.inside)
        visit = await here.kiosk.parts.register.by_id(visit_id)
        assert visit is not None
        assert (visit.state, visit.out_by) == (VisitState.LEFT, LeftBy.SCAN)
        await here.until(lambda: isinstance(here.page, DoneView) and here.page.title == "Farvel")
        await here.step(10)
        await here.home()
        here.scan(badge)
        await here.until(lambda: isinstance(here.page, MessageView) and here.page.sign is Sign.CAUTION)

    live(tmp_path, story)


def test_leaving_by_name_tells_a_stranger_nothing(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.walk_in(NAME, PHONE)
        visit_id = here.inside[0].id
        here.tap(Verb.HOME)
        seen: list[DoneView] = []
        for name, factor, left in ((NAME, "99", False), ("Karl Aage Guest", "21", True)):
            here.tap(Verb.LEAVE)
            here.keys(name, "name")
            here.keys(factor, "factor")
            here.tap(Verb.NEXT)
            await here.flow_page(Goodbye)
            seen.append(await here.page_of(DoneView))
            assert (here.inside == ()) is left
            await here.step(10)
            await here.home()
        assert (seen[0].title, seen[0].lines) == (seen[1].title, seen[1].lines)
        visit = await here.kiosk.parts.register.by_id(visit_id)
        assert visit is not None
        assert (visit.state, visit.out_by) == (VisitState.LEFT, LeftBy.GUEST)

    live(tmp_path, story)


# --- what goes wrong ---


def test_the_network_is_lost_in_the_middle(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.to_details()
        await here.control("POST", "faults", kind="html", path="/v1.0/")
        here.keys(NAME, "name")
        here.tap(Verb.NEXT)
        await here.says("Intet netværk")
        await here.says("+45 12 34 56 78")
        await here.until(lambda: not here.kiosk.state.health.network)
        await here.until(lambda: len(here.labels) == 1)
        await here.step(10)
        await here.home()
        assert "Intet netværk" in here.page.notice  # type: ignore[union-attr]
        await here.control("DELETE", "faults")
        for _ in range(4):
            await here.step(31)
        await here.until(lambda: here.kiosk.state.health.network)
        (told,) = await here.chat()
        assert NAME in told
        assert len(here.inside) == 1

    live(tmp_path, story)


def test_a_register_that_cannot_write_is_asked_again(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        register = here.kiosk.parts.register
        await here.to_details()
        here.keys(NAME, "name")
        await register.apply(lambda store, at: store.connection.execute("PRAGMA query_only = 1"), refresh=False)
        here.tap(Verb.NEXT)
        await here.says("Det kunne ikke gemmes her endnu")
        assert here.inside == ()
        await here.step(10)
        await here.until(lambda: len(here.inside) == 1)
        await here.until(lambda: not here.kiosk.state.unsaved)
        await here.until(lambda: len(here.labels) == 1)
        await here.step(1)
        await here.until(lambda: not here.kiosk.busy)
        assert len(await here.chat()) == 1

    live(tmp_path, story)


def test_a_printer_without_paper_stops_no_guest(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.printer.emulator.faults.add(Fault.PAPER_OUT)
        await here.walk_in(NAME)
        await here.says("Louise H. har fået besked på Teams")
        await here.says("Kortprinteren virker ikke")
        assert len(here.inside) == 1
        here.printer.emulator.faults.clear()
        await here.until(lambda: len(here.labels) == 1)
        await here.says("Tag dit gæstekort")

    live(tmp_path, story)
