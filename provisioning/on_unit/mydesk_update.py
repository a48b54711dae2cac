#!/usr/bin/python3
"""mydesk-update: stages, activates, judges and takes back signed releases on a unit. As root, one call at a time.

One file of the standard library (Python 3.11 and later), kept outside the releases: it never runs code of the release
that it judges, but for the self-test, which runs as an ordinary user. Format and states: docs/decisions/0015.

A bundle is a plain tar of three parts in a fixed order: `manifest.json`, its SSHSIG `manifest.json.sig`, and the files
that the manifest lists. The signature is checked before anything else is read, and each header must be byte for byte
what `tar_header` writes for the next file of the manifest: there is no room for links, devices or surprises.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

FORMAT = 1
NAMESPACE = "mydesk-release"
PRINCIPAL = "mydesk-release"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
MAX_MANIFEST_BYTES = 1 << 20
MAX_SIGNATURE_BYTES = 16 << 10
MAX_FILES = 1000
MAX_FILE_BYTES = 512 << 20
MAX_BUNDLE_BYTES = 1 << 30
MAX_INSTALLED_BYTES = 4 << 30
SSH_KEYGEN_TIMEOUT_S = 30.0

_BLOCK = 512
_CHUNK = 1 << 20
_PATH = re.compile(r"wheels/[A-Za-z0-9][A-Za-z0-9._+-]{0,80}\.whl")
_VERSION = re.compile(r"(\d{1,5})\.(\d{1,5})\.(\d{1,5})(?:rc(\d{1,3}))?")
_SHAPES: dict[str, re.Pattern[str]] = {
    "name": re.compile(r"[a-z0-9-]{1,40}"),
    "version": _VERSION,
    "min_from": _VERSION,
    "python": re.compile(r"3\.\d{1,2}"),
    "architecture": re.compile(r"aarch64|x86_64"),
    "created": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
    "debian": re.compile(r"[a-z0-9][a-z0-9+.-]{1,60}"),
}
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


class UpdateError(Exception):
    """Error raised when a bundle or a step is refused; the text says what to do."""


# --- the bundle ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bundle; `size` in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says about itself; only this is signed.

    `epoch` only rises, and a unit never goes back below the epoch that it has committed. `min_from` is the oldest
    version that can be followed by this one. `installed_bytes` bounds what unpacking may write. `debian` lists the
    packages of the system that the release needs.
    """

    name: str
    version: str
    epoch: int
    min_from: str
    python: str
    architecture: str
    created: str
    installed_bytes: int
    debian: tuple[str, ...]
    files: tuple[Entry, ...]


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return the one encoding of `manifest` that is valid."""
    files = [{"path": one.path, "sha256": one.sha256, "size": one.size} for one in manifest.files]
    content: dict[str, Any] = {"format": FORMAT, "files": files, "debian": list(manifest.debian)}
    for key in ("name", "version", "epoch", "min_from", "python", "architecture", "created", "installed_bytes"):
        content[key] = getattr(manifest, key)
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def parse_manifest(data: bytes) -> Manifest:
    """Return the manifest in `data`.

    Raises:
        UpdateError: it is not exactly what `manifest_bytes` writes, or a value is out of its bounds.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UpdateError(f"{MANIFEST} is not JSON: {error}. Build the bundle again.") from error
    if not isinstance(content, dict):
        raise UpdateError(f"{MANIFEST} is not a JSON object. Build the bundle again.")
    if content.get("format") != FORMAT:
        raise UpdateError(f"bundle format {content.get('format')!r} is not known here. Update mydesk-update first.")
    manifest = Manifest(
        **{key: _text(content, key) for key in ("name", "version", "min_from", "python", "architecture", "created")},
        epoch=_whole(content, "epoch", 1_000_000),
        installed_bytes=_whole(content, "installed_bytes", MAX_INSTALLED_BYTES),
        debian=tuple(_matching("debian", one) for one in _list(content, "debian")),
        files=tuple(_entry(one) for one in _list(content, "files")),
    )
    _check_files(manifest.files)
    if manifest_bytes(manifest) != data:
        raise UpdateError(f"{MANIFEST} has keys or an order that do not belong there. Build the bundle again.")
    return manifest


