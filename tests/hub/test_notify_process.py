"""The hub as a process that tells of alarms: killed between the server's taking and its own noting; the command."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from common.clock import SystemClock
from common.config import ConfigError
from hub import settings
from hub.cli import app
from hub.notify import GATHER_S
from hub.store import Store
from hub.tables import ALARMS
from tests.hub.notify_kit import ca_file, ms, receiving, server_context
from tests.hub.smtp_server import SmtpServer
from tests.ports import free_port
from tests.waiting import until


@dataclass
class Place:
    """A folder with a hub's configuration."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "hub.toml"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'hub.db'}"

    def configured(self, *notify: str) -> Place:
        web = free_port()
        self.config.write_text(
            f"""\
[site]
name = "Nordhavn"
[broker]
port = {free_port()}
[authority]
folder = "{self.folder / "ca"}"
[database]
url = "{self.url}"
[web]
port = {web}
base_url = "https://localhost:{web}"
[notify]
after_s = 0
ca_file = "{ca_file(self.folder)}"
{chr(10).join(notify)}
"""
        )
        return self

    def raised(self, *units: str) -> None:
        store = Store.open(self.url)
        since_ms = ms(SystemClock().now()) - 1000
        with store.begin() as connection:
            says = {"kind": "storage-full", "severity": "critical", "text": "Full.", "do": "Free it."}
            connection.execute(insert(ALARMS), [{"unit": unit, "since_ms": since_ms, **says} for unit in units])
        store.close()

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "hub.cli", "serve", "--config", str(self.config)]
        with (self.folder / "hub.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(30)

    @property
    def log(self) -> str:
        return (self.folder / "hub.log").read_text()


def mail_of(server: SmtpServer) -> tuple[str, ...]:
    return (
        'mail_host = "localhost"',
        f"mail_port = {server.port}",
        'mail_from = "mydesk@nordhavn.example"',
        'mail_to = ["it@nordhavn.example"]',
    )


@pytest.mark.slow
def test_a_hub_killed_while_it_tells_repeats_once_and_says_so(tmp_path: Path) -> None:
    with SmtpServer(server_context()) as server:
        place = Place(tmp_path).configured(*mail_of(server))
        place.raised("room-ada", "room-bob")
        with place.running() as first:
            server.on_end = lambda: os.kill(first.pid, signal.SIGKILL)
            until(lambda: server.mail, GATHER_S + 40)
            assert first.wait(10) == -signal.SIGKILL
        server.on_end = lambda: None
        with place.running() as second:
            until(lambda: len(server.mail) == 2, GATHER_S + 40)
            second.terminate()
            assert second.wait(30) == 0, place.log
        once, again = (one.mail for one in server.mail)
        assert once["Message-ID"] == again["Message-ID"]
        assert not once["Subject"].startswith("Repeat: ")
        assert again["Subject"].startswith("Repeat: [Nordhavn] 2 alarms: room-ada, room-bob")
        with place.running():
            place.raised("room-cai")
            until(lambda: len(server.mail) == 3, GATHER_S + 40)
        assert "room-cai" in server.mail[2].mail["Subject"]
        assert "room-ada" not in server.mail[2].text
    assert "Traceback" not in place.log


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_the_command_says_who_hears_and_tests_each(tmp_path: Path) -> None:
    with SmtpServer(server_context()) as server, receiving() as hook:
        place = Place(tmp_path).configured(*mail_of(server), f'webhooks = ["{hook.url}"]')
        place.raised("room-ada")
        told = run("notify", "--config", place.config)
        assert (told.exit_code, server.mail, hook.got) == (0, [], [])
        assert "mail to it@nordhavn.example by localhost" in told.stdout
        assert "webhook at localhost" in told.stdout
        assert "SECRET" not in told.stdout
        tested = run("notify", "--test", "--config", place.config)
        assert tested.exit_code == 0, tested.output
        assert server.mail[0].mail["Subject"] == "[Nordhavn] test: messages about alarms arrive"
        assert hook.got[0][1]["test"] is True
        hook.status = 500
        failed = run("notify", "--test", "--json", "--config", place.config)
        assert failed.exit_code == 1
        found: list[dict[str, Any]] = json.loads(failed.stdout)
        assert [bool(channel["problem"]) for channel in found] == [False, True]
        assert "answered 500" in found[1]["problem"]
    nobody = run("notify", "--config", Place(tmp_path).configured().config)
    assert "Nobody hears of alarms" in nobody.stdout


WRONG: list[tuple[list[str], str]] = [
    (['mail_host = "smtp"'], "mail_host and mail_to are needed together"),
    (['mail_to = ["a@b.example"]'], "mail_host and mail_to are needed together"),
    (['mail_host = "smtp"', 'mail_to = ["a@b.example"]'], "mail_from"),
    (['mail_to = ["a@b.example\\r\\nBcc: c@d.example"]'], "mail_to"),
    (['mail_to = ["Ida <a@b.example>"]'], "mail_to"),
    (['mail_user = "m"', 'mail_password_file = "/x"', 'mail_security = "none"'], "a password needs starttls or tls"),
    (['mail_user = "m"'], "mail_password_file"),
    (['webhooks = ["ftp://x"]'], "webhooks"),
]


@pytest.mark.parametrize(("lines", "said"), WRONG, ids=[lines[0] for lines, _ in WRONG])
def test_a_wrong_section_is_told(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        settings.load(Place(tmp_path).configured(*lines).config)
    assert said in str(raised.value)


def test_nothing_listens_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        lines = ['mail_host = "localhost"', f"mail_port = {free.getsockname()[1]}", 'mail_to = ["a@b.example"]']
        place = Place(tmp_path).configured(*lines, 'mail_from = "c@d.example"')
        failed = run("notify", "--test", "--config", place.config)
    assert failed.exit_code == 1
    assert "Connection refused" in failed.stdout
