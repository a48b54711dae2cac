"""The whole panel but its wires: whatever is touched and however the tenant answers, everybody gets home.

A property over touches, answers, faults and passing time, with the real dialog, effects, actions and reader.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from common.clock import ManualClock
from drivers.emulators.lamp import EmulatedLamp
from graph.calendars import CalendarRead
from graph.errors import (
    AccessDenied,
    BadAnswer,
    Conflict,
    GraphError,
    MailboxFull,
    NetworkDown,
    NotFound,
    ServiceFault,
    SignInNeeded,
    Throttled,
    TimedOut,
)
from graph.model import Event, NewBooking, Person
from roomdisplay import actions, effects
from roomdisplay.check_in_store import CheckInStore
from roomdisplay.events import Reporter
from roomdisplay.pages import Admin, Booking, Ended, PersonSearch, Pin, SignIn, Working
from roomdisplay.panel import Panel
from roomdisplay.panel_parts import Parts
from roomdisplay.strike_store import StrikeStore
from roomdisplay.view import Action, Verb
from telemetry.outbox import EventSink
from tests.property.strategies import steady
from tests.roomdisplay.calendar_kit import at, event, own
from tests.roomdisplay.scene_kit import settings
from ui.translations import Translations

MINE, THEIRS = own("11:30-12:00", id="mine"), event("12:30-13:00", id="theirs", subject="Theirs")
FAULTS: tuple[GraphError, ...] = (
    NetworkDown("no route"),
    TimedOut("no answer"),
    ServiceFault("down"),
    Throttled("slow down"),
    AccessDenied("no"),
    NotFound("gone", what="event"),
    NotFound("gone", what="mailbox"),
    Conflict("changed"),
    MailboxFull("full"),
    BadAnswer("half"),
    SignInNeeded("signed out", outcome="signed-out"),
)
SECRET = "jesper wilhelmsen"


@dataclass
class Tenant:
    """A mailbox in RAM that answers, or fails as the next of `faults` says (None answers)."""

    clock: ManualClock
    events: dict[str, Event] = field(default_factory=dict)
    faults: list[GraphError | None] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def _answer(self) -> None:
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault

    async def view(self, room: str, start: datetime, end: datetime, **_: Any) -> CalendarRead:
        asked_s, asked = self.clock.monotonic_s(), self.clock.now()
        await asyncio.sleep(0)
        self._answer()
        return CalendarRead(tuple(self.events.values()), start, end, asked_s, asked)

    async def event(self, room: str, event_id: str, **_: Any) -> Event:
        self._answer()
        if event_id not in self.events:
            raise NotFound("gone", what="event")
        return self.events[event_id]

    async def create(self, room: str, booking: NewBooking, **_: Any) -> Event:
        """As Graph does: what fails with no answer may have been done, and the same id makes one event."""
        key = self.seen.setdefault(booking.transaction_id, f"made-{len(self.seen)}")
        made = Event(key, booking.start, booking.end, booking.subject, is_organizer=True, created=self.clock.now())
        self.events.setdefault(key, made)
        await asyncio.sleep(0)
        self._answer()
        return self.events[key]

    async def set_end(self, room: str, value: Event, end: datetime, **_: Any) -> Event:
        self._answer()
        self.events[value.id] = replace(value, end=end)
        return self.events[value.id]

    async def delete(self, room: str, value: Event, **_: Any) -> None:
        self._answer()
        self.events.pop(value.id, None)

    async def decline(self, room: str, value: Event, comment: str, **_: Any) -> None:
        await self.delete(room, value)

    async def busy(self, *_: Any, **__: Any) -> dict[str, Any]:
        self._answer()
        return {}

    async def rooms(self, **_: Any) -> tuple[Any, ...]:
        self._answer()
        return ()

    async def room(self, address: str, **_: Any) -> None:
        return None

    async def search(self, *_: Any, **__: Any) -> tuple[Person, ...]:
        await asyncio.sleep(0)
        self._answer()
        return (Person("1", "Jesper Wilhelmsen", "jw@nordhavn.example"),)

    async def send(self, *_: Any) -> None:
        self._answer()

    async def begin_device_code(self) -> Any:
        raise SignInNeeded("no", outcome="public-client-off")


class Quiet:
    """A sink that drops everything."""

    def put(self, event: object) -> None:
        """Drop it."""

    def close(self, timeout_s: float = 5.0) -> None:
        """Nothing to write."""


CONFIG = settings(
    booking={"by_name": True},
    meeting={"release": True, "end_others": True},
    check_in={"enabled": True},
    room={"detail": "2. sal"},
    admin={"pin_hash": "scrypt$"},  # there is a menu, and no PIN opens it
    calendar={"start_spread_s": 0},
)


@dataclass
class Here:
    """A running panel, its tenant, and their clock."""

    panel: Panel
    tenant: Tenant
    clock: ManualClock

    async def settle(self, holds: Callable[[], bool]) -> None:
        """Give the panel's tasks real time until `holds`; it is a matter of milliseconds."""
        async with asyncio.timeout(2):
            while not holds():
                await asyncio.sleep(0.001)

    async def idle(self, seconds: int) -> None:
        """Nobody touches anything."""
        for _ in range(0, seconds, 15):
            self.clock.step(15)
            self.panel.tick()
            await asyncio.sleep(0)


