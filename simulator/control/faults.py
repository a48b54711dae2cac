"""/_sim/faults: what goes wrong with requests; /_sim/limits: throttling and the attendant's pace."""

from __future__ import annotations

from typing import Any

from starlette.routing import Route

from simulator.control.frame import ControlCall, ControlError, control
from simulator.faults import LIMIT
from simulator.office import CHECK_INS
from simulator.office_schema import Key

LIMITS = {
    "concurrency_limit": Key(int, None, low=1, high=1000),
    "window_limit": Key(int, None, low=1, high=10_000_000),
    "attendant_delay_s": Key(float, None, low=0, high=86_400),
    "attendant_paused": Key(bool, None),
    "duplicate_status": Key(int, None, low=400, high=409),
    "device_code_interval_s": Key(int, None, low=0, high=60),
    "check_ins": Key(str, None, choices=CHECK_INS),
}


def read(call: ControlCall) -> dict[str, Any]:
    """The faults that are set, with how often each struck."""
    return {"faults": [fault.describe() for fault in call.tenant.faults.all()]}


def add(call: ControlCall) -> dict[str, Any]:
    """Set one fault, or several as {"faults": [...], "seed": 7}."""
    body = call.given()
    specs = body.get("faults", [body])
    faults = call.tenant.faults
    if not isinstance(specs, list) or len(specs) + len(faults.all()) > LIMIT:
        raise ControlError(f"faults: allowed: a list, {LIMIT} faults in all")
    if isinstance(body.get("seed"), int) and "faults" in body:
        faults.seed(body["seed"])
    try:
        return {"faults": [faults.add(spec).describe() for spec in specs]}
    except (ValueError, TypeError, AttributeError) as error:
        raise ControlError(str(error)) from None


def clear(call: ControlCall) -> dict[str, Any]:
    """Take all faults away, or the one with that number."""
    wanted = call.path.get("fault")
    return {"cleared": call.tenant.faults.clear(int(wanted) if wanted else None)}


def limits(call: ControlCall) -> dict[str, Any]:
    """Change limits; what is not given stays. Returns all of them."""
    tenant, values = call.tenant, call.fields(LIMITS)
    targets: dict[str, tuple[object, str]] = {
        "concurrency_limit": (tenant.throttle, "concurrency_limit"),
        "window_limit": (tenant.throttle, "window_limit"),
        "attendant_delay_s": (tenant.attendant, "delay_s"),
        "attendant_paused": (tenant.attendant, "paused"),
        "duplicate_status": (tenant, "duplicate_status"),
        "device_code_interval_s": (tenant.sign_in, "interval_s"),
        "check_ins": (tenant, "check_ins_answer"),
    }
    for name, (target, field) in targets.items():
        if values[name] is not None:
            setattr(target, field, values[name])
    return {name: getattr(target, field) for name, (target, field) in targets.items()}


def expire_delta(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/delta/expire: drop the history that delta tokens stand on; they get 410 from now on."""
    call.tenant.delta_generation += 1
    return {"generation": call.tenant.delta_generation}


ROUTES = [
    Route("/delta/expire", control(expire_delta), methods=["POST"]),
    Route("/faults", control(read), methods=["GET"]),
    Route("/faults", control(add), methods=["POST"]),
    Route("/faults", control(clear), methods=["DELETE"]),
    Route("/faults/{fault:int}", control(clear), methods=["DELETE"]),
    Route("/limits", control(limits), methods=["GET", "POST"]),
]
