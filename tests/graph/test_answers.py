"""reference/graph.md section 5 as a table: what Graph answers, what the rest of the program sees."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from graph import errors
from graph.answers import Refusal, error_of, json_of, retry_after_s

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def judged(status: int, body: Any, about: str = "mailbox", **headers: str) -> errors.GraphError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_of(Refusal("calendar view", about, status, headers, raw), NOW)


def error_body(*codes: str) -> dict[str, Any]:
    error: dict[str, Any] = {"code": codes[0], "message": "about anna@contoso.example"}
    if len(codes) > 1:
        error["innerError"] = error_body(*codes[1:])["error"]
    return {"error": error}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ErrorInvalidRequest", errors.BadRequest),
        (400, "RequestBodyRead", errors.BadRequest),
        (400, "ErrorOccurrenceCrossingBoundary", errors.BadRequest),
        (400, "ErrorDuplicateTransactionId", errors.Duplicate),
        (409, "ErrorDuplicateTransactionId", errors.Duplicate),
        (400, "errorduplicatetransactionid", errors.Duplicate),
        (400, "ErrorInvalidIdMalformed", errors.NotFound),
        (400, "ErrorCalendarIsNotOrganizer", errors.NotOrganizer),
        (403, "ErrorAccessDenied", errors.AccessDenied),
        (403, "DelegatedCalendarAccessDenied", errors.AccessDenied),
        (403, "Authorization_RequestDenied", errors.AccessDenied),
        (403, "SomethingNew", errors.AccessDenied),
        (403, "MailboxNotEnabledForRESTAPI", errors.NotFound),
        (404, "ErrorItemNotFound", errors.NotFound),
        (404, "itemNotFound", errors.NotFound),
        (404, "ErrorInvalidUser", errors.NotFound),
        (404, "Request_ResourceNotFound", errors.NotFound),
        (404, "SomethingNew", errors.NotFound),
        (409, "nameAlreadyExists", errors.Conflict),
        (409, "SomethingNew", errors.Conflict),
        (410, "SyncStateNotFound", errors.NotFound),
        (412, "ErrorIrresolvableConflict", errors.Conflict),
        (412, "PreconditionFailed", errors.Conflict),
        (400, "ErrorIrresolvableConflict", errors.Conflict),
        (413, "RequestTooLarge", errors.MailboxFull),
        (507, "quotaLimitReached", errors.MailboxFull),
        (429, "ApplicationThrottled", errors.Throttled),
        (429, "TooManyRequests", errors.Throttled),
        (503, "activityLimitReached", errors.Throttled),
        (509, "Bandwidth", errors.Throttled),
        (500, "ErrorInternalServerError", errors.ServiceFault),
        (500, "ErrorInternalServerTransientError", errors.ServiceFault),
        (502, "UnknownError", errors.ServiceFault),
        (503, "ErrorServerBusy", errors.ServiceFault),
        (504, "UnknownError", errors.ServiceFault),
        (418, "teapot", errors.BadRequest),
    ],
)
def test_codes(status: int, code: str, kind: type[errors.GraphError]) -> None:
    for spelling in (code, code.lower(), code.upper()):
        error = judged(status, error_body(spelling))
        assert type(error) is kind
        assert error.code == spelling
        assert "anna" not in str(error)


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (("BadRequest", "ErrorIrresolvableConflict"), errors.Conflict),
        (("generalException", "UnknownError", "ErrorAccessDenied"), errors.AccessDenied),
        (("ErrorAccessDenied", "nobodyKnowsThis"), errors.AccessDenied),
    ],
)
def test_the_innermost_known_code_decides(codes: tuple[str, ...], kind: type[errors.GraphError]) -> None:
    assert type(judged(400, error_body(*codes))) is kind


def test_innererror_in_lower_case_and_endless_nesting() -> None:
    assert (
        type(judged(400, {"error": {"code": "x", "innererror": {"code": "ErrorAccessDenied"}}})) is errors.AccessDenied
    )
    deep: Any = {"code": "ErrorAccessDenied"}
    for _ in range(200):
        deep = {"code": "x", "innerError": deep}
    assert type(judged(400, {"error": deep})) is errors.BadRequest


@pytest.mark.parametrize(
    ("code", "about", "what"),
    [
        ("ErrorItemNotFound", "mailbox", "event"),
        ("ErrorInvalidUser", "event", "mailbox"),
        ("Unheard", "event", "event"),
        ("Unheard", "mailbox", "mailbox"),
    ],
)
def test_what_is_not_found(code: str, about: str, what: str) -> None:
    error = judged(404, error_body(code), about)
    assert isinstance(error, errors.NotFound)
    assert error.what == what


def test_a_duplicate_names_the_event_it_made() -> None:
    body = {"error": {"code": "ErrorDuplicateTransactionId", "@event.existingEventId": "AAMk1"}}
    error = judged(400, body)
    assert isinstance(error, errors.Duplicate)
    assert error.event_id == "AAMk1"


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (302, b"", {"location": "http://portal/"}, errors.Intercepted),
        (403, b"<html>blocked by policy", {"content-type": "text/html"}, errors.Intercepted),
        (404, b"", {}, errors.Intercepted),
        (404, b"", {"request-id": "r"}, errors.NotFound),
        (407, b"", {}, errors.Intercepted),
        (502, b"<html>bad gateway", {"content-type": "text/html"}, errors.ServiceFault),
        (503, b"", {}, errors.ServiceFault),
        (429, b"", {}, errors.Throttled),
        (400, b'{"error": "a word"}', {}, errors.Intercepted),
        (400, b'{"error": {"code": 7}}', {"request-id": "r"}, errors.BadRequest),
    ],
)
def test_answers_without_a_code(
    status: int, body: bytes, headers: dict[str, str], kind: type[errors.GraphError]
) -> None:
    assert type(judged(status, body, **headers)) is kind


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "999999"}, 3600),
        ({"retry-after": "99999999999999999999"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 08:00:40 GMT"}, 40),
        ({"retry-after": "Mon, 23 Nov 2026 08:00:40 GMT", "date": "Mon, 23 Nov 2026 08:00:10 GMT"}, 30),
        ({"retry-after": "Mon, 23 Nov 2020 08:00:40 GMT"}, 0),
    ],
)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, NOW) == expected


def test_throttled_without_a_time_waits_half_a_minute() -> None:
    assert judged(429, error_body("TooManyRequests")).retry_after_s == 30
    assert judged(503, error_body("ErrorServerBusy")).retry_after_s is None


@pytest.mark.parametrize(
    ("media", "body", "kind"),
    [
        ("text/html; charset=utf-8", b"<html>Welcome to the hotel", errors.Intercepted),
        ("text/plain", b"{}", errors.BadAnswer),
        ("", b"{}", errors.BadAnswer),
        ("application/json", b'{"value": [', errors.BadAnswer),
        ("application/json", b"", errors.BadAnswer),
        ("application/json", b'{"value": "\xff"}', errors.BadAnswer),
        ("application/json", b"{}{}", errors.BadAnswer),
        ("application/json", b"[" * 5000, errors.BadAnswer),
    ],
)
def test_successes_that_are_none(media: str, body: bytes, kind: type[errors.GraphError]) -> None:
    with pytest.raises(kind):
        json_of("calendar view", {"content-type": media}, body)


def test_json_with_parameters_in_its_type() -> None:
    media = "application/json;odata.metadata=minimal;IEEE754Compatible=false"
    assert json_of("calendar view", {"content-type": media}, b'{"value": []}') == {"value": []}


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        name = line.split(maxsplit=1)[0] if line.strip() else ""
        kind = getattr(errors, name, None)
        if isinstance(kind, type):
            depth = (len(line) - len(line.lstrip())) // 4
            path[depth:] = [name]
            drawn[name] = path[depth - 1] if depth else "MyDeskError"
    real = {
        name: kind.__base__.__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.GraphError) and kind.__base__
    }
    assert drawn == real
