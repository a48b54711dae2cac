"""mydesk-fleet image: disk images with a release inside, and the layer for Raspberry Pi's own image builder."""

from __future__ import annotations

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


class Board(StrEnum):
    """As rpi-image-gen names its device layers."""

    PI3 = "rpi3"
    PI4 = "rpi4"
    PI5 = "rpi5"


@app.command()
def build(
    out: Annotated[Path, typer.Option("--out", help="The image to write.")],
    bundle: Annotated[Path | None, typer.Option("--bundle", help="Signed release to put in.")] = None,
    signers: Annotated[
        Path | None, typer.Option("--signers", help="Whose releases the units take; needed with --bundle.")
    ] = None,
    architecture: Annotated[Architecture, typer.Option("--architecture", help="Of the unit.")] = Architecture.X86_64,
    suite: Annotated[str, typer.Option("--suite", help="Debian's: bookworm or trixie.")] = "bookworm",
    mirror: Annotated[str, typer.Option("--mirror", help="Of Debian; apt's of this machine if left out.")] = "",
    package: Annotated[list[str] | None, typer.Option("--package", help="One more Debian package.")] = None,
    root_mib: Annotated[int, typer.Option("--root-mib", min=0, help="Size of the root; 0: what it needs.")] = 0,
    cache: Annotated[Path | None, typer.Option("--cache", help="Folder where Debian is kept for the next one.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Build an image of Debian for machines with UEFI, as root: write it onto a card or disk, seed it, boot it.

    Example: mydesk-fleet image build --bundle releases/mydesk-1.2.0-py3.11-x86_64.bundle \
        --signers release_signers --out panel.img
    """
    if (bundle is None) != (signers is None):
        raise typer.BadParameter("--bundle and --signers go together.")
    release = ReleaseIn(bundle, signers) if bundle is not None and signers is not None else None
    plan = ImagePlan(architecture.value, mirror or debian_mirror(suite), suite, tuple(package or ()), root_mib * MIB)
    if not out.parent.is_dir():
        raise FleetError(f"{out.parent} is no folder.", hint="Name an image in a folder that is there.")
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

    Example: mydesk-fleet image layer --to mydesk-rpi --bundle releases/mydesk-1.2.0-py3.13-aarch64.bundle \
        --signers release_signers
    """
    names = write_layer(to, ReleaseIn(bundle, signers), board.value)
    if as_json:
        print_json({"folder": str(to), "files": list(names)})
        return
    typer.echo(f"{to}: {len(names)} files. On a Raspberry Pi or Debian: rpi-image-gen build -S {to} -c mydesk.yaml")
