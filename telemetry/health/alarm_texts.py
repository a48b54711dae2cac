"""What each alarm says, and what a person does about it. Pure; docs/alarms.md is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from telemetry.health.alarms import Rule

Severity = Literal["warning", "critical"]


@dataclass(frozen=True, slots=True)
class AlarmText:
    """`unit` is of the value that is told with it, empty for a yes or no."""

    severity: Severity
    text: str
    do: str
    unit: str = ""


TEXTS: dict[str, AlarmText] = {
    "cpu-hot": AlarmText(
        "warning",
        "The processor is hot.",
        "Give the panel air: no sun, no cupboard, vents free; check that its heat sink sits tight.",
        "°C",
    ),
    "cpu-throttled": AlarmText(
        "warning",
        "The processor is slowed down.",
        "Look for cpu-hot and under-voltage first; if neither is there, change the power supply.",
    ),
    "under-voltage": AlarmText(
        "critical",
        "The supply voltage falls below 4.63 V; this damages memory cards.",
        "Use the official power supply and a short thick cable; with PoE, check the class of the switch port.",
    ),
    "memory-low": AlarmText(
        "warning",
        "Little memory is left.",
        "Restart the app; if it comes back within days, send a log bundle to support.",
        "% free",
    ),
    "clock-unsynchronised": AlarmText(
        "warning",
        "The clock is not synchronised, so the panel does not show free.",
        "Allow UDP 123 to the time server, or set NTP= in /etc/systemd/timesyncd.conf to one of the site.",
    ),
    "clock-jumped": AlarmText(
        "warning",
        "The clock was moved by seconds while it was synchronised.",
        "Leave only one time service on the unit, and compare the site's time servers with each other.",
    ),
    "disk-low": AlarmText(
        "warning",
        "Little space is left on the disk.",
        "Run journalctl --vacuum-size=50M and remove old releases; use a larger card if it fills again.",
        "% free",
    ),
    "storage-full": AlarmText(
        "critical",
        "The disk is full; settings and events can no longer be written.",
        "Free space at once: df -h, journalctl --vacuum-size=50M; then find what filled it.",
    ),
    "storage-failing": AlarmText(
        "critical",
        "The card does not write, or does not give back what was written.",
        "Change the memory card now, before the next restart; the unit is provisioned anew from the inventory.",
    ),
    "storage-errors": AlarmText(
        "critical",
        "The file system has found damage on the card.",
        "Restart, so that it is checked; if the alarm comes back, change the memory card.",
    ),
    "storage-worn": AlarmText(
        "warning",
        "The built-in memory is near the end of its life.",
        "Plan to replace the compute module within some months.",
    ),
    "outbox-old": AlarmText(
        "warning",
        "Events have waited for the hub for more than an hour.",
        "Look whether the hub runs and takes this unit's certificate: mydesk-agent status, mydesk-hub status.",
        "s",
    ),
    "outbox-losing": AlarmText(
        "critical",
        "Events were thrown away for want of room, or could not be written.",
        "Bring the hub back, or mend the disk: mydesk-agent outbox tells which of both it is.",
        "events",
    ),
    "network-down": AlarmText(
        "critical",
        "The network link is down.",
        "Check the cable and the switch port, or the Wi-Fi name and password.",
    ),
    "wifi-weak": AlarmText(
        "warning",
        "The Wi-Fi signal is weak.",
        "Move the access point nearer, or use a cable.",
        "dBm",
    ),
    "gateway-silent": AlarmText(
        "critical",
        "The gateway does not answer.",
        "Check the VLAN of the switch port and the address of the gateway: ip route.",
    ),
    "dns-failing": AlarmText(
        "critical",
        "Names do not resolve.",
        "Check the name server that DHCP gives (resolvectl status) and that port 53 to it is open.",
    ),
    "tenant-unreachable": AlarmText(
        "critical",
        "Microsoft 365 cannot be reached.",
        "Allow TCP 443 to the host in health.tenant_host; where only a proxy leads out, set it to an empty text.",
    ),
    "hub-unreachable": AlarmText(
        "warning",
        "The hub cannot be reached; events wait on the unit.",
        "Check that the hub runs and that TCP 8883 to it is open: mydesk-agent status tells why it failed.",
    ),
    "app-silent": AlarmText(
        "critical",
        "The panel's program does not answer.",
        "Restart it from the hub; if it does not come up, read journalctl -u 'mydesk-*' on the unit.",
    ),
    "screen-frozen": AlarmText(
        "critical",
        "The screen has stopped drawing.",
        "Restart the app from the hub; if it freezes again, restart the unit and check the display's cable.",
        "s",
    ),
    "calendar-old": AlarmText(
        "warning",
        "The calendar has not been read for a quarter of an hour.",
        "Run mydesk-graph doctor on the unit: it says whether sign-in, rights or network are the reason.",
        "s",
    ),
    "signed-out": AlarmText(
        "critical",
        "The panel is not signed in to Microsoft 365.",
        "Run mydesk-graph sign-in on the unit, or sign in at the panel behind its PIN.",
    ),
    "sensor-silent": AlarmText(
        "warning",
        "A sensor, the printer or the scanner does not answer.",
        "Run mydesk-room ctl status to see which one, then check its plug and power.",
        "devices",
    ),
    "service-failed": AlarmText(
        "critical",
        "A service of the panel has failed and is not started again.",
        "Read why with systemctl status 'mydesk-*', then systemctl restart the one that failed.",
        "services",
    ),
    "service-restarting": AlarmText(
        "warning",
        "Services were started again several times within an hour.",
        "Take a log bundle from the hub and send it to support; roll back if a release is new.",
        "restarts",
    ),
    "watcher-failing": AlarmText(
        "warning",
        "Part of the unit's health cannot be told.",
        "Look at now/watchers, which names the part, and at journalctl -u mydesk-agent.",
        "watchers",
    ),
}


def table_markdown(rules: Sequence[Rule]) -> str:
    """The table of docs/alarms.md, with the thresholds of `rules`."""
    return "\n".join(_lines(rules)) + "\n"


def _lines(rules: Sequence[Rule]) -> Iterator[str]:
    yield "| alarm | severity | what it says | what to do | raised | cleared |"
    yield "|---|---|---|---|---|---|"
    for rule in rules:
        text = TEXTS[rule.kind]
        yield (
            f"| `{rule.kind}` | {text.severity} | {text.text} | {text.do} "
            f"| {_when(rule, text, rule.raise_at, rule.raise_after_s, bad=True)} "
            f"| {_when(rule, text, rule.clear_at, rule.clear_after_s, bad=False)} |"
        )


def _when(rule: Rule, text: AlarmText, threshold: float, after_s: float, *, bad: bool) -> str:
    """`above 80 °C for 60 s`; a yes or no has a duration only."""
    if not text.unit:
        return f"after {after_s:g} s" if after_s else "at once"
    word = "above" if rule.above == bad else "below"
    if not bad:
        word = f"at or {word}"
    return f"{word} {threshold:g} {text.unit}" + (f" for {after_s:g} s" if after_s else "")
