"""A bundle is built twice alike, and trusted only when somebody we trust signed exactly it."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from provisioning import bundle
from provisioning.on_unit.bundle_reader import END_OF_TAR, SIGNATURE, BundleReader
from provisioning.on_unit.manifest import MANIFEST, parse_manifest, version_key
from tests.provisioning.bundle_kit import CREATED_S, TARGET, Signer, signer, small_bundle, wheel


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("keys"))


def test_two_builds_give_the_same_bytes(tmp_path: Path, ours: Signer) -> None:
    one, two = small_bundle(tmp_path / "one"), small_bundle(tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()
    for path in (one, two):
        bundle.sign(path, ours.key)
    assert one.read_bytes() == two.read_bytes(), "Ed25519 signatures are deterministic"


def test_it_is_a_plain_tar(tmp_path: Path) -> None:
    """GNU tar and Python's own read it, so that a person can look into it anywhere."""
    path = small_bundle(tmp_path)
    with tarfile.open(path, "r:") as archive:
        members = archive.getmembers()
        assert [one.name for one in members] == [
            MANIFEST,
            "wheels/mydesk_firmware-1.0.0.whl",
            "wheels/other_part-2.1.whl",
        ]
        assert {(one.uid, one.gid, one.mtime, one.mode, one.isreg()) for one in members} == {(0, 0, 0, 0o644, True)}
    subprocess.run(["tar", "tf", str(path)], check=True, capture_output=True)


def test_the_manifest_says_what_is_in_it(tmp_path: Path, ours: Signer) -> None:
    path = small_bundle(tmp_path, "1.2.3", epoch=4, min_from="1.1.0")
    bundle.sign(path, ours.key)
    manifest = bundle.verify(path, ours.signers)
    assert (manifest.version, manifest.epoch, manifest.min_from) == ("1.2.3", 4, "1.1.0")
    assert (manifest.python, manifest.architecture) == ("3.11", "x86_64")
    assert manifest.created == "2026-09-21T14:13:20Z"
    assert manifest.installed_bytes == sum(len(text) for text in ("VERSION = '1.2.3'\n", "A = 1\n"))


def test_signing_again_replaces_the_signature(tmp_path: Path, ours: Signer) -> None:
    path, other = small_bundle(tmp_path / "b"), signer(tmp_path, "other")
    bundle.sign(path, other.key)
    bundle.sign(path, ours.key)
    assert bundle.verify(path, ours.signers)
    with pytest.raises(bundle.BundleError, match="signature is refused"):
        bundle.verify(path, other.signers)


def test_an_independent_program_agrees(tmp_path: Path, ours: Signer) -> None:
    """asyncssh has its own SSHSIG: it accepts ours, and OpenSSH accepts its."""
    path = small_bundle(tmp_path)
    bundle.sign(path, ours.key)
    with path.open("rb") as stream:
        reader = BundleReader(stream)
    assert reader.signature is not None
    assert asyncssh.validate_sshsig(reader.manifest_data, reader.signature, "mydesk-release", str(ours.signers))
    made = asyncssh.create_sshsig(str(ours.key), reader.manifest_data, namespace="mydesk-release")
    assert asyncssh.validate_sshsig(reader.manifest_data, made, "mydesk-release", str(ours.signers))
    assert not asyncssh.validate_sshsig(reader.manifest_data + b" ", made, "mydesk-release", str(ours.signers))


def test_both_keys_of_a_change_over_are_trusted(tmp_path: Path, ours: Signer) -> None:
    new = signer(tmp_path, "new")
    both = tmp_path / "both"
    both.write_text(ours.signers.read_text() + new.signers.read_text())
    for key in (ours.key, new.key):
        path = small_bundle(tmp_path / "bundles" / key.name)
        bundle.sign(path, key)
        assert bundle.verify(path, both)


def test_an_unsigned_bundle_is_refused(tmp_path: Path, ours: Signer) -> None:
    with pytest.raises(bundle.BundleError, match=r"not signed\. Sign it: mydesk-fleet bundle sign"):
        bundle.verify(small_bundle(tmp_path), ours.signers)


def test_a_revoked_key_is_refused(tmp_path: Path, ours: Signer) -> None:
    path, krl = small_bundle(tmp_path), tmp_path / "krl"
    bundle.sign(path, ours.key)
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", str(krl), str(ours.key.with_suffix(".pub"))], check=True)
    assert bundle.verify(path, ours.signers)
    with pytest.raises(bundle.BundleError, match="signature is refused"):
        bundle.verify(path, ours.signers, krl)


def test_a_signature_for_another_purpose_is_refused(tmp_path: Path) -> None:
    """Even when the signers' file does not limit what the key is for."""
    anything = signer(tmp_path, "anything", namespaces="")
    path = small_bundle(tmp_path / "b")
    bundle.sign(path, anything.key)
    with path.open("rb") as stream:
        reader = BundleReader(stream)
    assert reader.signature is not None
    wrong = asyncssh.create_sshsig(str(anything.key), reader.manifest_data, namespace="file")
    assert len(wrong) < len(reader.signature)
    swapped = _with_signature(path, wrong)
    with pytest.raises(bundle.BundleError, match="signature is refused"):
        bundle.verify(swapped, anything.signers)


