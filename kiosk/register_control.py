"""What the control socket of a running kiosk answers about its register: forget, prove-forgotten, export, erase.

Mounted by the kiosk's own table of operations; what shows or erases a person is root's alone.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from common.control import ControlError, Handler, Request
from kiosk.access_requests import erase_guest, export_guest
from kiosk.audit import Actor
from kiosk.forgetting import Forgetting
from kiosk.proof import prove
from kiosk.register import Register


class RegisterControl:
    """The operations on one open register; also what the command line does by itself while no kiosk runs."""

    def __init__(self, register: Register, forgetting: Forgetting, actor: Actor = Actor.CONTROL) -> None:
        self._register = register
        self._forgetting = forgetting
        self._actor = actor

    def handlers(self) -> dict[str, Handler]:
        """The table for common.control.ControlServer."""
        return {
            "forget": self.forget,
            "prove-forgotten": self.prove_forgotten,
            "export-guest": self.export_guest,
            "erase-guest": self.erase_guest,
        }

    async def forget(self, request: Request) -> dict[str, Any]:
        """Forget what is due, now."""
        return asdict(await self._forgetting.now(self._actor))

    async def prove_forgotten(self, request: Request) -> dict[str, Any]:
        """Where `texts` still stand; root's, because it tells whether somebody was here."""
        _root_only(request)
        texts = request.args.get("texts")
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ControlError("texts must be a list of texts.")
        proof = await self._register.apply(lambda store, at: prove(store, texts), refresh=False)
        return {"forgotten": not proof.findings, **asdict(proof)}

    async def export_guest(self, request: Request) -> dict[str, Any]:
        """All that is known of a guest."""
        _root_only(request)
        guest = _guest(request)
        found = await self._register.apply(lambda store, at: export_guest(store, at, guest, self._actor), refresh=False)
        return {"visits": found}

    async def erase_guest(self, request: Request) -> dict[str, Any]:
        """Delete a guest's visits, and make copies of them unreadable."""
        _root_only(request)
        guest, zone = _guest(request), self._register.zone
        return asdict(await self._register.apply(lambda store, at: erase_guest(store, at, guest, self._actor, zone)))


def _guest(request: Request) -> str:
    guest = request.args.get("guest")
    if not isinstance(guest, str):
        raise ControlError("guest must be a text: an e-mail address, a telephone number or a full name.")
    return guest


def _root_only(request: Request) -> None:
    if not request.is_root:
        raise ControlError("This names guests: it is root's.", hint="Ask with sudo.")
