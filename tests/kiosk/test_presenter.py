"""What guests read, in three languages: the words of the pages, of faults, of the ladder."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from drivers.printers.jobs import JobState
from drivers.printers.status import Trouble
from kiosk import pages
from kiosk.admin_facts import AdminFacts
from kiosk.draft import RECEPTION, Draft, HostPick
from kiosk.events import Health, OnSite, Refusal, SearchProblem
from kiosk.guest_views import initials
from kiosk.model import Answer, Channel, Guest, HostHit, HostPresence, Progress, Told
from kiosk.pages import Done, DoneKind, FieldError
from kiosk.presenter import present
from kiosk.rehearsal import NOON
from kiosk.setup import Setup
from kiosk.view import DoneView, KioskView, Page, PresenceTone, Sign, Verb
from tests.kiosk.flow_kit import CRAFT, GUEST, INVITATION, PARENT, WORDS, Kiosk, setup, strings

HOST = HostPick("id-jesper", "Jesper F.")
BO = Guest("Bo Bech")
DONE = Done("r", DoneKind.VISIT, 1008.0, 10.0, HOST, "Søren", badge=True)
SENT = Told("Jesper F.", Channel.CHAT, Progress.SENT)
MAIL = replace(SENT, channel=Channel.MAIL)
DELEGATE = Told("Anna B.", Channel.CHAT, Progress.SENT)
DESK = Told("", Channel.RECEPTION, Progress.SENT)
PERSON = OnSite("a" * 32, "Søren Ærø", "Jesper F.", "guest", NOON, assumed=True, found=True)

EVERY_PAGE: tuple[pages.Page, ...] = (
    pages.Welcome(),
    pages.Types(),
    pages.HostSearch(Draft("guest"), "jes", (HostHit("i", "Jesper F.", "Projekt", HostPresence.BUSY),)),
    pages.HostSearch(None, problem=SearchProblem.BUDGET),
    pages.Details(Draft("craft", HOST, (BO,)), errors=(("name", FieldError.NAME),)),
    pages.Details(Draft("parent", HOST, first=BO)),
    pages.Rules(Draft("guest", HOST, (BO,)), sign=False),
    pages.Rules(Draft("craft", HOST, (BO, BO)), sign=True, strokes="1,1"),
    pages.Signing("r", 1000.0, DONE),
    DONE,
    replace(DONE, kind=DoneKind.DELIVERY, host=RECEPTION),
    pages.Scan(),
    *(pages.TypeCode("ABCD1234", refusal) for refusal in (None, *Refusal)),
    pages.Looking(1000.0, pages.Welcome()),
    *(pages.CodeRefused(refusal, pages.Welcome()) for refusal in Refusal),
    pages.Expected(INVITATION),
    pages.Expected(replace(INVITATION, type="parent", host=None)),
    pages.StillIn("v"),
    pages.Leaving("Bo", missing=True),
    pages.Leaving(too_many=True),
    pages.SigningOut(1000.0),
    *(pages.Goodbye(1008.0, 10.0, by_name, failed) for by_name in (True, False) for failed in (True, False)),
    pages.Delivery(),
    pages.HelpCalled("h", pages.Welcome(), (DESK,)),
    pages.Privacy(pages.Welcome()),
    pages.AidsPage(pages.Welcome()),
    pages.Pin("123", wrong=True),
    pages.Pin(locked_until_s=1030.0),
    pages.Admin(),
    pages.Admin("log"),
    pages.InBuilding(),
    pages.InBuilding((PERSON,)),
    pages.Person(PERSON),
    pages.Person(PERSON, reprinted=True),
    pages.Evacuating(),
)


def shown(page: pages.Page, language: str = "en", configured: Setup | None = None, **changes: Any) -> KioskView:
    kiosk = Kiosk(configured or setup(GUEST, CRAFT, PARENT))
    state = replace(kiosk.state, page=page, language=language, **changes)
    facts = replace(kiosk.facts, admin=AdminFacts("cph-lobby", log=("line",), hosts_read_at=NOON))
    return present(state, facts, WORDS[language])


def view(page: pages.Page, language: str = "en", **changes: Any) -> Any:
    return shown(page, language, **changes).page


@pytest.mark.parametrize("language", ["da", "en", "es"])
@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: type(page).__name__)
def test_every_page_has_words_without_holes(page: pages.Page, language: str) -> None:
    speaking = replace(Kiosk().state.aids, speech=True)
    found = shown(page, language, aids=speaking, asked_s=990.0)
    assert not [text for text in strings(found) if "{" in text or "}" in text]
    assert found.still_there
    assert found.spoken
    assert shown(page, language, aids=speaking).spoken.strip()
    assert shown(page, language).spoken == ""


def test_every_kind_of_page_is_among_them() -> None:
    assert {type(page) for page in EVERY_PAGE} == set(get_args(pages.Page))
    assert {type(view(page)) for page in EVERY_PAGE} == set(get_args(Page))


def test_danish_as_in_the_drawings() -> None:
    welcome = view(pages.Welcome(), "da")
    assert (welcome.title, welcome.clock) == ("Velkommen", "søndag 22. november · 11:42")
    assert [tile.title for tile in welcome.tiles][:3] == ["Jeg er på besøg", "Jeg har en QR-kode", "Jeg går igen"]
    hosts = view(EVERY_PAGE[2], "da")
    assert (hosts.title, hosts.buttons[0].label) == ("Hvem skal du besøge?", "Min vært er ikke på listen")
    row = hosts.rows[0]
    assert (row.title, row.note, row.tone, row.initials) == ("Jesper F.", "Optaget", PresenceTone.BUSY, "JF")
    form = view(pages.Details(Draft("guest", HOST)), "da")
    assert (form.title, form.note.label) == ("Hvem er du?", "Slettes om 14 dage · Læs mere")
    assert [(field.label, field.optional) for field in form.fields] == [
        ("Navn", ""),
        ("E-mail", "(valgfrit)"),
        ("Telefon", "(valgfrit)"),
    ]
    done = view(replace(DONE, told=(SENT,)), "da")
    assert (done.title, done.countdown) == ("Velkommen, Søren", "Skærmen ryddes om 8 sekunder")
    assert done.lines == (
        "Jesper F. har fået besked på Teams og henter dig her.",
        "Dit gæstekort printes nu. Brug koden på kortet, når du går igen.",
    )


def test_the_header_is_on_every_page_and_calls_for_help() -> None:
    header = shown(pages.Welcome(), "da").header
    assert header.help is not None
    assert header.help.action.verb is Verb.HELP
    assert [button.label for button in header.languages] == ["Dansk", "English", "Español"]
    assert shown(pages.Admin()).header.help is None
    assert shown(pages.Evacuating(), evacuation=True).header.help is None


@pytest.mark.parametrize(
    ("health", "says"),
    [
        (Health(), ""),
        (Health(network=False), "No network: we tell your host as soon as we can. You can also call +45 12 34 56 78."),
        (Health(printer=Trouble.PAPER_OUT), "The badge printer is out of order. You get a badge at reception."),
        (Health(printer=Trouble.NO_PRINTER), ""),
        (
            Health(directory_old=True),
            "The list of hosts is more than a day old. If yours is missing, ask reception.",
        ),
        (Health(clock_sure=False), "The kiosk does not know the time yet. Invitations may have to wait."),
        (Health(register=False), "Signing in does not work right now. Please go to reception."),
    ],
)
def test_what_is_out_of_order_is_said_at_rest(health: Health, says: str) -> None:
    found = view(pages.Welcome(), health=health)
    assert found.notice == says
    assert (found.clock == "") is (not health.clock_sure)


def test_no_more_than_two_things_are_said_at_once() -> None:
    health = Health(False, Trouble.SILENT, True, False, False)
    assert view(pages.Welcome(), health=health).notice.count(".") == 3


# --- the last page ---


@pytest.mark.parametrize(
    ("told", "first"),
    [
        ((), "We are telling Jesper F. …"),
        ((replace(SENT, progress=Progress.SENDING),), "We are telling Jesper F. …"),
        ((replace(SENT, progress=Progress.QUEUED),), "No network: we tell Jesper F. as soon as we can."),
        ((SENT,), "Jesper F. has been told on Teams and will fetch you here."),
        ((MAIL,), "Jesper F. has been told by e-mail and will fetch you here."),
        ((SENT, MAIL), "Jesper F. has been told on Teams and by e-mail and will fetch you here."),
        ((replace(SENT, progress=Progress.FAILED), MAIL), "Jesper F. has been told by e-mail and will fetch you here."),
        ((replace(SENT, progress=Progress.FAILED),), "We could not reach Jesper F."),
        ((SENT, MAIL, DELEGATE), "Anna B. has been told on Teams and will fetch you here."),
        ((SENT, DESK), "Receptionen has been told and will come to you."),
        (
            (replace(SENT, progress=Progress.ANSWERED, answer=Answer.FIVE_MINUTES),),
            "Jesper F. will be here in about five minutes.",
        ),
        ((replace(SENT, progress=Progress.ANSWERED, answer=Answer.COMING), DESK), "Jesper F. is on the way."),
    ],
)
def test_who_was_told_by_what(told: tuple[Told, ...], first: str) -> None:
    assert view(replace(DONE, told=told)).lines[0] == first


def test_who_did_not_answer_is_said_below() -> None:
    assert view(replace(DONE, told=(SENT, DELEGATE))).lines[1] == "Jesper F. does not answer yet."


def test_off_line_it_is_said_at_once_with_a_number_to_call() -> None:
    lines = view(DONE, health=Health(network=False)).lines
    assert lines[:2] == ("No network: we tell Jesper F. as soon as we can.", "You can also call +45 12 34 56 78.")


@pytest.mark.parametrize(
    ("printing", "health", "line"),
    [
        (JobState.PRINTING, Health(), "Your badge is being printed. Use the code on it when you leave."),
        (JobState.DONE, Health(), "Take your badge. Use the code on it when you leave."),
        (JobState.DONE, Health(printer=Trouble.PAPER_OUT), "Take your badge. Use the code on it when you leave."),
        (JobState.FAILED, Health(printer=Trouble.NO_PRINTER), "You get your badge at reception."),
        (JobState.FAILED, Health(), "The badge printer is out of order. You get a badge at reception."),
        (JobState.ABANDONED, Health(), "The badge printer is out of order. You get a badge at reception."),
        (
            JobState.QUEUED,
            Health(printer=Trouble.PAPER_OUT),
            "The badge printer is out of order. You get a badge at reception.",
        ),
    ],
)
def test_the_badge(printing: JobState, health: Health, line: str) -> None:
    assert view(replace(DONE, told=(SENT,), printing=printing), health=health).lines[-1] == line


def test_a_group_without_badges() -> None:
    lines = view(replace(DONE, told=(SENT,), guests=3, badge=False)).lines
    assert lines[1:] == ("All 3 guests are signed in.", "Please sign out here when you leave.")


def test_where_nobody_is_told_nobody_is_promised() -> None:
    kiosk = Kiosk(setup(PARENT))
    kiosk.tap(Verb.VISIT)
    kiosk.fill(name="Bo", phone="12345678")
    kiosk.tap(Verb.NEXT)
    kiosk.commit()
    page: Any = kiosk.view.page
    assert page.lines == ("Du er registreret.", "Husk at tjekke ud her, når du går igen.")


@pytest.mark.parametrize(
    ("then", "verbs"),
    [
        (pages.Welcome(), [Verb.BACK, Verb.CODE, Verb.VISIT]),
        (pages.Details(Draft("guest", HOST)), [Verb.BACK]),
    ],
)
def test_ways_on_from_a_code_of_no_use_lose_nothing(then: pages.Page, verbs: list[Verb]) -> None:
    found = view(pages.CodeRefused(Refusal.EXPIRED, then))
    assert [button.action.verb for button in found.buttons] == verbs


def test_what_is_not_stored_is_not_called_done() -> None:
    found = view(replace(DONE, told=(SENT,), saved=False))
    assert found.lines[0] == "Please tell reception that you are here."


def test_a_delivery_says_that_it_is_one() -> None:
    found: DoneView = view(replace(DONE, kind=DoneKind.DELIVERY, told=(SENT,)))
    assert found.title == "Thank you"
    assert found.lines == ("Jesper F. has been told on Teams that a delivery is here.",)


@pytest.mark.parametrize(
    ("told", "health", "good"),
    [
        ((), Health(), True),
        ((DESK,), Health(), True),
        ((), Health(network=False), False),
        ((replace(DESK, progress=Progress.FAILED),), Health(), False),
        ((replace(DESK, progress=Progress.QUEUED),), Health(), False),
        ((DESK,), Health(network=False), True),
    ],
)
def test_help_is_not_promised_where_nobody_heard(told: tuple[Told, ...], health: Health, good: bool) -> None:
    """What was called within the last half minute need not be called again."""
    again = view(pages.HelpCalled("", pages.Welcome()), health=health)
    assert again.title == "Receptionen has been called"
    found = view(pages.HelpCalled("h", pages.Welcome(), told), health=health)
    assert (found.sign is not Sign.CAUTION) is good
    assert "+45 12 34 56 78" in found.text


# --- what must not be seen or said ---


def test_an_invited_guest_reads_a_first_name_and_the_host_and_no_more() -> None:
    texts = " ".join(strings(view(pages.Expected(INVITATION))))
    assert "Welcome, Søren" in texts
    assert "Jesper F." in texts
    for hidden in ("Ærø", "example.dk", "20 20"):
        assert hidden not in texts


def test_a_name_that_cannot_be_drawn_is_not_drawn() -> None:
    kiosk = Kiosk(drawable=frozenset(range(0x80)))
    kiosk.invited()
    page: Any = kiosk.view.page
    assert page.title == "Velkommen"


def test_typed_text_and_seconds_are_not_said() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.SPEECH)
    kiosk.to_details()
    before = kiosk.view.spoken
    assert "Navn." in before
    kiosk.keyed("Hemmelig")
    assert kiosk.view.spoken == before
    kiosk.wait(31)
    asked = kiosk.view.spoken
    kiosk.wait(3)
    assert kiosk.view.spoken == asked == "Er du der stadig? Mere tid. Jeg er færdig."


@pytest.mark.parametrize(("name", "letters"), [("Jesper F.", "JF"), ("Bo", "B"), ("Ida van der Berg", "IB"), ("", "")])
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_steps_show_the_last_page_too() -> None:
    steps = [shown(page).steps for page in (EVERY_PAGE[2], pages.Details(Draft("guest", HOST)), EVERY_PAGE[6])]
    assert [(step.count, step.done) for step in steps if step] == [(4, 1), (4, 2), (4, 3)]
    alone = shown(pages.Details(Draft("parent"))).steps
    assert alone is not None
    assert (alone.count, alone.done) == (2, 1)
    assert shown(pages.Welcome()).steps is None


def test_roll_call_marks_who_was_found() -> None:
    lost = replace(PERSON, found=False, name="Ida")
    found = view(pages.InBuilding((PERSON, lost)), evacuation=True)
    assert found.text == "1 of 2 found"
    damaged = view(pages.InBuilding((PERSON, lost), unreadable=2), evacuation=True)
    assert damaged.text == "1 of 2 found. And 2 people more, whose names cannot be read."
    assert [(row.marked, row.action.verb) for row in found.rows] == [(True, Verb.TICK), (False, Verb.TICK)]
    assert "nobody saw them leave" in found.rows[1].note
