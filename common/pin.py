"""The admin PIN: a scrypt hash in the configuration, and a lock that grows with every five wrong tries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from common.errors import MyDeskError

DIGITS = 6
FREE_TRIES = 5
FIRST_LOCK_S = 60
LONGEST_LOCK_S = 3600
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
_N, _R, _P = 2**14, 8, 1


def hash_pin(pin: str) -> str:
    """The value for `[admin] pin_hash`. Raises MyDeskError for anything but six digits that are not all alike."""
    if len(pin) != DIGITS or not pin.isascii() or not pin.isdecimal() or len(set(pin)) == 1:
        raise MyDeskError("The PIN is not usable.", hint=f"Take {DIGITS} digits that are not all the same.")
    return _hash(pin)


def hash_password(password: str) -> str:
    """The same for a password: `[local_admin] password_hash` of the hub; `matches` checks it.

    Raises MyDeskError for one that is too short or too long to be of use.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or len(set(password)) < 5:
        hint = f"Take {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, five different ones at least."
        raise MyDeskError("The password is not usable.", hint=hint)
    return _hash(password)


def _hash(secret: str) -> str:
    salt = secrets.token_bytes(16)
    return f"scrypt${_encode(salt)}${_encode(_derive(secret, salt))}"


def matches(pin: str, pin_hash: str) -> bool:
    """Whether `pin` is the one that was hashed; a malformed hash matches nothing."""
    kind, _, rest = pin_hash.partition("$")
    salt_text, _, digest_text = rest.partition("$")
    if kind != "scrypt" or not salt_text or not digest_text:
        return False
    try:
        salt, digest = base64.b64decode(salt_text, validate=True), base64.b64decode(digest_text, validate=True)
    except ValueError:
        return False
    return hmac.compare_digest(_derive(pin, salt), digest)


def _derive(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=32)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Guard:
    """Counts wrong PINs; five lock for a minute, every five more double that, an hour at most."""

    def __init__(self, pin_hash: str) -> None:
        self._hash = pin_hash
        self._wrong = 0
        self._locked_until_s = 0.0

    def locked_s(self, now_s: float) -> int:
        """Whole seconds for which no PIN is looked at, 0 when open."""
        return max(0, round(self._locked_until_s - now_s + 0.499))

    def allows(self, pin: str, now_s: float) -> bool:
        """Whether this PIN opens the menu now. Takes about 50 ms: call it in a worker thread."""
        if self.locked_s(now_s):
            return False
        if matches(pin, self._hash):
            self._wrong = 0
            return True
        self._wrong += 1
        if self._wrong % FREE_TRIES == 0:
            lock_s = FIRST_LOCK_S * 2 ** (self._wrong // FREE_TRIES - 1)
            self._locked_until_s = now_s + min(lock_s, LONGEST_LOCK_S)
        return False
