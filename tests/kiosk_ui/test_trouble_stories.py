"""What does not go by the book, on glass: help, who hesitates, no network, a pulled cable, the evacuation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common.pin import hash_pin
from drivers.device import Condition
from kiosk.pages import Admin, Evacuating, Goodbye, InBuilding, Pin
from kiosk.view import FormView, ListView, MessageView, Verb
from tests.kiosk.site import DESK, PIN
from tests.kiosk_ui.touch_site import Stage, TouchSite, live
from tests.ui_kit.panels import on_every_panel
from ui.metrics import SEVEN_INCH, TEN_INCH, Panel


def words(here: TouchSite) -> str:
    """Every text that a widget on the glass holds."""
    names = ("text", "title", "detail", "note", "placeholder")
    return "\n".join(str(getattr(one, name, "")) for one in here.root.walk() for name in names)


def test_help_is_called_and_what_was_typed_stays(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        await here.to_details("lou")
        here.keys("Bo", "name")
        here.tap(Verb.HELP)
        await here.until(lambda: isinstance(here.page, MessageView) and "er tilkaldt" in here.page.title)
        assert [mail["to"] for mail in await here.mails()] == [[DESK]]
        here.tap(Verb.BACK)
        assert (await here.page_of(FormView)).fields[0].text == "Bo"
        here.keys("b")
        assert (await here.page_of(FormView)).fields[0].text == "Bob"

    live(stage, SEVEN_INCH, tmp_path, story)


@on_every_panel
def test_more_time_keeps_what_was_typed_and_silence_wipes_it(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        await here.to_details("lou")
        here.keys("Bo Ek", "name")
        await here.step(30)
        here.tap(Verb.MORE_TIME)
        await here.step(29)
        assert here.still_there() is None
        assert "Bo Ek" in words(here)
        await here.step(1)
        assert here.still_there() is not None
        await here.step(20)
        await here.home()
        here.draw()
        assert "Bo" not in words(here)
        assert here.inside == ()

    live(stage, panel, tmp_path, story)


def test_who_reads_the_privacy_notice_page_by_page_is_there(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        here.tap(Verb.PRIVACY)
        for _ in range(3):
            await here.step(20)
            here.page_down()
            assert here.still_there() is None
        await here.step(30)
        assert here.still_there() is not None

    live(stage, SEVEN_INCH, tmp_path, story)


def test_without_a_network_the_guest_is_told_so_and_the_host_later(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        await here.to_details("lou")
        await here.control("POST", "faults", kind="drop", path="/v1.0/")
        here.keys("Bo Ek", "name")
        here.tap(Verb.NEXT)
        await here.says("Intet netværk")
        here.draw()
        assert "+45 12 34 56 78" in words(here)
        await here.until(lambda: not here.kiosk.state.health.network)
        here.tap(Verb.HOME)
        await here.home()
        here.draw()
        assert "Intet netværk" in words(here)
        assert await here.chat() == []
        await here.control("DELETE", "faults")
        await here.pass_until(lambda: here.kiosk.state.health.network, most_s=120)
        (told,) = await here.chat()
        assert "Bo Ek" in told
        here.draw()
        assert "Intet netværk" not in words(here)
        await here.leave_by_badge()

    live(stage, TEN_INCH, tmp_path, story)


def test_a_scanner_that_was_pulled_out_reads_again(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        scanner: Any = here.kiosk.parts.scanner
        await here.walk_in("Bo")
        badge = await here.badge()
        scanner._pty.unplug()
        await here.until(lambda: scanner.health().condition is Condition.ABSENT)
        here.tap(Verb.HOME)
        scanner._pty.replug()
        await here.until(lambda: scanner.health().condition is Condition.HEALTHY)
        here.scan(badge)
        await here.flow_page(Goodbye)
        assert here.inside == ()

    live(stage, SEVEN_INCH, tmp_path, story)


@on_every_panel
def test_an_evacuation_is_begun_ticked_off_and_printed(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        for name in ("Anna", "Bo"):
            await here.walk_in(name, host="lou")
            here.tap(Verb.HOME)
        badges = await badges_of(here, 2)
        here.tap(Verb.ADMIN)
        here.tap(Verb.PIN, "000000")
        await here.until(lambda: isinstance(page := here.kiosk.state.page, Pin) and page.wrong)
        here.tap(Verb.PIN, PIN)
        await here.flow_page(Admin)
        here.tap(Verb.EVACUATE, "on")
        await here.until(lambda: len(found(here)) == 2)
        here.tap(Verb.TICK, next(one.id for one in here.inside if one.guest.name == "Anna"))
        await here.until(lambda: found(here) == {"Anna": True, "Bo": False})
        here.scan(badges["Bo"])
        await here.until(lambda: found(here) == {"Anna": True, "Bo": True})
        here.tap(Verb.PRINT_LIST)
        await here.until(lambda: len(here.labels) == 3)
        assert {"Anna", "Bo"} <= set(" ".join(here.labels[2].texts).split())
        here.tap(Verb.BACK)
        await here.flow_page(Evacuating)

    live(stage, panel, tmp_path, story, admin={"pin_hash": hash_pin(PIN)})


async def badges_of(here: TouchSite, count: int) -> dict[str, str]:
    """Who is in the building -> the code on the badge."""
    codes = [await here.badge(number) for number in range(count)]
    names = [next(one for one in ("Anna", "Bo") if one in " ".join(label.texts)) for label in here.labels]
    return dict(zip(names, codes, strict=True))


def found(here: TouchSite) -> dict[str, bool]:
    """Who stands on the list, and whether they are ticked off."""
    page = here.page
    rows = page.rows if isinstance(page, ListView) and isinstance(here.kiosk.state.page, InBuilding) else ()
    return {row.title: row.marked for row in rows}
