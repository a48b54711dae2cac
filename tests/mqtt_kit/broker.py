"""A real Mosquitto on a free port of the loopback, with the TLS and the rights of a site (DESIGN.md 8).

>>> with Broker(tmp_path) as broker:                                 # doctest: +SKIP
...     unit = broker.ca.issue("room-ada")
...     connect(broker.host, broker.port, broker.ca.ca_file, unit)
...     broker.kill(); broker.start()                                # SIGKILL; again on the same port
...     assert "room-ada" in broker.log
"""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.mqtt_kit.certificates import SiteCa
from tests.ports import free_port
from tests.waiting import until

MOSQUITTO = "/usr/sbin/mosquitto"
HUB = "hub"
"""Common name of the hub's certificate: it may read and write everything."""

# Lines with `topic` before the first `user` are for clients without a name: what all units may is a pattern.
ACL = f"""\
pattern write mydesk/1/%u/#
pattern read mydesk/1/%u/cmd/+/+
pattern read mydesk/1/%u/desired/+
pattern read mydesk/1/%u/ack
pattern write homeassistant/device/%u/config
pattern read homeassistant/status

user {HUB}
topic readwrite #
"""


class Broker:
    """Mosquitto and its folder; started and stopped by `with`. `ca` may be given, else it makes one."""

    host = "localhost"

    def __init__(
        self, folder: Path, ca: SiteCa | None = None, *, autosave_interval_s: int = 1800, extra_config: str = ""
    ) -> None:
        self.ca = ca or SiteCa(folder / "ca")
        self.port = free_port()
        self.folder = folder / "broker"
        self.folder.mkdir(parents=True)
        self._log_file = self.folder / "mosquitto.log"
        self._config_file = self.folder / "mosquitto.conf"
        (self.folder / "acl").write_text(ACL)
        self._config_file.write_text(self._config(autosave_interval_s, extra_config))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()  # quicker, and nobody starts it again

    @property
    def log(self) -> str:
        """All that Mosquitto has said, over every start."""
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    def start(self) -> None:
        """Start, on the same port as ever, and wait until it listens."""
        assert self._process is None, "it runs already"
        said = len(self.log)
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config_file)], stdout=log, stderr=log)
        until(lambda: self._listens(said), what="Mosquitto")

    def kill(self) -> None:
        """End it by SIGKILL: nothing is saved."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in good order: sessions and retained messages are saved. Nothing to do when it does not run."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """Let it keep its connections and answer nothing (SIGSTOP)."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def restart(self, *, kill: bool = False) -> None:
        self._end(signal.SIGKILL if kill else signal.SIGTERM)
        self.start()

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(number)
            process.wait(10)

    def _listens(self, said: int) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"Mosquitto does not start:\n{self.log[said:]}"
        return " running" in self.log[said:]

    def _config(self, autosave_interval_s: int, extra: str) -> str:
        own = self.ca.broker()
        return f"""\
user root
listener {self.port} 127.0.0.1
allow_anonymous false
cafile {self.ca.ca_file}
certfile {own.cert_file}
keyfile {own.key_file}
crlfile {self.ca.crl_file}
require_certificate true
use_identity_as_username true
acl_file {self.folder / "acl"}
persistence true
persistence_location {self.folder}/
autosave_interval {autosave_interval_s}
max_queued_messages 1000
max_packet_size 1100000
log_dest stderr
log_type all
connection_messages true
{extra}
"""
