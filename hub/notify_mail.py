"""Mail by SMTP: STARTTLS, TLS or neither, as it is configured and never less; sign-in; one message to all.

Source: RFC 5321 (a message belongs to the server from its 250 to the end of DATA on), RFC 3207, RFC 8314.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

from graph.errors import NetworkDown
from graph.tls import client_context
from hub.notice_text import Message, one_line, subject, text
from hub.notify_channel import NotifyError
from hub.settings import NotifySection

TIMEOUT_S = 15.0
"""Of each answer."""

TOTAL_S = 90.0
"""Of the whole delivery: a server that drips is hung up on."""


class MailChannel:
    """The mail of [notify]."""

    name = "mail"

    def __init__(self, settings: NotifySection, base_url: str, *, total_s: float = TOTAL_S) -> None:
        self._settings, self._total_s = settings, total_s
        self._host = urlsplit(base_url).hostname or "localhost"

    @property
    def label(self) -> str:
        """Where it goes."""
        return f"mail to {', '.join(self._settings.mail_to)} by {self._settings.mail_host}:{self._settings.mail_port}"

    def send(self, message: Message) -> None:
        """Deliver to everybody whom the server takes; it is delivered when it took one. Raises NotifyError."""
        content = self.composed(message).as_bytes()
        with self._connected() as server:
            self._addressed(server)
            try:
                code, answer = server.data(content)
            except smtplib.SMTPDataError as error:
                raise self._error(_reply(error)) from error
            except (smtplib.SMTPException, OSError) as error:
                raise self._error(f"no answer to the message itself ({_why(error)})", unsure=True) from error
            if code != 250:
                raise self._error(f"it refused the message: {code} {_words(answer)}")

    def composed(self, message: Message) -> EmailMessage:
        """The mail. The same message has the same Message-ID, by which a repeat is known."""
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["From"] = self._settings.mail_from
        mail["To"] = ", ".join(self._settings.mail_to)
        mail["Subject"] = subject(message)
        mail["Date"] = format_datetime(message.made)
        mail["Message-ID"] = f"<{message.id}@{self._host}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text(message), cte="quoted-printable")
        return mail

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        with self._told_as_ours():
            server = _Server(self._settings, self._host)
        with server.hung_up_after(self._total_s):
            try:
                with self._told_as_ours():
                    self._sign_in(server)
                yield server
            finally:
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()

    @contextlib.contextmanager
    def _told_as_ours(self) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            hint = "Check mail_user and the file mail_password_file."
            raise self._error(_reply(error), hint=hint) from error
        except UnicodeEncodeError as error:
            raise self._error("it takes ASCII letters only", hint="Change mail_user or the password.") from error
        except smtplib.SMTPNotSupportedError as error:
            raise self._error(f"{error}", hint="Check mail_port and mail_security.") from error
        except smtplib.SMTPResponseException as error:
            raise self._error(_reply(error)) from error
        except ssl.SSLCertVerificationError as error:
            hint = "Set ca_file to the CA of its certificate, or mail_host to a name in it."
            raise self._error(f"its certificate is not valid ({error.verify_message})", hint=hint) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._error(_why(error), hint="Check mail_host, mail_port and mail_security.") from error
        except NetworkDown as error:
            raise NotifyError(f"[notify] ca_file: {error.message}") from error

    def _sign_in(self, server: smtplib.SMTP) -> None:
        settings = self._settings
        code, answer = server.connect(settings.mail_host, settings.mail_port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, answer)
        server.ehlo_or_helo_if_needed()
        if settings.mail_security == "starttls":
            server.starttls(context=client_context(settings.ca_file))
            server.ehlo()
        if settings.mail_user:
            _authenticate(server, settings.mail_user, _password(Path(settings.mail_password_file)))

    def _addressed(self, server: smtplib.SMTP) -> None:
        with self._told_as_ours():
            code, answer = server.mail(self._settings.mail_from)
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, answer, self._settings.mail_from)
            answers = {to: server.rcpt(to) for to in self._settings.mail_to}
        refused = {to: answer for to, answer in answers.items() if answer[0] not in (250, 251)}
        if len(refused) == len(answers):
            told = "; ".join(f"{to}: {code} {_words(words)}" for to, (code, words) in refused.items())
            raise self._error(f"it refused everybody: {told}", hint="Check mail_to and mail_from.")

    def _error(self, what: str, *, hint: str = "", unsure: bool = False) -> NotifyError:
        where = f"{self._settings.mail_host}:{self._settings.mail_port}"
        return NotifyError(f"Mail server {where}: {what}.", hint=hint, unsure=unsure)


class _Server(smtplib.SMTP):
    """Keeps a second handle on the connection, by which another thread can end it, inside TLS too."""

    def __init__(self, settings: NotifySection, local_hostname: str) -> None:
        super().__init__(local_hostname=local_hostname, timeout=TIMEOUT_S)
        self._host = settings.mail_host  # starttls looks for it in the certificate; only a connecting __init__ sets it
        self._context = client_context(settings.ca_file) if settings.mail_security == "tls" else None
        self._handle: socket.socket | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made = socket.create_connection((host, port), timeout)
        self._handle = made.dup()
        return self._context.wrap_socket(made, server_hostname=host) if self._context else made

    @contextlib.contextmanager
    def hung_up_after(self, seconds: float) -> Iterator[None]:
        """Whatever still waits for the server then, fails."""
        timer = threading.Timer(seconds, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            if self._handle is not None:
                self._handle.close()

    def _hang_up(self) -> None:
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)


def _authenticate(server: smtplib.SMTP, user: str, password: str) -> None:
    """AUTH PLAIN in UTF-8 (RFC 4616) where it is offered, which smtplib does in ASCII only; else what smtplib can."""
    if "PLAIN" not in server.esmtp_features.get("auth", "").upper().split():
        server.login(user, password)
        return
    response = b64encode(f"\0{user}\0{password}".encode()).decode()
    code, answer = server.docmd("AUTH", f"PLAIN {response}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _password(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        hint = "Put the password there, readable for the user of the hub."
        raise NotifyError(f"[notify] mail_password_file {path}: {error}.", hint=hint) from error


def _reply(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_words(error.smtp_error)}"


def _words(answer: bytes | str) -> str:
    return one_line(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)[:200]


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)[:200]
