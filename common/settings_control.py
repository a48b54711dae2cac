"""The control op `check-settings`, the same for every app, and facts that an app's root adds to `status`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from common.config import ConfigError, Problem
from common.config_overlay import Overlay
from common.control import ControlError, Handler, Request

T = TypeVar("T", bound=msgspec.Struct)


def check_settings(overlay: Overlay[T], path: Path) -> Handler:
    """Answers {"problems": [{"key", "message"}, ...]} for the `values` that would lie over the file at `path`."""

    async def handler(request: Request) -> dict[str, Any]:
        values = request.args.get("values")
        if not isinstance(values, dict):
            raise ControlError("values must be an object of settings by dotted key.")
        try:
            await asyncio.to_thread(overlay.merged, path, values)
        except ConfigError as error:
            return {"problems": [_told(problem) for problem in error.problems]}
        return {"problems": []}

    return handler


def _told(problem: Problem) -> dict[str, str]:
    return {"key": problem.key, "message": str(problem)}


def with_facts(handler: Handler, facts: Callable[[], dict[str, Any]]) -> Handler:
    """`handler`, whose answers have `facts` too."""

    async def both(request: Request) -> dict[str, Any]:
        return {**await handler(request), **facts()}

    return both
