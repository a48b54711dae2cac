"""Tells hosts that their guests are here, and climbs the ladder until somebody answers.

All that is to be sent stands in the register's outbox before the network is asked, so nothing is lost in a power cut;
what was under way then goes out once more, marked as a repeat, and in a chat only when it does not stand there already.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from common.clock import Clock
from common.database import StoreError
from graph.errors import AccessDenied, BadAnswer, Busy, GraphError, SignInNeeded, Unreachable
from kiosk import ladder
from kiosk.answer_links import AnswerLinks, Links, Meant
from kiosk.answers import answer_of
from kiosk.host_tellings import HostTellings
from kiosk.message_table import Message, Rung
from kiosk.message_texts import MessageTexts, Occasion, Text
from kiosk.messenger_parts import ChatLine, MailLine, Outbox, Policy
from kiosk.model import Answer, Channel, Host, Progress, Told, Visit, VisitState

log = logging.getLogger(__name__)

ACTIVE_PAUSE_S = 1.0
IDLE_PAUSE_S = 5.0
READ_EVERY_S = 5.0
READING_DENIED_S = 3600.0
BACK_OFF_FIRST_S = 5.0
BACK_OFF_MOST_S = 30.0
GIVE_UP_AFTER = timedelta(hours=24)
CLOCK_TOLERANCE = timedelta(seconds=5)
"""How far Teams' clock and ours may differ (DESIGN.md 4.1)."""
MOST_CHATS = 500


class CannotTellError(Exception):
    """Error raised when there is no way to send this message: no Teams, no address."""


