"""A whole site, each program a process of its own: tenant, panel, agent, Mosquitto with TLS, hub, and its web pages."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.control import ControlError
from roomdisplay import config as room_config
from scripts.demo_hub import ADMIN, UNIT, DemoHub
from simulator import office_file
from simulator.server import Simulator
from tests.roomdisplay.site import OFFICE, ROOM
from tests.roomdisplay.test_process import Unit
from tests.waiting import until

pytestmark = pytest.mark.slow


@dataclass
class Site:
    """What an administrator has: the panel on the wall, and the hub's pages."""

    panel: Unit
    hub: DemoHub
    browser: httpx.Client

    def post(self, path: str, **fields: str) -> None:
        """Fill in a form of the unit's page and send it."""
        csrf = _hidden(self.browser.get(f"/units/{UNIT}").text, "csrf")
        answer = self.browser.post(f"/units/{UNIT}/{path}", data={"csrf": csrf, **fields})
        assert answer.status_code == 303, answer.text

    def latest(self, topic: str) -> dict[str, Any]:
        """What the hub last heard from the unit."""
        found = self.browser.get(f"/api/1/units/{UNIT}").json()["latest"].get(topic, {})
        return dict(found.get("payload", found))

    def settled(self, revision: int, timeout_s: float) -> tuple[str, str]:
        """What became of a revision of settings, and why."""
        until(lambda: self.latest("reported/settings").get("rev") == revision, timeout_s)
        reported = self.latest("reported/settings")
        return reported["state"], reported.get("reason", "")


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, page[:2000]
    return found[1]


def _browser(hub: DemoHub, ca_file: Path) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(ca_file))
    browser = httpx.Client(base_url=hub.url, verify=context, trust_env=False, timeout=10)
    token = _hidden(browser.get("/sign-in").text, "form_token")
    fields = {"name": ADMIN, "password": hub.password, "form_token": token, "next": "/"}
    answer = browser.post("/sign-in", data=fields)
    assert answer.status_code == 303, answer.text
    return browser


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Simulator.start(OFFICE) as sim:
        sim.control("POST", "/_sim/limits", {"device_code_interval_s": 0})
        _book(sim)
        (tmp_path / "panel").mkdir()
        panel = Unit(sim, tmp_path / "panel", outbox=str(tmp_path / "panel" / "outbox.db"))
        try:
            panel.ready()
            panel.sign_in()
            hub = DemoHub(tmp_path / "hub", office_file.load(OFFICE), room_config.load(panel.config), most_neighbours=0)
            try:
                asyncio.run(_up(hub))
                with closing(_browser(hub, tmp_path / "hub" / "ca" / "ca.pem")) as browser:
                    yield Site(panel, hub, browser)
            finally:
                hub._end()
        finally:
            panel.process.send_signal(signal.SIGCONT)
            panel.stop()


def _book(sim: Simulator) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    span = {"start": (now - timedelta(minutes=5)).isoformat(), "end": (now + timedelta(minutes=55)).isoformat()}
    sim.control("POST", f"/_sim/rooms/{ROOM}/bookings", {"subject": "Optaget", **span})


async def _up(hub: DemoHub) -> None:
    hub.begin()
    try:
        await hub.ready()
    finally:
        if hub._client is not None:
            await hub._client.aclose()


def test_settings_from_the_hub_are_refused_applied_and_taken_back(site: Site) -> None:
    site.post("settings", key="screen.subject", value="banana")
    state, reason = site.settled(1, 20)
    assert state == "rejected"
    assert "screen.subject" in reason or "banana" in reason
    site.post("settings", key="screen.subject", value="")

    site.post("settings", key="meeting.release", value="false")
    assert site.settled(3, 90) == ("applied", "")
    with pytest.raises(ControlError, match="Releasing is off"):
        site.panel.ask("release")

    site.post("settings", key="screen.hide_personal", value="false")
    overrides = site.panel.folder / "overrides.json"
    until(lambda: "screen.hide_personal" in json.loads(overrides.read_text()), 20)
    site.panel.process.send_signal(signal.SIGSTOP)  # it hangs as it takes them, or while the agent watches it
    until(lambda: "screen.hide_personal" not in json.loads(overrides.read_text()), 60)
    site.panel.process.send_signal(signal.SIGCONT)
    state, reason = site.settled(4, 60)
    assert state == "reverted"
    assert re.search("did not answer|no answer to reload", reason), reason
    assert json.loads(overrides.read_text()) == {"meeting.release": False}


def test_the_hub_follows_the_room_and_a_picture_of_it_comes(site: Site) -> None:
    assert site.panel.ask("status")["state"] == "busy"
    until(lambda: site.latest("now/room").get("state") == site.panel.ask("status")["state"], 30)
    site.post("commands", operation="screenshot")
    link = re.compile(rf"/units/{UNIT}/commands/[^/\"]+/screenshot\.png")
    until(lambda: link.search(site.browser.get(f"/units/{UNIT}").text), 60)
    found = link.search(site.browser.get(f"/units/{UNIT}").text)
    assert found is not None
    assert site.browser.get(found[0]).content.startswith(b"\x89PNG")
