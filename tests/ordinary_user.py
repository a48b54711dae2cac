"""Root may write anywhere, so a test of refused rights becomes nobody for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def ordinary_user(folder: Path, *, uid: int = NOBODY, gid: int = NOBODY) -> Iterator[None]:
    """Run the block as a user who may pass to `folder` but owns nothing in it, unless we are no root anyway."""
    if os.geteuid() != 0:
        yield
        return
    closed = [parent for parent in (folder, *folder.parents) if not parent.stat().st_mode & 0o001]
    modes = {parent: parent.stat().st_mode & 0o7777 for parent in closed}
    for parent, mode in modes.items():
        parent.chmod(mode | 0o011)
    was = os.getegid()
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(was)
        for parent, mode in modes.items():
            parent.chmod(mode)
