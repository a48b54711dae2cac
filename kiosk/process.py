"""The process of a kiosk: `mydesk-kiosk run` becomes `python -m kiosk.process CONFIG [--headless]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from common import process

HEADLESS = "--headless"


def become(config: Path, *, headless: bool) -> NoReturn:
    """Replace this process by one that runs with `config`."""
    process.become("kiosk.process", str(config), *((HEADLESS,) if headless else ()))


def main(arguments: list[str]) -> None:
    """Run until SIGTERM or SIGINT; expected failures are one sentence on standard error and exit code 1."""
    from kiosk.app import run_kiosk

    process.run_as("mydesk-kiosk", lambda: run_kiosk(Path(arguments[0]), headless=HEADLESS in arguments[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
