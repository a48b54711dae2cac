"""The first boot of Raspberry Pi OS Bookworm, and of the first Trixie images, which have no cloud-init: firstrun.sh.

The kernel's command line starts it once, as Raspberry Pi Imager does; it takes itself off the card at its end. Pure.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Iterator

from provisioning.seed_values import SeedValues, Wifi

__all__ = ["CMDLINE_WORDS", "cmdline_with_firstrun", "firstrun_script"]

CMDLINE_WORDS = (
    "systemd.run=/boot/firmware/firstrun.sh",
    "systemd.run_success_action=reboot",
    "systemd.unit=kernel-command-line.target",
)

CONNECTION = "/etc/NetworkManager/system-connections/mydesk.nmconnection"


def cmdline_with_firstrun(cmdline: str) -> str:
    """The text of cmdline.txt, one line, with the words that start firstrun.sh; they stand there once."""
    words = [word for word in cmdline.split() if not re.match(r"systemd\.(run|run_success_action|unit)=", word)]
    return " ".join([*words, *CMDLINE_WORDS]) + "\n"


def firstrun_script(values: SeedValues) -> str:
    """A POSIX shell script. A step that fails is logged, and stops no other: a unit half set up can be reached."""
    return "\n".join([*_begin(values), *_admin(values), *_network(values), *_end()]) + "\n"


def _begin(values: SeedValues) -> Iterator[str]:
    yield from ("#!/bin/sh", "# Written by mydesk-fleet; runs once, on the first boot.", "set -u")
    yield "exec >/var/log/mydesk-firstrun.log 2>&1"
    yield f"unit={shlex.quote(values.unit)}"
    yield f"admin={shlex.quote(values.ssh_user)}"
    yield 'echo "$unit" >/etc/hostname'
    yield 'sed -i "/^127\\.0\\.1\\.1/d" /etc/hosts && printf "127.0.1.1\\t%s\\n" "$unit" >>/etc/hosts'
    yield f"ln -sf {shlex.quote('/usr/share/zoneinfo/' + values.time_zone)} /etc/localtime"
    yield f"echo {shlex.quote(values.time_zone)} >/etc/timezone"
    if values.ntp_servers:
        servers = shlex.quote(" ".join(values.ntp_servers))
        yield "mkdir -p /etc/systemd/timesyncd.conf.d"
        yield f'printf "[Time]\\nNTP=%s\\n" {servers} >/etc/systemd/timesyncd.conf.d/10-mydesk.conf'


def _admin(values: SeedValues) -> Iterator[str]:
    yield 'id "$admin" >/dev/null 2>&1 || useradd -m -s /bin/bash -G adm,sudo,systemd-journal "$admin"'
    if values.ssh_user != "root":
        yield 'passwd -l "$admin"'
        yield 'printf "%s ALL=(ALL) NOPASSWD:ALL\\n" "$admin" >/etc/sudoers.d/010-mydesk'
        yield "chmod 0440 /etc/sudoers.d/010-mydesk"
    yield 'home=$(getent passwd "$admin" | cut -d: -f6)'
    yield 'install -d -m 0700 -o "$admin" -g "$(id -gn "$admin")" "$home/.ssh"'
    keys = " ".join(shlex.quote(key) for key in values.admin_keys)
    yield f'printf "%s\\n" {keys} >"$home/.ssh/authorized_keys"'
    yield 'chmod 0600 "$home/.ssh/authorized_keys"'
    yield 'chown "$admin:" "$home/.ssh/authorized_keys"'
    yield "mkdir -p /etc/ssh/sshd_config.d"
    yield "echo PasswordAuthentication no >/etc/ssh/sshd_config.d/20-mydesk.conf"
    yield "systemctl disable userconfig.service"
    yield "systemctl enable ssh.service"


def _network(values: SeedValues) -> Iterator[str]:
    if values.wifi is not None:
        yield f"raspi-config nonint do_wifi_country {shlex.quote(values.wifi.country)}"
    if values.wifi is None and not values.static_address:
        return  # a cable and DHCP need nothing
    content = shlex.quote("\n".join([*_connection(values), *_addresses(values)]))
    yield f'(umask 077; printf "%s\\n" {content} >{CONNECTION})'


def _connection(values: SeedValues) -> Iterator[str]:
    yield from ("[connection]", "id=mydesk", "autoconnect=true")
    if values.wifi is None:
        yield "type=ethernet"
    else:
        yield from ("type=wifi", *_wifi(values.wifi))


def _wifi(wifi: Wifi) -> Iterator[str]:
    yield "[wifi]"
    yield "ssid=" + "".join(f"{byte};" for byte in wifi.ssid.encode())  # as bytes: any name is safe
    yield f"hidden={str(wifi.hidden).lower()}"
    yield from ("[wifi-security]", "key-mgmt=wpa-psk", f"psk={wifi.pre_shared_key}")


def _addresses(values: SeedValues) -> Iterator[str]:
    if not values.static_address:
        yield from ("[ipv4]", "method=auto")
        return
    own = ipaddress.ip_interface(values.static_address)
    yield f"[ipv{own.version}]"
    yield "method=manual"
    yield f"address1={own}" + (f",{values.gateway}" if values.gateway else "")
    same = [server for server in values.dns_servers if ipaddress.ip_address(server).version == own.version]
    if same:
        yield f"dns={';'.join(same)};"


def _end() -> Iterator[str]:
    yield "python3 /boot/firmware/mydesk/mydesk_claim.py first-boot"
    yield "sed -i 's/ systemd\\.[^ ]*//g' /boot/firmware/cmdline.txt"
    yield "rm -f /boot/firmware/firstrun.sh"
    yield "sync"
    yield "exit 0"
