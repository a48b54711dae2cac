"""Commands and settings of a unit: sent through the hub, written to the audit, results shown and downloaded."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub import reads
from hub.reads import UnitSeen
from hub.roles import Permission
from hub.web.operations import OPERATIONS, Operation, offered
from hub.web.rules import Kind, Rule
from hub.web.site import Visit, see_other, text_of

PNG, GZIP = b"\x89PNG\r\n\x1a\n", b"\x1f\x8b"
LONGEST_VALUE = 500


async def command(visit: Visit) -> Response:
    """POST /units/{unit}/commands: send one, or ask first where it disturbs people."""
    form = await visit.form()
    one = await _unit(visit)
    operation = OPERATIONS.get(text_of(form, "operation"))
    if operation is None or operation not in offered(one.role):
        raise HTTPException(400, "That unit has no such command. Choose one on its page.")
    if one.revoked:
        raise HTTPException(409, "The unit's certificate was revoked: it takes no commands. Enrol it again.")
    if operation.asks and text_of(form, "sure") != "yes":
        return visit.page("confirm.html", unit=one, operation=operation)
    args: dict[str, Any] = dict(operation.args)
    if operation.forced and text_of(form, "force") == "yes":
        args["force"] = True
    await _send(visit, one, operation, args)
    return see_other(f"/units/{one.unit}#commands")


async def _send(visit: Visit, one: UnitSeen, operation: Operation, args: dict[str, Any]) -> None:
    def send() -> str:
        return visit.parts.commands.send(one.unit, operation.operation, args, by=visit.session.name[:64])

    command_id = await run_in_threadpool(send)
    await visit.note(operation.name, one.unit, f"{command_id} {json.dumps(args) if args else ''}".strip())


async def screenshot(visit: Visit) -> Response:
    """GET /units/{unit}/commands/{id}/screenshot.png."""
    picture = await _decoded(visit, "png", PNG)
    return Response(picture, media_type="image/png", headers=_kept("inline"))


async def logs(visit: Visit) -> Response:
    """GET /units/{unit}/commands/{id}/logs.gz."""
    packed = await _decoded(visit, "gz", GZIP)
    unit, command_id = visit.request.path_params["unit"], visit.request.path_params["id"]
    await visit.note("logs downloaded", unit, command_id)
    return Response(packed, media_type="application/gzip", headers=_kept(f'attachment; filename="{unit}-logs.gz"'))


def _kept(disposition: str) -> dict[str, str]:
    policy = "default-src 'none'; sandbox"
    return {"Content-Disposition": disposition, "Content-Security-Policy": policy, "Cache-Control": "no-store"}


async def _decoded(visit: Visit, key: str, magic: bytes) -> bytes:
    """The bytes of a result, which must be what they say they are. Raises HTTPException 404."""
    unit, command_id = visit.request.path_params["unit"], visit.request.path_params["id"]
    result = await visit.site.read(lambda c: reads.command_result(c, unit, command_id))
    text = (result or {}).get(key)
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        data = b""
    if not data.startswith(magic):
        raise HTTPException(404, "That command brought no such file, or it was deleted since. Send the command again.")
    return data


async def settings(visit: Visit) -> Response:
    """POST /units/{unit}/settings: one key more, or none (an empty value takes it away), as a new revision."""
    form = await visit.form()
    one = await _unit(visit)
    key, typed = text_of(form, "key", 100), text_of(form, "value", LONGEST_VALUE)
    if not key or not all(part.isidentifier() and part.isascii() for part in key.split(".")):
        raise HTTPException(400, "A setting has a name like screen.brightness_percent.")
    by = visit.session.name[:64]

    def change() -> int:
        values = visit.parts.desired.current(one.unit)
        values.pop(key, None)
        return visit.parts.desired.set(one.unit, values | ({key: value_of(typed)} if typed else {}), by)

    revision = await run_in_threadpool(change)
    await visit.note("settings", one.unit, f"revision {revision}: {key}")
    return see_other(f"/units/{one.unit}#settings")


def value_of(typed: str) -> Any:
    """A setting as typed: a JSON number, true, false, text in quotes or list; anything else is text."""
    try:
        value = json.loads(typed)
    except (ValueError, RecursionError):
        return typed
    return typed if value is None or isinstance(value, dict) else value


async def _unit(visit: Visit) -> UnitSeen:
    name = visit.request.path_params["unit"]
    one = await visit.site.read(lambda c: reads.unit(c, name))
    if one is None:
        raise HTTPException(404, "There is no such unit here.")
    return one


RULES = (
    Rule("POST", "/units/{unit}/commands", Permission.COMMAND, command),
    Rule("POST", "/units/{unit}/settings", Permission.SETTINGS, settings),
    Rule("GET", "/units/{unit}/commands/{id}/screenshot.png", Permission.COMMAND, screenshot, Kind.DATA),
    Rule("GET", "/units/{unit}/commands/{id}/logs.gz", Permission.COMMAND, logs, Kind.DATA),
)
