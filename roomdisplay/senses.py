"""What the panel knows of the people in its room: readings in, presence, watch and light out.

Holds the pure fusion of `roomdisplay.occupancy` and the clock. Readings may come from any thread by way of
`Panel.sensed`; everything here runs on the panel's loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from common.clock import Clock
from drivers.auto_dim import LIGHT_LIFE_S
from drivers.newest import Newest
from drivers.readings import Climate, Light, Reading
from roomdisplay.inputs import ALONE
from roomdisplay.occupancy import Fusion, Input, Occupancy, Presence
from roomdisplay.presence_settings import OccupancySection
from roomdisplay.release import Watch
from telemetry.payloads import RoomSample

DWELL_S = 2.0
"""A presence that was shown stays at least this long: neither screen nor lamp flickers."""

BLINK_S = 30.0
"""Who has not looked for so long has not watched: a machine that slept, a loop that hung."""


class Senses:
    """Presence of one room. `take` each reading, `look` each second.

    >>> senses = Senses((), OccupancySection(), clock)      # doctest: +SKIP
    >>> senses.presence                                     # doctest: +SKIP
    <Presence.UNKNOWN: 'unknown'>
    """

    def __init__(self, inputs: Iterable[Input], settings: OccupancySection, clock: Clock) -> None:
        self._clock = clock
        self._inputs = {value.name: value for value in inputs}
        now_s = clock.monotonic_s()
        self._fusion = Fusion.start(tuple(self._inputs.values()), settings, now_s)
        self._looked_s = self._watched_since_s = now_s
        self._presence = self._fusion.occupancy.presence
        self._changed_s = now_s - DWELL_S
        self._light = Newest[Light](life_s=LIGHT_LIFE_S)
        self._climate = Newest[Climate](life_s=LIGHT_LIFE_S)

    @property
    def has_sensors(self) -> bool:
        """At least one input can tell of an empty room; doors and buttons only help."""
        return any(one.kind in ALONE for one in self._inputs.values())

    @property
    def occupancy(self) -> Occupancy:
        """What the sensors say together, as of the last reading or look."""
        return self._fusion.occupancy

    @property
    def presence(self) -> Presence:
        """The same for screen and lamp: a value stays for at least 2 s."""
        return self._presence

    @property
    def since(self) -> datetime:
        """Since when `presence` has been true, not since when it was shown."""
        occupancy = self.occupancy
        same = occupancy.presence is self._presence
        return self._wall(occupancy.since_s if same else self._changed_s)

    @property
    def silent(self) -> bool:
        """Nothing is known because a sensor is silent, stuck or makes no statement."""
        occupancy = self.occupancy
        return occupancy.presence is Presence.UNKNOWN and bool(occupancy.unknown_inputs)

    def take(self, reading: Reading) -> bool:
        """Take in one reading; True when it changed what is to be shown."""
        match reading.value:
            case Light():
                self._light.take(reading.source, reading.monotonic_s, reading.value)
            case Climate():
                self._climate.take(reading.source, reading.monotonic_s, reading.value)
            case _ if reading.source in self._inputs:
                at_s = min(reading.monotonic_s, self._clock.monotonic_s())
                self._fusion = self._fusion.step(replace(reading, monotonic_s=at_s))
                return self._settle()
        return False

    def look(self) -> bool:
        """Let time pass; True when it changed what is to be shown."""
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s > BLINK_S:
            self._watched_since_s = now_s
        self._looked_s = now_s
        self._fusion = self._fusion.advance(now_s)
        return self._settle()

    def _settle(self) -> bool:
        presence, now_s = self.occupancy.presence, self._clock.monotonic_s()
        if presence is self._presence or now_s - self._changed_s < DWELL_S:
            return False
        self._presence, self._changed_s = presence, now_s
        return True

    # --- for the rules ---

    def watch(self, booted_at: datetime, online_since_s: float | None) -> Watch:
        """What the panel can vouch for; `online_since_s` is since when the calendar has been believable."""
        occupancy = self.occupancy
        return Watch(
            booted_at=booted_at,
            online_since=self._vouched(online_since_s),
            sensed_since=self._vouched(occupancy.known_since_s),
            occupied_last=self._wall_or_none(occupancy.occupied_last_s),
            has_sensors=self.has_sensors,
        )

    def _vouched(self, since_s: float | None) -> datetime | None:
        return None if since_s is None else self._wall(max(since_s, self._watched_since_s))

    def _wall_or_none(self, at_s: float | None) -> datetime | None:
        return None if at_s is None else self._wall(at_s)

    def _wall(self, at_s: float) -> datetime:
        return self._clock.now() - timedelta(seconds=self._clock.monotonic_s() - at_s)

    # --- light and air ---

    def light(self, source: str = "") -> Light | None:
        """The light of that sensor, or of any; None when none has told it for a minute."""
        return self._light.value(self._clock.monotonic_s(), source)

    def climate(self) -> Climate | None:
        """The newest air; shown and reported, never used to decide about people."""
        return self._climate.value(self._clock.monotonic_s())

    def sample(self) -> RoomSample:
        """What goes into the history of the room."""
        climate, light = self.climate() or Climate(), self.light() or Light()
        known = {Presence.OCCUPIED: True, Presence.VACANT: False}
        return RoomSample(
            occupied=known.get(self.occupancy.presence),
            temperature_c=climate.temperature_c,
            co2_ppm=climate.co2_ppm,
            light=light.raw if light.lux is None else round(light.lux),
        )
