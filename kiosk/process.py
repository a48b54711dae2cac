"""The process of a kiosk: `mydesk-kiosk run` becomes it, so that the command line's libraries are not kept.

It is started as `python -m kiosk.process CONFIG [--headless]`.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from common.errors import MyDeskError
from common.log_tail import TailHandler

HEADLESS = "--headless"


def become(config: Path, *, headless: bool) -> NoReturn:
    """Replace this process, its id stays the same, by one that runs the kiosk of `config`."""
    sys.stdout.flush()
    sys.stderr.flush()
    options = (HEADLESS,) if headless else ()
    os.execv(sys.executable, (sys.executable, "-m", __name__, str(config), *options))  # noqa: S606 - no shell is wanted


def main(arguments: list[str]) -> None:
    """Run until SIGTERM or SIGINT; expected failures are one sentence on standard error and exit code 1."""
    from kiosk.app import run_kiosk

    level = os.environ.get("MYDESK_LOG", "INFO").upper()
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger().addHandler(TailHandler())
    try:
        run_kiosk(Path(arguments[0]), headless=HEADLESS in arguments[1:])
    except MyDeskError as error:
        print(f"mydesk-kiosk: {error}", file=sys.stderr)  # noqa: T201 - the command line's own words
        raise SystemExit(1) from error


if __name__ == "__main__":
    main(sys.argv[1:])
