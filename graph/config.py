"""The [graph] and [network] sections of a unit's configuration file (read by common.config).

>>> GraphConfig(
...     tenant_id="contoso.example", client_id="11111111-2222-3333-4444-555555555555", sign_in="device-code",
...     token_cache_file="/var/lib/mydesk/tokens", token_key_file="/var/lib/mydesk/tokens.key",
... ).shape
'delegate'
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Shape = Literal["delegate", "room-account", "app-only"]
SignIn = Literal["device-code", "auth-code", "certificate"]

_GUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_TENANT = r"^(?!(common|organizations|consumers)$)[0-9A-Za-z][0-9A-Za-z.-]{2,252}$"
_HTTPS = r"^https://[^/?#\s@]+(/[^?#\s]*)?$"
_PROXY = r"^(https?://[^/?#\s]+/?)?$"
_ADDRESS = r"^([^@\s]+@[^@\s]+)?$"


class GraphConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[graph]: which tenant, which app registration, which account, and how it signs in."""

    tenant_id: Annotated[
        str,
        Meta(
            pattern=_TENANT,
            description="The tenant's id or its domain; not `common`.",
            examples=["9f2c6f0a-0c5b-4f0e-9a37-1d3b6c1f5a10"],
        ),
    ]
    client_id: Annotated[
        str,
        Meta(
            pattern=_GUID,
            description="The application (client) id of this role's app registration.",
            examples=["4b1f4e6e-52f5-4c0c-8a1c-6a1a36d9a0b2"],
        ),
    ]
    account: Annotated[
        str,
        Meta(
            pattern=_ADDRESS,
            description="The account that has to sign in: the device account, or the room account. "
            "Any other account is thrown away. Empty accepts any.",
            examples=["mydesk@contoso.example"],
        ),
    ] = ""
    shape: Annotated[
        Shape,
        Meta(
            description="`delegate`: one device account with rights on the room; `room-account`: the room itself "
            "signs in; `app-only`: no user, a certificate.",
            examples=["delegate"],
        ),
    ] = "delegate"
    sign_in: Annotated[
        SignIn,
        Meta(
            description="`device-code`: a code on the screen; `auth-code`: a browser, where the tenant blocks device "
            "codes; `certificate`: with shape `app-only`.",
            examples=["device-code"],
        ),
    ]
    authority_url: Annotated[
        str, Meta(pattern=_HTTPS, description="Where to sign in.", examples=["https://login.microsoftonline.com"])
    ] = "https://login.microsoftonline.com"
    graph_url: Annotated[
        str, Meta(pattern=_HTTPS, description="Where Graph is.", examples=["https://graph.microsoft.com/v1.0"])
    ] = "https://graph.microsoft.com/v1.0"
    token_cache_file: Annotated[
        str,
        Meta(
            min_length=1,
            description="Where the encrypted tokens are kept.",
            examples=["/var/lib/mydesk/graph-tokens"],
        ),
    ]
    token_key_file: Annotated[
        str,
        Meta(
            min_length=1,
            description="Where the key of the token file is kept; made on first use.",
            examples=["/var/lib/mydesk/graph-tokens.key"],
        ),
    ]
    certificate_file: Annotated[
        str,
        Meta(
            description="The app's certificate in PEM, for sign_in = `certificate`.",
            examples=["/etc/mydesk/graph-cert.pem"],
        ),
    ] = ""
    private_key_file: Annotated[
        str,
        Meta(
            description="Its RSA private key in PEM, unencrypted, mode 0600.",
            examples=["/etc/mydesk/graph-key.pem"],
        ),
    ] = ""

    def problems(self) -> Iterable[tuple[str, str]]:
        """Yield (key, message) for what no single key can tell."""
        app_only, certificate = self.shape == "app-only", self.sign_in == "certificate"
        if app_only != certificate:
            yield "sign_in", 'shape = "app-only" and sign_in = "certificate" only go together'
        for key in ("certificate_file", "private_key_file"):
            if certificate and not getattr(self, key):
                yield key, 'needed for sign_in = "certificate"'
        if self.token_cache_file == self.token_key_file:
            yield "token_key_file", "the key cannot be in the file it locks"


class NetworkConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[network]: the way to Microsoft 365. Environment variables for proxies and CAs are ignored on purpose."""

    proxy_url: Annotated[
        str,
        Meta(
            pattern=_PROXY,
            description="The HTTP proxy, user and password in it if it wants them; empty for none.",
            examples=["http://proxy.contoso.example:3128"],
            extra={"secret": True},
        ),
    ] = ""
    ca_file: Annotated[
        str,
        Meta(
            description="PEM file with the site's own CA, for a proxy that inspects TLS; added to the system's.",
            examples=["/etc/mydesk/site-ca.pem"],
        ),
    ] = ""
    connect_timeout_s: Annotated[
        float, Meta(ge=0.1, le=60, description="How long a connection may take to open, in seconds.", examples=[5])
    ] = 5
    read_timeout_s: Annotated[
        float,
        Meta(ge=0.1, le=120, description="How long the far side may be silent, in seconds.", examples=[10]),
    ] = 10
    total_timeout_s: Annotated[
        float,
        Meta(
            ge=0.2,
            le=300,
            description="How long one request may take with its waiting and its repeats, in seconds.",
            examples=[20],
        ),
    ] = 20
