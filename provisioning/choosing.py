"""Which units a command is for: by name, or by where they are and what they do. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.fleet_error import FleetError, WrongUseError
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet

__all__ = ["Choice", "chosen"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for: `units` by id; the others narrow down those of the fleet. All of them hold together."""

    units: Sequence[str] = ()
    site: str = ""
    floor: str = ""
    role: str = ""
    everything: bool = False

    @property
    def is_made(self) -> bool:
        """Whether anything was chosen at all."""
        return bool(self.units or self.site or self.floor or self.role or self.everything)


def chosen(fleet: Fleet, choice: Choice, *, or_all: bool) -> tuple[Unit, ...]:
    """The units, in the order of the inventory's file or of their names in `choice`.

    `or_all` takes all when nothing was chosen: for commands that only look.

    Raises:
        WrongUseError: nothing was chosen, or all units and some.
        FleetError: a name does not exist, or nothing fits.
    """
    if not choice.is_made and not or_all:
        hint = "Name units, or narrow down with --site, --floor, --role, or --all."
        raise WrongUseError("which units? This changes something on each.", hint=hint)
    if choice.everything and choice.units:
        raise WrongUseError("--all and names of units do not go together.", hint="Leave out one of them.")
    if not fleet.units:
        hint = "Add [[units]] to it: `mydesk-fleet inventory example` has one."
        raise FleetError(f"there are no units in {fleet.path.name} yet.", hint=hint)
    if choice.site and choice.site not in fleet.sites:
        raise FleetError(f"there is no site {choice.site}.", hint=f"There are: {', '.join(fleet.sites)}.")
    found = tuple(unit for unit in fleet.some(list(choice.units)) if _fits(unit, choice))
    if not found:
        raise FleetError("no unit fits that.", hint="`mydesk-fleet inventory show` lists them with site and floor.")
    return found


def _fits(unit: Unit, choice: Choice) -> bool:
    wanted = ((choice.site, unit.site), (choice.floor, unit.floor), (choice.role, unit.role))
    return all(not wish or wish == is_so for wish, is_so in wanted)
