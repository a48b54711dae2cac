"""The operations that write files: the system's, and the settings, which the release is asked about first. Pure.

Each file has one owner: one operation writes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from provisioning.converge_after import RESTART, afters, afters_of_file, ordered, restarts_screen
from provisioning.converge_diff import file_diff
from provisioning.converge_wire import After, Facts, FileFacts, Put, Step, UnitFile, Wish
from provisioning.converge_words import FILES, SETTINGS, each, removed

__all__ = ["files_step", "settings_step", "sha256_of", "written"]

RESTARTS: Final = "the panel restarts as soon as that disturbs nobody"
RESTARTS_NOW: Final = "the panel restarts at once"


def files_step(wish: Wish, facts: Facts) -> Step:
    """Files of the system, and what an earlier provisioning left to be done."""
    step = written(FILES, wish.files, facts)
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
    changes = (*step.changes, *each("remove", gone), *left)
    diff = step.diff + removed(gone)
    return Step(name=step.name, changes=changes, diff=diff, put=Put(files=files, absent=gone, after=after),
                note=_restarts(wish, facts, after))  # fmt: skip


def settings_step(wish: Wish, facts: Facts) -> Step:
    """What the programs read: tried by the release that runs before it counts."""
    files = wish.settings
    if not facts.current:  # nobody is there yet who could be asked
        files = tuple(msgspec.structs.replace(file, check=()) for file in files)
    step = written(SETTINGS, files, facts)
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


def written(name: str, files: tuple[UnitFile, ...], facts: Facts) -> Step:
    """The operation that writes those of `files` that are not right."""
    wrong = tuple(file for file in files if not _is_right(file, facts.files.get(file.path)))
    if not wrong:
        return Step(name=name)
    diff = "".join(file_diff(file, facts.files.get(file.path)) for file in wrong)
    return Step(name=name, changes=tuple(f"write {file.path}" for file in wrong), diff=diff, put=Put(files=wrong))


def _is_right(file: UnitFile, found: FileFacts | None) -> bool:
    if found is None or found.sha256 != sha256_of(file.content):
        return False
    return file.plain or (file.mode, file.owner, file.group) == (found.mode, found.owner, found.group)


def sha256_of(content: bytes) -> str:
    """As converge_look tells it."""
    return hashlib.sha256(content).hexdigest()
