"""The operations that enable, mask and start services of the unit and of the panel. Pure."""

from __future__ import annotations

from provisioning.converge_wire import After, Facts, Put, Step, Wish
from provisioning.converge_words import PANEL, SYSTEM, each, systemctl

__all__ = ["panel_services", "system_step"]


def system_step(wish: Wish, facts: Facts) -> Step:
    """Those of the distribution and of the updater, whether there is a release or not."""
    mask = tuple(name for name in wish.masked if facts.enabled.get(name) not in ("masked", "masked-runtime"))
    enable = tuple(name for name in wish.enabled if facts.enabled.get(name) != "enabled")
    start = _to_start(wish.started, facts)
    changes = (*each("mask", mask), *each("enable", enable), *each("start", start))
    if not changes:
        return Step(name=SYSTEM)
    stop = tuple(name for name in mask if facts.active.get(name) == "active")
    # Stopped first: a timer that is masked while it is active counts as failed from then on.
    run = systemctl("stop", stop) + systemctl("mask", mask) + systemctl("enable", enable)
    after = (After(name=f"start {' '.join(start)}", command=("systemctl", "start", *start)),) if start else ()
    return Step(name=SYSTEM, changes=changes, put=Put(run=run, after=after), note=_offline(facts))


def _to_start(wanted: tuple[str, ...], facts: Facts) -> tuple[str, ...]:
    """Nothing is started where no systemd runs: it is, at the next start of the unit."""
    return () if facts.offline else tuple(name for name in wanted if facts.active.get(name) != "active")


def _offline(facts: Facts) -> str:
    return "systemd does not run there: services start with the unit" if facts.offline else ""


def panel_services(wish: Wish, facts: Facts) -> Step:
    """The panel's own: on, when there is a release."""
    enable = tuple(name for name in wish.panel if facts.enabled.get(name) != "enabled")
    if not facts.current:
        wait = each("enable", enable) if wish.has_bundle and not facts.offline else ()
        return Step(name=PANEL, changes=wait, later=bool(wait))
    start = _to_start(wish.panel, facts)
    changes = (*each("enable", enable), *each("start", start))
    if not changes:
        return Step(name=PANEL)
    words = ("systemctl", "start", "--no-block", *start)
    after = (After(name=f"start {' '.join(start)}", command=words),) if start else ()
    return Step(name=PANEL, changes=changes, put=Put(run=systemctl("enable", enable), after=after),
                note=_offline(facts))  # fmt: skip
