"""The demo: the sample tenant and a room display in one process, on a window or as a day played off the screen."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from common.clock import ManualClock  # noqa: E402
from common.errors import MyDeskError  # noqa: E402
from common.pin import hash_pin  # noqa: E402
from drivers.sensors import Sensors  # noqa: E402
from roomdisplay.assembly import assembled  # noqa: E402
from roomdisplay.config import RoomConfig  # noqa: E402
from roomdisplay.glass import Glass  # noqa: E402
from roomdisplay.panel import Panel  # noqa: E402
from roomdisplay.panel_parts import OpenSensors  # noqa: E402
from scripts import demo_neighbours as neighbours  # noqa: E402
from scripts.demo_board import BoardCamera, missing  # noqa: E402
from scripts.demo_hub import ADMIN, control_server, events_of_today, site_hub  # noqa: E402
from scripts.demo_people import SENSORS, SimulatedRoom, move  # noqa: E402
from scripts.demo_stage import Day  # noqa: E402
from scripts.demo_story import play, watch  # noqa: E402
from simulator.office import Office  # noqa: E402
from simulator.office_file import load  # noqa: E402
from simulator.server import Simulator  # noqa: E402

SAMPLE = ROOT / "simulator" / "offices" / "nordhavn.toml"
PIN = "271828"
OPENING = "08:40"

Story = Callable[[Day], Awaitable[None]]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description="A room panel in front of a simulated tenant.")
    parser.add_argument("--office", type=Path, default=SAMPLE, help="office file; the sample Danish office if left out")
    parser.add_argument("--room", default="", help="address of the room; the first room of the office if left out")
    parser.add_argument("--lang", default="da", choices=("da", "en", "es"), help="language of the screen")
    parser.add_argument("--size", default="1280x800", help="1280x800, 800x480 or 720x1280")
    parser.add_argument("--out", type=Path, default=Path("demo-output"), help="folder for the pictures of the day")
    parser.add_argument("--headless", action="store_true", help="play the day although there is a display")
    return parser.parse_args()


def configuration(sim: Simulator, office: Office, args: argparse.Namespace, folder: Path) -> RoomConfig:
    """A panel with everything switched on that is off by default."""
    room = next((one for one in office.rooms if one.address == args.room), office.rooms[0])
    width, height = (int(part) for part in args.size.split("x"))
    values: dict[str, Any] = {
        "unit": {
            "id": "demo",
            "state_folder": str(folder),
            "control_socket": str(folder / "room.sock"),
            "outbox_file": str(folder / "outbox.db"),
            "overrides_file": str(folder / "overrides.json"),
        },
        "room": {"address": room.address, "name": room.name, "time_zone": office.zone.key},
        "graph": {
            "tenant_id": office.tenant_id,
            "client_id": office.apps[0].client_id,
            "account": device_account(office),
            "sign_in": "device-code",
            "authority_url": sim.url,
            "graph_url": f"{sim.url}/v1.0",
            "token_cache_file": str(folder / "tokens"),
            "token_key_file": str(folder / "tokens.key"),
        },
        "network": {"ca_file": str(sim.ca_file), "read_timeout_s": 2.0, "total_timeout_s": 5.0},
        "screen": {"language": args.lang, "width_px": width, "height_px": height, "width_mm": width_mm(width, height)},
        "booking": {"by_name": True},
        "meeting": {"release": True, "end_others": True},
        "check_in": {"enabled": True},
        "release": {"enabled": True, "exchange_auto_release": "off"},
        "presence": {"auto_book": True, "auto_extend": True, "end_when_empty": True},
        "sensors": SENSORS,
        "admin": {"pin_hash": hash_pin(PIN)},
        "lamp": {"driver": "emulated"},
    }
    return msgspec.convert(values, RoomConfig)


def device_account(office: Office) -> str:
    """The account that panels sign in with: the first that is neither a person nor a room."""
    return next(person.address for person in office.people if person.kind != "person")


def width_mm(width: int, height: int) -> float:
    """The real width of the panels we know."""
    return {(800, 480): 154.1, (720, 1280): 87.1}.get((width, height), width / 5.9)


def has_display() -> bool:
    """X or Wayland, or a driver that was asked for."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def main(args: argparse.Namespace) -> None:
    """Put simulator, panel and glass together and run them until the day is over or Ctrl-C."""
    office = load(args.office)
    played = args.headless or not has_display()
    clock = ManualClock(opening(office), running=True)
    with tempfile.TemporaryDirectory(prefix="mydesk-demo-") as folder, Simulator.start(office, clock=clock) as sim:
        config = configuration(sim, office, args, Path(folder))
        sensors = simulated(clock) if played else None
        async with AsyncExitStack() as stack:
            hub = await stack.enter_async_context(site_hub(Path(folder) / "hub", office, config))
            stack.enter_context(events_of_today())
            panel = await stack.enter_async_context(assembled(config, clock, open_sensors=sensors))
            glass = Glass(
                config.screen, panel.touches.act, panel.touches.touched, panel.touches.released, offscreen=played
            )
            panel.on_view = glass.show
            glass.show(panel.view)
            story = play if args.office == SAMPLE and config.room.address == office.rooms[0].address else watch
            day = Day(panel, glass, sim, clock, device_account(office), PIN, args.out if played else None)
            day.hub = hub
            await stack.enter_async_context(control_server(panel, glass))
            await run(day, story)


