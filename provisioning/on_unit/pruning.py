"""Which releases are kept: what runs, what ran before, and what the updater is at work on."""

from __future__ import annotations

from provisioning.on_unit.places import Places, remove
from provisioning.on_unit.state import State, Step


def prune(places: Places, state: State) -> list[str]:
    """Remove the releases that nothing refers to, and return their names."""
    wanted = {places.named_by(places.current), places.named_by(places.previous)}
    if state.step in (Step.STAGING, Step.STAGED, Step.TRYING, Step.ROLLING_BACK):
        wanted |= {state.release, state.origin}
    gone = [name for name in places.all_releases() if name not in wanted]
    for name in gone:
        remove(places.release(name))
    return gone
