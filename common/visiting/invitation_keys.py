"""The private key that signs invitations: a PEM file on an admin's machine, never on a kiosk.

mydesk invitation key 1
-----BEGIN ENCRYPTED PRIVATE KEY-----
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from common.errors import MyDeskError

__all__ = ["KeyFileError", "SigningKey", "is_encrypted", "read_key", "write_key"]

_MAX_BYTES = 16 * 1024
_TITLE = re.compile(rb"mydesk invitation key (\d{1,3})\r?\n")


class KeyFileError(MyDeskError):
    """Error raised when a key file is missing, open to others, not ours, or its passphrase is wrong."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key and its id, 0 to 255."""

    id: int
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def public_text(self) -> str:
        """As `[invitations] public_keys` wants it: DER in base64."""
        der = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    @property
    def config_line(self) -> str:
        """The line for the kiosk's configuration."""
        return f'public_keys = {{ "{self.id}" = "{self.public_text}" }}'


def write_key(path: Path, key: SigningKey, passphrase: str = "") -> None:
    """Write a new key file, 0600. Raises KeyFileError where there is a file already, or none can be made."""
    guard: KeySerializationEncryption = (
        BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    )  # fmt: skip
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, guard)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileError(f"{path} exists already.", hint="A key is never overwritten: choose another name.") from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written ({error.strerror}).") from None
    with os.fdopen(handle, "wb") as file:
        file.write(f"mydesk invitation key {key.id}\n".encode() + pem)
        file.flush()
        os.fsync(file.fileno())


def is_encrypted(path: Path) -> bool:
    """Whether a passphrase is needed. Raises KeyFileError."""
    return b"BEGIN ENCRYPTED" in _raw(path)


def read_key(path: Path, passphrase: str = "") -> SigningKey:
    """The key in `path`. Raises KeyFileError."""
    raw = _raw(path)
    title = _TITLE.match(raw)
    if title is None or int(title[1]) > 255:
        raise KeyFileError(f"{path} is no key for invitations.", hint="Make one: mydesk-kiosk keys new --out FILE")
    if path.stat().st_mode & 0o077:
        raise KeyFileError(f"{path} can be read by others.", hint=f"Close it: chmod 600 {path}")
    try:
        found = load_pem_private_key(raw[title.end() :], passphrase.encode() or None)
    except (ValueError, TypeError):
        raise KeyFileError(f"{path} does not open: a wrong passphrase, or a damaged file.") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds another kind of key than Ed25519.")
    return SigningKey(int(title[1]), found)


def _raw(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read ({error.strerror}).") from None
