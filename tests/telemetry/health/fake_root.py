"""A tree like a Raspberry Pi's /sys and /proc, for the files that no other machine has."""

from __future__ import annotations

import os
from pathlib import Path


def put(root: Path, files: dict[str, str]) -> Path:
    """Write `files` (path below root -> text) and return the root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def card_below(root: Path, folder: Path, card: dict[str, str], errors: str = "0\n") -> Path:
    """Let `folder` lie on /dev/mmcblk0p2 of `root`: links as the kernel makes them."""
    number = folder.stat().st_dev
    disk = "sys/devices/platform/emmc2bus/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0"
    put(root, {f"{disk}/mmcblk0p2/partition": "2\n", f"{disk}/mmcblk0p2/size": "61071360\n"})
    put(root, {"sys/fs/ext4/mmcblk0p2/errors_count": errors})
    put(root, {f"{disk}/../../{name}": text for name, text in card.items()})
    (root / disk / "device").symlink_to("../../../mmc0:aaaa")
    link = root / f"sys/dev/block/{os.major(number)}:{os.minor(number)}"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(root / disk / "mmcblk0p2")
    return root


PI = {
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.5\0",
    "proc/device-tree/serial-number": "10000000abcdef01\0",
    "proc/sys/kernel/hostname": "room-ada\n",
    "proc/sys/kernel/osrelease": "6.12.25+rpt-rpi-v8\n",
    "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\n',
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "52582\n",
    "sys/class/thermal/cooling_device0/type": "pwm-fan\n",
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
    "sys/class/net/lo/operstate": "unknown\n",
    "sys/class/net/eth0/device/uevent": "",
    "sys/class/net/eth0/address": "dc:a6:32:01:02:03\n",
    "sys/class/net/eth0/carrier": "0\n",
    "sys/class/net/eth0/operstate": "down\n",
    "sys/class/net/wlan0/device/uevent": "",
    "sys/class/net/wlan0/wireless/link": "",
    "sys/class/net/wlan0/address": "dc:a6:32:01:02:04\n",
    "sys/class/net/wlan0/carrier": "1\n",
    "sys/class/net/wlan0/operstate": "up\n",
    "sys/class/drm/card1-HDMI-A-1/status": "connected\n",
    "sys/class/drm/card1-HDMI-A-1/modes": "1280x800\n1024x768\n",
    "sys/class/drm/card1-HDMI-A-2/status": "disconnected\n",
    "sys/class/drm/card1-HDMI-A-2/modes": "",
    "proc/net/route": (
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "wlan0\t00000000\t016433C6\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
        "wlan0\t006433C6\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0\n"
    ),
    "proc/net/arp": (
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "198.51.100.1     0x1         0x2         52:54:00:aa:bb:cc     *        wlan0\n"
        "198.51.100.9     0x1         0x0         00:00:00:00:00:00     *        wlan0\n"
    ),
    "proc/net/wireless": (
        "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n"
        " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n"
        " wlan0: 0000   54.  -56.  -256        0      0      0      0     32        0\n"
    ),
    "proc/meminfo": "MemTotal:        1892312 kB\nMemFree:  112000 kB\nMemAvailable:    946156 kB\nSwapTotal: 0 kB\n",
    "proc/loadavg": "0.42 0.30 0.21 1/180 4242\n",
    "proc/uptime": "86400.25 340000.11\n",
}
"""A Pi 4 on Wi-Fi. get_throttled 0x50005: under-voltage and throttled, now and since the boot."""
