"""Whether the text of a public SSH key is whole: a key cut short while copying would lock its owner out. Pure."""

from __future__ import annotations

import base64
import struct

__all__ = ["key_fault"]


def key_fault(text: str) -> str:
    """Why a line such as `ssh-ed25519 AAAA... ida` is no public key (RFC 4253, 6.6); empty when it is one."""
    kind, _, rest = text.partition(" ")
    try:
        fields = _fields(base64.b64decode(rest.partition(" ")[0], validate=True))
    except (ValueError, struct.error):
        return "is cut short or damaged; copy the whole line of the .pub file"
    if len(fields) < 2 or fields[0] != kind.encode():
        return f"is no key of the kind {kind}; copy the whole line of the .pub file"
    return ""


def _fields(blob: bytes) -> list[bytes]:
    found = []
    while blob:
        (length,) = struct.unpack_from(">I", blob)
        if length > len(blob) - 4:
            raise ValueError("a field goes on after the end")
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return found
