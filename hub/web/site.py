"""What every page works with: the hub's parts, the templates, the limits; and one visit of somebody to a page."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import jinja2
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.parts import HubParts
from hub.roles import Permission
from hub.web import audit, wording
from hub.web.attempts import Buckets
from hub.web.entra import EntraSignIn
from hub.web.local_sign_in import LocalSignIn
from hub.web.navigation import entries
from hub.web.sessions import Session

T = TypeVar("T")
FOLDER = Path(__file__).parent
REQUESTS_PER_S, REQUESTS_AT_ONCE = 100.0, 600.0
"""Of one address, behind which a whole office may be."""
ANSWERS_PER_S, ANSWERS_AT_ONCE = 0.5, 20.0
"""To one unit; of one address half of it."""
MOST_FIELDS = 40


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one hub. `open_events` counts the event streams by session."""

    parts: HubParts
    templates: jinja2.Environment
    local: LocalSignIn
    entra: EntraSignIn
    buckets: Buckets = field(default_factory=lambda: Buckets(REQUESTS_PER_S, REQUESTS_AT_ONCE))
    answers_by_address: Buckets = field(default_factory=lambda: Buckets(ANSWERS_PER_S / 3, ANSWERS_AT_ONCE / 2))
    answers_by_unit: Buckets = field(default_factory=lambda: Buckets(ANSWERS_PER_S, ANSWERS_AT_ONCE))
    """hub.web.answer_pages, where nobody is signed in"""
    open_events: dict[str, int] = field(default_factory=dict)
    flows: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    form_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @classmethod
    def of(cls, parts: HubParts) -> Site:
        """The site of these parts."""
        config = parts.config
        return cls(
            parts,
            _templates(),
            LocalSignIn(config.local_admin, parts.clock),
            EntraSignIn(config.sign_in, config.web.base_url),
        )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.parts.config.site.time_zone)

    @property
    def life_ms(self) -> int:
        """How long a sign-in lasts."""
        return self.parts.config.web.session_hours * 3_600_000

    @property
    def origin(self) -> str:
        """Scheme, host and port of `[web] base_url`, in lower case."""
        split = urlsplit(self.parts.config.web.base_url)
        return f"{split.scheme}://{split.netloc}".lower()

    def local_time(self) -> wording.LocalTime:
        """Now, in the zone of the reports."""
        return wording.LocalTime(self.zone, self.parts.clock.now().astimezone(UTC))

    def now_ms(self) -> int:
        return round(self.parts.clock.now().timestamp() * 1000)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query in a worker thread."""

        def work() -> T:
            with self.parts.store.reading() as connection:
                return query(connection)

        return await run_in_threadpool(work)

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run a change in a transaction of its own, in a worker thread."""

        def work() -> T:
            with self.parts.store.begin() as connection:
                return change(connection)

        return await run_in_threadpool(work)

    def page(
        self, template: str, values: Mapping[str, Any], *, session: Session | None = None, status: int = 200
    ) -> Response:
        """Render a page. Pages are never kept by caches: they show who may see what."""
        local = self.local_time()
        common = {
            "site_name": self.parts.config.site.name,
            "session": session,
            "csrf": session.csrf if session else "",
            "nav": entries(session.permissions, visits=self.parts.visits is not None) if session else (),
            "may": session.permissions if session else frozenset(),
            "P": Permission,
            "t": local,
            "percent": wording.percent,
            "clock_kept": self.parts.clock_kept,
        }
        text = self.templates.get_template(template).render({**common, **values})
        return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at a page or at the API; the session was found and the permission checked."""

    site: Site
    request: Request
    session: Session

    @property
    def parts(self) -> HubParts:
        return self.site.parts

    def page(self, template: str, /, status: int = 200, **values: Any) -> Response:
        """Render a page for this session."""
        shown = {"path": self.request.url.path, **values}
        return self.site.page(template, shown, session=self.session, status=status)

    def query(self, key: str, longest: int = 100) -> str:
        """A parameter of the address, cut to `longest`."""
        return self.request.query_params.get(key, "")[:longest]

    async def form(self) -> FormData:
        """The posted form, once its CSRF token was checked. Raises HTTPException 400 or 403."""
        form = await read_form(self.request)
        given = form.get("csrf")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), self.session.csrf.encode()):
            raise HTTPException(403, "This form is too old, or was sent by another page. Open the page again.")
        return form

    async def note(self, action: str, target: str = "", detail: str = "") -> None:
        """Write the audit."""
        now_ms, who = self.site.now_ms(), self.session.name
        await self.site.write(lambda c: audit.note(c, now_ms, who, action, target, detail))


async def read_form(request: Request) -> FormData:
    """A form of texts. Raises HTTPException 400 or 415."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise HTTPException(415, "Forms are sent as application/x-www-form-urlencoded.")
    return await request.form(max_files=0, max_fields=MOST_FIELDS)


def text_of(form: FormData, key: str, longest: int = 200) -> str:
    """A text of a form, cut to `longest`."""
    value = form.get(key)
    return value.strip()[:longest] if isinstance(value, str) else ""


def see_other(path: str) -> Response:
    """Go there after a POST."""
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})


def own_path(path: str) -> str:
    """`path` if it is a page of this site, else "/": nobody is sent elsewhere."""
    # Browsers drop tabs and line ends, and take a backslash for a slash: "/\t/evil.example" would be an address.
    plain = path.isascii() and path.isprintable() and "\\" not in path and len(path) <= 500
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"


def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
