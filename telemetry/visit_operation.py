"""The operation `visit`: hands a kiosk what the hub sealed for it. The agent cannot read it, and keeps nothing of it.

visit {"blob": "TURWSVM..."}    base64, either alphabet: a visit, a record of an invitation, a list of revoked ones
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from common.errors import MyDeskError
from telemetry.app_client import AppClient
from telemetry.commands import Arguments, Operation

VISIT_TIMEOUT_S = 20.0
MOST_BLOB_CHARS = 48_000
"""With the rest of a request it fits common.control.MAX_REQUEST_BYTES."""
_URLSAFE = str.maketrans("+/", "-_")


class VisitBlobError(MyDeskError):
    """Error raised when the args of `visit` are no blob; nothing of it is in the text."""


class _VisitArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    blob: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_+/-]+={0,2}\Z", max_length=MOST_BLOB_CHARS)]


def visit_operation(app: AppClient) -> Operation:
    """The operation of a kiosk. Its result says how many visits it was about that were not known: 0 or more."""

    async def run(args: Arguments) -> dict[str, Any]:
        answer = await app.ask("visit", VISIT_TIMEOUT_S, record=_standard(args))
        return {"visits": int(answer.get("visits", 0))}

    return Operation("visit", run, VISIT_TIMEOUT_S + 5)


def _standard(args: Arguments) -> str:
    """The blob as the control socket takes it."""
    try:
        blob = msgspec.convert(dict(args), _VisitArgs).blob.rstrip("=").translate(_URLSAFE)
        raw = base64.urlsafe_b64decode(blob + "=" * (-len(blob) % 4))
    except (msgspec.ValidationError, binascii.Error):
        hint = f'Send {{"blob": ...}} in base64, at most {MOST_BLOB_CHARS} characters.'
        raise VisitBlobError("the args of visit are no blob.", hint=hint) from None
    return base64.b64encode(raw).decode()
