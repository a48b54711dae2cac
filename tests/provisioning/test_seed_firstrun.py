"""The network of a first boot without cloud-init, as NetworkManager's file."""

from __future__ import annotations

import shlex

import pytest

from provisioning.seed_firstrun import firstrun_script
from provisioning.seed_values import SeedValues


def _connection(address: str, gateway: str = "", servers: tuple[str, ...] = ()) -> list[str]:
    values = SeedValues(
        unit="ada",
        instance="1",
        architecture="aarch64",
        ssh_user="admin",
        admin_keys=("ssh-ed25519 AAAA ida",),
        time_zone="Europe/Copenhagen",
        static_address=address,
        gateway=gateway,
        dns_servers=servers,
        ntp_servers=(),
        wifi=None,
        hub_host="",
        hub_port=0,
        ca_fingerprint="",
    )
    script = firstrun_script(values)
    if "[connection]" not in script:
        return []
    begin = script.index("(umask 077; printf")
    words = shlex.split(script[begin : script.index(">/etc", begin)].lstrip("("))
    return next(word for word in words if word.startswith("[connection]")).splitlines()


@pytest.mark.parametrize(
    ("address", "gateway", "servers", "lines"),
    [
        (
            "10.1.2.20/24",
            "10.1.2.1",
            ("10.1.0.53", "fd00::53"),
            ["[ipv4]", "method=manual", "address1=10.1.2.20/24,10.1.2.1", "dns=10.1.0.53;"],
        ),
        ("10.1.2.20/24", "", (), ["[ipv4]", "method=manual", "address1=10.1.2.20/24"]),
        ("fd00::20/64", "", ("10.1.0.53",), ["[ipv6]", "method=manual", "address1=fd00::20/64"]),
    ],
)
def test_an_address_of_its_own_on_a_cable(
    address: str, gateway: str, servers: tuple[str, ...], lines: list[str]
) -> None:
    head = ["[connection]", "id=mydesk", "autoconnect=true", "type=ethernet"]
    assert _connection(address, gateway, servers) == [*head, *lines]


def test_a_cable_and_dhcp_need_nothing() -> None:
    assert _connection("") == []
