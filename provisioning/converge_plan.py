"""What is to be done on a unit, from how it should be and how it is. Pure.

The order of the operations is the order in which they are done. Each file has one owner: one operation writes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from provisioning.converge_after import RESTART, afters, afters_of_file, ordered, restarts_screen
from provisioning.converge_boot import cmdline_without_consoles, config_with
from provisioning.converge_certificate import certificate_fault
from provisioning.converge_diff import file_diff
from provisioning.converge_wire import After, BootWish, Facts, FileFacts, Look, Place, Put, Step, UnitFile, Wish

__all__ = ["OPERATIONS", "RESTART_MARK", "boot_file", "look_for", "steps"]

RESTART_MARK: Final = "/run/mydesk-provision-restart"
CONFIG: Final = "config.txt"
CMDLINE: Final = "cmdline.txt"
NEEDS_RESTART: Final = "takes effect when the unit is restarted"
RESTARTS: Final = "the panel restarts as soon as that disturbs nobody"
RESTARTS_NOW: Final = "the panel restarts at once"
KEPT: Final = "kept from its other role; guests' data is removed within a day: {}"
RUNNING: Final = ("active", "activating", "reloading", "deactivating")
STAGED: Final = "it is there, and activated by provisioning once systemd runs"
NO_RELEASE: Final = "no release on it yet: name one with --bundle"

OPERATIONS: Final = (
    "Debian packages",
    "files",
    "users and folders",
    "boot partition",
    "system services",
    "certificate",
    "settings",
    "release",
    "panel services",
)


def look_for(wish: Wish) -> Look:
    """What must be known of the unit."""
    files = {file.path: _hash(file.content) for file in (*wish.files, *wish.settings)}
    files |= dict.fromkeys((*wish.absent, *wish.other_role), "")
    if wish.boot is not None:
        files |= {boot_file(wish.boot, name): "" for name in (CONFIG, CMDLINE)}
    services = (*wish.masked, *wish.enabled, *wish.panel, *wish.disabled)
    return Look(
        files=files,
        folders=(*wish.folders, *wish.kept),
        users=wish.users,
        groups=tuple(wish.groups),
        services=services,
        certificate=wish.certificate,
    )


def boot_file(boot: BootWish, name: str) -> str:
    """Its path on the unit."""
    return f"{boot.folder}/{name}"


def steps(wish: Wish, facts: Facts) -> tuple[Step, ...]:
    """The operations, in order, each with what it would change; the same number for every unit."""
    return (
        _packages(wish, facts),
        _files(wish, facts),
        _users(wish, facts),
        _boot(wish, facts),
        _system(wish, facts),
        _certificate(wish, facts),
        _settings(wish, facts),
        _release(wish, facts),
        _panel(wish, facts),
    )


def _packages(wish: Wish, facts: Facts) -> Step:
    missing = tuple(name for name in wish.packages if name not in facts.packages)
    changes = tuple(f"install {name}" for name in missing)
    if facts.dpkg_cut_off:
        changes = ("dpkg --configure -a (it was cut off)", *changes)
    return Step(name=OPERATIONS[0], changes=changes, install=missing, repair=facts.dpkg_cut_off)


def _files(wish: Wish, facts: Facts) -> Step:
    step = _written(OPERATIONS[1], wish.files, facts)
    gone = tuple(path for path in wish.absent if facts.files.get(path) is not None)
    files = step.put.files if step.put else ()
    names = {name for file in files for name in afters_of_file(file.path)}
    names |= {name for path in gone for name in afters_of_file(path) if not name.startswith(RESTART)}
    waiting = {RESTART + name for name in facts.waiting if wish.now}
    pending = {name for name in facts.pending if name.removeprefix(RESTART) not in wish.disabled}
    after = afters({*names, *waiting, *pending}, now=wish.now)
    if not after and not gone:
        return step
    left = (f"finish: {one.name}" for one in after if one.name not in names)
    changes = (*step.changes, *_each("remove", gone), *left)
    diff = step.diff + _removed(gone)
    return Step(name=step.name, changes=changes, diff=diff, put=Put(files=files, absent=gone, after=after),
                note=_restarts(wish, facts, after))  # fmt: skip


def _removed(paths: Iterable[str]) -> str:
    """For the diff; what stands in them may be secret."""
    return "".join(f"- {path}\n" for path in paths)


def _written(name: str, files: tuple[UnitFile, ...], facts: Facts) -> Step:
    wrong = tuple(file for file in files if not _is_right(file, facts.files.get(file.path)))
    if not wrong:
        return Step(name=name)
    diff = "".join(file_diff(file, facts.files.get(file.path)) for file in wrong)
    return Step(name=name, changes=tuple(f"write {file.path}" for file in wrong), diff=diff, put=Put(files=wrong))


def _is_right(file: UnitFile, found: FileFacts | None) -> bool:
    if found is None or found.sha256 != _hash(file.content):
        return False
    return file.plain or (file.mode, file.owner, file.group) == (found.mode, found.owner, found.group)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _users(wish: Wish, facts: Facts) -> Step:
    changes = (*_new_users(wish, facts), *_new_folders(wish.folders, facts.folders))
    return Step(name=OPERATIONS[2], changes=changes, put=Put(run=wish.made_by) if changes else None)


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


def _boot(wish: Wish, facts: Facts) -> Step:
    if wish.boot is None:
        return Step(name=OPERATIONS[3])
    paths = [boot_file(wish.boot, name) for name in (CONFIG, CMDLINE)]
    config, cmdline = (facts.files.get(path) for path in paths)
    if config is None or cmdline is None or config.text is None or not (cmdline.text or "").strip():
        missing = paths[0] if config is None or config.text is None else paths[1]
        return Step(name=OPERATIONS[3], fault=f"{missing} is not there, or empty. Is its boot partition mounted?")
    texts = (config_with(config.text, wish.boot.lines), cmdline_without_consoles(cmdline.text or ""))
    files = tuple(
        UnitFile(path=path, content=text.encode(), plain=True) for path, text in zip(paths, texts, strict=True)
    )
    step = _written(OPERATIONS[3], files, facts)
    note = NEEDS_RESTART if facts.restart or step.put else ""
    mark = UnitFile(path=RESTART_MARK, content=b"")
    put = Put(files=(mark, *step.put.files)) if step.put else None
    return Step(name=step.name, changes=step.changes, diff=step.diff, put=put, note=note)


def _system(wish: Wish, facts: Facts) -> Step:
    mask = tuple(name for name in wish.masked if facts.enabled.get(name) not in ("masked", "masked-runtime"))
    enable = tuple(name for name in wish.enabled if facts.enabled.get(name) != "enabled")
    start = _to_start(wish.started, enable, facts)
    changes = (*_each("mask", mask), *_each("enable", enable), *_each("start", start))
    if not changes:
        return Step(name=OPERATIONS[4])
    stop = tuple(name for name in mask if facts.active.get(name) == "active")
    # Stopped first: a timer that is masked while it is active counts as failed from then on.
    run = _systemctl("stop", stop) + _systemctl("mask", mask) + _systemctl("enable", enable)
    after = (After(name=f"start {' '.join(start)}", command=("systemctl", "start", *start)),) if start else ()
    return Step(name=OPERATIONS[4], changes=changes, put=Put(run=run, after=after), note=_offline(facts))


def _to_start(wanted: tuple[str, ...], fresh: tuple[str, ...], facts: Facts) -> tuple[str, ...]:
    """Nothing is started where no systemd runs: it is, at the next start of the unit."""
    return () if facts.offline else tuple(name for name in wanted if facts.active.get(name) != "active")


def _offline(facts: Facts) -> str:
    return "systemd does not run there: services start with the unit" if facts.offline else ""


def _each(verb: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{verb} {name}" for name in names)


def _systemctl(verb: str, names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return (("systemctl", verb, "--quiet", *names),) if names else ()


def _certificate(wish: Wish, facts: Facts) -> Step:
    if wish.certificate is None or facts.certificate is None:
        return Step(name=OPERATIONS[5])
    fault = certificate_fault(wish.unit, wish.certificate, facts.certificate)
    key = "" if facts.certificate.has_key else " and its key, which stays there"
    changes = (f"make a request{key}; the hub signs it: {fault}",) if fault else ()
    return Step(name=OPERATIONS[5], changes=changes, later=bool(fault))


def _settings(wish: Wish, facts: Facts) -> Step:
    files = wish.settings if facts.current else tuple(_unchecked(file) for file in wish.settings)
    step = _written(OPERATIONS[6], files, facts)
    if step.put is None:
        return step
    names = {name for file in step.put.files for name in afters_of_file(file.path)}
    after = ordered(names, now=wish.now)
    note = _restarts(wish, facts, after) if facts.current else "the self-test of the first release checks them"
    put = Put(files=step.put.files, after=after)
    return Step(name=step.name, changes=step.changes, diff=step.diff, put=put, note=note)


def _restarts(wish: Wish, facts: Facts, after: Iterable[After]) -> str:
    if not facts.current or facts.offline or not restarts_screen(after):
        return ""
    return RESTARTS_NOW if wish.now else RESTARTS


def _unchecked(file: UnitFile) -> UnitFile:
    """As long as there is no release, there is nobody to ask."""
    return UnitFile(
        path=file.path,
        content=file.content,
        mode=file.mode,
        owner=file.owner,
        group=file.group,
        secret=file.secret,
        plain=file.plain,
    )


def _release(wish: Wish, facts: Facts) -> Step:
    if facts.current:
        return Step(name=OPERATIONS[7])
    if not wish.has_bundle:
        return Step(name=OPERATIONS[7], note=NO_RELEASE)
    if facts.offline and facts.staged:
        return Step(name=OPERATIONS[7], note=STAGED)
    return Step(name=OPERATIONS[7], changes=("install the first release",), later=True)


def _panel(wish: Wish, facts: Facts) -> Step:
    on, off = _services(wish, facts), _other_role(wish, facts)
    if off.put is None:
        return on
    put = on.put or Put()
    put = msgspec.structs.replace(put, first=off.put.first, absent=off.put.absent, after=(*off.put.after, *put.after))
    note = "; ".join(filter(None, (off.note, on.note)))
    return msgspec.structs.replace(on, changes=(*off.changes, *on.changes), diff=off.diff, put=put, note=note)


def _other_role(wish: Wish, facts: Facts) -> Step:
    """What a unit that changed its role no longer is: off first, then its files go. Its data is kept."""
    off = tuple(name for name in wish.disabled if facts.enabled.get(name) in ("enabled", "enabled-runtime"))
    gone = tuple(path for path in wish.other_role if facts.files.get(path) is not None)
    if not off and not gone:
        return Step(name=OPERATIONS[8])
    stop = () if facts.offline else tuple(name for name in wish.disabled if facts.active.get(name) in RUNNING)
    names = {name for path in gone for name in afters_of_file(path) if not name.startswith(RESTART)}
    first = _systemctl("disable", off) + _systemctl("stop", stop)
    changes = (*_each("disable", off), *_each("stop", stop), *_each("remove", gone))
    kept = [path for path in wish.kept if facts.folders.get(path) is not None]
    note = KEPT.format(", ".join(kept)) if gone and kept else ""
    put = Put(first=first, absent=gone, after=ordered(names))
    return Step(name=OPERATIONS[8], changes=changes, diff=_removed(gone), put=put, note=note)


def _services(wish: Wish, facts: Facts) -> Step:
    """The panel's own: on, when there is a release."""
    enable = tuple(name for name in wish.panel if facts.enabled.get(name) != "enabled")
    if not facts.current:
        wait = _each("enable", enable) if wish.has_bundle and not facts.offline else ()
        return Step(name=OPERATIONS[8], changes=wait, later=bool(wait))
    start = _to_start(wish.panel, enable, facts)
    changes = (*_each("enable", enable), *_each("start", start))
    if not changes:
        return Step(name=OPERATIONS[8])
    words = ("systemctl", "start", "--no-block", *start)
    after = (After(name=f"start {' '.join(start)}", command=words),) if start else ()
    return Step(name=OPERATIONS[8], changes=changes, put=Put(run=_systemctl("enable", enable), after=after),
                note=_offline(facts))  # fmt: skip
