"""What is read from /proc and /sys: on this machine, and in a tree like a Raspberry Pi's."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.clock import ManualClock
from telemetry.health import readings
from telemetry.health.block_device import BlockDevice
from telemetry.health.disk import Disk
from telemetry.health.facts import FactsOfUnit
from telemetry.health.lately import Lately
from telemetry.health.memory import Memory
from telemetry.health.network_files import Route, default_route, neighbour, wifi_dbm
from telemetry.health.power import Power
from telemetry.health.readings import StorageStatus
from telemetry.health.storage import Probe, verdict
from telemetry.health.temperature import Temperature
from telemetry.health.time_sync import TimeSync
from tests.telemetry.health.fake_root import PI, card_below, put

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    return put(tmp_path / "pi", PI)


def test_memory_of_this_machine() -> None:
    found = Memory().read()
    assert found.total_kib
    assert found.available_kib
    assert found.available_percent == round(100 * found.available_kib / found.total_kib, 1)
    assert found.load_1min is not None
    assert found.uptime_s


def test_memory_of_a_pi(pi: Path) -> None:
    assert Memory(pi).read() == readings.Memory(1_892_312, 946_156, 50.0, 0.42, 86_400.25)


@pytest.mark.parametrize("text", ["", "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "MemTotal\n", "MemTotal: many kB\n"])
def test_memory_that_is_not_told(tmp_path: Path, text: str) -> None:
    assert Memory(put(tmp_path, {"proc/meminfo": text, "proc/loadavg": "?"})).read().available_percent is None


def test_the_disk_is_counted_for_ordinary_users(tmp_path: Path) -> None:
    found = Disk(tmp_path).read()
    assert found.free_bytes
    assert found.total_bytes
    assert found.free_percent is not None
    assert 0 < found.free_bytes < found.total_bytes
    assert 0 <= found.free_percent <= 100
    with pytest.raises(FileNotFoundError):
        Disk(tmp_path / "gone").read()


ZONES: list[tuple[dict[str, str], float | None]] = [
    ({"thermal_zone0/type": "cpu-thermal\n", "thermal_zone0/temp": "52582\n"}, 52.6),
    ({"thermal_zone0/type": "gpu\n", "thermal_zone0/temp": "90000\n"}, 90.0),
    (
        {
            "thermal_zone0/type": "nvme\n",
            "thermal_zone0/temp": "71000\n",
            "thermal_zone1/type": "soc_thermal\n",
            "thermal_zone1/temp": "48000\n",
        },
        48.0,
    ),
    ({"thermal_zone0/type": "cpu-thermal\n", "thermal_zone0/temp": "-274000\n"}, None),
    ({"thermal_zone0/type": "cpu-thermal\n", "thermal_zone0/temp": "hot\n"}, None),
    ({"cooling_device0/type": "fan\n", "cooling_device0/temp": "5000\n"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("zones", "celsius"), ZONES)
def test_the_processor_is_the_zone_that_is_named_so(
    tmp_path: Path, zones: dict[str, str], celsius: float | None
) -> None:
    root = put(tmp_path, {f"sys/class/thermal/{name}": text for name, text in zones.items()})
    assert Temperature(root).read() == readings.Temperature(celsius)


FLAGS: list[tuple[str, tuple[bool | None, ...]]] = [
    ("0\n", (False, False, False, False)),
    ("50005\n", (True, True, False, False)),
    ("0xe0008\n", (False, False, False, True)),
    ("2\n", (False, False, True, False)),
    ("Invalid\n", (None, None, None, None)),
]


@pytest.mark.parametrize(("text", "flags"), FLAGS)
def test_the_flags_of_the_firmware(tmp_path: Path, text: str, flags: tuple[bool | None, ...]) -> None:
    root = put(tmp_path, {"sys/devices/platform/soc/soc:firmware/get_throttled": text})
    found = Power(ManualClock(START), root).read()
    assert (found.under_voltage, found.throttled, found.frequency_capped, found.soft_limited) == flags


def test_dips_are_counted_and_remembered() -> None:
    clock = ManualClock(START)
    power = Power(clock, Path("/nonexistent"))
    assert power.read() == readings.Power()
    for text, dips, since_s in [
        ("0", 0, None),
        ("1", 1, 0.0),
        ("1", 1, 0.0),
        ("0", 1, 0.0),
        ("0", 1, 2.0),
        ("1", 2, 0),
    ]:
        clock.step(2)
        power.told(text)
        found = power.read()
        assert (found.under_voltage_events, found.since_under_voltage_s) == (dips, since_s)


def test_a_driver_that_does_not_notify_is_asked_at_each_look(pi: Path) -> None:
    power = Power(ManualClock(START), pi)
    assert power.read().under_voltage is False
    put(pi, {"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n"})
    assert power.read().under_voltage is True


def test_a_jump_of_a_synchronised_clock() -> None:
    clock = ManualClock(START)
    watcher = TimeSync(clock)
    clock.step(60)
    assert watcher.read() == readings.TimeSync(True)
    clock.jump(-90)
    clock.step(60)
    assert watcher.read() == readings.TimeSync(True, 1, -90.0, 0.0)
    clock.step(60)
    assert watcher.read() == readings.TimeSync(True, 1, -90.0, 60.0)
    clock.jump(1.5)  # slewed by a time server
    assert watcher.read().jumps == 1


def test_the_first_synchronisation_is_no_jump() -> None:
    clock = ManualClock(START, synchronised=False)
    watcher = TimeSync(clock)
    clock.jump(300 * 86_400)
    clock.sync = True
    assert watcher.read() == readings.TimeSync(True)


ROUTES: list[tuple[str, Route | None]] = [
    (PI["proc/net/route"], Route("wlan0", "198.51.100.1")),
    ("head\neth0 00000000 016433C6 0003 0 0 600 00000000\nwlan0 00000000 0102A8C0 0003 0 0 100 00000000\n",
     Route("wlan0", "192.168.2.1")),
    ("head\nppp0 00000000 00000000 0001 0 0 0 00000000\n", Route("ppp0", "")),
    ("head\neth0 00000000 0101A8C0 0002 0 0 0 00000000\n", None),
    ("head\neth0 0001A8C0 00000000 0001 0 0 0 00FFFFFF\n", None),
    ("head\neth0 00000000 x 0003 0 0 0 00000000\neth0 0000\n", None),
    ("head\neth0 00000000 FFFFFFFFFF 0003 0 0 0 00000000\n", None),
    ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "route"), ROUTES)
def test_the_default_route(text: str, route: Route | None) -> None:
    assert default_route(text) == route


def test_this_machines_own_table_is_understood() -> None:
    text = Path("/proc/net/route").read_text()
    found = default_route(text)
    assert (found is None) == ("\t00000000\t" not in text)
    assert found is None or (Path("/sys/class/net") / found.interface).exists()


@pytest.mark.parametrize(
    ("address", "answers"), [("198.51.100.1", True), ("198.51.100.9", False), ("198.51.100.2", None), ("", None)]
)
def test_who_answers_arp(address: str, answers: bool | None) -> None:
    assert neighbour(PI["proc/net/arp"], address) is answers


@pytest.mark.parametrize(
    ("text", "dbm"),
    [
        (PI["proc/net/wireless"], -56.0),
        (" wlan0: 0000   54.  200.  256        0\n", -56.0),
        (" wlan0: 0000   0.  0.  0.\n", None),
        (" wlan0: 0000   54.  ?.  0.\n", None),
        (" wlan1: 0000   54.  -56.  -256\n", None),
        ("", None),
    ],
)
def test_the_signal_of_the_wifi(text: str, dbm: float | None) -> None:
    assert wifi_dbm(text, "wlan0") == dbm


CARD = {"name": "SC32G\n", "cid": "03534453433332478012345678012345\n", "type": "SD\n", "date": "03/2024\n"}
EMMC = {"type": "MMC\n", "life_time": "0x02 0x0a\n", "pre_eol_info": "0x01\n"}


def test_the_card_below_a_folder(tmp_path: Path) -> None:
    root = card_below(tmp_path / "pi", tmp_path, CARD, errors="3\n")
    device = BlockDevice(tmp_path, root)
    assert (device.errors(), device.wear()) == (3, (None, None))
    assert device.facts() == {
        "device": "mmcblk0p2",
        "size_bytes": 61_071_360 * 512,
        **{f"card_{key}": text.strip() for key, text in CARD.items()},
    }


WEAR: list[tuple[str, str, tuple[int | None, int | None]]] = [
    ("0x02 0x0a\n", "0x01\n", (100, 1)),
    ("0x01 0x01\n", "0x02\n", (10, 2)),
    ("0x00 0x00\n", "0x00\n", (None, None)),
    ("0x0b 0x01\n", "", (110, None)),
    ("0xff 0x01\n", "?", (None, None)),
]


@pytest.mark.parametrize(("life", "reserve", "wear"), WEAR)
def test_the_wear_of_an_emmc(tmp_path: Path, life: str, reserve: str, wear: tuple[int | None, int | None]) -> None:
    root = card_below(tmp_path / "pi", tmp_path, {**EMMC, "life_time": life, "pre_eol_info": reserve})
    assert BlockDevice(tmp_path, root).wear() == wear


def test_a_folder_on_no_device_is_unknown() -> None:
    device = BlockDevice(Path("/proc"))
    assert (device.errors(), device.wear(), device.facts()) == (None, (None, None), {})


OK, NOT_KNOWN = Probe(StorageStatus.OK, "", 5), Probe(StorageStatus.UNKNOWN, "denied")
FULL, FAILING = Probe(StorageStatus.FULL, "no-space"), Probe(StorageStatus.FAILING, "EIO")


@pytest.mark.parametrize(
    ("found", "errors", "wear", "reserve", "status"),
    [
        (OK, 0, None, None, "ok"),
        (OK, None, 50, 1, "ok"),
        (OK, 2, 110, 3, "errors"),
        (OK, 0, 90, 1, "wear"),
        (OK, 0, 10, 2, "wear"),
        (FULL, 2, 110, 3, "full"),
        (FAILING, 2, 110, 3, "failing"),
        (NOT_KNOWN, None, None, None, "unknown"),
        (NOT_KNOWN, 1, None, None, "errors"),
    ],
)
def test_the_worst_of_all_is_told(
    found: Probe, errors: int | None, wear: int | None, reserve: int | None, status: str
) -> None:
    assert verdict(found, errors, wear, reserve).status == status


def test_growth_within_the_last_hour() -> None:
    clock = ManualClock(START)
    lately = Lately(clock)
    grown = []
    for total in (5, 7, 7, 7, 8, 8, 8):
        clock.step(1200)
        grown.append(lately.note(total))
    assert grown == [0, 2, 2, 2, 1, 1, 1]
    assert lately.note(2) == 0  # a new file: what it lost is not known
    assert lately.note(3) == 1


def test_the_facts_of_a_pi(pi: Path, tmp_path: Path) -> None:
    card_below(pi, tmp_path, CARD)
    found = FactsOfUnit(tmp_path, "1.4.0", pi).read()
    assert set(found) == {"hw", "os", "release", "net", "display", "storage", "power"}
    assert found["hw"]["model"] == "Raspberry Pi 4 Model B Rev 1.5"
    assert found["hw"]["serial"] == "10000000abcdef01"
    assert found["hw"]["macs"] == {"eth0": "dc:a6:32:01:02:03", "wlan0": "dc:a6:32:01:02:04"}
    assert found["os"] == {"name": "Debian GNU/Linux 13 (trixie)", "version": "13", "kernel": "6.12.25+rpt-rpi-v8"}
    assert found["release"]["version"] == "1.4.0"
    assert found["net"] == {
        "host": "room-ada", "interface": "wlan0", "gateway": "198.51.100.1", "wireless": ["wlan0"]
    }  # fmt: skip
    assert found["display"]["connectors"] == {
        "card1-HDMI-A-1": {"status": "connected", "mode": "1280x800"},
        "card1-HDMI-A-2": {"status": "disconnected"},
    }
    assert found["storage"]["device"] == "mmcblk0p2"
    assert found["power"] == {"under_voltage_sensor": True}


def test_the_facts_of_this_machine_and_of_none(tmp_path: Path) -> None:
    here = FactsOfUnit(tmp_path, "1.4.0").read()
    assert here["os"]["kernel"] == os.uname().release
    assert here["net"]["host"] == os.uname().nodename
    nothing = FactsOfUnit(tmp_path, "", tmp_path).read()
    assert (nothing["os"], nothing["net"], nothing["storage"]) == ({}, {}, {})
