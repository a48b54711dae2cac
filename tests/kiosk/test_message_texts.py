"""What hosts read, in their own language, whatever a guest calls himself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk import message_texts
from kiosk.answer_links import Links
from kiosk.message_table import Rung
from kiosk.message_texts import LANGUAGES, MessageTexts, Occasion
from kiosk.model import Guest, Host, Visit, VisitState

AT = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
VISIT = Visit(
    "0" * 32,
    "guest",
    VisitState.ON_SITE,
    Guest("Ida Berg"),
    Host("id-1", "Jesper Friis", "jf@x.example"),
    "en",
    "1",
    AT,
)
TEXTS = MessageTexts("Nordhavn", ZoneInfo("Europe/Copenhagen"))
FIRST = Occasion(VISIT, Rung.FIRST, "Jesper Friis", AT)


@pytest.mark.parametrize(
    ("occasion", "subject", "body"),
    [
        (replace(FIRST, answers=True), "Din gæst er kommet: Ida Berg",
         ("Din gæst Ida Berg er kommet og venter i lobbyen (Nordhavn, kl. 10:05). "
         "Svar “kommer” eller “5 minutter” her i chatten, så kan din gæst se det.")),
        (replace(FIRST, others=1), "Din gæst er kommet: Ida Berg",
         "Din gæst Ida Berg er kommet og venter i lobbyen (Nordhavn, kl. 10:05). Der kom 1 gæst mere med."),
        (replace(FIRST, others=4, repeat=True), "Din gæst er kommet: Ida Berg (gentaget)",
         ("Din gæst Ida Berg er kommet og venter i lobbyen (Nordhavn, kl. 10:05). "
          "Der kom 4 gæster mere med. (gentaget)")),
        (replace(FIRST, rung=Rung.DELEGATE), "En gæst venter på Jesper Friis",
         ("Jesper Friis har ikke svaret: gæsten Ida Berg har ventet i lobbyen siden kl. 10:05 (Nordhavn). "
         "Kan du tage imod gæsten?")),
        (replace(FIRST, rung=Rung.RECEPTION), "En gæst venter på Jesper Friis",
         ("Jesper Friis har ikke svaret: gæsten Ida Berg har ventet i lobbyen siden kl. 10:05 (Nordhavn). "
         "Vil I tage jer af gæsten?")),
        (replace(FIRST, rung=Rung.REMINDER), "Din gæst er ikke meldt ud",
         "Din gæst Ida Berg er ikke meldt ud endnu; besøget skulle slutte kl. 10:05 (Nordhavn)."),
        (replace(FIRST, visit=replace(VISIT, state=VisitState.LEFT)), "Din gæst er kommet: Ida Berg",
         "Din gæst Ida Berg kom kl. 10:05 (Nordhavn) og er gået igen. Beskeden kunne ikke sendes før nu."),
    ],
)  # fmt: skip
def test_danish(occasion: Occasion, subject: str, body: str) -> None:
    text = TEXTS.of(occasion, "da")
    assert (text.subject, text.body) == (subject, body)


def test_the_other_languages() -> None:
    assert TEXTS.of(FIRST, "es").body == "Tu visita Ida Berg ha llegado y espera en el vestíbulo (Nordhavn, 10:05)."
    assert TEXTS.of(replace(FIRST, repeat=True), "en").body.endswith("(repeated)")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rung", list(Rung))
def test_every_message_has_every_language_and_no_hole(
    language: str, rung: Rung, caplog: pytest.LogCaptureFixture
) -> None:
    for state in (VisitState.ON_SITE, VisitState.LEFT):
        occasion = Occasion(replace(VISIT, state=state), rung, "Jesper Friis", AT, 2, repeat=True, answers=True)
        text = TEXTS.of(occasion, language)
        assert "{" not in text.subject + text.body
        assert rung in (Rung.DELEGATE, Rung.RECEPTION) or "Jesper" not in text.body
    for notice in (message_texts.DELIVERY, message_texts.DELIVERY_AT_DESK, message_texts.HELP):
        assert "Nordhavn" in TEXTS.notice(notice, language, AT).body
    assert caplog.text == ""
    assert "Ida" not in repr(occasion) + repr(text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ida\nBerg", "Ida Berg"), ("Ida\x00\x1b[31m Berg", "Ida [31m Berg"), ("{site} {0}", "{site} {0}"),
        ("<b>Ida</b>", "<b>Ida</b>"), ("x" * 500, "x" * 80), ("\u202eIda", "Ida"), ("  Ida  ", "Ida"),
    ],
)  # fmt: skip
def test_a_guests_name_is_one_line_of_text(name: str, shown: str) -> None:
    text = TEXTS.of(replace(FIRST, visit=replace(VISIT, guest=Guest(name))), "en")
    assert text.subject == f"Your guest has arrived: {shown}"
    assert text.body.count("\n") == 0


LINKS = Links("https://hub.example/a/u/id/coming?lang=da", "https://hub.example/a/u/id/five?lang=da")


@pytest.mark.parametrize(
    ("language", "read", "asks", "coming", "five"),
    [
        ("da", False, "Svar med et link, på kontorets netværk, så kan din gæst se det:", "Jeg kommer", "Om 5 minutter"),
        ("da", True, "Eller svar med et link, på kontorets netværk:", "Jeg kommer", "Om 5 minutter"),
        ("en", True, "Or answer with a link, in the office network:", "I am coming", "In 5 minutes"),
        ("es", True, "O responde con un enlace, en la red de la oficina:", "Ya voy", "En 5 minutos"),
    ],
)
def test_links_stand_last_each_on_its_line(language: str, read: bool, asks: str, coming: str, five: str) -> None:
    without = TEXTS.of(replace(FIRST, answers=read, repeat=True), language)
    text = TEXTS.of(replace(FIRST, answers=read, repeat=True, links=LINKS), language)
    assert text.subject == without.subject
    assert text.body.split("\n\n") == [without.body, asks, f"{coming}: {LINKS.coming}", f"{five}: {LINKS.five}"]
