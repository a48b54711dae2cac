"""What a fleet keeps on the admin's laptop: 0700, and every file in it 0600 and replaced whole.

~/.local/state/mydesk-fleet/<fleet>/
    known_hosts         host keys of claimed units: see known_hosts
    tokens/<unit>.json  claim tokens of units that are seeded and not claimed yet
    lock                held while one of these is changed
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from common.sealed_file import replace_whole
from provisioning.fleet_error import FleetError
from provisioning.inventory import UNIT_ID

__all__ = ["ClaimToken", "FleetState", "default_folder"]

TOKEN_BYTES: Final = 20
"""160 bits: nobody guesses it, online or from a banner."""

LOCK_TIMEOUT_S: Final = 30.0
_LOCK_POLL_S: Final = 0.05
_MOST_BYTES: Final = 16 << 10


class ClaimToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What proves that a unit booted from the card that was seeded for it. Good for one claim."""

    unit: Annotated[str, Meta(pattern=UNIT_ID)]
    token: Annotated[str, Meta(pattern=rf"^[0-9a-f]{{{2 * TOKEN_BYTES}}}$")]
    proven_key: str = ""
    """Fingerprint of the host key that it has proved, when the unit has yet to be told that it is claimed."""


def default_folder(fleet: str) -> Path:
    """Where the state of a fleet is: MYDESK_FLEET_STATE, else below XDG_STATE_HOME, else below ~/.local/state."""
    own = os.environ.get("MYDESK_FLEET_STATE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "mydesk-fleet" / fleet


@dataclass(frozen=True, slots=True)
class FleetState:
    """The state in `folder`. Blocking, and quick."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> FleetState:
        """Make the folder where it is missing, closed to others.

        Raises:
            FleetError: it cannot be made, belongs to somebody else, or is open to others.
        """
        try:
            for each in (folder, folder / "tokens"):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = folder.stat()
        except OSError as error:
            raise FleetError(f"{folder}: {error.strerror}.", hint="Name another folder with --state.") from error
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise FleetError(f"{folder} is open to others.", hint=f"It holds claim tokens: chmod 0700 {folder}")
        return cls(folder)

    @property
    def known_hosts(self) -> Path:
        """In OpenSSH's format."""
        return self.folder / "known_hosts"

    def token(self, unit: str) -> ClaimToken | None:
        """The token of a unit that waits for its claim. Raises FleetError: its file is damaged."""
        path = self._token(unit)
        try:
            with path.open("rb") as stream:
                found = msgspec.json.decode(stream.read(_MOST_BYTES), type=ClaimToken)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FleetError(f"{path}: {error.strerror}.") from error
        except msgspec.DecodeError as error:
            raise FleetError(f"{path} is damaged.", hint=f"Seed it anew: mydesk-fleet seed {unit} --again") from error
        if found.unit != unit:
            raise FleetError(f"{path} is the token of {found.unit}.", hint="Move it back.")
        return found

    def new_token(self, unit: str) -> ClaimToken:
        """Make a token and keep it; one from before no longer counts. Raises OSError."""
        made = ClaimToken(unit=unit, token=token_hex(TOKEN_BYTES))
        self.keep_token(made)
        return made

    def keep_token(self, token: ClaimToken) -> None:
        """Replace the token of its unit. Raises OSError."""
        replace_whole(self._token(token.unit), msgspec.json.encode(token))

    def drop_token(self, unit: str) -> None:
        """It has been used, or is no longer wanted. Raises OSError."""
        self._token(unit).unlink(missing_ok=True)

    def waiting(self) -> list[str]:
        """The units that are seeded and not claimed."""
        return sorted(path.stem for path in (self.folder / "tokens").glob("*.json"))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Alone on this laptop while something is changed. Raises FleetError: another command holds it for long."""
        descriptor = os.open(self.folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(descriptor, self.folder)
            yield
        finally:
            os.close(descriptor)

    def _token(self, unit: str) -> Path:
        return self.folder / "tokens" / f"{unit}.json"


def _take(descriptor: int, folder: Path) -> None:
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise FleetError(f"{folder} is in use by another command.", hint="Try again.") from error
            time.sleep(_LOCK_POLL_S)
        else:
            return
