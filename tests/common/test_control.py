"""The control socket, over real sockets: one request, one reply, whatever is sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from common import control
from common.control import ControlError, ControlServer, Request, request
from common.errors import MyDeskError


async def _status(asked: Request) -> dict[str, Any]:
    return {"state": "free", "full": asked.args.get("full", False), "uid": asked.uid, "pid": asked.pid}


async def _refuse(asked: Request) -> dict[str, Any]:
    raise MyDeskError("the room is unknown.", hint="Set room.address.")


async def _fail(asked: Request) -> dict[str, Any]:
    raise RuntimeError("subject of a meeting")


async def _hang(asked: Request) -> dict[str, Any]:
    await asyncio.sleep(3600)
    return {}


async def _large(asked: Request) -> dict[str, Any]:
    return {"png": "x" * int(asked.args["size"])}


async def _odd(asked: Request) -> Any:
    return {"object": object()} if asked.args.get("object") else ["not", "a", "dict"]


HANDLERS = {"status": _status, "refuse": _refuse, "fail": _fail, "hang": _hang, "large": _large, "odd": _odd}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.sock"


def served(path: Path, ask: Callable[[], Any]) -> Any:
    """Run a server, and `ask` in a thread beside it."""

    async def main() -> Any:
        async with ControlServer(path, HANDLERS):
            return await asyncio.to_thread(ask)

    return asyncio.run(main())


def raw(path: Path, data: bytes) -> bytes:
    """What comes back for `data` until the server ends the connection or has answered."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(5)
        link.connect(str(path))
        with contextlib.suppress(BrokenPipeError):
            link.sendall(data)
        link.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := link.recv(1 << 16):
                received += chunk
    return received


def test_a_request_gets_its_reply_and_the_peer_is_known(path: Path) -> None:
    reply = served(path, lambda: request(path, "status", full=True))
    assert reply == {"state": "free", "full": True, "uid": os.getuid(), "pid": os.getpid()}


def test_only_root_is_root() -> None:
    assert Request("status", {}, uid=0, pid=1).is_root
    assert not Request("status", {}, uid=1000, pid=1).is_root


def test_many_requests_on_one_connection(path: Path) -> None:
    lines = served(path, lambda: raw(path, b'{"op":"status"}\n' * 3)).splitlines()
    assert [json.loads(line)["ok"] for line in lines] == [True] * 3


BAD = [
    (b"\n", "a JSON object"),
    (b"garbage\n", "a JSON object"),
    (b"\xff\xfe\n", "a JSON object"),
    (b"[1]\n", "a JSON object"),
    (b'{"op": 3}\n', "a JSON object"),
    (b"[" * 30000 + b"\n", "a JSON object"),
    (b'{"op": "stauts"}\n', "unknown op 'stauts'"),
    (b'{"op": "' + b"x" * 70000 + b'"}\n', "at most 65536 bytes"),
    (b"x" * 300_000, "at most 65536 bytes"),
]


@pytest.mark.parametrize(("data", "words"), BAD, ids=[words[:12] + str(n) for n, (_, words) in enumerate(BAD)])
def test_a_bad_request_is_refused_in_words(path: Path, data: bytes, words: str) -> None:
    reply = json.loads(served(path, lambda: raw(path, data)))
    assert reply["ok"] is False
    assert words in reply["error"]


def test_an_unknown_op_names_those_that_exist(path: Path) -> None:
    with pytest.raises(ControlError, match="Known: fail, hang, large, odd, refuse, status"):
        served(path, lambda: request(path, "screenshoot"))


@pytest.mark.parametrize("data", [b"", b'{"op": "status"}'])
def test_half_a_request_is_no_request(path: Path, data: bytes) -> None:
    assert served(path, lambda: raw(path, data)) == b""


FAILURES = [
    ("refuse", {}, "the room is unknown. Set room.address."),
    ("fail", {}, "fail failed inside the app (RuntimeError) See its log."),
    ("odd", {}, "odd failed inside the app (TypeError) See its log."),
    ("odd", {"object": True}, "the app's answer cannot be written as JSON"),
    ("large", {"size": control.MAX_REPLY_BYTES}, "the answer is larger than 8388608 bytes"),
]


@pytest.mark.parametrize(("op", "args", "text"), FAILURES)
def test_a_handler_that_fails_is_answered(path: Path, op: str, args: dict[str, Any], text: str) -> None:
    with pytest.raises(ControlError) as caught:
        served(path, lambda: request(path, op, **args))
    assert str(caught.value) == text


def test_the_log_of_a_failure_holds_no_meeting_data(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ControlError):
        served(path, lambda: request(path, "fail"))
    assert "control op fail failed with RuntimeError" in caplog.text
    assert "subject" not in caplog.text


def test_a_screenshot_fits(path: Path) -> None:
    assert len(served(path, lambda: request(path, "large", size=8_000_000))["png"]) == 8_000_000


