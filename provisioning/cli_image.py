"""mydesk-fleet image: disk images with a release inside, and the layer for Raspberry Pi's own image builder."""

from __future__ import annotations

import re
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from provisioning.cli_bundle import Architecture
from provisioning.cli_options import JsonFlag, print_json
from provisioning.fleet_error import FleetError
from provisioning.image import ReleaseIn
from provisioning.image import build as build_image
from provisioning.image_layer import write_layer
from provisioning.image_mirror import debian_mirror
from provisioning.image_plan import MIB, ImagePlan

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Disk images with a release inside.")


PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
"""Debian Policy, 5.6.1."""


class Suite(StrEnum):
    """Of Debian: those whose Python has releases."""

    BOOKWORM = "bookworm"
    TRIXIE = "trixie"


class Board(StrEnum):
    """As rpi-image-gen names its device layers."""

    PI3 = "rpi3"
    PI4 = "rpi4"
    PI5 = "rpi5"


def _package_names(names: list[str] | None) -> list[str] | None:
    for name in names or ():
        if not PACKAGE.fullmatch(name):
            raise typer.BadParameter(f"{name!r} is no name of a package.")
    return names


def _make_folder(folder: Path) -> None:
    """Before the long work, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FleetError(f"{folder}: {error.strerror}.", hint="Name another folder with --cache.") from error


@app.command()
def build(
    out: Annotated[Path, typer.Option("--out", help="The image to write.")],
    bundle: Annotated[Path | None, typer.Option("--bundle", help="Signed release to put in.", exists=True)] = None,
    signers: Annotated[
        Path | None,
        typer.Option("--signers", help="Whose releases the units take; needed with --bundle.", exists=True),
    ] = None,
    architecture: Annotated[Architecture, typer.Option("--architecture", help="Of the unit.")] = Architecture.X86_64,
    suite: Annotated[Suite, typer.Option("--suite", help="Of Debian.")] = Suite.BOOKWORM,
    mirror: Annotated[str, typer.Option("--mirror", help="Of Debian; apt's of this machine if left out.")] = "",
    package: Annotated[
        list[str] | None, typer.Option("--package", help="One more Debian package.", callback=_package_names)
    ] = None,
    root_mib: Annotated[int, typer.Option("--root-mib", min=0, help="Size of the root; 0: what it needs.")] = 0,
    cache: Annotated[Path | None, typer.Option("--cache", help="Folder where Debian is kept for the next one.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Build an image of Debian for machines with UEFI, as root: write it onto a card or disk, seed it, boot it.

    Example: mydesk-fleet image build --out panel.img --bundle mydesk-1.2.0-py3.11-x86_64.bundle --signers signers
    """
    if (bundle is None) != (signers is None):
        raise typer.BadParameter("--bundle and --signers go together.")
    release = ReleaseIn(bundle, signers) if bundle is not None and signers is not None else None
    if not out.parent.is_dir():
        raise FleetError(f"{out.parent} is no folder.", hint="Name an image in a folder that is there.")
    if cache is not None:
        _make_folder(cache)
    source = mirror or debian_mirror(suite.value)
    plan = ImagePlan(architecture.value, source, suite.value, tuple(package or ()), root_mib * MIB)
    built = build_image(plan, out, release, lambda text: typer.echo(text, err=True), cache=cache)
    if as_json:
        print_json({**asdict(built), "image": str(built.image)})
        return
    inside = f"release {built.release}" if built.release else "no release"
    typer.echo(f"{built.image}: {built.bytes / 1e9:.1f} GB, Linux {built.kernel}, {inside}")
    typer.echo("Write it onto a card, mount its first partition, then: mydesk-fleet seed UNIT --to WHERE")


@app.command()
def layer(
    to: Annotated[Path, typer.Option("--to", help="Folder for layer and files; made anew.")],
    bundle: Annotated[Path, typer.Option("--bundle", help="Signed release to put in.", exists=True)],
    signers: Annotated[Path, typer.Option("--signers", help="Whose releases the units take.", exists=True)],
    board: Annotated[Board, typer.Option("--board", help="Which Raspberry Pi.")] = Board.PI5,
    as_json: JsonFlag = False,
) -> None:
    """Write a source folder for rpi-image-gen, which builds Raspberry Pi OS with the release inside.

    Example: mydesk-fleet image layer --to mydesk-rpi --bundle mydesk-1.2.0-py3.13-aarch64.bundle --signers signers
    """
    names = write_layer(to, ReleaseIn(bundle, signers), board.value)
    if as_json:
        print_json({"folder": str(to), "files": list(names)})
        return
    typer.echo(f"{to}: {len(names)} files. On a Raspberry Pi or Debian: rpi-image-gen build -S {to} -c mydesk.yaml")
