"""How a sensor is, and the one log line for each change of it."""

from __future__ import annotations

import logging

from drivers.device import Condition

_log = logging.getLogger(__name__)


class Standing:
    """`condition` and `problem` of one sensor; a change is logged once, a repetition never.

    What is compared is the condition and the `cause` behind it, not the wording, which may hold numbers. STARTING is
    not logged: a port that opens and fails, again and again, is one line.
    """

    def __init__(self, name: str, kind: str) -> None:
        self._title = f"{name} ({kind})"
        self._logged: tuple[Condition, str] | None = None
        self.condition = Condition.STARTING
        self.problem = ""

    def change(self, condition: Condition, problem: str = "", *, cause: str = "") -> None:
        """Note how it is now; `problem` is one sentence for a person, with what to do."""
        self.condition, self.problem = condition, problem
        if condition is Condition.STARTING or self._logged == (condition, cause):
            return
        self._logged = (condition, cause)
        if condition is Condition.HEALTHY:
            _log.info("%s is %s", self._title, condition)
        else:
            _log.warning("%s is %s: %s", self._title, condition, problem)

    def stopped(self) -> None:
        """Nobody looks after it any more: the program ends, or died of a fault that others report."""
        self.condition, self.problem = Condition.ABSENT, "It is not being read; the log says why."
