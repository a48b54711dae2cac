"""GET and POST /_sim/clock, POST /_sim/reset."""

from __future__ import annotations

from typing import Any

from starlette.routing import Route

from simulator.clock import SimulatedClock
from simulator.control.frame import ControlCall, ControlError, control, iso
from simulator.office_schema import Key

CLOCK = {
    "set": Key(str, ""),
    "step_s": Key(float, 0.0, low=-1e9, high=1e9),
    "rate": Key(float, None, low=0, high=100_000),
}
RESET = {"keep_sign_ins": Key(bool, False), "now": Key(str, "")}


def read(call: ControlCall) -> dict[str, Any]:
    """The time in the office."""
    tenant = call.tenant
    now = tenant.now()
    rate = tenant.clock.rate if isinstance(tenant.clock, SimulatedClock) else None
    return {
        "now": iso(now),
        "local": now.astimezone(tenant.office.zone).isoformat(),
        "zone": tenant.office.zone.key,
        "rate": rate,
        "pending": len(tenant.agenda),
    }


def move(call: ControlCall) -> dict[str, Any]:
    """Set, step or run the clock at a rate; what is due on the way happens."""
    values = call.fields(CLOCK)
    clock = call.tenant.clock
    if values["rate"] is not None:
        if not isinstance(clock, SimulatedClock):
            raise ControlError("rate: this simulator runs on a clock of its caller's; set its rate there")
        clock.set_rate(values["rate"])
    if values["set"]:
        clock.step((call.instant(values["set"]) - clock.now()).total_seconds())
    if values["step_s"]:
        clock.step(values["step_s"])
    return read(call)


def reset(call: ControlCall) -> dict[str, Any]:
    """Begin the opening day again, now or at another time."""
    values = call.fields(RESET)
    if values["now"]:
        call.tenant.clock.step((call.instant(values["now"]) - call.tenant.clock.now()).total_seconds())
    call.tenant.begin()
    if not values["keep_sign_ins"]:
        call.tenant.forget_sign_ins()
    return read(call)


ROUTES = [
    Route("/clock", control(read), methods=["GET"]),
    Route("/clock", control(move), methods=["POST"]),
    Route("/reset", control(reset), methods=["POST"]),
]
