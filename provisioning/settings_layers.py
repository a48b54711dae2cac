"""Settings in layers, and references to secrets among them. Pure.

>>> merged({"booking": {"later": True, "snap_min": 5}}, {"booking": {"later": False}})
{'booking': {'later': False, 'snap_min': 5}}
>>> [key for key, _ in references({"admin": {"pin_hash": {"env": "PIN"}}})]
['admin.pin_hash']
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

KINDS: Final = frozenset({"file", "env", "command"})


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is: `kind` is file, env or command; `place` its argument; `fault` says why it is none."""

    kind: str
    place: tuple[str, ...]
    fault: str = ""


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """`layers` over one another: tables are merged, anything else of a later layer replaces."""
    made: dict[str, Any] = {}
    for layer in layers:
        _lay(made, layer)
    return made


def _lay(under: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        below = under.get(key)
        if isinstance(value, dict) and not _is_reference(value) and isinstance(below, dict):
            _lay(below, value)
        else:
            under[key] = copy.deepcopy(value)


def references(settings: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Reference]]:
    """All references in `settings` with their dotted keys."""
    for key, value in settings.items():
        name = f"{path}{key}"
        if _is_reference(value):
            yield name, _reference(value)
        elif isinstance(value, dict):
            yield from references(value, f"{name}.")


def replaced(settings: Mapping[str, Any], secret: Callable[[str, Reference], str | None]) -> dict[str, Any]:
    """`settings` with what `secret(dotted key, reference)` returns in place of each; None leaves the key out."""
    return _replaced(settings, secret, "")


def _replaced(settings: Mapping[str, Any], secret: Callable[[str, Reference], str | None], path: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in settings.items():
        name = f"{path}{key}"
        found = secret(name, _reference(value)) if _is_reference(value) else value
        if found is not None:
            made[key] = _replaced(found, secret, f"{name}.") if isinstance(found, dict) else found
    return made


def value_at(settings: Mapping[str, Any], key: str) -> Any:
    """What stands at a dotted `key`, or None. Lists are not looked into."""
    found: Any = settings
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _is_reference(value: Any) -> bool:
    """A table with one of the three keys and nothing else: no section of an app looks like that (a test compares)."""
    return isinstance(value, dict) and len(value) == 1 and not KINDS.isdisjoint(value)


def _reference(value: dict[str, Any]) -> Reference:
    ((kind, place),) = value.items()
    if kind == "command":
        good = isinstance(place, list) and bool(place) and all(isinstance(word, str) and word for word in place)
        fault = "" if good else 'command must be a list of words, such as ["pass", "show", "mydesk/pin"]'
        return Reference(kind, tuple(place) if good else (), fault)
    if isinstance(place, str) and place:
        return Reference(kind, (place,))
    return Reference(kind, (), f"{kind} must be a text that says where the secret is")
