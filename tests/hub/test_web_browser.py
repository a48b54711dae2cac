"""The pages in headless Chromium, on a desktop and a phone, light and dark: they fit, obey the policy, are live.

With PICTURES=FOLDER in the environment every page is also written there as PNG, to be looked at.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright
from sqlalchemy import update

from hub.live import Change
from hub.roles import Role
from hub.tables import LATEST
from hub.web import sessions
from hub.web.sessions import COOKIE
from tests.hub.office import Office
from tests.hub.web_kit import ADMIN, PASSWORD, Served, served

pytestmark = pytest.mark.slow

PAGES = ("/", "/units", "/units/storebaelt", "/units/reception", "/units/samsoe", "/alarms", "/alarms?show=past",
         "/reports", "/audit", "/sessions", "/about", "/nothing", "/sign-in")  # fmt: skip
SIZES = {"desktop": (1360, 900), "phone": (390, 844), "narrow": (320, 640)}
PICTURES = os.environ.get("PICTURES", "")
LIVE_WITHIN_MS, BUSY_LIVE_WITHIN_MS = 2000, 6000
"""How soon an open page shows what has happened; on a machine with more work than cores nobody keeps time."""

ADMINISTRATOR = Role.ADMINISTRATOR
WHO = "louise.holm@nordhavn.example"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("hub")
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


class Faults(list[str]):
    """What the browser complained of; refused pages are asked for on purpose."""

    def watch(self, page: Page) -> None:
        page.on("console", lambda said: self.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.append(str(error)))

    @property
    def real(self) -> list[str]:
        return [text for text in self if "status of 40" not in text]


@contextmanager
def opened(
    hub: Served,
    chromium: Browser,
    *,
    size: str = "desktop",
    scheme: str = "light",
    role: Role | None = Role.ADMINISTRATOR,
) -> Iterator[tuple[Page, Faults]]:
    """A page of a browser of its own; signed in, unless `role` is None."""
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        ignore_https_errors=True,
    )
    if role is not None:
        context.add_cookies([{"name": COOKIE, "value": hub.session(role, name=WHO), "url": hub.url, "secure": True}])
    page, faults = context.new_page(), Faults()
    page.clock.set_fixed_time(hub.clock.now())
    faults.watch(page)
    try:
        yield page, faults
    finally:
        context.close()


WIDER = """() => [...document.querySelectorAll("main *, header *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !one.closest(".scroll, .frame");
}).map((one) => one.outerHTML.slice(0, 80))"""

SMALL = """() => [...document.querySelectorAll("button, .button, .menu a, select, input")]
  .filter((one) => !["hidden", "checkbox"].includes(one.type))
  .filter((one) => { const box = one.getBoundingClientRect(); return box.width && box.height < 40; })
  .map((one) => one.outerHTML.slice(0, 80))"""

CUT = """() => [...document.querySelectorAll("main :is(h1, h2, h3, h4, .state span, .chip, .tag, button, dd, dt, td)")]
  .filter((one) => one.clientWidth && getComputedStyle(one).display !== "inline")
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_and_nothing_is_complained_of(hub: Served, chromium: Browser, size: str, scheme: str) -> None:
    with opened(hub, chromium, size=size, scheme=scheme) as (page, faults):
        for path in PAGES:
            if path == "/sign-in":
                page.context.clear_cookies()
            page.goto(hub.url + path)
            page.wait_for_function("document.fonts.status === 'loaded'")
            assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path
            assert page.evaluate(WIDER) == [], path
            assert page.evaluate(CUT) == [], path
            assert page.evaluate(SMALL) == [], path
            assert page.evaluate("document.fonts.check('600 15px Inter')"), "Inter is served"
            assert page.locator("h1").count() == 1, path
            if PICTURES:
                name = path.strip("/").replace("/", "-").replace("?", "-") or "rooms"
                page.screenshot(path=f"{PICTURES}/{name}-{size}-{scheme}.png", full_page=True)
        assert faults.real == []


def test_the_switch_goes_round_and_is_remembered(hub: Served, chromium: Browser) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened(hub, chromium) as (page, _):
        page.goto(hub.url)
        light = page.evaluate(ground)
        names = []
        for _ in range(3):
            page.click("[data-theme-switch]")
            names.append((page.inner_text("[data-theme-name]"), page.evaluate(ground) == light))
        assert names == [("Light", True), ("Dark", False), ("Auto", True)]
        page.click("[data-theme-switch]")
        page.click("[data-theme-switch]")
        page.goto(f"{hub.url}/units")
        assert page.evaluate(ground) != light


STATES = {"free": "Free", "busy": "Busy", "check-in": "Check-in due", "unknown": "Not known yet"}


def change_room(hub: Served, unit: str, state: str) -> float:
    """What ingest does when a panel tells a new state; returns when."""
    now_ms = round(hub.clock.now().timestamp() * 1000)
    with hub.parts.store.begin() as connection:
        body = Office(connection, hub.clock.now())
        connection.execute(LATEST.delete().where(LATEST.c.unit == unit, LATEST.c.topic == "now/room"))
        body.latest(unit, "now/room", 0, state=state, calendar_ok=True, ts=now_ms)
    began_s = time.monotonic()
    hub.parts.live.tell(Change(unit, "now/room"))
    return began_s


