"""Hostile bundles: whatever is wrong with an archive or its manifest, nothing gets past the reader, with a reason."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.on_unit.bundle_reader import END_OF_TAR, MAX_MANIFEST_BYTES, BundleReader, padding, tar_header
from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.manifest import (
    MANIFEST,
    MAX_BUNDLE_BYTES,
    MAX_FILE_BYTES,
    Entry,
    Manifest,
    manifest_bytes,
    parse_manifest,
)

A, B = b"first wheel", b"x" * 700


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


FILES = (Entry("wheels/a-1.whl", sha256(A), len(A)), Entry("wheels/b-1.whl", sha256(B), len(B)))
GOOD = Manifest(
    "mydesk-firmware", "1.0.0", 1, "0.0.0", "3.11", "aarch64", "2026-11-22T12:00:00Z", 1000, ("libgl1",), FILES
)


def read(data: bytes) -> dict[str, bytes]:
    """Everything that the reader gives out; the signature is another matter."""
    reader = BundleReader(io.BytesIO(data))
    manifest = parse_manifest(reader.manifest_data)
    return {entry.path: b"".join(pieces) for entry, pieces in reader.files(manifest)}


def member(path: str, data: bytes) -> bytes:
    return tar_header(path, len(data)) + data + padding(len(data))


def archive(*parts: bytes, manifest: bytes | None = None, end: bytes = END_OF_TAR) -> bytes:
    return member(MANIFEST, manifest_bytes(GOOD) if manifest is None else manifest) + b"".join(parts) + end


ONE, TWO = member("wheels/a-1.whl", A), member("wheels/b-1.whl", B)
WHOLE = archive(ONE, TWO)


def odd(name: str, kind: bytes = tarfile.REGTYPE, **values: Any) -> bytes:
    """A header as tarfile makes it."""
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in values.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.PAX_FORMAT)


def gnu(name: str, link: str = "") -> bytes:
    """A header as GNU tar makes it, which puts long names in front."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = (tarfile.SYMTYPE if link else tarfile.REGTYPE), link
    return info.tobuf(tarfile.GNU_FORMAT)


