"""Settings from elsewhere (the site hub, by way of the agent) that lie over a configuration file.

They are one JSON object beside the TOML file, by dotted key, and only in sections that the program names:

    {"booking.enabled": false, "screen.language": "en"}

What stands for a file, a device or a secret of the unit cannot be set that way, in no section.
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from common import config
from common.config import ConfigError, Problem
from common.config_convert import Conversion
from common.config_schema import keys_of

SOURCE = "settings from the hub"
MOST_BYTES = 256 << 10
OWN_ENDINGS = ("_file", "_folder", "_device", "_socket", "_path", "_url", "_hash")
"""Keys that end so belong to the unit: a path, a place or a secret is nothing to set from afar."""

_log = logging.getLogger(__name__)

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Overlay(Generic[T]):
    """How a program's file is overlaid: which `sections` may be, and where a loaded file says the overrides are."""

    kind: type[T]
    sections: frozenset[str]
    overrides_file: Callable[[T], str]

    def load(self, path: Path) -> T:
        """Read the file at `path`, and over it the overrides that it names.

        Overrides that are damaged, or wrong by now, are logged and left out as a whole: the program must start.

        Raises:
            ConfigError: the file itself is wrong.
        """
        own = config.load(path, self.kind)
        name = self.overrides_file(own)
        if not name:
            return own
        try:
            values = read_overrides(Path(name))
            return self.merged(path, values) if values else own
        except ConfigError as error:
            _log.error("%s is ignored, the file's own settings are used. %s", name, error)
            return own

    def merged(self, path: Path, values: Mapping[str, Any]) -> T:
        """The file at `path` with `values` over it. Raises ConfigError with everything that is wrong in either."""
        found = list(_forbidden(self.kind, self.sections, values))
        conversion = Conversion(self.kind)
        made: T = conversion.run(_laid(config.tables(path), values, leave_out={problem.key for problem in found}))
        found += [
            Problem(finding.path, finding.message, SOURCE, 0, 0, finding.allowed, finding.example)
            for finding in conversion.findings
        ]
        if found:
            raise ConfigError(SOURCE, tuple(found))
        return made


def read_overrides(path: Path) -> dict[str, Any]:
    """The overrides in the JSON file at `path`, by dotted key; none where there is no file.

    Raises:
        ConfigError: it cannot be read, or is no JSON object.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _damaged(path, f"cannot be read: {error.strerror}") from error
    if len(raw) > MOST_BYTES:
        raise _damaged(path, f"is larger than {MOST_BYTES} bytes")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "is no JSON") from error
    if not isinstance(found, dict):
        raise _damaged(path, "is no JSON object")
    return found


def _damaged(path: Path, message: str) -> ConfigError:
    hint = "The agent writes it anew with the next settings from the hub; it may be deleted."
    return ConfigError(path, (Problem("", message, str(path)),), hint=hint)


def _forbidden(kind: type[msgspec.Struct], sections: frozenset[str], values: Mapping[str, Any]) -> Iterator[Problem]:
    allowed = ", ".join(sorted(sections))
    for key in values:
        section, dot, name = key.partition(".")
        if not dot or not name or "." in name:
            yield Problem(key, "must be section.key", SOURCE, example='"booking.enabled"')
        elif section not in sections:
            yield Problem(key, "is in a section that cannot be set from the hub", SOURCE, allowed=allowed)
        elif name.endswith(OWN_ENDINGS) or name in _secrets(kind, section):
            yield Problem(key, "is a file, place or secret of the unit: set it in the unit's own file", SOURCE)


def _secrets(kind: type[msgspec.Struct], section: str) -> set[str]:
    found = next((key.section for key in keys_of(kind) if key.name == section), None)
    return {key.name for key in keys_of(found) if key.secret} if found else set()


def _laid(tables: dict[str, Any], values: Mapping[str, Any], *, leave_out: set[str]) -> dict[str, Any]:
    merged = copy.deepcopy(tables)
    for key, value in values.items():
        section, _, name = key.partition(".")
        table = merged.setdefault(section, {}) if key not in leave_out else None
        if isinstance(table, dict):  # what is no section is reported by the conversion
            table[name] = value
    return merged
