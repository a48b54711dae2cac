"""Settings of the scanner modules GM65, GM67, GM812 and GM861 over their serial port.

    to the module  7E 00 type len address u16 data    crc
    its answer     02 00 00 len data                  crc     (03 00 ... to a heartbeat)

type: 07 read zones, 08 write zones, 09 keep the zones over a loss of power, 0A heartbeat. crc is CRC-16/XMODEM (high
byte first) over what stands between the first two bytes and it.
Source: the manuals of the GM65 and the GM812 (Hangzhou Grow).

>>> read_zones(0x0A).hex(" ")
'7e 00 07 01 00 0a 01 ee 8a'
"""

from __future__ import annotations

import binascii

from drivers.errors import UsageError

LONGEST_DATA = 64
_READ, _WRITE, _KEEP, _HEARTBEAT = 0x07, 0x08, 0x09, 0x0A
_BAUD_ZONE, _RESET_ZONE, _RESET = 0x2A, 0xD9, 0x50
_BAUD_CODES = {9600: 0x0139, 115200: 0x001A}


def crc_xmodem(data: bytes) -> bytes:
    """Return the CRC-16/XMODEM in the order of the wire."""
    return binascii.crc_hqx(data, 0).to_bytes(2, "big")


def read_zones(address: int, count: int = 1) -> bytes:
    """Ask for `count` settings from `address` on.

    Raises:
        UsageError: no such address, or not 1 to 64 settings.
    """
    if not 1 <= count <= LONGEST_DATA:
        raise UsageError(f"{count} zones cannot be read at once.", hint=f"Use 1 to {LONGEST_DATA}.")
    return _framed(_READ, address, bytes((count,)))


def write_zones(address: int, values: bytes) -> bytes:
    """Change the settings from `address` on, until the power goes.

    Raises:
        UsageError: no such address, or not 1 to 64 settings.
    """
    if not 1 <= len(values) <= LONGEST_DATA:
        raise UsageError(f"{len(values)} zones cannot be written at once.", hint=f"Use 1 to {LONGEST_DATA}.")
    return _framed(_WRITE, address, values)


def keep_zones() -> bytes:
    """Keep the settings over a loss of power."""
    return _framed(_KEEP, 0, b"\0")


def heartbeat() -> bytes:
    """Ask whether the module is there."""
    return _framed(_HEARTBEAT, 0, b"\0")


def factory_settings() -> bytes:
    """Go back to the factory's settings, 9600 baud among them."""
    return write_zones(_RESET_ZONE, bytes((_RESET,)))


def set_baud(baud: int) -> bytes:
    """Change the speed at once; the answer comes at the new one.

    Raises:
        UsageError: neither 9600 nor 115200.
    """
    if baud not in _BAUD_CODES:
        raise UsageError(f"A scanner is not set to {baud} baud.", hint="Use 9600 or 115200.")
    return write_zones(_BAUD_ZONE, _BAUD_CODES[baud].to_bytes(2, "little"))


def _framed(kind: int, address: int, data: bytes) -> bytes:
    if not 0 <= address <= 0xFFFF:
        raise UsageError(f"A scanner has no zone {address}.", hint="Use 0 to 65535.")
    body = bytes((kind, len(data))) + address.to_bytes(2, "big") + data
    return b"\x7e\x00" + body + crc_xmodem(body)
