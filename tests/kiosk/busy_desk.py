"""A process that signs guests in, tells hosts and prints badges until it is killed, and a judge of what it left behind.

It writes one line before and one after each thing that it promises, so that whoever kills it knows what was finished:

    try ID[,ID...]      a sign-in begins            in ID[,ID...]      it is finished, and the guest was told
    graph MESSAGE REPEAT    the far side has accepted a message (REPEAT: marked as one), before we commit that
    paper VISIT REPEAT      a label came out (REPEAT: the job is marked as one), before we commit that

    python -m tests.kiosk.busy_desk FOLDER SEED [--careless]

`--careless` runs the register at synchronous=OFF: the control run, which must lose something in a power cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from common.clock import SystemClock
from drivers.printers.jobs import JobState
from kiosk.model import Channel, LeftBy
from kiosk.register import Register
from kiosk.settings import RegisterSection
from tests.kiosk.register_kit import ZONE, visit

MOST_SIGN_INS = 5000


def say(*words: object) -> None:
    """One line, out of the process at once."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def register_in(folder: Path) -> Register:
    return Register(folder, RegisterSection(), ZONE, SystemClock())


async def guests(register: Register, chance: random.Random) -> None:
    """Sign in one guest or a party, again and again; some leave."""
    for _ in range(MOST_SIGN_INS):
        group = f"{chance.getrandbits(64):016x}"
        party = [visit(chance.getrandbits(120), group=group) for _ in range(chance.choice((1, 1, 1, 2, 5)))]
        ids = ",".join(one.id for one in party)
        say("try", ids)
        await register.sign_in(party, tell=Channel.MAIL, badges=True)
        say("in", ids)
        if chance.random() < 0.5:
            await register.sign_out(party[0].id, LeftBy.SCAN)


async def hosts(register: Register) -> None:
    """Tell hosts, as the notifier does: note, ask Graph, note."""
    while True:
        for message in await register.messages_due():
            if await register.message_sending(message.id):
                say("graph", message.visit_id, int(message.repeat))
                await register.message_sent(message.id)
        await asyncio.sleep(0)


async def printer(register: Register) -> None:
    """Print badges, as the kiosk does: note, print, note."""
    while True:
        for job, _ in await register.badges_queued():
            await register.print_jobs_changed([(job, JobState.PRINTING, "")])
            say("paper", job.visit_id, int(job.repeat))
            await register.print_jobs_changed([(job, JobState.DONE, "")])
        await asyncio.sleep(0)


async def busy(folder: Path, seed: int, *, careless: bool) -> None:
    register = register_in(folder)
    await register.open()
    if careless:
        await register.apply(lambda store, at: store.connection.execute("PRAGMA synchronous = OFF"), refresh=False)
    say("open")
    others = [asyncio.ensure_future(hosts(register)), asyncio.ensure_future(printer(register))]
    await guests(register, random.Random(seed))
    for one in others:
        one.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await one
    await register.close()


@dataclass
class Promises:
    """What the lines of all runs promised."""

    tried: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    parties: list[tuple[str, ...]] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)
    unmarked: Counter[str] = field(default_factory=Counter)
    """accepted without the mark of a repeat"""
    labels: Counter[str] = field(default_factory=Counter)
    labels_unmarked: Counter[str] = field(default_factory=Counter)

    def read(self, lines: str) -> None:
        """Take in what one run wrote; a last line that was cut counts for nothing."""
        for line in lines.split("\n")[:-1]:
            word, _, rest = line.partition(" ")
            if word == "try":
                self.tried.update(rest.split(","))
                self.parties.append(tuple(rest.split(",")))
            elif word == "in":
                self.finished.update(rest.split(","))
            elif word == "graph":
                visit_id, repeat = rest.split(" ")
                self.accepted[visit_id] += 1
                self.unmarked[visit_id] += repeat == "0"
            elif word == "paper":
                visit_id, repeat = rest.split(" ")
                self.labels[visit_id] += 1
                self.labels_unmarked[visit_id] += repeat == "0"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the register holds against the promises; all but the first three must be empty."""

    visits: int
    reprinted: int
    """badges that came out twice, marked: the kill fell between the label and our commit"""
    repeats: int
    """hosts who were told twice, marked: the kill fell between Graph's acceptance and our commit"""
    lost: tuple[str, ...]
    unknown: tuple[str, ...]
    halved: tuple[tuple[str, ...], ...]
    """parties of whom only some were written"""
    untold: tuple[str, ...]
    """parties whose host has neither been told nor will be"""
    told_twice: tuple[str, ...]
    """without the mark of a repeat"""
    unprinted: tuple[str, ...]
    """guests whose badge has neither come out nor will"""
    printed_twice: tuple[str, ...]
    """without the mark of a repeat"""

    @property
    def good(self) -> bool:
        broken = (self.lost, self.unknown, self.halved, self.untold, self.told_twice)
        return not any((*broken, self.unprinted, self.printed_twice))


async def judge(folder: Path, promises: Promises) -> Verdict:
    """Open what was left and compare. The primary key holds that no visit is there twice."""
    register = register_in(folder)
    try:
        visits = await register.apply(lambda store, at: store.everything(), refresh=False)
        told = await register.apply(
            lambda store, at: {
                row[0]: row[1] for row in store.connection.execute("SELECT visit_id, state FROM messages")
            },
            refresh=False,
        )
        jobs = {job.visit_id: job.state for job in await register.print_jobs(len(visits) + 1)}
    finally:
        await register.close()
    there = {one.id for one in visits}
    written = [party for party in promises.parties if set(party) <= there]
    return Verdict(
        visits=len(there),
        reprinted=sum(count > 1 for count in promises.labels.values()),
        repeats=sum(count > 1 for count in promises.accepted.values()),
        lost=tuple(sorted(promises.finished - there)),
        unknown=tuple(sorted(there - promises.tried)),
        halved=tuple(party for party in promises.parties if set(party) & there and not set(party) <= there),
        untold=tuple(party[0] for party in written if not _told(told.get(party[0], ""), promises.accepted[party[0]])),
        told_twice=tuple(sorted(one for one, count in promises.unmarked.items() if count > 1)),
        unprinted=tuple(sorted(one for one in there if not _printed(jobs.get(one), promises.labels[one]))),
        printed_twice=tuple(sorted(one for one, count in promises.labels_unmarked.items() if count > 1)),
    )


def _told(state: str, accepted: int) -> bool:
    """It is on its way, or the far side has it: `sent` without an acceptance would be a lie."""
    return state in ("queued", "sending") or (state == "sent" and accepted > 0)


def _printed(state: JobState | None, labels: int) -> bool:
    """It is on its way, or came out: `done` without a label would be a lie."""
    return state in (JobState.QUEUED, JobState.PRINTING) or (state is JobState.DONE and labels > 0)


def main(arguments: list[str]) -> None:
    folder, seed, *rest = arguments
    asyncio.run(busy(Path(folder), int(seed), careless="--careless" in rest))


if __name__ == "__main__":
    main(sys.argv[1:])
