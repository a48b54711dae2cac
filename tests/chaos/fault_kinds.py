"""Every kind of fault of the run: how it begins, what ends it, and how soon afterwards the panel must be well again.

`recovery_s` follows from the design: the back-off reaches 300 s with 20 % jitter, Retry-After is honoured, the
sign-in service is left alone for as long as graph.outcomes says. None of them may need a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BACK_OFF_S = 400.0
HOUR_S = 3600.0
VIEW = "calendarView"
WRITES = "/events"
TOKEN = "/oauth2/v2.0/token"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind. `spec` goes to /_sim/faults, `sign_in` to /_sim/sign-in/faults, `account` to the device account.

    `limits` is set for the time of the fault. `offset_s` sets the panel's wall clock wrong, `network` cuts the wire.
    `believed` is told only while the panel knows of events: an empty answer after an empty one is believed, and no
    client could do better. `person`: somebody has to sign the panel in again afterwards. `once`: it strikes once, not
    for a while.
    """

    name: str
    spec: Mapping[str, Any] = field(default_factory=dict)
    sign_in: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    offset_s: float = 0.0
    network: bool = False
    believed: bool = False
    person: bool = False
    once: bool = False
    recovery_s: float = BACK_OFF_S
    longest_s: float = 900.0


def _status(status: int, name: str = "", *, longest_s: float = 900.0, **more: Any) -> FaultKind:
    wait_s = float(more.get("retry_after_s", 0))
    spec = {"kind": "status", "status": status, "path": VIEW, **more}
    return FaultKind(name or f"status-{status}", spec, longest_s=longest_s, recovery_s=BACK_OFF_S + 1.2 * wait_s)


def _write(name: str, **spec: Any) -> FaultKind:
    return FaultKind(name, {"path": WRITES, **spec})


FAULTS = (
    _status(500),
    _status(502),
    _status(503),
    _status(503, "status-503-retry-after", retry_after_s=40),
    _status(504),
    _status(429),
    _status(429, "status-429-retry-after", retry_after_s=90),
    _status(509),
    _status(400),
    _status(401, "status-401"),
    _status(403),
    _status(404, "room-gone", code="ErrorNonExistentMailbox"),
    _status(408),
    _status(500, "status-500-now-and-then", probability=0.5),
    FaultKind("throttle", {"kind": "throttle", "path": "/v1.0/"}),
    FaultKind("short-delay", {"kind": "delay", "path": "/v1.0/", "delay_s": 0.04}),
    FaultKind("long-delay", {"kind": "delay", "path": "/v1.0/", "delay_s": 0.2, "probability": 0.7}, longest_s=240),
    FaultKind("hang", {"kind": "hang", "path": VIEW}, longest_s=300),
    FaultKind("hang-everything", {"kind": "hang", "path": ""}, longest_s=200),
    FaultKind("drop", {"kind": "drop", "path": "/v1.0/"}),
    FaultKind("html", {"kind": "html", "path": ""}),
    FaultKind("empty-once", {"kind": "empty", "path": VIEW, "count": 1}, once=True, believed=True),
    FaultKind("truncate", {"kind": "truncate", "path": "/v1.0/"}),
    FaultKind("content-type", {"kind": "content_type", "path": "/v1.0/"}),
    FaultKind("wrong-date", {"kind": "date", "path": "/v1.0/", "date_offset_s": 3000}),
    FaultKind("date-slightly-wrong", {"kind": "date", "path": "/v1.0/", "date_offset_s": -7}),
    FaultKind("bad-token", {"kind": "bad_token", "path": "/v1.0/"}, recovery_s=BACK_OFF_S + 60),
    FaultKind("bad-token-once", {"kind": "bad_token", "path": "/v1.0/", "count": 1}, once=True),
    _write("write-500", kind="status", status=500, method="POST"),
    _write("write-503-after", kind="status", status=503, method="POST", after=True, probability=0.7),
    _write("write-answer-lost", kind="drop", method="POST", after=True, probability=0.8),
    _write("write-hangs-after", kind="hang", method="POST", after=True, probability=0.8),
    _write("write-truncated-after", kind="truncate", method="POST", after=True, probability=0.8),
    _write("change-answer-lost", kind="drop", method="PATCH", after=True, probability=0.7),
    _write("change-412", kind="status", status=412, method="PATCH", probability=0.7),
    _write("delete-500", kind="status", status=500, method="DELETE"),
    _write("delete-answer-lost", kind="drop", method="DELETE", after=True, probability=0.8),
    _write("write-403", kind="status", status=403, method="POST"),
    _write("mailbox-full", kind="status", status=507, method="POST"),
    _write("event-reads-fail", kind="status", status=500, method="GET"),
    FaultKind("places-fail", {"kind": "status", "status": 503, "path": "/places"}),
    FaultKind("people-fail", {"kind": "status", "status": 500, "path": "/users$|/people"}),
    FaultKind("schedule-fails", {"kind": "html", "path": "getSchedule"}),
    FaultKind("throttled-by-count", limits={"window_limit": 3}, recovery_s=BACK_OFF_S + 720),
    FaultKind("attendant-away", limits={"attendant_paused": True}),
    FaultKind("network-down", network=True),
    FaultKind("network-flaps", network=True, longest_s=20),
    FaultKind("night-without-network", network=True, longest_s=30_000),
    FaultKind("clock-2-s-off", offset_s=2.0),
    FaultKind("clock-4-s-behind", offset_s=-4.0),
    FaultKind("clock-40-s-ahead", offset_s=40.0),
    FaultKind("clock-2-h-behind", offset_s=-7200.0),
    FaultKind("clock-3-days-ahead", offset_s=259_200.0),
    FaultKind("token-questioned", account={"question": True}, once=True),
    FaultKind("revoked", account={"revoke": True}, person=True, once=True),
    FaultKind("account-off", account={"enabled": False, "question": True}, person=True),
    FaultKind("conditional-access", account={"question": True}, sign_in={"aadsts": 53003}, person=True),
    FaultKind(
        "conditional-access-left-alone",
        account={"question": True},
        sign_in={"aadsts": 53003},
        recovery_s=1.25 * HOUR_S + BACK_OFF_S,
    ),
    FaultKind("mfa-wanted", account={"question": True}, sign_in={"aadsts": 50076}, person=True),
    FaultKind("consent-missing", account={"question": True}, sign_in={"aadsts": 65001}, recovery_s=BACK_OFF_S + 360),
    FaultKind("sign-in-loop", account={"question": True}, sign_in={"aadsts": 50196}, recovery_s=0.3 * HOUR_S + 800),
    FaultKind("sign-in-fault", account={"question": True}, sign_in={"aadsts": 90033}, recovery_s=BACK_OFF_S + 360),
    FaultKind("sign-in-500", {"kind": "status", "status": 500, "path": TOKEN}, account={"question": True},
              recovery_s=BACK_OFF_S + 360),
    FaultKind("sign-in-429", {"kind": "status", "status": 429, "path": TOKEN, "retry_after_s": 60},
              account={"question": True}, recovery_s=BACK_OFF_S + 360),
    FaultKind("sign-in-html", {"kind": "html", "path": TOKEN}, account={"question": True}, recovery_s=BACK_OFF_S + 360),
    FaultKind("sign-in-hangs", {"kind": "hang", "path": TOKEN}, account={"question": True}, longest_s=200,
              recovery_s=BACK_OFF_S + 360),
)  # fmt: skip
