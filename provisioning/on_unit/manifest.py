"""The manifest of a bundle: the only part that is signed, in the only encoding that is valid. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from provisioning.on_unit.errors import UpdateError

FORMAT = 1
MANIFEST = "manifest.json"
MAX_FILES = 1000
MAX_FILE_BYTES = 512 << 20
MAX_BUNDLE_BYTES = 1 << 30
MAX_INSTALLED_BYTES = 4 << 30
MAX_EPOCH = 1_000_000

_PATH = re.compile(r"wheels/[A-Za-z0-9][A-Za-z0-9._+-]{0,80}\.whl")
_VERSION = re.compile(r"(\d{1,5})\.(\d{1,5})\.(\d{1,5})(?:rc(\d{1,3}))?", re.ASCII)
_SHAPES: dict[str, re.Pattern[str]] = {
    "name": re.compile(r"[a-z0-9-]{1,40}"),
    "version": _VERSION,
    "min_from": _VERSION,
    "python": re.compile(r"3\.\d{1,2}", re.ASCII),
    "architecture": re.compile(r"aarch64|x86_64"),
    "created": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII),
    "sha256": re.compile(r"[0-9a-f]{64}"),
    "debian": re.compile(r"[a-z0-9][a-z0-9+.-]{1,60}"),
}


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
        epoch=_whole(content, "epoch", MAX_EPOCH),
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
