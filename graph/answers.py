"""Judges what came back: a JSON object that Graph made, or an error of graph.errors.

Codes are compared case-insensitively and looked for in nested innerError too, the innermost known one first;
messages are never read (they change, and may name people). Source: reference/graph.md 5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from graph.errors import (
    AccessDenied,
    BadAnswer,
    BadRequest,
    Conflict,
    Duplicate,
    GraphError,
    Intercepted,
    MailboxFull,
    NotFound,
    NotOrganizer,
    ServiceFault,
    Throttled,
)

MAX_RETRY_AFTER_S = 3600.0
DEFAULT_THROTTLE_S = 30.0
_MAX_NESTING = 8

_EVENT_GONE = ("erroritemnotfound", "itemnotfound", "errorinvalididmalformed", "errorinvalidid")
_NO_MAILBOX = (
    "errorinvaliduser",
    "errornonexistentmailbox",
    "mailboxnotenabledforrestapi",
    "mailboxnotsupportedforrestapi",
    "request_resourcenotfound",
    "resourcenotfound",
)
_BY_CODE: dict[str, type[GraphError]] = {
    "erroraccessdenied": AccessDenied,
    "delegatedcalendaraccessdenied": AccessDenied,
    "authorization_requestdenied": AccessDenied,
    "accessdenied": AccessDenied,
    "errorirresolvableconflict": Conflict,
    "errorchangekeyrequiredforwriteoperations": Conflict,
    "preconditionfailed": Conflict,
    "errorduplicatetransactionid": Duplicate,
    "namealreadyexists": Conflict,
    "errorcalendarisnotorganizer": NotOrganizer,
    "errorquotaexceeded": MailboxFull,
    "quotalimitreached": MailboxFull,
    "applicationthrottled": Throttled,
    "toomanyrequests": Throttled,
    "activitylimitreached": Throttled,
    "errorserverbusy": ServiceFault,
    "servicenotavailable": ServiceFault,
    "errormailboxmoveinprogress": ServiceFault,
    "errorinternalservererror": ServiceFault,
    "errorinternalservertransienterror": ServiceFault,
}
_BY_STATUS: dict[int, type[GraphError]] = {
    403: AccessDenied,
    408: ServiceFault,
    409: Conflict,
    412: Conflict,
    413: MailboxFull,
    423: Conflict,
    429: Throttled,
    507: MailboxFull,
    509: Throttled,
}
_HINTS: dict[type[GraphError], str] = {
    AccessDenied: "Run mydesk-graph doctor: it names the right, scope or policy that is missing.",
    MailboxFull: "Empty the mailbox or raise its quota.",
}


def json_of(what: str, headers: Mapping[str, str], body: bytes) -> Any:
    """Return the decoded body of a 2xx. Raises Intercepted for a web page, BadAnswer for anything else not JSON."""
    media = _media(what, headers)
    if media != "application/json":
        raise BadAnswer(f"{what}: the answer is {media or 'of no type'}, not JSON.")
    try:
        return decoded(body)
    except ValueError as error:
        raise BadAnswer(f"{what}: the answer is not whole JSON ({len(body)} bytes).") from error


def media_of(what: str, headers: Mapping[str, str], body: bytes, allowed: Collection[str]) -> bytes:
    """Return the body of a 2xx whose media type is one of `allowed`. Raises Intercepted, BadAnswer as `json_of`."""
    media = _media(what, headers)
    if media not in allowed:
        raise BadAnswer(f"{what}: the answer is {media or 'of no type'}, not {' or '.join(allowed)}.")
    return body


def _media(what: str, headers: Mapping[str, str]) -> str:
    media = headers.get("content-type", "").partition(";")[0].strip().casefold()
    if media == "text/html":
        raise Intercepted(
            f"{what}: a web page came back in place of Graph's answer.",
            hint="The network has a sign-in page, or a proxy put one there: let the panel through.",
        )
    return media


def decoded(body: bytes) -> Any:
    """Return the JSON in `body`. Raises ValueError for anything else, and for nesting no answer of Graph has."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError("not JSON") from error


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of status 300 or more. `about` is what a bare 404 means: "event" or "mailbox"."""

    what: str
    about: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def error_of(refusal: Refusal, now: datetime) -> GraphError:
    """Return the error that `refusal` stands for. `now` is for a Retry-After written as a date."""
    codes = codes_of(refusal.body)
    folded = [code.casefold() for code in codes]
    if not codes and not _from_graph(refusal):
        return Intercepted(
            f"{refusal.what}: something other than Graph answered {refusal.status}.",
            hint="A proxy or a sign-in page of this network is in the way: let the panel through to Microsoft 365.",
        )
    known = next((code for code in reversed(folded) if code in _KNOWN), "")
    code = codes[folded.index(known)] if known else "".join(codes[-1:])
    if known in _EVENT_GONE or known in _NO_MAILBOX or (refusal.status in (404, 410) and known not in _BY_CODE):
        return _not_found(refusal, known, code)
    return _refused(refusal, known, code, retry_after_s(refusal.headers, now))


def _from_graph(refusal: Refusal) -> bool:
    """Return whether an answer without an error code may still be Graph's own front door speaking."""
    return refusal.status >= 500 or refusal.status == 429 or "request-id" in refusal.headers


