"""Between Graph's event resource and `model.Event`, `model.NewBooking`. Source: reference/graph.md 2.1.

All-day events are floating dates: their date parts count in the room's own zone, whatever zone stands beside them.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from graph import fields
from graph.errors import BadAnswer
from graph.model import BusySlot, Event, NewBooking, Response, Sensitivity, ShowAs

SELECT = (
    "id,subject,start,end,isAllDay,isCancelled,showAs,sensitivity,organizer,type,seriesMasterId,responseStatus,"
    "iCalUId,isOrganizer,isOnlineMeeting"
)
"""Neither body nor attendees: a room display has no business with them."""


def event_of(value: object, zone: ZoneInfo) -> Event:
    """Return the event in `value`; `zone` is the room's. Raises BadAnswer.

    Unknown words are taken the safe way: showAs counts as busy, sensitivity as private, a response as not declined.
    """
    source = fields.record(value, "An event")
    all_day = fields.flag(source, "isAllDay")
    organizer = _address_of(source.get("organizer"))
    status = source.get("responseStatus")
    response = None if status is None else fields.record(status, "responseStatus").get("response")
    return Event(
        id=fields.needed_text(source, "id"),
        start=_boundary(source, "start", zone, all_day=all_day),
        end=_boundary(source, "end", zone, all_day=all_day),
        subject=fields.text(source, "subject"),
        organizer_name=organizer[0],
        organizer_address=organizer[1],
        all_day=all_day,
        show_as=fields.choice(ShowAs, fields.selected(source, "showAs"), otherwise=ShowAs.UNKNOWN),
        response=fields.choice(Response, response, otherwise=Response.NONE),
        sensitivity=_sensitivity(fields.selected(source, "sensitivity")),
        cancelled=fields.flag(source, "isCancelled", when_null=False),
        is_organizer=source.get("isOrganizer") is True,
        series_id=fields.text(source, "seriesMasterId"),
        ical_uid=fields.text(source, "iCalUId"),
        etag=fields.text(source, "@odata.etag"),
        created=_created(source.get("createdDateTime")),
    )


def body_of(booking: NewBooking) -> dict[str, Any]:
    """Return the event to POST for `booking`, with its transactionId."""
    body: dict[str, Any] = {
        "subject": booking.subject,
        "start": fields.utc_object(booking.start),
        "end": fields.utc_object(booking.end),
        "showAs": ShowAs.BUSY.value,
        "transactionId": booking.transaction_id,
        "isReminderOn": False,
    }
    if booking.person_address:
        person = {"address": booking.person_address, "name": booking.person_name or booking.person_address}
        body["attendees"] = [{"type": "required", "emailAddress": person}]
    return body


def slot_of(value: object) -> BusySlot:
    """Return one scheduleItem of getSchedule. Raises BadAnswer."""
    source = fields.record(value, "A schedule item")
    return BusySlot(
        start=fields.instant(fields.selected(source, "start"), "start"),
        end=fields.instant(fields.selected(source, "end"), "end"),
        show_as=fields.choice(ShowAs, fields.selected(source, "status"), otherwise=ShowAs.UNKNOWN),
    )


def _sensitivity(value: object) -> Sensitivity:
    """Return how private it is. What is new to us is private; null is what Exchange keeps for an ordinary item."""
    if value is None:
        return Sensitivity.NORMAL
    return fields.choice(Sensitivity, value, otherwise=Sensitivity.PRIVATE)


def _boundary(source: dict[str, Any], name: str, zone: ZoneInfo, *, all_day: bool) -> datetime:
    moment, stated = fields.zoned(fields.selected(source, name), name)
    # An all-day time that is no midnight was moved by somebody's zone: then it is an instant after all.
    floating = all_day and moment.time() == time.min
    return fields.in_utc(moment.replace(tzinfo=zone if floating else stated), name)


def _address_of(value: object) -> tuple[str, str]:
    """Return (name, address) of a recipient; null for an event without organizer, or one we may not see."""
    if value is None:
        return "", ""
    email = fields.record(value, "organizer").get("emailAddress")
    if email is None:
        return "", ""
    source = fields.record(email, "emailAddress")
    return fields.text(source, "name"), fields.text(source, "address")


def _created(value: object) -> datetime | None:
    if value is None:
        return None
    moment, has_offset = fields.stamp(value, "createdDateTime")
    if not has_offset:
        raise BadAnswer("createdDateTime has no zone.")
    return fields.in_utc(moment, "createdDateTime")
