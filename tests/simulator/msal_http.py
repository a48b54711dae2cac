"""msal's HTTP through httpx, as the product does it: msal is otherwise as it comes."""

from __future__ import annotations

from typing import Any

import httpx
import msal

from tests.simulator.conftest import ROOM_APP, Lab


class Transport:
    """The four things msal wants of an HTTP client."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, url: str, params: Any = None, headers: Any = None, **_: Any) -> httpx.Response:
        return self._http.get(url, params=params, headers=headers)

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any) -> httpx.Response:
        present = {name: value for name, value in (data or {}).items() if value is not None}
        # The signed assertion is bytes, of which httpx would make "b'...'".
        form = {name: value.decode() if isinstance(value, bytes) else value for name, value in present.items()}
        return self._http.post(url, params=params, data=form, headers=headers)

    def close(self) -> None:
        """The fixture owns the client."""


def public_client(lab: Lab, client_id: str = ROOM_APP, **options: Any) -> msal.PublicClientApplication:
    """A public client on the simulated authority."""
    return msal.PublicClientApplication(
        client_id,
        authority=lab.authority,
        instance_discovery=False,
        http_client=Transport(lab.http),
        **options,
    )


def poll(client: msal.PublicClientApplication, flow: dict[str, Any]) -> dict[str, Any]:
    """One poll of a device flow."""
    flow["latest_attempt_at"] = 0
    answer: dict[str, Any] = client.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)
    return answer


def signed_in(lab: Lab, scopes: list[str], **options: Any) -> msal.PublicClientApplication:
    """A client with the device account signed in by device code."""
    lab.sim.control("POST", "/_sim/sign-in/auto-approve", {"account": "mydesk"})
    client = public_client(lab, **options)
    answer = poll(client, client.initiate_device_flow(scopes))
    assert "access_token" in answer, answer
    return client


def silent(client: msal.PublicClientApplication, scopes: list[str], **options: Any) -> dict[str, Any]:
    """A silent call for the only account."""
    answer: dict[str, Any] = client.acquire_token_silent_with_error(scopes, client.get_accounts()[0], **options)
    return answer
