"""The first boot of Raspberry Pi OS Trixie and of Debian's cloud images: cloud-init's NoCloud files. Pure.

They are JSON, which is YAML too, so that no name or key can be read as anything else than the text it is.
"""

from __future__ import annotations

import json
from typing import Any

from provisioning.seed_values import SeedValues

__all__ = ["cloud_init_files"]

FIRST_BOOT = ["python3", "/boot/firmware/mydesk/mydesk_claim.py", "first-boot"]


def cloud_init_files(values: SeedValues) -> dict[str, str]:
    """user-data, meta-data and network-config; a new instance id makes cloud-init run again on a card used before."""
    meta = {"instance-id": f"mydesk-{values.unit}-{values.instance}", "local-hostname": values.unit}
    return {
        "user-data": "#cloud-config\n" + _text(_user_data(values)),
        "meta-data": _text(meta),
        "network-config": _text({"network": _network(values)}),
    }


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _user_data(values: SeedValues) -> dict[str, Any]:
    made: dict[str, Any] = {
        "hostname": values.unit,
        "preserve_hostname": False,
        "manage_etc_hosts": True,
        "timezone": values.time_zone,
        "ssh_pwauth": False,
        "package_update": False,
        "package_upgrade": False,
        **_people(values),
    }
    if values.ntp_servers:
        made["ntp"] = {"enabled": True, "ntp_client": "systemd-timesyncd", "servers": list(values.ntp_servers)}
    made["runcmd"] = [
        ["sh", "-c", "systemctl disable --now userconfig.service || true"],  # its questions on the first screen
        ["systemctl", "enable", "--now", "ssh.service"],
        FIRST_BOOT,
    ]
    return made


def _people(values: SeedValues) -> dict[str, Any]:
    keys = list(values.admin_keys)
    if values.ssh_user == "root":
        return {"disable_root": False, "users": [], "ssh_authorized_keys": keys}
    admin = {
        "name": values.ssh_user,
        "gecos": "MyDesk administration",
        "groups": ["adm", "sudo", "systemd-journal"],
        "shell": "/bin/bash",
        "lock_passwd": True,
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "ssh_authorized_keys": keys,
    }
    return {"disable_root": True, "users": [admin]}


def _network(values: SeedValues) -> dict[str, Any]:
    link = {"optional": True, **_addresses(values)}
    if values.wifi is None:
        wired = {"match": {"name": "en*"}} if values.architecture == "x86_64" else {}
        return {"version": 2, "ethernets": {"wired" if wired else "eth0": {**wired, **link}}}
    wifi = values.wifi
    point = {"password": wifi.pre_shared_key} | ({"hidden": True} if wifi.hidden else {})
    radio = {**link, "regulatory-domain": wifi.country, "access-points": {wifi.ssid: point}}
    return {"version": 2, "wifis": {"wlan0": radio}}


def _addresses(values: SeedValues) -> dict[str, Any]:
    if not values.static_address:
        return {"dhcp4": True}
    made: dict[str, Any] = {"dhcp4": False, "addresses": [values.static_address]}
    if values.gateway:
        made["routes"] = [{"to": "default", "via": values.gateway}]
    if values.dns_servers:
        made["nameservers"] = {"addresses": list(values.dns_servers)}
    return made
