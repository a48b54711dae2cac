"""Reception's pages in headless Chromium, on desktop and phone, light and dark: they fit, are live, and run no name.

With PICTURES=FOLDER in the environment every page is also written there as PNG.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from hub.intake import Intake
from hub.live import Change
from hub.roles import Role
from hub.visits.guest_form import GuestForm
from tests.hub.test_web_browser import CUT, SIZES, SMALL, WIDER, chromium, live_within_ms, opened
from tests.hub.visits.guests import add_rogue, fill
from tests.hub.visits.kit import visit_id
from tests.hub.web_kit import Served, served
from tests.hub.wire import batch, draft, row, said

__all__ = ["chromium"]

pytestmark = pytest.mark.slow
PICTURES = os.environ.get("PICTURES", "")
SEQUENCE = itertools.count(1)
FORM = GuestForm("Ida Berg", "Jonas Holm", "jonas@nordhavn.example", "ida@berg.example", company="Berg Rådgivning")
NO_ADDRESS = GuestForm("Eva Lind", "Ingrid Holm")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("hub")
    with served(folder, small=True) as running:
        assert running.parts.visits is not None
        fill(running.parts.visits, running.clock.now())
        yield running


@pytest.fixture(scope="module")
def pages(hub: Served) -> dict[str, str]:
    visits, now = hub.parts.visits, hub.clock.now()
    assert visits is not None
    made = visits.invitations.make(FORM, "Nordhavn", now + timedelta(days=1), 60, "louise")
    told, telling, untold = (visits.desk.sign_in(form, "Nordhavn", "louise") for form in (FORM, FORM, NO_ADDRESS))
    says(hub, told, step="told", rung="first", channel="chat")
    says(hub, untold, step="failed", rung="reception", channel="reception")
    return {
        "visitors": "/visitors",
        "visitors-new": "/visitors/new",
        "visitor": f"/visitors/{visit_id(1)}",
        "visitor-told": f"/visitors/{told}",
        "visitor-telling": f"/visitors/{telling}",
        "visitor-untold": f"/visitors/{untold}",
        "rogue": f"/visitors/{add_rogue(visits, now)}",
        "evacuation": "/visitors/evacuation",
        "invitations": "/invitations",
        "invitation": f"/invitations/{made}",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_and_no_name_is_run(
    hub: Served, chromium: Browser, pages: dict[str, str], size: str, scheme: str
) -> None:
    with opened(hub, chromium, size=size, scheme=scheme) as (page, faults):
        for name, path in pages.items():
            page.goto(hub.url + path)
            page.wait_for_function("document.fonts.status === 'loaded'")
            assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path
            for complaint in (WIDER, CUT, SMALL):
                assert page.evaluate(complaint) == [], path
            assert page.locator("h1").count() == 1, path
            assert page.evaluate("window.hacked") is None, path
            if PICTURES:
                page.screenshot(path=f"{PICTURES}/{name}-{size}-{scheme}.png", full_page=True)
        assert faults.real == []


def test_a_guest_who_comes_at_a_kiosk_is_shown_within_two_seconds(hub: Served, chromium: Browser) -> None:
    visits = hub.parts.visits
    assert visits is not None
    with opened(hub, chromium, role=Role.RECEPTION) as (page, faults):
        page.goto(f"{hub.url}/visitors")
        page.evaluate("window.kept = true")
        began_s = time.monotonic()
        visits.desk.sign_in(GuestForm("Bo Dam", "Jonas Holm"), "Nordhavn", "bente")
        hub.parts.live.tell(Change("reception", "e/visit"))
        page.wait_for_selector("#visitors-now >> text=Bo Dam", timeout=live_within_ms())
        assert time.monotonic() - began_s < live_within_ms() / 1000
        assert page.evaluate("window.kept"), "no reload"
        page.get_by_role("row", name="Bo Dam").get_by_role("button", name="Sign out").click()
        page.wait_for_selector("section:has(h2:text('Left today')) >> text=Bo Dam")
        assert faults.real == []


def says(hub: Served, visit: str, **words: str) -> None:
    """The kiosk Reception says how far it is with telling a host; ingest writes it, and open pages hear of it."""
    visits, now_ms = hub.parts.visits, round(hub.clock.now().timestamp() * 1000)
    assert visits is not None
    payload = batch(row(next(SEQUENCE), body=json.dumps({"visit": visit, **words}), ts=now_ms))
    message = draft(said("e/host-told", payload, unit="reception", at=now_ms))
    for change in Intake(hub.parts.store, visits.intake).write(message, now_ms).changes:
        hub.parts.live.tell(change)


def test_reception_sees_within_two_seconds_that_the_host_was_told_and_comes(hub: Served, chromium: Browser) -> None:
    visits = hub.parts.visits
    assert visits is not None
    made = visits.desk.sign_in(FORM, "Nordhavn", "bente")
    with opened(hub, chromium, role=Role.RECEPTION) as (page, faults):
        page.goto(f"{hub.url}/visitors/{made}")
        page.wait_for_selector("#host-told >> text=is telling Jonas Holm")
        page.wait_for_load_state("load")
        page.evaluate("window.kept = true")
        page.fill("input[name=company]", "half typed")
        for words, text in (
            ({"step": "told", "rung": "first", "channel": "chat"}, "was told in Teams at"),
            ({"step": "answered", "rung": "first", "channel": "chat", "answer": "five-minutes"}, "comes in 5 minutes"),
        ):
            began_s = time.monotonic()
            says(hub, made, **words)
            page.wait_for_selector(f"#host-told >> text={text}", timeout=live_within_ms())
            assert time.monotonic() - began_s < live_within_ms() / 1000
        assert page.evaluate("window.kept"), "no reload"
        assert page.input_value("input[name=company]") == "half typed", "what is being typed stays"
        visits.desk.sign_out(made, "bente")
        page.wait_for_selector("#visit-state >> text=Left", timeout=live_within_ms())
        assert faults.real == []


def test_the_evacuation_list_prints_names_and_nothing_else(hub: Served, chromium: Browser) -> None:
    with opened(hub, chromium, role=Role.RECEPTION) as (page, _):
        page.goto(f"{hub.url}/visitors/evacuation")
        page.emulate_media(media="print")
        assert page.is_visible("text=Maja Krogh")
        hidden = ("header", "text=Begin evacuation", "[data-print]")
        assert [one for one in hidden if page.is_visible(one)] == []


def test_a_tick_is_seen_on_another_page_and_one_that_is_not_saved_says_so(hub: Served, chromium: Browser) -> None:
    box = f"#found-{visit_id(1)}"
    with (
        opened(hub, chromium, role=Role.RECEPTION) as (one, faults),
        opened(hub, chromium, role=Role.RECEPTION) as (other, _),
    ):
        for page in (one, other):
            page.goto(f"{hub.url}/visitors/evacuation")
        other.wait_for_load_state("load")
        one.check(box)
        other.wait_for_selector(f"{box}:checked", timeout=live_within_ms())
        one.wait_for_selector("text=1 of")
        assert faults.real == []
        one.route("**/visitors/evacuation/*", lambda route: route.abort())
        one.locator(box).click()
        one.wait_for_selector("[data-unsaved]:visible")
        assert one.is_checked(box), "what is not saved is not shown"
        assert other.is_checked(box)
