"""What the doctor asks about and what it saw: plain values between graph.doctor_probe and the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from graph.config import Shape
from graph.errors import GraphError
from graph.exchange import RoomSettings
from graph.model import Event
from graph.token_claims import Claims


class Refusal(StrEnum):
    """Who refused, told by the text of a 403; nothing but the doctor reads texts (reference/graph.md 4)."""

    NONE = ""
    RIGHTS = "rights"
    """A folder right, a role, a scope: the ordinary "Access is denied"."""
    ACCESS_POLICY = "access-policy"
    """The older Application Access Policy: "Access to OData is disabled"."""


class WriteTest(StrEnum):
    """What came of creating and deleting a free event."""

    NOT_TRIED = "not-tried"
    PASSED = "passed"
    REFUSED = "refused"
    LEFT_BEHIND = "left-behind"
    """It was made and could not be deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The set-up under examination. `scopes` are short names; `consent_link` grants exactly them."""

    shape: Shape
    client_id: str
    account: str
    scopes: frozenset[str]
    books: bool
    rooms: tuple[str, ...]
    consent_link: str
    out_of_scope: str = ""
    own_release: bool = False
    """The unit releases no-shows itself: exchange_auto_release = "off" stands in its configuration."""


@dataclass(frozen=True, slots=True)
class SignInSeen:
    """A token was had, or why not. `claims` is None for a token that cannot be read."""

    error: GraphError | None = None
    claims: Claims | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSeen:
    """One room. `events` are those of the days around today; None where Graph does not tell."""

    room: str
    error: GraphError | None = None
    refusal: Refusal = Refusal.NONE
    events: tuple[Event, ...] = ()
    can_edit: bool | None = None
    can_view_private: bool | None = None
    write_test: WriteTest = WriteTest.NOT_TRIED


@dataclass(frozen=True, slots=True)
class OutsideSeen:
    """The mailbox that must be refused: `error` is None when it was readable."""

    address: str
    error: GraphError | None
    refusal: Refusal = Refusal.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything seen. `clock_off_s` is this machine minus Graph, None when Graph did not tell the time."""

    asked: Asked
    sign_in: SignInSeen
    rooms: tuple[RoomSeen, ...] = ()
    outside: OutsideSeen | None = None
    clock_off_s: float | None = None
    certificate_expires: datetime | None = None
    certificate_error: GraphError | None = None
    exchange: dict[str, RoomSettings] | None = None
    """By room; None when no --exchange file was given."""
