"""What the board makes of what units tell: never green where the room may not be free."""

from __future__ import annotations

import pytest

from hub.room_board import KINDS, SILENT_AFTER_S, Colour, Told, shown
from roomdisplay.kinds import BOOKED, GREEN, LAMP, Kind

NOW_MS = 1_795_000_000_000


def told(kind: str, *, stale: bool = False, late_s: float = 1, ago_s: float = 5, live: bool = False) -> Told:
    received_ms = NOW_MS - round(ago_s * 1000)
    return Told(kind, stale, received_ms - round(late_s * 1000), received_ms, live)


def test_every_kind_of_the_panels_is_known_and_free_only_where_the_panel_is_green_or_amber() -> None:
    assert set(KINDS) == {str(kind) for kind in Kind}
    free = {Kind(kind) for kind, look in KINDS.items() if look.colour is Colour.FREE}
    assert free <= GREEN
    assert all(str(LAMP[kind]) == "free" for kind in free)
    assert all(KINDS[kind].colour is not Colour.FREE for kind in BOOKED)


ROWS = [
    ("online", 5, told("free"), "Free", "free"),
    ("online", 5, told("free", live=True), "Free", "free"),
    ("online", 5, told("busy"), "Busy", "busy"),
    ("online", 5, told("check-in"), "Check-in due", "attention"),
    ("online", 5, told("free", stale=True), "Calendar is old", "unknown"),
    ("online", 5, told("busy", stale=True), "Calendar is old", "unknown"),
    ("online", 5, told("offline", stale=True), "No calendar", "unknown"),
    ("lost", 5, told("free"), "No contact", "unknown"),
    ("offline", 5, told("free"), "Stopped", "unknown"),
    ("", 5, told("free"), "No contact", "unknown"),
    ("<b>", 5, told("free"), "No contact", "unknown"),
    ("online", SILENT_AFTER_S + 1, told("free"), "Silent", "unknown"),
    ("online", None, told("free"), "Silent", "unknown"),
    ("online", 5, told("free", live=True, ago_s=SILENT_AFTER_S + 1), "Silent", "unknown"),
    ("online", 5, None, "Not known yet", "unknown"),
    ("online", 5, told("unknown", live=True), "Not known yet", "unknown"),
    ("online", 5, told("FREE"), "Not known yet", "unknown"),
    ("online", 5, told("free", late_s=600), "Catching up", "unknown"),
    ("online", 5, told("free", late_s=600, ago_s=61), "Free", "free"),
    ("online", 5, told("free", late_s=36_000, live=True), "Free", "free"),
]


@pytest.mark.parametrize(("link", "seen_s", "what", "word", "colour"), ROWS)
def test_what_is_shown(link: str, seen_s: float | None, what: Told | None, word: str, colour: str) -> None:
    seen_ms = None if seen_s is None else NOW_MS - round(seen_s * 1000)
    look = shown(link, seen_ms, what, NOW_MS)
    assert (look.word, look.colour.value) == (word, colour)
