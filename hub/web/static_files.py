"""Styles, scripts, icons and fonts: few files, named one by one, read once, kept by browsers under a version."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.web.rules import Rule
from hub.web.site import FOLDER, Site

STATIC = FOLDER / "static"
FONTS = FOLDER.parents[1] / "ui" / "fonts"
"""The screens' own font, read as data where it is installed; without it the system's is used."""

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
         ".otf": "font/otf"}  # fmt: skip
NAMES = ("hub.css", "hub.js", "theme.js", "favicon.svg")
FONT_NAMES = ("Inter-Regular.otf", "Inter-SemiBold.otf", "Inter-Bold.otf")


@dataclass(frozen=True, slots=True)
class File:
    """One file, and its hash as ETag."""

    body: bytes
    media_type: str
    etag: str


def files() -> dict[str, File]:
    """Read all of them."""
    paths = [STATIC / name for name in NAMES] + [FONTS / name for name in FONT_NAMES]
    return {path.name: _file(path) for path in paths if path.is_file()}


def _file(path: Path) -> File:
    body = path.read_bytes()
    return File(body, TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:16]}"')


def rule(known: dict[str, File]) -> Rule:
    """GET /static/{name}."""

    async def static(site: Site, request: Request) -> Response:
        found = known.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "There is no such file.")
        headers = {"ETag": found.etag, "Cache-Control": "public, max-age=3600"}
        if request.headers.get("if-none-match") == found.etag:
            return Response(status_code=304, headers=headers)
        return Response(found.body, media_type=found.media_type, headers=headers)

    return Rule("GET", "/static/{name}", None, static)
