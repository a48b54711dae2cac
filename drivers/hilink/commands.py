"""Builders of all commands, each the complete frame. They take effect only between `open_config` and `close_config`:

    Session([set_sensitivity(3, moving=40, still=40), read_parameters()])     (drivers.hilink.session)

Stored in the module: range, sensitivities, baud, Bluetooth, resolution, light function, tracking, zones. Lost at a
restart: engineering mode. Effective only after a restart: baud, Bluetooth, resolution, factory reset.
A parameter that the module does not take raises UsageError.
"""

from __future__ import annotations

import struct

from drivers.errors import UsageError
from drivers.hilink.framing import Envelope, wrap
from drivers.hilink.protocol import (
    BAUD_INDEX,
    GATES,
    RESOLUTIONS_CM,
    Command,
    LightMode,
    Zone,
    ZoneMode,
)

ALL_GATES = 0xFFFF
PASSWORD_LENGTH = 6
ZONE_LIMIT_MM = 8000
"""of each coordinate; the LD2450 sees six metres"""


def command(word: Command, value: bytes = b"") -> bytes:
    """The complete frame of any command."""
    return wrap(Envelope.COMMAND, word.to_bytes(2, "little") + value)


def open_config() -> bytes:
    """FF: reports stop, commands are taken."""
    return command(Command.CONFIG_OPEN, b"\x01\x00")


def close_config() -> bytes:
    """FE: reports go on."""
    return command(Command.CONFIG_CLOSE)


def set_range(max_moving_gate: int, max_still_gate: int, timeout_s: int) -> bytes:
    """60: the last gates that count (2-8), and how long "somebody" is said after the last target (0-65535 s)."""
    _within("max_moving_gate", max_moving_gate, 2, GATES - 1)
    _within("max_still_gate", max_still_gate, 2, GATES - 1)
    _within("timeout_s", timeout_s, 0, 0xFFFF)
    return command(Command.RANGE_SET, _words(max_moving_gate, max_still_gate, timeout_s))


def read_parameters() -> bytes:
    """61, answered with Parameters."""
    return command(Command.PARAMETERS)


def engineering(on: bool) -> bytes:
    """62 or 63: reports with the energies of each gate, the light and the OUT pin."""
    return command(Command.ENGINEERING_ON if on else Command.ENGINEERING_OFF)


def set_sensitivity(gate: int | None, moving: int, still: int) -> bytes:
    """64: sensitivities 0-100 of one gate (0-8) or of all (None); 100 switches the gate off.

    The still sensitivity of gates 0 and 1 is not settable: `still` is 0 for them.
    """
    if gate is not None:
        _within("gate", gate, 0, GATES - 1)
    _within("moving", moving, 0, 100)
    _within("still", still, 0, 0 if gate in (0, 1) else 100)
    return command(Command.SENSITIVITY_SET, _words(ALL_GATES if gate is None else gate, moving, still))


def read_firmware() -> bytes:
    """A0, answered with Firmware."""
    return command(Command.FIRMWARE)


def set_baud(baud: int) -> bytes:
    """A1: one of BAUD_INDEX."""
    if baud not in BAUD_INDEX:
        raise UsageError(f"baud must be one of {', '.join(map(str, BAUD_INDEX))}, not {baud}")
    return command(Command.BAUD_SET, BAUD_INDEX[baud].to_bytes(2, "little"))


def factory_reset() -> bytes:
    """A2."""
    return command(Command.FACTORY_RESET)


def restart() -> bytes:
    """A3: the module answers, restarts, and is out of configuration mode."""
    return command(Command.RESTART)


def bluetooth(on: bool) -> bytes:
    """A4: on in the factory, with a public password; off keeps a passer-by from retuning the sensor."""
    return command(Command.BLUETOOTH_SET, bytes((on, 0)))


def read_mac() -> bytes:
    """A5, answered with Mac."""
    return command(Command.MAC, b"\x01\x00")


def bluetooth_login(password: str = "HiLink") -> bytes:  # noqa: S107 - the vendor's public default
    """A8: answered over Bluetooth only."""
    return command(Command.BLUETOOTH_LOGIN, _password(password))


def bluetooth_password(password: str) -> bytes:
    """A9: six ASCII characters."""
    return command(Command.BLUETOOTH_PASSWORD, _password(password))


def set_resolution(gate_cm: int) -> bytes:
    """AA: depth of a gate, 75 or 20 cm."""
    if gate_cm not in RESOLUTIONS_CM:
        raise UsageError(f"gate_cm must be 75 or 20, not {gate_cm}")
    return command(Command.RESOLUTION_SET, RESOLUTIONS_CM.index(gate_cm).to_bytes(2, "little"))


def read_resolution() -> bytes:
    """AB, answered with Resolution."""
    return command(Command.RESOLUTION)


def set_light_function(mode: LightMode, threshold: int, out_idle_high: bool) -> bytes:
    """AD: whether the OUT pin heeds the light (threshold 0-255), and its level with nobody there."""
    _within("threshold", threshold, 0, 255)
    return command(Command.LIGHT_SET, struct.pack("<BBH", list(LightMode).index(mode), threshold, out_idle_high))


def read_light_function() -> bytes:
    """AE, answered with LightFunction."""
    return command(Command.LIGHT)


def track(multi: bool) -> bytes:
    """90 or 80: the LD2450 follows up to three targets, or one."""
    return command(Command.TRACK_MULTI if multi else Command.TRACK_SINGLE)


def read_tracking() -> bytes:
    """91, answered with Tracking."""
    return command(Command.TRACKING)


def read_zones() -> bytes:
    """C1, answered with Zones."""
    return command(Command.ZONES)


def set_zones(mode: ZoneMode, *zones: Zone) -> bytes:
    """C2: up to three rectangles of the LD2450, coordinates within 8 m; at least one unless the mode is OFF."""
    if len(zones) > 3 or (mode is not ZoneMode.OFF and not zones):
        raise UsageError(f"zone mode {mode} takes 1 to 3 zones, not {len(zones)}")
    corners = [n for zone in zones for n in (zone.x1_mm, zone.y1_mm, zone.x2_mm, zone.y2_mm)]
    for corner in corners:
        _within("a zone's coordinate", corner, -ZONE_LIMIT_MM, ZONE_LIMIT_MM)
    corners += [0] * (12 - len(corners))
    return command(Command.ZONES_SET, struct.pack("<H12h", list(ZoneMode).index(mode), *corners))


def _words(*values: int) -> bytes:
    """Numbered parameters: word u16, value u32."""
    return b"".join(struct.pack("<HI", word, value) for word, value in enumerate(values))


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise UsageError(f"{name} must be {low}" + (f" to {high}" if high > low else "") + f", not {value}")


def _password(password: str) -> bytes:
    if len(password) != PASSWORD_LENGTH or not password.isascii() or not password.isprintable():
        raise UsageError("the Bluetooth password must be six printable ASCII characters")
    return password.encode("ascii")
