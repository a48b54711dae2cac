"""What each answer of the sign-in service means for the panel: reference/graph.md 1.6 as one table.

Looked up by AADSTS number first where it is known, then by OAuth error; unknown is "sign-in-needed". Microsoft warns
that numbers change: a number only refines what the OAuth error says, it never makes a failure a success.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from common.i18n import N_


class Severity(StrEnum):
    """How bad it is."""

    OK = "ok"
    WAIT = "wait"
    """Goes away by itself."""
    PERSON = "person"
    """Somebody has to sign in."""
    ADMIN = "admin"
    """Somebody has to change something in the tenant or on the unit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row. `retry_after_s` is how long not to try silently again; `growing` doubles it at each failure.

    `params` fills the braces in the texts after translation: ``_(outcome.screen_text).format(**outcome.params)``.
    They may hold account names: for screen and terminal, never for a log.
    """

    key: str
    severity: Severity
    screen_text: str
    admin_text: str
    retry_after_s: float
    growing: bool = False
    aadsts: str = ""
    correlation_id: str = ""
    names: tuple[tuple[str, str], ...] = ()

    @property
    def params(self) -> dict[str, str]:
        """What goes into the braces of the texts."""
        return {"aadsts": self.aadsts or "-", "correlation_id": self.correlation_id or "-", **dict(self.names)}


_MINUTE = 60.0
_HOUR = 3600.0
_ALL = (
    Outcome(
        "signed-in",
        Severity.OK,
        N_("Signed in"),
        N_("Signed in."),
        0,
    ),
    Outcome(
        "declined",
        Severity.PERSON,
        N_("Sign-in was declined"),
        N_("The person at the browser refused. Ask for a new code."),
        0,
    ),
    Outcome(
        "code-expired",
        Severity.PERSON,
        N_("The code is too old. Tap for a new one."),
        N_("The device code lived its 15 minutes. Ask for a new one."),
        0,
    ),
    Outcome(
        "bad-code",
        Severity.PERSON,
        N_("That code did not work. Tap for a new one."),
        N_("The sign-in service does not know the device code or authorization code. Ask for a new one."),
        0,
    ),
    Outcome(
        "sign-in-needed",
        Severity.PERSON,
        N_("Sign-in needed"),
        N_("Sign in again, at the panel or with mydesk-graph sign-in. (AADSTS{aadsts}, {correlation_id})"),
        5 * _MINUTE,
    ),
    Outcome(
        "signed-out",
        Severity.PERSON,
        N_("Sign-in needed"),
        N_("Nobody is signed in. Sign in at the panel or with mydesk-graph sign-in."),
        0,
    ),
    Outcome(
        "expired",
        Severity.PERSON,
        N_("Sign-in needed"),
        N_(
            "The sign-in was revoked, its password was changed, or the unit was off for 90 days (AADSTS{aadsts}). "
            "Sign in again."
        ),
        15 * _MINUTE,
    ),
    Outcome(
        "policy-wants-person",
        Severity.PERSON,
        N_("Sign-in needed"),
        N_(
            "A policy wants a person (AADSTS{aadsts}): exclude the device account from MFA and from sign-in frequency, "
            "then sign in again. Correlation id {correlation_id}."
        ),
        15 * _MINUTE,
    ),
    Outcome(
        "policy-blocked",
        Severity.ADMIN,
        N_("Blocked by your organisation's policy ({correlation_id})"),
        N_(
            "Conditional Access blocks this device or this kind of sign-in (AADSTS{aadsts}). Exclude the device "
            'account from the rule within the office, or use sign_in = "auth-code". Correlation id {correlation_id}.'
        ),
        _HOUR,
    ),
    Outcome(
        "account-problem",
        Severity.ADMIN,
        N_("The screen's account cannot sign in"),
        N_(
            "The account is disabled, locked, unknown or its password has expired (AADSTS{aadsts}). Mend it in Entra, "
            "then sign in again."
        ),
        15 * _MINUTE,
    ),
    Outcome(
        "no-consent",
        Severity.ADMIN,
        N_("The app lacks a permission"),
        N_("Grant admin consent for: {scopes}. (AADSTS{aadsts}, {correlation_id})"),
        5 * _MINUTE,
    ),
    Outcome(
        "public-client-off",
        Severity.ADMIN,
        N_("The app registration is not set up"),
        N_('Turn on "Allow public client flows" in the app registration. (AADSTS{aadsts})'),
        5 * _MINUTE,
    ),
    Outcome(
        "wrong-app",
        Severity.ADMIN,
        N_("The app registration is not set up"),
        N_("The tenant does not know the app, or has it disabled: check tenant_id and client_id. (AADSTS{aadsts})"),
        5 * _MINUTE,
    ),
    Outcome(
        "wrong-tenant",
        Severity.ADMIN,
        N_("The app registration is not set up"),
        N_("There is no such tenant: check tenant_id and authority_url."),
        5 * _MINUTE,
    ),
    Outcome(
        "redirect-not-registered",
        Severity.ADMIN,
        N_("The app registration is not set up"),
        N_('Register http://localhost as a "mobile and desktop" redirect of the app. (AADSTS{aadsts})'),
        5 * _MINUTE,
    ),
    Outcome(
        "certificate",
        Severity.ADMIN,
        N_("The unit's certificate is refused"),
        N_(
            "Upload the unit's certificate to the app registration, and check that it has not expired. (AADSTS{aadsts})"
        ),
        15 * _MINUTE,
    ),
    Outcome(
        "certificate-file",
        Severity.ADMIN,
        N_("The unit's certificate cannot be used"),
        N_(
            "certificate_file and private_key_file must be a PEM certificate and its RSA key, readable for the service."
        ),
        _MINUTE,
    ),
    Outcome(
        "clock",
        Severity.ADMIN,
        N_("The unit's clock is wrong"),
        N_("The sign-in service refuses the time in our request: check time synchronisation. (AADSTS{aadsts})"),
        _MINUTE,
    ),
    Outcome(
        "service",
        Severity.WAIT,
        N_("Microsoft's sign-in is not available"),
        N_("The sign-in service has a fault or asks us to wait (AADSTS{aadsts}); we try again by ourselves."),
        30,
        growing=True,
    ),
    Outcome(
        "loop",
        Severity.WAIT,
        N_("Microsoft's sign-in asks us to wait"),
        N_("The sign-in service saw too many requests (AADSTS{aadsts}); we wait 15 minutes."),
        15 * _MINUTE,
    ),
    Outcome(
        "wrong-account",
        Severity.PERSON,
        N_("{signed_in} signed in, but this screen needs {expected}"),
        N_("{signed_in} signed in, but the configuration names {expected}: that sign-in was thrown away."),
        0,
    ),
    Outcome(
        "token-rejected",
        Severity.ADMIN,
        N_("Sign-in needed"),
        N_("Graph refuses a fresh token: check the unit's clock, then sign in again."),
        0,
    ),
    Outcome(
        "reply-mismatch",
        Severity.PERSON,
        N_("The sign-in did not start here. Try again."),
        N_("The browser's answer does not belong to the sign-in we began (state or nonce differs). Begin again."),
        0,
    ),
)
OUTCOMES: Mapping[str, Outcome] = {outcome.key: outcome for outcome in _ALL}

_BY_NUMBER = {
    number: key
    for key, numbers in {
        "declined": (70020,),
        "code-expired": (70019,),
        "bad-code": (70018, 54005),
        "expired": (50173, 700082, 70008, 50089, 50132, 50133, 700084),
        "policy-wants-person": (50076, 50079, 50074, 50072, 50078, 70043, 50158),
        "policy-blocked": (53003, 530032, 530033, 53000, 53001, 50131, 530035, 53004),
        "account-problem": (50055, 50057, 50053, 50034, 50126),
        "no-consent": (65001, 65004, 90094, 650057),
        "public-client-off": (7000218,),
        "wrong-app": (700016, 70001, 7000112, 650056, 500011),
        "wrong-tenant": (90002, 900023),
        "redirect-not-registered": (50011, 500117),
        "certificate": (700027, 7000222, 7000215, 700030),
        "clock": (500133, 700024, 700021, 700022),
        "service": (90033, 90055, 50033, 90025, 50001),
        "loop": (50196,),
    }.items()
    for number in numbers
}
_BY_ERROR = {
    "authorization_declined": "declined",
    "access_denied": "declined",
    "expired_token": "code-expired",
    "bad_verification_code": "bad-code",
    "invalid_grant": "expired",
    "interaction_required": "policy-wants-person",
    "consent_required": "no-consent",
    "unauthorized_client": "wrong-app",
    "temporarily_unavailable": "service",
    "server_error": "service",
}
_BY_SUBERROR = {
    "message_only": "policy-blocked",
    "basic_action": "policy-wants-person",
    "additional_action": "policy-wants-person",
    "consent_required": "no-consent",
    "user_password_expired": "account-problem",
}


def outcome_of(answer: Mapping[str, Any], *, scopes: str = "-") -> Outcome:
    """Return the row for an error answer of the token or device-code endpoint, with its number and correlation id.

    `scopes` is what was asked for, for the row that names them.
    """
    error, suberror = answer.get("error"), answer.get("suberror")
    numbers = _numbers(answer.get("error_codes"))
    key = next((_BY_NUMBER[number] for number in numbers if number in _BY_NUMBER), "")
    if not key and isinstance(suberror, str):
        key = _BY_SUBERROR.get(suberror, "")
    if not key and isinstance(error, str):
        key = _BY_ERROR.get(error, "")
    correlation_id = answer.get("correlation_id")
    return replace(
        OUTCOMES[key or "sign-in-needed"],
        aadsts=str(numbers[0]) if numbers else "",
        correlation_id=correlation_id[:64] if isinstance(correlation_id, str) else "",
        names=(("scopes", scopes),),
    )


def outcome(key: str, **names: str) -> Outcome:
    """Return the row `key` with `names` for its texts."""
    return replace(OUTCOMES[key], names=tuple(names.items()))


def _numbers(raw: object) -> tuple[int, ...]:
    if not isinstance(raw, Iterable) or isinstance(raw, str):
        return ()
    return tuple(number for number in raw if isinstance(number, int))
