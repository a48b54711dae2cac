"""A whole pass of the VM bench: image, first boot, claim, provisioning, screen, touch, keys, power cuts, update.

    scripts/vm                      on amd64; arm64 is not done yet
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
import time
from pathlib import Path

from tests.vm.bench import Bench, bench
from tests.vm.images import Releases, stock_image, target
from tests.vm.passes import whole_pass


def main() -> int:
    """Run the pass; 0 when all of it held."""
    parser = argparse.ArgumentParser(
        prog="scripts/vm", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", choices=("amd64",), default="amd64")
    parser.add_argument("--keep", action="store_true", help="leave the machine running, until Ctrl-C")
    args = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("needs root, for debootstrap")
    began_s = time.monotonic()

    def told(text: str) -> None:
        print(f"{time.monotonic() - began_s:6.0f} s  {text}", flush=True)

    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell started us in the background
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="mydesk-vm-") as folder:
        releases = Releases(Path(folder) / "releases", target(args.arch))
        image = stock_image(args.arch, told)
        with bench(Path(folder) / "machine", image, args.arch, releases.public_key, told) as made:
            try:
                whole_pass(made, releases)
            except AssertionError as error:
                told(f"does not hold: {error}")
                return 1
            finally:
                if args.keep:
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
