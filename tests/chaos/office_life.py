"""People in Outlook and people at the door, as dice make them; each set of people has its own dice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote

from roomdisplay.panel import Panel
from roomdisplay.state import Kind
from roomdisplay.view import (
    Action,
    AsleepView,
    ChoicesSheet,
    DaySheet,
    ListSheet,
    ResultSheet,
    SearchSheet,
    SignInSheet,
    Verb,
    WorkingSheet,
)
from tests.chaos.truth import Booked

Control = Callable[..., dict[str, Any]]

ORGANIZERS = (
    "Louise Holm",
    "Jesper Friis",
    "Henrik Dam",
    "Mette Nielsen",
    "Lars Nielsen",
    "Kirsten Hansen",
    "Åse Mørk",
)
LEFT_ALONE = (Verb.OPEN_ADMIN, Verb.PIN, Verb.ADMIN_PAGE, Verb.SIGN_IN, Verb.LANGUAGE, Verb.BRIGHTNESS)
TYPED = ("jen", "jensen", "jesper", "lou", "xx", "")
GRID = timedelta(minutes=5)


class Outlook:
    """People who book, move, cancel, accept and double-book `room`. `act` does one thing, about every 20 minutes."""

    def __init__(self, control: Control, room: str, dice: Random) -> None:
        self._control = control
        self._room = room
        self._dice = dice
        self.done: dict[str, int] = {}

    def wait_s(self, office_hours: bool) -> float:
        """Until the next thing that somebody does."""
        return self._dice.expovariate(1 / (1200 if office_hours else 14_400))

    def act(self, now: datetime, booked: tuple[Booked, ...]) -> None:
        """One thing somebody does to the room's calendar."""
        coming = [one for one in booked if one.end > now and not one.transaction]
        deeds: list[tuple[int, str, Callable[[], None]]] = [
            (40, "invite", lambda: self._invite(now)),
            (12, "book-directly", lambda: self._directly(now)),
            (1, "all-day", lambda: self._all_day()),
        ]
        if coming:
            meeting = self._dice.choice(coming[:6])
            deeds += [
                (18, "move", lambda: self._move(meeting, now)),
                (18, "cancel", lambda: self._cancel(meeting)),
                (8, "end", lambda: self._end(meeting, now)),
                (6, "answer", lambda: self._answer(meeting)),
                (5, "double-book", lambda: self._over(meeting)),
            ]
        _, name, deed = self._dice.choices(deeds, [deed[0] for deed in deeds])[0]
        self.done[name] = self.done.get(name, 0) + 1
        deed()

    def rush(self, start: datetime, *, invite: bool) -> None:
        """Somebody takes half an hour from `start`, at the very moment."""
        body: dict[str, Any] = {"subject": "Hurtig", "start": start.isoformat()}
        body["end"] = (start + timedelta(minutes=30)).isoformat()
        if invite:
            self._post(f"people/{self._dice.choice(ORGANIZERS)}/meetings", body | {"rooms": [self._room]})
        else:
            self._post(f"rooms/{self._room}/bookings", body)

    def _start(self, now: datetime) -> datetime:
        """Often right now or in a moment, seldom tomorrow."""
        ahead = self._dice.choice((0, 0, 5, 5, 10, 15, 30, 60, 90, 120, 180, 1440))
        return _floor(now) + timedelta(minutes=ahead)

    def _span(self, start: datetime) -> dict[str, str]:
        length = timedelta(minutes=self._dice.choice((15, 15, 30, 30, 30, 45, 60, 90)))
        return {"start": start.isoformat(), "end": (start + length).isoformat()}

    def _invite(self, now: datetime) -> None:
        body: dict[str, Any] = {"subject": "Møde", "rooms": [self._room], **self._span(self._start(now))}
        body["sensitivity"] = self._dice.choice(("normal", "normal", "private", "personal"))
        body["show_as"] = self._dice.choice(("busy",) * 8 + ("tentative", "free", "oof"))
        self._post(f"people/{self._dice.choice(ORGANIZERS)}/meetings", body)

    def _directly(self, now: datetime) -> None:
        self._post(f"rooms/{self._room}/bookings", {"subject": "Optaget", **self._span(self._start(now))})

    def _all_day(self) -> None:
        body = {"subject": "Kursus", "rooms": [self._room], "all_day": True, "day": 1, "days": 1}
        self._post(f"people/{self._dice.choice(ORGANIZERS)}/meetings", body)

    def _over(self, meeting: Booked) -> None:
        span = {"start": meeting.start.isoformat(), "end": meeting.end.isoformat()}
        self._post(f"rooms/{self._room}/bookings", {"subject": "Oveni", **span})

    def _move(self, meeting: Booked, now: datetime) -> None:
        start = self._start(now)
        span = {"start": start.isoformat(), "end": (start + (meeting.end - meeting.start)).isoformat()}
        self._call("PATCH", f"meetings/{meeting.uid}", span)

    def _end(self, meeting: Booked, now: datetime) -> None:
        if meeting.start < now:
            self._call("PATCH", f"meetings/{meeting.uid}", {"end": now.isoformat()})

    def _cancel(self, meeting: Booked) -> None:
        self._call("DELETE", f"meetings/{meeting.uid}")

    def _answer(self, meeting: Booked) -> None:
        if not meeting.direct:
            word = self._dice.choice(("accepted", "declined", "tentativelyAccepted"))
            self._call("POST", f"meetings/{meeting.uid}/responses", {"as": self._room, "response": word})

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self._call("POST", path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        self._control(method, quote(path, safe="/@"), body, may_fail=True)


class Door:
    """People at the panel, who touch what is there to be touched. `act` is one touch."""

    def __init__(self, panel: Panel, dice: Random) -> None:
        self._panel = panel
        self._dice = dice
        self._touches = 0
        self.touched: dict[str, int] = {}
        self.rechecked_s = 0.0
        """When a touch or a wake last asked for a fresh read, by the monotonic clock."""

    @property
    def busy(self) -> bool:
        """Somebody stands there."""
        return self._touches > 0

    def stand_at(self, panel: Panel) -> None:
        """The panel that was started there."""
        self._panel = panel

    def come(self) -> None:
        """Somebody comes to the door."""
        self._touches = self._dice.randint(1, 7)

    def act(self) -> None:
        """One touch of whoever stands there."""
        panel, sheet = self._panel, self._panel.view.sheet
        self._touches -= 1
        asleep = panel.state.kind is Kind.ASLEEP
        if not panel.touches.touched():
            self.rechecked_s = panel.clock.monotonic_s() if asleep else self.rechecked_s  # else it kept the room
            return
        if isinstance(sheet, WorkingSheet):
            self._touches += 1
            self._release()
        elif isinstance(sheet, ResultSheet | SignInSheet):
            panel.touches.act(Action(Verb.CLOSE))
        elif isinstance(sheet, SearchSheet) and not sheet.rows:
            panel.touches.act(Action(Verb.TYPED, self._dice.choice(TYPED)))
        else:
            self._touch_one(self._actions())

    def _touch_one(self, actions: list[Action]) -> None:
        if not actions or self._dice.random() < 0.1:
            self._release()
            return
        action = self._dice.choice(actions)
        self.touched[action.verb] = self.touched.get(action.verb, 0) + 1
        self._panel.touches.act(action)

    def _release(self) -> None:
        self._panel.touches.released()
        self.rechecked_s = self._panel.clock.monotonic_s()

    def _actions(self) -> list[Action]:
        view = self._panel.view
        if isinstance(view.home, AsleepView):
            return []
        match view.sheet:
            case None:
                buttons = [*view.home.buttons, *view.home.footer, *([undo] if (undo := view.home.toast_action) else [])]
                blocks = view.home.timeline.blocks if view.home.timeline else ()
            case ChoicesSheet(buttons=choices, extra=extra):
                buttons, blocks = [*choices, *extra], ()
            case DaySheet(timeline=timeline, buttons=below, tabs=tabs):
                buttons, blocks = [*below, *tabs], timeline.blocks
            case ListSheet(rows=rows, buttons=below) | SearchSheet(rows=rows, buttons=below):
                return [row.action for row in rows if row.action and row.enabled] or [one.action for one in below]
            case sheet:
                buttons, blocks = list(getattr(sheet, "buttons", ())), ()
        actions = [button.action for button in buttons if button.enabled]
        actions += [block.action for block in blocks if block.action][:3]
        return [action for action in actions if action.verb not in LEFT_ALONE]


def _floor(instant: datetime) -> datetime:
    return instant - timedelta(minutes=instant.minute % 5, seconds=instant.second, microseconds=instant.microsecond)
