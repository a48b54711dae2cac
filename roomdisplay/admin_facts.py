"""Collects what the admin pages show."""

from __future__ import annotations

import socket
from importlib.metadata import version
from typing import TYPE_CHECKING

from common.log_tail import tail
from roomdisplay.admin_pages import AdminFacts, ReleaseFacts, SensorFacts

if TYPE_CHECKING:
    from roomdisplay.panel import Panel

DISTRIBUTION = "mydesk-firmware"


def admin_facts(panel: Panel) -> AdminFacts:
    """The facts of this moment; nothing here waits for a network."""
    error, auth = panel.reader.error, panel.parts.session.auth.state
    outcome = auth.outcome
    return AdminFacts(
        unit=panel.config.unit.id,
        version=version(DISTRIBUTION),
        room_address=panel.config.room.address,
        account=auth.account or panel.config.graph.account,
        addresses=own_addresses(),
        signed_in=auth.signed_in,
        problem=outcome.screen_text if outcome else "",
        values=tuple(outcome.params.items()) if outcome else (),
        read_at=panel.state.read_at,
        last_error=f"{type(error).__name__} {error.code}".strip() if error else "",
        clock_synchronised=panel.clock.synchronised(),
        lamp=str(panel.parts.lamp.shown),
        presence=str(panel.presence),
        brightness_percent=panel.brightness.ceiling_percent,
        presence_detail=_evidence(panel),
        sensors=_sensors(panel),
        release=_release(panel),
        log=tail(),
    )


def _evidence(panel: Panel) -> tuple[tuple[str, float], ...]:
    """Which sensor saw somebody, and how long ago."""
    now_s = panel.clock.monotonic_s()
    return tuple((one.input, now_s - one.at_s) for one in panel.senses.occupancy.evidence)


def _sensors(panel: Panel) -> tuple[SensorFacts, ...]:
    return tuple(
        SensorFacts(health.name, health.kind, str(health.condition), health.frame_age_s, health.problem)
        for health in panel.people.sensor_health()
    )


def _release(panel: Panel) -> ReleaseFacts:
    now, strikes = panel.clock.now(), panel.parts.strikes.current
    verdict = panel.no_shows.verdict
    tally = strikes.tally(now)
    return ReleaseFacts(
        keep=str(panel.no_shows.refusal or verdict.keep),
        at=verdict.at,
        strikes_current=strikes.count(panel.state.current, now) if panel.state.current else 0,
        strikes_next=strikes.count(panel.state.next, now) if panel.state.next else 0,
        no_shows=tally.no_shows,
        series=tally.series,
    )


def own_addresses() -> tuple[str, ...]:
    """The addresses that a datagram to the outside would leave from; nothing is sent."""
    found = []
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((target, 9))
            except OSError:
                continue
            found.append(str(probe.getsockname()[0]))
    return tuple(found)
