"""From method and path to the function that answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from simulator.api.call import Call
from simulator.api.permissions import Need

Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """`template` is a path below /v1.0 with {names}; `me` is written `users/{user}`."""

    method: str
    template: str
    handler: Handler
    need: Need = Need()  # noqa: RUF009 - frozen


class Router:
    """Finds routes by method and number of segments; fixed segments are compared without regard to case."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes: defaultdict[tuple[str, int], list[tuple[tuple[str, ...], Route]]] = defaultdict(list)
        for route in routes:
            parts = tuple(part if part.startswith("{") else part.lower() for part in route.template.split("/"))
            self._routes[route.method, len(parts)].append((parts, route))
        for found in self._routes.values():
            found.sort(key=lambda pair: sum(part.startswith("{") for part in pair[0]))

    def find(self, method: str, segments: list[str]) -> tuple[Route, dict[str, str]] | None:
        """The route and the variable parts; None if nothing is there."""
        lowered = [segment.lower().removeprefix("microsoft.") for segment in segments]
        for parts, route in self._routes.get((method, len(segments)), ()):
            if all(part.startswith("{") or part == low for part, low in zip(parts, lowered, strict=True)):
                names = zip(parts, segments, strict=True)
                return route, {part[1:-1]: segment for part, segment in names if part.startswith("{")}
        return None
