"""Everything that can go wrong between a client and the tenant, set from outside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

KINDS = (
    "status", "delay", "hang", "drop", "html", "empty", "truncate", "content_type", "bad_token", "date", "throttle",
)  # fmt: skip
LIMIT = 1000
ALLOWED = {
    "kind": (str,),
    "path": (str,),
    "method": (str,),
    "query": (str,),
    "count": (int,),
    "skip": (int,),
    "probability": (int, float),
    "after": (bool,),
    "status": (int,),
    "code": (str,),
    "message": (str,),
    "retry_after_s": (int, float),
    "delay_s": (int, float),
    "date_offset_s": (int, float),
}


@dataclass(slots=True)
class Fault:
    """One fault. `after` lets the request take effect first: the answer is lost, the write is not.

    `skip` requests pass before it begins, `count` (None: without end) are spoilt, each with `probability`.
    """

    id: int
    kind: str
    path: re.Pattern[str]
    query: re.Pattern[str]
    method: str = ""
    remaining: int | None = None
    skip: int = 0
    probability: float = 1.0
    after: bool = False
    status: int = 500
    code: str = ""
    message: str = ""
    retry_after_s: float | None = None
    delay_s: float = 0.0
    date_offset_s: float = 0.0
    hits: int = 0
    spec: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """What was set, and how often it struck."""
        return self.spec | {"id": self.id, "hits": self.hits, "remaining": self.remaining}


class Faults:
    """The faults that are set, tried in the order in which they were set; the first that matches strikes."""

    def __init__(self, seed: int = 1) -> None:
        self._faults: list[Fault] = []
        self._numbers = count(1)
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin the dice again, so that a run can be repeated."""
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose

    def add(self, spec: dict[str, Any]) -> Fault:
        """Set a fault from what a control call says.

        Raises:
            ValueError: a key or value is not allowed; says what is.
        """
        _check(spec)
        fault = Fault(
            id=next(self._numbers),
            kind=spec.get("kind", "status"),
            path=re.compile(spec.get("path", "")),
            query=re.compile(spec.get("query", "")),
            method=spec.get("method", "").upper(),
            remaining=spec.get("count"),
            skip=spec.get("skip", 0),
            probability=spec.get("probability", 1.0),
            after=spec.get("after", False),
            status=spec.get("status", 500),
            code=spec.get("code", ""),
            message=spec.get("message", ""),
            retry_after_s=spec.get("retry_after_s"),
            delay_s=spec.get("delay_s", 0.0),
            date_offset_s=spec.get("date_offset_s", 0.0),
            spec=dict(spec),
        )
        self._faults.append(fault)
        return fault

    def clear(self, fault_id: int | None = None) -> int:
        """Take one fault away, or all; returns how many went."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault_id is not None and fault.id != fault_id]
        return before - len(self._faults)

    def all(self) -> list[Fault]:
        """The faults that are set."""
        return list(self._faults)

    def pick(self, method: str, path: str, query: str) -> Fault | None:
        """The fault that strikes this request, if any."""
        for fault in self._faults:
            if _applies(fault, method, path, query) and self._strikes(fault):
                return fault
        return None

    def _strikes(self, fault: Fault) -> bool:
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.probability < 1.0 and self._random.random() >= fault.probability:
            return False
        fault.hits += 1
        if fault.remaining is not None:
            fault.remaining -= 1
            if fault.remaining <= 0:
                self._faults.remove(fault)
        return True


def _applies(fault: Fault, method: str, path: str, query: str) -> bool:
    if fault.method and fault.method != method:
        return False
    return fault.path.search(path) is not None and fault.query.search(query) is not None


def _check(spec: dict[str, Any]) -> None:
    for name, value in spec.items():
        kinds = ALLOWED.get(name)
        if kinds is None:
            raise ValueError(f"{name!r} is not a key of a fault; allowed: {', '.join(ALLOWED)}")
        if type(value) not in kinds:
            raise ValueError(f"{name} is {value!r}; allowed: {' or '.join(kind.__name__ for kind in kinds)}")
    if spec.get("kind", "status") not in KINDS:
        raise ValueError(f"kind is {spec['kind']!r}; allowed: {', '.join(KINDS)}")
    if not 100 <= spec.get("status", 500) <= 599 or not 0 <= spec.get("probability", 1.0) <= 1:
        raise ValueError("status is from 100 to 599 and probability from 0 to 1")
    for name in ("path", "query"):
        try:
            re.compile(spec.get(name, ""))
        except re.error as error:
            raise ValueError(f"{name} is no regular expression: {error}") from None
