"""What is done to a machine, one step after the other, by the test, by `scripts/vm` and by the bench of power cuts."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.vm import keys_seen, office
from tests.vm.bench import SHOWS_TIMEOUT_S, Bench, busy, free
from tests.vm.machine import until
from tests.vm.picture import Picture

WRITE_TIMEOUT_S = 180.0
PATIENCE_S = "900"
BUTTON = "#FFFFFF"
LEAST_BUTTON_PX = 90

KEY_CODES = {"f1": 59, "f2": 60, "esc": 1, "ctrl": 29, "alt": 56, "delete": 111, "sysrq": 99, "b": 48}
STROKES: dict[str, tuple[str, ...]] = {
    "F1": ("f1",),
    "Esc": ("esc",),
    "Ctrl-Alt-F2": ("ctrl", "alt", "f2"),
    "Ctrl-Alt-Del": ("ctrl", "alt", "delete"),
    "SysRq-b": ("alt", "sysrq", "b"),
}
"""What opens Kivy's settings, ends an app, leaves its console, reboots a PC, and reboots a kernel at once."""


def first_boot(bench: Bench) -> None:
    """From an image to a unit that is claimed and has its tenant and its touch screen."""
    bench.seed()
    bench.told("seeded as a card is")
    bench.machine.start()
    bench.claim()
    bench.await_ssh()  # its sshd starts anew after the claim, without the banner
    bench.told("claimed: its first boot took the seed, and proved it")
    bench.furnish()


def provisioning(bundle: Path) -> tuple[str, ...]:
    """The words for mydesk-fleet; an emulated unit is slow to answer."""
    return ("provision", office.UNIT, "--bundle", str(bundle), "--timeout", PATIENCE_S)


def pushing(bundle: Path) -> tuple[str, ...]:
    """The words for mydesk-fleet that bring an update, and make it current."""
    return ("push", str(bundle), office.UNIT, "--activate", "--now", "--timeout", PATIENCE_S)


def provision(bench: Bench, bundle: Path) -> None:
    """A panel, by the fleet's own tool."""
    bench.fleet_ok(*provisioning(bundle))
    bench.told("provisioned")


def sign_in(bench: Bench) -> None:
    """The device account signs in, with a code, as on the first day."""
    until(bench.status, SHOWS_TIMEOUT_S, "the panel does not answer", bench.seen)
    bench.approve_sign_in()
    bench.fleet_ok("sign-in", office.UNIT, "--timeout", PATIENCE_S)
    bench.told("signed in")


def shows_free(bench: Bench) -> Picture:
    """Wait until the panel is green."""
    picture = bench.await_screen(free, "a free room")
    bench.told("the screen shows a free room")
    return picture


def shows_busy(bench: Bench) -> None:
    """Wait until the panel is red."""
    bench.await_screen(busy, "a busy room")
    bench.told("the screen shows a busy room")


def button(picture: Picture) -> tuple[int, int]:
    """The middle of the white button on the lower part of a free panel: what is booked by one touch."""
    white = tuple(bytes.fromhex(BUTTON.removeprefix("#")))
    for y in range(picture.height * 9 // 10, picture.height // 2, -2):
        row = [picture.at(x, y) == white for x in range(picture.width)]
        start = next((x for x in range(len(row)) if all(row[x : x + LEAST_BUTTON_PX])), None)
        if start is not None and start + LEAST_BUTTON_PX < len(row):
            return start + LEAST_BUTTON_PX // 2, y - 8
    raise AssertionError("there is no white button on the panel")


def book(bench: Bench) -> None:
    """Touch the button of a free panel, with a finger; the tenant then says that the room is taken."""
    x, y = button(shows_free(bench))
    assert not bench.taken(), "the room is taken before anybody touched the panel"
    bench.root.run(f"echo {x} {y} >{office.TOUCHES}")
    until(bench.taken, WRITE_TIMEOUT_S, "the touch books nothing", lambda: bench.status())
    bench.told(f"a touch at {x}, {y} booked the room in the tenant")


def hub_knows(bench: Bench) -> None:
    """The hub on this machine has the unit online, and what was booked at it in its history."""
    until(
        lambda: [one for one in bench.hub.units() if (one["unit"], one["state"]) == (office.UNIT, "online")],
        SHOWS_TIMEOUT_S,
        "the unit is not online",
        lambda: (bench.hub.units(), bench.hub.why()),
    )
    until(lambda: _booked(bench), SHOWS_TIMEOUT_S, "the hub has no booking", lambda: bench.hub.history("e/"))
    bench.told("the hub knows of the booking")


def _booked(bench: Bench) -> bool:
    return any(one["v"]["action"] == "book" for one in bench.hub.history("e/action"))


def give_back(bench: Bench) -> None:
    """The room is free again, because its calendar is emptied by somebody in Outlook."""
    events = bench.tenant.control("GET", f"/_sim/rooms/{office.ROOM}/truth")["events"]
    for uid in {event["uid"] for event in events}:
        bench.tenant.control("DELETE", f"/_sim/meetings/{uid}")


@dataclass(frozen=True)
class Life:
    """What is another after a restart of the machine or of the panel, or on another console."""

    boot: str
    panel: str
    restarts: str
    console: str
    system: str


def life(bench: Bench) -> Life:
    """How the machine is now; without a panel its process is 0."""
    said = bench.root.run(
        "cat /proc/sys/kernel/random/boot_id; systemctl show -p MainPID --value mydesk-room; "
        "systemctl show -p NRestarts --value mydesk-room; cat /sys/class/tty/tty0/active; "
        "systemctl is-system-running | grep -x stopping || echo up"
    )
    return Life(*said.split())


def press(bench: Bench, stroke: str) -> None:
    """Press keys on a keyboard of the machine, and wait until its kernel has had them."""
    keys = STROKES[stroke]
    codes = " ".join(str(KEY_CODES[key]) for key in keys)
    code = Path(keys_seen.__file__).read_bytes()
    bench.root.put("/run/keys_seen.py", code)
    with subprocess.Popen(
        bench.root.command(f"python3 /run/keys_seen.py {codes}"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as watch:
        assert watch.stdout is not None
        assert watch.stdout.readline() == b"ready\n"
        bench.machine.press(*keys)
        rest = watch.stdout.read()
    assert rest == b"seen\n", f"{stroke} did not arrive: {rest!r}, {watch.returncode}"
    bench.told(f"{stroke} arrived")


def leaves_its_console(bench: Bench) -> None:
    """The control: before it is a panel, keys do something. Another console comes, and the first one back."""
    for keys, console in ((("ctrl", "alt", "f2"), "tty2"), (("ctrl", "alt", "f1"), "tty1")):
        bench.machine.press(*keys)
        until(lambda: life(bench).console == console, WRITE_TIMEOUT_S, f"{keys} do nothing", lambda: life(bench))  # noqa: B023


def keyboard(bench: Bench) -> None:
    """No key changes anything: the same boot, the same panel, the same console, the same screen."""
    before = life(bench)
    assert before.console == "tty1", before
    for stroke in STROKES:
        press(bench, stroke)
        after = life(bench)
        assert after == before, f"{stroke}: {before} became {after}"
        shows_busy(bench)
