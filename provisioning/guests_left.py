"""Where a kiosk keeps what it knows of guests, and how a unit forgets it that became a door panel. Pure.

The usual folders stand in systemd/tmpfiles.d/mydesk-left.conf. Others are known only as long as the kiosk's settings
are on the unit: they are written into a second file there when the role changes, and that stays.

>>> folders_elsewhere('[register]\\nfolder = "/var/lib/mydesk/lobby"\\n')
('/var/lib/mydesk/lobby',)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any, Final

from provisioning.settings_layers import value_at

__all__ = ["ELSEWHERE", "FOLDERS", "folders_elsewhere", "is_cleaned", "rule"]

FOLDERS: Final = {
    "register.folder": "/var/lib/mydesk/register",
    "invitations.records_folder": "/var/lib/mydesk/invitations",
}
"""By the key of kiosk.toml that names another."""

ELSEWHERE: Final = "/etc/tmpfiles.d/mydesk-left-elsewhere.conf"
_OWN: Final = re.compile(r"/var/lib/mydesk(/(?!\.\.?(/|$))[A-Za-z0-9._-]+)+")
"""Folders that are nobody else's, in letters that mean nothing to tmpfiles.d(5)."""

_SHARED: Final = "/var/lib/mydesk/outbox"
_HEADER: Final = (
    "# Written by mydesk-fleet when this kiosk became a door panel: folders of guests that its settings named.\n"
)


def folders_elsewhere(settings: str) -> tuple[str, ...]:
    """The folders of guests that the text of a kiosk.toml names, but for the usual ones; none in what is no TOML."""
    try:
        tables: dict[str, Any] = tomllib.loads(settings)
    except ValueError:
        return ()
    named = (value_at(tables, key) for key in FOLDERS)
    folders = {name.rstrip("/") or "/" for name in named if isinstance(name, str) and name}
    return tuple(sorted(folders - set(FOLDERS.values())))


def is_cleaned(folder: str) -> bool:
    """Whether systemd may empty a folder: below ours, where alone a kiosk may write, and nobody else's."""
    return _OWN.fullmatch(folder) is not None and not f"{folder}/".startswith(f"{_SHARED}/")


def rule(folders: Sequence[str]) -> bytes:
    """What empties them within a day, as mydesk-left.conf does (tmpfiles.d(5))."""
    return (_HEADER + "".join(f"e {folder} - - - m:1h\n" for folder in folders)).encode()
