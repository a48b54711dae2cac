"""Hosts are told: the whole ladder against a simulated tenant over TLS, its answers, refusals, outages and crashes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.database import StoreError, StoreFault
from graph import client
from kiosk import message_texts
from kiosk.message_table import Message
from kiosk.model import Answer, Channel, LeftBy, Progress, Told
from kiosk.register import Register
from kiosk.settings import NotifySection
from tests.kiosk.lobby import BENTE, DESK, LOUISE, RULES, Building, Lobby, building, run

HERE = "Din gæst Karl Guest er kommet og venter i lobbyen"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Building]:
    with building(tmp_path_factory.mktemp("office")) as place:
        yield place


@pytest.fixture
def place(house: Building, monkeypatch: pytest.MonkeyPatch) -> Building:
    monkeypatch.setattr(client, "_FIRST_PAUSE_S", 0.0)
    house.control("POST", "reset", keep_sign_ins=True)
    house.control("DELETE", "faults")
    return house


def names(told: tuple[Told, ...]) -> list[str]:
    return [f"{one.who or 'reception'} {one.channel} {one.progress}" for one in told]


def test_a_host_who_is_silent(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        visit = await lobby.arrive()
        await lobby.live(2)
        assert names(lobby.told[visit][-1]) == ["Louise H. chat sent"]
        assert len(place.chat(LOUISE)) == 1
        assert place.chat(LOUISE)[0].startswith(f"kiosk: {HERE}")
        assert "Svar “kommer” eller “5 minutter”" in place.chat(LOUISE)[0]
        await lobby.live(57)
        assert place.mail() == []
        await lobby.live(4)
        (mail,) = place.mail()
        assert (mail["to"], mail["saved"], mail["subject"]) == ([LOUISE], False, "Din gæst er kommet: Karl Guest")
        await lobby.live(120, step_s=2)
        assert len(place.chat(BENTE)) == 1
        assert "Louise Holm har ikke svaret" in place.chat(BENTE)[0]
        await lobby.live(120, step_s=2)
        assert [one["to"] for one in place.mail()] == [[LOUISE], [DESK]]
        assert names(lobby.told[visit][-1]) == [
            "Louise H. chat sent", "Louise H. mail sent", "Bente J. chat sent", "reception reception sent",
        ]  # fmt: skip
        await lobby.live(700, step_s=20)
        assert (len(place.mail()), len(place.chat(LOUISE)), len(place.chat(BENTE))) == (2, 1, 1)
        assert lobby.messenger._active == {}

    run(place, tmp_path, story)


@pytest.mark.parametrize(
    ("said", "answer"),
    [("Jeg kommer nu", Answer.COMING), ("om 5 min &amp; <b>tak</b>", Answer.FIVE_MINUTES), ("¡Voy!", Answer.COMING)],
)
def test_a_host_who_answers(place: Building, tmp_path: Path, said: str, answer: Answer) -> None:
    async def story(lobby: Lobby) -> None:
        place.clock.step(60)
        visit = await lobby.arrive()
        await lobby.live(10)
        place.control("POST", f"people/{LOUISE}/chat", text="hvem er det?")
        await lobby.live(7)
        assert names(lobby.told[visit][-1]) == ["Louise H. chat sent"]
        place.control("POST", f"people/{LOUISE}/chat", text=said)
        await lobby.live(7)
        assert lobby.told[visit][-1] == (Told("Louise H.", Channel.CHAT, Progress.ANSWERED, answer),)
        await lobby.live(400, step_s=20)
        assert place.mail() == []

    run(place, tmp_path, story)


def test_an_answer_to_an_earlier_guest_is_not_taken_for_this_one(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        await lobby.arrive()
        await lobby.live(2)
        place.control("POST", f"people/{LOUISE}/chat", text="kommer")
        await lobby.live(30)
        later = await lobby.arrive(number=2)
        await lobby.live(20)
        assert names(lobby.told[later][-1]) == ["Louise H. chat sent"]

    run(place, tmp_path, story)


def test_a_host_without_teams_gets_mail_at_once(place: Building, tmp_path: Path) -> None:
    place.control("POST", f"people/{LOUISE}/licences", teams=False)

    async def story(lobby: Lobby) -> None:
        visit = await lobby.arrive()
        await lobby.live(3)
        assert names(lobby.told[visit][-1]) == ["Louise H. chat failed", "Louise H. mail sent"]

    run(place, tmp_path, story)


def test_when_nothing_is_possible_the_guest_reads_so(place: Building, tmp_path: Path) -> None:
    for person in (LOUISE, BENTE, "mydesk"):
        place.control("POST", f"people/{person}/licences", teams=False, mailbox=False)

    async def story(lobby: Lobby) -> None:
        visit = await lobby.arrive()
        await lobby.live(6)
        assert [line.split()[-1] for line in names(lobby.told[visit][-1])] == ["failed"] * 4

    run(place, tmp_path, story)


def test_a_host_outside_the_tenant_is_mailed_in_their_language(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        await lobby.arrive("ida@lejer.example")
        await lobby.live(2)
        (mail,) = place.mail()
        assert (mail["to"], mail["subject"]) == (["ida@lejer.example"], "Ha llegado tu visita: Karl Guest")
        assert "chat" not in mail["content"]

    run(place, tmp_path, story)


def test_a_group_is_one_message(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        await lobby.arrive(guests=("Karl Guest", "B", "C", "D"))
        await lobby.live(3)
        (line,) = place.chat(LOUISE)
        assert "Der kom 3 gæster mere med." in line

    run(place, tmp_path, story)


def test_without_a_network_it_waits_says_so_and_is_sent_once_when_it_is_back(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        place.tenant.fault("html", "/v1.0/")
        visit = await lobby.arrive()
        await lobby.live(400, step_s=10)
        assert names(lobby.told[visit][-1]) == ["Louise H. chat queued"]
        assert lobby.messenger.offline
        place.control("DELETE", "faults")
        await lobby.live(31)
        assert names(lobby.told[visit][-1]) == ["Louise H. chat sent"]
        (line,) = place.chat(LOUISE)
        assert "gentaget" not in line
        assert place.mail() == []

    run(place, tmp_path, story)


def test_a_guest_who_left_before_the_network_came_back(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        place.tenant.fault("html", "/v1.0/")
        visit = await lobby.arrive()
        await lobby.live(20, step_s=5)
        await lobby.register.sign_out(visit, LeftBy.GUEST)
        place.control("DELETE", "faults")
        await lobby.live(100, step_s=5)
        (line,) = place.chat(LOUISE)
        assert "er gået igen" in line
        assert await lobby.states(visit) == ["first chat sent"]

    run(place, tmp_path, story)


@pytest.mark.parametrize("kind", ["drop", "hang", "truncate"])
def test_an_answer_of_teams_that_is_lost_tells_nobody_twice(place: Building, tmp_path: Path, kind: str) -> None:
    async def story(lobby: Lobby) -> None:
        place.tenant.fault(kind, "messages", method="POST", after=True, count=1)
        visit = await lobby.arrive()
        await lobby.live(12)
        assert await lobby.states(visit) == ["first chat sent"]
        assert len(place.chat(LOUISE)) == 1

    run(place, tmp_path, story)


def test_an_answer_of_exchange_that_is_lost_is_repeated_and_marked(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        place.tenant.fault("hang", "sendMail", after=True, count=1)
        await lobby.arrive()
        await lobby.live(12)
        assert [one["subject"] for one in place.mail()] == [
            "Din gæst er kommet: Karl Guest", "Din gæst er kommet: Karl Guest (gentaget)",
        ]  # fmt: skip

    run(place, tmp_path, story, NotifySection(first="mail"))


class PowerCutError(Exception):
    """Error raised in place of the line that would have been next."""


class DyingRegister:
    """The register of a kiosk that loses power before it can note that a message was sent."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def __getattr__(self, name: str) -> object:
        return getattr(self._register, name)

    async def message_sent(self, message_id: int) -> bool:
        raise PowerCutError


