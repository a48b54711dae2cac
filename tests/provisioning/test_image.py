"""What an image is made of: plans, texts, the mirror of this machine, and the layer for rpi-image-gen."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from provisioning import bundle, image, image_disk, image_root
from provisioning.bundle_lock import Target
from provisioning.cli import app
from provisioning.fleet_error import FleetError
from provisioning.image import ReleaseIn
from provisioning.image_layer import layer_files, write_layer
from provisioning.image_mirror import debian_mirror
from provisioning.image_plan import ESP_BYTES, ESP_START, MIB, ImagePlan, Kernel, partition_table, root_files
from tests.provisioning.bundle_kit import CREATED_S, signer, small_bundle, wheel

PLAN = ImagePlan("x86_64", "http://mirror.example/debian")
KERNEL = Kernel("6.1.0-50-amd64", UUID(int=1), UUID(int=2))

STANZA = """\
Types: deb deb-src
URIs: http://other.example/tools
Suites: stable
Components: contrib

Types: deb
# a comment
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
"""
SECURITY = "Types: deb\nURIs: http://mirror.example/security\nSuites: bookworm-security\nComponents: main\n"
ONE_LINE = (
    "# deb http://no.example bookworm main\ndeb [arch=amd64 signed-by=/k] http://old.example/debian bookworm main\n"
)


@pytest.mark.parametrize(
    ("files", "mirror"),
    [
        ({"sources.list.d/debian.sources": STANZA}, "http://mirror.example/debian"),
        ({"sources.list": ONE_LINE}, "http://old.example/debian"),
        ({"sources.list.d/a.sources": SECURITY, "sources.list.d/b.sources": STANZA}, "http://mirror.example/debian"),
        ({"sources.list.d/a.sources": STANZA + "Enabled: no\n", "sources.list": ONE_LINE}, "http://old.example/debian"),
        ({"sources.list.d/x.sources": STANZA.replace("bookworm", "trixie")}, "http://mirror.example/debian"),
    ],
)
def test_debian_comes_from_where_apt_has_it(tmp_path: Path, files: dict[str, str], mirror: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert debian_mirror("bookworm", tmp_path) == mirror


@pytest.mark.parametrize("text", ["", SECURITY, STANZA.split("\n\n")[0], STANZA.replace("Types: deb\n", "Types: x\n")])
def test_without_debian_a_mirror_must_be_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/a.sources").write_text(text)
    with pytest.raises(FleetError, match="--mirror"):
        debian_mirror("bookworm", tmp_path)


def test_plans_with_the_same_debian_share_it() -> None:
    again = replace(PLAN, root_bytes=MIB, more_packages=("openssh-server",))
    others = [
        replace(PLAN, suite="trixie"),
        replace(PLAN, mirror="http://x.example"),
        replace(PLAN, more_packages=("a",)),
    ]
    assert PLAN.key == again.key
    assert len({PLAN.key, *(other.key for other in others)}) == 4
    assert "linux-image-arm64" in replace(PLAN, architecture="aarch64").packages


def test_kernel_and_root_find_their_partitions() -> None:
    files = root_files(PLAN, KERNEL)
    entry = KERNEL.files(PLAN)["loader/entries/mydesk-6.1.0-50-amd64.conf"]
    options = next(line.split(None, 1)[1] for line in entry.splitlines() if line.startswith("options"))
    assert options == files["etc/kernel/cmdline"].strip()
    assert f"root=PARTUUID={KERNEL.root}" in options
    assert f"PARTUUID={KERNEL.root} / " in files["etc/fstab"]
    assert f"PARTUUID={KERNEL.esp} /boot/efi " in files["etc/fstab"]
    assert "console=ttyAMA0" in root_files(replace(PLAN, architecture="aarch64"), KERNEL)["etc/kernel/cmdline"]
    assert "console=tty1" not in options, "the kernel must not write on the panel"


@pytest.mark.slow
def test_partitions_lie_one_after_the_other(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.touch()
    os.truncate(disk, ESP_START + ESP_BYTES + 3 * MIB + MIB)
    image_root.run_tool(["sfdisk", "--quiet", str(disk)], stdin=partition_table(PLAN, KERNEL, 3 * MIB))
    shown = image_root.run_tool(["sfdisk", "--dump", str(disk)])
    parts = re.findall(r"start=\s*(\d+), size=\s*(\d+), type=([0-9A-F-]+), uuid=([0-9A-F-]+)", shown)
    assert [(int(start) * 512, int(size) * 512) for start, size, *_ in parts] == [
        (ESP_START, ESP_BYTES),
        (ESP_START + ESP_BYTES, 3 * MIB),
    ]
    assert [UUID(one[3]) for one in parts] == [KERNEL.esp, KERNEL.root]


def small_root(folder: Path) -> Path:
    """As much of a Debian as a disk needs."""
    root = folder / "root"
    for name in ("boot/vmlinuz-6.1.0-9-amd64", "boot/vmlinuz-6.1.0-50-amd64", "boot/initrd.img-6.1.0-50-amd64"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    loader = root / "usr/lib/systemd/boot/efi/systemd-bootx64.efi"
    loader.parent.mkdir(parents=True)
    loader.write_text("loader")
    (root / "boot/efi").mkdir()
    return root


@pytest.mark.slow
def test_a_disk_has_what_was_put_in(tmp_path: Path) -> None:
    root, disk = small_root(tmp_path), tmp_path / "disk"
    image_root.write_files(root, root_files(PLAN, KERNEL))
    plan = replace(PLAN, root_bytes=16 * MIB)
    image_disk.make_disk(plan, KERNEL, root, disk)
    (tmp_path / "mydesk").mkdir()
    (tmp_path / "mydesk/seed.json").write_text("seed")
    image_disk.copy_to_boot(disk, tmp_path / "mydesk")
    image_disk.copy_to_boot(disk, tmp_path / "mydesk")  # a second seed replaces the first

    def boot(name: str) -> str:
        return image_root.run_tool(["mtype", "-i", f"{disk}@@{ESP_START}", f"::/{name}"])

    assert boot("EFI/BOOT/BOOTX64.EFI") == "loader"
    assert boot("mydesk/6.1.0-50-amd64/linux") == "boot/vmlinuz-6.1.0-50-amd64"
    assert boot("mydesk/seed.json") == "seed"
    rest = tmp_path / "ext4"
    with disk.open("rb") as stream:
        stream.seek(ESP_START + ESP_BYTES)
        rest.write_bytes(stream.read(16 * MIB))
    assert image_root.run_tool(["debugfs", "-R", "cat /etc/hostname", str(rest)]) == "mydesk-unseeded\n"
    image_root.run_tool(["e2fsck", "-fn", str(rest)])


@pytest.mark.parametrize(
    ("kernels", "newest"), [(("6.1.0-9", "6.1.0-50"), "6.1.0-50"), (("6.12.1", "6.9.1"), "6.12.1")]
)
def test_the_newest_kernel_is_booted(tmp_path: Path, kernels: tuple[str, ...], newest: str) -> None:
    (tmp_path / "boot").mkdir()
    for version in kernels:
        (tmp_path / f"boot/vmlinuz-{version}").touch()
    assert image_disk.kernel_version(tmp_path) == newest


def test_no_kernel_is_told(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="no kernel"):
        image_disk.kernel_version(tmp_path)


def test_nothing_of_the_first_unit_is_in_the_others(tmp_path: Path) -> None:
    kept, gone = (
        ["etc/ssh/sshd_config", "var/lib/apt/lists/lock"],
        ["etc/ssh/ssh_host_rsa_key", "var/lib/dbus/machine-id"],
    )
    gone += ["var/cache/apt/archives/a.deb", "var/lib/apt/lists/a_b"]
    image_root.write_files(tmp_path, dict.fromkeys(kept + gone, "x"))
    image_root.tidy(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)


def test_a_failed_tool_says_what_it_said() -> None:
    with pytest.raises(FleetError, match=r"failed \(3\): no space here"):
        image_root.run_tool(["sh", "-c", "echo no space here >&2; exit 3"])
    with pytest.raises(FleetError, match="cannot be run"):
        image_root.run_tool(["no-such-tool-at-all"])


def test_a_bundle_of_another_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, path = signer(tmp_path), small_bundle(tmp_path)
    bundle.sign(path, key.key)
    monkeypatch.setattr(image, "needed_tools", lambda plan: None)
    release = ReleaseIn(path, key.signers)
    for plan in (replace(PLAN, architecture="aarch64"), replace(PLAN, suite="trixie")):
        with pytest.raises(FleetError, match=r"is for x86_64 and Python 3\.11"):
            image.build(plan, tmp_path / "out.img", release, lambda text: None)
    with pytest.raises(bundle.BundleError):
        image.build(PLAN, tmp_path / "out.img", replace(release, signers=signer(tmp_path, "other").signers), print)
    with pytest.raises(FleetError, match="no images of sid"):
        image.build(replace(PLAN, suite="sid"), tmp_path / "out.img", None, print)
    assert not (tmp_path / "out.img").exists()


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda tool, path: None if tool in ("mcopy", "mke2fs") else tool)
    with pytest.raises(FleetError, match=r"apt install e2fsprogs mtools$"):
        image_root.needed_tools(PLAN)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(FleetError, match="sudo"):
        image_root.needed_tools(PLAN)


def test_a_layer_is_for_a_raspberry_pi(tmp_path: Path) -> None:
    key, path = signer(tmp_path), small_bundle(tmp_path)
    bundle.sign(path, key.key)
    with pytest.raises(FleetError, match="aarch64"):
        write_layer(tmp_path / "layer", ReleaseIn(path, key.signers), "rpi5")


def test_a_layer_has_all_that_the_image_builder_needs(tmp_path: Path) -> None:
    key, path = signer(tmp_path), tmp_path / "pi.bundle"
    own = wheel(tmp_path / "wheels", "mydesk_firmware", "1.0.0", {"mydesk_app.py": ""})
    bundle.build(bundle.Release("1.0.0", Target("3.13", "aarch64"), CREATED_S), [own], path)
    bundle.sign(path, key.key)
    names = write_layer(tmp_path / "layer", ReleaseIn(path, key.signers), "rpi4")
    found = {str(one.relative_to(tmp_path / "layer")) for one in (tmp_path / "layer").rglob("*") if one.is_file()}
    assert found == set(names)
    assert (tmp_path / "layer/release.bundle").read_bytes() == path.read_bytes()
    assert os.access(tmp_path / "layer/files/usr/local/sbin/mydesk-update", os.X_OK)
    assert "layer: rpi4" in (tmp_path / "layer/config/mydesk.yaml").read_text()
    with pytest.raises(FleetError, match="already"):
        write_layer(tmp_path / "layer", ReleaseIn(path, key.signers), "rpi4")


def test_a_layer_stages_the_release_with_our_own_updater() -> None:
    files = layer_files("trixie", "rpi5", ("python3-lgpio",), "signers")
    layer = files["layer/mydesk.yaml"]
    assert "\n    - python3-lgpio\n" in layer
    words = re.findall(r"chroot \"\$1\" /usr/local/sbin/mydesk-update (\w+)", layer)
    assert words == ["stage", "activate", "commit"]
    assert "base: trixie-minbase" in files["config/mydesk.yaml"]
    assert tomllib.loads(files["files/etc/mydesk/update.toml"])["services"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "--out", "x.img", "--bundle", __file__], "go together"),
        (["build", "--out", "x.img", "--bundle", "nowhere.bundle"], "does not exist"),
        (["build", "--out", "/no/such/folder/x.img", "--mirror", "http://x"], "no folder"),
    ],
)
def test_wrong_use_is_told(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["image", *words])
    assert done.exit_code != 0
    assert said in done.output + str(done.exception)


def test_a_cache_that_cannot_be_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    told = CliRunner().invoke(
        app, ["image", "build", "--out", str(tmp_path / "x.img"), "--cache", str(tmp_path / "cache")]
    )
    assert isinstance(told.exception, FleetError)
    assert "Name another folder with --cache." in str(told.exception)