@asynccontextmanager
async def running() -> AsyncIterator[Here]:
    clock = ManualClock(at("11:42"))
    tenant = Tenant(clock)
    for value in (MINE, THEIRS):
        tenant.events[value.id] = value
    session = SimpleNamespace(
        calendars=tenant,
        places=tenant,
        people=tenant,
        mail=tenant,
        auth=SimpleNamespace(
            state=SimpleNamespace(outcome=None, signed_in=True, account=""), begin_device_code=tenant.begin_device_code
        ),
    )
    parts = Parts(
        config=CONFIG,
        session=cast("Any", session),
        clock=clock,
        lamp=EmulatedLamp(),
        reporter=Reporter(cast("EventSink", Quiet()), clock),
        check_ins=CheckInStore(None),
        catalogue=Translations,
        random=Random(7),
        strikes=StrikeStore(None, 14, clock.now()),
    )
    panel = Panel(parts)
    task = asyncio.create_task(panel.run())
    try:
        here = Here(panel, tenant, clock)
        await here.settle(lambda: panel.reader.schedule is not None)
        yield here
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(*_searches(), return_exceptions=True)


def _searches() -> Sequence[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "search"]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "REPEATS_S", (0.0, 0.0))
    monkeypatch.setattr(effects, "TYPING_PAUSE_S", 0.0)


SPAN = f"{at('13:00').isoformat()}/{at('13:30').isoformat()}"
KEYS = [f"{value.id}@{value.start.isoformat()}" for value in (MINE, THEIRS)]
values = st.sampled_from(("", "0", "1", "sound", SECRET, SPAN, *KEYS, at("12:15").isoformat(), "000000", "log"))
touches = st.builds(Action, st.sampled_from(Verb), values)
likely = st.sampled_from((
    Action(Verb.BOOK, SPAN),
    Action(Verb.OPEN_BOOKING),
    Action(Verb.AS_PERSON),
    Action(Verb.TYPED, SECRET),
    Action(Verb.PICK_PERSON, "0"),
    Action(Verb.END, KEYS[0]),
    Action(Verb.RELEASE, KEYS[1]),
    Action(Verb.CONFIRM),
    Action(Verb.CHECK_IN, KEYS[1]),
    Action(Verb.EXTEND, at("12:15").isoformat()),
    Action(Verb.OPEN_FAULT),
    Action(Verb.FAULT_KIND, "sound"),
    Action(Verb.FAULT_SEND, "0"),
))  # fmt: skip
waits = st.sampled_from((0, 15))
faults = st.lists(st.none() | st.sampled_from(FAULTS), max_size=6)
stories = st.lists(st.tuples(likely | touches, waits, faults), max_size=12)


def texts_alive() -> list[str]:
    """Pages that are still anywhere in memory with somebody's text or pick in them, besides other tests' samples."""
    gc.collect()
    return [repr(one) for one in _personal_pages() if id(one) not in _SAMPLES]


def _personal_pages() -> Iterator[PersonSearch | Booking]:
    """By their type: `isinstance` asks a weak proxy, of which Kivy leaves many behind, for an object that is gone."""
    pages = (one for one in gc.get_objects() if type(one) in (PersonSearch, Booking))
    yield from (page for page in pages if _personal(page))


@pytest.fixture(autouse=True)
def samples() -> Iterator[None]:
    """What other modules hold as parameters and constants is nobody's text."""
    gc.collect()
    _SAMPLES.update({id(one): one for one in _personal_pages()})
    yield
    _SAMPLES.clear()


_SAMPLES: dict[int, PersonSearch | Booking] = {}


def _personal(page: PersonSearch | Booking) -> bool:
    return bool(page.text or page.hits) if isinstance(page, PersonSearch) else page.person is not None


