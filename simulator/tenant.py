"""The whole tenant: one object that holds everything, and can begin again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.agenda import Agenda
from simulator.attendant import Attendant
from simulator.clock import SteppingClock
from simulator.directory import Directory
from simulator.faults import Faults
from simulator.journal import Journal
from simulator.login.service import SignInService
from simulator.mailboxes import Mailboxes
from simulator.meetings import Meetings
from simulator.office import Office
from simulator.rights import Rights
from simulator.seeding import Seeding
from simulator.throttle import Throttle

KEPT_ROUNDS = 1000
KEPT = 10_000
"""How many mails, messages and check-ins are remembered."""


@dataclass(slots=True)
class Licences:
    """What somebody's licence holds just now."""

    teams: bool
    mailbox: bool


class Tenant:
    """The state of one office. Everything here belongs to the thread that serves it."""

    def __init__(self, office: Office, clock: SteppingClock) -> None:
        self.office = office
        self.clock = clock
        self.directory = Directory(office)
        self.sign_in = SignInService(self.directory, office.behaviour)
        self._rounds = 0
        self.begin()

    def begin(self) -> None:
        """Put calendars, rights, faults and logs back to the opening day; sign-ins stay."""
        office = self.office
        self.duplicate_status = office.behaviour.duplicate_status
        self.check_ins_answer = office.behaviour.check_ins
        self.agenda = Agenda()
        self.journal = Journal()
        self.faults = Faults()
        self.throttle = Throttle(office.behaviour)
        self.rights = Rights(office)
        self.mailboxes = Mailboxes(office.zone)
        self.sent: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.told: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.check_ins: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.chats: dict[str, dict[str, Any]] = {}
        self.chat_count = 0
        self.chat_messages: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.delta_rounds: dict[int, Any] = {}
        self.delta_generation = 1
        self.licences = {person.address: Licences(person.teams, person.mailbox) for person in office.people}
        self.presence = {person.address: person.presence for person in office.people}
        delay_s = office.behaviour.attendant_delay_s
        self.attendant = Attendant(self.mailboxes, self.directory, self.agenda, delay_s)
        self.meetings = Meetings(self.mailboxes, self.directory, self.attendant, office.behaviour, self.told.append)
        Seeding(office, self.directory, self.mailboxes, self.attendant).plant(self.clock.now())

    def forget_sign_ins(self) -> None:
        """Sign everybody out: all tokens, codes, sign-in faults and account states go."""
        self.sign_in = SignInService(self.directory, self.office.behaviour)

    def keep_round(self, round_: object) -> int:
        """Remember a round of a delta query; returns its number. The oldest are forgotten."""
        self._rounds += 1
        self.delta_rounds[self._rounds] = round_
        while len(self.delta_rounds) > KEPT_ROUNDS:
            self.delta_rounds.pop(next(iter(self.delta_rounds)))
        return self._rounds

    def now(self) -> datetime:
        """The office's time, after letting everything happen that is due by then."""
        now = self.clock.now()
        self.agenda.run(now)
        return now
