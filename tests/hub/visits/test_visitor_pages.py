"""Reception over real TLS: what it sees and does, what is refused, what the audit says; names are only text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from common.visiting.codes import code_hash, normalised
from common.visiting.tokens import Claim, judge_invitation, parse
from hub.intake import Intake
from hub.roles import Role
from hub.settings import VisitsSection
from hub.tables import AUDIT, LATEST
from hub.visits.tables import INVITATIONS, VISITS
from telemetry.messages import Status, encode
from tests.hub.visits.guests import SITE, XSS, add_rogue, fill_today
from tests.hub.visits.kit import visit_id
from tests.hub.web_kit import Served, post, served
from tests.hub.wire import batch, draft, row
from tests.hub.wire import said as said_by

FORM = {"name": "Bo Dam", "host": "Ingrid Holm", "host_address": "ingrid@nordhavn.example", "email": "bo@dam.example"}
MAJA, IDA, NINA, KIM = (visit_id(number) for number in (1, 21, 31, 41))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, small=True) as running:
        fill_today(running)
        yield running


@pytest.fixture
def desk(hub: Served) -> httpx.Client:
    return hub.signed_in(Role.RECEPTION, name="bente@nordhavn.example")


def audit(hub: Served) -> list[tuple[str, str, str]]:
    with hub.parts.store.reading() as connection:
        rows = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).all()
    return [(row.who, row.action, row.target) for row in rows if row.who.startswith("bente")]


def state(hub: Served, visit: str) -> tuple[str, int, str]:
    with hub.parts.store.reading() as connection:
        row = connection.execute(select(VISITS).where(VISITS.c.id == visit)).one()
    return row.state, row.version, row.by


def section(page: str, title: str) -> str:
    return page.partition(f"<h2>{title}</h2>")[2].partition("</section>")[0]


def test_who_is_where_today(desk: httpx.Client) -> None:
    page = desk.get("/visitors").text
    assert re.findall(r"<b>(\d+)</b><span>", page) == ["4", "2", "1"]
    assert "Maja Krogh" in section(page, "In the building")
    assert "over</span>" in section(page, "In the building")
    assert "Ida Berg" in section(page, "Expected today")
    assert "Nina Lund" in section(page, "Left today")
    assert "Kim Andersen" in section(page, "Signed out by the clock, not seen leaving")
    assert "North entrance" in page, "a kiosk that shares nothing is told"
    found = desk.get("/visitors", params={"q": "krogh jes"}).text
    assert ("Maja Krogh" in found, "Ida Berg" in found) == (True, False)


def test_a_guest_at_the_desk_in_and_out(hub: Served, desk: httpx.Client) -> None:
    answer = post(desk, "/visitors", **FORM, until="16:30")
    assert answer.status_code == 303
    made = answer.headers["location"].removeprefix("/visitors/")
    assert state(hub, made) == ("on-site", 1, "hub")
    page = desk.get(f"/visitors/{made}").text
    assert "16:30" in page
    assert "Bo Dam" in section(desk.get("/visitors").text, "In the building")
    assert post(desk, f"/visitors/{made}/out").status_code == 303
    assert state(hub, made) == ("left", 2, "hub")
    assert post(desk, f"/visitors/{made}/out").status_code == 409
    assert audit(hub) == [
        ("bente@nordhavn.example", "guest signed in", made),
        ("bente@nordhavn.example", "guest signed out", made),
    ]
    with hub.parts.store.reading() as connection:
        told = " ".join(str(row) for row in connection.execute(select(AUDIT)))
    assert "Dam" not in told, "the audit names staff and visits, never guests"


def said(page: str) -> str:
    """What stands about telling the host."""
    return html.unescape(re.sub(r"<[^>]+>", "", section_of(page, 'id="host-told"'))).strip()


def section_of(page: str, mark: str) -> str:
    return page.partition(mark)[2].partition(">")[2].partition("</div>")[0]


def test_a_kiosk_tells_the_host_of_who_was_signed_in_here_and_the_page_says_so(hub: Served, desk: httpx.Client) -> None:
    here = post(desk, "/visitors", **FORM).headers["location"]
    ida = post(desk, f"/visitors/{IDA}/in").headers["location"]
    assert said(desk.get(here).text) == "The kiosk Reception is telling Ingrid Holm."
    assert said(desk.get(ida).text) == "The kiosk Reception is telling Jonas Holm."
    assert said(desk.get(f"/visitors/{MAJA}").text) == "", "a kiosk has told that host, and said nothing of it"
    told(hub, here, step="told", rung="first", channel="chat")
    assert said(desk.get(here).text) == "Ingrid Holm was told in Teams at 10:40. No answer yet."
    post(desk, here, **(FORM | {"host": "Jonas Holm", "host_address": "jonas@nordhavn.example"}))
    assert said(desk.get(here).text) == "The kiosk Reception is telling Jonas Holm.", "another host is another telling"
    post(desk, f"{here}/out")
    assert said(desk.get(here).text) == ""


def test_a_host_who_came_down_without_answering(hub: Served, desk: httpx.Client) -> None:
    here = post(desk, "/visitors", **FORM).headers["location"]
    told(hub, here, step="told", rung="reception", channel="reception")
    page = desk.get(here).text
    assert said(page).startswith("Nobody has answered for Ingrid Holm")
    assert "Host has come" in page
    assert post(desk, f"{here}/met").status_code == 303
    page = desk.get(here).text
    assert said(page) == "Ingrid Holm has come, noted 10:40."
    assert "Host has come" not in page
    assert "Host has come" not in desk.get(f"/visitors/{MAJA}").text
    assert post(desk, f"/visitors/{MAJA}/met").status_code == 409
    assert audit(hub)[-1] == ("bente@nordhavn.example", "host has come", here.removeprefix("/visitors/"))


def test_where_no_kiosk_can_tell_the_page_says_whom_to_call(hub: Served, desk: httpx.Client) -> None:
    with hub.parts.store.begin() as connection:
        lost = encode(Status(s="lost", boot="b", n=1, role="kiosk")).decode()
        mine = (LATEST.c.unit == "reception") & (LATEST.c.topic == "status")
        connection.execute(LATEST.update().where(mine).values(body=lost))
    here = post(desk, "/visitors", **FORM).headers["location"]
    text = said(desk.get(here).text)
    assert "has not been told: no kiosk of this site can do it just now" in text
    assert "Call Ingrid Holm, ingrid@nordhavn.example." in text
    rows = section(desk.get("/visitors").text, "In the building").split("<tr>")
    assert ["Bo Dam" in one for one in rows if "not told, call" in one] == [True]


def told(hub: Served, path: str, **words: str) -> None:
    """The kiosk Reception says how far it is."""
    body = json.dumps({"visit": path.removeprefix("/visitors/"), **words})
    now_ms = round(hub.clock.now().timestamp() * 1000)
    assert hub.parts.visits is not None
    row_ = row(1, body=body, ts=now_ms)
    taken = draft(said_by("e/host-told", batch(row_), unit="reception", at=now_ms))
    Intake(hub.parts.store, hub.parts.visits.intake).write(taken, now_ms)


def test_an_expected_guest_arrives_and_one_of_the_clock_has_left(hub: Served, desk: httpx.Client) -> None:
    assert post(desk, f"/visitors/{IDA}/in").status_code == 303
    assert state(hub, IDA) == ("on-site", 2, "hub")
    assert post(desk, f"/visitors/{IDA}/in").status_code == 409
    assert post(desk, f"/visitors/{KIM}/out").status_code == 303
    assert state(hub, KIM)[0] == "left"


def test_what_was_wrong_is_corrected(hub: Served, desk: httpx.Client) -> None:
    assert post(desk, f"/visitors/{MAJA}", **FORM, company="Dam A/S", until="18:00").status_code == 303
    page = desk.get(f"/visitors/{MAJA}").text
    assert all(text in page for text in ("Bo Dam", "Dam A/S", "bo@dam.example", "18:00"))
    assert "Maja" not in page
    assert state(hub, MAJA) == ("on-site", 2, "hub")
    assert audit(hub)[-1][1:] == ("visit corrected", MAJA)


WRONG = {
    "no name": {"name": "12345"},
    "no host": {"host": " "},
    "mail": {"email": "bo"},
    "telephone": {"phone": "call me"},
    "type": {"type": "Guest!"},
    "language": {"language": "xx"},
    "time": {"until": "25:99"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_form_that_is_wrong_comes_back_as_typed(hub: Served, desk: httpx.Client, wrong: dict[str, str]) -> None:
    for path in ("/visitors", f"/visitors/{MAJA}"):
        answer = post(desk, path, **(FORM | {"company": "Dam <A/S>"} | wrong))
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
        assert "Dam &lt;A/S&gt;" in answer.text
    assert audit(hub) == []


def test_a_badge_is_printed_again_at_a_kiosk_of_the_site(hub: Served, desk: httpx.Client) -> None:
    assert post(desk, f"/visitors/{MAJA}/reprint", unit="reception").status_code == 303
    topic, payload, _, _ = hub.sender.sent[-1]
    assert topic.startswith("mydesk/1/reception/cmd/reprint/")
    assert json.loads(payload)["args"] == {"visit_id": MAJA}
    assert audit(hub)[-1][1:] == ("badge printed again", MAJA)
    assert ">sent<" in desk.get(f"/visitors/{MAJA}").text
    assert post(desk, f"/visitors/{MAJA}/reprint", unit="storebaelt").status_code == 400


def test_an_evacuation_is_asked_about_and_told_to_every_kiosk(hub: Served, desk: httpx.Client) -> None:
    page = desk.get("/visitors/evacuation").text
    assert "In the building: 5" in page
    names = re.findall(r"<span><b>([^<]+)</b><small", page.partition("<main")[2])
    assert names[-1] == "Kim Andersen", "whom the clock signed out comes last"
    assert names[:-1] == sorted(names[:-1], key=str.casefold)
    assert "Begin the evacuation of Nordhavn?" in post(desk, "/visitors/evacuation", active="yes").text
    assert hub.sender.sent == []
    for active in ("yes", "no"):
        assert post(desk, "/visitors/evacuation", active=active, sure="yes").status_code == 303
    told = [(topic.split("/")[2], json.loads(payload)["args"]["active"]) for topic, payload, *_ in hub.sender.sent]
    assert sorted(told) == [(unit, active) for unit in ("north-entrance", "reception") for active in (False, True)]
    assert all(json.loads(payload)["args"]["by"] == "hub" for _, payload, *_ in hub.sender.sent), "not to be told again"
    assert [action for _, action, _ in audit(hub)] == ["evacuation begun", "evacuation ended"]


def test_what_is_not_there_is_not_found(desk: httpx.Client) -> None:
    for path in ("/visitors/nobody", f"/visitors/{visit_id(999)}", f"/invitations/{visit_id(999)}"):
        assert desk.get(path).status_code == 404
    assert post(desk, f"/visitors/{visit_id(999)}/out").status_code == 404


def test_an_invitation_is_made_shown_and_taken_back(hub: Served, desk: httpx.Client) -> None:
    answer = post(desk, "/invitations", **FORM, start="2026-11-24T10:00", minutes="90", language="da")
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    made = path.removeprefix("/invitations/")
    page = desk.get(path).text
    code = normalised(re.findall(r'class="code">([^<]+)<', page)[0])
    with hub.parts.store.reading() as connection:
        row = connection.execute(select(INVITATIONS)).one()
    assert code_hash(code, bytes.fromhex(made)).hex() == row.code_hash
    assert "K\xe6re Bo Dam" in page, "the letter is in the guest's language"
    assert desk.get(f"{path}/qr.png").content.startswith(b"\x89PNG")
    entry = desk.get(f"{path}/invitation.ics")
    assert "DTSTART:20261124T090000Z" in entry.text
    assert entry.headers["content-disposition"] == 'attachment; filename="invitation.ics"'
    visits = hub.parts.visits
    assert visits is not None
    token = parse(visits.invitations._seals.token(visits.invitations.find(made).invitation))
    assert isinstance(token, Claim)
    keys = {1: visits.invitations._seals.key.private.public_key()}
    assert judge_invitation(token, keys, datetime(2026, 11, 24, 9, 5, tzinfo=UTC), clock_sure=True) is None
    assert "public_keys" in desk.get("/invitations").text
    assert "Take the invitation" in post(desk, f"{path}/revoke").text
    assert post(desk, f"{path}/revoke", sure="yes").status_code == 303
    assert desk.get(path).status_code == 404
    assert state(hub, made)[0] == "erased", "who does not come is forgotten at once"
    assert [action for _, action, _ in audit(hub)] == ["invitation made", "invitation revoked"]


@pytest.mark.parametrize("start", ["", "2020-01-01T10:00", "2030-01-01T10:00", "tomorrow"])
def test_an_invitation_is_for_a_time_to_come(desk: httpx.Client, start: str) -> None:
    answer = post(desk, "/invitations", **FORM, start=start, minutes="60")
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)


def test_names_of_guests_are_text_on_every_page(hub: Served, desk: httpx.Client) -> None:
    assert hub.parts.visits is not None
    rogue = add_rogue(hub.parts.visits, hub.clock.now())
    for path in (
        "/visitors",
        f"/visitors/{rogue}",
        "/visitors/evacuation",
        f"/visitors?q={XSS}",
        f"/visitors?site={XSS}",
    ):
        page = desk.get(path)
        assert page.status_code == 200, path
        assert "<img src=x" not in page.text, path
        assert "<b>x" not in page.text, path
        assert 'value=""><b' not in page.text, path
    bad = post(desk, "/visitors", **(FORM | {"host": XSS, "name": XSS}))
    assert "<img src=x" not in bad.text
    made = post(desk, "/invitations", **(FORM | {"host": XSS}), start="2026-11-24T10:00", minutes="60")
    assert "<img src=x" not in desk.get(made.headers["location"]).text
    assert "<img src=x" not in desk.get("/invitations").text


def test_who_may_only_see_has_no_buttons_and_others_see_nothing(hub: Served) -> None:
    assert hub.signed_in(Role.USER).get("/visitors").status_code == 403
    board = hub.signed_in(Role.USER).get("/").text
    assert 'href="/visitors"' not in board
    assert 'href="/visitors"' in hub.signed_in(Role.RECEPTION).get("/").text


def test_a_hub_that_shares_no_guests_says_so(tmp_path: Path) -> None:
    with served(tmp_path, office=False, visits=VisitsSection()) as running:
        desk = running.signed_in(Role.RECEPTION)
        answer = desk.get("/visitors")
        assert (answer.status_code, "[visits]" in answer.text) == (404, True)
        assert 'href="/visitors"' not in desk.get("/").text


def test_pages_are_of_one_site(hub: Served, desk: httpx.Client) -> None:
    assert desk.get("/visitors", params={"site": "Sydhavn"}).status_code == 200
    assert SITE in desk.get("/visitors/evacuation", params={"site": "Sydhavn"}).text