async def live(story: list[tuple[Action, int, list[GraphError | None]]]) -> None:
    async with running() as here:
        panel = here.panel
        for action, wait_s, to_come in story:
            here.tenant.faults[:] = to_come
            panel.touches.touched()
            panel.touches.act(action)
            await here.settle(lambda: not isinstance(panel.page, Working))
            await here.idle(wait_s)
        here.tenant.faults.clear()
        if isinstance(panel.page, SignIn):
            panel.touches.act(Action(Verb.CLOSE))
        await here.idle(45)
        await here.settle(lambda: not _searches())
        await here.idle(45)
        assert panel.page is None
        assert panel.view.sheet is None
        assert SECRET not in repr(panel.view)


@settings_of(steady, max_examples=40)
@given(stories)
def test_work_ends_everybody_gets_home_and_nothing_typed_is_left(
    story: list[tuple[Action, int, list[GraphError | None]]],
) -> None:
    asyncio.run(live(story))
    assert texts_alive() == []


@pytest.mark.parametrize("fault", FAULTS[1::2], ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize(
    "touched",
    [
        [Action(Verb.BOOK, SPAN)],
        [Action(Verb.EXTEND, at("12:15").isoformat())],
        [Action(Verb.END, KEYS[0]), Action(Verb.CONFIRM)],
        [Action(Verb.CANCEL_BOOKING, KEYS[0]), Action(Verb.CONFIRM)],
        [Action(Verb.OPEN_FAULT), Action(Verb.FAULT_KIND, "sound"), Action(Verb.FAULT_SEND, "0")],
        [Action(Verb.CHECK_IN, KEYS[1])],
    ],
    ids=lambda touched: str(touched[0].verb),
)
def test_whatever_fails_the_work_ends(touched: list[Action], fault: GraphError) -> None:
    before = [(action, 0, list[GraphError | None]()) for action in touched[:-1]]
    for good in range(2):
        asyncio.run(live([*before, (touched[-1], 0, [None] * good + [fault] * 9)]))


def test_the_text_would_be_found() -> None:
    async def story() -> None:
        async with running() as here:
            for action in (Action(Verb.OPEN_BOOKING), Action(Verb.AS_PERSON), Action(Verb.TYPED, SECRET)):
                here.panel.touches.act(action)
            await here.settle(lambda: bool(cast("PersonSearch", here.panel.page).hits))
            assert SECRET in repr(here.panel.view)
            assert texts_alive()

    asyncio.run(story())


def test_a_stuck_finger_on_a_hanging_network_locks_nobody_in() -> None:
    """More touches than the queue holds, and then a booking."""

    async def story() -> None:
        async with running() as here:
            answer = asyncio.Event()
            quick = here.tenant.view

            async def hanging(*args: Any, **named: Any) -> CalendarRead:
                await answer.wait()
                return await quick(*args, **named)

            here.tenant.view = hanging  # type: ignore[method-assign]
            for _ in range(effects.QUEUE + 2):
                here.panel.touches.act(Action(Verb.RETRY))
                await asyncio.sleep(0)
            here.panel.touches.act(Action(Verb.BOOK, SPAN))
            answer.set()
            await here.settle(lambda: not isinstance(here.panel.page, Working))

    asyncio.run(story())


def test_a_task_that_dies_locks_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with running() as here:

            async def broken(*_: Any, **__: Any) -> Any:
                raise ZeroDivisionError

            monkeypatch.setattr(here.panel.actions, "book", broken)
            here.panel.touches.act(Action(Verb.BOOK, SPAN))
            await here.settle(lambda: not isinstance(here.panel.page, Working))

    asyncio.run(story())


def test_what_closed_under_the_finger_stays_readable() -> None:
    async def story() -> None:
        async with running() as here:
            here.panel.touches.act(Action(Verb.OPEN_MEETING, KEYS[1]))
            del here.tenant.events["theirs"]
            await here.panel.reader.read()
            here.panel.refresh()
            for _ in range(5):
                here.clock.step(1)
                here.panel.tick()
                assert isinstance(here.panel.page, Ended)
            await here.idle(15)
            assert here.panel.page is None

    asyncio.run(story())


def test_the_menu_is_locked_again_once_it_is_closed() -> None:
    async def story() -> None:
        async with running() as here:
            here.panel.admin = True
            here.panel.touches.act(Action(Verb.OPEN_ADMIN, "log"))
            opened = here.panel.page
            here.panel.touches.act(Action(Verb.CLOSE))
            here.panel.touches.act(Action(Verb.OPEN_ADMIN))
            assert (opened, here.panel.page) == (Admin("log"), Pin())

    asyncio.run(story())


def test_a_sign_in_that_failed_goes_home() -> None:
    async def story() -> None:
        async with running() as here:
            here.panel.admin = True
            here.panel.show(SignIn(problem="Sign-in needed"))
            await here.idle(45)
            assert here.panel.page is None
            assert not here.panel.admin

    asyncio.run(story())
