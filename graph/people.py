"""Finds people in the directory by a few letters, on the server; lists the members of one group; fetches a picture.

The directory itself is never downloaded. Source: reference/graph.md 1.3, 6 (GET /users with $search, ConsistencyLevel:
eventual; User.ReadBasic.All, which has no department and no language: those need User.Read.All); Graph v1.0
profilePhoto (ProfilePhoto.Read.All).
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from graph import fields
from graph.client import GraphClient, Request
from graph.errors import BadAnswer
from graph.model import Person

KIND = "people"
MAX_WORDS = 5
MAX_WORD_LENGTH = 64
MAX_LIMIT = 25
MAX_MEMBERS = 10_000
PAGE = 999
PHOTO_KIND = "photos"
MAX_PHOTO_BYTES = 200_000
_PHOTOS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
"""What is taken, and how it begins."""
_SELECT = "id,displayName,mail,userPrincipalName,department"


class People:
    """The tenant's directory."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def search(self, words: str, limit: int = 5, group: str = "", *, user: bool = False) -> tuple[Person, ...]:
        """Return at most `limit` (1-25) people whose names hold every one of `words`, best first.

        `group` (an id) restricts it to that group's members. No words: nobody, and nothing is asked.
        Raises GraphError.
        """
        terms = _terms(words)
        if not terms:
            return ()
        limit = min(max(limit, 1), MAX_LIMIT)
        members = f"/groups/{quote(group, safe='')}/members/microsoft.graph.user"
        request = Request(
            what="people search",
            kind=KIND,
            method="GET",
            path=members if group else "/users",
            params={
                "$search": " AND ".join(f'"displayName:{term}"' for term in terms),
                "$select": _SELECT,
                "$top": str(limit),
                "$count": "true",
            },
            headers={"ConsistencyLevel": "eventual"},
            repeatable=True,
            about="group",
        )
        reply = await self._client.send(request, user=user)
        found = [_person_of(source) for source in fields.values(reply.data, "The people")]
        return tuple(person for person in found if person.address)[:limit]

    async def members(self, group: str, *, user: bool = False) -> tuple[Person, ...]:
        """Return the people in a group and in the groups in it, in Graph's order, with an address and not disabled.

        Raises GraphError; BadAnswer when there are more than 10,000, rather than return a part.
        """
        request = Request(
            what="group members",
            kind=KIND,
            method="GET",
            path=f"/groups/{quote(group, safe='')}/transitiveMembers/microsoft.graph.user",
            params={"$select": f"{_SELECT},preferredLanguage,accountEnabled", "$top": str(PAGE), "$count": "true"},
            headers={"ConsistencyLevel": "eventual"},
            repeatable=True,
            about="group",
        )
        pages = await self._client.pages(request, user=user, most_items=MAX_MEMBERS)
        members = [fields.record(source, "A member") for source in pages.items]
        found = [_person_of(source) for source in members if source.get("accountEnabled") is not False]
        return tuple(person for person in found if person.address)

    async def photo(self, person: str, side_px: Literal[48, 96] = 96, *, user: bool = False) -> bytes:
        """Return the picture of somebody (a directory id), as a JPEG or PNG of at most 200 kB, not looked into.

        Raises GraphError: NotFound without a picture or a mailbox, AccessDenied without a licence or the scope,
        BadAnswer for what is too large or no such picture.
        """
        request = Request(
            what="photo",
            kind=PHOTO_KIND,
            method="GET",
            path=f"/users/{quote(person, safe='')}/photos/{side_px}x{side_px}/$value",
            repeatable=True,
            about="photo",
            media=tuple(_PHOTOS),
            most_bytes=MAX_PHOTO_BYTES,
        )
        reply = await self._client.send(request, user=user)
        picture: bytes = reply.data or b""
        if not picture.startswith(tuple(_PHOTOS.values())):
            raise BadAnswer("photo: the answer is neither a JPEG nor a PNG.")
        return picture


def _terms(words: str) -> list[str]:
    """Return the words, without what would end a quoted search term."""
    cleaned = words.replace('"', " ").replace("\\", " ")
    return [word[:MAX_WORD_LENGTH] for word in cleaned.split()[:MAX_WORDS]]


def _person_of(source: dict[str, Any]) -> Person:
    return Person(
        id=fields.needed_text(source, "id"),
        name=fields.text(source, "displayName"),
        address=fields.text(source, "mail") or fields.text(source, "userPrincipalName"),
        department=fields.text(source, "department"),
        language=fields.text(source, "preferredLanguage"),
    )
