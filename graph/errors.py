"""All that can go wrong between us and Microsoft 365, as one small tree; nothing outside graph/ knows HTTP.

GraphError                     the base; carries `code`, `request_id`, `retry_after_s`
    Unreachable                no answer that came from Graph: worth trying again
        NetworkDown            no route, no DNS, connection refused or reset, cut in the middle
        TimedOut               no answer in time: a write may have happened
        Intercepted            a captive portal or a TLS-intercepting proxy answered in Graph's place
    Busy                       Graph answered "not now": 429, 5xx, 509
        Throttled              429 and 509, with Retry-After
        ServiceFault           500, 502, 503, 504
    Refused                    Graph answered "no"
        SignInNeeded           no usable token; `outcome` (graph.outcomes) says which kind
        AccessDenied           signed in, but a scope, a folder right or a policy is missing
        NotFound               the event is gone (`what="event"`) or the mailbox does not exist (`what="mailbox"`)
        Conflict               412 or 409: the event changed meanwhile; read it again
        Duplicate                  an earlier try with this transactionId worked; `event_id` where Graph names it
        NotOrganizer           only the organizer may do that
        BadRequest             400: our own fault
        MailboxFull            413, 507
    BadAnswer                  a 2xx that is not what the API promises: never read as "no events"
"""

# ruff: noqa: N818 - names of a tree, after httpx: what happened, not "...Error" thirteen times
from __future__ import annotations

from common.errors import MyDeskError


class GraphError(MyDeskError):
    """Error raised when a call to Microsoft 365 did not give what was asked for."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        request_id: str = "",
        status: int = 0,
        retry_after_s: float | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.request_id = request_id
        self.status = status
        self.retry_after_s = retry_after_s
        self.client_request_id = ""
        """The id we sent with the request: Microsoft's support finds it too, even when no answer came."""
        self.may_have_arrived = False
        """The request went out and nobody knows what became of it: a write may have happened."""


class Unreachable(GraphError):
    """Error raised when no answer came from Graph itself."""


class NetworkDown(Unreachable):
    """Error raised when the network, DNS or the connection failed."""


class TimedOut(Unreachable):
    """Error raised when no answer came in time; a write may have happened."""


class Intercepted(Unreachable):
    """Error raised when something between us and Microsoft answered in its place."""


class Busy(GraphError):
    """Error raised when Graph asks us to come back later."""


class Throttled(Busy):
    """Error raised on 429 and 509."""


class ServiceFault(Busy):
    """Error raised on 500, 502, 503 and 504."""


class Refused(GraphError):
    """Error raised when Graph understood and said no."""


class SignInNeeded(Refused):
    """Error raised when there is no usable token; `outcome` names the row of graph.outcomes."""

    def __init__(self, message: str, *, outcome: str, code: str = "", request_id: str = "", hint: str = "") -> None:
        super().__init__(message, code=code, request_id=request_id, status=401, hint=hint)
        self.outcome = outcome


class AccessDenied(Refused):
    """Error raised when a scope, a folder right or a policy is missing."""


class NotFound(Refused):
    """Error raised when the event (`what="event"`) or the mailbox (`what="mailbox"`) does not exist."""

    def __init__(self, message: str, *, what: str, code: str = "", request_id: str = "", hint: str = "") -> None:
        super().__init__(message, code=code, request_id=request_id, status=404, hint=hint)
        self.what = what


class Conflict(Refused):
    """Error raised when the event changed since it was read."""


class Duplicate(Refused):
    """Error raised when an earlier try made the event; Calendars.create turns it into success."""

    event_id: str = ""


class NotOrganizer(Refused):
    """Error raised when only the organizer may do what was asked."""


class BadRequest(Refused):
    """Error raised when Graph did not understand us."""


class MailboxFull(Refused):
    """Error raised when the mailbox is over its quota."""


class BadAnswer(GraphError):
    """Error raised when a success does not carry what the API promises."""
