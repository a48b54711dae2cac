"""What is in the messages of DESIGN.md 8, as JSON: one Struct each, strict, read by agent and hub alike. Pure.

Times are ms since 1970 (`ts`, `..._ms`) and CLOCK_BOOTTIME in ms (`mono`). Everything that comes over the wire goes
through `decode`, which knows how long a message may be and says in one kind of error what is wrong with it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from common.errors import MyDeskError

MOST_ROWS = 100
"""Rows in one batch."""

MOST_DAYS = 40
"""Days in one list of keys."""

LARGEST_BYTES = 1 << 20
"""No message is larger; broker_config tells the broker so."""

Millis = Annotated[int, Meta(ge=0, lt=1 << 53)]
Sequence = Annotated[int, Meta(ge=0, lt=1 << 53)]
Epoch = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
Boot = Annotated[str, Meta(min_length=1, max_length=40)]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Short = Annotated[str, Meta(max_length=64)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]
PublicKey = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
Text = Annotated[str, Meta(max_length=500)]

T = TypeVar("T")


class MessageError(MyDeskError):
    """Error raised when what came over the wire is not the message that its topic promises."""


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False, omit_defaults=True):
    """Base: fields that a newer version adds are no error."""


class Status(Message, frozen=True):
    """`status`, retained: birth, will and clean stop. `n` counts the connects of this boot, so an old will is known."""

    s: Literal["online", "lost", "offline"]
    boot: Boot
    n: Annotated[int, Meta(ge=0)]
    ver: Short = ""
    role: Literal["room", "kiosk", ""] = ""
    ts: Millis = 0


class Row(Message, frozen=True):
    """One row of an outbox. `prev` is the sequence of the row before it that exists there, 0 for none: that is how the
    hub knows that nothing is missing between them, although rows are evicted and topics are sent in batches."""

    seq: Sequence
    prev: Sequence
    ts: Millis
    mono: Millis
    boot: Boot
    synced: bool
    v: msgspec.Raw


class Batch(Message, frozen=True):
    """`m/<group>` and `e/<type>`: rows of one topic, rising. `mono` and `boot` are of the moment of sending: with them
    the hub mends times of an unsynchronised clock (reference/fleet.md 3.7)."""

    epoch: Epoch
    boot: Boot
    mono: Millis
    rows: Annotated[list[Row], Meta(min_length=1, max_length=MOST_ROWS)]


class Ack(Message, frozen=True):
    """`ack`, retained: the hub has committed every row of `epoch` up to and with `seq`."""

    epoch: Epoch
    seq: Sequence


class Alarm(Message, frozen=True):
    """`a/<type>`, retained; an empty payload clears it. `do` tells a person what to do, in English."""

    since: Millis
    severity: Literal["warning", "critical"]
    text: Text
    do: Text
    value: float | None = None


class Command(Message, frozen=True):
    """`cmd/<op>/<id>`. `id` only where the topic's is `ha`. Not begun after `expires_ms` (hub's or HA's clock)."""

    expires_ms: Millis
    args: dict[str, Any] = {}
    id: Id | None = None
    by: Short = ""


class CommandState(Message, frozen=True):
    """`cmd/<op>/<id>/st`. `result` is small, but for a screenshot (`png`, base64) and logs (`gz`, base64)."""

    state: Literal["executing", "successful", "failed"]
    ts: Millis
    reason: Text = ""
    result: dict[str, Any] = {}


class Desired(Message, frozen=True):
    """`desired/settings`, retained: what the unit's settings shall be beside its file, by dotted key."""

    rev: Annotated[int, Meta(ge=1)]
    values: Annotated[dict[Annotated[str, Meta(max_length=100)], Any], Meta(max_length=200)]


class Reported(Message, frozen=True):
    """`reported/settings`, retained: what became of revision `rev`."""

    rev: Annotated[int, Meta(ge=0)]
    state: Literal["applied", "rejected", "reverted"]
    reason: Text = ""
    ts: Millis = 0


class CertificateRequest(Message, frozen=True):
    """`reported/certificate`, retained: a request (PEM) for a new certificate; empty once the unit uses the new one."""

    csr: Annotated[str, Meta(max_length=8000)] = ""
    serial: Short = ""
    expires: Millis = 0


class Certificate(Message, frozen=True):
    """`desired/certificate`, retained: the certificate (PEM) for the request with that SHA-256 in hex."""

    pem: Annotated[str, Meta(max_length=8000)]
    csr_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class SharingKeys(Message, frozen=True):
    """`desired/sharing` of the hub and `reported/sharing` of a kiosk, retained: whose X25519 public key (32 bytes in
    base64url) visits of a day are sealed to, by ISO day (docs/decisions/0014)."""

    keys: Annotated[dict[Day, PublicKey], Meta(max_length=MOST_DAYS)]
    address: Annotated[str, Meta(max_length=100)] = ""
    """of a kiosk: the line (`mdk1-...`) that records of invitations are sealed to"""


def encode(message: Message) -> bytes:
    """The JSON of `message`."""
    return msgspec.json.encode(message)


def decode(raw: bytes, kind: type[T]) -> T:
    """Read a message.

    Raises:
        MessageError: too long, no JSON, or not a `kind`; says which field.
    """
    if len(raw) > LARGEST_BYTES:
        raise MessageError(f"a {kind.__name__} of {len(raw)} bytes is too long; {LARGEST_BYTES} are allowed.")
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise MessageError(f"that is no {kind.__name__}: {error}") from error
