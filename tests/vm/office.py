"""What the machine of the bench has to do with: a small tenant, the fleet's inventory, and files of the machine itself.

The panel signs in at https://localhost:8443, for which the simulator's certificate is good, and finds its hub at
localhost:8883; proxies of systemd's on the machine pass both on to the ports that QEMU lets through.
"""

from __future__ import annotations

from pathlib import Path

UNIT = "bench-ada"
ROOM = "ada@bench.example"
ACCOUNT = "mydesk@bench.example"
CLIENT = "11111111-aaaa-4bbb-8ccc-000000000001"
ADMIN = "mydesk-admin"

TENANT_HOST, TENANT_PORT = 100, 8443
HUB_HOST, HUB_PORT = 101, 8883
CA_FILE = "/etc/mydesk-bench/tenant-ca.pem"

OFFICE = """\
[office]
name = "Bench"
domain = "bench.example"
zone = "Europe/Copenhagen"
[behaviour]
attendant_delay_s = 1
[[apps]]
name = "MyDesk room display"
client_id = "11111111-aaaa-4bbb-8ccc-000000000001"
redirect_uris = ["http://localhost"]
delegated = ["Calendars.ReadBasic", "Calendars.ReadWrite", "Calendars.ReadWrite.Shared", "Place.Read.All", "User.Read"]
[[people]]
name = "MyDesk"
kind = "device"
[[people]]
name = "Kim"
[[rooms]]
name = "Ada"
capacity = 4
rights = { "mydesk" = "delegateWithPrivateEventAccess" }
settings = { add_organizer_to_subject = false, delete_subject = false, remove_private_property = false }
"""

INVENTORY = """\
[fleet]
name = "bench"
admin_keys = ["{key}"]
release_keys = ["{release_key}"]
language = "en"

[microsoft365]
tenant_id = "bench.example"
room_client_id = "{client}"
account = "{account}"

{hub}
[room]
graph.authority_url = "https://localhost:{port}"
graph.graph_url = "https://localhost:{port}/v1.0"
network.ca_file = "{ca_file}"
network.read_timeout_s = 30
network.connect_timeout_s = 20
network.total_timeout_s = 60
calendar.start_spread_s = 0
calendar.interval_s = 15
calendar.near_interval_s = 15
sleep.enabled = false
hours.opens = "00:00"
hours.closes = "24:00"
hours.days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
booking.later = false
other_rooms.enabled = false
check_in.enabled = {check_in}
check_in.closes_after_min = 5

[hardware.bench]
board = "{board}"
{wires}
[[sites]]
id = "bench"
name = "Bench"
floors = ["0"]

[[units]]
id = "{unit}"
role = "room"
site = "bench"
floor = "0"
name = "Ada"
mailbox = "{room}"
hardware = "bench"
address = "127.0.0.1"
ssh_port = {ssh_port}
"""

WIRES = """\
lamp = { driver = "gpiozero", red_pin = 5, green_pin = 6, blue_pin = 7 }
sensors = [{ name = "radar", kind = "ld2410", port = "/dev/ttyS0", baud = 115200 }]
"""

PROXY_SOCKET = """\
[Socket]
ListenStream=127.0.0.1:{port}
[Install]
WantedBy=sockets.target
"""

PROXY_SERVICE = """\
[Service]
ExecStart=/usr/lib/systemd/systemd-socket-proxyd 10.0.2.{host}:{port}
"""

FINGER, TOUCHES = "/usr/local/lib/mydesk-bench/finger.py", "/run/mydesk-bench/touches"
FINGER_SERVICE = f"""\
[Unit]
Description=Touch screen of the bench
Before=mydesk-room.service
[Service]
Type=notify
ExecStartPre=/sbin/modprobe uinput
ExecStart=/usr/bin/python3 {FINGER} {{width}} {{height}} {TOUCHES}
RuntimeDirectory=mydesk-bench
[Install]
WantedBy=multi-user.target
"""

PATIENCE = """\
# An emulated machine, beside others, may be ten times slower than a Raspberry Pi: it is no fault of the panel's.
[Service]
WatchdogSec=600
TimeoutStartSec=900
"""


def inventory(
    folder: Path, public_key: str, ssh_port: int, *, release_key: str, wired: bool, board: str = "x86", hub: str = ""
) -> Path:
    """Write the fleet's inventory, of one room panel, and return where it is; one with wires asks for check-in."""
    text = INVENTORY.format(
        key=public_key.strip(),
        release_key=release_key.strip(),
        client=CLIENT,
        account=ACCOUNT,
        hub=hub,
        port=TENANT_PORT,
        ca_file=CA_FILE,
        board=board,
        wires=WIRES if wired else "",
        check_in=str(wired).lower(),
        unit=UNIT,
        room=ROOM,
        ssh_port=ssh_port,
    )
    path = folder / "inventory.toml"
    path.write_text(text, "utf-8")
    return path


def machine_files(tenant_ca: str, width: int = 1280, height: int = 800) -> dict[str, str]:
    """Files that make the bench's tenant and hub reachable, and a touch screen; a real site has a network and glass."""
    units = "/etc/systemd/system/mydesk-bench"
    return {
        CA_FILE: tenant_ca,
        f"{units}-tenant.socket": PROXY_SOCKET.format(port=TENANT_PORT),
        f"{units}-tenant.service": PROXY_SERVICE.format(host=TENANT_HOST, port=TENANT_PORT),
        f"{units}-hub.socket": PROXY_SOCKET.format(port=HUB_PORT),
        f"{units}-hub.service": PROXY_SERVICE.format(host=HUB_HOST, port=HUB_PORT),
        f"{units}-finger.service": FINGER_SERVICE.format(width=width, height=height),
        "/etc/systemd/system/mydesk-room.service.d/99-bench.conf": PATIENCE,
        FINGER: (Path(__file__).with_name("finger.py")).read_text("utf-8"),
    }
