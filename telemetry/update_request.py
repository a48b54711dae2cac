"""Asks `mydesk-update` (root, one-shot) for a release, by a file that mydesk-update.path waits for.

The release is on the unit already (`mydesk-fleet rollout` stages it): it is made current when nobody is disturbed.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from common.errors import MyDeskError
from common.sealed_file import replace_whole

UPDATE_FOLDER = Path("/run/mydesk-update")
REQUEST = "request.json"
RELEASE = r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$"


class UpdaterError(MyDeskError):
    """Error raised when nobody on this unit would take the request."""


async def write_request(folder: Path, release: str) -> dict[str, Any]:
    """Leave the request; what comes of it is told by `twin/update` (telemetry.update_watch).

    Raises:
        UpdaterError: there is no updater, or it may not be asked.
    """
    await asyncio.to_thread(_write, folder, json.dumps({"release": release}).encode())
    return {"requested": release}


def _write(folder: Path, request: bytes) -> None:
    if not folder.is_dir():
        raise UpdaterError("this unit has no updater yet.", hint="Bring releases over SSH until then.")
    try:
        replace_whole(folder / REQUEST, request, 0o640)
    except OSError as error:
        raise UpdaterError(f"the updater cannot be asked: {error.strerror}.", hint=f"Who owns {folder}?") from error
