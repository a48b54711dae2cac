"""POST sendMail, and the mailbox's settings."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.errors import GraphApiError, access_denied, bad_request
from simulator.api.permissions import exchange
from simulator.api.router import Route
from simulator.rights import OWNER
from simulator.zones import windows_name

SEND = exchange("Mail.Send", app=("Mail.Send",))
SETTINGS = exchange("MailboxSettings.Read", app=("MailboxSettings.Read",))


def _recipients(message: dict[str, Any], name: str) -> list[str]:
    found = [((one or {}).get("emailAddress") or {}).get("address") for one in message.get(name) or []]
    if not all(isinstance(address, str) and "@" in address for address in found):
        raise bad_request("At least one recipient isn't valid.", "ErrorInvalidRecipients")
    return [str(address).lower() for address in found]


def send_mail(call: Call) -> Response:
    """Accept a message: 202, delivered at once; sending as somebody else needs the right to.

    A recipient without a mailbox is no error either: Exchange says so by a mail that nobody here reads.
    """
    if call.mailbox != call.grant.account and not call.grant.app_only and call.role() != "write":
        raise access_denied("ErrorSendAsDenied")
    if not _has_mailbox(call, call.mailbox):
        reason = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
        raise GraphApiError(404, "MailboxNotEnabledForRESTAPI", reason)
    body = call.json()
    message = body.get("message") or body.get("Message")
    if not isinstance(message, dict):
        raise bad_request("The message parameter is required.", "ErrorInvalidParameter")
    to, copies = _recipients(message, "toRecipients"), _recipients(message, "ccRecipients")
    if not to + copies + _recipients(message, "bccRecipients"):
        raise bad_request("At least one recipient is required.", "ErrorInvalidRecipients")
    content = message.get("body") or {}
    call.tenant.sent.append(
        {
            "at": call.now,
            "from": call.mailbox,
            "to": to,
            "cc": copies,
            "subject": str(message.get("subject") or ""),
            "content_type": str(content.get("contentType") or "text"),
            "content": str(content.get("content") or ""),
            "undelivered": [address for address in to + copies if not _has_mailbox(call, address)],
            "saved": body.get("saveToSentItems", body.get("SaveToSentItems", True)) is not False,
            "headers": message.get("internetMessageHeaders") or [],
        }
    )
    return Response(status_code=202)


def _has_mailbox(call: Call, address: str) -> bool:
    """Whether mail arrives there; outsiders' mail does, and nobody of the office's own domain without an account."""
    licences = call.tenant.licences.get(address)
    return licences.mailbox if licences else not address.endswith(f"@{call.tenant.office.domain}")


def mailbox_settings(call: Call) -> Response:
    """GET mailboxSettings: the zone, in Windows' words."""
    if call.role() != OWNER:
        raise access_denied()
    zone = windows_name(call.tenant.office.zone.key)
    return json_answer(
        {
            "timeZone": zone,
            "dateFormat": "dd-MM-yyyy",
            "timeFormat": "HH:mm",
            "language": {"locale": "da-DK", "displayName": "dansk (Danmark)"},
            "workingHours": {
                "startTime": "08:00:00.0000000",
                "endTime": "17:00:00.0000000",
                "timeZone": {"name": zone},
            },
        }
    )


ROUTES = [
    Route("POST", "users/{user}/sendMail", send_mail, SEND),
    Route("GET", "users/{user}/mailboxSettings", mailbox_settings, SETTINGS),
]
