"""Invited guests on glass: the QR code before the emulated scanner, the eight characters, who forgot to leave."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kiosk.pages import Expected, HostSearch
from kiosk.view import HostsView, MessageView, Sign, Verb
from tests.common.visiting.token_kit import END, VISIT, new_code, token
from tests.kiosk.invitation_kit import record
from tests.kiosk.site import LOUISE, sealed_to
from tests.kiosk_ui.touch_site import Effort, Stage, TouchSite, live
from tests.ui_kit.panels import on_every_panel
from ui.metrics import SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2, Panel


async def invite(here: TouchSite) -> str:
    """The kiosk has the record of an invitation to Louise; returns its eight characters."""
    code = new_code()
    await here.take(sealed_to(here, record(code, host_name="Louise Holm", host_address=LOUISE)))
    return code


@on_every_panel
def test_an_invitation_is_one_scan_and_one_finger(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        await invite(here)
        here.scan(token())
        await here.until(lambda: isinstance(here.page, MessageView) and here.page.title == "Velkommen, Signe")
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        assert here.effort == Effort(taps=1, scans=1)
        assert [visit.id for visit in here.inside] == [VISIT]
        await here.badge()

    live(stage, panel, tmp_path, story)


@on_every_panel
def test_an_invitation_by_its_eight_characters(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        code = await invite(here)
        here.tap(Verb.SCAN)
        here.tap(Verb.CODE)
        here.keys(code)
        here.tap(Verb.NEXT)
        await here.flow_page(Expected)
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        assert here.effort == Effort(keys=8, taps=4)
        assert [visit.id for visit in here.inside] == [VISIT]

    live(stage, panel, tmp_path, story)


def test_without_a_record_the_scanned_guest_types(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        here.scan(token())
        await here.page_of(HostsView)
        await here.find_host("lou")
        here.tap(Verb.PICK_HOST, "0")
        here.keys("Bo Ek", "name")
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        assert [visit.id for visit in here.inside] == [VISIT]

    live(stage, SEVEN_INCH, tmp_path, story)


def test_a_code_of_somebody_elses_leaves_what_was_typed(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        here.tap(Verb.VISIT)
        here.keys("lo")
        for foreign in ("WIFI:S:guest;T:WPA;P:secret;;", "https://example.com/" + "x" * 3000, "\x00\x1b[2J\xff\x7e"):
            here.scan(foreign)
            await here.until(lambda: isinstance(here.page, MessageView) and here.page.sign is Sign.CAUTION)
            here.tap(Verb.BACK)
            page = await here.flow_page(HostSearch)
            assert page.text == "Lo"

    live(stage, TOUCH_DISPLAY_2, tmp_path, story)


def test_the_host_is_reminded_an_hour_after_the_planned_end(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        await invite(here)
        here.scan(token())
        await here.flow_page(Expected)
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        await here.badge()
        here.tap(Verb.HOME)
        forgetting = here.kiosk.parts.forgetting
        here.clock.step((END + timedelta(minutes=59) - here.clock.now()).total_seconds())
        await forgetting.tick()
        assert len(await here.chat()) == 1
        here.clock.step(60)
        await forgetting.tick()
        await here.step(1)
        await here.until(lambda: not here.kiosk.busy)
        _, reminder = await here.chat()
        assert "Signe" in reminder
        await here.step(600)
        await forgetting.tick()
        await here.step(1)
        await here.until(lambda: not here.kiosk.busy)
        assert len(await here.chat()) == 2
        await here.leave_by_badge()

    live(stage, TEN_INCH, tmp_path, story)
