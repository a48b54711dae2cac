"""Turns what httpx raises into our own tree: nothing outside graph/ knows HTTP.

httpx                                             graph.errors
  TimeoutException, our own deadline              TimedOut
  ConnectError over a TLS failure, ProxyError     Intercepted
  other TransportError (refused, reset, cut)      NetworkDown
  DecodingError (broken gzip)                     BadAnswer
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from graph.errors import BadAnswer, GraphError, Intercepted, NetworkDown, TimedOut

_CLOCK_REASONS = ("certificate is not yet valid", "certificate has expired")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Let nothing but GraphError out of the block. `what` is for people and logs: no address in it."""
    try:
        yield
    except (httpx.TimeoutException, TimeoutError) as error:
        raise TimedOut(f"{what}: no answer in time.") from error
    except httpx.ProxyError as error:
        raise Intercepted(
            f"{what}: the proxy refused ({_proxy_reason(error)}).",
            hint="Check [network] proxy_url, its user and password, and that the proxy lets us to Microsoft 365.",
        ) from error
    except httpx.DecodingError as error:
        raise BadAnswer(f"{what}: the answer is damaged (its compression does not open).") from error
    except (httpx.TransportError, httpx.StreamError, ssl.SSLError, OSError) as error:
        raise _of_transport(what, error) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise NetworkDown(
            f"{what}: the address cannot be used.", hint="Check the URLs in the configuration."
        ) from error


def _of_transport(what: str, error: BaseException) -> GraphError:
    tls = _tls_cause(error)
    if tls is None:
        return NetworkDown(f"{what}: the connection failed ({type(error).__name__}).")
    reason = getattr(tls, "verify_message", "") or getattr(tls, "reason", "") or "TLS failure"
    return Intercepted(f"{what}: the far side is not who it should be ({reason}).", hint=_tls_hint(reason))


def _tls_hint(reason: str) -> str:
    if reason in _CLOCK_REASONS:
        return "Check this machine's clock first; else see whose certificate it is: openssl s_client -connect."
    return (
        "If a proxy of yours inspects TLS, put its CA in [network] ca_file or exempt Microsoft 365 from it; "
        "if this network has a sign-in page, the panel needs another network."
    )


def _tls_cause(error: BaseException) -> ssl.SSLError | None:
    """Return the TLS error behind `error`. An abrupt end (EOF) is a cut line, not an impostor."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if isinstance(current, ssl.SSLError):
            cut = isinstance(current, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError)
            return None if cut else current
        current = current.__cause__ or current.__context__
    return None


def _proxy_reason(error: httpx.ProxyError) -> str:
    """Return the proxy's status words; they hold no secret of ours, but may be long."""
    return " ".join(str(error).split())[:80] or "no reason given"
