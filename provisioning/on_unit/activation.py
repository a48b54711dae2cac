"""Makes a staged release current, judges it, and keeps it or goes back. Each step can be cut off at any moment."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

from provisioning.on_unit import guard, health, quiet, restarting
from provisioning.on_unit.errors import NotNowError, UpdateError
from provisioning.on_unit.places import Places, locked, point, remove
from provisioning.on_unit.pruning import prune
from provisioning.on_unit.settings import Settings
from provisioning.on_unit.state import State, Step, boot_id, boot_time_s, load, save

MAX_BOOTS = 3
"""So many starts of the unit a release gets while it is tried."""


def activate(places: Places, settings: Settings, *, release: str | None, now: bool = False) -> State:
    """Make the staged release current and restart the services; `now` also while somebody is busy.

    It is `release` or none: another laptop may have staged its own since. None is whatever is staged.

    Raises:
        NotNowError: somebody is busy.
        UpdateError: nothing or another is staged, or the new release does not start (it is taken back then).
    """
    state = load(places)
    name = state.release
    if state.step is not Step.STAGED or name is None or not places.is_complete(name):
        raise UpdateError(f"nothing is staged (the state is {state.step}). First: mydesk-update stage BUNDLE")
    if release not in (None, name):
        raise UpdateError(f"{name} is staged, not {release}: somebody else brought it. Stage yours again.")
    status = health.ask_app(settings.control_socket)
    if not now and (busy := quiet.who_is_disturbed(settings, status)):
        raise NotNowError(f"{busy}: not now. Try later, or use --now to insist.")
    state = save(
        places,
        replace(
            state,
            step=Step.TRYING,
            origin=places.named_by(places.current),
            boots=0,
            boot_id=boot_id(),
            deadline_s=boot_time_s() + settings.verify_s,
            baseline=health.facts(status),
            reason="",
        ),
    )
    try:
        guard.set_limits(places, settings)
        if places.is_complete(state.origin):
            point(places.previous, str(state.origin))
        point(places.current, name)
    except (OSError, UpdateError):
        _not_after_all(places, settings, state)
        raise
    with contextlib.suppress(OSError):  # one restart too many, later
        restarting.forget(places)
    try:
        health.Services(settings).restart()
        health.Services(settings).judge()
    except UpdateError as error:
        go_back(places, settings, state, str(error), restart=True)
        raise
    return state


def _not_after_all(places: Places, settings: Settings, state: State) -> None:
    """The disk would not have it: as it was before, as far as it lets us; boot-check does the rest."""
    with contextlib.suppress(OSError):
        if places.is_complete(state.origin):
            point(places.current, str(state.origin))
        save(places, replace(state, step=Step.STAGED, reason="the disk refused it. Activate it again."))
    guard.lift_limits(places, settings)


def verify(places: Places, settings: Settings) -> State:
    """Judge the release that is being tried until it was well for the soak, or its time is over; keep it or go back."""
    state = load(places)
    if state.step is not Step.TRYING:
        return state
    if places.named_by(places.current) != state.release:
        with locked(places):
            return _still_trying(places, settings, load(places))
    end_s = state.deadline_s if state.boot_id == boot_id() else boot_time_s() + settings.verify_s
    reason = _judge(places, settings, state, end_s)
    with locked(places):
        after = load(places)
        if after.step is not Step.TRYING or after.release != state.release:
            return after
        return keep(places, settings, after) if not reason else go_back(places, settings, after, reason, restart=True)


def _judge(places: Places, settings: Settings, state: State, end_s: float) -> str:
    """Return why the release is no good; "" when it is."""
    well_since_s = None
    while True:
        wrong = health.troubles(health.ask_app(settings.control_socket), state.baseline)
        wrong = health.Services(settings).troubles() + wrong
        at_s = boot_time_s()
        well_since_s = None if wrong else at_s if well_since_s is None else well_since_s
        if well_since_s is not None and at_s - well_since_s >= settings.soak_s:
            return ""
        if at_s >= end_s:
            return f"{'; '.join(wrong)}." if wrong else "it was not well for long enough."
        if any("crashed" in one or one.endswith(" is failed") for one in wrong):
            return f"{'; '.join(wrong)}."
        time.sleep(settings.poll_s)


def keep(places: Places, settings: Settings, state: State) -> State:
    """Commit the release that is being tried: its epoch is the lowest from now on; older releases go.

    Raises:
        UpdateError: none is being tried.
    """
    name = state.release
    if state.step is not Step.TRYING or name is None or places.named_by(places.current) != name:
        raise UpdateError(f"nothing is being tried (the state is {state.step}).")
    epoch = max(state.epoch, places.manifest(name).epoch)
    failed = {one: why for one, why in state.failed.items() if one != name}
    state = save(places, replace(state, step=Step.COMMITTED, epoch=epoch, failed=failed, baseline={}))
    guard.lift_limits(places, settings)
    with contextlib.suppress(OSError):  # it is kept all the same; boot-check sweeps
        prune(places, state)
    return state


def go_back(places: Places, settings: Settings, state: State, reason: str, *, restart: bool) -> State:
    """Take the release back that is being tried; it is not offered again.

    Without an earlier release there is nothing to go back to: the new one stays, and the reason is told.
    """
    name, origin = str(state.release), state.origin
    if not places.is_complete(origin):
        return _stay(places, settings, state, f"{reason} There is no release to go back to.", restart=restart)
    state = replace(state.with_failed(name, reason), step=Step.ROLLING_BACK)
    with contextlib.suppress(OSError):  # on a full disk the way back still matters more than the note
        save(places, state)
    return _return_to(places, settings, state, restart=restart)


def _stay(places: Places, settings: Settings, state: State, reason: str, *, restart: bool) -> State:
    """The first release of a unit is no good: it is restarted for ever, which may still mend it."""
    state = save(places, replace(state, step=Step.FAILED, reason=reason))
    guard.lift_limits(places, settings)
    if restart:
        with contextlib.suppress(UpdateError):
            health.Services(settings).restart()
    return state


def rollback(places: Places, settings: Settings, *, reason: str, if_trying: bool = False) -> State:
    """Go back to the release that ran before, on somebody's word or systemd's.

    Raises:
        UpdateError: there is none, or it is below the epoch.
    """
    state = load(places)
    if state.step in (Step.TRYING, Step.ROLLING_BACK):
        return go_back(places, settings, state, reason, restart=True)
    if if_trying:
        return state
    name, current = places.named_by(places.previous), places.named_by(places.current)
    if name is None or name == current or not places.is_complete(name):
        raise UpdateError("there is no earlier release. Stage one: mydesk-update stage BUNDLE")
    if (epoch := places.manifest(name).epoch) < state.epoch:
        raise UpdateError(f"{name} has epoch {epoch}; this unit never goes below {state.epoch} again.")
    state = save(places, replace(state, step=Step.ROLLING_BACK, release=current, origin=name, reason=reason))
    return _return_to(places, settings, state, restart=True)


def _return_to(places: Places, settings: Settings, state: State, *, restart: bool) -> State:
    point(places.current, str(state.origin))
    guard.lift_limits(places, settings)
    reason = state.reason
    if restart:
        try:
            health.Services(settings).restart()
        except UpdateError as error:
            reason = f"{reason} Back on {state.origin}, {error}"
    return save(places, replace(state, step=Step.ROLLED_BACK, reason=reason, baseline={}))


def boot_check(places: Places, settings: Settings) -> State:
    """Before the services start: end what was cut off, count starts while trying, make sure that something can run."""
    state = load(places)
    if state.step is Step.STAGING:
        state = save(places, replace(state, step=Step.FAILED, reason="staging was cut off. Stage it again."))
    elif state.step is Step.ROLLING_BACK and places.is_complete(state.origin):
        state = _return_to(places, settings, state, restart=False)
    elif state.step is Step.TRYING:
        state = _still_trying(places, settings, state)
    state = _repair(places, state)
    _sweep(places)
    return state


def _still_trying(places: Places, settings: Settings, state: State) -> State:
    if places.named_by(places.current) != state.release:
        return save(places, replace(state, step=Step.STAGED, reason="activation was cut off. Activate it again."))
    this_boot = boot_id()
    if state.boot_id == this_boot:
        return state
    if state.boots + 1 >= MAX_BOOTS:
        reason = f"the unit started {MAX_BOOTS} times while it was tried."
        return go_back(places, settings, state, reason, restart=False)
    with contextlib.suppress(OSError, UpdateError):  # the count of starts guards, too
        guard.set_limits(places, settings)
    deadline_s = boot_time_s() + settings.verify_s
    return save(places, replace(state, boots=state.boots + 1, boot_id=this_boot, deadline_s=deadline_s))


def _repair(places: Places, state: State) -> State:
    """Point `current` at a complete release when it does not name one."""
    if places.is_complete(places.named_by(places.current)):
        return state
    best = state.release if state.step is Step.COMMITTED else state.origin
    wanted = (best, places.named_by(places.previous), *reversed(places.all_releases()))
    found = next((name for name in wanted if places.is_complete(name)), None)
    if found is None:
        return state  # a unit before its first release
    point(places.current, str(found))
    return save(places, replace(state, step=Step.ROLLED_BACK, reason="the current release was damaged."))


def _sweep(places: Places) -> None:
    """Remove what was left half done."""
    for link in (places.current, places.previous):
        link.with_name(f".{link.name}.new").unlink(missing_ok=True)
    for name in places.all_releases():
        if not places.is_complete(name) and name != places.named_by(places.current):
            remove(places.release(name))
