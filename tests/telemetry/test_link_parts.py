"""Parts of the link by themselves: what goes out again, who hears, what faults mean, the count of connects."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from telemetry.connects import ConnectCounter
from telemetry.link_connection import Certificates, tls_context
from telemetry.link_faults import TAKEN_OVER, Hub, explain, explain_reason
from telemetry.link_listeners import MOST_WAITING, Listeners
from telemetry.link_outgoing import MOST_AGAIN, MOST_RETAINED, Answer, Outgoing
from tests.mqtt_kit.certificates import SiteCa

HUB = Hub("hub.example", 8883, "room-ada", "/ca.pem", "/unit.pem")


@dataclass
class FakeWire:
    """Takes messages until it is full; gives out numbers as paho does."""

    sent: list[tuple[str, bytes, bool]] = field(default_factory=list)
    full: bool = False

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> int | None:
        if self.full:
            return None
        self.sent.append((topic, payload, retain))
        return len(self.sent)


@pytest.mark.parametrize(
    ("code", "answer"),
    [(0, Answer.TAKEN), (0x10, Answer.NOBODY), (0x80, Answer.REFUSED), (0x87, Answer.REFUSED), (0x97, Answer.REFUSED)],
)
def test_what_the_broker_answers_is_told_once(code: int, answer: Answer) -> None:
    outgoing, wire, told = Outgoing(), FakeWire(), list[Answer]()
    assert not outgoing.send("t", b"1", told.append)
    outgoing.attach(wire)
    assert outgoing.send("t", b"1", told.append)
    outgoing.answered(1, "a reason", code)
    outgoing.answered(1, "a reason", code)
    outgoing.answered(77, "of nobody", 0)
    outgoing.detach()
    assert told == [answer]


def test_a_lost_connection_is_told_and_history_is_not_sent_again() -> None:
    outgoing, first, second, told = Outgoing(), FakeWire(), FakeWire(), list[Answer]()
    outgoing.attach(first)
    outgoing.send("e/room", b"1", told.append)
    outgoing.detach()
    outgoing.attach(second)
    assert (told, second.sent) == ([Answer.LOST], [])


def test_what_was_on_its_way_goes_again_but_only_what_had_no_answer() -> None:
    outgoing, first, second = Outgoing(), FakeWire(), FakeWire()
    outgoing.attach(first)
    for number in range(MOST_AGAIN + 10):
        outgoing.publish(f"cmd/{number}", b"done", retain=False, qos=1)
    outgoing.publish("now", b"qos 0", retain=False, qos=0)
    outgoing.answered(MOST_AGAIN + 10, "Success", 0)
    outgoing.detach()
    outgoing.attach(second)
    assert [topic for topic, _, _ in second.sent] == [f"cmd/{number}" for number in range(9, MOST_AGAIN + 9)]


def test_the_latest_of_each_retained_topic_is_kept_and_no_more_than_there_is_room_for() -> None:
    outgoing, wire = Outgoing(), FakeWire()
    for number in range(MOST_RETAINED + 5):
        outgoing.publish(f"twin/{number}", b"old", retain=True, qos=1)
    outgoing.publish("twin/0", b"new", retain=True, qos=1)
    outgoing.publish("twin/1", b"", retain=True, qos=1)
    outgoing.attach(wire)
    assert len(wire.sent) == MOST_RETAINED
    assert wire.sent[:3] == [("twin/0", b"new", True), ("twin/1", b"", True), ("twin/2", b"old", True)]
    assert outgoing.dropped == 5


def test_a_full_client_is_no_crash() -> None:
    outgoing, wire, told = Outgoing(), FakeWire(full=True), list[Answer]()
    outgoing.attach(wire)
    outgoing.publish("twin/a", b"1", retain=True, qos=1)
    assert not outgoing.send("e/room", b"1", told.append)
    assert (told, outgoing.dropped) == ([], 2)


def test_a_message_is_taken_when_all_have_begun_with_it_and_what_finds_a_full_queue_is_asked_for_again() -> None:
    taken: list[int] = []
    heard: list[bytes] = []
    asked: list[int] = []

    async def scenario() -> None:
        gate = asyncio.Event()

        async def slow(topic: str, payload: bytes) -> None:
            await gate.wait()

        async def quick(topic: str, payload: bytes) -> None:
            heard.append(payload)

        listeners = Listeners(lambda: asked.append(len(taken)))
        listeners.add("a/+", slow)
        listeners.add("a/#", quick)
        for number in range(MOST_WAITING + 5):
            listeners.offer("a/b", b"%d" % number, partial(taken.append, number))
            await asyncio.sleep(0)
        assert (taken, len(heard)) == ([0], MOST_WAITING + 1)
        listeners.offer("nobody/asked", b"", lambda: taken.append(-1))
        assert (taken, asked) == ([0, -1], [])
        listeners.offer("a/b", b"late", lambda: taken.append(-2))
        gate.set()
        await asyncio.wait_for(emptied(), 5)
        assert (len(taken), asked) == (MOST_WAITING + 2, [MOST_WAITING + 2])
        listeners.offer("a/b", b"of the old connection", lambda: taken.append(-3))
        listeners.session_taken_up()
        listeners.offer("a/b", b"again", lambda: taken.append(-4))
        await asyncio.sleep(0)
        assert (taken[-2:], heard[-1]) == ([MOST_WAITING, -4], b"again")
        await listeners.close()

    async def emptied() -> None:
        while not asked:
            await asyncio.sleep(0)

    asyncio.run(scenario())


def _ssl_error(reason: str, kind: type[ssl.SSLError] = ssl.SSLError) -> ssl.SSLError:
    error = kind(1, f"[SSL: {reason}] {reason.lower().replace('_', ' ')} (_ssl.c:2546)")
    error.reason = reason
    return error


def _verify_error(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


ERRORS: list[tuple[BaseException | None, str]] = [
    (None, "the connection was closed"),
    (_ssl_error("SSLV3_ALERT_CERTIFICATE_EXPIRED"), "certificate /unit.pem has expired"),
    (_ssl_error("SSL/TLS_ALERT_CERTIFICATE_EXPIRED"), "certificate /unit.pem has expired"),
    (_ssl_error("SSLV3_ALERT_CERTIFICATE_REVOKED"), "mydesk-hub enrol room-ada"),
    (_ssl_error("TLSV1_ALERT_UNKNOWN_CA"), "of another site"),
    (_ssl_error("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "was not sent"),
    (_ssl_error("SSLV3_ALERT_BAD_CERTIFICATE"), "refuses the certificate"),
    (_ssl_error("TLSV1_ALERT_PROTOCOL_VERSION"), "TLS 1.2 or newer"),
    (_ssl_error("WRONG_VERSION_NUMBER"), "no TLS at that port"),
    (_ssl_error("UNEXPECTED_EOF_WHILE_READING", ssl.SSLEOFError), "the connection was closed"),
    (_ssl_error("SOMETHING_ELSE"), "TLS failed (something_else)"),
    (_verify_error(9), "timedatectl"),
    (_verify_error(10), "the hub's certificate has expired"),
    (_verify_error(20), "not of the CA in /ca.pem"),
    (_verify_error(62), "not for hub.example"),
    (socket.gaierror(-2, "Name or service not known"), "resolvectl query hub.example"),
    (ConnectionRefusedError(), "Does the broker run"),
    (ConnectionResetError(), "broker's log for room-ada"),
    (TimeoutError(), "no answer in time"),
    (OSError(101, "Network is unreachable"), "Network is unreachable"),
    (RuntimeError("{x}"), "the MQTT client failed (RuntimeError)"),
]


@pytest.mark.parametrize(("error", "part"), ERRORS)
def test_every_error_says_what_to_do(error: BaseException | None, part: str) -> None:
    text = explain(error, HUB)
    assert part in text
    assert text.startswith("hub hub.example:8883: ")
    assert "\n" not in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("Not authorized", "Is /unit.pem the certificate of this unit?"),
        (TAKEN_OVER, "two units"),
        ("Some {new} reason", "the broker says: Some (new) reason"),
    ],
)
def test_every_reason_says_what_to_do(reason: str, part: str) -> None:
    assert part in explain_reason(reason, HUB)


def test_tls_is_strict(tmp_path: Path) -> None:
    ca = SiteCa(tmp_path)
    unit = ca.issue("room-ada")
    context = tls_context(Certificates(ca.ca_file, unit.cert_file, unit.key_file))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1, "the site's CA and no other"


COUNTS: list[tuple[str, Callable[[Path], object], int]] = [
    ("no file", lambda path: None, 1),
    ("the same boot", lambda path: path.write_text("boot-1 41\n"), 42),
    ("another boot", lambda path: path.write_text("boot-0 41\n"), 1),
    ("garbage", lambda path: path.write_bytes(b"\xff" * 500), 1),
    ("a folder", lambda path: path.mkdir(), 1),
]


@pytest.mark.parametrize(("what", "prepare", "number"), COUNTS)
def test_connects_are_counted_over_restarts_of_one_boot(
    tmp_path: Path, what: str, prepare: Callable[[Path], object], number: int
) -> None:
    path = tmp_path / "connects"
    prepare(path)
    counter = ConnectCounter(path, "boot-1")
    assert counter.advance() == counter.number == number
    if what != "a folder":
        assert ConnectCounter(path, "boot-1").advance() == number + 1
    assert counter.advance() == number + 1
