"""Finds the secrets that an inventory refers to. Values go into no message and no log.

A file or an output may end in one newline, which is not part of the secret.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from provisioning.fleet_error import FleetError
from provisioning.inventory import SecretRef
from provisioning.settings_layers import Reference

__all__ = ["reference_to", "resolve"]

MOST_BYTES: Final = 16 << 10
COMMAND_TIMEOUT_S: Final = 60.0
"""A password manager may ask its owner first."""


def reference_to(found: SecretRef) -> Reference:
    """A reference that is a section of the inventory, as those among settings."""
    if found.command:
        return Reference("command", found.command)
    return Reference("env", (found.env,)) if found.env else Reference("file", (found.file,))


def resolve(reference: Reference, folder: Path, what: str) -> str:
    """The secret `what` of the inventory in `folder`.

    Raises:
        FleetError: it cannot be had, is empty, is open to everybody, or is no line of text.
    """
    find = {"file": _from_file, "env": _from_environment, "command": _from_command}[reference.kind]
    raw = find(reference.place, folder, what)
    if len(raw) > MOST_BYTES:
        raise FleetError(f"the secret for {what} is longer than {MOST_BYTES} bytes.", hint="Is it the right one?")
    return _text(raw, what)


def _text(raw: bytes, what: str) -> str:
    try:
        text = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise FleetError(f"the secret for {what} is not UTF-8 text.", hint="Is it the right one?") from error
    if not text:
        raise FleetError(f"the secret for {what} is empty.", hint="Put it where the inventory refers to.")
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise FleetError(f"the secret for {what} holds control characters or several lines.", hint="One line is meant.")
    return text


def _from_file(place: tuple[str, ...], folder: Path, what: str) -> bytes:
    path = folder / place[0]
    try:
        if not path.is_file():
            raise FleetError(f"{path}, the secret for {what}, is no file.", hint="Name the file that holds it.")
        if path.stat().st_mode & 0o007:
            raise FleetError(f"{path}, the secret for {what}, is open to everybody.", hint=f"chmod 0600 {path}")
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        hint = "Whoever runs this must be able to read it."
        raise FleetError(f"{path}, the secret for {what}: {error.strerror}.", hint=hint) from error


def _from_environment(place: tuple[str, ...], folder: Path, what: str) -> bytes:
    value = os.environ.get(place[0], "")
    if not value:
        raise FleetError(f"the secret for {what} should be in the environment.", hint=f"Set {place[0]} and try again.")
    return os.fsencode(value)


def _from_command(place: tuple[str, ...], folder: Path, what: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - the admin's own command, and no shell
            place, cwd=folder, stdout=subprocess.PIPE, timeout=COMMAND_TIMEOUT_S, check=False
        )
    except OSError as error:
        raise FleetError(f"{place[0]}, which should tell the secret for {what}: {error.strerror}.") from error
    except subprocess.TimeoutExpired as error:
        raise FleetError(f"{place[0]} did not tell the secret for {what} in {COMMAND_TIMEOUT_S:g} s.") from error
    if done.returncode:
        hint = "Run it by hand to see why."
        raise FleetError(f"{place[0]}, asked for the secret for {what}, failed ({done.returncode}).", hint=hint)
    return done.stdout
