"""Sends short plain-text mail from the signed-in account. Source: reference/graph.md 1.3 (sendMail, Mail.Send)."""

from __future__ import annotations

from urllib.parse import quote

from graph.client import GraphClient, Request
from graph.config import Shape
from graph.errors import BadRequest

KIND = "mail"


class Mail:
    """Mail that is not kept in Sent Items."""

    def __init__(self, client: GraphClient, shape: Shape, sender: str) -> None:
        """`sender` is only needed by shape "app-only", which has no /me."""
        self._client = client
        self._shape = shape
        self._sender = sender

    async def send(self, to: str, subject: str, text: str, *, user: bool = False) -> None:
        """Send `text` to one address. Not repeated by itself: after TimedOut or NetworkDown it may have gone out.

        Raises GraphError.
        """
        message = {
            "subject": subject,
            "body": {"contentType": "Text", "content": text},
            "toRecipients": [{"emailAddress": {"address": to}}],
        }
        request = Request(
            what="send mail",
            kind=KIND,
            method="POST",
            path=f"{self._owner()}/sendMail",
            body={"message": message, "saveToSentItems": False},
        )
        await self._client.send(request, user=user)

    def _owner(self) -> str:
        if self._shape != "app-only":
            return "/me"
        if not self._sender:
            raise BadRequest("send mail: no sender is set.", hint="Set [graph] account to the sending mailbox.")
        return f"/users/{quote(self._sender, safe='@')}"
