"""Units as a rollout meets them, without a network: what a visit does to them, and what it comes back with."""

from __future__ import annotations

from dataclasses import dataclass, field

from provisioning.rollout_state import Task, Visit
from provisioning.rollout_unit import Look, Refused, Silent

OLD, NEW = "1.0.0-aaaaaaaaaaaa", "1.1.0-bbbbbbbbbbbb"


@dataclass(slots=True)
class World:
    """One unit. `bad`: the release fails its trial; `activations` counts how often the release was made current."""

    name: str
    bad: bool = False
    busy: bool = False
    off: bool = False
    current: str = OLD
    step: str = "committed"
    failed: str = ""
    activations: int = 0
    pushes: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def has_it(self) -> bool:
        """Whether it runs the release for good."""
        return self.current == NEW and self.step == "committed"

    def look(self) -> Look:
        runs, staged = self.current == NEW, self.step == "staged"
        return Look(self.name, runs, staged, self.step, self.failed, other="" if runs else self.current)

    def visit(self, visit: Visit) -> Look | Refused | Silent:
        """As provisioning.rollout_visit does it over SSH."""
        if self.off:
            return Silent(self.name, "no answer in time.")
        if self.current == NEW or visit.task is Task.LOOK:
            return self.look()
        if visit.task is Task.STAGE and self.step != "staged":
            if self.failed:
                return Refused(self.name, f"failed here before: {self.failed}")
            self.pushes += 1
            self.step = "staged"
        elif visit.task is Task.ACTIVATE and self.step == "staged":
            if self.busy:
                return Refused(self.name, "a meeting runs (busy): not now.", later=True)
            self.activations += 1
            self.current, self.step = NEW, "trying"
        return self.look()

    def judge(self) -> None:
        """Its updater comes to the end of a trial."""
        if self.step == "trying" and self.bad:
            self.current, self.step, self.failed = OLD, "rolled_back", "the app does not answer."
        elif self.step == "trying":
            self.step = "committed"
