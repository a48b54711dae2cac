"""The host keys of claimed units, in OpenSSH's known_hosts, so that ssh, asyncssh and pyinfra read the same file.

A line has two names, the unit's id and where it was claimed: `cph-2-ada,10.1.2.20 ssh-ed25519 AAAA...`. Only a claim
writes here. A unit has one key; an address belongs to the unit that was claimed there last.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from common.sealed_file import replace_whole
from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState

__all__ = ["HostKey", "all_keys", "forget", "host_pattern", "key_of", "remember"]

MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class HostKey:
    """A public host key: `kind` such as ssh-ed25519, and its base64."""

    kind: str
    data: str

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -lf` prints it: SHA256:..."""
        digest = hashlib.sha256(base64.b64decode(self.data)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    @property
    def text(self) -> str:
        """As it stands in a .pub file and in known_hosts."""
        return f"{self.kind} {self.data}"

    @classmethod
    def parse(cls, text: str) -> HostKey:
        """Read the text of a key, with or without a comment after it. Raises ValueError: it is none."""
        kind, data = text.split()[:2]
        if kind.encode() not in base64.b64decode(data, validate=True)[:64]:
            raise ValueError("the key is not of the kind that it says")
        return cls(kind, data)


def host_pattern(address: str, port: int) -> str:
    """How OpenSSH writes an address with its port."""
    return address if port == 22 else f"[{address}]:{port}"


def all_keys(state: FleetState) -> dict[str, HostKey]:
    """The recorded keys by unit. Raises FleetError: the file is damaged or cannot be read."""
    return {names[0]: key for names, key in _lines(state)}


def key_of(state: FleetState, unit: str) -> HostKey | None:
    """The recorded key of a unit; None when it was never claimed. Raises FleetError, as `all_keys`."""
    return all_keys(state).get(unit)


def remember(state: FleetState, unit: str, address: str, port: int, key: HostKey) -> None:
    """Record a key that a claim has proved, in place of the unit's earlier one. Raises FleetError, OSError."""
    place = host_pattern(address, port)
    with state.locked():
        kept = [(_without(names, unit, place), found) for names, found in _lines(state)]
        _write(state, [*((names, found) for names, found in kept if names), ([unit, place], key)])


def forget(state: FleetState, unit: str) -> None:
    """Remove a unit's key: it is unknown from now on. Raises FleetError, OSError."""
    with state.locked():
        _write(state, [(names, key) for names, key in _lines(state) if names[0] != unit])


def _without(names: list[str], unit: str, place: str) -> list[str]:
    """The names of a line that remain: none of the unit's own, and no address that is now another's."""
    return [] if names[0] == unit else [names[0], *(name for name in names[1:] if name != place)]


def _lines(state: FleetState) -> Iterator[tuple[list[str], HostKey]]:
    path = state.known_hosts
    try:
        with path.open("r", encoding="ascii") as stream:
            text = stream.read(MOST_BYTES)
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(state, str(error)) from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield _line(state, number, line)


def _line(state: FleetState, number: int, line: str) -> tuple[list[str], HostKey]:
    names, _, key = line.partition(" ")
    try:
        return names.split(","), HostKey.parse(key)
    except (ValueError, binascii.Error) as error:
        raise _damaged(state, f"line {number}") from error


def _damaged(state: FleetState, why: str) -> FleetError:
    hint = "Put it back from a backup; without it no unit can be told from a stranger."
    return FleetError(f"{state.known_hosts} is damaged: {why}.", hint=hint)


def _write(state: FleetState, lines: list[tuple[list[str], HostKey]]) -> None:
    text = "".join(f"{','.join(names)} {key.text}\n" for names, key in sorted(lines, key=lambda line: line[0]))
    replace_whole(state.known_hosts, text.encode("ascii"))
