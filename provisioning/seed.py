"""Writes onto a card's boot partition what makes stock Raspberry Pi OS Lite a unit that can be claimed.

FAT is readable by whoever holds the card. So there are on it: the host name, public keys, the network, the hub's
address and its CA's fingerprint, the Wi-Fi key where the unit has no cable, and a claim token that is good once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Literal

from provisioning.fleet_error import FleetError
from provisioning.fleet_state import ClaimToken, FleetState
from provisioning.hub_ca import ca_fingerprint
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet
from provisioning.known_hosts import key_of
from provisioning.on_unit import mydesk_claim
from provisioning.secret_refs import reference_to, resolve
from provisioning.seed_cloud_init import cloud_init_files
from provisioning.seed_firstrun import CMDLINE_WORDS, cmdline_with_firstrun, firstrun_script
from provisioning.seed_values import SeedValues, Wifi
from provisioning.wifi import pre_shared_key

__all__ = ["FirstBoot", "Seeded", "seed", "seed_files", "seed_values"]

FirstBoot = Literal["auto", "cloud-init", "firstrun"]
CMDLINE = "cmdline.txt"
_MOST_CMDLINE = 4096


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was written, and what is left to do by hand (empty: nothing)."""

    unit: str
    first_boot: str
    files: tuple[str, ...]
    to_do: str = ""


def seed(
    fleet: Fleet, unit: Unit, folder: Path, state: FleetState, *, first_boot: FirstBoot = "auto", again: bool = False
) -> Seeded:
    """Make a claim token for `unit`, and write all that its first boot needs into `folder`.

    Raises:
        FleetError: it was seeded or claimed before and not `again`, the folder cannot be written, a secret is missing.
    """
    if not folder.is_dir():
        raise FleetError(f"{folder} is no folder.", hint="Name the card's boot partition, for example /media/bootfs.")
    _refuse_second(unit, state, again=again)
    kind = _kind(folder, first_boot)
    values = seed_values(fleet, unit)
    token = state.new_token(unit.id)
    files = seed_files(values, token, kind)
    cmdline = folder / CMDLINE
    try:
        if kind == "firstrun" and cmdline.is_file():
            files[CMDLINE] = cmdline_with_firstrun(cmdline.read_text("ascii")[:_MOST_CMDLINE])
        _write_all(folder, files)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"{CMDLINE} is damaged"
        raise FleetError(f"{folder}: {reason}.", hint="Is the card writable, and is there space left?") from error
    missing = kind == "firstrun" and CMDLINE not in files
    to_do = f"Append to the one line of {CMDLINE}: {' '.join(CMDLINE_WORDS)}" if missing else ""
    return Seeded(unit.id, kind, tuple(files), to_do)


def seed_values(fleet: Fleet, unit: Unit) -> SeedValues:
    """What the inventory says for the first boot, the Wi-Fi's secret included. Raises FleetError: it is not there."""
    site, hub = fleet.site_of(unit), fleet.hub_of(unit)
    return SeedValues(
        unit=unit.id,
        instance=token_hex(4),
        architecture=fleet.hardware_of(unit).architecture,
        ssh_user=fleet.inventory.fleet.ssh_user,
        admin_keys=fleet.inventory.fleet.admin_keys,
        time_zone=fleet.time_zone_of(unit),
        static_address=unit.static_address,
        gateway=site.gateway,
        dns_servers=site.dns_servers,
        ntp_servers=site.ntp_servers,
        wifi=_wifi(fleet, unit),
        hub_host=hub.host if hub else "",
        hub_port=hub.port if hub else 0,
        ca_fingerprint=ca_fingerprint(hub, fleet.path.parent) if hub else "",
    )


def seed_files(values: SeedValues, token: ClaimToken, kind: str) -> dict[str, str]:
    """The text of each file, by its name on the boot partition."""
    hub = {"host": values.hub_host, "port": values.hub_port, "ca_fingerprint": values.ca_fingerprint}
    told = {"unit": values.unit} | ({"hub": hub} if values.hub_host else {})
    files = {
        mydesk_claim.SEED: json.dumps(told, indent=2) + "\n",
        mydesk_claim.TOKEN: f"{token.unit} {token.token}\n",
        "mydesk/mydesk_claim.py": Path(mydesk_claim.__file__).read_text("utf-8"),
    }
    return files | ({"firstrun.sh": firstrun_script(values)} if kind == "firstrun" else cloud_init_files(values))


def _refuse_second(unit: Unit, state: FleetState, *, again: bool) -> None:
    if again:
        return
    hint = "With --again a new card is made, and counts from its claim on."
    if key_of(state, unit.id) is not None:
        raise FleetError(f"{unit.id} is claimed already.", hint=hint)
    if state.token(unit.id) is not None:
        raise FleetError(f"{unit.id} has a card already, which waits for its claim.", hint=hint)


def _kind(folder: Path, first_boot: FirstBoot) -> str:
    """Images with cloud-init bring a user-data or meta-data of their own."""
    if first_boot != "auto":
        return first_boot
    plain = (folder / CMDLINE).is_file() and not any((folder / name).is_file() for name in ("user-data", "meta-data"))
    return "firstrun" if plain else "cloud-init"


def _wifi(fleet: Fleet, unit: Unit) -> Wifi | None:
    wifi = fleet.site_of(unit).wifi
    if unit.link != "wifi" or wifi is None:
        return None
    passphrase = resolve(reference_to(wifi.passphrase), fleet.path.parent, f"Wi-Fi {wifi.ssid}")
    return Wifi(wifi.ssid, wifi.country, pre_shared_key(wifi.ssid, passphrase), wifi.hidden)


def _write_all(folder: Path, files: Mapping[str, str]) -> None:
    """The file that starts the rest comes last, so that half a seed starts nothing."""
    for name, text in sorted(files.items(), key=lambda file: file[0] in (CMDLINE, "user-data")):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        _write(path, text.encode())
    _sync(folder)


def _write(path: Path, content: bytes) -> None:
    """FAT knows no modes, so none is set; old file or new one, whenever the card is pulled."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
