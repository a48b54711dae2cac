"""The operation on the boot partition of a Raspberry Pi. Pure."""

from __future__ import annotations

from typing import Final

from provisioning.converge_boot import cmdline_without_consoles, config_with
from provisioning.converge_plan_files import written
from provisioning.converge_wire import BootWish, Facts, Put, Step, UnitFile, Wish
from provisioning.converge_words import BOOT

__all__ = ["boot_files", "boot_step"]

RESTART_MARK: Final = "/run/mydesk-provision-restart"
NEEDS_RESTART: Final = "takes effect when the unit is restarted"


def boot_files(boot: BootWish) -> tuple[str, str]:
    """Paths of config.txt and cmdline.txt on the unit."""
    return f"{boot.folder}/config.txt", f"{boot.folder}/cmdline.txt"


def boot_step(wish: Wish, facts: Facts) -> Step:
    """config.txt and cmdline.txt as its wires need them; nothing where there is no such partition."""
    if wish.boot is None:
        return Step(name=BOOT)
    paths = boot_files(wish.boot)
    config, cmdline = (facts.files.get(path) for path in paths)
    if config is None or cmdline is None or config.text is None or not (cmdline.text or "").strip():
        missing = paths[0] if config is None or config.text is None else paths[1]
        return Step(name=BOOT, fault=f"{missing} is not there, or empty. Is its boot partition mounted?")
    texts = (config_with(config.text, wish.boot.lines), cmdline_without_consoles(cmdline.text or ""))
    files = tuple(
        UnitFile(path=path, content=text.encode(), plain=True) for path, text in zip(paths, texts, strict=True)
    )
    step = written(BOOT, files, facts)
    note = NEEDS_RESTART if facts.restart or step.put else ""
    mark = UnitFile(path=RESTART_MARK, content=b"")
    put = Put(files=(mark, *step.put.files)) if step.put else None
    return Step(name=step.name, changes=step.changes, diff=step.diff, put=put, note=note)
