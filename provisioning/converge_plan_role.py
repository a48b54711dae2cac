"""What a unit is no longer, of another role or without a hub: off first, then its files go, its settings last. Pure.

Its data is kept, but for that of guests, which a daily clean-up forgets; and for what the hub had set, which would lie
over the settings of the new role, or for ever where no hub can take it back.
"""

from __future__ import annotations

from typing import Final

from provisioning.converge_after import RESTART, afters_of_file, ordered
from provisioning.converge_diff import file_diff
from provisioning.converge_wire import Facts, Put, Step, UnitFile, Wish
from provisioning.converge_words import PANEL, each, removed, systemctl
from provisioning.guests_left import ELSEWHERE, folders_elsewhere, is_cleaned, rule

__all__ = ["role_left"]

KEPT: Final = "kept from its other role; guests' data is removed within a day: {}"
BY_HAND: Final = "guests' data may lie in {}, which nobody empties: remove it by hand"
AGENT: Final = "mydesk-agent.service"
RUNNING: Final = ("active", "activating", "reloading", "deactivating")


def role_left(wish: Wish, facts: Facts) -> Step:
    """Its part of the panel's services; no change on a unit that had no other role, and has the hub that it had."""
    off = tuple(name for name in wish.disabled if facts.enabled.get(name) in ("enabled", "enabled-runtime"))
    gone = tuple(path for path in wish.other_role if facts.files.get(path) is not None)
    has_hub = AGENT in wish.panel
    set_by_hub = tuple(path for path in wish.overlay if (gone or not has_hub) and facts.folders.get(path) is not None)
    if not off and not gone and not set_by_hub:
        return Step(name=PANEL)
    stop = () if facts.offline else tuple(name for name in wish.disabled if facts.active.get(name) in RUNNING)
    first = systemctl("disable", off) + systemctl("stop", stop)
    absent = (*set_by_hub, *gone)
    files = _rules(wish, facts) if gone else ()
    names = {name for path in gone for name in afters_of_file(path) if not name.startswith(RESTART)}
    names |= {RESTART + (AGENT if has_hub else wish.panel[0])} if set_by_hub else set()  # who has read it
    changes = (*each("disable", off), *each("stop", stop), *(f"write {file.path}" for file in files))
    diff = "".join(file_diff(file, None) for file in files) + removed(absent)
    put = Put(first=first, files=files, absent=absent, after=ordered(names, now=wish.now))
    note = _note(wish, facts) if gone else ""
    return Step(name=PANEL, changes=(*changes, *each("remove", absent)), diff=diff, put=put, note=note)


def _named(wish: Wish, facts: Facts) -> tuple[str, ...]:
    """Folders of guests that the settings of its other role name; they are still there, as they go last."""
    found = facts.files.get(wish.other_settings) if wish.had_guests else None
    return folders_elsewhere(found.text or "") if found else ()


def _rules(wish: Wish, facts: Facts) -> tuple[UnitFile, ...]:
    folders = tuple(folder for folder in _named(wish, facts) if is_cleaned(folder))
    return (UnitFile(path=ELSEWHERE, content=rule(folders)),) if folders else ()


def _note(wish: Wish, facts: Facts) -> str:
    named = _named(wish, facts)
    usual = tuple(path for path in wish.kept if facts.folders.get(path) is not None)
    kept = (*usual, *(folder for folder in named if is_cleaned(folder)))
    left = tuple(folder for folder in named if not is_cleaned(folder))
    notes = (KEPT.format(", ".join(kept)) if kept else "", BY_HAND.format(", ".join(left)) if left else "")
    return "; ".join(filter(None, notes))
