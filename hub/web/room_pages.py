"""The room board: what everybody with a role may see, live."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from hub import reads
from hub.reads import UnitSeen
from hub.roles import Permission
from hub.room_board import Colour, Shown
from hub.web.rules import Rule
from hub.web.site import Visit

MOST_LIVE = 50
CO2_HIGH_PPM = 1000


@dataclass(frozen=True, slots=True)
class RoomCard:
    """One room on the board. `since_ms` is since when it is like that, or when it was last heard of."""

    unit: str
    title: str
    site: str
    floor: str
    shown: Shown
    since_ms: int | None
    heard: bool
    temperature_c: float | None
    co2_ppm: float | None

    @property
    def stuffy(self) -> bool:
        return self.co2_ppm is not None and self.co2_ppm >= CO2_HIGH_PPM


@dataclass(frozen=True, slots=True)
class Floor:
    """The rooms of one floor of one site."""

    site: str
    floor: str
    rooms: tuple[RoomCard, ...]


def cards(seen: Iterable[UnitSeen], now_ms: int) -> list[RoomCard]:
    """A card for every unit that is not a kiosk and was not revoked."""
    return [_card(one, now_ms) for one in seen if one.role != "kiosk" and not one.revoked]


def _card(one: UnitSeen, now_ms: int) -> RoomCard:
    shown, fresh = one.shown(now_ms), one.fresh(now_ms)
    known = fresh and shown.colour is not Colour.UNKNOWN
    since_ms = one.live.at_ms if known and one.live else one.seen_ms
    temperature, co2 = (one.sample("temperature_c"), one.sample("co2_ppm")) if fresh else (None, None)
    return RoomCard(one.unit, one.title, one.site, one.floor, shown, since_ms, known, temperature, co2)


def floors(found: Sequence[RoomCard]) -> list[Floor]:
    """Cards by site and floor."""
    grouped: dict[tuple[str, str], list[RoomCard]] = {}
    for card in found:
        grouped.setdefault((card.site, card.floor), []).append(card)
    ordered = sorted(grouped, key=lambda where: (where[0], floor_order(where[1])))
    return [Floor(site, floor, tuple(grouped[site, floor])) for site, floor in ordered]


def upwards(site: str, floor: str, title: str) -> tuple[str, tuple[float, str], str]:
    """The key by which lists are sorted: site, floors from below, name."""
    return site, floor_order(floor), title.casefold()


def floor_order(floor: str) -> tuple[float, str]:
    """Floors from below: by their number, the ground floor as 0, a basement as -1; others by name, last."""
    number = re.search(r"-?\d+", floor)
    if number:
        return float(number[0][:6]), floor
    low = floor.casefold()
    known = ((-1.0, ("basement", "kælder", "sótano")), (0.0, ("ground", "lobby", "stue", "baja")))
    return next((order for order, words in known if any(word in low for word in words)), 1e6), floor


def live_units(visit: Visit) -> list[str] | None:
    """Units that an open page asks for again (`?live=a,b`); None: all."""
    asked = visit.query("live", 2000)
    return asked.split(",")[:MOST_LIVE] if asked else None


async def board(visit: Visit) -> Response:
    """GET /."""
    now_ms = visit.site.now_ms()
    found = cards(await visit.site.read(reads.units), now_ms)
    counts = {colour: sum(card.shown.colour is colour for card in found) for colour in Colour}
    wanted = live_units(visit)
    rooms = found if wanted is None else [card for card in found if card.unit in wanted]
    return visit.page("rooms.html", floors=floors(rooms), counts=counts, total=len(found))


RULES = (Rule("GET", "/", Permission.SEE_ROOMS, board),)