def live_within_ms() -> int:
    """The time that an open page has now."""
    return BUSY_LIVE_WITHIN_MS if os.getloadavg()[0] > (os.cpu_count() or 1) else LIVE_WITHIN_MS


def test_the_board_shows_a_change_within_two_seconds_without_a_reload(hub: Served, chromium: Browser) -> None:
    with opened(hub, chromium, role=Role.USER) as (page, faults):
        page.goto(hub.url)
        page.evaluate("window.kept = true")
        for state, word in STATES.items():
            began_s = change_room(hub, "anholt", state)
            page.wait_for_function(
                "word => document.querySelector('#room-anholt .state').innerText.trim() === word", arg=word,
                timeout=live_within_ms(),
            )  # fmt: skip
            assert time.monotonic() - began_s < live_within_ms() / 1000
        assert page.evaluate("window.kept"), "no reload"
        assert page.locator("#room-anholt.s-unknown").count() == 1
        counts = sum(int(text) for text in page.locator("#counts b").all_inner_texts())
        assert counts == page.locator(".room").count() == 22
        assert faults.real == []


def test_a_units_page_and_the_alarms_are_live_too(hub: Served, chromium: Browser) -> None:
    with opened(hub, chromium) as (page, _):
        page.goto(f"{hub.url}/units/fanoe")
        page.fill("[name=key]", "screen.language")
        change_room(hub, "fanoe", "overlap")
        page.wait_for_selector("#top >> text=Double booked", timeout=live_within_ms())
        assert page.input_value("[name=key]") == "screen.language", "what is being typed stays"
        with hub.parts.store.begin() as connection:
            connection.execute(
                update(LATEST)
                .where(LATEST.c.unit == "fanoe", LATEST.c.topic == "status")
                .values(body='{"s":"lost","boot":"b","n":1}')
            )
        hub.parts.live.tell(Change("fanoe", "status"))
        page.wait_for_selector("#top >> text=No contact", timeout=live_within_ms())


def test_a_hub_that_is_away_is_told_and_nothing_stays_green(hub: Served, chromium: Browser) -> None:
    with opened(hub, chromium) as (page, _):
        page.goto(hub.url)
        page.wait_for_selector(".room.s-free")
        page.context.set_offline(True)
        page.evaluate("fetch('/').catch(() => 0)")
        hub.parts.live.tell(Change("anholt", "now/room"))
        page.wait_for_selector("body.cut", timeout=20_000)
        assert "may be old" in page.inner_text("[data-cut]")
        colours = page.evaluate(
            "[...document.querySelectorAll('.room')].map(one => getComputedStyle(one).backgroundColor)"
        )
        assert len(set(colours)) == 1
        page.context.set_offline(False)
        page.wait_for_selector("body:not(.cut)", timeout=20_000)


def test_a_person_signs_in_takes_a_screenshot_restarts_and_signs_out(hub: Served, chromium: Browser) -> None:
    with opened(hub, chromium, size="phone", role=None) as (page, faults):
        page.goto(f"{hub.url}/units/kattegat")
        page.fill("[name=name]", ADMIN)
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url("**/units/kattegat")
        page.click("text=Screenshot")
        page.wait_for_selector("#commands >> text=sent")
        page.click("text=Restart app")
        page.wait_for_selector("text=Restart app: Kattegat?")
        page.click("text=Cancel")
        page.click(".who > summary")
        page.click("text=Sign out")
        page.wait_for_url("**/sign-in")
        assert [topic.split("/")[4] for topic, *_ in hub.sender.sent] == ["screenshot"]
        assert faults.real == []


def test_a_session_that_is_ended_elsewhere_closes_the_page(hub: Served, chromium: Browser) -> None:
    with opened(hub, chromium) as (page, _):
        with page.expect_response("**/events"):
            page.goto(hub.url)
        end_session_of(page, hub)
        hub.parts.live.tell(Change("anholt", "now/room"))
        page.wait_for_url("**/sign-in*")


def test_a_session_that_is_ended_before_the_page_listens_closes_it_too(hub: Served, chromium: Browser) -> None:
    with opened(hub, chromium) as (page, _):

        def late(route: Route) -> None:
            end_session_of(page, hub)
            route.continue_()

        page.route("**/events", late)
        page.goto(hub.url)
        page.wait_for_url("**/sign-in*")


def end_session_of(page: Page, hub: Served) -> None:
    cookie = next(one["value"] for one in page.context.cookies() if one["name"] == COOKIE)
    with hub.parts.store.begin() as connection:
        sessions.end(connection, sessions.hashed(str(cookie)))


def test_without_scripts_the_pages_still_say_everything(hub: Served, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, ignore_https_errors=True)
    context.add_cookies([{"name": COOKIE, "value": hub.session(Role.USER), "url": hub.url, "secure": True}])
    page = context.new_page()
    page.goto(hub.url)
    assert page.locator(".room").count() == 22
    assert not page.locator("[data-theme-switch]").is_visible()
    context.close()
