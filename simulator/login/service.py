"""The sign-in service of one tenant, apart from HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from simulator.directory import Directory
from simulator.login.aadsts import SignInError
from simulator.login.accounts import Accounts
from simulator.login.codes import AuthCode, Codes, DeviceCode
from simulator.login.tokens import TokenEndpoint, scopes_of
from simulator.office import Behaviour


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """What a browser brings to /authorize."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str
    nonce: str
    challenge: str
    challenge_method: str
    response_type: str
    response_mode: str = "query"


class SignInService:
    """Accounts, codes and tokens; `auto_approve` is the account that approves every sign-in by itself, if any."""

    def __init__(self, directory: Directory, behaviour: Behaviour) -> None:
        self.directory = directory
        self.accounts = Accounts(directory)
        self.codes = Codes()
        self.endpoint = TokenEndpoint(directory, self.accounts, self.codes, behaviour)
        self.auto_approve = ""
        self.interval_s = behaviour.device_code_interval_s

    def start_device_code(self, client_id: str, scope: str, now: datetime) -> DeviceCode:
        """Answer a POST to /devicecode.

        Raises:
            SignInError: unknown app, or one that is not public.
        """
        app = self.accounts.app(client_id)
        if not app.public:
            raise SignInError(7000218)
        code = self.codes.new_device_code(client_id, scopes_of(scope), self.interval_s, now)
        code.account = self.auto_approve
        return code

    def approve(self, code: DeviceCode, account: str) -> None:
        """A person types the code and signs in."""
        code.account = account

    def check_authorize(self, request: AuthorizeRequest) -> None:
        """Whether a browser may ask for that.

        Raises:
            SignInError: unknown app or redirect address, no PKCE with S256, or not the code flow.
        """
        app = self.accounts.app(request.client_id)
        if not any(same_redirect(registered, request.redirect_uri) for registered in app.redirect_uris):
            raise SignInError(50011)
        if request.response_type != "code" or request.challenge_method != "S256" or not request.challenge:
            raise SignInError(9002313, "Use response_type=code with a PKCE code_challenge of method S256.")
        if request.response_mode not in {"", "query", "form_post"}:
            raise SignInError(9002313, "The response_mode is query or form_post.")
        scopes_of(request.scope)

    def authorize(self, request: AuthorizeRequest, account: str, now: datetime) -> str:
        """Sign in in the browser; returns the code.

        Raises:
            SignInError: the account may not.
        """
        self.accounts.check(account, request.client_id, "authorization_code", "authorize")
        scopes = scopes_of(request.scope)
        return self.codes.new_auth_code(
            AuthCode(request.client_id, account, scopes, request.redirect_uri, request.challenge, request.nonce, now)
        )


def same_redirect(registered: str, asked: str) -> bool:
    """Whether a redirect address is a registered one; the port of http://localhost does not count (RFC 8252)."""
    if registered == asked:
        return True
    loopback = registered.rstrip("/")
    if loopback != "http://localhost":
        return False
    rest = asked.removeprefix(f"{loopback}:")
    return rest != asked and rest.rstrip("/").isdigit()
