"""The doctor: from the facts to all findings, in the order in which an admin mends them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from graph import doctor_mailbox_rules as mailbox
from graph import doctor_room_rules as rooms
from graph import doctor_rules as tenant
from graph import exchange
from graph.doctor_facts import Facts
from graph.findings import Finding, Level


def judge(facts: Facts, now: datetime) -> tuple[Finding, ...]:
    """Return everything that is good, bad or unknown about the set-up in `facts`."""
    return tuple(_all(facts, now))


def _all(facts: Facts, now: datetime) -> Iterator[Finding]:
    yield from tenant.certificate(facts, now)
    yield from tenant.sign_in(facts)
    yield from tenant.scopes(facts)
    yield from tenant.app_roles(facts)
    yield from tenant.clock(facts)
    yield from rooms.own_mailbox(facts.asked)
    if facts.sign_in.error is None and not facts.asked.rooms:
        yield Finding(
            check="read",
            level=Level.UNKNOWN,
            what="No room was named.",
            why="Name rooms with --room ADDRESS, or a configuration file that has one.",
        )
    for seen in facts.rooms:
        yield from rooms.rights(facts.asked, seen)
    yield from _mailboxes(facts)
    yield from tenant.outside(facts)


def _mailboxes(facts: Facts) -> Iterator[Finding]:
    told = facts.exchange or {}
    for room, found in told.items():
        yield from mailbox.read_settings(facts.asked, room, found)
    untold = [room for room in facts.asked.rooms if room not in told]
    for seen in facts.rooms:
        if seen.room in untold and seen.error is None:
            yield from mailbox.inferred(seen)
    if untold:
        about = untold[0] if len(untold) == 1 else f"{len(untold)} rooms"
        yield mailbox.not_told(about, exchange.question(untold))