def test_a_handler_that_hangs_is_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "HANDLER_TIMEOUT_S", 0.05)
    with pytest.raises(ControlError, match=r"hang took longer than 0\.05 s"):
        served(path, lambda: request(path, "hang"))


def test_an_idle_connection_is_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "IDLE_TIMEOUT_S", 0.05)

    def idle() -> bytes:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(str(path))
            with contextlib.suppress(ConnectionResetError):
                return link.recv(10)
            return b""

    assert served(path, idle) == b""


def test_a_peer_that_does_not_read_is_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "WRITE_TIMEOUT_S", 0.05)

    def deaf() -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(path))
            link.sendall(b'{"op": "large", "size": 8000000}\n')
            return request(path, "status")

    assert served(path, deaf)["state"] == "free"


@contextlib.contextmanager
def connections(path: Path, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        links = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(count)]
        for link in links:
            link.settimeout(5)
            link.connect(str(path))
            link.sendall(b'{"op": "status"}\n')
            link.recv(1000)
        yield links


def test_the_ninth_connection_is_refused_and_served_once_one_is_gone(path: Path) -> None:
    def crowd() -> dict[str, Any]:
        with connections(path, control.MAX_CONNECTIONS), pytest.raises(ControlError, match="too many connections"):
            request(path, "status")
        with connections(path, 1):
            return request(path, "status")

    assert served(path, crowd)["state"] == "free"


def test_the_file_is_for_user_and_group_and_goes_away(path: Path) -> None:
    mode = served(path, lambda: path.stat().st_mode)
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660
    assert list(path.parent.iterdir()) == []


def test_a_stale_socket_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    assert served(path, lambda: request(path, "status"))["state"] == "free"


def test_a_live_socket_is_left_alone(path: Path) -> None:
    def second() -> dict[str, Any]:
        with pytest.raises(ControlError, match="another program serves"):
            asyncio.run(ControlServer(path, {}).start())
        return request(path, "status")

    assert served(path, second)["state"] == "free"


def test_closing_does_not_remove_the_socket_of_a_successor(path: Path) -> None:
    def replace() -> None:
        path.unlink()
        path.write_text("mine")

    served(path, replace)
    assert path.read_text() == "mine"


def test_closing_ends_open_requests(path: Path) -> None:
    async def main() -> str:
        begun = asyncio.Event()

        async def hang(asked: Request) -> dict[str, Any]:
            begun.set()
            return await _hang(asked)

        server = ControlServer(path, {"hang": hang})
        await server.start()
        asked = asyncio.create_task(asyncio.to_thread(request, path, "hang"))
        await begun.wait()
        await server.close()
        await server.close()
        with pytest.raises(ControlError) as caught:
            await asked
        return str(caught.value)

    assert "broke" in asyncio.run(main())


def _file(path: Path) -> Path:
    path.write_text("precious")
    return path


PLACES = [
    ("a file", _file, "is not a socket"),
    ("no folder", lambda path: path.parent / "none" / "room.sock", "cannot open the control socket"),
    ("too long", lambda path: path.parent / ("x" * 120), "cannot open the control socket"),
]


@pytest.mark.parametrize(("make", "words"), [case[1:] for case in PLACES], ids=[case[0] for case in PLACES])
def test_a_socket_that_cannot_be_opened(path: Path, make: Callable[[Path], Path], words: str) -> None:
    place = make(path)
    with pytest.raises(ControlError, match=words) as caught:
        asyncio.run(ControlServer(place, {}).start())
    assert caught.value.hint


def test_nothing_runs_behind_a_missing_socket(path: Path) -> None:
    with pytest.raises(ControlError, match="nothing is running") as caught:
        request(path, "status")
    assert "systemctl status" in caught.value.hint


def test_nothing_runs_behind_a_dead_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(ControlError, match="nothing is running"):
        request(path, "status")


def test_a_user_who_may_not(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", denied)
    with pytest.raises(ControlError, match="this user may not use") as caught:
        request(path, "status")
    assert "sudo" in caught.value.hint


@contextlib.contextmanager
def scripted(path: Path, answer: bytes | None) -> Iterator[None]:
    """A program that answers every request with `answer`, or never."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with contextlib.ExitStack() as stack:

            def accept() -> None:
                link, _ = listener.accept()
                stack.enter_context(link)
                link.recv(100)
                if answer is not None:
                    link.sendall(answer)
                    link.shutdown(socket.SHUT_RDWR)

            thread = threading.Thread(target=accept)
            thread.start()
            yield
            thread.join(5)


ANSWERS = [
    (None, "no answer to status within 0.2 s"),
    (b"", "before it had answered"),
    (b'{"ok": tr', "before it had answered"),
    (b"hello\n", "the answer to status is not JSON"),
    (b"[]\n", "status was refused"),
    (b"{}\n", "status was refused"),
]


@pytest.mark.parametrize(("answer", "words"), ANSWERS)
def test_an_app_that_answers_badly(path: Path, answer: bytes | None, words: str) -> None:
    with scripted(path, answer), pytest.raises(ControlError, match=words):
        request(path, "status", timeout_s=0.2)
