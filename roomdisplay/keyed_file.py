"""A small file of keyed hashes that survives a restart and a power cut: never the meetings themselves.

DESIGN.md 4.3: whoever reads the file without its key learns nothing; with the key, only whether a meeting they
already know is in it.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from common.sealed_file import replace_whole

log = logging.getLogger(__name__)

KEY_BYTES = 32
MAX_BYTES = 256 * 1024

T = TypeVar("T")


class KeyedFile:
    """`<name>.json` and its key `<name>.key` in `folder`; without one, or one that cannot be used, in RAM alone.

    `key` is made where there is none. `loss` is what a damaged file means for people, for the log.
    """

    def __init__(self, folder: Path | None, name: str, loss: str) -> None:
        self._folder = folder
        self._name = name
        self._loss = loss
        self.key = self._key_of_folder()

    def load(self, parse: Callable[[object], T], empty: T) -> T:
        """What `parse` makes of the file; `empty` when there is none, or `parse` raises ValueError."""
        if self._folder is None:
            return empty
        try:
            return parse(json.loads(_read(self._folder / f"{self._name}.json", MAX_BYTES)))
        except FileNotFoundError:
            return empty
        except (OSError, ValueError, RecursionError):
            log.warning("%s: the file is damaged and starts anew; %s", self._name, self._loss)
            return empty

    def save(self, value: object) -> None:
        """Write `value` as JSON. OSError where the disk refuses."""
        if self._folder:
            replace_whole(self._folder / f"{self._name}.json", json.dumps(value).encode())

    def _key_of_folder(self) -> bytes:
        if self._folder:
            try:
                return _load_key(self._folder, f"{self._name}.key")
            except OSError as error:
                log.error("%s: %s cannot be used (%s): they are kept in RAM", self._name, self._folder, error.strerror)
                self._folder = None
        return secrets.token_bytes(KEY_BYTES)


def _load_key(folder: Path, name: str) -> bytes:
    try:
        key = _read(folder / name, KEY_BYTES + 1)
    except FileNotFoundError:
        key = b""
    if len(key) != KEY_BYTES:
        key = secrets.token_bytes(KEY_BYTES)
        folder.mkdir(parents=True, exist_ok=True)
        replace_whole(folder / name, key)
    return key


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(most)
