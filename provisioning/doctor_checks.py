"""What can be wrong with a unit, how to mend it, and which of it the doctor may mend by itself: a table. Pure.

A fix is done only where it disturbs nobody and may be done twice: what has failed is started again, what can be made
anew is cleared. Whatever an agent raises as an alarm is a finding too, in the alarm's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from provisioning.inventory import Unit
from provisioning.op_status import UnitStatus
from provisioning.unit_commands import BIN, UPDATE, app_service
from telemetry.health.alarm_texts import TEXTS

__all__ = ["CHECKS", "Check", "Finding", "Fix", "Seen", "examine"]

AGENT_SERVICE: Final = "mydesk-agent.service"
LITTLE_DISK_PERCENT: Final = 10.0
OLD_FRAME_S: Final = 30.0
OLD_CALENDAR_S: Final = 900.0
CERTIFICATE_SOON: Final = timedelta(days=14)
GRAPH_DOCTOR: Final = f"runuser -u mydesk -- {BIN}/mydesk-graph doctor --config /etc/mydesk/{{role}}.toml"

Commands = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the checks look at. `config` is what the app and the agent say to their files, empty when well."""

    unit: Unit
    status: UnitStatus
    now: datetime
    config: Mapping[str, str]
    reboot_required: bool
    update_reason: str = ""
    silent_sensors: tuple[str, ...] = ()
    has_hub: bool = True


@dataclass(frozen=True, slots=True)
class Fix:
    """`commands` are run as root, one after the other."""

    text: str
    commands: Callable[[Seen], Commands]


@dataclass(frozen=True, slots=True)
class Check:
    """`found` returns what is wrong, for `{}` in `text`, or None when nothing is or it is not known."""

    name: str
    text: str
    do: str
    found: Callable[[Seen], str | None]
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a unit; `do` says how to mend it, `{unit}` and `{role}` in it are the unit's."""

    check: str
    text: str
    do: str
    fix: Fix | None = None


def examine(seen: Seen) -> tuple[Finding, ...]:
    """Everything that is wrong, the worst first."""
    return tuple(_findings(seen))


def _findings(seen: Seen) -> Iterator[Finding]:
    told: set[str] = set()
    for check in CHECKS:
        if (value := check.found(seen)) is not None:
            told |= SAME_AS.get(check.name, frozenset())
            yield Finding(
                check.name, check.text.format(value), check.do.format(unit=seen.unit.id, role=seen.unit.role), check.fix
            )
    for kind in seen.status.alarms:
        if kind not in told:
            alarm = TEXTS.get(kind)
            yield Finding(kind, alarm.text if alarm else "An alarm of a newer agent.", alarm.do if alarm else "")


def _failed_services(seen: Seen) -> list[str]:
    return [name for name, word in seen.status.services.items() if word == "failed"]


def _inactive_services(seen: Seen) -> list[str]:
    wanted = {app_service(seen.unit), *([AGENT_SERVICE] if seen.has_hub else [])}
    return [name for name, word in seen.status.services.items() if word == "inactive" and name in wanted]


def _missing_services(seen: Seen) -> list[str]:
    wanted = {app_service(seen.unit), *([AGENT_SERVICE] if seen.has_hub else [])}
    return [name for name, word in seen.status.services.items() if word == "missing" and name in wanted]


def _listed(find: Callable[[Seen], Sequence[str]]) -> Callable[[Seen], str | None]:
    return lambda seen: ", ".join(find(seen)) or None


def _app_silent(seen: Seen) -> str | None:
    runs = seen.status.services.get(app_service(seen.unit)) == "active"
    return seen.status.faults["app"] if runs and "app" in seen.status.faults else None


def _agent_silent(seen: Seen) -> str | None:
    runs = seen.status.services.get(AGENT_SERVICE) == "active"
    return seen.status.faults["agent"] if runs and "agent" in seen.status.faults else None


def _above(value: float | None, most: float) -> str | None:
    return f"{value:.0f}" if value is not None and value > most else None


def _little_disk(seen: Seen) -> str | None:
    free = seen.status.disk_free_percent
    return f"{free:.0f}" if free is not None and free < LITTLE_DISK_PERCENT else None


def _certificate_left(seen: Seen) -> timedelta | None:
    try:
        ends = datetime.fromisoformat(seen.status.certificate_expires or "")
        return ends - seen.now
    except (ValueError, TypeError):  # no date, or one without a zone
        return None


def _ended(seen: Seen) -> str | None:
    left = _certificate_left(seen)
    return seen.status.certificate_expires if left is not None and left <= timedelta() else None


def _ends_soon(seen: Seen) -> str | None:
    left = _certificate_left(seen)
    return f"{left.days}" if left is not None and timedelta() < left < CERTIFICATE_SOON else None


def _update_failed(seen: Seen) -> str | None:
    bad = seen.status.step in ("failed", "rolled_back")
    return seen.update_reason or str(seen.status.step) if bad else None


def _restart(find: Callable[[Seen], Sequence[str]]) -> Callable[[Seen], Commands]:
    def commands(seen: Seen) -> Commands:
        names = tuple(find(seen))
        return (("systemctl", "reset-failed", *names), ("systemctl", "restart", *names))

    return commands


def _app_of(seen: Seen) -> list[str]:
    return [app_service(seen.unit)]


