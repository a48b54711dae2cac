"""Keeps msal's token cache on disk: AES-256-GCM, 0600, replaced whole or not at all.

The key lies beside it (0600, made on first use), so this guards a copied file or backup, not a stolen SD card: what
guards that is least scopes, Conditional Access bound to the office, and disabling the account (reference/graph.md 1.5).

Layout: MAGIC, 12 bytes nonce, ciphertext with tag; MAGIC, tenant and client id are authenticated with it.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

log = logging.getLogger(__name__)

MAGIC = b"MYDESK-TOKENS-1\n"
MAX_BYTES = 1 << 20
_NONCE_BYTES = 12
_KEY_BYTES = 32


class TokenStore:
    """One encrypted file. Blocking: for msal's worker thread only."""

    def __init__(self, cache_file: Path, key_file: Path, *, owner: str) -> None:
        """`owner` (tenant and client id) binds the file to one app registration: a foreign one does not open."""
        self._cache_file = cache_file
        self._key_file = key_file
        self._bound_to = MAGIC + owner.encode()

    def read(self) -> str:
        """Return the stored text, or "" when there is none that can be read; a bad file is kept aside as `*.bad`."""
        try:
            sealed = _read_bounded(self._cache_file)
        except FileNotFoundError:
            return ""
        except OSError as error:
            log.error("token file: cannot be read (%s): sign-in needed", error.strerror)
            return ""
        try:
            return self._open(sealed)
        except (ValueError, InvalidTag, OSError) as error:
            log.error("token file: damaged or not ours (%s): kept aside, sign-in needed", type(error).__name__)
            self._keep_aside()
            return ""

    def write(self, text: str) -> None:
        """Replace the stored text. A disk that refuses is logged, not raised: the tokens go on living in memory."""
        try:
            nonce = token_bytes(_NONCE_BYTES)
            sealed = AESGCM(self._key()).encrypt(nonce, text.encode(), self._bound_to)
            replace_whole(self._cache_file, MAGIC + nonce + sealed)
        except (OSError, ValueError) as error:
            log.error("token file: cannot be written (%s): sign-in is lost at the next restart", error)

    def forget(self) -> None:
        """Delete the file."""
        self._cache_file.unlink(missing_ok=True)

    def _open(self, sealed: bytes) -> str:
        if not sealed.startswith(MAGIC) or len(sealed) > MAX_BYTES:
            raise ValueError("not a token file")
        body = sealed[len(MAGIC) :]
        key = _checked_key(_read_bounded(self._key_file))
        plain = AESGCM(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], self._bound_to)
        return plain.decode()

    def _keep_aside(self) -> None:
        try:
            self._cache_file.replace(self._cache_file.with_name(self._cache_file.name + ".bad"))
        except OSError as error:
            log.error("token file: cannot be kept aside (%s)", error.strerror)

    def _key(self) -> bytes:
        try:
            key = _checked_key(_read_bounded(self._key_file))
        except FileNotFoundError:
            return self._new_key()
        except ValueError:
            log.error("token key file: damaged, a new key is made")
            return self._new_key()
        if self._key_file.stat().st_mode & 0o077:
            log.warning("token key file: was open to others, closed to 0600")
            self._key_file.chmod(0o600)
        return key

    def _new_key(self) -> bytes:
        key = token_bytes(_KEY_BYTES)
        replace_whole(self._key_file, key)
        return key


def _checked_key(key: bytes) -> bytes:
    if len(key) != _KEY_BYTES:
        raise ValueError("the key file is damaged")
    return key


def _read_bounded(path: Path) -> bytes:
    """Return at most one byte more than a good file can have."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def replace_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path` with mode 0600 so that a power cut leaves the old file or the new one."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
