"""The JSON API, bearer tokens, /metrics and the event stream, over real TLS."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from common.errors import MyDeskError
from hub.live import Change
from hub.roles import Role
from hub.settings import WebSection
from hub.tables import API_TOKENS, SESSIONS
from hub.web import api_tokens, live_events
from tests.hub.office import NOW, ms
from tests.hub.web_kit import Served, served

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("hub")
    with served(folder) as running:
        yield running


def token(hub: Served, *roles: Role, name: str = "grafana", life_ms: int = DAY_MS) -> str:
    with hub.parts.store.begin() as connection:
        return api_tokens.issue(connection, name, roles, "admin", life_ms, ms(NOW))


def bearer(hub: Served, text: str) -> httpx.Client:
    return hub.browser(Authorization=f"Bearer {text}")


def test_a_token_opens_the_api_and_nothing_else(hub: Served) -> None:
    client = bearer(hub, token(hub, Role.FLOOR_PLAN))
    assert client.get("/api/1/units").status_code == 200
    assert client.get("/api/1/reports/rooms").status_code == 403
    assert client.get("/units").status_code == 303
    assert client.get("/events").status_code == 401


def test_a_token_that_is_no_good_opens_nothing(hub: Served) -> None:
    good = token(hub, Role.FLOOR_PLAN, name="other")
    late = token(hub, Role.FLOOR_PLAN, name="late", life_ms=0)
    for text in ("x", api_tokens.PREFIX, good[:-1], good + "x", late, "mydesk_" + "a" * 500):
        assert bearer(hub, text).get("/api/1/rooms").status_code == 401, text
    with_cookie = hub.signed_in(Role.ADMINISTRATOR)
    assert with_cookie.get("/api/1/rooms", headers={"Authorization": "Basic eA=="}).status_code == 401


def test_tokens_are_kept_as_hashes_replaced_by_name_revoked_and_bounded(hub: Served) -> None:
    first, second = token(hub, Role.USER, name="tv"), token(hub, Role.USER, name="tv")
    assert [bearer(hub, one).get("/api/1/rooms").status_code for one in (first, second)] == [401, 200]
    with hub.parts.store.begin() as connection:
        assert second not in str(connection.execute(select(API_TOKENS)).all())
        assert api_tokens.revoke(connection, "tv")
        assert not api_tokens.revoke(connection, "tv")
    assert bearer(hub, second).get("/api/1/rooms").status_code == 401


def test_there_are_only_so_many_tokens(tmp_path: Path) -> None:
    with served(tmp_path, office=False) as hub:
        for number in range(api_tokens.MOST_TOKENS):
            token(hub, Role.USER, name=f"t{number}")
        with pytest.raises(MyDeskError, match="Revoke"):
            token(hub, Role.USER, name="one more")


def test_the_board_as_json_is_the_board(hub: Served) -> None:
    rooms = {one["unit"]: one for one in hub.signed_in(Role.USER).get("/api/1/rooms").json()["rooms"]}
    assert len(rooms) == 22
    assert (rooms["samsoe"]["state"], rooms["samsoe"]["colour"]) == ("No contact", "unknown")
    assert rooms["storaa"]["state"] == "Silent"
    assert "since_ms" not in rooms["storaa"]
    assert rooms["storaa"]["co2_ppm"] is None
    assert {one["colour"] for one in rooms.values()} == {"free", "busy", "attention", "unknown"}


def test_units_alarms_history_and_reports_as_json(hub: Served) -> None:
    client = hub.signed_in(Role.ADMINISTRATOR)
    assert len(client.get("/api/1/units").json()["units"]) == 24
    one = client.get("/api/1/units/storebaelt").json()
    assert (one["link"], one["alarms"], one["latest"]["now/storage"]["status"]) == ("online", 1, "ok")
    assert client.get("/api/1/alarms").json()["alarms"][0]["unit"] == "storebaelt"
    assert [a["unit"] for a in client.get("/api/1/alarms?show=past").json()["alarms"]] == ["aeroe"]
    rows = client.get("/api/1/units/anholt/history?topic=m/room").json()["rows"]
    assert len(rows) == 288
    assert rows == sorted(rows, key=lambda row: row["at_ms"])
    report = client.get("/api/1/reports/rooms").json()
    assert len(report["rooms"]) == 22
    assert all(0.2 < room["booked"] < 0.95 for room in report["rooms"])
    assert "name" in report["rooms"][0]
    assert not re.search(r"louise|@|subject|organi", json.dumps(report))


LINE = re.compile(r'^(# (HELP|TYPE) mydesk_\w+ .+|mydesk_\w+(\{(\w+="([^"\\\n]|\\.)*",?)+\})? -?\d+(\.\d+)?)$')


def test_metrics_are_in_the_text_format_and_count(hub: Served) -> None:
    answer = hub.browser().get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert [line for line in lines if not LINE.match(line)] == []
    for line in ('mydesk_units{role="room",state="online"} 19', 'mydesk_units{role="room",state="silent"} 1',
                 'mydesk_alarms{severity="critical"} 1', 'mydesk_alarms{severity="warning"} 2',
                 'mydesk_commands{state="failed"} 1', "mydesk_ingest_lag_seconds 2"):  # fmt: skip
        assert line in lines
    assert 'mydesk_watermark_age_seconds{unit="storebaelt"} 20' in lines


@pytest.mark.parametrize("kept", [True, False])
def test_a_clock_that_nobody_keeps_is_said_on_every_page(
    hub: Served, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    monkeypatch.setattr("hub.visits.clock_trust.kernel_synchronised", lambda: False)
    monkeypatch.setattr(hub.clock, "sync", kept)
    assert f"mydesk_clock_synchronised {int(kept)}\n" in hub.browser().get("/metrics").text
    for path in ("/", "/units", "/visitors", "/alarms"):
        page = hub.signed_in(Role.ADMINISTRATOR).get(path).text
        banner = page.partition('id="clock"')[2].partition("</p>")[0]
        assert "nothing is forgotten by date" in banner, path
        assert (" hidden>" in banner) is kept, path


def test_metrics_from_elsewhere_need_a_token(tmp_path: Path) -> None:
    with served(tmp_path, office=False) as hub:
        good, poor = token(hub, Role.FLOOR_PLAN), token(hub, Role.CATERING, name="poor")
        assert [bearer(hub, text).get("/metrics").status_code for text in (good, poor, "x")] == [200, 401, 401]


def test_behind_a_proxy_everybody_seems_to_be_here_so_all_need_a_token(tmp_path: Path) -> None:
    web = WebSection(base_url="https://hub.nordhavn.example", behind_proxy=True)
    with served(tmp_path, office=False, web=web) as hub:
        assert hub.browser().get("/metrics").status_code == 401
        assert bearer(hub, token(hub, Role.FLOOR_PLAN)).get("/metrics").status_code == 200


class Stream:
    """Reads /events in a thread."""

    def __init__(self, client: httpx.Client) -> None:
        self.lines: list[str] = []
        self._client = client
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.wait("event: hello")

    def _read(self) -> None:
        try:
            with self._client.stream("GET", "/events") as answer:
                for line in answer.iter_lines():
                    self.lines.append(line)
        except httpx.HTTPError:
            return

    def wait(self, text: str, within_s: float = 10.0) -> None:
        deadline = time.monotonic() + within_s
        while not any(text in line for line in self.lines):
            assert time.monotonic() < deadline, (text, self.lines)
            time.sleep(0.01)

    def changes(self) -> list[dict[str, list[str]]]:
        return [json.loads(line[6:]) for line in self.lines if line.startswith('data: {"')]

    def end(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()


def test_changes_are_gathered_and_told_within_two_seconds(hub: Served) -> None:
    stream = Stream(hub.signed_in(Role.ADMINISTRATOR))
    began_s = time.monotonic()
    for unit, topic in (("a", "e/room"), ("a", "a/cpu-hot"), ("b", "cmd"), ("a", "e/room")):
        hub.parts.live.tell(Change(unit, topic))
    stream.wait('"b"')
    assert time.monotonic() - began_s < 2
    assert stream.changes() == [{"a": ["a/cpu-hot", "e/room"], "b": ["cmd"]}]


def test_who_sees_rooms_only_hears_of_rooms_only(hub: Served) -> None:
    stream = Stream(hub.signed_in(Role.USER))
    hub.parts.live.tell(Change("a", "a/cpu-hot"))
    hub.parts.live.tell(Change("b", "now/room"))
    stream.wait('"b"')
    assert stream.changes() == [{"b": ["now/room"]}]


def test_a_page_that_cannot_keep_up_is_told_to_read_all(hub: Served) -> None:
    stream = Stream(hub.signed_in(Role.USER))
    for number in range(2000):
        hub.parts.live.tell(Change(f"u{number}", "status"))
    stream.wait("event: all")


def test_a_session_that_ended_ends_its_stream(hub: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_events, "QUIET_S", 0.05)
    client = hub.signed_in(Role.USER, name="leaver")
    stream = Stream(client)
    stream.wait(": still here")
    with hub.parts.store.begin() as connection:
        connection.execute(SESSIONS.delete().where(SESSIONS.c.name == "leaver"))
    stream.wait("event: signed-out")
    stream.end()


def test_a_session_has_few_streams(hub: Served) -> None:
    client = hub.signed_in(Role.USER, name="greedy")
    streams = [Stream(client) for _ in range(live_events.MOST_PER_SESSION)]
    assert client.get("/events").status_code == 429
    assert len(streams) == live_events.MOST_PER_SESSION
