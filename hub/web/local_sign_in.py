"""The local admin's sign-in: one name, one scrypt hash, the same time for every answer, and locks that grow."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from threading import BoundedSemaphore

from common import pin
from common.clock import Clock
from common.errors import MyDeskError
from hub.settings import LocalAdminSection
from hub.web.attempts import Attempts

LONGEST_PASSWORD = 200
FREE_BY_ADDRESS = 5
FREE_BY_NAME = 20
LONGEST_LOCK_OF_NAME_S = 900.0
"""Shorter than an address's: a stranger must not keep the admin out for long."""

NOBODY = "scrypt$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
"""A hash that no password is known for, so that a wrong name takes as long as a wrong password."""


class SignInError(MyDeskError):
    """Error raised when a sign-in is not accepted; `locked_s` is how long nothing is looked at."""

    def __init__(self, message: str, *, hint: str = "", locked_s: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.locked_s = locked_s


@dataclass(frozen=True, slots=True)
class Try:
    """What somebody typed, and from where."""

    name: str
    password: str
    address: str


class LocalSignIn:
    """Checks tries. Blocking (about 50 ms, 16 MB): call it in a worker thread; two run at a time."""

    def __init__(self, admin: LocalAdminSection, clock: Clock) -> None:
        self._admin = admin
        self._clock = clock
        self._addresses = Attempts(FREE_BY_ADDRESS)
        self._names = Attempts(FREE_BY_NAME, longest_lock_s=LONGEST_LOCK_OF_NAME_S)
        self._two = BoundedSemaphore(2)

    @property
    def offered(self) -> bool:
        """Whether there is a local admin at all."""
        return bool(self._admin.name and self._admin.password_hash)

    def check(self, attempt: Try) -> None:
        """Return when that is the admin. Raises SignInError."""
        name, now_s = attempt.name.strip().lower()[:40], self._clock.monotonic_s()
        locked_s = max(self._addresses.locked_s(attempt.address, now_s), self._names.locked_s(name, now_s))
        if locked_s:
            raise SignInError("Too many wrong tries.", hint=f"Wait {locked_s} s, then try again.", locked_s=locked_s)
        known = self.offered and hmac.compare_digest(name.encode(), self._admin.name.lower().encode())
        with self._two:
            fits = pin.matches(attempt.password[:LONGEST_PASSWORD], self._admin.password_hash if known else NOBODY)
        if known and fits:
            self._addresses.right(attempt.address)
            self._names.right(name)
            return
        self._addresses.wrong(attempt.address, now_s)
        self._names.wrong(name, now_s)
        raise SignInError("Name or password is wrong.", hint="Check both; capital letters count in the password.")
