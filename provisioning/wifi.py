"""The key of a Wi-Fi network from its passphrase, so that the passphrase itself is on no card. Pure."""

from __future__ import annotations

import hashlib
import re

from provisioning.fleet_error import FleetError

__all__ = ["pre_shared_key"]

_HEX_KEY = re.compile(r"[0-9A-Fa-f]{64}")
_PASSPHRASE = re.compile(r"[ -~]{8,63}")


def pre_shared_key(ssid: str, passphrase: str) -> str:
    """WPA's pre-shared key in hex (IEEE 802.11, annex J.4); 64 hex digits are one already. Raises FleetError."""
    if _HEX_KEY.fullmatch(passphrase):
        return passphrase.lower()
    if not _PASSPHRASE.fullmatch(passphrase):
        raise FleetError(f"the passphrase of Wi-Fi {ssid!r} must be 8 to 63 characters of ASCII, or 64 hex digits.")
    return hashlib.pbkdf2_hmac("sha1", passphrase.encode("ascii"), ssid.encode(), 4096, 32).hex()
