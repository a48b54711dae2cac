"""A network that can be unplugged: no request of this process reaches anybody while it is down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx


class Wire:
    """`down` refuses everything that the panel's two HTTP clients send."""

    def __init__(self) -> None:
        self.down = False

    def check(self, request: httpx.Request) -> None:
        """Raises httpx.ConnectError while down."""
        if self.down:
            raise httpx.ConnectError("the run cut the wire", request=request)


@contextmanager
def cuttable() -> Iterator[Wire]:
    """Let the transports of httpx ask a `Wire` first; only in the process of a run."""
    wire = Wire()
    real_async = httpx.AsyncHTTPTransport.handle_async_request
    real_sync = httpx.HTTPTransport.handle_request

    async def handle_async(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> Any:
        wire.check(request)
        return await real_async(self, request)

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> Any:
        wire.check(request)
        return real_sync(self, request)

    httpx.AsyncHTTPTransport.handle_async_request = handle_async  # type: ignore[method-assign]
    httpx.HTTPTransport.handle_request = handle  # type: ignore[method-assign]
    try:
        yield wire
    finally:
        httpx.AsyncHTTPTransport.handle_async_request = real_async  # type: ignore[method-assign]
        httpx.HTTPTransport.handle_request = real_sync  # type: ignore[method-assign]
