"""What the agent remembers of settings over a restart: the revision, what became of it, and how to go back."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from common.sealed_file import replace_whole

RECORD = "settings.json"
"""The record, in the agent's own folder."""

OVERRIDES_MODE = 0o640
"""The app reads it as another user of the same group."""

MOST_BYTES = 1 << 20

_log = logging.getLogger(__name__)


class Shadow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`applied` is the newest revision that is in use. While `state` is trying, `previous` is what to go back to."""

    rev: Annotated[int, Meta(ge=0)] = 0
    applied: Annotated[int, Meta(ge=0)] = 0
    state: Literal["trying", "applied", "rejected", "reverted"] = "applied"
    reason: str = ""
    ts: int = 0
    tries: int = 0
    previous: dict[str, Any] | None = None


class ShadowFiles:
    """The record and the overrides; each is replaced whole. Blocking; raises OSError where the disk refuses."""

    def __init__(self, record: Path, overrides: Path) -> None:
        self._record = record
        self._overrides = overrides

    def load(self) -> Shadow:
        """What is recorded; a damaged record begins anew, and the hub's settings are applied once more."""
        try:
            return msgspec.json.decode(self._read(self._record), type=Shadow)
        except FileNotFoundError:
            return Shadow()
        except (OSError, msgspec.MsgspecError, RecursionError) as error:
            _log.error("the record of settings is damaged (%s) and starts anew", error)
            return Shadow()

    def save(self, shadow: Shadow) -> None:
        replace_whole(self._record, msgspec.json.encode(shadow))

    def overrides(self) -> dict[str, Any]:
        """What is in use now; a damaged file is none, as for the app."""
        try:
            found = msgspec.json.decode(self._read(self._overrides))
        except (OSError, msgspec.MsgspecError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def use(self, values: dict[str, Any]) -> None:
        """Let the app find `values` with its next reload."""
        content = json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True).encode()
        replace_whole(self._overrides, content, OVERRIDES_MODE)

    def _read(self, path: Path) -> bytes:
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