@pytest.mark.parametrize(
    ("first", "in_chat", "mails"), [("chat", 1, 0), ("mail", 0, 2)], ids=["chat is looked at", "mail is marked"]
)
def test_a_power_cut_between_acceptance_and_commit(
    place: Building, tmp_path: Path, first: str, in_chat: int, mails: int
) -> None:
    async def dies(lobby: Lobby) -> None:
        await lobby.arrive()
        with pytest.raises(PowerCutError):
            await lobby.messenger_of(DyingRegister(lobby.register)).turn()  # type: ignore[arg-type]

    async def lives_again(lobby: Lobby) -> None:
        await lobby.live(20)
        assert len(place.chat(LOUISE)) == in_chat
        subjects = [one["subject"] for one in place.mail()]
        assert len(subjects) == mails
        assert not subjects or subjects[-1].endswith("(gentaget)")

    rules = NotifySection(first="mail") if first == "mail" else RULES
    run(place, tmp_path, dies, rules)
    run(place, tmp_path, lives_again, rules)


def test_after_a_restart_the_ladder_is_climbed_on(place: Building, tmp_path: Path) -> None:
    async def before(lobby: Lobby) -> None:
        await lobby.arrive()
        await lobby.live(3)

    async def after(lobby: Lobby) -> None:
        await lobby.messenger._take_up()
        await lobby.live(70, step_s=2)
        assert [one["to"] for one in place.mail()] == [[LOUISE]]
        place.control("POST", f"people/{LOUISE}/chat", text="kommer")
        await lobby.live(8)
        (visit,) = lobby.register.open_visits()
        assert lobby.told[visit.id][-1][0].answer is Answer.COMING

    run(place, tmp_path, before)
    run(place, tmp_path, after)


