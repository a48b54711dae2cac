"""What the control socket of a panel answers: status, screenshot, identify, reload, check-in, release, sign-in."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from common.control import ControlError, Handler, Request
from drivers.device import Health
from roomdisplay.outcome import Deed
from roomdisplay.pages import Change, SignIn
from roomdisplay.panel import Panel
from roomdisplay.schedule import Meeting
from roomdisplay.state import RoomState
from roomdisplay.view import PanelView

Capture = Callable[[PanelView], Awaitable[bytes]]


class Control:
    """The operations of one panel. `capture` draws a view off the glass; None when headless."""

    def __init__(self, panel: Panel, capture: Capture | None, reload: Callable[[], Awaitable[None]]) -> None:
        self._panel = panel
        self._capture = capture
        self._reload = reload

    def handlers(self) -> dict[str, Handler]:
        """The table for common.control.ControlServer."""
        return {
            "status": self.status,
            "screenshot": self.screenshot,
            "identify": self.identify,
            "reload": self.reload,
            "check-in": self.check_in,
            "release": self.release,
            "sign-in": self.sign_in,
            "sign-in-status": self.sign_in_status,
            "sign-in-browser": self.sign_in_browser,
            "sign-in-answer": self.sign_in_answer,
        }

    async def status(self, request: Request) -> dict[str, Any]:
        """What the panel shows and how it is; with `full` the meetings too, for root."""
        full = bool(request.args.get("full"))
        if full and not request.is_root:
            raise ControlError(
                "The full status has names in it.", hint="Ask as root: sudo mydesk-room ctl status --full"
            )
        return status_of(self._panel, full=full)

    async def screenshot(self, request: Request) -> dict[str, Any]:
        """A PNG in base64, every text from Graph or from a person as blocks."""
        if self._capture is None:
            raise ControlError("This panel runs without a display.", hint="Start it without --headless.")
        return {"png": base64.b64encode(await self._capture(self._panel.redacted_view())).decode()}

    async def identify(self, request: Request) -> dict[str, Any]:
        """Banner and pulsing lamp."""
        self._panel.identify()
        return {"unit": self._panel.config.unit.id}

    async def reload(self, request: Request) -> dict[str, Any]:
        """Read the calendar again."""
        await self._reload()
        return {}

    async def check_in(self, request: Request) -> dict[str, Any]:
        """Check in to the meeting that waits for it."""
        if not self._panel.state.check_in_key:
            raise ControlError("No meeting of this room waits for a check-in.")
        self._panel.effects.put(Change(Deed.CHECK_IN, self._panel.state.check_in_key, by="control"))
        return {}

    async def release(self, request: Request) -> dict[str, Any]:
        """Release the meeting that runs, as the button at the door does: it can be undone there."""
        current = self._panel.state.current
        if not self._panel.config.meeting.release:
            raise ControlError("Releasing is off on this panel.", hint="Set [meeting] release = true.")
        if current is None:
            raise ControlError("No meeting runs in this room.")
        self._panel.effects.put(Change(Deed.RELEASE, current.key, by="control"))
        return {"undo_s": self._panel.config.meeting.undo_s}

    async def sign_in(self, request: Request) -> dict[str, Any]:
        """Begin a sign-in; the code is for whoever asked."""
        status = await self._panel.sign_in.begin()
        if status.state == "failed":
            raise ControlError(self._problem(status.page))
        page = status.page
        return {"address": page.address, "code": page.code, "expires_in_s": round(status.expires_in_s)}

    async def sign_in_status(self, request: Request) -> dict[str, Any]:
        """idle, waiting, signed-in or failed, and why."""
        status = self._panel.sign_in.status
        return {"state": status.state, "text": self._problem(status.page)}

    async def sign_in_browser(self, request: Request) -> dict[str, Any]:
        """Begin a sign-in with a browser; whoever asked listens on `redirect_port` of the loopback."""
        port = request.args.get("redirect_port")
        if not isinstance(port, int) or not 0 < port < 65536:
            raise ControlError("redirect_port must be a whole number, 1 to 65535.")
        return {"address": await self._panel.sign_in.begin_browser(port)}

    async def sign_in_answer(self, request: Request) -> dict[str, Any]:
        """What the browser brought to the loopback: the `query` of its address."""
        status = await self._panel.sign_in.finish_browser(str(request.args.get("query", "")))
        return {"state": status.state, "text": self._problem(status.page)}

    def _problem(self, page: SignIn) -> str:
        return self._panel.words.t(page.problem, **dict(page.values)) if page.problem else ""


def status_of(panel: Panel, *, full: bool = False) -> dict[str, Any]:
    """The status as JSON: without --full it carries no subject and no name (DESIGN.md 3)."""
    state, age_s = panel.state, panel.reader.age_s()
    answer: dict[str, Any] = {
        "unit": panel.config.unit.id,
        "state": str(state.kind),
        "until": state.until.isoformat() if state.until else None,
        "doubt": str(state.doubt) or None,
        "calendar_age_s": None if age_s is None else round(age_s, 1),
        "calendar_requests": panel.reader.requests,
        "lamp": str(panel.parts.lamp.shown),
        "presence": str(state.presence),
        "presence_since_s": _age_s(panel, panel.senses.occupancy.since_s),
        "presence_evidence": _evidence(panel),
        "climate": _climate(panel),
        "sensors": [_sensor(health) for health in panel.people.sensor_health()],
        "release": _release(panel),
        "strikes": _strikes(panel),
        "brightness_percent": panel.brightness.percent,
        "clock_synchronised": panel.clock.synchronised(),
        "signed_in": panel.parts.session.auth.state.signed_in,
        "outbox": panel.reporter.outbox,
        "last_error": _last_error(panel),
    }
    return answer | _names(state, panel) if full else answer


def _age_s(panel: Panel, at_s: float) -> float:
    return round(panel.clock.monotonic_s() - at_s, 1)


def _evidence(panel: Panel) -> list[dict[str, Any]]:
    """Which sensor said what when; sensors see no names."""
    return [
        {"sensor": one.input, "what": one.what, "age_s": _age_s(panel, one.at_s)}
        for one in panel.senses.occupancy.evidence
    ]


def _climate(panel: Panel) -> dict[str, Any]:
    """The air as the sensors tell it; None is unknown."""
    sample = panel.senses.sample()
    return {"temperature_c": sample.temperature_c, "co2_ppm": sample.co2_ppm, "light": sample.light}


def _sensor(health: Health) -> dict[str, Any]:
    age_s = None if health.frame_age_s is None else round(health.frame_age_s, 1)
    return {
        "name": health.name,
        "kind": health.kind,
        "condition": str(health.condition),
        "age_s": age_s,
        "problem": health.problem,
    }


def _release(panel: Panel) -> dict[str, Any]:
    """What becomes of the meeting that runs if nobody comes, or why it keeps its room."""
    verdict = panel.no_shows.verdict
    keep = panel.no_shows.refusal or verdict.keep
    return {
        "step": str(verdict.step),
        "at": verdict.at.isoformat() if verdict.at else None,
        "kept_because": str(keep) or None,
        "shared_check_ins": panel.no_shows.shared,
    }


def _strikes(panel: Panel) -> dict[str, Any]:
    """No-shows that are remembered: of the series that runs, of the next, and over all."""
    now, strikes = panel.clock.now(), panel.parts.strikes.current
    count = {
        name: strikes.count(meeting, now) if meeting else 0
        for name, meeting in (("current", panel.state.current), ("next", panel.state.next))
    }
    tally = strikes.tally(now)
    return count | {"no_shows": tally.no_shows, "series": tally.series, "most": tally.most}


def _last_error(panel: Panel) -> str | None:
    error = panel.reader.error
    return f"{type(error).__name__} {error.code} {error.request_id}".strip() if error else None


def _names(state: RoomState, panel: Panel) -> dict[str, Any]:
    return {"current": _meeting(state.current, panel), "next": _meeting(state.next, panel)}


def _meeting(meeting: Meeting | None, panel: Panel) -> dict[str, Any] | None:
    if meeting is None:
        return None
    return {
        "title": panel.words.title(meeting),
        "organizer": panel.words.organizer(meeting),
        "start": meeting.start.isoformat(),
        "end": meeting.end.isoformat(),
    }
