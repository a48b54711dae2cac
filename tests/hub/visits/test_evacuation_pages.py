"""The page of an evacuation that began at a kiosk: over real TLS, and live in headless Chromium."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from hub.intake import Intake
from hub.roles import Role
from hub.tables import AUDIT
from tests.hub.office import ms
from tests.hub.test_web_browser import chromium, live_within_ms, opened
from tests.hub.visits.guests import fill_today
from tests.hub.visits.kit import visit_id
from tests.hub.web_kit import Served, post, served
from tests.hub.wire import batch, draft, row, said

__all__ = ["chromium"]

PATH = "/visitors/evacuation"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, small=True) as running:
        fill_today(running)
        yield running


def begun(hub: Served, unit: str, ago_s: int = 60) -> None:
    """As ingest does: the kiosk's row, then the open pages."""
    assert hub.parts.visits is not None
    now_ms = ms(hub.clock.now())
    body = json.dumps({"active": True, "by": "reception"})
    message = said("e/evacuation", batch(row(1, body=body, ts=now_ms - ago_s * 1000)), unit=unit, at=now_ms)
    written = Intake(hub.parts.store, hub.parts.visits.intake).write(draft(message), now_ms)
    for change in written.changes:
        hub.parts.live.tell(change)


def test_it_says_which_kiosk_began_it_and_ends_here_for_all(hub: Served) -> None:
    desk = hub.signed_in(Role.RECEPTION, name="bente@nordhavn.example")
    begun(hub, "reception")
    page = desk.get(PATH).text
    assert "Evacuation begun 10:39 by the kiosk Reception" in page
    assert "ended at a kiosk it ends at that kiosk only" in page
    assert re.findall(r">(Reception|North entrance)</span><span class=\"soft\">([^<]+)<", page) == [
        ("North entrance", "not told yet"),
        ("Reception", "began it"),
    ]
    assert hub.parts.visits is not None
    hub.parts.visits.evacuations.look()
    assert re.search(r">North entrance</span><span class=\"soft\">begin: sent, ", desk.get(PATH).text)
    hub.sender.sent.clear()
    assert "at every kiosk" in post(desk, PATH, active="no").text
    post(desk, PATH, active="no", sure="yes")
    told = sorted(
        (topic.split("/")[2], json.loads(payload)["args"]["active"]) for topic, payload, *_ in hub.sender.sent
    )
    assert told == [("north-entrance", False), ("reception", False)]
    assert "Evacuation begun" not in desk.get(PATH).text
    with hub.parts.store.reading() as connection:
        rows = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).all()
    assert [(one.who, one.action, one.target) for one in rows if one.action.startswith("evacuation")] == [
        ("kiosk reception", "evacuation begun", "reception"),
        ("bente@nordhavn.example", "evacuation ended", ""),
    ]


@pytest.mark.slow
def test_an_open_page_shows_it_within_two_seconds(hub: Served, chromium: Browser) -> None:
    with opened(hub, chromium, role=Role.RECEPTION) as (page, faults):
        page.goto(hub.url + PATH)
        page.wait_for_selector(f"#found-{visit_id(1)}")
        page.wait_for_load_state("load")
        page.evaluate("window.kept = true")
        began_s = time.monotonic()
        begun(hub, "reception")
        page.wait_for_selector("#roll >> text=by the kiosk Reception", timeout=live_within_ms())
        assert time.monotonic() - began_s < live_within_ms() / 1000
        page.wait_for_selector("#roll-kiosks >> text=began it", timeout=live_within_ms())
        assert page.evaluate("window.kept"), "no reload"
        assert faults.real == []
