"""Reads the claims out of a continuous-access-evaluation challenge (WWW-Authenticate of a 401).

Source: reference/graph.md 1.6; Microsoft Entra "claims challenge": claims="<base64 of a JSON object>".
"""

from __future__ import annotations

import base64
import re

from graph.answers import decoded

_CLAIMS = re.compile(r'\bclaims="([A-Za-z0-9+/_=-]{1,8192})"')


def claims_of(www_authenticate: str) -> str | None:
    """Return the claims as the JSON text that msal takes, or None when there are none that can be read."""
    found = _CLAIMS.search(www_authenticate)
    if "insufficient_claims" not in www_authenticate or found is None:
        return None
    encoded = found[1].rstrip("=")
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_")
        claims = decoded(text)
    except ValueError:
        return None
    return text.decode() if isinstance(claims, dict) else None
