"""The demo of the lobby kiosk: tenant, kiosk and printer in one process, on a window or played off the screen."""

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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from common.clock import ManualClock  # noqa: E402
from common.errors import MyDeskError  # noqa: E402
from common.pin import hash_pin  # noqa: E402
from drivers.emulators.printer_link import EmulatedPrinter  # noqa: E402
from kiosk.app import accent_of, panel_of  # noqa: E402
from kiosk.assembly import assembled  # noqa: E402
from kiosk.config import KioskConfig  # noqa: E402
from kiosk.glass import Glass  # noqa: E402
from scripts.demo_day import PIN, SAMPLE, device_account, has_display, width_mm  # noqa: E402
from scripts.demo_invitation import PUBLIC_KEY  # noqa: E402
from scripts.demo_lobby_stage import BadgeFolder, Lobby  # noqa: E402
from scripts.demo_lobby_story import play  # noqa: E402
from simulator.office import Office  # noqa: E402
from simulator.office_file import load  # noqa: E402
from simulator.server import Simulator  # noqa: E402

OPENING = "09:30"
RULES = {
    "da": ("Bær dit gæstekort synligt.", "Din vært følger dig i huset.", "Fotografér ikke uden lov."),
    "en": ("Wear your badge.", "Your host accompanies you.", "Ask before you take pictures."),
    "es": ("Lleve su tarjeta visible.", "Su anfitrión le acompaña.", "Pregunte antes de hacer fotos."),
}
HELP = "invite (a QR invitation), badge (the last badge), paper, network, or the text of any code"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/demo kiosk", description="A lobby kiosk and a simulated tenant.")
    parser.add_argument("--lang", default="da", choices=("da", "en", "es"), help="language at rest")
    parser.add_argument("--size", default="1280x800", choices=("1280x800", "800x480", "720x1280"), help="of the panel")
    parser.add_argument("--out", type=Path, default=Path("demo-output"), help="folder for badges and pictures")
    parser.add_argument("--headless", action="store_true", help="play the morning although there is a display")
    return parser.parse_args()


def configuration(sim: Simulator, office: Office, args: argparse.Namespace, folder: Path) -> KioskConfig:
    """A kiosk with all that it can do."""
    width, height = (int(part) for part in args.size.split("x"))
    reception = f"reception@{office.domain}"
    values: dict[str, Any] = {
        "unit": {"id": "demo-lobby", "control_socket": str(folder / "kiosk.sock")},
        "site": {"name": f"{office.name} Kontorhus", "time_zone": office.zone.key, "language": args.lang,
                 "controller": f"{office.name} Kontorhus A/S", "privacy_contact": f"privacy@{office.domain}"},
        "graph": {
            "tenant_id": office.tenant_id,
            "client_id": next(app.client_id for app in office.apps if "kiosk" in app.name),
            "account": device_account(office),
            "sign_in": "device-code",
            "authority_url": sim.url,
            "graph_url": f"{sim.url}/v1.0",
            "token_cache_file": str(folder / "tokens"),
            "token_key_file": str(folder / "tokens.key"),
        },
        "network": {"ca_file": str(sim.ca_file), "read_timeout_s": 2.0, "total_timeout_s": 5.0},
        "screen": {"width_px": width, "height_px": height, "width_mm": width_mm(width, height)},
        "types": [
            {"key": "guest", "title": {"da": "Gæst", "en": "Guest", "es": "Visita"}, "badge_title": {"da": "GÆST"},
             "rules": "accept",
             "fields": [{"key": "company", "label": {"da": "Firma", "en": "Company", "es": "Empresa"},
                         "on_badge": True}]},
        ],
        "flow": {"house_rules": RULES},
        "reception": {"name": "Receptionen", "address": reception, "phone": "+45 12 34 56 78"},
        "hosts": {"host_group": next(group.id for group in office.groups if group.name == "Hosts"),
                  "index_file": str(folder / "hosts.index"), "presence": True},
        "notify": {"first": "chat"},
        "register": {"folder": str(folder / "register")},
        "invitations": {"public_keys": {"1": PUBLIC_KEY}, "records_folder": str(folder / "invitations")},
        "printer": {"driver": "emulated", "language": "brother-ql"},
        "admin": {"pin_hash": hash_pin(PIN)},
    }  # fmt: skip
    return msgspec.convert(values, KioskConfig)


async def main(args: argparse.Namespace) -> None:
    """Put simulator, kiosk, printer and glass together and run them until the story is over or Ctrl-C."""
    office = load(SAMPLE)
    played = args.headless or not has_display()
    clock = ManualClock(opening(office), running=True)
    badges = BadgeFolder(args.out)
    printer = EmulatedPrinter("brother-ql", monotonic_s=clock.monotonic_s, on_label=badges.save)
    with tempfile.TemporaryDirectory(prefix="mydesk-demo-") as folder, Simulator.start(office, clock=clock) as sim:
        config = configuration(sim, office, args, Path(folder))
        async with assembled(config, clock, printer_link=printer.open) as kiosk:
            glass = Glass(
                panel_of(config), kiosk.touch, kiosk.display.touched, kiosk.stirred,
                accent=accent_of(config), offscreen=played,
            )  # fmt: skip
            kiosk.on_view = glass.show
            glass.show(kiosk.view)
            lobby = Lobby(kiosk, glass, sim, clock, printer, device_account(office), badges)
            await run(lobby, played=played)


def opening(office: Office) -> datetime:
    """Half past nine of today in the office's zone."""
    hour, minute = (int(part) for part in OPENING.split(":"))
    today = datetime.now(UTC).astimezone(office.zone)
    return today.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(UTC)


async def run(lobby: Lobby, *, played: bool) -> None:
    """Kiosk and glass as tasks; the story ends them."""
    everything = asyncio.current_task()
    assert everything
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, everything.cancel)
    async with asyncio.TaskGroup() as group:
        running = (lobby.kiosk.run(), lobby.glass.run())
        tasks = [group.create_task(one) for one in running]
        await lobby.sign_in()
        if not played:
            print(f"The kiosk is on your screen; hold the site's name for the admin PIN, {PIN}. Ctrl-C ends it.")
            print(f"Badges come out in {lobby.badges.out}/. Be the hosts in Teams: {lobby.sim.url}/_sim/.", flush=True)
            listen(lobby)
            return
        began = time.monotonic()
        await play(lobby)
        lobby.contact_sheet()
        took = timedelta(seconds=round(time.monotonic() - began))
        out = lobby.badges.out
        print(f"A morning in {took}: {len(lobby.pictures)} pictures and {lobby.badges.count} badges in {out}/,")
        print(f"all pictures on {out}/kiosk-contact-sheet.png")
        for task in tasks:
            task.cancel()


def listen(lobby: Lobby) -> None:
    """Let whoever sits at the terminal hold codes before the scanner, and take paper and network away."""
    if not sys.stdin.isatty():
        return
    print(f"Type what the scanner sees: {HELP}.", flush=True)
    loop = asyncio.get_running_loop()
    begun: set[asyncio.Task[None]] = set()

    def typed() -> None:
        line = sys.stdin.readline()
        if not line:
            loop.remove_reader(sys.stdin)
        elif line.strip():
            task = loop.create_task(lobby.obey(line.strip()))
            begun.add(task)
            task.add_done_callback(begun.discard)

    loop.add_reader(sys.stdin, typed)


if __name__ == "__main__":
    logging.basicConfig(level=os.environ.get("MYDESK_LOG", "CRITICAL"))
    try:
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(main(arguments()))
    except MyDeskError as error:
        print(f"demo: {error}", file=sys.stderr)
        raise SystemExit(1) from error
