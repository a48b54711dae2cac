"""A PostgreSQL of the tests' own, in a folder of its own, without the network, as a user who is not root.

>>> with Server.started() as server:                # doctest: +SKIP
...     Store.open(server.fresh())                  # an empty database each time
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

from tests.waiting import until

BINARIES = Path("/usr/lib/postgresql/15/bin")
USER = "postgres"
"""PostgreSQL refuses root."""


class Server:
    """One server; `folder` holds its data and its socket."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._durable = durable
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextlib.contextmanager
    def started(cls, *, durable: bool = False) -> Iterator[Server]:
        """A server that is gone after the block; `durable`: with fsync, for benches."""
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        server = cls(folder, durable=durable)
        try:
            server._make()
            server.start()
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://mydesk@/{name}?host={self._folder}"

    def fresh(self) -> str:
        """The address of a new, empty database."""
        name = f"hub{next(self._numbers)}"
        with self._admin() as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def start(self) -> None:
        arguments = ["-D", str(self._folder / "data"), "-k", str(self._folder), "-c", "listen_addresses="]
        arguments += [
            "-c",
            f"fsync={'on' if self._durable else 'off'}",
            "-c",
            "shared_buffers=32MB",
            "-c",
            "max_connections=40",
        ]
        log = (self._folder / "log").open("ab")
        with log:
            self._process = self._run("postgres", arguments, log.fileno())
        until(self._answers, what="PostgreSQL")

    def stop(self) -> None:
        """At once, as when it crashes; it recovers when it is started again."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)

    def _make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, USER, USER)
        arguments = ["-D", str(self._folder / "data"), "-U", "mydesk", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        with (self._folder / "log").open("ab") as log:
            process = self._run("initdb", arguments, log.fileno())
        assert process.wait(60) == 0, (self._folder / "log").read_text()

    def _run(self, program: str, arguments: Sequence[str], log: int) -> subprocess.Popen[bytes]:
        command = [str(BINARIES / program), *arguments]
        if os.geteuid() != 0:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        who = pwd.getpwnam(USER)
        return subprocess.Popen(
            command, stdout=log, stderr=log, cwd=self._folder, user=who.pw_uid, group=who.pw_gid, extra_groups=[]
        )

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._folder), user="mydesk", dbname="postgres", autocommit=True)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text()
        try:
            self._admin().close()
        except psycopg.OperationalError:
            return False
        return True
