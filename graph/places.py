"""The rooms of the tenant, as Places knows them. Source: reference/graph.md 2.6 (resource room, places/{id})."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from graph import fields
from graph.client import GraphClient, Request
from graph.errors import NotFound
from graph.model import Place

log = logging.getLogger(__name__)

KIND = "places"
_PAGE_SIZE = "100"
_MAX_TAGS = 50


class Places:
    """Reads rooms. Fetch once a day: Places itself is slow to learn of new rooms (up to 24 h)."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def rooms(self, *, user: bool = False) -> tuple[Place, ...]:
        """Return every room that has an address. Raises GraphError."""
        request = _request("list rooms", "/places/microsoft.graph.room", {"$top": _PAGE_SIZE})
        pages = await self._client.pages(request, user=user)
        found = [fields.record(item, "A room") for item in pages.items]
        addressed = [item for item in found if fields.text(item, "emailAddress")]
        if len(addressed) < len(found):
            log.warning("list rooms: %d without an address were left out", len(found) - len(addressed))
        return tuple(place_of(item) for item in addressed)

    async def room(self, address: str, *, user: bool = False) -> Place | None:
        """Return one room, or None when Places does not know it (yet). Raises GraphError."""
        request = _request("read room", f"/places/{quote(address, safe='@')}", {})
        try:
            reply = await self._client.send(request, user=user)
        except NotFound:
            return None
        source = fields.record(reply.data, "A room")
        is_room = not fields.text(source, "@odata.type").casefold().endswith(("roomlist", "workspace"))
        return place_of(source) if is_room else None


def place_of(source: dict[str, Any]) -> Place:
    """Return the room in `source`. Raises BadAnswer."""
    tags = source.get("tags")
    return Place(
        address=fields.needed_text(source, "emailAddress"),
        name=fields.text(source, "displayName"),
        building=fields.text(source, "building"),
        floor_number=fields.whole_number(source, "floorNumber"),
        floor_label=fields.text(source, "floorLabel"),
        capacity=fields.whole_number(source, "capacity"),
        audio_device=fields.text(source, "audioDeviceName"),
        video_device=fields.text(source, "videoDeviceName"),
        display_device=fields.text(source, "displayDeviceName"),
        wheelchair_accessible=source.get("isWheelChairAccessible") is True,
        tags=tuple(tag for tag in tags[:_MAX_TAGS] if isinstance(tag, str)) if isinstance(tags, list) else (),
        id=fields.text(source, "id"),
    )


def _request(what: str, path: str, params: dict[str, str]) -> Request:
    return Request(what=what, kind=KIND, method="GET", path=path, params=params, repeatable=True)