def test_a_good_bundle_is_read() -> None:
    assert read(WHOLE) == {"wheels/a-1.whl": A, "wheels/b-1.whl": B}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "ends in the middle of manifest", id="empty"),
        pytest.param(b"PK\x03\x04" * 200, "this is no bundle", id="another format"),
        pytest.param(odd("manifest.json", mode=0o600), "another size, owner, mode", id="tar"),
        pytest.param(WHOLE[:-1], "ends in the middle of its end", id="end cut"),
        pytest.param(WHOLE[:2000], "ends in the middle of", id="cut off"),
        pytest.param(WHOLE + b"\0" * 512, "goes on after its end", id="longer end"),
        pytest.param(WHOLE + WHOLE, "goes on after its end", id="two bundles"),
        pytest.param(archive(ONE), "an early end where 'wheels/b-1.whl'", id="a file is missing"),
        pytest.param(archive(TWO, ONE), "'wheels/b-1.whl' where 'wheels/a-1.whl'", id="another order"),
        pytest.param(archive(ONE, ONE, TWO), "'wheels/a-1.whl' where 'wheels/b-1.whl'", id="twice"),
        pytest.param(archive(ONE, TWO, member("wheels/c.whl", A)), "c.whl', which is not in its manifest", id="more"),
        pytest.param(archive(odd("../../etc/passwd"), TWO), "leads out of it", id="path traversal"),
        pytest.param(archive(odd("/etc/passwd"), TWO), "leads out of it", id="absolute"),
        pytest.param(archive(odd("wheels/a-1.whl", tarfile.SYMTYPE, linkname="/etc")), "a symbolic link", id="symlink"),
        pytest.param(archive(odd("wheels/a-1.whl", tarfile.LNKTYPE, linkname="x")), "a hard link", id="hard link"),
        pytest.param(archive(odd("wheels/a-1.whl", tarfile.CHRTYPE)), "a character device", id="character device"),
        pytest.param(archive(odd("wheels/a-1.whl", tarfile.BLKTYPE)), "a block device", id="block device"),
        pytest.param(archive(odd("wheels/a-1.whl", tarfile.FIFOTYPE)), "a named pipe", id="pipe"),
        pytest.param(archive(odd("wheels", tarfile.DIRTYPE)), "a folder", id="folder"),
        pytest.param(archive(odd("wheels/" + "n" * 300)), "an extended header", id="long name"),
        pytest.param(archive(odd("wheels/a-1.whl", b"S")), "a sparse file", id="sparse"),
        pytest.param(archive(gnu("wheels/" + "n" * 300)), "a long name", id="GNU's long name"),
        pytest.param(archive(gnu("wheels/a-1.whl", "/" + "n" * 300)), "a long link", id="GNU's long link"),
        pytest.param(archive(odd("pax", tarfile.XGLTYPE)), "an extended header", id="global header"),
        pytest.param(archive(odd("wheels/a-1.whl", tarfile.LNKTYPE, linkname="/etc/shadow")), "hard", id="link out"),
        pytest.param(archive(odd("wheels/a\u0301-1.whl")), "an extended header", id="decomposed letter"),
        pytest.param(archive(odd("wheels/a-1.whl\0.py", size=11)), "where 'wheels/a-1.whl' belongs", id="zero byte"),
        pytest.param(archive(member(MANIFEST, b"{}"), ONE, TWO), "'manifest.json' where", id="second manifest"),
        pytest.param(archive(ONE, TWO, member(MANIFEST, b"{}")), "not in its manifest", id="manifest at the end"),
        pytest.param(archive(odd("wheels/a-1.whl", uid=1000, size=11)), "another size, owner", id="owner"),
        pytest.param(archive(odd("wheels/a-1.whl", mode=0o4755, size=11)), "another size, owner, mode", id="setuid"),
        pytest.param(archive(odd("wheels/a-1.whl", mtime=1, size=11)), "owner, mode or time", id="time"),
        pytest.param(archive(odd("wheels/A-1.whl")), "'wheels/A-1.whl' where", id="another case"),
        pytest.param(archive(member("wheels/a-1.whl", A + b"!"), TWO), "another size", id="another size"),
        pytest.param(archive(member("wheels/a-1.whl", A[::-1]), TWO), "sha256 differs", id="other content"),
        pytest.param(archive(ONE[:-1] + b"!", TWO), "hides data behind wheels/a-1.whl", id="hidden data"),
        pytest.param(tar_header(MANIFEST, 1 << 30), "manifest.json is larger than", id="huge manifest"),
        pytest.param(tar_header("manifest.json.sig", 9), "where 'manifest.json' belongs", id="signature first"),
        pytest.param(
            member(MANIFEST, b"{}") + tar_header("manifest.json.sig", 1 << 20),
            "manifest.json.sig is larger",
            id="huge",
        ),
    ],
)
def test_a_hostile_archive_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(UpdateError, match=said):
        read(data)


def changed(**values: object) -> bytes:
    """The good manifest with other values, encoded as ours are."""
    content = json.loads(manifest_bytes(GOOD)) | values
    return json.dumps({k: v for k, v in content.items() if v is not None}, indent=1, sort_keys=True).encode() + b"\n"


