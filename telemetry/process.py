"""The process of the agent: `mydesk-agent run` becomes it, so that the command line's libraries are not kept.

It is started as `python -m telemetry.process CONFIG SOCKET`.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from common.errors import MyDeskError


def become(config: Path, socket: Path) -> NoReturn:
    """Replace this process, its id stays the same, by one that runs the agent of `config`."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, (sys.executable, "-m", __name__, str(config), str(socket)))  # noqa: S606 - no shell is wanted


def main(arguments: list[str]) -> None:
    """Run until SIGTERM or SIGINT; expected failures are one sentence on standard error and exit code 1."""
    from telemetry.agent import Places, run_agent

    faulthandler.enable()  # the watchdog ends with SIGABRT: where it hung is told
    level = os.environ.get("MYDESK_LOG", "INFO").upper()
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        run_agent(Path(arguments[0]), Places(socket=Path(arguments[1])))
    except MyDeskError as error:
        print(f"mydesk-agent: {error}", file=sys.stderr)  # noqa: T201 - the command line's own words
        raise SystemExit(1) from error


if __name__ == "__main__":
    main(sys.argv[1:])
