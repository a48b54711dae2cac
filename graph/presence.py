"""Whether people are there, folded to what a lobby needs. Source: reference/graph.md 1.3 (getPresencesByUserId)."""

from __future__ import annotations

from collections.abc import Sequence

from graph import fields
from graph.client import GraphClient, Request
from graph.model import Availability

KIND = "presence"
GROUP_SIZE = 650
_FOLDED = {
    "available": Availability.AVAILABLE,
    "availableidle": Availability.AVAILABLE,
    "busy": Availability.BUSY,
    "busyidle": Availability.BUSY,
    "donotdisturb": Availability.BUSY,
    "away": Availability.AWAY,
    "berightback": Availability.AWAY,
    "offline": Availability.AWAY,
}


class PresenceReader:
    """Teams presence. Ask only for who is being called, and store nothing."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def of(self, ids: Sequence[str], *, user: bool = False) -> dict[str, Availability]:
        """Return the availability of each id; UNKNOWN for whom Graph is silent about. Raises GraphError."""
        found = dict.fromkeys(ids, Availability.UNKNOWN)
        wanted = list(found)
        for first in range(0, len(wanted), GROUP_SIZE):
            group = wanted[first : first + GROUP_SIZE]
            request = Request(
                what="presence",
                kind=KIND,
                method="POST",
                path="/communications/getPresencesByUserId",
                body={"ids": group},
                repeatable=True,
            )
            reply = await self._client.send(request, user=user)
            told = _availabilities(reply.data)
            found.update({user_id: told[user_id] for user_id in group if user_id in told})
        return found


def _availabilities(data: object) -> dict[str, Availability]:
    return {
        fields.needed_text(person, "id"): _FOLDED.get(
            fields.text(person, "availability").casefold(), Availability.UNKNOWN
        )
        for person in fields.values(data, "The presences")
    }
