"""The process of a unit's program: a command becomes it, so that the command line's libraries (22 MB) are not kept.

A package has a module `process` whose `main` is `run_as(...)`; it is started as `python -m PACKAGE.process ...`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from common.errors import MyDeskError
from common.log_tail import TailHandler

__all__ = ["become", "run_as"]

HEAP = {"MALLOC_MMAP_THRESHOLD_": "65536"}
"""For glibc (mallopt(3)): what is larger goes back to the system when it is freed. By itself glibc raises this limit
with each picture that was freed, and keeps their holes: 3.5 MB of a panel."""


def become(module: str, *arguments: str) -> NoReturn:
    """Replace this process, its id stays the same, by one that runs `module` with these arguments."""
    sys.stdout.flush()
    sys.stderr.flush()
    command = (sys.executable, "-m", module, *arguments)
    os.execve(sys.executable, command, HEAP | os.environ)  # noqa: S606 - no shell is wanted


def run_as(program: str, run: Callable[[], None]) -> None:
    """`run()` until it ends; expected failures are one sentence on standard error and exit code 1.

    The log goes to standard error, which is the journal, from the level in MYDESK_LOG on; its tail is kept.
    """
    level = os.environ.get("MYDESK_LOG", "INFO").upper()
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger().addHandler(TailHandler())
    try:
        run()
    except MyDeskError as error:
        print(f"{program}: {error}", file=sys.stderr)  # noqa: T201 - the command line's own words
        raise SystemExit(1) from error
