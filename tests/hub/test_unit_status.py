"""An old will does not take a unit away that is back."""

from __future__ import annotations

from typing import Any

import pytest

from hub.unit_status import supersedes
from telemetry.messages import Status


def status(s: Any, boot: str, n: int, ts: int = 0) -> Status:
    return Status(s=s, boot=boot, n=n, ts=ts)


CASES = {
    "the first ever": (status("lost", "a", 1), None, True),
    "birth after will": (status("online", "a", 2), status("lost", "a", 1), True),
    "will of this connection": (status("lost", "a", 2), status("online", "a", 2), True),
    "clean stop": (status("offline", "a", 2), status("online", "a", 2), True),
    "will of the connection before": (status("lost", "a", 1), status("online", "a", 2), False),
    "will of the boot before": (status("lost", "a", 9, ts=5), status("online", "b", 1, ts=9), False),
    "will of the boot before, no times": (status("lost", "a", 9), status("online", "b", 1), False),
    "will of a boot whose birth we missed": (status("lost", "b", 1, ts=9), status("online", "a", 4, ts=5), True),
    "birth of another boot": (status("online", "b", 1), status("online", "a", 8), True),
    "birth of an unset clock": (status("online", "b", 1, ts=3), status("lost", "a", 8, ts=99), True),
    "an old birth again": (status("online", "a", 1), status("online", "a", 2), False),
    "the same birth again": (status("online", "a", 2), status("online", "a", 2), True),
}


@pytest.mark.parametrize(("fresh", "last", "expected"), CASES.values(), ids=CASES)
def test_which_is_newer(fresh: Status, last: Status | None, expected: bool) -> None:
    assert supersedes(fresh, last) is expected
