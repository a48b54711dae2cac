"""What a unit that changed its role no longer is: off first, then its files go. Its data is kept. Pure."""

from __future__ import annotations

from typing import Final

from provisioning.converge_after import RESTART, afters_of_file, ordered
from provisioning.converge_wire import Facts, Put, Step, Wish
from provisioning.converge_words import PANEL, each, removed, systemctl

__all__ = ["role_left"]

KEPT: Final = "kept from its other role; guests' data is removed within a day: {}"
RUNNING: Final = ("active", "activating", "reloading", "deactivating")


def role_left(wish: Wish, facts: Facts) -> Step:
    """What a unit that changed its role no longer is: off first, then its files go. Its data is kept."""
    off = tuple(name for name in wish.disabled if facts.enabled.get(name) in ("enabled", "enabled-runtime"))
    gone = tuple(path for path in wish.other_role if facts.files.get(path) is not None)
    if not off and not gone:
        return Step(name=PANEL)
    stop = () if facts.offline else tuple(name for name in wish.disabled if facts.active.get(name) in RUNNING)
    names = {name for path in gone for name in afters_of_file(path) if not name.startswith(RESTART)}
    first = systemctl("disable", off) + systemctl("stop", stop)
    changes = (*each("disable", off), *each("stop", stop), *each("remove", gone))
    kept = [path for path in wish.kept if facts.folders.get(path) is not None]
    note = KEPT.format(", ".join(kept)) if gone and kept else ""
    put = Put(first=first, absent=gone, after=ordered(names))
    return Step(name=PANEL, changes=changes, diff=removed(gone), put=put, note=note)
