"""Secrets are found where the inventory refers to, and never told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from provisioning import secret_refs
from provisioning.fleet_error import FleetError
from provisioning.inventory import SecretRef
from provisioning.secret_refs import reference_to, resolve
from provisioning.settings_layers import Reference


def ref(kind: str, *place: str) -> Reference:
    return Reference(kind, place)


def test_the_three_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("s3cret æ\n")
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setenv("MYDESK_TEST", "from env")
    assert resolve(ref("file", "key"), tmp_path, "x") == "s3cret æ"
    assert resolve(ref("env", "MYDESK_TEST"), tmp_path, "x") == "from env"
    assert resolve(ref("command", "cat", "key"), tmp_path, "x") == "s3cret æ"
    assert resolve(ref("command", "printf", "%s", "$HOME `id`"), tmp_path, "x") == "$HOME `id`"


REFS = [
    (SecretRef(file="a"), ref("file", "a")),
    (SecretRef(env="A"), ref("env", "A")),
    (SecretRef(command=("a", "b")), ref("command", "a", "b")),
]


@pytest.mark.parametrize(("section", "reference"), REFS)
def test_sections_are_references(section: SecretRef, reference: Reference) -> None:
    assert reference_to(section) == reference


BAD = {
    "no file": (ref("file", "none"), "is no file"),
    "a folder": (ref("file", "."), "is no file"),
    "open to all": (ref("file", "open"), "is open to everybody. chmod 0600"),
    "empty file": (ref("file", "empty"), "is empty"),
    "long": (ref("file", "long"), "is longer than 16384 bytes"),
    "binary": (ref("file", "binary"), "is not UTF-8 text"),
    "lines": (ref("file", "lines"), "several lines"),
    "no variable": (ref("env", "MYDESK_NONE"), "Set MYDESK_NONE and try again"),
    "no program": (ref("command", "no-such-program"), "No such file"),
    "fails": (ref("command", "sh", "-c", "echo s3cret; exit 3"), "failed (3)"),
    "silent": (ref("command", "true"), "is empty"),
    "slow": (ref("command", "sleep", "9"), "did not tell"),
}


@pytest.mark.parametrize(("reference", "message"), BAD.values(), ids=list(BAD))
def test_what_is_wrong_is_told_without_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: Reference, message: str
) -> None:
    monkeypatch.setattr(secret_refs, "COMMAND_TIMEOUT_S", 0.2 if "sleep" in reference.place else 20)
    files = {
        "open": b"s3cret",
        "empty": b"\n",
        "long": b"s3cret" * 4000,
        "binary": b"s3cret\xff",
        "lines": b"s3cret\n\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o644 if name == "open" else 0o600)
    with pytest.raises(FleetError) as caught:
        resolve(reference, tmp_path, "the PIN")
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert os.environ.get("MYDESK_NONE") is None
