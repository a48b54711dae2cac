"""What a panel does with its wires: the lamp on the kernel's GPIO lines, a radar on its serial port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.vm import board, office
from tests.vm.bench import SHOWS_TIMEOUT_S, Bench
from tests.vm.machine import until

LAMP_TIMEOUT_S = 1800.0
"""An old calendar becomes unknown by the room display's own limits."""

FREE, BUSY, ATTENTION, UNKNOWN = (0, 1, 0), (1, 0, 0), (1, 1, 0), (0, 0, 1)
"""Red, green and blue, as drivers.gpio.led_lamp.DIGITAL."""

RADAR_BAUD = 115200
"""As in office.WIRES; the module's own 256,000 is more than the machine's serial port has."""

ORGANIZER = "kim@bench.example"
_TENANT = "mydesk-bench-tenant.socket", "mydesk-bench-tenant.service"


def lamp(bench: Bench) -> tuple[bool, bool, bool] | None:
    """The levels of the lamp's lines; None: nobody drives them."""
    return board.lamp(bench.root.run(board.LEVELS))


def shows(bench: Bench, levels: tuple[int, int, int] | None, what: str) -> None:
    """Wait until the lines say that; where the lamp pulses it is dark in between."""
    until(
        lambda: lamp(bench) == levels,
        LAMP_TIMEOUT_S,
        f"the lamp does not say {what}",
        lambda: (lamp(bench), bench.seen()),
    )
    bench.told(f"the lines of the lamp say {what}: {levels}")


def sees(bench: Bench, presence: str) -> None:
    """Wait until the panel says that."""
    until(
        lambda: (bench.status() or {}).get("presence") == presence,
        SHOWS_TIMEOUT_S,
        f"nobody says {presence}",
        bench.seen,
    )
    bench.told(f"the radar makes the room {presence}")


def invite(bench: Bench) -> None:
    """Somebody invites the room; just early enough that the meeting does not count as made by who stands there."""
    start = datetime.now(UTC) + timedelta(minutes=6)
    times = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
    bench.tenant.control(
        "POST", f"/_sim/people/{ORGANIZER}/meetings", {"subject": "Visit", "rooms": [office.ROOM], **times}
    )


def cut_off(bench: Bench) -> None:
    """From now on the panel does not reach its tenant."""
    bench.root.run(f"systemctl stop {' '.join(_TENANT)}")


def reconnect(bench: Bench) -> None:
    """It does again."""
    bench.root.run(f"systemctl start {_TENANT[0]}")
