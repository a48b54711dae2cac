"""What the tenant currently thinks of its accounts and apps: enabled, revoked, consented; and faults at sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import count

from simulator.directory import Directory
from simulator.login.aadsts import ROWS, Row, SignInError
from simulator.office import AppRegistration

FAULT_LIMIT = 1000


@dataclass(slots=True)
class SignInFault:
    """Refuse matching sign-ins. `method` is how the session began: a device code, an authorization code, or none.

    `grant` is the request itself: device_code, authorization_code, refresh_token, client_credentials.
    """

    id: int
    number: int
    error: str = ""
    suberror: str = ""
    account: str = ""
    client_id: str = ""
    method: str = ""
    grant: str = ""
    remaining: int | None = None

    def matches(self, account: str, client_id: str, method: str, grant: str) -> bool:
        """Whether that sign-in is refused."""
        wanted = (self.account, self.client_id, self.method, self.grant)
        given = (account, client_id, method, grant)
        return all(not want or want == have for want, have in zip(wanted, given, strict=True))

    def raised(self) -> SignInError:
        """The refusal."""
        known = ROWS.get(self.number) or Row(400, "invalid_grant", "", "An injected fault.")
        row = Row(known.status, self.error or known.error, self.suberror or known.suberror, known.text)
        return SignInError(self.number, row=row)


class Accounts:
    """State of accounts and consent, starting from the office file."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.disabled = {person.address for person in directory.people.values() if not person.enabled}
        self.revoked_at: dict[str, datetime] = {}
        self.questioned_at: dict[str, datetime] = {}
        self.consented = {app.client_id: set(app.delegated) for app in directory.apps.values()}
        self.certificates = {app.client_id: list(app.certificates) for app in directory.apps.values()}
        self.faults: list[SignInFault] = []
        self._numbers = count(1)

    def app(self, client_id: str) -> AppRegistration:
        """A registered app.

        Raises:
            SignInError: 700016, there is none.
        """
        app = self.directory.apps.get(client_id)
        if app is None:
            raise SignInError(700016, f"Application with identifier '{client_id}' was not found in the directory.")
        return app

    def add_fault(self, number: int, **match: str | int | None) -> SignInFault:
        """Refuse matching sign-ins from now on.

        Raises:
            OverflowError: a thousand faults are set already.
        """
        if len(self.faults) >= FAULT_LIMIT:
            raise OverflowError("too many sign-in faults; clear some first")
        fault = SignInFault(next(self._numbers), number, **match)  # type: ignore[arg-type]
        self.faults.append(fault)
        return fault

    def revoke(self, account: str, now: datetime) -> None:
        """Revoke all sessions: refresh tokens die, CAE tokens are questioned at once."""
        self.revoked_at[account] = now
        self.questioned_at[account] = now

    def check(self, account: str, client_id: str, method: str, grant: str) -> None:
        """Go through everything that may stand against a sign-in.

        Raises:
            SignInError: something does.
        """
        for fault in list(self.faults):
            if fault.matches(account, client_id, method, grant):
                self._use_up(fault)
                raise fault.raised()
        if account in self.disabled:
            raise SignInError(50057)
        if account and self.directory.account(account) is None:
            raise SignInError(50034)

    def _use_up(self, fault: SignInFault) -> None:
        if fault.remaining is None:
            return
        fault.remaining -= 1
        if fault.remaining <= 0:
            self.faults.remove(fault)

    def granted_scopes(self, client_id: str, asked: set[str]) -> frozenset[str]:
        """The delegated scopes that a token gets: everything consented, as Entra does it.

        Raises:
            SignInError: 65001, one that was asked for is not consented.
        """
        consented = self.consented.get(client_id, set())
        missing = sorted(asked - consented - {".default"})
        if missing:
            raise SignInError(
                65001, f"The user or administrator has not consented to use the application: {', '.join(missing)}."
            )
        return frozenset(consented)
