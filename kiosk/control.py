"""What the control socket of a kiosk answers: status, screenshot, sign-in, evacuation, visits, the register."""

from __future__ import annotations

import base64
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from common.control import ControlError, Handler, Request
from common.database import StoreError
from common.visiting.sealed_record import RecordRefused
from common.visiting.sealed_visit import VISIT_MAGIC, VisitRefused
from drivers.device import Health as DeviceHealth
from kiosk.answer_links import WORDS
from kiosk.kiosk import Kiosk
from kiosk.redaction import redacted
from kiosk.register_control import RegisterControl
from kiosk.register_store import LAST
from kiosk.sign_in import SignInFlow
from kiosk.view import KioskView

log = logging.getLogger(__name__)

LONGEST_ID = 64
Capture = Callable[[KioskView], Awaitable[bytes]]


class Control:
    """The operations of one kiosk. `capture` draws a view off the glass; None when headless."""

    def __init__(self, kiosk: Kiosk, capture: Capture | None, reload: Callable[[], Awaitable[None]]) -> None:
        self._kiosk = kiosk
        self._capture = capture
        self._reload = reload
        self._sign_in = SignInFlow(kiosk.parts.session.auth, kiosk.clock, kiosk.reachable)
        self._register = RegisterControl(kiosk.parts.register, kiosk.parts.forgetting)

    def handlers(self) -> dict[str, Handler]:
        """The table for common.control.ControlServer."""
        return {
            "status": self.status,
            "screenshot": self.screenshot,
            "identify": self.identify,
            "reload": self.reload,
            "sign-in": self.sign_in,
            "sign-in-status": self.sign_in_status,
            "sign-in-browser": self.sign_in_browser,
            "sign-in-answer": self.sign_in_answer,
            "evacuation": self.evacuation,
            "reprint": self.reprint,
            "new-roll": self.new_roll,
            "answer": self.answer,
            "visit": self.visit,
            "sharing": self.sharing,
            **self._register.handlers(),
        }

    def close(self) -> None:
        """A sign-in that is waited for is waited for no longer."""
        self._sign_in.close()

    async def status(self, request: Request) -> dict[str, Any]:
        """How the kiosk is; nothing about guests but how many are in."""
        return await status_of(self._kiosk)

    async def screenshot(self, request: Request) -> dict[str, Any]:
        """A PNG in base64, every text from Graph or from a guest as blocks."""
        if self._capture is None:
            raise ControlError("This kiosk runs without a display.", hint="Start it without --headless.")
        return {"png": base64.b64encode(await self._capture(redacted(self._kiosk.view))).decode()}

    async def identify(self, request: Request) -> dict[str, Any]:
        """A banner with the unit's name."""
        self._kiosk.identify()
        return {"unit": self._kiosk.config.unit.id}

    async def reload(self, request: Request) -> dict[str, Any]:
        """Read the configuration again, and the directory."""
        await self._reload()
        return {}

    async def sign_in(self, request: Request) -> dict[str, Any]:
        """Begin a sign-in by device code; the code is for whoever asked, not for the screen."""
        return await self._sign_in.begin()

    async def sign_in_status(self, request: Request) -> dict[str, Any]:
        """idle, waiting, signed-in or failed, and why."""
        return {"state": self._sign_in.state, "text": self._sign_in.text}

    async def sign_in_browser(self, request: Request) -> dict[str, Any]:
        """Begin a sign-in with a browser; whoever asked listens on `redirect_port` of the loopback."""
        port = request.args.get("redirect_port")
        if not isinstance(port, int) or not 0 < port < 65536:
            raise ControlError("redirect_port must be a whole number, 1 to 65535.")
        return {"address": await self._sign_in.begin_browser(port)}

    async def sign_in_answer(self, request: Request) -> dict[str, Any]:
        """What the browser brought to the loopback: the `query` of its address."""
        await self._sign_in.finish_browser(str(request.args.get("query", "")))
        return await self.sign_in_status(request)

    async def evacuation(self, request: Request) -> dict[str, Any]:
        """`active` true or false begins or ends it, `by` the hub or else; who is in the building is root's to know."""
        active, by = request.args.get("active"), request.args.get("by", "control")
        if active is not None:
            if not isinstance(active, bool) or by not in ("control", "hub"):
                raise ControlError("active must be true or false, and by, where it is given, hub or control.")
            await self._kiosk.desk.set_evacuation(active, by)
        answer: dict[str, Any] = {"active": self._kiosk.state.evacuation}
        if request.is_root:
            people, unreadable = await self._kiosk.desk.people()
            listed = [asdict(one) | {"in_at": one.in_at.isoformat() if one.in_at else None} for one in people]
            answer |= {"people": listed, "unreadable": unreadable}
        return answer

    async def reprint(self, request: Request) -> dict[str, Any]:
        """Print the badge of `visit_id` again, or of "last", the newest one."""
        visit_id = str(request.args.get("visit_id", ""))
        try:
            job = await self._kiosk.badges.reprint(visit_id)
        except StoreError as error:
            raise ControlError(f"The register does not take it: {error}") from error
        if job is None:
            text = "No badge was printed yet." if visit_id == LAST else "No guest of that id is in the building."
            raise ControlError(text, hint="As root, `mydesk-kiosk ctl evacuation` names who is, with their ids.")
        trouble = self._kiosk.parts.printing.trouble
        return {"visit": job.visit_id, "job": job.id, "printer_trouble": str(trouble) if trouble else None}

    async def new_roll(self, request: Request) -> dict[str, Any]:
        """Somebody put a new roll into the printer."""
        self._kiosk.parts.printing.new_roll()
        return {"labels_left": self._kiosk.parts.printing.counter.left}

    async def answer(self, request: Request) -> dict[str, Any]:
        """A host followed a link: its `id`, and `answer` coming or five. An id that is none is answered the same."""
        link_id, answer = request.args.get("id"), WORDS.get(str(request.args.get("answer", "")))
        if not isinstance(link_id, str) or len(link_id) > LONGEST_ID or answer is None:
            raise ControlError("id must be a link's, and answer one of coming, five.")
        accepted = self._kiosk.parts.messenger.answer(link_id, answer)
        log.info("an answer by link: %s", answer if accepted else "too late, or of no message of ours")
        return {}

    async def visit(self, request: Request) -> dict[str, Any]:
        """Take what is sealed: a record of an invitation, a list of revoked ones, or a visit; `record`, in base64."""
        try:
            raw = base64.b64decode(str(request.args.get("record", "")), validate=True)
            if raw.startswith(VISIT_MAGIC):
                return {"visits": int(await self._kiosk.parts.sharing.take(raw))}
            return {"visits": await self._kiosk.parts.records.take(raw)}
        except (ValueError, RecordRefused, VisitRefused) as error:
            raise ControlError(f"The record is refused: {error}") from error

    async def sharing(self, request: Request) -> dict[str, Any]:
        """Tell the hub's public `keys` by day, if any; the answer has ours, our address, and how many visits wait."""
        answer = await self._kiosk.parts.sharing.exchange(request.args.get("keys", {}))
        return {**answer, "address": self._kiosk.parts.records.address}