def _not_found(refusal: Refusal, known: str, code: str) -> GraphError:
    shown = code or str(refusal.status)
    what = "event" if known in _EVENT_GONE else "mailbox" if known in _NO_MAILBOX else refusal.about
    if what == "event":
        return NotFound(f"{refusal.what}: the event is not there any more ({shown}).", what=what, code=code)
    return NotFound(
        f"{refusal.what}: there is no such {what} ({shown}).",
        what=what,
        code=code,
        hint="Check its address in the configuration, and that it is in this tenant.",
    )


def _refused(refusal: Refusal, known: str, code: str, wait_s: float | None) -> GraphError:
    status = refusal.status
    kind = _BY_CODE.get(known) or _BY_STATUS.get(status) or (ServiceFault if status >= 500 else BadRequest)
    if kind is Throttled and wait_s is None:
        wait_s = DEFAULT_THROTTLE_S
    shown = f"{status} {code}".rstrip()
    error = kind(
        f"{refusal.what}: {_WORDS[kind]} ({shown}).",
        code=code,
        status=status,
        retry_after_s=wait_s,
        hint=_HINTS.get(kind, ""),
    )
    if isinstance(error, Duplicate):
        event_id = error_object(refusal.body).get("@event.existingEventId")
        error.event_id = event_id if isinstance(event_id, str) else ""
    return error


_KNOWN = frozenset(_BY_CODE) | frozenset(_EVENT_GONE) | frozenset(_NO_MAILBOX)
_WORDS: dict[type[GraphError], str] = {
    AccessDenied: "Microsoft 365 refused",
    BadRequest: "Microsoft 365 did not understand us",
    Conflict: "it changed meanwhile",
    Duplicate: "an earlier try made it",
    MailboxFull: "the mailbox is full",
    NotOrganizer: "only the organizer may do that",
    ServiceFault: "Microsoft 365 has a fault",
    Throttled: "Microsoft 365 asks us to slow down",
}


def codes_of(body: bytes) -> tuple[str, ...]:
    """Return the error codes of a body, outermost first, as spelled; empty when it is no Graph error."""
    return tuple(_walk(error_object(body)))


def error_object(body: bytes) -> dict[str, Any]:
    """Return the `error` object of a Graph error body, or an empty dict."""
    try:
        whole = decoded(body)
    except ValueError:
        return {}
    error = whole.get("error") if isinstance(whole, dict) else None
    return error if isinstance(error, dict) else {}


def _walk(error: dict[str, Any]) -> Iterator[str]:
    current: Any = error
    for _ in range(_MAX_NESTING):
        if not isinstance(current, dict):
            return
        code = current.get("code")
        if isinstance(code, str) and code:
            yield code[:100]
        current = next((value for key, value in current.items() if key.casefold() == "innererror"), None)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return Retry-After in seconds, 0 to 3600, whether written as seconds or as a date; None when there is none.

    A date is taken against the answer's own Date where it has one: our clock may be wrong.
    """
    raw = headers.get("retry-after", "").strip()
    if raw.isdecimal() and len(raw) < 10:
        return min(float(raw), MAX_RETRY_AFTER_S)
    until = http_date(raw)
    if until is None:
        return None
    since = http_date(headers.get("date", "")) or now
    return min(max((until - since).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


def http_date(text: str) -> datetime | None:
    """Return an HTTP date as an aware UTC instant, or None when it is none."""
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
