"""How an action ended: the value that the result screen, the log and telemetry are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Deed(StrEnum):
    """What was asked for."""

    BOOK = "book"
    EXTEND = "extend"
    END = "end"
    RELEASE = "release"
    CANCEL = "cancel"
    CHECK_IN = "check-in"
    FAULT = "fault"
    READ = "read"


class Ending(StrEnum):
    """How it ended."""

    DONE = "done"
    UNDONE = "undone"
    TAKEN = "taken"
    """Somebody else was first; what we had made is gone again."""
    TAKEN_NOT_REMOVED = "taken-not-removed"
    """Somebody else was first, and our own booking could not be removed yet."""
    CHANGED = "changed"
    """The meeting changed or vanished under the finger."""
    NO_LONGER = "no-longer"
    """The time that was offered is not free any more."""
    OFFLINE = "offline"
    """Nothing was written: Graph could not be reached."""
    UNCERTAIN = "uncertain"
    """It may have been written; the panel goes on finding out."""
    BUSY = "busy"
    """Microsoft 365 asked us to come back later; nothing was written."""
    DENIED = "denied"
    """The account may not do that."""
    SIGN_IN = "sign-in"
    FAILED = "failed"
    """Anything else that Graph refused; the log has the request id."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One action's end. `until` is the new end of the booking or meeting, where there is one."""

    deed: Deed
    ending: Ending
    start: datetime | None = None
    until: datetime | None = None
    winner_start: datetime | None = None
    code: str = ""
    request_id: str = ""
    own: bool = False
    """what was given back had been booked here: it has no organizer who could be told"""

    @property
    def done(self) -> bool:
        """What was asked for is true now."""
        return self.ending in (Ending.DONE, Ending.UNDONE)
