"""kill -9 at random points of sign-ins: nothing finished is lost, nothing doubled, no host untold (issue 4, 5)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from kiosk.model import Channel
from tests.kiosk.busy_desk import Promises, judge
from tests.kiosk.killing import kills
from tests.kiosk.register_kit import Desk, at_desk, visit, visit_id

KILLS = 20
BROKEN = ("lost", "unknown", "halved", "untold", "told_twice", "unprinted", "printed_twice")


def test_twenty_kills(tmp_path: Path) -> None:
    found = list(kills(tmp_path / "register", KILLS, seed=4, longest_s=0.08))
    assert [one.verdict for one in found if not one.verdict.good] == []
    assert found[-1].verdict.visits >= KILLS  # it was at work when it was killed


def left(tmp_path: Path, lines: str, *, state: str = "queued", job: str = "queued") -> list[str]:
    """What the judge finds wrong of visits 1 and 2, which came together."""
    folder = tmp_path / "register"

    async def story(desk: Desk) -> None:
        await desk.register.sign_in([visit(1), visit(2)], tell=Channel.MAIL, badges=True)
        await desk.register.apply(lambda store, at: store.connection.execute("UPDATE print_jobs SET state = ?", (job,)))
        await desk.register.apply(lambda store, at: store.connection.execute("UPDATE messages SET state = ?", (state,)))

    at_desk(folder, story)
    promises = Promises()
    promises.read(lines)
    verdict = asyncio.run(judge(folder, promises))
    wrong = replace(verdict, visits=0, repeats=0, reprinted=0)
    return [name for name in BROKEN if getattr(wrong, name)]


ONE, TWO, THREE = (visit_id(number) for number in (1, 2, 3))
PARTY = f"try {ONE},{TWO}\nin {ONE},{TWO}\n"


def test_the_judge_catches_each_broken_promise(tmp_path: Path) -> None:
    cases = [
        (PARTY, "queued", []),
        (PARTY + f"graph {ONE} 0\n", "sent", []),
        (PARTY + f"graph {ONE} 0\ngraph {ONE} 1\n", "sent", []),
        (PARTY + f"try {THREE}\nin {THREE}\n", "queued", ["lost"]),
        (PARTY + f"try {THREE}\nin {THREE}", "queued", []),  # the line was cut: nobody was told
        (f"try {ONE}\nin {ONE}\n", "queued", ["unknown"]),
        (f"try {ONE},{TWO},{THREE}\n", "queued", ["halved"]),
        (PARTY, "sent", ["untold"]),
        (PARTY, "failed", ["untold"]),
        (PARTY + f"graph {ONE} 0\ngraph {ONE} 0\n", "sent", ["told_twice"]),
    ]
    for number, (lines, state, wrong) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert left(folder, lines, state=state) == wrong, number


def test_the_judge_catches_each_badge_that_is_lost_or_doubled(tmp_path: Path) -> None:
    cases = [
        ("queued", "", []),
        ("printing", "", []),
        ("done", f"paper {ONE} 0\npaper {TWO} 0\n", []),
        ("done", f"paper {ONE} 0\npaper {ONE} 1\npaper {TWO} 0\n", []),
        ("done", f"paper {ONE} 0\n", ["unprinted"]),
        ("abandoned", f"paper {ONE} 0\npaper {TWO} 0\n", ["unprinted"]),
        ("done", f"paper {ONE} 0\npaper {ONE} 0\npaper {TWO} 0\n", ["printed_twice"]),
    ]
    for number, (job, lines, wrong) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert left(folder, PARTY + lines, job=job) == wrong, number
