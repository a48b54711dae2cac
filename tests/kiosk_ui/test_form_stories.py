"""Long forms, groups that sign, reading aids in the middle: what a finger must still reach on the smallest panels."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.model import Visit
from kiosk.pages import Details, Done, Rules
from kiosk.register_store import Signature
from kiosk.view import DoneView, RulesView, Verb
from tests.kiosk_ui.touch_site import Stage, TouchSite, live
from tests.ui_kit.panels import on_every_panel
from ui.metrics import SEVEN_INCH, TOUCH_DISPLAY_2, Panel

pytestmark = pytest.mark.slow
HOUSE_RULES = {"house_rules": {"da": ["Bær dit gæstekort."]}}
LONG = {
    "key": "guest",
    "title": {"da": "Gæst"},
    "fields": [{"key": key, "label": {"da": key.title()}} for key in ("firma", "bil", "opgave", "kort")],
}


@on_every_panel
def test_a_form_of_seven_fields_is_filled_by_touching_each(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        await here.to_details("lou")
        here.keys("Bo", "name")
        for key in ("x-kort", "x-firma", "x-bil", "x-opgave"):
            here.keys("A" + key[-1], key)
        here.tap(Verb.NEXT)
        await here.until(lambda: here.inside)
        extra = dict(here.inside[0].guest.extra)
        assert extra == {"kort": "At", "firma": "Aa", "bil": "Al", "opgave": "Ae"}

    live(stage, panel, tmp_path, story, types=[LONG])


async def signature_of(here: TouchSite, visit: Visit) -> Signature | None:
    return await here.kiosk.parts.register.apply(lambda store, at: store.signature_of(visit.id))


def test_each_guest_of_a_group_signs_on_an_empty_box(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        await here.to_details("lou")
        here.keys("Bo", "name")
        here.tap(Verb.ADD_GUEST)
        here.keys("Eva", "name")
        here.tap(Verb.NEXT)
        for name in ("Bo", "Eva"):
            page = await here.page_of(RulesView)
            assert name in page.title
            assert (page.strokes, here.root.page.box.strokes) == ("", [])
            here.draw_signature()
            here.tap(Verb.HELP)
            here.tap(Verb.BACK)
            assert len(here.root.page.box.strokes) == 1, "help in between keeps what was drawn"
            here.tap(Verb.ACCEPT)
        await here.page_of(DoneView)
        await here.until(lambda: len(here.inside) == 2)
        for visit in here.inside:
            found = await signature_of(here, visit)
            assert found is not None
            assert len(found.strokes.split()) >= 6

    types = [{"key": "guest", "title": {"da": "Gæst"}, "rules": "sign"}]
    live(stage, TOUCH_DISPLAY_2, tmp_path, story, types=types, flow=HOUSE_RULES)


@on_every_panel
def test_reading_aids_in_the_middle_keep_what_was_typed(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        await here.to_details("lou")
        here.keys("Bo", "name")
        here.tap(Verb.ACCESSIBILITY)
        for aid in (Verb.LARGE_TEXT, Verb.HIGH_CONTRAST, Verb.LOW_REACH):
            here.tap(aid)
        here.tap(Verb.BACK)
        page = await here.flow_page(Details)
        assert page.text("name") == "Bo"
        here.keys(" Ek")
        here.keys("bo@ek.dk", "email")
        here.tap(Verb.NEXT)
        await here.flow_page(Rules)
        here.tap(Verb.ACCEPT)
        await here.flow_page(Done)
        (visit,) = here.inside
        assert (visit.guest.name, visit.guest.email) == ("Bo Ek", "bo@ek.dk")
        here.tap(Verb.HOME)
        await here.home()
        assert not here.kiosk.view.large_text

    types = [{"key": "guest", "title": {"da": "Gæst"}, "rules": "accept"}]
    live(stage, panel, tmp_path, story, types=types, flow=HOUSE_RULES)


def test_leaving_by_name_in_large_text_on_a_low_panel(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        here.tap(Verb.ACCESSIBILITY)
        here.tap(Verb.LARGE_TEXT)
        here.tap(Verb.BACK)
        here.tap(Verb.LEAVE)
        here.keys("Bo Ek", "name")
        here.keys("lou", "factor")
        here.tap(Verb.NEXT)
        await here.page_of(DoneView)

    live(stage, SEVEN_INCH, tmp_path, story)
