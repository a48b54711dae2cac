"""Answers in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

_ENCODER = msgspec.json.Encoder()


def json_answer(
    data: Any, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = "application/json"
) -> Response:
    """A response with `data` as JSON; datetimes as ISO 8601, `msgspec.Raw` as it is."""
    return Response(_ENCODER.encode(data), status, headers, media_type)