def _with_signature(path: Path, signature: bytes) -> Path:
    swapped = path.with_name("swapped")
    with path.open("rb") as stream, swapped.open("wb") as out:
        reader = BundleReader(stream)
        manifest = parse_manifest(reader.manifest_data)
        bundle._add(out, MANIFEST, reader.manifest_data)
        bundle._add(out, SIGNATURE, signature)
        for entry, pieces in reader.files(manifest):
            bundle._add(out, entry.path, b"".join(pieces))
        out.write(END_OF_TAR)
    return swapped


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda signature: signature[: len(signature) // 2],
    "empty": lambda _: b"",
    "no armour": lambda signature: b"".join(signature.splitlines()[1:-1]),
    "one letter": lambda signature: signature[:200] + bytes([signature[200] ^ 3]) + signature[201:],
    "rubbish": lambda signature: b"\0" * len(signature),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_signature_is_refused(tmp_path: Path, ours: Signer, damage: str) -> None:
    path = small_bundle(tmp_path)
    bundle.sign(path, ours.key)
    with pytest.raises(bundle.BundleError, match="signature is refused"):
        bundle.verify(_with_signature(path, DAMAGED[damage](_signature(path))), ours.signers)


def test_a_signature_of_another_release_is_refused(tmp_path: Path, ours: Signer) -> None:
    old, new = small_bundle(tmp_path / "old"), small_bundle(tmp_path / "new", "1.0.1")
    bundle.sign(old, ours.key)
    with pytest.raises(bundle.BundleError, match="signature is refused"):
        bundle.verify(_with_signature(new, _signature(old)), ours.signers)


SIGNERS = {
    "expired": 'mydesk-release namespaces="mydesk-release",valid-before="20200101" ',
    "not yet": 'mydesk-release namespaces="mydesk-release",valid-after="21000101" ',
    "somebody else": 'ida namespaces="mydesk-release" ',
    "for other things": 'mydesk-release namespaces="file" ',
    "an authority, not a signer": 'mydesk-release cert-authority,namespaces="mydesk-release" ',
}


@pytest.mark.parametrize("kind", SIGNERS)
def test_a_key_that_may_not_sign_releases_is_refused(tmp_path: Path, ours: Signer, kind: str) -> None:
    path, signers = small_bundle(tmp_path), tmp_path / "signers"
    bundle.sign(path, ours.key)
    signers.write_text(SIGNERS[kind] + ours.key.with_suffix(".pub").read_text())
    with pytest.raises(bundle.BundleError, match="signature is refused"):
        bundle.verify(path, signers)
    signers.write_text(SIGNERS[kind] + ours.key.with_suffix(".pub").read_text() + ours.signers.read_text())
    assert bundle.verify(path, signers), "beside a line that lets it"


def _signature(path: Path) -> bytes:
    with path.open("rb") as stream:
        signature = BundleReader(stream).signature
    assert signature is not None
    return signature


def test_without_trusted_keys_nothing_is_trusted(tmp_path: Path, ours: Signer) -> None:
    path = small_bundle(tmp_path)
    bundle.sign(path, ours.key)
    with pytest.raises(bundle.BundleError, match="nobody is trusted to sign releases"):
        bundle.verify(path, tmp_path / "none")


@pytest.mark.parametrize(
    ("key", "said"),
    [("missing", "No such file"), ("rubbish", "did not sign")],
)
def test_a_key_that_is_none(tmp_path: Path, key: str, said: str) -> None:
    path = small_bundle(tmp_path)
    (tmp_path / "rubbish").write_text("no key")
    before = path.read_bytes()
    with pytest.raises(bundle.BundleError, match=said):
        bundle.sign(path, tmp_path / key)
    assert path.read_bytes() == before, "the bundle is as it was"
    assert not list(tmp_path.glob("tmp*")), "no half file stays"


def test_our_own_wheel_must_be_there(tmp_path: Path) -> None:
    other = wheel(tmp_path, "other", "1.0", {"a.py": ""})
    with pytest.raises(bundle.BundleError, match=r"mydesk_firmware-1\.0\.0\.whl is not among the wheels"):
        bundle.build(bundle.Release("1.0.0", TARGET, CREATED_S), [other], tmp_path / "b")


@pytest.mark.parametrize("version", ["1.0", "1.0.0beta", "1.0.0rc1000", "1.0.0+local"])
def test_versions_are_plain(tmp_path: Path, version: str) -> None:
    own = wheel(tmp_path, "mydesk_firmware", version, {"a.py": ""})
    with pytest.raises(bundle.BundleError, match="version is wrong"):
        bundle.build(bundle.Release(version, TARGET, CREATED_S), [own], tmp_path / "b")


def test_versions_are_ordered_as_people_do() -> None:
    ordered = ["0.9.9", "1.0.0rc1", "1.0.0rc2", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0rc1"]
    assert [version_key(one) for one in ordered] == sorted({version_key(one) for one in ordered})
