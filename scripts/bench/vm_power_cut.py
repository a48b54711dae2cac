"""Power cuts of a whole machine at random moments, in provisioning and in updates: each must end in a working unit.

    sudo scripts/bench/run vm_power_cut [--cuts 5] [--seed 6] [--only updates]

A machine of the VM bench is provisioned, or updated, once without a cut, to learn how long that takes; then QEMU is
killed at a random moment of it, the machine is started again, and has to be a working unit: after a cut update by
itself, after cut provisioning when the same command has been given again. Each cut begins with the same disk.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.vm import power, steps
from tests.vm.bench import Bench, bench
from tests.vm.images import Releases, stock_image, target
from tests.vm.telling import teller

KINDS = ("provisioning", "updates")


def main() -> int:
    """Cut the power in both, and say what was found. 0: a working unit each time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=5, help="of each kind")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--only", choices=KINDS, help="one kind of cut")
    args = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("needs root, for debootstrap")
    told, dice = teller(), random.Random(args.seed)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="mydesk-vm-") as folder:
        releases = Releases(Path(folder) / "releases", target("amd64"))
        image = stock_image("amd64", told)
        with bench(Path(folder) / "machine", image, "amd64", releases.public_key, told) as made:
            steps.first_boot(made)
            cuts = {kind: args.cuts if args.only in (None, kind) else 0 for kind in KINDS}
            found = {kind: CUTTING[kind](made, releases, cuts[kind], dice) for kind in KINDS}
    print("; ".join(f"{kind}: {dict(counted)}" for kind, counted in found.items()))
    return 0 if all(counted["works"] == cuts[kind] for kind, counted in found.items()) else 1


def cut_provisioning(made: Bench, releases: Releases, cuts: int, dice: random.Random) -> Counter[str]:
    """Cut provisioning of the same claimed unit. Leaves it provisioned and signed in, and on."""
    switch_off(made)
    made.machine.freeze("claimed")
    bundle, found = releases.bundle(), Counter[str]()
    whole_s = timed(made, lambda: steps.provision(made, bundle))
    for _ in range(cuts):
        made.machine.stop()
        made.machine.thaw()
        made.machine.start()
        made.await_ssh()
        found[outcome(made, lambda: power.provisioning(made, bundle, power.after(whole_s * dice.random())))] += 1
    steps.sign_in(made)
    steps.shows_free(made)
    return found


def cut_updates(made: Bench, releases: Releases, cuts: int, dice: random.Random) -> Counter[str]:
    """Cut updates of the same panel."""
    if not cuts:
        return Counter()
    power.judged(made)
    switch_off(made)
    made.machine.freeze("provisioned")
    bundle, found = releases.bundle(1), Counter[str]()
    whole_s = timed(made, lambda: update(made, bundle))
    for _ in range(cuts):
        made.machine.stop()
        made.machine.thaw()
        made.machine.start()
        made.await_ssh()
        power.works(made)
        found[outcome(made, lambda: power.update(made, bundle, power.after(whole_s * dice.random())))] += 1
    return found


def update(made: Bench, bundle: Path) -> None:
    """A whole update, without a cut."""
    made.fleet_ok(*steps.pushing(bundle))


def timed(made: Bench, work: Callable[[], object]) -> float:
    """Do it once, from the frozen disk, and return how long it took in seconds."""
    made.machine.start()
    made.await_ssh()
    began_s = time.monotonic()
    work()
    return time.monotonic() - began_s


def outcome(made: Bench, work: Callable[[], object]) -> str:
    """Do it; "works", or "broken" and say why."""
    try:
        work()
    except AssertionError as error:
        made.told(f"broken: {error}")
        return "broken"
    found = power.status(made)
    made.told(f"a working unit: {found['step']}, {found['current']}")
    return "works"


def switch_off(made: Bench) -> None:
    """As an admin would, with all that was written on the disk."""
    made.root.try_run("sync; systemctl poweroff")
    made.machine.await_off()


CUTTING: Mapping[str, Callable[[Bench, Releases, int, random.Random], Counter[str]]] = {
    "provisioning": cut_provisioning,
    "updates": cut_updates,
}

if __name__ == "__main__":
    sys.exit(main())
