"""How Graph says no (reference/graph.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


class GraphApiError(Exception):
    """Error raised when a Graph request is refused with `status` and `code`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def body(self, now: datetime, request_id: str, client_request_id: str) -> dict[str, Any]:
        """The JSON that Graph would send."""
        inner = {
            "date": f"{now:%Y-%m-%dT%H:%M:%S}",
            "request-id": request_id,
            "client-request-id": client_request_id or request_id,
        }
        return {"error": {"code": self.code, "message": str(self), **self.extra, "innerError": inner}}


def bad_request(message: str, code: str = "ErrorInvalidRequest") -> GraphApiError:
    """400: the client's own fault."""
    return GraphApiError(400, code, message)


def access_denied(code: str = "ErrorAccessDenied") -> GraphApiError:
    """403 of Exchange."""
    return GraphApiError(403, code, "Access is denied. Check credentials and try again.")


def no_such_user(key: str) -> GraphApiError:
    """404 of a mailbox or directory object that does not exist."""
    return GraphApiError(404, "ErrorInvalidUser", f"The requested user '{key}' is invalid.")


def item_not_found() -> GraphApiError:
    """404 of an event."""
    return GraphApiError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def throttled(retry_after_s: int) -> GraphApiError:
    """429 of Exchange."""
    return GraphApiError(
        429,
        "ApplicationThrottled",
        "Application is over its MailboxConcurrency limit.",
        headers={"Retry-After": str(retry_after_s)},
    )