def files(*paths: str, size: object = 1, digest: str = "0" * 64) -> list[dict[str, object]]:
    return [{"path": path, "sha256": digest, "size": size} for path in paths]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (changed(format=2), "format 2 is not known here"),
        (changed(format=None), "format None is not known"),
        (changed(name="My Desk"), "name is wrong"),
        (changed(version="1.0"), "version is wrong"),
        (changed(version=1), "version is wrong"),
        (changed(version="../../1.0.0"), "version is wrong"),
        (changed(version="\u0661.0.0"), "version is wrong"),
        (changed(python="3.\u0661\u0661"), "python is wrong"),
        (changed(min_from=None), "min_from is wrong"),
        (changed(epoch=-1), "epoch is wrong"),
        (changed(epoch=True), "epoch is wrong"),
        (changed(epoch=1.0), "epoch is wrong"),
        (changed(epoch=10**30), "epoch is wrong"),
        (changed(python="2.7"), "python is wrong"),
        (changed(architecture="sparc"), "architecture is wrong"),
        (changed(created="yesterday"), "created is wrong"),
        (changed(installed_bytes=1 << 60), "installed_bytes is wrong"),
        (changed(debian=["libgl1; rm -rf /"]), "debian is wrong"),
        (changed(debian="libgl1"), "debian is wrong"),
        (changed(files=[]), "lists no file"),
        (changed(files=["wheels/a.whl"]), "files is wrong"),
        (changed(files=files(*(f"wheels/{n}.whl" for n in range(1001)))), "files is wrong"),
        (changed(files=files("../a.whl")), "not a place for a file"),
        (changed(files=files("/wheels/a.whl")), "not a place for a file"),
        (changed(files=files("wheels/../../a.whl")), "not a place for a file"),
        (changed(files=files("wheels/sub/a.whl")), "not a place for a file"),
        (changed(files=files("wheels/.a.whl")), "not a place for a file"),
        (changed(files=files("wheels/å.whl")), "not a place for a file"),
        (changed(files=files("wheels/a.whl\n")), "not a place for a file"),
        (changed(files=files("manifest.json")), "not a place for a file"),
        (changed(files=files("wheels/" + "n" * 100 + ".whl")), "not a place for a file"),
        (changed(files=files("wheels/a.whl", "wheels/a.whl")), "a path twice"),
        (changed(files=files("wheels/A.whl", "wheels/a.whl")), "differ only in case"),
        (changed(files=files("wheels/b.whl", "wheels/a.whl")), "not in order"),
        (changed(files=files("wheels/a.whl", digest="0" * 63)), "sha256 is wrong"),
        (changed(files=files("wheels/a.whl", size=-1)), "size is wrong"),
        (changed(files=files("wheels/a.whl", size=MAX_FILE_BYTES + 1)), "size is wrong"),
        (changed(files=files("wheels/a.whl", "wheels/b.whl", "wheels/c.whl", size=MAX_FILE_BYTES)), "larger than"),
        (changed(surprise=1), "keys or an order"),
        (manifest_bytes(GOOD) + b" ", "keys or an order"),
        (manifest_bytes(GOOD).replace(b'"epoch": 1,', b'"epoch": 9,\n "epoch": 1,'), "keys or an order"),
    ],
)
def test_a_manifest_that_lies_or_rambles_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(UpdateError, match=said):
        parse_manifest(data)


def test_the_bounds_fit_together() -> None:
    assert 3 * MAX_FILE_BYTES > MAX_BUNDLE_BYTES
    longest = tuple(Entry(f"wheels/{n:0>80}.whl", "0" * 64, 1) for n in range(1000))
    full = replace(GOOD, files=longest)
    assert len(manifest_bytes(full)) < MAX_MANIFEST_BYTES
    assert parse_manifest(manifest_bytes(full)) == full


Change = Callable[[bytes], bytes]


def _flip(place: int, bit: int) -> Change:
    return lambda data: data[:place] + bytes(byte ^ 1 << bit for byte in data[place : place + 1]) + data[place + 1 :]


PLACES = st.integers(0, len(WHOLE) - 1)
CHANGES = st.one_of(
    st.builds(_flip, PLACES, st.integers(0, 7)),
    st.builds(lambda at: lambda data: data[:at], PLACES),
    st.builds(lambda at, new: lambda data: data[:at] + new + data[at:], PLACES, st.binary(min_size=1, max_size=600)),
    st.builds(lambda at, size: lambda data: data[:at] + data[at + size :], PLACES, st.integers(1, 600)),
    st.builds(lambda at, new: lambda data: data[:at] + new + data[at + len(new) :], PLACES, st.binary(min_size=512)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(CHANGES, min_size=1, max_size=3))
def test_no_change_of_a_bundle_goes_unnoticed(changes: list[Change]) -> None:
    """With the manifest given (it is signed), every other byte is held by it: what comes out is right, or nothing."""
    data = WHOLE
    for change in changes:
        data = change(data)
    reader_out: dict[str, bytes] = {}
    try:
        reader = BundleReader(io.BytesIO(data))
        if reader.manifest_data != manifest_bytes(GOOD):
            return  # the signature's business
        for entry, pieces in reader.files(GOOD):
            reader_out[entry.path] = b"".join(pieces)
    except UpdateError:
        return
    assert data == WHOLE
    assert reader_out == {"wheels/a-1.whl": A, "wheels/b-1.whl": B}


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000))
def test_rubbish_is_refused_with_our_error(data: bytes) -> None:
    with pytest.raises(UpdateError):
        read(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(Manifest.__slots__), JSON)
def test_any_value_anywhere_in_the_manifest_is_taken_or_refused(key: str, value: object) -> None:
    try:
        manifest = parse_manifest(changed(**{key: value}))
    except UpdateError:
        return
    assert manifest_bytes(manifest) == changed(**{key: value})
