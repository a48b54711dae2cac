"""Power cuts: QEMU is killed in the middle of something, the machine is started again, and must be a working unit.

What is lost is what the machine had in its own memory. What it handed to its disk is kept by this machine's page cache
even if it was never flushed: cuts that lose that, too, are in scripts/bench/update_power_cut.py.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.vm import office, steps
from tests.vm.bench import Bench, free
from tests.vm.machine import until

CUT_TIMEOUT_S = 900.0
SETTLE_TIMEOUT_S = 1200.0
SETTLED = frozenset({"committed", "idle", "staged", "rolled_back", "failed"})

Moment = Callable[[], bool]
"""Says that the power is to be cut now."""


def after(seconds: float) -> Moment:
    """A moment so long after this one."""
    at_s = time.monotonic() + seconds
    return lambda: time.monotonic() >= at_s


def when(bench: Bench, test: str) -> Moment:
    """The moment at which a test in shell, as root on the machine, first holds."""
    return lambda: bench.root.try_run(test).returncode == 0


def cut(bench: Bench, words: tuple[str, ...], moment: Moment) -> int:
    """Run mydesk-fleet and cut the power at that moment; start the machine, wait for it, return what the tool said."""
    with bench.fleet_running(*words) as tool:
        until(lambda: moment() or tool.poll() is not None, CUT_TIMEOUT_S, "the moment does not come", bench.machine.why)
        bench.machine.cut_power()
    bench.told(f"power cut during mydesk-fleet {words[0]}, which ended with {tool.returncode}")
    bench.machine.start()
    bench.await_ssh()
    return int(tool.returncode)


def provisioning(bench: Bench, bundle: Path, moment: Moment) -> None:
    """A unit that was cut off while it was provisioned: it comes up, and the same command ends the work."""
    cut(bench, steps.provisioning(bundle), moment)
    bench.fleet_ok(*steps.provisioning(bundle))
    works(bench)


def update(bench: Bench, bundle: Path, moment: Moment) -> dict[str, Any]:
    """A panel that was cut off while it was updated: it comes up as a panel, nobody helps it. Returns its state."""
    cut(bench, steps.pushing(bundle), moment)
    works(bench)
    return judged(bench)


def judged(bench: Bench) -> dict[str, Any]:
    """Its state, once nothing is being tried any more; the first release is, for some minutes after provisioning."""
    return until(lambda: settled(bench), SETTLE_TIMEOUT_S, "the update does not end", lambda: status(bench))


def works(bench: Bench) -> None:
    """The panel runs a whole release and draws it; once it is signed in, it shows its room."""
    found = status(bench)
    assert found["current"] in found["complete"], found
    panel = until(bench.status, SETTLE_TIMEOUT_S, "the panel does not answer", bench.seen)
    assert panel["unit"] == office.UNIT
    if panel["signed_in"]:
        bench.await_screen(free, "a free room")


def status(bench: Bench) -> dict[str, Any]:
    """What the unit's updater says."""
    found: dict[str, Any] = json.loads(bench.root.run("mydesk-update status"))
    return found


def settled(bench: Bench) -> dict[str, Any] | None:
    """Its state, when nothing goes on any more."""
    found = status(bench)
    return found if found["step"] in SETTLED else None
