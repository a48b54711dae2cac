"""How Entra says no: one table of AADSTS numbers (reference/graph.md 1.6).

Which OAuth error goes with which number is partly inferred there; a fault can be injected with another one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """HTTP status, OAuth error, suberror and text of one AADSTS number."""

    status: int
    error: str
    suberror: str
    text: str


GRANT = "invalid_grant"
ROWS: dict[int, Row] = {
    70016: Row(400, "authorization_pending", "", "The user has not yet finished signing in. Keep polling."),
    70020: Row(400, "authorization_declined", "", "The user declined the sign-in."),
    70019: Row(400, "expired_token", "", "The device code has expired."),
    70018: Row(400, "bad_verification_code", "", "Invalid verification code."),
    50173: Row(400, GRANT, "bad_token", "The provided grant has expired due to it being revoked."),
    700082: Row(400, GRANT, "bad_token", "The refresh token has expired due to inactivity."),
    70008: Row(400, GRANT, "bad_token", "The provided authorization code or refresh token has expired."),
    50089: Row(400, GRANT, "bad_token", "Authentication failed due to flow token expired."),
    50132: Row(400, GRANT, "bad_token", "The session is not valid: password expired or recently changed."),
    50133: Row(400, GRANT, "bad_token", "Session is invalid due to expiration or recent password change."),
    50076: Row(400, GRANT, "basic_action", "You must use multi-factor authentication to access the resource."),
    50079: Row(400, GRANT, "basic_action", "You must enroll in multi-factor authentication."),
    50074: Row(400, "interaction_required", "basic_action", "Strong authentication is required."),
    50072: Row(400, "interaction_required", "basic_action", "You must enroll in multi-factor authentication."),
    50078: Row(400, "interaction_required", "basic_action", "Presented multi-factor authentication has expired."),
    70043: Row(400, GRANT, "bad_token", "The refresh token has expired due to sign-in frequency checks."),
    53003: Row(400, GRANT, "message_only", "Access has been blocked by Conditional Access policies."),
    530032: Row(400, GRANT, "message_only", "Access was blocked by security policy on tenant."),
    53000: Row(400, GRANT, "message_only", "Your device is required to be managed to access this resource."),
    53001: Row(400, GRANT, "message_only", "Device is not domain joined."),
    50131: Row(400, GRANT, "message_only", "Used in various Conditional Access errors."),
    530035: Row(400, GRANT, "message_only", "Access has been blocked by security defaults."),
    50055: Row(400, GRANT, "user_password_expired", "The password is expired."),
    50057: Row(400, GRANT, "", "The user account is disabled."),
    50053: Row(400, GRANT, "", "The account is locked, or the sign-in came from a malicious IP address."),
    50034: Row(400, GRANT, "", "The user account does not exist in the directory."),
    65001: Row(400, GRANT, "consent_required", "The user or administrator has not consented to use the application."),
    90094: Row(400, GRANT, "consent_required", "Admin consent is required."),
    7000218: Row(
        401, "invalid_client", "", "The request body must contain 'client_assertion' or 'client_secret'."
    ),
    700016: Row(400, "unauthorized_client", "", "Application was not found in the directory."),
    70001: Row(400, "unauthorized_client", "", "The application is disabled."),
    7000112: Row(400, "unauthorized_client", "", "Application is disabled."),
    700027: Row(401, "invalid_client", "", "The certificate is not registered, or its signature failed."),
    7000222: Row(401, "invalid_client", "", "The provided client secret keys are expired."),
    7000215: Row(401, "invalid_client", "", "Invalid client secret is provided."),
    500133: Row(401, "invalid_client", "", "Assertion is not within its valid time range."),
    700024: Row(401, "invalid_client", "", "Client assertion is not within its valid time range."),
    90033: Row(503, "temporarily_unavailable", "", "The service is temporarily unavailable."),
    90055: Row(503, "temporarily_unavailable", "", "Too many requests: throttled."),
    50033: Row(503, "temporarily_unavailable", "", "A retryable error has occurred."),
    50196: Row(400, GRANT, "", "The server terminated an operation because it encountered a client request loop."),
    50011: Row(400, "invalid_request", "", "The redirect URI does not match those configured for the application."),
    50148: Row(400, GRANT, "", "The code_verifier does not match the code_challenge."),
    54005: Row(400, GRANT, "", "OAuth2 authorization code was already redeemed."),
    9002313: Row(400, "invalid_request", "", "Invalid request. Request is malformed or invalid."),
    900144: Row(400, "invalid_request", "", "The request body must contain the named parameter."),
    70003: Row(400, "unsupported_grant_type", "", "The app returned an unsupported grant type."),
    70011: Row(400, "invalid_scope", "", "The provided value for the input parameter 'scope' is not valid."),
    90002: Row(400, "invalid_request", "", "Tenant not found. Check the tenant ID."),
}  # fmt: skip
SLOW_DOWN = Row(400, "slow_down", "", "Polling too often.")


class SignInError(Exception):
    """Error raised when a sign-in request is refused; `number` is its AADSTS number."""

    def __init__(self, number: int, detail: str = "", *, row: Row | None = None) -> None:
        self.row = row or ROWS[number]
        self.number = number
        super().__init__(detail or self.row.text)

    def body(self, now: datetime, correlation_id: str) -> dict[str, Any]:
        """The JSON that Entra would send."""
        trace_id = str(uuid.uuid4())
        stamp = f"{now:%Y-%m-%d %H:%M:%SZ}"
        body: dict[str, Any] = {
            "error": self.row.error,
            "error_description": f"AADSTS{self.number}: {self} Trace ID: {trace_id} "
            f"Correlation ID: {correlation_id} Timestamp: {stamp}",
            "error_codes": [self.number],
            "timestamp": stamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
        if self.row.suberror:
            body["suberror"] = self.row.suberror
        return body
