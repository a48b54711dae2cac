"""The HTTP client msal works with: ours, so that TLS, proxy, time limits and errors are ours too.

msal sends None form values (an empty `claims=`), logs answers that are not JSON, and knows nothing of time limits:
here None is dropped, only JSON gets through, and everything else raises graph.errors (reference/graph.md 7.1).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from graph.answers import DEFAULT_THROTTLE_S, decoded, retry_after_s
from graph.errors import Intercepted, ServiceFault, Throttled, TimedOut
from graph.failures import translated
from graph.wire import MAX_BYTES, USER_AGENT, too_long

_WHAT = "sign-in"


@dataclass(frozen=True, slots=True)
class MsalAnswer:
    """What msal reads of an answer."""

    status_code: int
    text: str
    headers: dict[str, str]

    def raise_for_status(self) -> None:
        """Part of msal's contract; errors were raised before the answer got here."""


class MsalHttp:
    """msal's `http_client`. For one thread. Raises GraphError (Unreachable or Busy), never httpx's errors."""

    def __init__(self, client: httpx.Client, *, total_timeout_s: float) -> None:
        self._client = client
        self._total_timeout_s = total_timeout_s

    def get(
        self, url: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> MsalAnswer:
        """GET, as msal does it for discovery."""
        return self._send("GET", url, params, None, headers)

    def post(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> MsalAnswer:
        """POST a form, without its None values."""
        return self._send("POST", url, params, data, headers)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        data: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
    ) -> MsalAnswer:
        with (
            translated(_WHAT),
            self._client.stream(
                method,
                url,
                params=_present(params) or None,
                data=_present(data),
                headers={"User-Agent": USER_AGENT, **_present(headers)},
            ) as response,
        ):
            body = self._body(response)
        _check(response, body)
        return MsalAnswer(response.status_code, body.decode(), dict(response.headers))

    def _body(self, response: httpx.Response) -> bytes:
        deadline_s = time.monotonic() + self._total_timeout_s
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > MAX_BYTES:
                raise too_long(_WHAT)
            if time.monotonic() > deadline_s:
                raise TimedOut(f"{_WHAT}: the answer takes too long.")
        return bytes(body)


def _present(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the values that are any; bytes (the signed assertion) as text, of which httpx would make "b'...'"."""
    present = {key: value for key, value in (values or {}).items() if value is not None}
    return {key: value.decode() if isinstance(value, bytes) else value for key, value in present.items()}


def _check(response: httpx.Response, body: bytes) -> None:
    status = response.status_code
    wait_s = retry_after_s(response.headers, datetime.now(UTC))
    if status == 429:
        raise Throttled(
            f"{_WHAT}: the service asks us to slow down.", status=status, retry_after_s=wait_s or DEFAULT_THROTTLE_S
        )
    if status >= 500:
        raise ServiceFault(f"{_WHAT}: the service has a fault ({status}).", status=status, retry_after_s=wait_s)
    try:
        answer = decoded(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not answer:  # msal takes an empty object for "nobody is signed in"
        raise Intercepted(
            f"{_WHAT}: something other than Microsoft's sign-in answered ({status}).",
            hint="A sign-in page of this network or a proxy is in the way: let the panel through to Microsoft.",
        )