CHECKS: Final[tuple[Check, ...]] = (
    Check(
        "service-missing",
        "A service is not installed: {}.",
        "mydesk-fleet provision {unit}",
        _listed(_missing_services),
    ),
    Check(
        "no-release",
        "No release runs on it.",
        "mydesk-fleet provision {unit} --bundle FILE",
        lambda seen: "" if seen.status.release is None and "update" not in seen.status.faults else None,
    ),
    Check(
        "no-updater",
        "Its updater does not answer: {}",
        "mydesk-fleet provision {unit}",
        lambda seen: seen.status.faults.get("update"),
    ),
    Check(
        "config",
        "Its settings are refused: {}",
        "Mend the inventory (mydesk-fleet inventory check), then mydesk-fleet provision {unit}",
        lambda seen: "; ".join(seen.config.values()) or None,
    ),
    Check(
        "service-failed",
        "A service has failed and is not started again: {}.",
        "Read why: mydesk-fleet logs {unit}. Then start it again.",
        _listed(_failed_services),
        Fix("start it again", _restart(_failed_services)),
    ),
    Check(
        "service-inactive",
        "A service does not run: {}.",
        "Start it, and let it start with the unit.",
        _listed(_inactive_services),
        Fix(
            "enable and start it",
            lambda seen: (("systemctl", "enable", "--now", *_inactive_services(seen)),),
        ),
    ),
    Check(
        "app-silent",
        "Its program runs and does not answer: {}",
        "Restart it; if it comes back: mydesk-fleet logs {unit}",
        _app_silent,
        Fix("restart it", _restart(_app_of)),
    ),
    Check(
        "agent-silent",
        "Its agent runs and does not answer: {}",
        "Restart it; if it comes back: mydesk-fleet logs {unit}",
        _agent_silent,
        Fix("restart it", _restart(lambda seen: [AGENT_SERVICE])),
    ),
    Check(
        "screen-frozen",
        "The screen has not been drawn for {} s.",
        "Restart its program; if it freezes again, look at the cable of the display.",
        lambda seen: _above(seen.status.frame_age_s, OLD_FRAME_S),
        Fix("restart its program", _restart(_app_of)),
    ),
    Check(
        "signed-out",
        "It is not signed in to Microsoft 365.",
        "mydesk-fleet sign-in {unit}",
        lambda seen: "" if seen.status.signed_in is False else None,
    ),
    Check(
        "calendar-old",
        "The calendar was last read {} s ago.",
        "mydesk-fleet run {unit} --root -c '" + GRAPH_DOCTOR + "': it says what fails.",
        lambda seen: _above(seen.status.calendar_age_s, OLD_CALENDAR_S),
    ),
    Check(
        "clock-unsynchronised",
        "The clock is not synchronised, so it shows no room free.",
        "Allow UDP 123 to the time server, or set ntp_servers of its site in the inventory.",
        lambda seen: "" if seen.status.clock_synchronised is False else None,
        Fix(
            "turn time synchronisation on and ask again",
            lambda seen: (("timedatectl", "set-ntp", "true"), ("systemctl", "restart", "systemd-timesyncd.service")),
        ),
    ),
    Check(
        "disk-low",
        "{} % of the disk are free.",
        "Old logs, packages and releases can go; a larger card if it fills again.",
        _little_disk,
        Fix(
            "remove old logs, fetched packages and releases that nothing refers to",
            lambda seen: (("journalctl", "--vacuum-size=50M"), ("apt-get", "clean"), (*UPDATE, "prune")),
        ),
    ),
    Check(
        "certificate-ended",
        "Its certificate for the hub ended: {}.",
        "mydesk-fleet provision {unit}",
        _ended,
    ),
    Check(
        "certificate-soon",
        "Its certificate for the hub ends in {} days and was not renewed.",
        "Is the hub reached? mydesk-fleet status {unit}. The agent asks again when it starts.",
        _ends_soon,
        Fix("let the agent ask again", lambda seen: (("systemctl", "restart", AGENT_SERVICE),)),
    ),
    Check(
        "update-failed",
        "The last release was not kept: {}",
        "mydesk-fleet logs {unit}; build a bundle that mends it. What ran before runs.",
        _update_failed,
    ),
    Check(
        "sensor-silent",
        "No word from: {}.",
        "Check plug and power of the sensor, printer or scanner.",
        lambda seen: ", ".join(seen.silent_sensors) or None,
    ),
    Check(
        "reboot-required",
        "Security updates wait for a reboot.",
        "mydesk-fleet os-update {unit}, or leave it to its window.",
        lambda seen: "" if seen.reboot_required else None,
    ),
)

SAME_AS: Final[Mapping[str, frozenset[str]]] = {
    "app-silent": frozenset({"app-silent"}),
    "service-failed": frozenset({"service-failed", "app-silent"}),
    "service-inactive": frozenset({"app-silent"}),
    "screen-frozen": frozenset({"screen-frozen"}),
    "signed-out": frozenset({"signed-out", "calendar-old"}),
    "calendar-old": frozenset({"calendar-old"}),
    "clock-unsynchronised": frozenset({"clock-unsynchronised"}),
    "disk-low": frozenset({"disk-low", "storage-full"}),
    "sensor-silent": frozenset({"sensor-silent"}),
}
"""Alarms that a check of ours has told already."""
