"""An inventory to change, and what tests of it need."""

from __future__ import annotations

import textwrap
from pathlib import Path

from provisioning.inventory_load import Fleet, parse

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBRo36Fwbp8lXDlysr6i38fXDISaa00mvnhnmqihRRr ida"
FINGERPRINT = "sha256:" + "0123456789abcdef" * 4

INVENTORY = textwrap.dedent(
    f"""\
    [fleet]
    name = "contoso"
    admin_keys = ["{KEY}"]

    [microsoft365]
    tenant_id = "contoso.example"
    room_client_id = "4b1f4e6e-52f5-4c0c-8a1c-6a1a36d9a0b2"
    kiosk_client_id = "7d1c1f4e-1f27-4c66-8f4b-0c6a1d3e9b22"
    account = "mydesk@contoso.example"

    [hub]
    host = "hub.contoso.example"
    ca_fingerprint = "{FINGERPRINT}"

    [room]
    booking.snap_min = 5

    [hardware.door]
    board = "pi4"
    sensors = [{{ name = "pir", kind = "pir", pin = 17 }}]

    [hardware.lobby]
    board = "x86"

    [[sites]]
    id = "cph"
    name = "Nordhavn"
    floors = ["0", "2"]
    gateway = "10.1.2.1"

    [[units]]
    id = "ada"
    role = "room"
    site = "cph"
    floor = "2"
    hardware = "door"
    address = "10.1.2.20"
    name = "Ada"
    mailbox = "ada@contoso.example"

    [[units]]
    id = "lobby"
    role = "kiosk"
    site = "cph"
    hardware = "lobby"
    address = "10.1.2.21"
    """
)


def changed(*changes: tuple[str, str], more: str = "") -> str:
    """The inventory with texts replaced, each of which stands in it once, and `more` after it."""
    text = INVENTORY
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return text + textwrap.dedent(more)


def fleet(*changes: tuple[str, str], more: str = "", path: Path = Path("inventory.toml")) -> Fleet:
    """That inventory, read."""
    return parse(changed(*changes, more=more), path)


def unit_text(name: str, **keys: object) -> str:
    """One more [[units]]."""
    found = {"id": name, "role": "room", "site": "cph", "hardware": "door", "address": f"{name}.example"}
    found |= {"mailbox": f"{name}@contoso.example"} | {key: str(value) for key, value in keys.items()}
    return "\n[[units]]\n" + "".join(f'{key} = "{value}"\n' for key, value in found.items() if value)
