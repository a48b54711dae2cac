"""Why the hub cannot be reached, in one line that says what to do. From exceptions and MQTT reasons."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from common.errors import MyDeskError


class LinkError(MyDeskError):
    """Error raised when the link to the hub cannot be made."""


@dataclass(frozen=True, slots=True)
class Hub:
    """Whom we wanted to reach, as the configuration says; for the texts."""

    host: str
    port: int
    unit: str
    ca_file: str
    cert_file: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


_RENEW = "Give it a new one: mydesk-hub enrol {unit}, then provision the unit again."

# What OpenSSL's alerts and MQTT's reasons have in them, in lower case with spaces; the first that fits counts.
_REFUSED_CERTIFICATE = (
    ("certificate expired", f"the unit's certificate {{cert_file}} has expired. {_RENEW} Is the unit's clock right?"),
    ("certificate revoked", f"the unit's certificate {{cert_file}} was revoked. {_RENEW}"),
    ("unknown ca", f"the hub does not know the CA of {{cert_file}}: it is of another site. {_RENEW}"),
    ("certificate required", f"the hub asks for a certificate and {{cert_file}} was not sent. {_RENEW}"),
    ("bad certificate", f"the hub refuses the certificate {{cert_file}}. {_RENEW}"),
    ("certificate unknown", f"the hub refuses the certificate {{cert_file}}. {_RENEW}"),
)
_REFUSED_TLS = (
    ("protocol version", "the hub does not speak TLS 1.2 or newer; update its broker."),
    ("wrong version number", "there is no TLS at that port; look at [hub] port."),
    ("handshake failure", "the hub and the unit have no TLS cipher in common; update its broker."),
)

_HOST = "the hub's certificate is not for {host}. Put a name that it is for under [hub] host."
_EXPIRED = (
    "the hub's certificate has expired. Renew it at the hub (mydesk-hub broker-config); is the unit's clock right?"
)
_EARLY = "the hub's certificate is not valid yet. The unit's clock is wrong: timedatectl status"
_OTHER_CA = "the hub's certificate is not of the CA in {ca_file}. Is that this site's CA, and {host} this site's hub?"
_VERIFY = {9: _EARLY, 10: _EXPIRED, 62: _HOST, 64: _HOST}
"""By X509_V_ERR code (openssl/x509_vfy.h)."""

TAKEN_OVER = "Session taken over"
_REASONS = {
    "Not authorized": f"the broker does not let {{unit}} in. Is {{cert_file}} the certificate of this unit? {_RENEW}",
    TAKEN_OVER: "the connection ends soon after each connect: another client connects as {unit}. Are there two units"
    " with one certificate? Enrol one of them under another id.",
    "Packet too large": "a message was too large for the broker. Apply the configuration of mydesk-hub broker-config.",
    "Quota exceeded": "the broker's queue for {unit} is full; look at its log.",
    "Server shutting down": "the broker was shut down; the unit tries again.",
}


def explain(error: BaseException | None, hub: Hub) -> str:
    """One line for what `error` means; None is a connection that ended without a word."""
    text = _text(error)
    return f"hub {hub}: {text.format(host=hub.host, unit=hub.unit, ca_file=hub.ca_file, cert_file=hub.cert_file)}"


def explain_reason(reason: str, hub: Hub) -> str:
    """One line for an MQTT 5 reason, by its name in the specification."""
    text = _REASONS.get(reason, "the broker says: " + reason.replace("{", "(").replace("}", ")"))
    return f"hub {hub}: {text.format(unit=hub.unit, cert_file=hub.cert_file)}"


def _text(error: BaseException | None) -> str:
    match error:
        case None:
            return "the connection was closed; the unit tries again."
        case ssl.SSLCertVerificationError():
            return _VERIFY.get(error.verify_code, _OTHER_CA)
        case ssl.SSLError():
            return _refused(error)
        case socket.gaierror():
            return "the name {host} is not known. Look at [hub] host and at the unit's DNS (resolvectl query {host})."
        case ConnectionRefusedError():
            return "nothing listens there. Does the broker run, and is [hub] port right?"
        case ConnectionResetError() | BrokenPipeError():
            return "the connection was reset. If that goes on, look at the broker's log for {unit}."
        case TimeoutError():
            return "no answer in time. Is the network up, and does a firewall let the port through?"
        case OSError():
            return f"not reachable ({error.strerror or type(error).__name__}). Is the network up?"
    return f"the MQTT client failed ({type(error).__name__}); it is built anew."


def _refused(error: ssl.SSLError) -> str:
    said = f"{error.reason or ''} {error}".lower().replace("_", " ")
    for part, text in (*_REFUSED_CERTIFICATE, *_REFUSED_TLS):
        if part in said:
            return text
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "the connection was closed; the unit tries again."
    return f"TLS failed ({(error.reason or 'no reason given').lower()}). Look at the broker's log."
