"""Carries out what a touch asked for, one at a time; what is typed replaces what was typed before."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from common.i18n import N_
from common.pin import Guard
from graph.errors import AccessDenied, GraphError
from graph.model import Person
from roomdisplay.fault_kinds import FAULTS
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.pages import (
    Admin,
    Book,
    ByItself,
    Change,
    Effect,
    NoShow,
    PersonSearch,
    Pin,
    Report,
    Rooms,
    Search,
    SignIn,
    Simple,
)
from roomdisplay.people_search import MAXIMUM_HITS, Budget, long_enough, matching
from roomdisplay.schedule import FOLLOW_ON_MARK, Meeting
from roomdisplay.view import Action, ButtonView, Style, Verb
from roomdisplay.words import Words
from telemetry.payloads import CheckInBy

if TYPE_CHECKING:
    from roomdisplay.panel import Panel

log = logging.getLogger(__name__)

QUEUE = 8
TYPING_PAUSE_S = 0.3
RELEASE_COMMENT = N_("Nobody came to the meeting, so the room was released at the door.")
ANONYMOUS = N_("Booked at the door")
FOLLOW_ON = N_("Extended at the door")


@dataclass(frozen=True, slots=True)
class Release:
    """A release that is announced and can still be undone until `due_s`."""

    meeting: Meeting
    due_s: float


class Effects:
    """The panel's hands. `put` from the glass, `run` as a supervised task, `tick` each second."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._queue: asyncio.Queue[Effect] = asyncio.Queue(QUEUE)
        self._typing: asyncio.Task[None] | None = None
        self._release: Release | None = None
        self._working = False
        config = panel.config
        self._budget = Budget(config.booking.searches_per_session, config.booking.searches_per_hour)
        self._guard = Guard(config.admin.pin_hash)

    def put(self, effect: Effect) -> bool:
        """Queue an effect; more than a few at once are a stuck finger and are dropped: then the answer is False."""
        if isinstance(effect, Search):
            self._search_soon(effect.text)
            return True
        if self._queue.full():
            log.warning("an effect was dropped: the queue is full")
            self._panel.results.broke_off(Ending.BUSY)
            return False
        self._queue.put_nowait(effect)
        return True

    @property
    def idle(self) -> bool:
        """Nothing is queued and nothing is under way."""
        return not self._working and self._queue.empty()

    async def run(self) -> None:
        """Carry out what is queued, one at a time."""
        while True:
            self._working = False
            effect = await self._queue.get()
            self._working = True
            try:
                await self._carry_out(effect)
            except Exception:
                self._panel.results.broke_off()
                raise

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Book(start=start, end=end, person=person):
                subject = person.name if person else self.anonymous_subject()
                self._panel.results.ended(await self._panel.actions.book(start, end, subject, person))
            case Change():
                await self._change(effect)
            case Report():
                await self._report(effect)
            case NoShow(key=key):
                await self._panel.no_shows.release(key)
            case ByItself():
                await self._panel.by_presence.carry_out(effect)
            case Simple():
                await self._simple(effect)

    def anonymous_subject(self) -> str:
        """What a booking is called that names nobody."""
        return self._subject(ANONYMOUS)

    def follow_on_subject(self) -> str:
        """What a booking is called that extends the one before it."""
        return self._subject(FOLLOW_ON) + FOLLOW_ON_MARK

    def _subject(self, text: str) -> str:
        return self._panel.config.booking.subject or self._panel.words.t(text)

    # --- meetings ---

    async def _change(self, change: Change) -> None:
        meeting = self._panel.situation().meeting(change.key)
        if meeting is None:
            self._panel.results.ended(Outcome(change.deed, Ending.CHANGED))
            return
        actions = self._panel.actions
        match change.deed:
            case Deed.EXTEND if change.end:
                self._panel.results.ended(await actions.extend(meeting, change.end, self.follow_on_subject()))
            case Deed.END:
                self._panel.results.ended(await actions.end(meeting))
            case Deed.CANCEL:
                self._panel.results.ended(await actions.cancel(meeting))
            case Deed.RELEASE:
                self._announce_release(meeting)
            case Deed.CHECK_IN:
                await self._check_in(meeting, change.by)
            case _:
                log.error("no such deed: %s", change.deed)

    async def _check_in(self, meeting: Meeting, by: CheckInBy) -> None:
        panel = self._panel
        panel.people.note_check_in(meeting, by)
        await self.save()
        panel.results.ended(Outcome(Deed.CHECK_IN, Ending.DONE, meeting.start, meeting.end))

    async def save(self) -> None:
        """Write check-ins and strikes."""
        parts = self._panel.parts
        for what, store in (("check-ins", parts.check_ins), ("strikes", parts.strikes)):
            try:
                await asyncio.to_thread(store.save)
            except OSError as error:
                log.error("%s are only kept until the next start: %s", what, error.strerror)

    def _announce_release(self, meeting: Meeting) -> None:
        """Nothing is sent before the time to undo has passed: the organizer gets one message or none."""
        due_s = self._panel.clock.monotonic_s() + self._panel.config.meeting.undo_s
        self._release = Release(meeting, due_s)
        self._panel.show(None)

    def tick(self) -> None:
        """Send a release whose time to undo has passed; ask whether a sign-in was completed."""
        release = self._release
        if release and self._panel.clock.monotonic_s() >= release.due_s:
            self._release = None
            self.put(Simple(Verb.RELEASE, release.meeting.key))

    def toast(self, words: Words) -> str:
        """The line at the foot while a release can be undone."""
        return words.t("The room is being released") if self._release else ""

    def toast_action(self, words: Words) -> ButtonView | None:
        """The undo button, with the seconds left."""
        if self._release is None:
            return None
        left_s = max(1, round(self._release.due_s - self._panel.clock.monotonic_s()))
        detail = words.n("{count} second", "{count} seconds", left_s)
        return ButtonView(Action(Verb.UNDO), words.t("Undo"), detail, Style.PRIMARY)

    # --- the rest ---

    async def _simple(self, effect: Simple) -> None:
        match effect.verb:
            case Verb.RETRY:
                await self._retry()
            case Verb.CHECK_IN:
                await self.save()
            case Verb.RELEASE:
                await self._send_release(effect.value)
            case Verb.UNDO:
                self._undo()
            case Verb.OPEN_ROOMS:
                await self._find_rooms()
            case Verb.PIN:
                await self._check_pin(effect.value)
            case Verb.SIGN_IN:
                await self._panel.sign_in.begin()
            case Verb.LANGUAGE:
                self._panel.use_language(effect.value)
            case Verb.BRIGHTNESS:
                self._panel.set_brightness(int(effect.value))
            case _:
                log.error("no such effect: %s", effect.verb)

    async def _retry(self) -> None:
        try:
            await self._panel.reader.read(user=True)
        except GraphError as error:
            log.info("retry: %s", type(error).__name__)
        self._panel.refresh()

    async def _send_release(self, key: str) -> None:
        meeting = self._panel.situation().meeting(key)
        if meeting is None:
            self._panel.results.ended(Outcome(Deed.RELEASE, Ending.CHANGED))
            return
        comment = self._panel.words.t(RELEASE_COMMENT)
        self._panel.results.ended(await self._panel.actions.release(meeting, comment))

    def _undo(self) -> None:
        if self._release:
            self._release = None
            self._panel.results.ended(Outcome(Deed.RELEASE, Ending.UNDONE))

    async def _find_rooms(self) -> None:
        try:
            rooms = await self._panel.other_rooms.free(self._panel.clock.now(), self._panel.words)
        except GraphError as error:
            log.warning("other rooms: %s request-id=%s", type(error).__name__, error.request_id)
            rooms = None
        if isinstance(self._panel.page, Rooms):
            self._panel.show(Rooms(rooms, failed=rooms is None))

    async def _check_pin(self, digits: str) -> None:
        panel, page = self._panel, self._panel.page
        now_s = panel.clock.monotonic_s()
        locked = self._guard.locked_s(now_s)
        allowed = not locked and await asyncio.to_thread(self._guard.allows, digits, now_s)
        if not isinstance(page, Pin):
            return
        if not allowed:
            panel.reporter.wrong_pin()
            panel.show(replace(page, digits="", wrong=not locked, locked_s=self._guard.locked_s(now_s)))
            return
        panel.admin = True
        if page.then == "sign-in":
            panel.show(SignIn())
            await panel.sign_in.begin()
        else:
            panel.show(Admin(page.then))

    async def _report(self, report: Report) -> None:
        label, texts = FAULTS[report.kind]
        text = texts[min(report.text, len(texts) - 1)]
        self._panel.reporter.fault(report.kind, text)
        mail_to = self._panel.config.fault_report.mail_to
        if mail_to:
            await self._mail_fault(mail_to, label, text)
        self._panel.results.ended(Outcome(Deed.FAULT, Ending.DONE))

    async def _mail_fault(self, mail_to: str, label: str, text: str) -> None:
        words, room = self._panel.words, self._panel.config.room.name
        subject = words.t("Fault in {room}: {kind}", room=room, kind=words.t(label))
        body = words.t(
            "{room}: {kind}. {detail}. Reported at the panel.", room=room, kind=words.t(label), detail=words.t(text)
        )
        try:
            await self._panel.parts.session.mail.send(mail_to, subject, body)
        except GraphError as error:
            log.warning("fault mail: %s request-id=%s", type(error).__name__, error.request_id)

    # --- people ---

    def new_sitting(self) -> None:
        """Nobody stands at the panel any more."""
        self._budget.new_sitting()

    def _search_soon(self, text: str) -> None:
        if self._typing:
            self._typing.cancel()
        self._typing = asyncio.create_task(self._search(text), name="search")

    async def _search(self, text: str) -> None:
        if not long_enough(text):
            self._found(text, (), "too-short" if text.strip() else "")
            return
        await asyncio.sleep(TYPING_PAUSE_S)
        if not self._budget.take(self._panel.clock.monotonic_s()):
            self._panel.reporter.search_budget()
            self._found(text, (), "budget")
            return
        try:
            people = await self._panel.parts.session.people.search(
                text, limit=MAXIMUM_HITS + 1, group=self._panel.config.booking.host_group
            )
        except AccessDenied:
            self._found(text, (), "denied")
        except GraphError as error:
            log.warning("search: %s request-id=%s", type(error).__name__, error.request_id)
            self._found(text, (), "offline")
        else:
            hits = matching(people, text)
            self._found(text, hits, "" if hits else "none")

    def _found(self, text: str, hits: tuple[Person, ...], message: str) -> None:
        page = self._panel.page
        if not isinstance(page, PersonSearch) or page.text != text:
            return
        if len(hits) > MAXIMUM_HITS:
            hits, message = (), "too-many"
        self._panel.show(replace(page, hits=hits, message=message, busy=False))
