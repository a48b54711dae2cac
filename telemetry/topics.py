"""The topics of DESIGN.md 8: where a unit publishes, what it listens to, and whose a topic is. Pure.

>>> Topics("room-1").history("e/room")
'mydesk/1/room-1/e/room'
>>> parse("mydesk/1/room-1/cmd/identify/7f3a/st")
Address(unit='room-1', kind='cmd', rest=('identify', '7f3a', 'st'))
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ROOT = "mydesk/1"
UNIT_ID = re.compile(r"[a-z0-9-]{1,32}")
LEVEL = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""One level below a unit: a group, a facet, an operation or an id."""

KINDS = frozenset({"status", "twin", "now", "m", "e", "a", "desired", "reported", "cmd", "ack"})
HISTORY = frozenset({"m", "e"})
HUB_FILTERS = tuple(
    f"{ROOT}/+/{rest}" for rest in ("status", "twin/+", "now/+", "m/+", "e/+", "a/+", "reported/+", "cmd/+/+/st")
)
"""What the hub subscribes to, all with QoS 1."""

HA_STATUS = "homeassistant/status"
HA_COMMAND_ID = "ha"
"""The id level of a Home Assistant button's topic; the true id is in its payload."""


@dataclass(frozen=True, slots=True)
class Address:
    """A topic in parts: whose, of which kind (one of KINDS), and the levels after that."""

    unit: str
    kind: str
    rest: tuple[str, ...]

    @property
    def relative(self) -> str:
        """The topic below the unit's root, `e/room`."""
        return "/".join((self.kind, *self.rest))


def parse(topic: str) -> Address | None:
    """Whose topic that is, or None for one that is not of ours."""
    levels = topic.split("/")
    if len(levels) < 4 or "/".join(levels[:2]) != ROOT or len(levels) > 7:
        return None
    unit, kind, *rest = levels[2:]
    fits = UNIT_ID.fullmatch(unit) and kind in KINDS and all(LEVEL.fullmatch(level) for level in rest)
    return Address(unit, kind, tuple(rest)) if fits else None


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one unit. Raises ValueError for an id that is not one."""

    unit: str

    def __post_init__(self) -> None:
        if not UNIT_ID.fullmatch(self.unit):
            raise ValueError(f"{self.unit!r} is no unit id: 1 to 32 of a-z, 0-9 and -")

    @property
    def root(self) -> str:
        return f"{ROOT}/{self.unit}"

    @property
    def status(self) -> str:
        return f"{self.root}/status"

    @property
    def ack(self) -> str:
        return f"{self.root}/ack"

    @property
    def discovery(self) -> str:
        return f"homeassistant/device/{self.unit}/config"

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """What a unit listens to, all with QoS 1."""
        return (self.ack, f"{self.root}/desired/+", f"{self.root}/cmd/+/+", HA_STATUS)

    def history(self, relative: str) -> str:
        """Of a row of the outbox, whose topic is `e/<type>` or `m/<group>`."""
        return f"{self.root}/{relative}"

    def twin(self, facet: str) -> str:
        return f"{self.root}/twin/{facet}"

    def now(self, group: str) -> str:
        return f"{self.root}/now/{group}"

    def alarm(self, kind: str) -> str:
        return f"{self.root}/a/{kind}"

    def desired(self, what: str) -> str:
        return f"{self.root}/desired/{what}"

    def reported(self, what: str) -> str:
        return f"{self.root}/reported/{what}"

    def command(self, operation: str, command_id: str) -> str:
        return f"{self.root}/cmd/{operation}/{command_id}"

    def command_state(self, operation: str, command_id: str) -> str:
        return f"{self.command(operation, command_id)}/st"