async def status_of(kiosk: Kiosk) -> dict[str, Any]:
    """The status as JSON, without a name (DESIGN.md 3)."""
    facts, health, parts = await kiosk.desk.facts(), kiosk.doctor.health(), kiosk.parts
    return {
        "unit": facts.unit,
        "version": facts.version,
        "page": type(kiosk.state.page).__name__,
        "asleep": kiosk.display.asleep,
        "brightness_percent": kiosk.display.brightness.percent,
        "evacuation": kiosk.state.evacuation,
        "signed_in": facts.signed_in,
        "network": health.network,
        "clock_synchronised": health.clock_sure,
        "hosts": facts.hosts,
        "directory_old": health.directory_old,
        "on_site": facts.on_site,
        "waiting_messages": facts.waiting_messages,
        "register": parts.register.state.fault or "ok",
        "outbox": parts.reporter.outbox,
        "printer": _device(parts.printer.health()),
        "printer_trouble": str(health.printer) if health.printer else None,
        "labels_left": facts.labels_left,
        "scanner": _device(parts.scanner.health()),
        "sensors": {one.name: _device(one) for one in kiosk.sensors.health()} if kiosk.sensors else {},
        "invitation_address": parts.records.address,
    }


def _device(health: DeviceHealth) -> dict[str, Any]:
    return {"condition": str(health.condition), "problem": health.problem, "reopened": health.reopened}
