"""mydesk-fleet bundle: build, sign and verify releases."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from common.errors import MyDeskError
from provisioning import bundle
from provisioning.bundle_lock import Target, pins
from provisioning.bundle_wheels import build_own, download, last_commit_s
from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.manifest import MAX_EPOCH, Manifest, version_key

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Signed release bundles.")


class Python(StrEnum):
    """Python of Debian 12 and of Debian 13."""

    BOOKWORM = "3.11"
    TRIXIE = "3.13"


class Architecture(StrEnum):
    """As `uname -m` says it on the unit."""

    AARCH64 = "aarch64"
    X86_64 = "x86_64"


JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]
BundleArgument = Annotated[Path, typer.Argument(help="The bundle.", exists=True, dir_okay=False)]


def _version_number(text: str) -> str:
    try:
        version_key(text)
    except UpdateError as error:
        raise typer.BadParameter(str(error)) from error
    return text


@app.command()
def build(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the bundle into.")] = Path(),
    source: Annotated[Path, typer.Option("--source", help="Git checkout of mydesk-firmware.")] = Path(),
    python: Annotated[Python, typer.Option("--python", help="Python of the unit.")] = Python.TRIXIE,
    architecture: Annotated[Architecture, typer.Option("--architecture", help="Of the unit.")] = Architecture.AARCH64,
    epoch: Annotated[
        int, typer.Option("--epoch", min=0, max=MAX_EPOCH, help="Units never go back below the epoch they have.")
    ] = 1,
    min_from: Annotated[
        str, typer.Option("--min-from", callback=_version_number, help="Oldest version this one may follow.")
    ] = "0.0.0",
    wheels: Annotated[Path | None, typer.Option("--wheels", help="Folder where fetched wheels are kept.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Build an unsigned bundle: our wheel from the tracked files, all others by the hashes of requirements.lock.

    The same checkout gives the same bytes; SOURCE_DATE_EPOCH, or else the last commit, is its time.

    Example: mydesk-fleet bundle build --python 3.13 --architecture aarch64 --out releases
    """
    with _told(), tempfile.TemporaryDirectory() as temporary:
        target = Target(python.value, architecture.value)
        release = bundle.Release(_version(source), target, _created_s(source), epoch, min_from)
        own = build_own(source, Path(temporary), epoch_s=release.created_s)
        locked = pins(_text(source / "requirements.lock"), target)
        others = download(locked, target, _folder(wheels or Path(temporary) / "locked", target))
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"mydesk-{release.version}-py{target.python}-{target.architecture}.bundle"
        manifest = bundle.build(release, (own, *others), path)
    _show(path, manifest, as_json, f"Then: mydesk-fleet bundle sign {path} --key KEY")


@app.command()
def sign(
    path: BundleArgument,
    key: Annotated[Path, typer.Option("--key", help="SSH key; its .pub when an agent or token has the other half.")],
    as_json: JsonFlag = False,
) -> None:
    """Sign a bundle in place.

    Example: mydesk-fleet bundle sign releases/mydesk-1.2.0-py3.13-aarch64.bundle --key ~/.ssh/mydesk_release
    """
    with _told():
        manifest = bundle.sign(path, key)
    _show(path, manifest, as_json, f"Then: mydesk-fleet bundle verify {path} --signers FILE")


@app.command()
def verify(
    path: BundleArgument,
    signers: Annotated[Path, typer.Option("--signers", help="Who may sign (ssh-keygen(1), ALLOWED SIGNERS).")],
    revoked: Annotated[Path | None, typer.Option("--revoked", help="Keys no longer trusted (a KRL).")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check the signature and each file, exactly as a unit does.

    A line of the signers' file: mydesk-release namespaces="mydesk-release" ssh-ed25519 AAAA...

    Example: mydesk-fleet bundle verify releases/mydesk-1.2.0-py3.13-aarch64.bundle --signers release_signers
    """
    with _told():
        manifest = bundle.verify(path, signers, revoked)
    _show(path, manifest, as_json, "Signature and all files are good.")


def _version(source: Path) -> str:
    try:
        return str(tomllib.loads(_text(source / "pyproject.toml"))["project"]["version"])
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise MyDeskError(f"{source / 'pyproject.toml'} names no version.", hint="Use --source CHECKOUT.") from error


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise MyDeskError(f"{path}: {error.strerror}.", hint="Use --source with a checkout.") from error


def _created_s(source: Path) -> int:
    wanted = os.environ.get("SOURCE_DATE_EPOCH")
    if wanted is None:
        return last_commit_s(source)
    if not wanted.isascii() or not wanted.isdecimal() or len(wanted) > 10:
        raise MyDeskError(f"SOURCE_DATE_EPOCH is {wanted[:40]!r}.", hint="It must be whole seconds since 1970.")
    return int(wanted)


def _folder(folder: Path, target: Target) -> Path:
    """One for each target: two of them have wheels of the same package."""
    return folder / f"py{target.python}-{target.architecture}"


def _show(path: Path, manifest: Manifest, as_json: bool, then: str) -> None:
    if as_json:
        typer.echo(json.dumps({"bundle": str(path), "bytes": path.stat().st_size, "manifest": asdict(manifest)}))
        return
    typer.echo(
        f"{path}: {manifest.name} {manifest.version}, epoch {manifest.epoch}, Python {manifest.python}, "
        f"{manifest.architecture}, {len(manifest.files)} wheels, {path.stat().st_size / 1e6:.1f} MB\n{then}"
    )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except MyDeskError as error:
        sys.stderr.write(f"mydesk-fleet: {error}\n")
        raise typer.Exit(1) from error
