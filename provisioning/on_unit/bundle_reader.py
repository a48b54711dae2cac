"""Reads a bundle strictly: a plain tar of `manifest.json`, its SSHSIG, and the files that the manifest lists, in order.

Each header must be byte for byte what `tar_header` writes for the next file of the manifest, so there is no room for
links, devices, other owners or surprises. Format: docs/decisions/0015.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO

from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.manifest import MANIFEST, MAX_BUNDLE_BYTES, Entry, Manifest

SIGNATURE = "manifest.json.sig"
MAX_MANIFEST_BYTES = 1 << 20
MAX_SIGNATURE_BYTES = 16 << 10

_BLOCK = 512
_CHUNK = 1 << 20
_SPECIAL = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"5": "a folder",
    b"6": "a named pipe",
    b"x": "an extended header",
    b"g": "an extended header",
    b"L": "a long name",
    b"K": "a long link",
    b"S": "a sparse file",
}


def tar_header(path: str, size: int) -> bytes:
    """Return the header of a regular file (POSIX ustar): owner 0, mode 0644, time 0.

    Source: POSIX.1-2017, pax, "ustar Interchange Format".
    """
    name = path.encode("ascii")
    if len(name) > 99:
        raise UpdateError(f"{path!r} is too long for a bundle.")
    fields = (
        name.ljust(100, b"\0"),
        b"0000644\0" + b"0000000\0" * 2,
        b"%011o\0" % size,
        b"00000000000\0",
        b" " * 8,
        b"0" + b"\0" * 100,
        b"ustar\x0000" + b"\0" * 64,
        b"0000000\0" * 2,
        b"\0" * 167,
    )
    header = b"".join(fields)
    return header[:148] + b"%06o\0 " % sum(header) + header[156:]


def padding(size: int) -> bytes:
    """Return the zero bytes that follow a file of `size` bytes."""
    return b"\0" * (-size % _BLOCK)


END_OF_TAR = b"\0" * (2 * _BLOCK)


class BundleReader:
    """Reads a bundle once, from front to back, from a file or a pipe.

    `manifest_data` and `signature` (None when unsigned) are there at once; `files` yields each file's bytes, and
    raises at its end when they are not what the manifest says.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.manifest_data = self._small(MANIFEST, MAX_MANIFEST_BYTES)
        self._pending = self._read(_BLOCK, "the first file")
        self.signature: bytes | None = None
        if _name_of(self._pending) == SIGNATURE:
            size = self._size_of(self._pending, SIGNATURE, MAX_SIGNATURE_BYTES)
            self.signature = self._body(size)
            self._pending = self._read(_BLOCK, "the first file")

    def files(self, manifest: Manifest) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        """Yield each file of `manifest` with its content in pieces; the pieces must be taken before the next file."""
        for entry in manifest.files:
            _expect(self._pending, tar_header(entry.path, entry.size), entry.path)
            yield entry, self._pieces(entry)
            self._pending = self._read(_BLOCK, f"what follows {entry.path}")
        if any(self._pending):
            raise UpdateError(f"the bundle has {_describe(self._pending)}, which is not in its manifest. Get it again.")
        rest = self._stream.read(_BLOCK + 1)
        if rest != bytes(_BLOCK):
            what = "ends in the middle of its end" if len(rest) < _BLOCK else "goes on after its end"
            raise UpdateError(f"the bundle {what}. Get it again.")

    def _pieces(self, entry: Entry) -> Iterator[bytes]:
        digest, left = hashlib.sha256(), entry.size
        while left:
            piece = self._read(min(_CHUNK, left), entry.path)
            digest.update(piece)
            left -= len(piece)
            yield piece
        if self._read(len(padding(entry.size)), entry.path).strip(b"\0"):
            raise UpdateError(f"the bundle hides data behind {entry.path}. Get it again.")
        if digest.hexdigest() != entry.sha256:
            raise UpdateError(f"{entry.path} is not the file of the manifest (sha256 differs). Get the bundle again.")

    def _small(self, name: str, most: int) -> bytes:
        return self._body(self._size_of(self._read(_BLOCK, name), name, most))

    def _size_of(self, header: bytes, name: str, most: int) -> int:
        if header[257:262] != b"ustar":
            raise UpdateError("this is no bundle. `mydesk-fleet bundle build` makes one.")
        size = _octal(header[124:135])
        if size > most:
            raise UpdateError(f"{name} is larger than {most} bytes. Get the bundle again.")
        _expect(header, tar_header(name, size), name)
        return size

    def _body(self, size: int) -> bytes:
        body = self._read(size, "the manifest")
        if self._read(len(padding(size)), "the manifest").strip(b"\0"):
            raise UpdateError("the bundle hides data behind its manifest. Get it again.")
        return body

    def _read(self, size: int, what: str) -> bytes:
        parts = []
        while size:
            part = self._stream.read(size)
            if not part:
                raise UpdateError(f"the bundle ends in the middle of {what}. Get it again.")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _name_of(header: bytes) -> str:
    prefix, name = header[345:500].rstrip(b"\0"), header[:100].rstrip(b"\0")
    return (prefix + b"/" + name if prefix else name).decode("ascii", "backslashreplace")


def _octal(field: bytes) -> int:
    return int(field, 8) if re.fullmatch(rb"[0-7]{11}", field) else MAX_BUNDLE_BYTES + 1


def _describe(header: bytes) -> str:
    """What stands in a header, for a person."""
    name, kind = _name_of(header)[:120], header[156:157]
    if not any(header):
        return "an early end"
    if kind in _SPECIAL:
        return f"{_SPECIAL[kind]} ({name!r})"
    if name.startswith("/") or ".." in name.split("/"):
        return f"a path that leads out of it ({name!r})"
    return f"{name!r}"


def _expect(header: bytes, canonical: bytes, name: str) -> None:
    if header == canonical:
        return
    found = _describe(header)
    if found == repr(name):
        found = f"{name!r} with another size, owner, mode or time"
    raise UpdateError(f"the bundle has {found} where {name!r} belongs. Get it again, or build it with mydesk-fleet.")
