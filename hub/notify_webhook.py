"""Webhooks: POST as JSON; any 2xx means that it was taken. The address may be a secret, so only its host is told."""

from __future__ import annotations

import asyncio
import hashlib
from urllib.parse import urlsplit

import httpx

from graph.errors import NetworkDown
from graph.tls import client_context
from hub.notice_text import Message, as_json, one_line
from hub.notify_channel import NotifyError

TIMEOUT_S = 10.0
"""Of connecting, of each write and of each read."""

TOTAL_S = 60.0


class WebhookChannel:
    """One address of [notify] webhooks. The same message has the same `Idempotency-Key`, by which a repeat is known."""

    def __init__(self, url: str, *, ca_file: str = "", proxy_url: str = "", total_s: float = TOTAL_S) -> None:
        self._url, self._ca_file, self._proxy, self._total_s = url, ca_file, proxy_url or None, total_s
        self.name = f"webhook-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
        self.label = f"webhook at {urlsplit(url).hostname}"

    def send(self, message: Message) -> None:
        """Deliver `message`; redirects are not followed, the answer's body is not read. Raises NotifyError."""
        try:
            status = asyncio.run(self._posted(message))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            raise self._error(f"cannot be reached ({_why(error)})") from error
        except httpx.InvalidURL as error:
            raise self._error(f"has an address that is none ({_why(error)})") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise self._error(f"did not answer ({_why(error)})", unsure=True) from error
        if not 200 <= status < 300:
            raise self._error(f"answered {status}, where 200 to 299 would mean that it took the message")

    async def _posted(self, message: Message) -> int:
        """In a loop of its own: the one way to end a request whose answer drips."""
        headers = {"Idempotency-Key": message.id, "User-Agent": "mydesk-hub"}
        async with (
            asyncio.timeout(self._total_s),
            self._client() as client,
            client.stream("POST", self._url, json=as_json(message), headers=headers) as answer,
        ):
            return answer.status_code

    def _client(self) -> httpx.AsyncClient:
        try:
            context = client_context(self._ca_file)
            return httpx.AsyncClient(verify=context, proxy=self._proxy, trust_env=False, timeout=TIMEOUT_S)
        except NetworkDown as error:
            raise NotifyError(f"[notify] ca_file: {error.message}") from error
        except (ValueError, httpx.InvalidURL) as error:
            raise NotifyError(f"[notify] proxy_url = {self._proxy!r} is no address of a proxy.") from error

    def _error(self, what: str, *, unsure: bool = False) -> NotifyError:
        return NotifyError(f"The {self.label} {what}.", unsure=unsure)


def _why(error: Exception) -> str:
    """The kind of the error and what the system says of it; never the address."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "in time"
    return one_line(str(error) or type(error).__name__)[:200]
