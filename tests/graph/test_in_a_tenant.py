"""Our session in a simulated tenant, over real TLS: signing in, reading, booking, and a network that breaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph import calendars, client, errors
from graph.calendars import CalendarRead
from graph.features import Feature
from graph.model import Event, ShowAs
from graph.session import Session
from graph.tls import client_context
from tests.graph import certificates
from tests.graph.tenant import DEVICE, HUB_APP, ROOM, ZONE, Tenant, booking, served, today


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with served(tmp_path_factory.mktemp("office")) as tenant:
        yield tenant


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FIRST_PAUSE_S", 0.0)


@pytest.fixture
def tenant(office: Tenant, tmp_path: Path) -> Tenant:
    """The office as it opens, nobody signed in, and no token files."""
    office.reopen()
    return Tenant(office.simulator, tmp_path)


@pytest.fixture
def signed_in(tenant: Tenant) -> Tenant:
    assert tenant.sign_in().key == "signed-in"
    return tenant


async def view(session: Session, room: str = ROOM, *, user: bool = False) -> CalendarRead:
    return await session.calendars.view(room, *today(), zone=ZONE, user=user)


def whole(found: Event) -> tuple[Any, ...]:
    return found.ical_uid, found.start, found.end, found.subject, found.show_as.value, found.cancelled


def test_the_screen_sees_what_is_true(signed_in: Tenant) -> None:
    start, end = today()
    read = signed_in.run(view)
    true = sorted(
        (
            (one["ical_uid"], at(one["start"]), at(one["end"]), one["subject"], one["show_as"], one["cancelled"])
            for one in signed_in.truth()
            if at(one["start"]) < end and at(one["end"]) > start
        ),
        key=str,
    )
    assert len(true) >= 3
    assert sorted((whole(found) for found in read.events), key=str) == true
    assert {found.sensitivity.value for found in read.events} >= {"normal", "private"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(microsecond=0)


def test_every_request_asks_for_lasting_ids_and_utc(signed_in: Tenant) -> None:
    signed_in.run(view)
    assert {one["prefer"] for one in signed_in.requests()} == {'IdType="ImmutableId", outlook.timezone="UTC"'}


def test_pages(signed_in: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    in_one = signed_in.run(view)
    monkeypatch.setattr(calendars, "_PAGE_SIZE", "1")
    assert set(signed_in.run(view).events) == set(in_one.events)
    assert len(signed_in.requests("calendarView")) > len(in_one.events)


@pytest.mark.parametrize(("shape", "account"), [("delegate", DEVICE), ("room-account", ROOM)])
def test_a_booking_from_its_making_to_its_end(tenant: Tenant, shape: str, account: str) -> None:
    tenant.sign_in(account, shape=shape, account=account)
    made = booking(0, 30)

    async def work(session: Session) -> None:
        found = await session.calendars.create(ROOM, made, zone=ZONE)
        assert (found.start, found.end, found.is_organizer) == (made.start, made.end, True)
        whole_event = await session.calendars.event(ROOM, found.id, zone=ZONE)
        assert whole_event.created is not None
        assert abs(whole_event.created - datetime.now(UTC)) < timedelta(minutes=1)

        later = made.end + timedelta(minutes=15)
        longer = await session.calendars.set_end(ROOM, found, later, zone=ZONE)
        assert (longer.end, longer.etag != found.etag) == (later, True)
        with pytest.raises(errors.Conflict):
            await session.calendars.set_end(ROOM, found, made.end, zone=ZONE)

        await session.calendars.delete(ROOM, longer)
        await session.calendars.delete(ROOM, longer)
        with pytest.raises(errors.NotFound) as caught:
            await session.calendars.event(ROOM, found.id, zone=ZONE)
        assert caught.value.what == "event"

    tenant.run(work, shape=shape, account=account)


@pytest.mark.parametrize("status", [400, 409])
def test_the_same_booking_twice_is_one_event(signed_in: Tenant, status: int) -> None:
    signed_in.control("POST", "limits", duplicate_status=status)

    async def work(session: Session) -> None:
        first = await session.calendars.create(ROOM, booking(0, 30), zone=ZONE)
        again = await session.calendars.create(ROOM, booking(0, 30), zone=ZONE)
        assert (again.id, again.start) == (first.id, first.start)

    signed_in.run(work)


@pytest.mark.parametrize("kind", ["drop", "status"])
def test_an_answer_that_is_lost_does_not_book_twice(signed_in: Tenant, kind: str) -> None:
    signed_in.fault(kind, "/events$", method="POST", after=True, count=1)
    made = booking(0, 30)

    async def work(session: Session) -> Event:
        return await session.calendars.create(ROOM, made, zone=ZONE)

    found = signed_in.run(work)
    sent = [one for one in signed_in.requests("/events") if one["method"] == "POST"]
    assert len(sent) == 2
    assert (found.start, found.subject) == (made.start, "Reserved")
    start, end = made.start - timedelta(hours=1), made.end + timedelta(hours=1)
    read = signed_in.run(lambda session: session.calendars.view(ROOM, start, end, zone=ZONE))
    assert [one.id for one in read.events] == [found.id]


def test_releasing_tells_the_organizer(signed_in: Tenant) -> None:
    async def work(session: Session) -> Event:
        read = await view(session)
        theirs = next(one for one in read.events if one.organizer_name == "Louise Holm")
        await session.calendars.decline(ROOM, theirs, "Nobody came.")
        return theirs

    released = signed_in.run(work)
    after = {one.ical_uid: one for one in signed_in.run(view).events}
    assert released.ical_uid not in after or after[released.ical_uid].response == "declined"
    messages = signed_in.control("GET", "mail")["meeting_messages"]
    assert any("louise.holm" in str(message) for message in messages)


def test_what_the_account_may_not_see_is_an_error_and_not_an_empty_room(signed_in: Tenant) -> None:
    for room in ("smaalandsfarvandet@nordhavn.example", "louise.holm@nordhavn.example"):
        with pytest.raises(errors.AccessDenied) as caught:
            signed_in.run(partial(view, room=room))
        assert caught.value.request_id
    with pytest.raises(errors.NotFound) as gone:
        signed_in.run(lambda session: view(session, "no-such-room@nordhavn.example"))
    assert gone.value.what == "mailbox"


def test_other_rooms(signed_in: Tenant) -> None:
    async def work(session: Session) -> None:
        rooms = await session.places.rooms()
        assert {room.address for room in rooms} == {room.address for room in signed_in.simulator.tenant.office.rooms}
        one = await session.places.room(ROOM)
        assert one in rooms
        assert await session.places.room("no-such-room@nordhavn.example") is None

        addresses = [room.address for room in rooms]
        found = await session.calendars.busy([*addresses, "no-such-room@nordhavn.example"], *today())
        assert isinstance(found["no-such-room@nordhavn.example"], errors.GraphError)
        slots = found[ROOM]
        assert not isinstance(slots, errors.GraphError)
        true = {(at(one["start"]), at(one["end"])) for one in signed_in.truth() if one["blocking"]}
        assert {(slot.start, slot.end) for slot in slots if slot.show_as is not ShowAs.FREE} <= true
        assert slots

    signed_in.run(work)


def test_people(signed_in: Tenant) -> None:
    found = signed_in.run(lambda session: session.people.search("anne jen", user=True))
    assert {(one.name, one.address) for one in found} >= {
        ("Anne Jensen", "anne.jensen@nordhavn.example"),
        ("Anne Jensen", "anne.jensen2@nordhavn.example"),
    }
    assert len(signed_in.run(lambda session: session.people.search("jensen", limit=3))) == 3


def test_the_wrong_account_is_thrown_away(tenant: Tenant) -> None:
    ended = tenant.sign_in("louise.holm@nordhavn.example")
    assert (ended.key, ended.params["signed_in"]) == ("wrong-account", "louise.holm@nordhavn.example")
    with pytest.raises(errors.SignInNeeded):
        tenant.run(view)


def test_auth_code_in_a_browser(tenant: Tenant) -> None:
    tenant.control("POST", "sign-in/auto-approve", account=DEVICE)

    async def work(session: Session) -> CalendarRead:
        url = await session.auth.begin_auth_code(8400)
        async with httpx.AsyncClient(verify=client_context(str(tenant.simulator.ca_file)), trust_env=False) as browser:
            answer = await browser.get(url)
        back = answer.headers["location"]
        assert back.startswith("http://localhost:8400")
        assert (await session.auth.finish_auth_code(back)).key == "signed-in"
        return await view(session)

    assert tenant.run(work, sign_in="auth-code").events


def test_a_declined_code(tenant: Tenant) -> None:
    async def work(session: Session) -> Any:
        await session.auth.begin_device_code()
        tenant.control("POST", "sign-in/decline")
        return await session.auth.poll_device_code()

    assert tenant.run(work).key == "declined"


def test_a_questioned_token_is_replaced_unseen(signed_in: Tenant) -> None:
    async def work(session: Session) -> None:
        await view(session)
        signed_in.control("POST", f"accounts/{DEVICE}", question=True)
        assert (await view(session)).events

    signed_in.run(work)
    assert 401 in {one["status"] for one in signed_in.requests("calendarView")}


@pytest.mark.parametrize(
    ("change", "outcome"), [({"revoke": True}, "expired"), ({"enabled": False}, "account-problem")]
)
def test_a_sign_in_that_was_taken_away(signed_in: Tenant, change: dict[str, bool], outcome: str) -> None:
    async def work(session: Session) -> str:
        await view(session)
        signed_in.control("POST", f"accounts/{DEVICE}", **change)
        with pytest.raises(errors.SignInNeeded) as caught:
            await view(session)
        return caught.value.outcome

    assert signed_in.run(work) == outcome
    signed_in.control("POST", f"accounts/{DEVICE}", enabled=True)


def test_conditional_access_that_came_later_is_not_hammered(signed_in: Tenant) -> None:
    async def work(session: Session) -> None:
        token = await session.auth.token()
        signed_in.control("POST", "sign-in/faults", aadsts=53003)
        for _ in range(5):
            with pytest.raises(errors.SignInNeeded) as caught:
                await session.auth.token(force=True, rejected=token)
            assert caught.value.outcome == "policy-blocked"

    signed_in.run(work)
    grants = [one for one in signed_in.requests("/token") if one["status"] == 400]
    assert len(grants) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "html"}, errors.Intercepted),
        ({"kind": "truncate"}, errors.BadAnswer),
        ({"kind": "content_type"}, errors.BadAnswer),
        ({"kind": "drop"}, errors.NetworkDown),
        ({"kind": "status", "status": 503, "retry_after_s": 20}, errors.ServiceFault),
        ({"kind": "status", "status": 500}, errors.ServiceFault),
        ({"kind": "status", "status": 403}, errors.AccessDenied),
        ({"kind": "throttle"}, errors.Throttled),
        ({"kind": "bad_token"}, errors.SignInNeeded),
    ],
)
def test_what_goes_wrong_is_an_error_and_goes_away(
    signed_in: Tenant, fault: dict[str, Any], kind: type[errors.GraphError]
) -> None:
    signed_in.fault(**fault)
    with pytest.raises(kind):
        signed_in.run(view)
    signed_in.control("DELETE", "faults")
    assert signed_in.run(view).events


@pytest.mark.parametrize("kind", ["drop", "status"])
def test_one_hiccup_is_not_even_seen(signed_in: Tenant, kind: str) -> None:
    signed_in.fault(kind, count=1)
    assert signed_in.run(view).events


def test_throttled_means_silence_until_its_time(signed_in: Tenant) -> None:
    signed_in.fault("throttle")

    async def work(session: Session) -> None:
        for user in (False, True, True):
            with pytest.raises(errors.Throttled) as caught:
                await view(session, user=user)
            assert caught.value.retry_after_s == pytest.approx(30, abs=2)
        assert await session.places.room(ROOM), "another workload"

    signed_in.run(work)
    assert len(signed_in.requests("calendarView")) == 1


def test_a_server_that_hangs_does_not_hang_us(signed_in: Tenant) -> None:
    async def work(session: Session) -> None:
        await view(session)
        signed_in.fault("hang", count=1)
        background = asyncio.create_task(view(session))
        async with asyncio.timeout(5):
            while signed_in.control("GET", "faults")["faults"]:
                await asyncio.sleep(0.005)
        assert (await view(session, user=True)).events, "a person's request goes past the one that hangs"
        assert not background.done()
        with pytest.raises(errors.TimedOut):
            await background
        assert (await view(session)).events

    signed_in.run(work, network=signed_in.network(read_timeout_s=1.0))


def test_closing_does_not_wait_for_a_sign_in_that_hangs(signed_in: Tenant) -> None:
    async def work(session: Session) -> None:
        token = await session.auth.token()
        signed_in.fault("hang", "/token", count=1)
        refresh = asyncio.create_task(session.auth.token(force=True, rejected=token))
        async with asyncio.timeout(5):
            while signed_in.control("GET", "faults")["faults"]:
                await asyncio.sleep(0.005)
        refresh.cancel()
        async with asyncio.timeout(0.5):
            await session.close()

    signed_in.run(work, network=signed_in.network(read_timeout_s=1.0))


def test_never_more_than_two_in_flight(signed_in: Tenant) -> None:
    signed_in.fault("delay", delay_s=0.02)
    signed_in.control("POST", "limits", concurrency_limit=2)

    async def work(session: Session) -> None:
        reads = [view(session, user=user) for user in (False, True) * 6]
        assert all(read.events for read in await asyncio.gather(*reads))

    signed_in.run(work)


@pytest.mark.parametrize(("offset_s", "believed"), [(0, True), (3600, False), (-90, False)])
def test_graphs_clock_vouches_for_ours(signed_in: Tenant, offset_s: float, believed: bool) -> None:
    signed_in.fault("date", date_offset_s=offset_s)

    async def work(session: Session) -> bool:
        await view(session)
        return session._client._clock.synchronised()

    assert signed_in.run(work) is believed


def test_app_only_sees_its_rooms_and_nobody_else(tenant: Tenant) -> None:
    key = certificates.rsa_key()
    certificate = certificates.certificate_pem(key)
    tenant.control("POST", f"apps/{HUB_APP}/certificates", pem=certificate.decode(), replace=True)
    settings: dict[str, Any] = {
        **certificates.write(tenant.folder, certificate, certificates.key_pem(key)),
        "client_id": HUB_APP,
    }

    async def work(session: Session) -> None:
        assert (await view(session)).events
        with pytest.raises(errors.AccessDenied):
            await view(session, "louise.holm@nordhavn.example")

    tenant.run(work, features=frozenset({Feature.AGENDA}), **settings)


def test_nothing_of_anybody_is_ever_logged(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    """Everything at DEBUG, every library, good days and bad: no subject, name, address, code or token."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []

    async def work(session: Session) -> None:
        code = await session.auth.begin_device_code()
        said.append(code.user_code)
        tenant.control("POST", "sign-in/approve", account=DEVICE)
        await session.auth.poll_device_code()
        said.append(await session.auth.token())
        read = await view(session)
        said.extend(text for one in read.events for text in (one.subject, one.organizer_name, one.id) if text)
        await session.people.search("anne jensen")
        await session.places.rooms()
        made = await session.calendars.create(ROOM, replace(booking(0, 30), subject="Hemmeligt"), zone=ZONE)
        await session.calendars.delete(ROOM, made)
        for fault in ("html", "truncate", "drop", "throttle"):
            tenant.fault(fault, count=3)
            with pytest.raises(errors.GraphError) as caught:
                await view(session)
            said_by_error = f"{caught.value} {caught.value.hint}"
            assert "nordhavn" not in said_by_error
            tenant.control("DELETE", "faults")
        tenant.control("POST", f"accounts/{DEVICE}", revoke=True)
        with pytest.raises(errors.GraphError):
            await session.places.rooms()

    tenant.run(work)
    text = caplog.text
    assert "calendar view: 200" in text
    for secret in (*said, "Hemmeligt", "nordhavn.example", "anne", "Bearer", "eyJ", "refresh_token"):
        assert secret not in text, secret
