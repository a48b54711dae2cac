"""The commands that the pages offer, by role of the unit. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One command. `asks`: a page asks whether that is meant, and says `warning`; `roles` empty: any unit."""

    name: str
    title: str
    says: str
    asks: bool = False
    warning: str = ""
    roles: tuple[str, ...] = ()
    forced: bool = False
    """may be forced through a meeting, with {"force": true}"""
    args: tuple[tuple[str, bool], ...] = ()
    """what is always sent with it"""
    sends: str = ""
    """the operation of the unit, where it is not `name`"""

    @property
    def operation(self) -> str:
        """The operation of the unit (telemetry.operations)."""
        return self.sends or self.name


OPERATIONS = {
    one.name: one
    for one in (
        Operation("identify", "Identify", "Shows a banner on the screen and flashes the lamp."),
        Operation("screenshot", "Screenshot", "Takes a picture of the screen; meetings and guests are blocks in it."),
        Operation("reload", "Reload settings", "Reads the configuration again."),
        Operation("logs", "Fetch logs", "Collects the log, without names, for download."),
        Operation(
            "restart",
            "Restart app",
            "Starts the program again; dark for some seconds.",
            asks=True,
            warning="The screen is dark for about ten seconds.",
        ),
        Operation(
            "reboot",
            "Reboot",
            "Starts the whole unit again; dark for a minute.",
            asks=True,
            warning="The screen is dark for about a minute. During a meeting the unit refuses, unless forced.",
            forced=True,
        ),
        Operation(
            "evacuation",
            "Begin evacuation",
            "Begins the evacuation of the kiosk's site, here and at its other kiosks too.",
            asks=True,
            warning="This kiosk, the site's other kiosks and its roll call: everybody is sent to the assembly point.",
            roles=("kiosk",),
            args=(("active", True),),
        ),
        Operation(
            "evacuation-end",
            "End evacuation",
            "Ends it at this kiosk only.",
            asks=True,
            warning="This kiosk takes guests again. The site's evacuation ends on the page Evacuation list.",
            roles=("kiosk",),
            args=(("active", False),),
            sends="evacuation",
        ),
    )
}


def offered(role: str) -> list[Operation]:
    """What a unit of that role can be told."""
    return [one for one in OPERATIONS.values() if not one.roles or role in one.roles]