def _wrong(key: str, value: object) -> NoReturn:
    raise UpdateError(f"{MANIFEST}: {key} is wrong: {str(value)[:80]!r}. Build the bundle again.")


def _matching(key: str, value: object) -> str:
    if not isinstance(value, str) or not _SHAPES[key].fullmatch(value):
        _wrong(key, value)
    return value


def _text(content: dict[str, Any], key: str) -> str:
    return _matching(key, content.get(key))


def _whole(content: dict[str, Any], key: str, most: int) -> int:
    value = content.get(key)
    if type(value) is not int or not 0 <= value <= most:
        _wrong(key, value)
    return value


def _list(content: dict[str, Any], key: str) -> list[Any]:
    value = content.get(key)
    if not isinstance(value, list) or len(value) > MAX_FILES:
        _wrong(key, value)
    return value


def _entry(value: object) -> Entry:
    if not isinstance(value, dict):
        _wrong("files", value)
    path = value.get("path")
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise UpdateError(f"{MANIFEST}: {str(path)[:120]!r} is not a place for a file of a bundle (wheels/NAME.whl).")
    return Entry(path, _text(value, "sha256"), _whole(value, "size", MAX_FILE_BYTES))


def _check_files(files: tuple[Entry, ...]) -> None:
    paths = [one.path for one in files]
    if not paths:
        raise UpdateError(f"{MANIFEST} lists no file.")
    if len({path.casefold() for path in paths}) != len(paths):
        raise UpdateError(f"{MANIFEST} lists a path twice, or two that differ only in case.")
    if paths != sorted(paths):
        raise UpdateError(f"{MANIFEST}: the files are not in order of their paths.")
    if sum(one.size for one in files) > MAX_BUNDLE_BYTES:
        raise UpdateError(f"{MANIFEST}: the files are larger than {MAX_BUNDLE_BYTES >> 20} MiB together.")


def version_key(version: str) -> tuple[int, int, int, int]:
    """Return what versions are ordered by; a candidate comes before its release.

    >>> version_key("1.2.0rc1") < version_key("1.2.0") < version_key("1.10.0")
    True
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise UpdateError(f"{version!r} is not a version like 1.2.3 or 1.2.3rc1.")
    major, minor, patch, candidate = match.groups()
    return int(major), int(minor), int(patch), 1000 if candidate is None else int(candidate)


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


def check_signature(data: bytes, signature: bytes | None, signers: Path, revoked: Path | None = None) -> None:
    """Check with OpenSSH that one of the keys in `signers` (ssh-keygen(1), ALLOWED SIGNERS) signed `data`.

    Raises:
        UpdateError: unsigned, signed by nobody we trust, for another purpose, or by a key that was revoked.
    """
    if signature is None:
        raise UpdateError("the bundle is not signed. Sign it: mydesk-fleet bundle sign BUNDLE --key KEY")
    if not signers.is_file():
        raise UpdateError(f"{signers} is missing: nobody is trusted to sign releases. Provision the unit again.")
    with tempfile.NamedTemporaryFile() as file:
        file.write(signature)
        file.flush()
        command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", PRINCIPAL, "-n", NAMESPACE, "-s", file.name]
        if revoked is not None and revoked.is_file():
            command += ["-r", str(revoked)]
        done = _run(command, timeout_s=SSH_KEYGEN_TIMEOUT_S, data=data)
    if done.returncode != 0:
        said = "; ".join((done.stderr + done.stdout).decode("utf-8", "replace").split("\n")).strip("; .")[:300]
        raise UpdateError(
            f"the signature is refused: {said or 'ssh-keygen gave no reason'}. "
            f"The bundle must be signed for {NAMESPACE} by a key in {signers}."
        )


def _run(command: list[str], *, timeout_s: float, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, input=data, capture_output=True, timeout=timeout_s, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise UpdateError(f"{command[0]} is missing. Install its package (openssh-client for ssh-keygen).") from error
    except subprocess.TimeoutExpired as error:
        raise UpdateError(f"{command[0]} did not end within {timeout_s:g} s.") from error
