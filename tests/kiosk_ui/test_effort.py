"""How many keys and taps a walk-in costs on the glass: what the keyboard of each panel asks for counts too."""

from __future__ import annotations

from pathlib import Path

from kiosk.model import Guest
from kiosk.view import DoneView, Verb
from tests.kiosk_ui.touch_site import Effort, Stage, TouchSite, live
from tests.ui_kit.panels import on_every_panel
from ui.metrics import SEVEN_INCH, Panel

MOST_KEYS, MOST_TAPS = 60, 6
ACCEPTS = {
    "types": [{"key": "guest", "title": {"da": "Gæst"}, "rules": "accept"}],
    "flow": {"house_rules": {"da": ["Bær dit gæstekort."]}},
}
GUEST = Guest("Søren Ærøskøbing", "soren@aeroskobing-a-s.dk", "+45 20 20 20 20")


@on_every_panel
def test_a_walk_in_with_all_that_can_be_typed(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        here.tap(Verb.VISIT)
        await here.find_host("lou")
        here.tap(Verb.PICK_HOST, "0")
        here.keys(GUEST.name, "name")
        here.keys(GUEST.email, "email")
        here.keys(GUEST.phone.replace(" ", ""), "phone")
        here.tap(Verb.NEXT)
        here.tap(Verb.ACCEPT)
        await here.page_of(DoneView)
        await here.until(lambda: here.inside)
        (visit,) = here.inside
        assert (visit.guest.name, visit.guest.email) == (GUEST.name, GUEST.email)
        assert visit.guest.phone.replace(" ", "") == GUEST.phone.replace(" ", "")
        assert here.effort.keys <= MOST_KEYS
        assert here.effort.taps <= MOST_TAPS

    live(stage, panel, tmp_path, story, **ACCEPTS)


def test_a_walk_in_with_only_what_is_needed(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        here.tap(Verb.VISIT)
        await here.find_host("lou")
        here.tap(Verb.NEXT)  # there is one hit only
        here.keys("Bo Ek")
        here.tap(Verb.NEXT)
        here.tap(Verb.ACCEPT)
        await here.page_of(DoneView)
        assert here.effort == Effort(keys=8, taps=4)

    live(stage, SEVEN_INCH, tmp_path, story, **ACCEPTS)
