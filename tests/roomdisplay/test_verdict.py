"""Who was first when two booked at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.model import Event, Response, ShowAs
from roomdisplay.booking import Judgement, Verdict, verdict
from tests.roomdisplay.calendar_kit import at, event, own

OURS = own("10:00-11:00", id="m", created=at("09:59:30"))


def _rival(created: str | None, span: str = "10:30-12:00", **fields: Any) -> Event:
    return event(span, id=fields.pop("id", "z"), created=at(created) if created else None, **fields)


EARLIER = _rival("09:59:29")
CASES = [
    ("nobody else", [OURS], Verdict.WON, None),
    ("one that was made earlier", [OURS, EARLIER], Verdict.LOST, EARLIER),
    ("one that was made later", [OURS, _rival("09:59:31")], Verdict.WON, None),
    ("the same instant, a smaller id", [OURS, _rival("09:59:30", id="a")], Verdict.LOST, _rival("09:59:30", id="a")),
    ("the same instant, a larger id", [OURS, _rival("09:59:30")], Verdict.WON, None),
    (
        "the same instant, not answered by the room",
        [OURS, _rival("09:59:30", id="a", response=Response.NOT_RESPONDED)],
        Verdict.WON,
        None,
    ),
    (
        "an invitation after ours, not answered",
        [OURS, _rival("09:59:31", response=Response.NOT_RESPONDED)],
        Verdict.WON,
        None,
    ),
    ("declined", [OURS, _rival("09:00", response=Response.DECLINED)], Verdict.WON, None),
    ("cancelled", [OURS, _rival("09:00", cancelled=True)], Verdict.WON, None),
    ("shown as free", [OURS, _rival("09:00", show_as=ShowAs.FREE)], Verdict.WON, None),
    (
        "tentative",
        [OURS, replace(EARLIER, show_as=ShowAs.TENTATIVE)],
        Verdict.LOST,
        replace(EARLIER, show_as=ShowAs.TENTATIVE),
    ),
    ("right after", [OURS, _rival("09:00", "11:00-12:00")], Verdict.WON, None),
    ("right before", [OURS, _rival("09:00", "09:00-10:00")], Verdict.WON, None),
    ("made nobody knows when", [OURS, _rival(None)], Verdict.UNSURE, None),
    ("one unknown, one earlier", [OURS, _rival(None, id="u"), EARLIER], Verdict.LOST, EARLIER),
    (
        "two earlier: the first of them",
        [OURS, _rival("09:59:29", id="y"), _rival("09:58", id="x")],
        Verdict.LOST,
        _rival("09:58", id="x"),
    ),
    ("ours is not to be seen yet", [], Verdict.UNSURE, None),
    ("ours is not to be seen, an earlier one is", [EARLIER], Verdict.LOST, EARLIER),
]


@pytest.mark.parametrize(
    ("read_back", "wanted", "winner"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_verdict(read_back: list[Event], wanted: Verdict, winner: Event | None) -> None:
    assert verdict(OURS, read_back) == Judgement(wanted, winner)
    assert verdict(OURS, read_back[::-1]) == Judgement(wanted, winner)


def test_unsure_while_nobody_knows_when_ours_was_made() -> None:
    ours = replace(OURS, created=None)
    assert verdict(ours, [ours, EARLIER]).verdict is Verdict.UNSURE
    assert verdict(ours, [ours]).verdict is Verdict.WON
