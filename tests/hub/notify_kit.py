"""A store with alarms, channels that note what they are told, and a webhook receiver over real HTTPS."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import trustme
from sqlalchemy import insert, update

from common.clock import ManualClock
from hub.notice_text import Line, Message, Saying
from hub.notices import Notices
from hub.notify import Courier
from hub.notify_channel import NotifyError
from hub.settings import HubConfig, NotifySection, SiteSection, WebSection
from hub.store import Store
from hub.tables import ALARMS, SILENCES, UNITS

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BASE = "https://hub.nordhavn.example:8443"


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@cache
def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("localhost").configure_cert(context)
    return context


def ca_file(folder: Path) -> str:
    path = folder / "ca.pem"
    authority().cert_pem.write_to_path(str(path))
    return str(path)


def config(**notify: Any) -> HubConfig:
    return HubConfig(site=SiteSection(name="Nordhavn"), web=WebSection(base_url=BASE), notify=NotifySection(**notify))


def message(*lines: Line, **changed: Any) -> Message:
    values: dict[str, Any] = {"id": "0" * 32, "site": "Nordhavn", "lines": lines, "url": BASE, "made": NOW}
    return Message(**(values | {"zone": ZoneInfo("Europe/Copenhagen")} | changed))


def line(unit: str = "room-ada", **changed: Any) -> Line:
    values: dict[str, Any] = {
        "alarm": 1,
        "saying": Saying.RAISED,
        "unit": unit,
        "name": "Ada",
        "where": "Nordhavn, 2",
        "kind": "storage-full",
        "severity": "critical",
        "since_ms": ms(NOW) - 300_000,
        "cleared_ms": None,
        "text": "The disk is full.",
        "do": "Free space at once.",
        "url": f"{BASE}/units/{unit}",
    }
    return Line(**(values | changed))


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


@dataclass
class ChannelDouble:
    """Keeps messages; `errors` are raised one after the other first."""

    name: str = "mail"
    label: str = "mail"
    sent: list[Message] = field(default_factory=list)
    errors: list[NotifyError] = field(default_factory=list)

    def send(self, message: Message) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(message)

    def said(self) -> list[tuple[str, str]]:
        """(unit, saying) of every message, the newest taken away."""
        found = [(line.unit, str(line.saying)) for message in self.sent for line in message.lines]
        self.sent.clear()
        return found


class Site:
    """A store whose clock is moved by hand, and a courier."""

    def __init__(self, store: Store, *names: str, **notify: Any) -> None:
        self.store, self.clock, self.config = store, ManualClock(NOW), config(**notify)
        self.channels = [ChannelDouble(name) for name in names or ("mail",)]
        self.restart()

    def restart(self) -> None:
        """Couriers that remember nothing."""
        self.couriers = [
            Courier(one, Notices(self.store, self.config, self.clock), self.clock) for one in self.channels
        ]

    @property
    def mail(self) -> ChannelDouble:
        return self.channels[0]

    def now_ms(self) -> int:
        return ms(self.clock.now())

    def raised(self, *units: str, kind: str = "storage-full", ago_s: float = 0) -> None:
        says = {"kind": kind, "severity": "critical", "text": "The disk is full.", "do": "Free space."}
        since_ms = self.now_ms() - round(ago_s * 1000)
        with self.store.begin() as connection:
            rows = [{"unit": unit, "since_ms": since_ms, **says} for unit in units or ("room-ada",)]
            connection.execute(insert(ALARMS), rows)

    def cleared(self, *units: str) -> None:
        with self.store.begin() as connection:
            mine = update(ALARMS).where(ALARMS.c.unit.in_(units or ("room-ada",)), ALARMS.c.cleared_ms.is_(None))
            connection.execute(mine.values(cleared_ms=self.now_ms()))

    def silenced(self, unit: str, minutes: float) -> None:
        until_ms = self.now_ms() + round(minutes * 60_000)
        with self.store.begin() as connection:
            connection.execute(insert(SILENCES).values(unit=unit, until_ms=until_ms, by="louise", reason=""))

    def known(self, unit: str, **values: Any) -> None:
        with self.store.begin() as connection:
            connection.execute(insert(UNITS).values(unit=unit, **values))

    def live(self, seconds: float, step_s: float = 5.0) -> None:
        """Let time pass, with a turn of each courier at every step."""
        for _ in range(round(seconds / step_s)):
            self.clock.step(step_s)
            for courier in self.couriers:
                courier.turn()


@dataclass
class Receiver:
    """What the webhook was sent: (headers, body)."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiving(*, hanging: bool = False) -> Iterator[Receiver]:
    """A webhook over HTTPS on the loopback; `hanging`: it reads and answers only at the end."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((dict(self.headers), json.loads(body)))
            if hanging:
                receiver.hold.wait(30)
                self.close_connection = True
                return
            self.send_response(receiver.status)
            self.send_header("Location", "https://elsewhere.example/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *told: Any) -> None:
            """Clients that do not trust us hang up."""

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = server_context().wrap_socket(server.socket, server_side=True)
    receiver.url = f"https://localhost:{server.server_port}/hook?key=SECRET"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.hold.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
