"""Looks at a unit with `doctor_checks`, mends what may be mended, and looks again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import asyncssh

from provisioning.doctor_checks import Finding, Seen, examine
from provisioning.inventory import Unit
from provisioning.op_status import look, status_of
from provisioning.plain_text import plain_line
from provisioning.render import app_file
from provisioning.unit_commands import AGENT, app, ask

__all__ = ["Examined", "Mended", "see", "treat"]

SETTLE_S: Final = 20.0
SETTLE_POLL_S: Final = 1.0
FIX_TIMEOUT_S: Final = 60.0
REBOOT_REQUIRED: Final = "/run/reboot-required"
_WELL: Final = frozenset({"healthy", "starting"})
_MOST_SENSORS: Final = 32


@dataclass(frozen=True, slots=True)
class Mended:
    """A fix that was done; `fault` is why a command of it failed, `gone` whether the finding is."""

    check: str
    text: str
    fault: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Examined:
    """What is wrong with a unit, after what was mended."""

    findings: tuple[Finding, ...]
    mended: tuple[Mended, ...] = ()


async def see(unit: Unit, connection: asyncssh.SSHClientConnection, *, has_hub: bool, now: datetime) -> Seen:
    """All that the checks need. Raises as `provisioning.unit_commands.ask`."""
    found, config, reboot = await asyncio.gather(
        look(unit, connection, has_hub=has_hub),
        _config(unit, connection, has_hub=has_hub),
        ask(connection, ["test", "-e", REBOOT_REQUIRED]),
    )
    return Seen(
        unit,
        status_of(found),
        now,
        config,
        reboot.status == 0,
        plain_line(found.update.get("reason") or ""),
        tuple(_silent(found.app)),
        has_hub,
    )


async def _config(unit: Unit, connection: asyncssh.SSHClientConnection, *, has_hub: bool) -> Mapping[str, str]:
    """What the programs say to their own files; nothing where a program is missing: that is another finding."""
    asked = {app_file(unit): app(unit, "check-config", f"/etc/mydesk/{app_file(unit)}")}
    if has_hub:
        asked["agent.toml"] = [*AGENT, "check-config", "/etc/mydesk/agent.toml"]
    answers = await asyncio.gather(*(ask(connection, words, user="mydesk") for words in asked.values()))
    told = {name: answer for name, answer in zip(asked, answers, strict=True) if answer.status == 1}
    return {name: plain_line(answer.out or answer.said) for name, answer in told.items()}


def _silent(status: Mapping[str, Any]) -> Iterator[str]:
    """A panel lists its sensors, a kiosk has them by name and its devices beside them."""
    listed = status.get("sensors")
    named: list[tuple[Any, Any]] = list(listed.items()) if isinstance(listed, dict) else []
    named += [(None, one) for one in listed] if isinstance(listed, list) else []
    devices = [(name, status.get(name)) for name in ("printer", "scanner")]
    for name, device in [*named[:_MOST_SENSORS], *devices]:
        if isinstance(device, dict) and device.get("condition") not in _WELL:
            yield plain_line(name or device.get("name"), 40)


async def treat(
    unit: Unit,
    connection: asyncssh.SSHClientConnection,
    *,
    has_hub: bool,
    fix: bool,
    settle_s: float = SETTLE_S,
) -> Examined:
    """Examine `unit`; with `fix`, mend what may be mended, and look until that is gone or `settle_s` are over."""
    seen = await see(unit, connection, has_hub=has_hub, now=datetime.now(UTC))
    findings = examine(seen)
    if not fix or not any(finding.fix for finding in findings):
        return Examined(findings)
    faults = {finding.check: await _mend(connection, finding, seen) for finding in findings if finding.fix}
    tried = {name for name, fault in faults.items() if not fault}
    until_s = time.monotonic() + settle_s
    while True:
        after = examine(await see(unit, connection, has_hub=has_hub, now=datetime.now(UTC)))
        left = {finding.check for finding in after}
        if not left & tried or time.monotonic() >= until_s:
            break
        await asyncio.sleep(SETTLE_POLL_S)
    texts = {finding.check: finding.fix.text for finding in findings if finding.fix}
    return Examined(after, tuple(Mended(name, texts[name], fault, name not in left) for name, fault in faults.items()))


async def _mend(connection: asyncssh.SSHClientConnection, finding: Finding, seen: Seen) -> str:
    """Why it could not be done, or "". A command that fails does not keep the next from being tried."""
    faults = []
    for words in finding.fix.commands(seen) if finding.fix else ():
        answer = await ask(connection, words, timeout_s=FIX_TIMEOUT_S)
        if answer.status != 0:
            faults.append(answer.failure)
    return "; ".join(faults)
