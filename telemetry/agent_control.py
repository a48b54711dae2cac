"""What the agent's own control socket answers: `status` and `outbox`."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from common.control import Handler, Request
from common.tasks import Supervisor

if TYPE_CHECKING:
    from telemetry.agent import Agent


def handlers(agent: Agent, supervisor: Supervisor) -> dict[str, Handler]:
    """The table for common.control.ControlServer."""

    async def status(request: Request) -> dict[str, Any]:
        return status_of(agent, supervisor.running)

    async def outbox(request: Request) -> dict[str, Any]:
        return outbox_of(agent)

    return {"status": status, "outbox": outbox}


def status_of(agent: Agent, running: tuple[str, ...]) -> dict[str, Any]:
    """How the agent is, in one JSON object."""
    link, shadow, renewal = agent.link.state, agent.settings.shadow, agent.renewal
    return {
        "unit": agent.config.unit.id,
        "role": agent.config.unit.role,
        "version": agent.version,
        "hub": {
            "connected": link.connected,
            "fault": link.fault,
            "connects": link.connects,
            "quiet_s": None if math.isinf(link.quiet_s) else round(link.quiet_s, 1),
            "dropped": link.dropped,
        },
        "app": {"answers": agent.app.latest is not None, "socket": str(agent.app.socket)},
        "alarms": sorted(agent.health.alarms),
        "commands": agent.commands.working,
        "settings": {"rev": shadow.rev, "applied": shadow.applied, "state": shadow.state, "reason": shadow.reason},
        "certificate": {
            "expires": renewal.expires.isoformat() if renewal.expires else None,
            "fault": renewal.fault,
        },
        "outbox": outbox_of(agent),
        "clock_synchronised": agent.clock.synchronised(),
        "tasks": sorted(running),
    }


def outbox_of(agent: Agent) -> dict[str, Any]:
    """What waits for the hub, and what was lost before it came there."""
    state, sink = agent.sender.state, agent.sink.state
    found = asdict(state)
    found["oldest_s"] = None if state.oldest_s is None else round(state.oldest_s, 1)
    return found | {"unwritten": sink.waiting, "lost": sink.lost, "path": agent.config.outbox.path}
