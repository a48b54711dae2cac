"""The page behind a host's link: only the button answers, a good link looks like a bad one, and it is bounded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import insert, select, update

from hub.link import Outcome
from hub.tables import COMMANDS, UNITS
from hub.web.answer_texts import LANGUAGES, TEXTS, language_of
from tests.hub.web_kit import Served, served

pytestmark = pytest.mark.slow  # a hub of its own for each test
ID, OTHER_ID = "3QzXabcDEF_-123456789w", "A" * 22
PICTURES = os.environ.get("PICTURES", "")
LINK = f"/a/lobby/{ID}/coming"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, office=False) as running:
        with running.parts.store.begin() as connection:
            for unit, role in (("lobby", "kiosk"), ("new", ""), ("door", "room")):
                connection.execute(insert(UNITS).values(unit=unit, role=role))
        yield running


def sent(hub: Served) -> list[tuple[str, dict[str, str]]]:
    return [(topic.rpartition("/")[0], json.loads(payload)["args"]) for topic, payload, _, _ in hub.sender.sent]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_answers_and_looking_does_not(hub: Served, language: str) -> None:
    host, words = hub.browser(), TEXTS[language]
    for word in ("coming", "five"):
        link = f"/a/lobby/{ID}/{word}?lang={language}"
        hub.sender.sent.clear()
        for method in ("GET", "HEAD", "GET"):
            page = host.request(method, link)
            assert page.status_code == 200
        assert sent(hub) == []
        assert f'<html lang="{language}">' in page.text
        assert words.says[word] in page.text
        assert words.send in page.text
        done = host.post(link, headers={"origin": hub.url, "sec-fetch-site": "same-origin"})
        assert (done.status_code, words.sent in done.text) == (200, True)
        assert sent(hub) == [("mydesk/1/lobby/cmd/answer", {"id": ID, "answer": word})]
    assert hub.sender.sent[0][3] == 60, "an answer of a minute ago is of no use"
    assert not host.cookies


def test_no_id_looks_different_from_another(hub: Served) -> None:
    host = hub.browser()
    assert host.get(LINK).text == host.get(LINK.replace(ID, OTHER_ID)).text
    one, other = host.post(LINK), host.post(LINK.replace(ID, OTHER_ID))
    assert (one.status_code, one.text) == (other.status_code, other.text)
    assert dict(one.headers) | {"date": ""} == dict(other.headers) | {"date": ""}


def test_nothing_of_the_link_is_kept(hub: Served) -> None:
    hub.browser().post(LINK)
    with hub.parts.store.reading() as connection:
        (row,) = connection.execute(select(COMMANDS)).all()
    assert (row.operation, row.args, row.by) == ("answer", "{}", "a host, by link")
    assert ID not in str(row)


def test_pages_are_not_kept_and_not_shown_elsewhere(hub: Served) -> None:
    headers = hub.browser().get(LINK).headers
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    ["/a/lobby/short/coming", f"/a/lobby/{ID}/never", f"/a/LOBBY/{ID}/coming", f"/a/lobby/{'a' * 65}/coming",
     f"/a/lobby/{ID}%0a/coming", f"/a/{'x' * 33}/{ID}/coming", "/a/lobby/" + "é" * 22 + "/coming"],
)  # fmt: skip
def test_what_no_kiosk_writes_is_not_found(hub: Served, path: str) -> None:
    host = hub.browser()
    assert (host.get(path).status_code, host.post(path).status_code) == (404, 404)
    assert sent(hub) == []


def test_another_page_cannot_press_the_button(hub: Served) -> None:
    assert hub.browser().post(LINK, headers={"origin": "https://evil.example"}).status_code == 403
    assert sent(hub) == []


@pytest.mark.parametrize(("unit", "reached"), [("lobby", True), ("new", True), ("door", False), ("nowhere", False)])
def test_only_kiosks_are_told(hub: Served, unit: str, reached: bool) -> None:
    page = hub.browser().post(f"/a/{unit}/{ID}/coming")
    assert (page.status_code, bool(sent(hub))) == (200 if reached else 503, reached)
    assert (TEXTS["en"].sent if reached else TEXTS["en"].unreached) in page.text


@pytest.mark.parametrize("outcome", [Outcome.NOBODY, Outcome.AWAY, Outcome.REFUSED])
def test_a_kiosk_that_is_away_is_said_so(hub: Served, outcome: Outcome) -> None:
    hub.sender.outcome = outcome
    page = hub.browser().post(f"{LINK}?lang=es")
    assert (page.status_code, TEXTS["es"].unreached in page.text) == (503, True)


def test_a_revoked_kiosk_is_told_nothing(hub: Served) -> None:
    with hub.parts.store.begin() as connection:
        connection.execute(update(UNITS).values(revoked_ms=1))
    assert hub.browser().post(LINK).status_code == 503
    assert sent(hub) == []


def test_guessing_is_slow_and_costs_nobody_else_the_page(hub: Served) -> None:
    host = hub.browser()
    states = [host.post(f"/a/lobby/{number:022}/coming?lang=da").status_code for number in range(14)]
    assert states == [200] * 10 + [429] * 4
    refused = host.post(f"{LINK}?lang=da")
    assert (refused.headers["retry-after"], TEXTS["da"].too_many in refused.text) == ("60", True)
    assert host.get(LINK).status_code == 200, "the page itself is there"
    assert len(sent(hub)) == 10
    hub.clock.step(60)
    assert host.post(LINK).status_code == 200


def test_one_kiosk_hears_so_many_from_all_addresses(hub: Served) -> None:
    site = hub.app.state.site
    for _ in range(20):
        assert site.answers_by_unit.take("lobby", hub.clock.monotonic_s())
    assert hub.browser().post(LINK).status_code == 429
    assert hub.browser().post(LINK.replace("lobby", "new")).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "accepted", "expected"),
    [
        ("da", "es", "da"),
        ("", "es-MX,es;q=0.9", "es"),
        ("xx", "nb, da;q=0.5", "da"),
        ("", "", "en"),
        ("<script>", "zh", "en"),
    ],
)
def test_the_language(wanted: str, accepted: str, expected: str) -> None:
    assert language_of(wanted, accepted) == expected


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone(hub: Served, language: str, scheme: str) -> None:
    """In Chromium, on the smallest phone: it fits, the button is large, obeys the policy and needs no script."""
    words = TEXTS[language]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = chromium.new_context(
            viewport={"width": 320, "height": 568},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=False,
            ignore_https_errors=True,
            is_mobile=True,
            has_touch=True,
        )
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{hub.url}/a/lobby/{ID}/five?lang={language}")
        button = page.get_by_role("button", name=words.send)
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 40
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert page.get_by_role("heading").inner_text() == words.says["five"]
        _picture(page, f"answer-{language}-{scheme}")
        button.tap()
        page.get_by_text(words.sent_text).wait_for()
        _picture(page, f"answered-{language}-{scheme}")
        assert said == []
        chromium.close()
    assert sent(hub) == [("mydesk/1/lobby/cmd/answer", {"id": ID, "answer": "five"})]


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png")
