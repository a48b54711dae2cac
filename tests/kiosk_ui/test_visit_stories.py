"""More ways of visiting on glass: groups, types with fields and a drawn signature, deliveries, another language."""

from __future__ import annotations

from pathlib import Path

from kiosk.pages import Details, Rules
from kiosk.view import FormView, RulesView, Verb
from tests.kiosk.site import DESK
from tests.kiosk_ui.touch_site import Effort, Stage, TouchSite, live
from tests.ui_kit.panels import on_every_panel
from ui.metrics import SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2, Panel

TYPES = [
    {"key": "guest", "title": {"da": "Gæst"}},
    {
        "key": "craft",
        "title": {"da": "Håndværker"},
        "email": "no",
        "phone": "required",
        "rules": "sign",
        "fields": [{"key": "company", "label": {"da": "Firma"}, "required": True, "on_badge": True}],
    },
]
HOUSE_RULES = {"da": ["Bær dit gæstekort.", "Din vært følger dig."], "en": ["Wear your badge."]}


@on_every_panel
def test_a_group_gets_a_badge_each_and_the_host_one_message(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        await here.to_details("lou")
        here.keys("Bo", "name")
        here.tap(Verb.ADD_GUEST)
        here.keys("Ib", "name")
        here.tap(Verb.ADD_GUEST)
        here.keys("Eva", "name")
        here.tap(Verb.REMOVE_GUEST, "1")
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        await here.badge(1)
        assert len({label.payloads for label in here.labels}) == 2
        assert sorted(visit.guest.name for visit in here.inside) == ["Bo", "Eva"]
        assert len(await here.chat()) == 1

    live(stage, panel, tmp_path, story)


@on_every_panel
def test_a_type_with_its_own_fields_and_a_drawn_signature(stage: Stage, tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        here.tap(Verb.VISIT)
        here.tap(Verb.VISIT, "craft")
        await here.find_host("lou")
        here.tap(Verb.PICK_HOST, "0")
        for text in ("Bo", "12345678", "Tag"):  # the key on the right leads from field to field
            here.keys(text)
            here.tap(Verb.NEXT)
        page = await here.page_of(RulesView)
        assert (page.sign, page.accept.enabled) == (True, False)
        here.draw_signature()
        here.tap(Verb.ACCEPT)
        await here.says("Louise H. har fået besked på Teams")
        (visit,) = here.inside
        assert (visit.type, visit.guest.phone, visit.guest.extra) == ("craft", "12345678", (("company", "Tag"),))
        signature = await here.kiosk.parts.register.apply(lambda store, at: store.signature_of(visit.id), refresh=False)
        assert signature is not None
        assert len(signature.strokes.split()) >= 6
        await here.badge()
        assert "Tag" in " ".join(here.labels[0].texts)

    live(stage, panel, tmp_path, story, types=TYPES, flow={"house_rules": HOUSE_RULES})


def test_deliveries_to_a_person_and_to_reception(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        here.tap(Verb.DELIVERY)
        here.tap(Verb.PICK, "1")
        await here.find_host("lou")
        here.tap(Verb.PICK_HOST, "0")
        await here.says("Louise H. har fået besked på Teams")
        here.tap(Verb.HOME)
        here.rested()
        here.tap(Verb.DELIVERY)
        here.tap(Verb.PICK, "0")
        await here.says("Receptionen har fået besked")
        assert here.effort == Effort(taps=2)
        assert [mail["to"] for mail in await here.mails()] == [[DESK]]
        assert (here.inside, here.labels) == ((), ())

    live(stage, TOUCH_DISPLAY_2, tmp_path, story)


def test_another_language_in_the_middle_keeps_what_was_typed(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        await here.to_details("lou")
        here.keys("Bo", "name")
        here.tap(Verb.LANGUAGE, "en")
        page = await here.page_of(FormView)
        assert (page.title, page.fields[0].text) == ("Who are you?", "Bo")
        here.keys(" Ek")
        here.tap(Verb.NEXT)
        await here.flow_page(Rules)
        here.tap(Verb.LANGUAGE, "es")
        here.tap(Verb.ACCEPT)
        await here.says("Hemos avisado a Louise H. por Teams")
        assert [visit.guest.name for visit in here.inside] == ["Bo Ek"]
        (told,) = await here.chat()
        assert "Bo Ek" in told
        here.tap(Verb.HOME)
        await here.home()
        assert here.kiosk.view.header.language == "da"

    types = [{"key": "guest", "title": {"da": "Gæst"}, "rules": "accept"}]
    live(stage, SEVEN_INCH, tmp_path, story, types=types, flow={"house_rules": HOUSE_RULES})


def test_who_goes_back_finds_what_was_typed(stage: Stage, tmp_path: Path) -> None:
    async def story(here: TouchSite) -> None:
        await here.to_details("lou")
        here.keys("Bo", "name")
        here.tap(Verb.PRIVACY)
        here.tap(Verb.BACK)
        here.tap(Verb.BACK)
        await here.find_host("ras")
        here.tap(Verb.NEXT)
        page = await here.flow_page(Details)
        assert page.text("name") == "Bo"
        here.tap(Verb.NEXT)
        await here.says("Rasmus L. har fået besked på Teams")

    live(stage, TEN_INCH, tmp_path, story)
