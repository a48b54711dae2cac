"""Device codes and authorization codes that wait to be redeemed."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.login.aadsts import SLOW_DOWN, SignInError

LIFE = timedelta(seconds=900)
CODE_LIFE = timedelta(seconds=600)
LIMIT = 1000
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(slots=True)
class DeviceCode:
    """One code on a panel; `account` is who approved it, `declined` that somebody refused."""

    device_code: str
    user_code: str
    client_id: str
    scopes: frozenset[str]
    issued: datetime
    interval_s: int
    account: str = ""
    declined: bool = False
    redeemed: bool = False
    polled: datetime | None = None
    polled_real_s: float = 0.0

    def state(self, now: datetime) -> str:
        """pending, approved, declined, expired or redeemed."""
        if self.redeemed:
            return "redeemed"
        if now >= self.issued + LIFE:
            return "expired"
        return "declined" if self.declined else "approved" if self.account else "pending"

    def poll(self, now: datetime) -> None:
        """What a poll finds.

        Raises:
            SignInError: pending, too fast, declined or expired.
        """
        state = self.state(now)
        if state != "pending":
            if state != "approved":
                raise SignInError({"declined": 70020, "expired": 70019, "redeemed": 54005}[state])
            return
        too_fast = self._too_fast(now)
        self.polled, self.polled_real_s = now, time.monotonic()
        if too_fast:
            self.interval_s += 5
            raise SignInError(70016, row=SLOW_DOWN)
        raise SignInError(70016)

    def _too_fast(self, now: datetime) -> bool:
        # A test may step the simulated clock or sleep for real: either counts as having waited.
        if self.polled is None:
            return False
        waited_s = max((now - self.polled).total_seconds(), time.monotonic() - self.polled_real_s)
        return waited_s < self.interval_s - 1


@dataclass(frozen=True, slots=True)
class AuthCode:
    """What a browser brought back, with the PKCE challenge that its redeemer must answer."""

    client_id: str
    account: str
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    nonce: str
    issued: datetime

    def redeem(self, client_id: str, redirect_uri: str, verifier: str, now: datetime) -> None:
        """Check that this client may have it.

        Raises:
            SignInError: another client or address, wrong verifier, or too old.
        """
        if now >= self.issued + CODE_LIFE:
            raise SignInError(70008)
        if client_id != self.client_id or redirect_uri != self.redirect_uri:
            raise SignInError(50011)
        digest = hashlib.sha256(verifier.encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenge:
            raise SignInError(50148)


class Codes:
    """The codes of the tenant, bounded."""

    def __init__(self) -> None:
        self.device: dict[str, DeviceCode] = {}
        self._auth: dict[str, AuthCode] = {}
        self._spent: set[str] = set()

    def new_device_code(self, client_id: str, scopes: frozenset[str], interval_s: int, now: datetime) -> DeviceCode:
        """Give out a device code."""
        user_code = "".join(secrets.choice(ALPHABET) for _ in range(9))
        code = DeviceCode(secrets.token_urlsafe(96), user_code, client_id, scopes, now, interval_s)
        self.device[code.device_code] = code
        while len(self.device) > LIMIT:
            self.device.pop(next(iter(self.device)))
        return code

    def by_user_code(self, user_code: str) -> DeviceCode | None:
        """The device code that belongs to what a person typed."""
        wanted = user_code.upper().replace("-", "")
        return next((code for code in self.device.values() if code.user_code == wanted), None)

    def new_auth_code(self, code: AuthCode) -> str:
        """Give out an authorization code."""
        text = f"1.{secrets.token_urlsafe(64)}"
        self._auth[text] = code
        while len(self._auth) > LIMIT:
            self._auth.pop(next(iter(self._auth)))
        return text

    def take_auth_code(self, text: str) -> AuthCode:
        """The code behind `text`, which is good once.

        Raises:
            SignInError: it is unknown or already redeemed.
        """
        if text in self._spent:
            raise SignInError(54005)
        code = self._auth.pop(text, None)
        if code is None:
            raise SignInError(70008)
        if len(self._spent) >= LIMIT:
            self._spent.clear()
        self._spent.add(text)
        return code