def simulated(clock: ManualClock) -> OpenSensors:
    """The sensors of the played day, in whose time no wire can keep up."""
    return lambda publish: SimulatedRoom(publish, clock.monotonic_s)


def opening(office: Office) -> datetime:
    """The opening time of today in the office's zone; of Monday on a weekend, when the panel would sleep."""
    hour, minute = OPENING.split(":")
    today = datetime.now(UTC).astimezone(office.zone)
    today += timedelta(days=max(0, 7 - today.weekday()) if today.weekday() > 4 else 0)
    return today.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0).astimezone(UTC)


async def run(day: Day, story: Story) -> None:
    """Panel, glass and the other rooms as tasks; the played `story` ends them."""
    everything = asyncio.current_task()
    assert everything
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, everything.cancel)
    async with asyncio.TaskGroup() as group, AsyncExitStack() as stack:
        tasks = [group.create_task(one) for one in (day.panel.run(), day.glass.run())]
        await day.sign_in()
        if day.hub:
            await day.hub.ready()
            tasks.append(group.create_task(neighbours.live(day.hub, day.sim, day.clock)))
        if day.out is None:
            welcome(day)
            listen(day.panel, day.clock)
            return
        await open_camera(day, stack)
        began = time.monotonic()
        await story(day)
        summary(day, time.monotonic() - began)
        for task in tasks:
            task.cancel()


async def open_camera(day: Day, stack: AsyncExitStack) -> None:
    """Begin to open a browser on the hub's board, where there is one."""
    if day.hub is None:
        return
    if lacking := missing():
        print(f"No picture of the hub's board: there is no {lacking}.", flush=True)
        return
    screen = day.panel.config.screen
    day.camera = await BoardCamera.begun(day.hub, screen.width_px, screen.height_px)
    stack.push_async_callback(day.camera.close)


def welcome(day: Day) -> None:
    """What somebody at the window can do."""
    print(f"The panel is on your screen, its admin PIN is {day.pin}. Ctrl-C ends everything.", flush=True)
    if day.hub:
        print(f"The hub's board is at {day.hub.url}/ (its certificate is of the demo's own CA):", flush=True)
        print(f"sign in as {ADMIN} with the password {day.hub.password}.", flush=True)
    print(f"Be the people in Outlook: {day.sim.url}/_sim/ (docs/simulator.md).", flush=True)


def summary(day: Day, took_s: float) -> None:
    """What came of the played day."""
    day.contact_sheet()
    if day.followed_s:
        print(f"The hub's board followed the panel in {max(day.followed_s):.1f} s at most.")
    print(f"A day in {timedelta(seconds=round(took_s))}: {len(day.pictures)} pictures in {day.out}/,")
    print(f"all of them on {day.out}/contact-sheet.png")


def listen(panel: Panel, clock: ManualClock) -> None:
    """Let whoever sits at the terminal be the people in the room, and the time."""
    if not sys.stdin.isatty():
        return
    print("Be the people in the room: type in, sit or out. 10:20 moves the clock on to that time.", flush=True)
    loop = asyncio.get_running_loop()

    def typed() -> None:
        line = sys.stdin.readline()
        if not line:
            loop.remove_reader(sys.stdin)
        elif line.strip() and not obeyed(line.strip(), panel, clock):
            print("in, sit, out, or a time to come such as 10:20")

    loop.add_reader(sys.stdin, typed)


def obeyed(word: str, panel: Panel, clock: ManualClock) -> bool:
    """Do what was typed; False when it means nothing here."""
    if isinstance(panel.sensors, Sensors) and move(panel.sensors, word):
        return True
    with contextlib.suppress(ValueError):
        local = clock.now().astimezone(panel.config.room.zone)
        to = datetime.combine(local.date(), datetime.strptime(word, "%H:%M").time(), local.tzinfo)
        clock.step(max(0.0, (to - local).total_seconds()))
        panel.reader.soon()
        return to > local
    return False


if __name__ == "__main__":
    logging.basicConfig(level=os.environ.get("MYDESK_LOG", "ERROR"))
    try:
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(main(arguments()))
    except MyDeskError as error:
        print(f"demo: {error}", file=sys.stderr)
        raise SystemExit(1) from error
