"""A whole pass of the VM bench: image, first boot, claim, provisioning, screen, touch, keys, power cuts, update.

    scripts/vm                      on amd64
    scripts/vm --arch arm64         a Raspberry Pi's processor, a lamp on GPIO lines, a radar on a serial port
    scripts/vm --keep               leave the machine running at the end

Debian comes from where apt of this machine has it. Images are kept in MYDESK_VM_CACHE, else ~/.cache/mydesk-vm.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path

from drivers.emulators.ld2410 import Ld2410Emulator
from drivers.emulators.pty_device import PtyDevice
from tests.vm.bench import Bench, bench
from tests.vm.images import Releases, stock_image, target
from tests.vm.machine import Architecture
from tests.vm.passes import whole_pass, wired_pass
from tests.vm.telling import Told, teller
from tests.vm.wires import RADAR_BAUD


def main() -> int:
    """Run the pass; 0 when all of it held."""
    parser = argparse.ArgumentParser(
        prog="scripts/vm", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", choices=("amd64", "arm64"), default="amd64")
    parser.add_argument("--keep", action="store_true", help="leave the machine running, until Ctrl-C")
    args = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("needs root, for debootstrap")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell started us in the background
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="mydesk-vm-") as folder:
        return run(Path(folder), args.arch, teller(), keep=args.keep)


def run(folder: Path, architecture: Architecture, told: Told, *, keep: bool) -> int:
    """Run the pass of that architecture."""
    wired = architecture == "arm64"
    releases = Releases(folder / "releases", target(architecture))
    image = stock_image(architecture, told)
    with (
        PtyDevice(Ld2410Emulator(RADAR_BAUD)) as radar,
        bench(
            folder / "machine", image, architecture, releases.public_key, told, radar=radar.path if wired else ""
        ) as made,
    ):
        try:
            if wired:
                wired_pass(made, releases, radar.emulator)
            else:
                whole_pass(made, releases)
        except AssertionError as error:
            told(f"does not hold: {error}")
            return 1
        finally:
            if keep:
                stay(made)
    return 0


def stay(made: Bench) -> None:
    """Say how to reach the machine, and wait for Ctrl-C."""
    print("The machine runs until Ctrl-C:", " ".join(made.root.command("COMMAND")), flush=True)
    print("Screen and fleet: ", made.folder, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
