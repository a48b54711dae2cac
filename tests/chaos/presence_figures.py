"""What a run with sensors found out about presence, check-in and release. Times in simulated minutes or seconds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class PresenceFigures:
    """Counts of one run; a no-show is a meeting to whose people nothing but the room came before its grace ended."""

    sensors: str
    rules: bool = False
    readings: int = 0
    sensor_faults: dict[str, int] = field(default_factory=dict)
    reboots: int = 0
    hangs: int = 0
    visits: Counter[str] = field(default_factory=Counter)
    """meeting, other: groups of people that came into the room"""
    attended: int = 0
    """meetings that needed a check-in and whose people came before the grace ended"""
    checked_in: Counter[str] = field(default_factory=Counter)
    """by what: touch, presence, late"""
    attended_not_checked_in: Counter[str] = field(default_factory=Counter)
    """by why it may be so"""
    no_shows: int = 0
    no_show_min: float = 0.0
    after_grace_min: float = 0.0
    """what could be given back at best: from ten minutes after the start to the end"""
    fit: int = 0
    """no-shows at which all was well for the whole window: these must be released"""
    fit_min: float = 0.0
    fit_after_grace_min: float = 0.0
    fit_released_min: float = 0.0
    unfit: Counter[str] = field(default_factory=Counter)
    """no-shows whose release cannot be demanded, by why not"""
    release_outcomes: Counter[str] = field(default_factory=Counter)
    released: int = 0
    """no-shows that were given back"""
    released_min: float = 0.0
    kept: Counter[str] = field(default_factory=Counter)
    """no-shows that kept their room, by the panel's last reason"""
    declines: int = 0
    """releases that the tenant saw: every decline, and every deletion of what was booked at the room"""
    came_late_to_released: int = 0
    """people who came after the grace, and whose room was given back by then"""
    raced: int = 0
    """somebody came in during the last seconds, while the release was on its way"""
    over_heads: Counter[str] = field(default_factory=Counter)
    """releases over people that no working sensor could see, by what was wrong with each: a limit that stays"""
    truth_s: Counter[str] = field(default_factory=Counter)
    """what was so, and what the panel took it for"""
    false_occupied_min: float = 0.0
    """occupied by the panel's word, and nobody there for longer than the time to exit"""
    false_vacant_min: float = 0.0
    """empty by the panel's word, and somebody there: no sensor in good health saw them"""

    @property
    def share(self) -> float:
        """Of the time of no-shows, what was given back."""
        return self.released_min / self.no_show_min if self.no_show_min else 0.0

    @property
    def ideal_share(self) -> float:
        """The same, had every no-show been released at the end of its grace."""
        return self.after_grace_min / self.no_show_min if self.no_show_min else 0.0

    @property
    def fit_share(self) -> float:
        """Of the time of no-shows at which all was well, what was given back."""
        return self.fit_released_min / self.fit_min if self.fit_min else 0.0

    @property
    def fit_ideal_share(self) -> float:
        """The ideal of those."""
        return self.fit_after_grace_min / self.fit_min if self.fit_min else 0.0

    def lines(self) -> list[str]:
        """For people."""
        return [
            (
                f"sensors {self.sensors}{', with all presence rules' if self.rules else ''}; {self.readings} readings; "
                f"visits {dict(self.visits)}; reboots {self.reboots}, hangs {self.hangs}; "
                f"sensor faults {sum(self.sensor_faults.values())} {self.sensor_faults}"
            ),
            (
                f"attended {self.attended}, check-ins {dict(self.checked_in)}, "
                f"not checked in {dict(self.attended_not_checked_in)}"
            ),
            (
                f"no-shows {self.no_shows} ({self.no_show_min:.0f} min), released {self.released} "
                f"({self.released_min:.0f} min = {self.share:.1%}; ideal {self.ideal_share:.1%}); "
                f"kept {dict(self.kept)}"
            ),
            (
                f"  of them with all well {self.fit} ({self.fit_min:.0f} min): given back {self.fit_share:.1%}, "
                f"ideal {self.fit_ideal_share:.1%}; the others: {dict(self.unfit)}"
            ),
            (
                f"releases {dict(self.release_outcomes)}, seen at the tenant {self.declines}; "
                f"people later than the grace found it released "
                f"{self.came_late_to_released}; raced {self.raced}; "
                f"over the heads of the unseen {dict(self.over_heads)}"
            ),
            (
                f"presence against truth, s: { {name: round(value) for name, value in self.truth_s.most_common()} }; "
                f"false occupied {self.false_occupied_min:.0f} min, false vacant {self.false_vacant_min:.0f} min"
            ),
        ]
