"""What provisioning tells the updater of a unit: /etc/mydesk/update.toml."""

from __future__ import annotations

import shlex
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from provisioning.on_unit.errors import UpdateError


@dataclass(frozen=True, slots=True)
class Settings:
    """Keys of update.toml. Commands in `self_test` are looked up in the new release's bin/ folder, never in the old.

    So are those in `databases`: the last word is a file, of which the command gets a copy on its standard input, to try
    its migrations on. `verifier` is the service that judges ("": nobody but who calls verify). In `busy_hours`
    ("08:00-10:30", local time) nothing is activated without --now, and nothing reboots.
    """

    user: str = "mydesk"
    services: tuple[str, ...] = ("mydesk-room.service", "mydesk-agent.service")
    control_socket: str = "/run/mydesk/room.sock"
    self_test: tuple[str, ...] = ("mydesk-room check-config /etc/mydesk/room.toml",)
    databases: tuple[str, ...] = ("mydesk-agent check-outbox /var/lib/mydesk/outbox/outbox.db",)
    self_test_s: float = 120.0
    restart_s: float = 120.0
    soak_s: float = 120.0
    verify_s: float = 600.0
    poll_s: float = 2.0
    verifier: str = "mydesk-update-verify.service"
    busy_hours: tuple[str, ...] = ()

    def commands(self, release: Path) -> list[list[str]]:
        """Return the commands of the self-test for the release in `release`."""
        words = [shlex.split(one) for one in self.self_test]
        return [[str(release / "bin" / one[0]), *one[1:]] for one in words if one]

    def trials(self, release: Path) -> list[tuple[list[str], Path]]:
        """Return the commands that try the migrations of the release in `release`, each with its database."""
        words = [shlex.split(one) for one in self.databases]
        return [([str(release / "bin" / one[0]), *one[1:-1]], Path(one[-1])) for one in words if len(one) > 1]


def load(path: Path) -> Settings:
    """Return the settings in `path`, or the defaults when there is no such file.

    Raises:
        UpdateError: the file is wrong; what it was before is not guessed.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise UpdateError(f"{path}: {error}. Provision the unit again.") from error
    wrong = sorted(set(content) - {one.name for one in fields(Settings)})
    if wrong:
        raise UpdateError(f"{path}: {', '.join(wrong)}: no such key. Provision the unit again.")
    return Settings(**{key: _checked(path, key, value) for key, value in content.items()})


def _checked(path: Path, key: str, value: Any) -> Any:
    default = getattr(Settings(), key)
    if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if isinstance(default, str) and isinstance(value, str):
        return value
    if isinstance(default, float) and type(value) in (int, float) and 0 < value <= 86_400:
        return float(value)
    raise UpdateError(f"{path}: {key} is {value!r}, but must be like {default!r}. Provision the unit again.")
