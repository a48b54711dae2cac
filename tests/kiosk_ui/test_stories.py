"""The stories of the lobby on glass: guests who come and leave, by fingers on every panel and the emulated scanner."""

from __future__ import annotations

from pathlib import Path

from kiosk.model import LeftBy, VisitState
from kiosk.pages import Goodbye
from kiosk.view import Verb
from tests.kiosk.site import BENTE
from tests.kiosk_ui.touch_site import Effort, Stage, TouchSite, live
from tests.ui_kit.panels import on_every_panel
from ui.metrics import TOUCH_DISPLAY_2, Panel

NAME = "Karl Lund"


@on_every_panel
def test_a_walk_in_leaves_by_one_scan_of_the_badge(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        await here.walk_in(NAME)
        await here.says("Louise H. har fået besked på Teams")
        (visit,) = here.inside
        assert visit.guest.name == NAME
        await here.says("Tag dit gæstekort")
        here.tap(Verb.HOME)
        await here.home()
        here.rested()
        here.scan(await here.badge())
        await here.flow_page(Goodbye)
        assert here.effort == Effort(scans=1)
        left = await here.kiosk.parts.register.by_id(visit.id)
        assert left is not None
        assert (left.state, left.out_by) == (VisitState.LEFT, LeftBy.SCAN)

    live(stage, panel, tmp_path, story)


@on_every_panel
def test_leaving_by_name_and_the_last_digits_of_the_phone(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        await here.walk_in(NAME, "20202021")
        (visit,) = here.inside
        here.tap(Verb.HOME)
        here.tap(Verb.LEAVE)
        here.keys(NAME, "name")
        here.keys("21", "factor")
        here.tap(Verb.NEXT)
        await here.flow_page(Goodbye)
        left = await here.kiosk.parts.register.by_id(visit.id)
        assert left is not None
        assert (left.state, left.out_by) == (VisitState.LEFT, LeftBy.GUEST)

    live(stage, panel, tmp_path, story)


def test_a_host_who_is_not_listed(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        here.tap(Verb.VISIT)
        assert not (await here.find_host("jesper")).rows  # he is in the directory, but no host
        here.tap(Verb.HOST_NOT_LISTED)
        here.keys(NAME, "name")
        here.tap(Verb.NEXT)
        await here.says("har fået besked på Teams")
        (visit,) = here.inside
        assert visit.host.address == BENTE
        assert len(await here.chat(BENTE)) == 1

    live(stage, TOUCH_DISPLAY_2, tmp_path, story)
