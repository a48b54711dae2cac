"""What the doctor might see, put together from few words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from graph.doctor_facts import Asked, Facts, OutsideSeen, Refusal, RoomSeen, SignInSeen
from graph.errors import AccessDenied, GraphError, SignInNeeded
from graph.model import Event
from graph.token_claims import Claims

NOW = datetime(2026, 11, 23, 10, 42, tzinfo=UTC)
ROOM, OTHER = "storebaelt@nordhavn.example", "oresund@nordhavn.example"
ACCOUNT, BOSS = "mydesk@nordhavn.example", "direktoer@nordhavn.example"
CLIENT = "4b1f4e6e-52f5-4c0c-8a1c-6a1a36d9a0b2"
SCOPES = frozenset({"Calendars.ReadWrite.Shared", "Place.Read.All"})
ASKED = Asked(
    shape="delegate",
    client_id=CLIENT,
    account=ACCOUNT,
    scopes=SCOPES,
    books=True,
    rooms=(ROOM,),
    consent_link="https://login.example/consent?scope='x'",
)
DENIED = AccessDenied("calendar view: Microsoft 365 refused.", code="ErrorAccessDenied", status=403)
POLICY = Refusal.ACCESS_POLICY


def asked(**changes: Any) -> Asked:
    return replace(ASKED, **changes)


def delegated(*scopes: str) -> SignInSeen:
    return SignInSeen(claims=Claims(frozenset(scopes), frozenset(), app_only=False))


def app(*roles: str) -> SignInSeen:
    return SignInSeen(claims=Claims(frozenset(), frozenset(roles), app_only=True))


def failed(outcome: str) -> SignInSeen:
    return SignInSeen(SignInNeeded("sign-in: no.", outcome=outcome, code="65001", request_id="the-id"))


def facts(**changes: Any) -> Facts:
    """Facts of a healthy panel, apart from `changes`."""
    healthy = Facts(
        asked=ASKED,
        sign_in=delegated(*SCOPES, "openid", "profile", "User.Read"),
        rooms=(RoomSeen(room=ROOM, can_edit=True, can_view_private=True),),
        outside=OutsideSeen(BOSS, DENIED, Refusal.RIGHTS),
        clock_off_s=0.3,
    )
    return replace(healthy, **changes)


def room(error: GraphError | None = None, **changes: Any) -> tuple[RoomSeen, ...]:
    return (replace(RoomSeen(room=ROOM, can_edit=True, can_view_private=True, error=error), **changes),)


def meeting(number: int, subject: str, organizer: str, **changes: Any) -> Event:
    start = NOW + timedelta(hours=number)
    event = Event(
        id=f"e{number}",
        start=start,
        end=start + timedelta(minutes=30),
        subject=subject,
        organizer_name=organizer,
        organizer_address=f"{organizer.casefold()}@nordhavn.example",
    )
    return replace(event, **changes)
