"""What is wrong with the sign-in, the permissions, the clock and the certificate: pure, one function a check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from common.clock import AGREEMENT_S
from graph import mending
from graph.consent import SIGN_IN_SCOPES
from graph.doctor_facts import Facts, Refusal
from graph.errors import AccessDenied, NotFound, SignInNeeded, Unreachable
from graph.findings import Finding, Level, good
from graph.outcomes import OUTCOMES

_HARMLESS = frozenset({*SIGN_IN_SCOPES, "email", "User.Read"})
_MAILBOX_ROLES = ("Calendars.", "Mail.", "MailboxSettings.", "Contacts.", "full_access_as_app")
_EXPIRY_DAYS = ((1, Level.ERROR), (7, Level.WARNING), (30, Level.WARNING))


def sign_in(facts: Facts) -> Iterator[Finding]:
    """Whether there is a token at all."""
    error = facts.sign_in.error
    if error is None:
        yield good("sign-in", "Signed in.", facts.asked.account)
        return
    if isinstance(error, SignInNeeded):
        yield _sign_in_needed(facts, error)
        return
    yield Finding(
        check="network" if isinstance(error, Unreachable) else "sign-in",
        level=Level.ERROR,
        what=error.message,
        why=f"Without Microsoft 365 the display has no calendar; nothing else could be checked. {error.hint}".rstrip(),
    )


def _sign_in_needed(facts: Facts, error: SignInNeeded) -> Finding:
    row = OUTCOMES[error.outcome]
    texts = {"aadsts": error.code or "-", "correlation_id": error.request_id or "-", "signed_in": "Another account"}
    texts |= {"scopes": ", ".join(sorted(facts.asked.scopes)), "expected": facts.asked.account or "-"}
    by_consent = error.outcome == "no-consent"
    return Finding(
        check="consent" if by_consent else "sign-in",
        level=Level.ERROR,
        what=row.admin_text.format_map(texts),
        why="Without a sign-in the display has no calendar. Nothing else could be checked.",
        about=facts.asked.account,
        mend=(mending.open_page(facts.asked.consent_link),) if by_consent else ("mydesk-graph sign-in --config FILE",),
        console="entra" if by_consent else "unit",
    )


def scopes(facts: Facts) -> Iterator[Finding]:
    """Whether the token carries the scopes in use, and no others."""
    claims, asked = facts.sign_in.claims, facts.asked
    if facts.sign_in.error is not None or asked.shape == "app-only":
        return
    if claims is None:
        yield Finding(check="consent", level=Level.UNKNOWN, what="The token does not tell its scopes.")
        return
    missing, spare = asked.scopes - claims.scopes, claims.scopes - asked.scopes - _HARMLESS
    if missing:
        yield Finding(
            check="consent",
            level=Level.ERROR,
            what=f"Not consented: {', '.join(sorted(missing))}.",
            why="What needs these permissions does not work on the display.",
            mend=(mending.open_page(asked.consent_link),),
            console="entra",
        )
    else:
        yield good("consent", f"Consented: {', '.join(sorted(asked.scopes))}.")
    if spare:
        yield Finding(
            check="scopes",
            level=Level.WARNING,
            what=f"More than is used: {', '.join(sorted(spare))}.",
            why="Who takes the panel from the wall takes these rights with it. Use one app registration per role.",
        )


def app_roles(facts: Facts) -> Iterator[Finding]:
    """Whether an app-only token reaches every mailbox of the organisation (reference/graph.md 4)."""
    claims, asked = facts.sign_in.claims, facts.asked
    if facts.sign_in.error is not None or asked.shape != "app-only":
        return
    if claims is None:
        yield Finding(check="org-wide", level=Level.UNKNOWN, what="The token does not tell its roles.")
        return
    wide = sorted(role for role in claims.roles if role.startswith(_MAILBOX_ROLES))
    if not wide:
        yield good("org-wide", "No mailbox permission of the app is organisation-wide in Entra.")
        return
    bounded = facts.outside is not None and facts.outside.refusal is Refusal.ACCESS_POLICY
    yield Finding(
        check="org-wide",
        level=Level.WARNING if bounded else Level.ERROR,
        what=f"Granted organisation-wide in Entra: {', '.join(wide)}"
        + (", bounded by an older Application Access Policy." if bounded else "."),
        why="RBAC for Applications adds to Entra's grants and does not bound them: with this grant the app reads "
        "every mailbox" + (" that the policy does not refuse." if bounded else "."),
        mend=mending.take_app_roles(asked.client_id, wide),
        console="entra",
        slow=True,
    )


def outside(facts: Facts) -> Iterator[Finding]:
    """Whether the mailbox that must be refused is refused."""
    seen, asked = facts.outside, facts.asked
    if seen is None:
        if facts.sign_in.error is None:
            yield Finding(
                check="out-of-scope",
                level=Level.UNKNOWN,
                what="No mailbox was named that must be refused.",
                why="Only a refusal proves where the rights end: name a mailbox with --out-of-scope ADDRESS.",
            )
        return
    if isinstance(seen.error, AccessDenied):
        policy = seen.refusal is Refusal.ACCESS_POLICY
        words = "the older Application Access Policy" if policy else "missing rights, as it should be"
        yield good("out-of-scope", f"Refused by {words}.", seen.address)
        if policy:
            yield _old_policy(asked.client_id)
    elif seen.error is None:
        yield _readable(facts, seen.address)
    else:
        why = "The address has no mailbox." if isinstance(seen.error, NotFound) else "Try again later."
        yield Finding(
            check="out-of-scope",
            level=Level.UNKNOWN,
            what=f"Cannot tell: {seen.error.message}",
            why=why,
            about=seen.address,
        )


def _old_policy(client_id: str) -> Finding:
    return Finding(
        check="old-policy",
        level=Level.WARNING,
        what="An older Application Access Policy bounds this app.",
        why="It works; Microsoft asks for RBAC for Applications in its place. Change over with mydesk-graph "
        "setup-script, and take the organisation-wide grant in Entra away in the same hour.",
        mend=mending.policy_groups(client_id),
        console="exchange",
        slow=True,
    )


def _readable(facts: Facts, address: str) -> Finding:
    asked = facts.asked
    app_only = asked.shape == "app-only"
    lines = (mending.shown_roles(asked.client_id),) if app_only else mending.take_folder_right(address, asked.account)
    return Finding(
        check="out-of-scope",
        level=Level.ERROR,
        what="A mailbox that must be refused can be read.",
        why="Who takes the panel from the wall reads this calendar.",
        about=address,
        mend=lines if asked.account or app_only else (),
        console="exchange",
        slow=app_only,
    )


def clock(facts: Facts) -> Iterator[Finding]:
    """Whether this machine's clock agrees with Graph's Date header."""
    off_s = facts.clock_off_s
    if off_s is None:
        if facts.sign_in.error is None:
            yield Finding(check="clock", level=Level.UNKNOWN, what="Graph did not tell the time quickly enough.")
    elif abs(off_s) > AGREEMENT_S:
        yield Finding(
            check="clock",
            level=Level.ERROR,
            what=f"The clock is {abs(off_s):.0f} s {'ahead of' if off_s > 0 else 'behind'} Microsoft's.",
            why="A room would turn free at the wrong minute: the display shows no state until the clock agrees.",
            mend=("timedatectl timesync-status", "sudo systemctl restart systemd-timesyncd"),
            console="unit",
        )
    else:
        yield good("clock", f"The clock agrees with Microsoft's within {AGREEMENT_S:.0f} s.")


def certificate(facts: Facts, now: datetime) -> Iterator[Finding]:
    """When the app's certificate expires: 30, 7 and 1 day before are told."""
    if facts.certificate_error is not None:
        error = facts.certificate_error
        yield Finding(check="certificate", level=Level.ERROR, what=f"{error.message} {error.hint}", why=_NO_SIGN_IN)
    if facts.certificate_expires is None:
        return
    left = facts.certificate_expires - now
    day = f"{facts.certificate_expires:%Y-%m-%d}"
    if left <= timedelta(0):
        yield _expiry(Level.ERROR, f"The certificate expired on {day}.")
        return
    for days, level in _EXPIRY_DAYS:
        if left <= timedelta(days=days):
            yield _expiry(level, f"The certificate expires on {day}, in less than {days} day{'s' if days > 1 else ''}.")
            return
    yield good("certificate", f"The certificate is good until {day}.")


_NO_SIGN_IN = "Without a certificate that Entra knows there is no sign-in and no calendar."


def _expiry(level: Level, what: str) -> Finding:
    return Finding(
        check="certificate",
        level=level,
        what=what,
        why=f"{_NO_SIGN_IN} Make a new one, and upload it with mydesk-graph setup-script --certificate NEW.pem.",
    )
