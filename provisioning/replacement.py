"""A unit's role on new hardware, step by step; what is done is remembered, so that it can go on tomorrow.

<state>/replacing/<unit>.json has the steps that are done. The card is one step, the claim another, and between them
somebody carries a card to a panel.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

from common.sealed_file import replace_whole
from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState
from provisioning.inventory import UNIT_ID

__all__ = ["STEPS", "TEXTS", "Replacement", "Step"]

Step = Literal["forgotten", "revoked", "seeded", "claimed", "provisioned"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)
TEXTS: Final[dict[Step, str]] = {
    "forgotten": "the old unit's SSH key is forgotten",
    "revoked": "the hub refuses the old unit's certificate",
    "seeded": "a card is made for the new one",
    "claimed": "the new one is claimed",
    "provisioned": "the new one is provisioned",
}
_MOST_BYTES: Final = 4096


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    unit: Annotated[str, Meta(pattern=UNIT_ID)]
    done: tuple[Step, ...] = ()
    skipped: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Replacement:
    """How far a replacement is. `skipped` are steps that could not be done, of which the admin was told."""

    folder: Path
    unit: str
    done: tuple[Step, ...] = ()
    skipped: tuple[Step, ...] = ()

    @classmethod
    def of(cls, state: FleetState, unit: str) -> Replacement:
        """Where it stands; nothing done yet when there is no file. Raises FleetError: it is damaged."""
        folder = state.folder / "replacing"
        path = folder / f"{unit}.json"
        try:
            with path.open("rb") as stream:
                found = msgspec.json.decode(stream.read(_MOST_BYTES), type=Kept)
        except FileNotFoundError:
            return cls(folder, unit)
        except (OSError, msgspec.DecodeError) as error:
            raise FleetError(f"{path} cannot be read.", hint="Remove it to begin the replacement anew.") from error
        return cls(folder, unit, found.done, found.skipped)

    @property
    def next(self) -> Step | None:
        """The first step that is left; None: it is done."""
        return next((step for step in STEPS if step not in (*self.done, *self.skipped)), None)

    def with_done(self, step: Step, *, skipped: bool = False) -> Replacement:
        """Remember a step. Raises OSError."""
        made = Replacement(
            self.folder,
            self.unit,
            self.done if skipped else (*self.done, step),
            (*self.skipped, step) if skipped else self.skipped,
        )
        self.folder.mkdir(mode=0o700, exist_ok=True)
        kept = Kept(unit=self.unit, done=made.done, skipped=made.skipped)
        replace_whole(self.folder / f"{self.unit}.json", msgspec.json.encode(kept))
        return made

    def end(self) -> None:
        """Forget it: it is done, or given up. Raises OSError."""
        (self.folder / f"{self.unit}.json").unlink(missing_ok=True)
