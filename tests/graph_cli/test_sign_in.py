"""Signing in from a terminal: by code, by browser, through a running app; over TLS, with the real msal."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from common.control import ControlServer, Request, request
from graph import cli, signing_in
from graph.loopback import LoopbackError, loopback
from graph.reading import TokenFileError
from graph.signing_in import Invitation, app_answers, check_writable
from graph.tls import client_context
from tests.graph.tenant import DEVICE
from tests.graph_cli.conftest import Unit
from tests.ordinary_user import ordinary_user
from tests.ports import free_port


def when_shown(monkeypatch: pytest.MonkeyPatch, act: Callable[[Invitation], object]) -> None:
    """Do `act` once the person has seen what to do, before the command waits."""
    show = cli._show

    def shown(invitation: Invitation, port: int | None, *, as_json: bool) -> None:
        show(invitation, port, as_json=as_json)
        act(invitation)

    monkeypatch.setattr(cli, "_show", shown)


def approving(unit: Unit, account: str) -> Callable[[Invitation], object]:
    return lambda seen: unit.tenant.control("POST", "sign-in/approve", account=account, user_code=seen.code)


def test_a_code_is_shown_and_waited_for(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    when_shown(monkeypatch, approving(unit, DEVICE))
    done = unit.run("sign-in")
    assert done.code == 0
    assert re.search(r"Open:  https://localhost:\d+/\S+/oauth2/deviceauth\nCode:  [A-Z0-9]{8,9} ", done.out)
    assert f"Signed in. {DEVICE}" in done.out
    assert (unit.tenant.folder / "tokens").stat().st_mode & 0o777 == 0o600


def test_for_a_machine_it_is_json_lines(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    when_shown(monkeypatch, approving(unit, DEVICE))
    shown, ended = (json.loads(line) for line in unit.run("sign-in", "--json").out.splitlines())
    assert (set(shown), shown["expires_in_s"]) == ({"address", "code", "expires_in_s"}, 900)
    assert ended == {"state": "signed-in", "account": DEVICE}


def test_the_wrong_account_is_thrown_away_and_named(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    when_shown(monkeypatch, approving(unit, "louise.holm@nordhavn.example"))
    done = unit.run("sign-in")
    assert done.code == 1
    assert f"louise.holm@nordhavn.example signed in, but the configuration names {DEVICE}" in done.err
    assert unit.run("rooms").code == 1


def test_declined(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    when_shown(monkeypatch, lambda seen: unit.tenant.control("POST", "sign-in/decline", user_code=seen.code))
    done = unit.run("sign-in", "--json")
    assert done.code == 1
    assert "refused" in json.loads(done.out.splitlines()[-1])["error"]


def test_a_line_that_is_cut_while_somebody_types_ends_nothing(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "RETRY_S", 0.0)

    def cut_then_approve(seen: Invitation) -> None:
        unit.tenant.control("POST", "sign-in/approve", account=DEVICE, user_code=seen.code)
        unit.tenant.fault("status", "oauth2/v2.0/token", status=503, count=2)

    when_shown(monkeypatch, cut_then_approve)
    assert unit.run("sign-in").code == 0


@pytest.mark.parametrize(("number", "said"), [(53003, "Conditional Access blocks"), (65001, "Grant admin consent for")])
def test_what_the_tenant_refuses_is_said(unit: Unit, monkeypatch: pytest.MonkeyPatch, number: int, said: str) -> None:
    unit.tenant.control("POST", "sign-in/faults", aadsts=number)
    when_shown(monkeypatch, approving(unit, DEVICE))
    done = unit.run("sign-in")
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


def browse(unit: Unit, address: str, **changes: str) -> httpx.Response:
    """Be the browser: follow the sign-in page back to the loopback, with some of the answer changed."""
    with httpx.Client(verify=client_context(str(unit.tenant.simulator.ca_file)), trust_env=False) as http:
        back = urlsplit(http.get(address).headers["location"])
        query = {key: values[0] for key, values in parse_qs(back.query).items()} | changes
        return http.get(f"http://127.0.0.1:{back.port}/?{urlencode(query)}")


@contextmanager
def browser(monkeypatch: pytest.MonkeyPatch, unit: Unit, act: Callable[[str], object]) -> Iterator[None]:
    """Browse in a thread of its own as soon as the address is shown."""
    unit.tenant.control("POST", "sign-in/auto-approve", account=DEVICE)
    threads: list[threading.Thread] = []

    def begin(seen: Invitation) -> None:
        threads.append(threading.Thread(target=act, args=[seen.address]))
        threads[0].start()

    when_shown(monkeypatch, begin)
    yield
    threads[0].join(20)
    assert not threads[0].is_alive()


def test_with_a_browser(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    pages: list[httpx.Response] = []

    def act(address: str) -> None:
        pages.append(browse(unit, address, state="forged"))
        pages.append(browse(unit, address))

    with browser(monkeypatch, unit, act):
        done = unit.run("sign-in", "--auth-code", "--port", str(port))
    assert done.code == 0, done.err
    assert f"ssh -L {port}:127.0.0.1:{port} USER@UNIT" in done.out
    assert "code_challenge=" in done.out
    assert pages[0].status_code == 404
    assert "You may close this page" in pages[1].text
    assert unit.run("rooms").code == 0


def test_a_refusal_in_the_browser(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    unit.tenant.control("POST", "sign-in/faults", aadsts=53003, grant="authorize")
    with browser(monkeypatch, unit, lambda address: browse(unit, address)):
        done = unit.run("sign-in", "--auth-code", "--port", str(free_port()))
    assert done.code == 1
    assert "Traceback" not in done.err


def test_a_port_that_is_taken(unit: Unit) -> None:
    async def main() -> None:
        async with loopback(free := free_port(), "s"):
            with pytest.raises(LoopbackError, match="cannot be used"):
                async with loopback(free, "s"):
                    pass

    asyncio.run(main())


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /favicon.ico HTTP/1.1",
        b"GET /?code=1&state=other HTTP/1.1",
        b"GET /?state=mine HTTP/1.1",
        b"POST /?code=1&state=mine HTTP/1.1",
        b"GET /?" + b"a=1&" * 50 + b"code=1&state=mine HTTP/1.1",
        b"GET http://[/?code=1&state=mine HTTP/1.1",
        b"\xff\xfe",
        b"GET /?code=1&state=mine&" + b"a" * 20_000,
    ],
)
def test_strangers_at_the_loopback_get_nothing(request_line: bytes) -> None:
    async def main() -> bytes:
        async with loopback(port := free_port(), "mine") as waiting:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request_line + b"\r\n\r\n")
            said = await reader.read()
            writer.close()
            with pytest.raises(LoopbackError, match="in time"):
                await waiting.answer(0.01)
            return said

    assert b"200 OK" not in asyncio.run(main())


class App:
    """A unit's app behind its control socket, in a thread; `states` are what sign-in-status says, one after another."""

    def __init__(self, path: Path, states: list[dict[str, Any]]) -> None:
        self.path, self.states = path, states
        self.asked: list[str] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _sign_in(self, request: Request) -> dict[str, Any]:
        self.asked.append(request.op)
        return {"address": "https://microsoft.com/devicelogin", "code": "ABCD1234", "expires_in_s": 900}

    async def _status(self, request: Request) -> dict[str, Any]:
        self.asked.append(request.op)
        return self.states.pop(0)

    async def _bye(self, request: Request) -> dict[str, Any]:
        self._stop.set()
        return {}

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        ops = {"sign-in": self._sign_in, "sign-in-status": self._status, "bye": self._bye}
        async with ControlServer(self.path, ops):
            self._ready.set()
            await self._stop.wait()

    def __enter__(self) -> App:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        request(self.path, "bye")
        self._thread.join(10)


