"""Mail through a real SMTP server and webhooks over real HTTPS: certificates, sign-in, and each way to fail."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.notice_text import Message, Saying, subject, text
from hub.notify_channel import NotifyError
from hub.notify_mail import MailChannel
from hub.notify_webhook import WebhookChannel
from hub.settings import NotifySection
from tests.hub.notify_kit import BASE, NOW, ca_file, line, message, ms, receiving, server_context
from tests.hub.smtp_server import HANG_UP, SILENCE, Delivered, SmtpServer

TO = ("it@nordhavn.example", "vagt@nordhavn.example")


def channel(server: SmtpServer, folder: Path, total_s: float = 30.0, **changed: Any) -> MailChannel:
    values: dict[str, Any] = {
        "mail_host": "localhost",
        "mail_port": server.port,
        "mail_from": "mydesk@nordhavn.example",
        "mail_to": TO,
        "ca_file": ca_file(folder),
    }
    return MailChannel(NotifySection(**(values | changed)), BASE, total_s=total_s)


def signed_in(folder: Path, password: str = "sesam æ") -> dict[str, Any]:
    path = folder / "smtp"
    path.write_text(f"{password}\n")
    return {"mail_user": "mydesk", "mail_password_file": str(path)}


def delivered(server: SmtpServer) -> Delivered:
    (one,) = server.mail
    return one


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_mail_arrives_whole(tmp_path: Path, security: str) -> None:
    password = "" if security == "none" else "sesam æ"
    with SmtpServer(server_context(), tls=security == "tls", password=password) as server:
        more = signed_in(tmp_path) if password else {}
        long = line(text="Pladsen er opbrugt, æøå. " * 15, name="Mødelokale Ø")
        channel(server, tmp_path, mail_security=security, **more).send(message(long))
        one = delivered(server)
    assert (one.sender, tuple(one.recipients), one.tls) == ("mydesk@nordhavn.example", TO, security != "none")
    assert one.user == ("mydesk" if password else "")
    assert one.mail["Subject"].startswith("[Nordhavn] critical: Mødelokale Ø: Pladsen er opbrugt")
    assert one.mail["Message-ID"] == f"<{'0' * 32}@hub.nordhavn.example>"
    assert one.mail["Auto-Submitted"] == "auto-generated"
    assert one.text == text(message(long))
    assert max(len(part) for part in one.raw.split(b"\r\n")) <= 998
    for told in ("What to do: Free space at once.", "Mødelokale Ø, Nordhavn, 2: since 09:55", f"{BASE}/units/room-ada"):
        assert told in one.text


@dataclass(frozen=True)
class Way:
    """A way to fail, and what is said of it."""

    fail: dict[str, str]
    said: str
    unsure: bool = False
    settings: tuple[tuple[str, Any], ...] = ()


WAYS = {
    "busy": Way({"CONNECT": "421 4.3.2 too busy"}, "421 4.3.2 too busy"),
    "hangs up at once": Way({"CONNECT": HANG_UP}, "Check mail_host"),
    "refuses TLS": Way({"STARTTLS": "454 4.7.0 not now"}, "454"),
    "refuses the sender": Way({"MAIL": "550 5.7.1 not from you"}, "550 5.7.1 not from you"),
    "knows nobody": Way({"RCPT": "550 5.1.1 nobody"}, "it refused everybody: it@nordhavn.example: 550"),
    "refuses to take data": Way({"DATA": "452 4.3.1 no room"}, "452 4.3.1 no room"),
    "refuses the message": Way({"END": "554 5.6.0 spam"}, "554 5.6.0 spam"),
    "hangs up after it": Way({"END": HANG_UP}, "no answer to the message itself", unsure=True),
    "answers nonsense": Way({"CONNECT": "\x1b]0;owned\x07"}, "Mail server"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_a_mail_server_says_is_told(tmp_path: Path, way: Way) -> None:
    with SmtpServer(server_context()) as server:
        server.fail = way.fail
        with pytest.raises(NotifyError) as raised:
            channel(server, tmp_path).send(message(line()))
    assert way.said in str(raised.value)
    assert str(raised.value).isprintable()
    assert raised.value.unsure is way.unsure
    assert len(server.mail) == (1 if way.unsure else 0)


def test_nothing_leaves_in_the_clear_when_starttls_is_asked_for(tmp_path: Path) -> None:
    with SmtpServer(server_context(), starttls=False) as server:
        with pytest.raises(NotifyError, match="STARTTLS"):
            channel(server, tmp_path, **signed_in(tmp_path)).send(message(line()))
        assert server.tried == 0


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("changed", "said"),
    [({"ca_file": ""}, "certificate is not valid"), ({"mail_host": "127.0.0.1"}, "IP address mismatch")],
)
def test_a_certificate_that_is_not_the_servers_is_refused(
    tmp_path: Path, security: str, changed: dict[str, Any], said: str
) -> None:
    with SmtpServer(server_context(), tls=security == "tls") as server:
        with pytest.raises(NotifyError, match=said):
            channel(server, tmp_path, mail_security=security, **changed).send(message(line()))
        assert server.tried == 0


def test_a_wrong_password_or_none(tmp_path: Path) -> None:
    with SmtpServer(server_context(), password="right") as server:
        with pytest.raises(NotifyError, match="535") as raised:
            channel(server, tmp_path, **signed_in(tmp_path, "wrong")).send(message(line()))
        assert "mail_password_file" in str(raised.value)
        with pytest.raises(NotifyError, match="No such file"):
            channel(server, tmp_path, mail_user="m", mail_password_file="/nonexistent").send(message(line()))
        assert server.mail == []


def test_one_of_two_recipients_is_a_delivery(tmp_path: Path) -> None:
    with SmtpServer(server_context()) as server:
        channel(server, tmp_path, mail_to=("nobody@nordhavn.example", TO[0])).send(message(line()))
        assert delivered(server).recipients == [TO[0]]


@pytest.mark.parametrize("verb", ["CONNECT", "STARTTLS", "END"])
def test_a_server_that_never_answers_is_hung_up_on(tmp_path: Path, verb: str) -> None:
    with SmtpServer(server_context()) as server:
        server.fail = {verb: SILENCE}
        began = time.monotonic()
        with pytest.raises(NotifyError) as raised:
            channel(server, tmp_path, total_s=0.3).send(message(line()))
        assert time.monotonic() - began < 5
    assert raised.value.unsure is (verb == "END")


def test_no_server_at_all(tmp_path: Path) -> None:
    with SmtpServer(server_context()) as server:
        pass
    with pytest.raises(NotifyError, match="Connection refused"):
        channel(server, tmp_path).send(message(line()))


EVIL = "x\r\nBcc: everybody@nordhavn.example\r\n\r\nhello\r\n.\r\nMAIL FROM:<a@b>\x00\u2028\x1b"


def test_no_text_of_a_unit_becomes_a_header_or_a_command(tmp_path: Path) -> None:
    bad = line("evil", name=EVIL, where=EVIL, kind="a.b", text=EVIL, do=EVIL)
    with SmtpServer(server_context()) as server:
        channel(server, tmp_path).send(message(bad, line(), site=EVIL))
        channel(server, tmp_path).send(message(bad, site=EVIL))
        assert server.connections == 2
        for one in server.mail:
            names = {name.lower() for name, _ in one.mail.items()}
            assert "bcc" not in names
            assert tuple(one.recipients) == TO
            assert one.mail["Subject"].isprintable()
            assert "\nBcc:" not in one.text
    assert len(subject(message(bad))) <= 150


def test_a_storm_reads_well() -> None:
    lost = "The unit is not connected."
    lines = [line(f"unit-{n}", alarm=n, name=f"Room {n:03}", kind="unit-lost", text=lost) for n in range(200)]
    over = line("kiosk", alarm=999, saying=Saying.CLEARED, name="Lobby", cleared_ms=ms(NOW))
    storm = message(*lines, over)
    assert subject(storm) == "[Nordhavn] 200 alarms, 1 over: Lobby, Room 000, Room 001, Room 002, Room 003 and 196 more"
    told = text(storm)
    assert told.count("The unit is not connected.") == 1
    assert told.startswith("New (200)\n\nThe unit is not connected. (critical, unit-lost)\nWhat to do: ")
    assert "Over (1)\n\nThe disk is full. (critical, storage-full)\n  Lobby, Nordhavn, 2: since 09:55, over" in told
    assert text(message(line(), repeat=True)).startswith("This may have come before")
    assert subject(message(line(), repeat=True)).startswith("Repeat: [Nordhavn]")


def test_a_webhook_gets_json_that_chats_and_programs_read(tmp_path: Path) -> None:
    with receiving() as hook:
        WebhookChannel(hook.url, ca_file=ca_file(tmp_path)).send(message(line(), repeat=True))
        ((headers, body),) = hook.got
    assert headers["Idempotency-Key"] == body["id"] == "0" * 32
    assert body["repeat"] is True
    assert body["text"].startswith("Repeat: [Nordhavn] critical: Ada: The disk is full.")
    (alarm,) = body["alarms"]
    assert alarm["saying"] == "raised"
    assert (alarm["unit"], alarm["since"], alarm["cleared"]) == ("room-ada", "2026-11-23T08:55:00+00:00", None)
    assert (alarm["do"], alarm["url"]) == ("Free space at once.", f"{BASE}/units/room-ada")


@pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 401, 404, 429, 500, 503])
def test_only_2xx_is_taken_and_redirects_are_not_followed(tmp_path: Path, status: int) -> None:
    with receiving() as hook:
        hook.status = status
        with pytest.raises(NotifyError, match=str(status)) as raised:
            WebhookChannel(hook.url, ca_file=ca_file(tmp_path)).send(message(line()))
        assert len(hook.got) == 1
    assert not raised.value.unsure
    assert "SECRET" not in str(raised.value)


HOOKS: dict[str, tuple[dict[str, Any], str]] = {
    "a certificate of nobody": ({"ca_file": ""}, "cannot be reached"),
    "a proxy that is away": ({"proxy_url": "http://127.0.0.1:1"}, "cannot be reached"),
    "a proxy that is none": ({"proxy_url": "gopher://x"}, "proxy_url"),
    "no CA file": ({"ca_file": "/nonexistent"}, "ca_file"),
}


@pytest.mark.parametrize(("changed", "said"), HOOKS.values(), ids=HOOKS)
def test_a_webhook_that_cannot_be_reached(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with receiving() as hook:
        with pytest.raises(NotifyError, match=said) as raised:
            WebhookChannel(hook.url, **({"ca_file": ca_file(tmp_path)} | changed)).send(message(line()))
        assert hook.got == []
    assert not raised.value.unsure
    assert "SECRET" not in str(raised.value)


def test_a_webhook_that_takes_it_and_never_answers(tmp_path: Path) -> None:
    with receiving(hanging=True) as hook:
        with pytest.raises(NotifyError, match="in time") as raised:
            WebhookChannel(hook.url, ca_file=ca_file(tmp_path), total_s=0.5).send(message(line()))
        assert len(hook.got) == 1
    assert raised.value.unsure


def test_a_webhook_ignores_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    with receiving() as hook:
        WebhookChannel(hook.url, ca_file=ca_file(tmp_path)).send(message(line()))
        assert len(hook.got) == 1


def test_a_test_message_says_so() -> None:
    tested: Message = message(test=True)
    assert subject(tested) == "[Nordhavn] test: messages about alarms arrive"
    assert "A test from mydesk-hub" in text(tested)