def test_throttled_teams_is_left_alone_until_its_time_and_mail_steps_in(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        place.tenant.fault("status", "/chats", status=429, code="TooManyRequests", retry_after_s=90)
        visit = await lobby.arrive()
        await lobby.live(62, step_s=2)
        assert len(place.tenant.requests("/chats")) == 1
        assert [one["to"] for one in place.mail()] == [[LOUISE]]
        assert names(lobby.told[visit][-1]) == ["Louise H. chat sending", "Louise H. mail sent"]

    run(place, tmp_path, story)


def test_where_answers_may_not_be_read_they_are_not_asked_for_again(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        place.tenant.fault("status", "messages", method="GET", status=403, code="Forbidden")
        await lobby.arrive()
        await lobby.live(50)
        assert [one["method"] for one in place.tenant.requests("/messages")].count("GET") == 1

    run(place, tmp_path, story)


def test_a_site_that_reads_no_answers_offers_none(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        await lobby.arrive()
        await lobby.live(20)
        assert "kommer”" not in place.chat(LOUISE)[0]
        assert [one["method"] for one in place.tenant.requests("/messages")] == ["POST"]

    run(place, tmp_path, story, NotifySection(first="chat", read_answers_min=0))


def test_deliveries_and_calls_for_help(place: Building, tmp_path: Path) -> None:
    async def story(lobby: Lobby) -> None:
        assert await lobby.messenger.call_reception(message_texts.HELP) == Told("", Channel.RECEPTION, Progress.SENT)
        told = await lobby.messenger.announce(lobby.host(LOUISE), message_texts.DELIVERY)
        assert names(told) == ["Louise H. chat sent"]
        place.control("POST", f"people/{LOUISE}/licences", teams=False)
        told = await lobby.messenger.announce(lobby.host("ida@lejer.example"), message_texts.DELIVERY)
        assert names(told) == ["Ida B. chat failed", "Ida B. mail sent"]
        place.tenant.fault("html", "sendMail")
        called = await lobby.messenger.call_reception(message_texts.HELP)
        assert called.progress is Progress.FAILED

    run(place, tmp_path, story)


def test_no_guest_and_no_host_is_ever_logged(place: Building, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story(lobby: Lobby) -> None:
        for number, fault in enumerate(("html", "drop", "truncate", "throttle", "bad_token"), 1):
            place.tenant.fault(fault, "/v1.0/", count=2)
            await lobby.arrive(number=number)
            await lobby.live(65, step_s=5)
            place.control("DELETE", "faults")
        place.control("POST", f"people/{LOUISE}/licences", teams=False)
        await lobby.arrive(number=9)
        await lobby.live(200, step_s=10)
        place.control("POST", f"people/{BENTE}/chat", text="hemmeligt")
        await lobby.live(200, step_s=10)

    run(place, tmp_path, story)
    assert "message 1 (first by chat)" in caplog.text
    for secret in ("Karl", "Guest", "Louise", "louise.holm", "Bente", "nordhavn.example", "Din gæst", "hemmeligt"):
        assert secret not in caplog.text, secret


def test_it_runs_wakes_and_waits_for_a_register_that_cannot_be_written(
    place: Building, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(lobby: Lobby) -> None:
        real, faults = lobby.register.messages_due, [StoreError(tmp_path, StoreFault.FULL, "full")]

        async def due(most: int = 20) -> tuple[Message, ...]:
            if faults:
                raise faults.pop()
            return await real(most)

        monkeypatch.setattr(lobby.register, "messages_due", due)
        running = asyncio.create_task(lobby.messenger.run())
        await lobby.arrive()
        async with asyncio.timeout(20):
            while not place.chat(LOUISE):
                lobby.messenger.wake()
                await asyncio.sleep(0.01)
        assert not faults
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    run(place, tmp_path, story)