WAITING, SIGNED_IN = {"state": "waiting", "text": ""}, {"state": "signed-in", "text": ""}


def test_through_the_running_app(unit: Unit) -> None:
    path = unit.tenant.folder / "room.sock"
    with App(path, [WAITING, WAITING, SIGNED_IN]) as app:
        done = unit.run("sign-in", unit={"control_socket": str(path)})
    assert done.code == 0
    assert "Code:  ABCD1234" in done.out
    assert app.asked == ["sign-in", *["sign-in-status"] * 3]
    assert not (unit.tenant.folder / "tokens").exists()


def test_the_apps_refusal_is_passed_on(unit: Unit) -> None:
    path = unit.tenant.folder / "room.sock"
    with App(path, [{"state": "failed", "text": "Sign-in was declined"}]):
        done = unit.run("sign-in", "--socket", str(path))
    assert (done.code, "Sign-in was declined" in done.err) == (1, True)


def test_an_app_that_was_named_has_to_answer(unit: Unit) -> None:
    done = unit.run("sign-in", "--socket", str(unit.tenant.folder / "none.sock"))
    assert done.code == 1
    assert "nothing is running behind" in done.err


def test_an_app_that_does_not_run_is_not_asked(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    when_shown(monkeypatch, approving(unit, DEVICE))
    assert unit.run("sign-in", unit={"control_socket": str(unit.tenant.folder / "none.sock")}).code == 0


def test_whether_an_app_answers(tmp_path: Path) -> None:
    path = tmp_path / "room.sock"
    assert not app_answers(path)
    with App(path, []):
        assert app_answers(path)
    assert not app_answers(path)


def test_where_tokens_would_be_lost(tmp_path: Path) -> None:
    check_writable(tmp_path / "tokens")
    with pytest.raises(TokenFileError, match="cannot be used"):
        check_writable(tmp_path / "none" / "tokens")
    with ordinary_user(tmp_path), pytest.raises(TokenFileError, match="may not write"):
        check_writable(tmp_path / "tokens")


def test_tokens_of_roots_in_the_services_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    owner = tmp_path.stat().st_uid
    real = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **more: _owned(real(path, **more), owner + 1))
    with pytest.raises(TokenFileError) as caught:
        check_writable(tmp_path / "tokens")
    assert "sudo -u mydesk" in caught.value.hint


def _owned(found: Any, uid: int) -> Any:
    return type(found)((*found[:4], uid, *found[5:]))


def test_app_only_has_nobody_to_sign_in(unit: Unit) -> None:
    files = {"certificate_file": "/x/cert.pem", "private_key_file": "/x/key.pem"}
    done = unit.run("sign-in", graph={"shape": "app-only", "sign_in": "certificate", **files})
    assert (done.code, "its certificate" in done.err) == (1, True)