class Messenger:
    """Carries out the ladders of all open visits. `on_told` is called from the loop with every change of one.

    >>> messenger = Messenger(register, session.chats, session.mail, policy, texts, clock, on_told)   # doctest: +SKIP
    >>> supervisor.start("messenger", messenger.run)                                                  # doctest: +SKIP
    >>> messenger.wake()      # after register.sign_in                                                # doctest: +SKIP
    """

    def __init__(
        self,
        outbox: Outbox,
        chats: ChatLine,
        mail: MailLine,
        policy: Policy,
        texts: MessageTexts,
        clock: Clock,
        on_told: Callable[[str, tuple[Told, ...]], None],
        links: AnswerLinks | None = None,
        tellings: HostTellings | None = None,
    ) -> None:
        """`links` None: nobody answers by link; `tellings` None: no hub hears how it goes."""
        self._outbox = outbox
        self._chats = chats
        self._mail = mail
        self._policy = policy
        self._texts = texts
        self._clock = clock
        self._on_told = on_told
        self._links = links
        self._tellings = tellings
        self._by_link: dict[Meant, Answer] = {}
        """answers that the next turn writes down"""
        self._woken = asyncio.Event()
        self._active: dict[str, tuple[Told, ...]] = {}
        """visits whose ladder is not over, and what was last said of them"""
        self._chat_ids: dict[str, str] = {}
        self._read_at_s = 0.0
        self.offline = False
        """the last try did not reach Microsoft 365, or nobody is signed in"""
        self.working = False
        """a turn is under way"""

    def wake(self) -> None:
        """There is something to send, or the network is back."""
        self._woken.set()

    def named(self, visit_id: str, begins: bool) -> None:
        """The hub gave us a visit whose host is told from here; `begins`: the first message is queued, else the ladder
        is the same, and how it stands is told the hub again."""
        self._active[visit_id] = ()
        if self._tellings:
            self._tellings.begin(visit_id) if begins else self._tellings.again(visit_id)
        self.wake()

    async def run(self) -> None:
        """Work for ever. A register that cannot be written is waited for."""
        await asyncio.to_thread(self._texts.load)
        await self._take_up()
        while True:
            self._woken.clear()
            self.working = True
            try:
                await self.turn()
            except StoreError as error:
                log.error("messenger: the register %s", error.fault)
            finally:
                self.working = False
            await self._pause(ACTIVE_PAUSE_S if self._active else IDLE_PAUSE_S)

    def answer(self, link_id: str, answer: Answer) -> bool:
        """Somebody followed a link: from the next turn on it is an answer. False: it is of no message of ours."""
        meant = self._links.meant_by(link_id) if self._links else None
        if meant is None:
            return False
        self._by_link[meant] = answer
        self.wake()
        return True

    async def turn(self) -> None:
        """Send what is due, climb, read answers. Raises StoreError."""
        await self._take_answers()
        for message in await self._outbox.messages_due():
            await self._deliver(message)
            if self.offline:
                break
        for visit_id in tuple(self._active):
            await self._climb(visit_id)
        now_s = self._clock.monotonic_s()
        if self._active and now_s >= self._read_at_s and not self.offline:
            self._read_at_s = now_s + READ_EVERY_S
            for visit_id in tuple(self._active):
                await self._read_answers(visit_id)

    async def call_reception(self, text: str) -> Told:
        """Tell reception one of message_texts.HELP and DELIVERY_AT_DESK, which concern no visit and are not kept."""
        site = self._policy
        notice = self._texts.notice(text, site.language, self._clock.now())
        try:
            await self._mail_to(site.reception, notice)
        except (GraphError, CannotTellError) as error:
            log.warning("call for reception: %s", type(error).__name__)
            return Told("", Channel.RECEPTION, Progress.FAILED)
        return Told("", Channel.RECEPTION, Progress.SENT)

    async def announce(self, host: Host, text: str) -> tuple[Told, ...]:
        """Tell a host message_texts.DELIVERY by the first channel, else the second; no guest, nothing is kept."""
        notice = self._texts.notice(text, host.language, self._clock.now())
        steps = [Channel.CHAT, Channel.MAIL] if self._policy.rules.first == "chat" else [Channel.MAIL, Channel.CHAT]
        said: list[Told] = []
        shown = ladder.shown_name(host)
        for channel in steps:
            try:
                await self._send(channel, host, notice)
            except (GraphError, CannotTellError) as error:
                log.warning("announcement by %s: %s", channel, type(error).__name__)
                said.append(Told(shown, channel, Progress.FAILED))
            else:
                return (*said, Told(shown, channel, Progress.SENT))
        return tuple(said)

    async def _take_up(self) -> None:
        """After a start: whoever came lately may still be waiting."""
        for visit in self._outbox.open_visits():
            if visit.in_at and self._clock.now() - visit.in_at <= self._policy.watched_for:
                self._active.setdefault(visit.id, ())

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _deliver(self, message: Message) -> None:
        visit = await self._outbox.by_id(message.visit_id)
        if not await self._outbox.message_sending(message.id):
            return
        if visit is None or self._pointless(message, visit):
            await self._outbox.message_failed(message.id, None, may_have_arrived=False)
            return
        if message.rung in ladder.ORDER and visit.state is VisitState.ON_SITE:
            self._active.setdefault(visit.id, ())
        try:
            await self._tell(message, visit)
        except CannotTellError:
            log.warning("message %d (%s by %s): there is no way", message.id, message.rung, message.channel)
            await self._outbox.message_failed(message.id, None, may_have_arrived=False)
        except GraphError as error:
            await self._failed(message, error)
        else:
            self.offline = False
            await self._outbox.message_sent(message.id)

    def _pointless(self, message: Message, visit: Visit) -> bool:
        """Whether nobody needs it any more: only the first message is sent after the guest has left."""
        if self._clock.now() - message.made_at > GIVE_UP_AFTER:
            return True
        return message.rung is not Rung.FIRST and visit.state is not VisitState.ON_SITE

    async def _failed(self, message: Message, error: GraphError) -> None:
        """Wait for the network and for Microsoft; a refusal is for good, and the next step's business."""
        later = isinstance(error, Unreachable | Busy | BadAnswer | SignInNeeded)
        self.offline = isinstance(error, Unreachable | SignInNeeded)
        log.warning(
            "message %d (%s by %s): %s, code %s, request-id %s",
            *(message.id, message.rung, message.channel, type(error).__name__, error.code or "-"),
            error.request_id or "-",
        )
        wait_s = min(BACK_OFF_FIRST_S * 2 ** min(message.tries, 8), BACK_OFF_MOST_S)
        retry_at = self._clock.now() + timedelta(seconds=max(wait_s, error.retry_after_s or 0.0))
        await self._outbox.message_failed(
            message.id, retry_at if later else None, may_have_arrived=error.may_have_arrived
        )

    async def _tell(self, message: Message, visit: Visit) -> None:
        party = self._policy.party(visit)
        reader = ladder.target(message.rung, party)
        reads = message.channel is Channel.CHAT and self._policy.rules.read_answers_min > 0
        occasion = Occasion(
            visit=visit,
            rung=message.rung,
            host_name=visit.host.name,
            arrived_at=self._time_of(message, visit),
            others=self._others(visit),
            repeat=message.repeat,
            answers=reads and message.rung is not Rung.REMINDER,
        )
        language = self._policy.language if reader is None else reader.language
        linked = replace(occasion, links=self._links_of(message, visit, language))
        text = self._texts.of(linked, language)
        if message.repeat and reads and reader is not None:
            earlier = self._texts.of(replace(occasion, repeat=False), language)
            if await self._stands_there(reader, earlier, message):
                return
        await self._send(message.channel, reader, text)

    def _links_of(self, message: Message, visit: Visit, language: str) -> Links | None:
        if self._links is None or message.rung not in ladder.BY_LINK or visit.state is not VisitState.ON_SITE:
            return None
        return self._links.of(message, language)

    def _time_of(self, message: Message, visit: Visit) -> datetime:
        if message.rung is Rung.REMINDER and visit.until:
            return visit.until
        return visit.in_at or message.made_at

    def _others(self, visit: Visit) -> int:
        """How many of the same group came for the same host."""
        if not visit.group:
            return 0
        party = [one for one in self._outbox.open_visits() if one.group == visit.group and one.id != visit.id]
        return sum(one.host.ref == visit.host.ref for one in party)

    async def _send(self, channel: Channel, reader: Host | None, text: Text) -> None:
        """Send, as a user's request. Raises GraphError, CannotTellError."""
        if channel is not Channel.CHAT:
            await self._mail_to(self._policy.reception if channel is Channel.RECEPTION else reader, text)
            return
        if reader is None or not ladder.can_chat(reader):
            raise CannotTellError
        await self._chats.post(await self._chat_with(reader), text.body, user=True)

    async def _mail_to(self, reader: Host | None, text: Text) -> None:
        if reader is None or not reader.address:
            raise CannotTellError
        await self._mail.send(reader.address, text.subject, text.body, user=True)

    async def _chat_with(self, host: Host) -> str:
        if host.ref not in self._chat_ids:
            found = await self._chats.open(host.ref, user=True)
            if len(self._chat_ids) >= MOST_CHATS:
                self._chat_ids.clear()
            self._chat_ids[host.ref] = found
        return self._chat_ids[host.ref]

    async def _stands_there(self, reader: Host, earlier: Text, message: Message) -> bool:
        """Whether an earlier try arrived after all; where chats may not be read, nobody knows."""
        if not ladder.can_chat(reader):
            raise CannotTellError
        try:
            chat_id = await self._chat_with(reader)
            written = await self._chats.since(chat_id, message.made_at - CLOCK_TOLERANCE, user=True)
        except AccessDenied:
            return False
        wanted = " ".join(earlier.body.split())  # whatever links stood behind it
        ours = [f"{one.text} " for one in written if one.sender_id != reader.ref]
        return any(text.startswith(f"{wanted} ") for text in ours)

    async def _climb(self, visit_id: str) -> None:
        visit = await self._outbox.by_id(visit_id)
        messages = await self._outbox.messages_of(visit_id)
        if visit is None:
            del self._active[visit_id]
            return
        party, rules, now = self._policy.party(visit), self._policy.rules, self._clock.now()
        waiting = visit.state is VisitState.ON_SITE
        if waiting:
            for step in ladder.due(messages, party, rules, now, offline=self.offline):
                await self._outbox.add_message(visit_id, step.rung, step.channel)
                self.wake()
        told = ladder.told(messages, party, offline=self.offline)
        if told != self._active[visit_id]:
            self._active[visit_id] = told
            self._on_told(visit_id, told)
        if self._tellings and (standing := ladder.standing(messages, party)):
            self._tellings.note(visit_id, standing)
        if not waiting or ladder.over(messages, party, rules, now):
            del self._active[visit_id]

    async def _take_answers(self) -> None:
        """What came by link, for guests who still wait. Here, between the others: nobody climbs with older messages."""
        for meant, answer in tuple(self._by_link.items()):
            visit = await self._outbox.by_id(meant.visit_id)
            if visit is not None and visit.state is VisitState.ON_SITE:
                await self._outbox.message_answered(meant.message_id, answer)
                self._active.setdefault(visit.id, ())
            if self._by_link.get(meant) is answer:
                del self._by_link[meant]

    async def _read_answers(self, visit_id: str) -> None:
        visit = await self._outbox.by_id(visit_id)
        if visit is None:
            return
        party, rules, now = self._policy.party(visit), self._policy.rules, self._clock.now()
        for message in ladder.of_ladder(await self._outbox.messages_of(visit_id)):
            reader = ladder.target(message.rung, party)
            if reader is None or not ladder.awaits_answer(message, rules, now):
                continue
            try:
                await self._read_answer(message, reader)
            except GraphError as error:
                self._reading_failed(error)
                return

    async def _read_answer(self, message: Message, reader: Host) -> None:
        chat_id = await self._chat_with(reader)
        written = await self._chats.since(chat_id, message.due_at - CLOCK_TOLERANCE)
        answers = [found for one in written if one.sender_id == reader.ref and (found := answer_of(one.text))]
        if answers:
            await self._outbox.message_answered(message.id, answers[-1])
            self.wake()

    def _reading_failed(self, error: GraphError) -> None:
        log.info("answers: %s, request-id %s", type(error).__name__, error.request_id or "-")
        wait_s = READING_DENIED_S if isinstance(error, AccessDenied) else max(error.retry_after_s or 0.0, READ_EVERY_S)
        self._read_at_s = self._clock.monotonic_s() + wait_s
