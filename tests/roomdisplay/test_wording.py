"""What the corridor may read of an event."""

from __future__ import annotations

import pytest

from graph.model import Event, Sensitivity
from roomdisplay.wording import MAX_TEXT, Policy, Title, Wording, clean, wording
from tests.roomdisplay.calendar_kit import ACCOUNT, JESPER, POLICY, event, own

JF = {"organizer_name": "Jesper Friis", "organizer_address": JESPER}
ORGANIZER = Policy(subject="organizer")
NEVER = Policy(subject="never")
OPEN = Policy(hide_personal=False)

CASES = [
    ("all shown", event("9-10", subject="Budget", **JF), POLICY, Wording(Title.SUBJECT, "Budget", "Jesper Friis")),
    ("organizer only", event("9-10", subject="Budget", **JF), ORGANIZER, Wording(Title.RESERVED, "", "Jesper Friis")),
    ("nothing", event("9-10", subject="Budget", **JF), NEVER, Wording(Title.RESERVED)),
    ("no subject", event("9-10", **JF), POLICY, Wording(Title.RESERVED, "", "Jesper Friis")),
    ("blank subject", event("9-10", subject=" \u200b\n", **JF), POLICY, Wording(Title.RESERVED, "", "Jesper Friis")),
    ("no subject, nobody", event("9-10"), POLICY, Wording(Title.RESERVED)),
    (
        "subject is the organizer",
        event("9-10", subject="jesper  friis ", **JF),
        POLICY,
        Wording(Title.RESERVED, "", "Jesper Friis"),
    ),
    (
        "subject begins with the organizer",
        event("9-10", subject="Jesper Friis Budget", **JF),
        POLICY,
        Wording(Title.SUBJECT, "Budget", "Jesper Friis"),
    ),
    (
        "a name inside a word",
        event("9-10", subject="Jesper Friiser", **JF),
        POLICY,
        Wording(Title.SUBJECT, "Jesper Friiser", "Jesper Friis"),
    ),
    ("private", event("9-10", subject="Budget", sensitivity=Sensitivity.PRIVATE, **JF), POLICY, Wording(Title.PRIVATE)),
    (
        "confidential",
        event("9-10", subject="Budget", sensitivity=Sensitivity.CONFIDENTIAL, **JF),
        OPEN,
        Wording(Title.PRIVATE),
    ),
    (
        "personal, hidden",
        event("9-10", subject="Budget", sensitivity=Sensitivity.PERSONAL, **JF),
        POLICY,
        Wording(Title.PRIVATE),
    ),
    (
        "personal, shown",
        event("9-10", subject="Budget", sensitivity=Sensitivity.PERSONAL, **JF),
        OPEN,
        Wording(Title.SUBJECT, "Budget", "Jesper Friis"),
    ),
    (
        "made in the room's mailbox",
        own("9-10", subject="Booket ved døren"),
        POLICY,
        Wording(Title.BOOKED_HERE, "Booket ved døren"),
    ),
    ("follow-on", own("9-10", subject="Forlænget ↪"), POLICY, Wording(Title.BOOKED_HERE, "Forlænget")),
    (
        "made in the room's mailbox, organizer only",
        own("9-10", subject="Jesper Friis"),
        ORGANIZER,
        Wording(Title.BOOKED_HERE),
    ),
    (
        "organized by the device account",
        event("9-10", organizer_name="MyDesk", organizer_address=ACCOUNT.upper()),
        POLICY,
        Wording(Title.BOOKED_HERE),
    ),
    (
        "organized by nobody, and no account set",
        event("9-10", subject="Budget"),
        OPEN,
        Wording(Title.SUBJECT, "Budget"),
    ),
]


@pytest.mark.parametrize(("value", "policy", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_wording(value: Event, policy: Policy, wanted: Wording) -> None:
    assert wording(value, policy) == wanted


TEXTS = [
    ("Projektmøde ÆØÅ", "Projektmøde ÆØÅ"),
    ("two\nlines\tand a tab", "two lines and a tab"),
    ("bell\a and \x1b[31mescape", "bell and [31mescape"),
    ("gone \x00 between", "gone between"),
    ("\u202eevil\u202c", "evil"),
    ("\u2067שלום\u2069", "שלום"),
    ("family 👩‍👩‍👧", "family 👩‍👩‍👧"),
    ("half a \ud83d pair", "half a pair"),
    ("\u200b\u200f", ""),
    ("\u0301", ""),
    ("", ""),
    ("x" * MAX_TEXT, "x" * MAX_TEXT),
    ("x" * (MAX_TEXT + 1), "x" * (MAX_TEXT - 1) + "…"),
    (" " * 10_000 + "late", ""),
]


@pytest.mark.parametrize(("text", "wanted"), TEXTS)
def test_clean(text: str, wanted: str) -> None:
    assert clean(text) == wanted
