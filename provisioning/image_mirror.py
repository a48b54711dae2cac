"""Where Debian's packages come from: what apt of this machine uses, unless told otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from provisioning.fleet_error import FleetError

__all__ = ["debian_mirror"]

APT = Path("/etc/apt")
_ONE_LINE = re.compile(r"deb(?:\s+\[[^\]]*\])?\s+(?P<address>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)")
_HINT = "Name one with --mirror."


def debian_mirror(suite: str, folder: Path = APT) -> str:
    """The address that apt gets `suite` of Debian from.

    Raises:
        FleetError: apt of this machine knows no Debian.
    """
    for address, suites in _sources(folder):
        family = {one.partition("-")[0].partition("/")[0] for one in suites}
        plain = any("-" not in one and "/" not in one for one in suites)
        if plain and (suite in suites or family & {"bookworm", "trixie", "stable", "oldstable", "testing"}):
            return address.rstrip("/")
    raise FleetError(f"apt of this machine has no source of Debian {suite}.", hint=_HINT)


def _sources(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Address and suites of every source of Debian's main component; both of apt's formats (sources.list(5))."""
    for path in sorted([folder / "sources.list", *folder.glob("sources.list.d/*")]):
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise FleetError(f"{path} cannot be read: {error}.", hint=_HINT) from error
        yield from _stanzas(text) if path.suffix == ".sources" else _lines(text)


def _lines(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in text.splitlines():
        found = _ONE_LINE.match(line.strip())
        if found and "main" in found["components"].split():
            yield found["address"], (found["suite"],)


def _stanzas(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^(\w[\w-]*):[ \t]*(.*)$", stanza, re.MULTILINE))
        components, suites = fields.get("Components", "").split(), fields.get("Suites", "").split()
        if "deb" in fields.get("Types", "").split() and "main" in components and fields.get("Enabled") != "no":
            for address in fields.get("URIs", "").split():
                yield address, tuple(suites)
