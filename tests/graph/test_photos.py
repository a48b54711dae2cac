"""Pictures of people: what is taken, what is refused, and that nothing large is read to its end."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from graph import errors
from graph.people import MAX_PHOTO_BYTES, People
from tests.graph.test_directory import ask
from tests.graph.wire_doubles import Script, empty, refusal

JPEG, PNG = b"\xff\xd8\xff\xe0 and so on", b"\x89PNG\r\n\x1a\n and so on"


def picture(body: bytes, media_type: str) -> httpx.Response:
    return httpx.Response(200, content=body, headers={"content-type": media_type, "request-id": "r-1"})


@pytest.mark.parametrize(("body", "media_type"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (JPEG, "image/png")])
def test_a_picture_comes_as_it_is(body: bytes, media_type: str) -> None:
    script = Script(picture(body, media_type))
    assert ask(script, lambda client: People(client).photo("u/1", 48, user=True)) == body
    request = script.requests[0]
    assert request.url.raw_path == b"/v1.0/users/u%2F1/photos/48x48/$value"
    assert request.headers["accept"] == "image/jpeg, image/png"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(404, "ImageNotFound"), errors.NotFound),
        (refusal(404, "MailboxNotEnabledForRESTAPI"), errors.NotFound),
        (refusal(403, "Authorization_RequestDenied"), errors.AccessDenied),
        (refusal(404, "Request_ResourceNotFound"), errors.NotFound),
        (picture(b"<html>", "text/html"), errors.Intercepted),
        (picture(b"<svg onload=...>", "image/svg+xml"), errors.BadAnswer),
        (picture(b"{}", "application/json"), errors.BadAnswer),
        (picture(b"GIF89a", "image/png"), errors.BadAnswer),
        (picture(b"", "image/jpeg"), errors.BadAnswer),
        (picture(JPEG + bytes(MAX_PHOTO_BYTES), "image/jpeg"), errors.BadAnswer),
        (empty(204), errors.BadAnswer),
        (refusal(400, "ErrorInvalidImageSize"), errors.BadRequest),
    ],
)
def test_all_else_is_an_error_of_the_tree(answer: httpx.Response, expected: type[errors.GraphError]) -> None:
    with pytest.raises(expected):
        ask(Script(answer), lambda client: People(client).photo("u1"))


def test_the_largest_is_taken(tmp_path: Path) -> None:
    whole = JPEG.ljust(MAX_PHOTO_BYTES, b"x")
    assert ask(Script(picture(whole, "image/jpeg")), lambda client: People(client).photo("u1")) == whole
