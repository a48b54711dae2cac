"""What the commands of both panels do alike: ask the app that runs here, keep a picture of it, end in clear words."""

from __future__ import annotations

import base64
import getpass
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from common.control import request
from common.errors import MyDeskError

__all__ = ["answer_lines", "ask", "end_in_words", "take_picture", "typed_pin"]

ASK_TIMEOUT_S = 30.0
STANDARD_OUTPUT = Path("-")


def ask(socket: Path, op: str, **args: object) -> dict[str, Any]:
    """What the app behind the control socket answers. Raises ControlError: it is not there, or refuses."""
    answer = request(socket, op, timeout_s=ASK_TIMEOUT_S, **args)
    answer.pop("ok", None)
    return answer


def take_picture(socket: Path, out: Path) -> dict[str, Any] | None:
    """Write what is on the screen to `out` as PNG, and return what to tell of it; None when `out` is "-".

    Raises:
        ControlError: the app is not there, or refuses.
        OSError: the file cannot be written.
    """
    picture = base64.b64decode(ask(socket, "screenshot")["png"])
    if out == STANDARD_OUTPUT:
        sys.stdout.buffer.write(picture)
        return None
    out.write_bytes(picture)
    return {"file": str(out), "bytes": len(picture)}


def typed_pin() -> str:
    """A PIN, asked for where somebody types, else read from standard input."""
    return getpass.getpass("PIN, six digits: ") if sys.stdin.isatty() else sys.stdin.readline().strip()


def answer_lines(
    answer: Mapping[str, Any], shown: Callable[[Mapping[str, Any]], Iterable[str]], *, as_json: bool
) -> Iterable[str]:
    """An answer for people, as `shown` has it, or for machines."""
    return (json.dumps(answer, ensure_ascii=False),) if as_json else shown(answer)


def end_in_words(name: str, program: Callable[[], object]) -> None:
    """Run `program`; what fails as expected is one sentence on standard error and exit code 1."""
    try:
        program()
    except MyDeskError as error:
        sys.stderr.write(f"{name}: {error}\n")
        raise SystemExit(1) from error
