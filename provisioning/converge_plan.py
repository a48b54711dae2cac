"""What is to be done on a unit, from how it should be and how it is. Pure.

The order of the operations is the order in which they are done. Each file has one owner: one operation writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from provisioning.converge_certificate import certificate_fault
from provisioning.converge_plan_boot import boot_files, boot_step
from provisioning.converge_plan_files import files_step, settings_step, sha256_of
from provisioning.converge_plan_role import role_left
from provisioning.converge_plan_services import panel_services, system_step
from provisioning.converge_wire import Facts, Look, Place, Put, Step, Wish
from provisioning.converge_words import CERTIFICATE, PACKAGES, RELEASE, USERS

__all__ = ["look_for", "steps"]

STAGED: Final = "it is there, and activated by provisioning once systemd runs"
NO_RELEASE: Final = "no release on it yet: name one with --bundle"


def look_for(wish: Wish) -> Look:
    """What must be known of the unit."""
    files = {file.path: sha256_of(file.content) for file in (*wish.files, *wish.settings)}
    files |= dict.fromkeys((*wish.absent, *wish.other_role), "")
    if wish.boot is not None:
        files |= dict.fromkeys(boot_files(wish.boot), "")
    services = (*wish.masked, *wish.enabled, *wish.panel, *wish.disabled)
    return Look(
        files=files,
        folders=(*wish.folders, *wish.kept, *wish.overlay),
        users=wish.users,
        groups=tuple(wish.groups),
        services=services,
        certificate=wish.certificate,
    )


def steps(wish: Wish, facts: Facts) -> tuple[Step, ...]:
    """The operations, in order, each with what it would change; the same number for every unit."""
    known = tuple(file for file in wish.files if file.least_systemd <= facts.systemd_version)
    wish = msgspec.structs.replace(wish, files=known)
    return (
        _packages(wish, facts),
        files_step(wish, facts),
        _users(wish, facts),
        boot_step(wish, facts),
        system_step(wish, facts),
        _certificate(wish, facts),
        settings_step(wish, facts),
        _release(wish, facts),
        _panel(wish, facts),
    )


def _packages(wish: Wish, facts: Facts) -> Step:
    missing = tuple(name for name in wish.packages if name not in facts.packages)
    changes = tuple(f"install {name}" for name in missing)
    if facts.dpkg_cut_off:
        changes = ("dpkg --configure -a (it was cut off)", *changes)
    return Step(name=PACKAGES, changes=changes, install=missing, repair=facts.dpkg_cut_off)


def _users(wish: Wish, facts: Facts) -> Step:
    changes = (*_new_users(wish, facts), *_new_folders(wish.folders, facts.folders))
    return Step(name=USERS, changes=changes, put=Put(run=wish.made_by) if changes else None)


def _new_users(wish: Wish, facts: Facts) -> Iterator[str]:
    yield from (f"add user {name}" for name in wish.users if name not in facts.users)
    for group, members in wish.groups.items():
        if group not in facts.groups:
            yield f"add group {group}"
        yield from (f"add {name} to group {group}" for name in members if name not in facts.groups.get(group, ()))


def _new_folders(wanted: Mapping[str, Place], found: Mapping[str, Place | None]) -> Iterator[str]:
    for path, place in wanted.items():
        there = found.get(path)
        if there is None or (there.mode, there.owner, there.group) != (place.mode, place.owner, place.group):
            yield f"folder {path} {place.mode:04o} {place.owner}:{place.group}"


def _certificate(wish: Wish, facts: Facts) -> Step:
    if wish.certificate is None or facts.certificate is None:
        return Step(name=CERTIFICATE)
    fault = certificate_fault(wish.unit, wish.certificate, facts.certificate)
    key = "" if facts.certificate.has_key else " and its key, which stays there"
    changes = (f"make a request{key}; the hub signs it: {fault}",) if fault else ()
    return Step(name=CERTIFICATE, changes=changes, later=bool(fault))


def _release(wish: Wish, facts: Facts) -> Step:
    if facts.current:
        return Step(name=RELEASE)
    if not wish.has_bundle:
        return Step(name=RELEASE, note=NO_RELEASE)
    if facts.offline and facts.staged:
        return Step(name=RELEASE, note=STAGED)
    return Step(name=RELEASE, changes=("install the first release",), later=True)


def _panel(wish: Wish, facts: Facts) -> Step:
    on, off = panel_services(wish, facts), role_left(wish, facts)
    if off.put is None:
        return on
    put = on.put or Put()
    after = (*off.put.after, *put.after)
    put = msgspec.structs.replace(put, first=off.put.first, files=off.put.files, absent=off.put.absent, after=after)
    note = "; ".join(filter(None, (off.note, on.note)))
    return msgspec.structs.replace(on, changes=(*off.changes, *on.changes), diff=off.diff, put=put, note=note)
