"""The kiosk's screen by night: hours, a finger or a code that wakes it, light, a backlight that fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from common.config import ConfigError, parse
from drivers.errors import DeviceError
from drivers.readings import Light, Reading
from kiosk.config import KioskConfig
from kiosk.pages import CodeRefused, Evacuating, Welcome
from kiosk.sleep_settings import SleepSection, night
from kiosk.view import FormView, Verb
from tests.kiosk.site import MORNING, Site
from tests.kiosk.test_stories import live

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
ALWAYS_NIGHT = {"wakes": "06:00", "sleeps": "06:01"}
"""At the site it is ten in the morning."""
AWAKE_S = 120

WEEK = SleepSection(wakes="06:30", sleeps="20:00", days=("mon", "tue"))
NIGHTS = [
    (SleepSection(), "2026-11-23T09:00", False),
    (SleepSection(), "2026-11-23T04:59", True),
    (SleepSection(), "2026-11-23T05:00", False),
    (SleepSection(), "2026-11-23T20:59", False),
    (SleepSection(), "2026-11-23T21:00", True),
    (SleepSection(), "2026-11-22T12:00", False),
    (SleepSection(enabled=False), "2026-11-23T02:00", False),
    (WEEK, "2026-11-24T12:00", False),
    (WEEK, "2026-11-25T12:00", True),
    (SleepSection(wakes="18:00", sleeps="02:00"), "2026-11-23T00:30", False),
    (SleepSection(wakes="18:00", sleeps="02:00"), "2026-11-23T01:30", True),
]


@pytest.mark.parametrize(("sleep", "now", "dark"), NIGHTS)
def test_night(sleep: SleepSection, now: str, dark: bool) -> None:
    assert night(datetime.fromisoformat(now).replace(tzinfo=UTC), sleep, COPENHAGEN) is dark


def lamp(here: Site) -> int | None:
    assert here.kiosk.parts.backlight is not None
    return here.kiosk.parts.backlight.percent


def test_by_night_a_finger_only_wakes(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.step(1)
        asleep = here.asleep()
        assert asleep is not None
        assert (asleep.clock, asleep.text) == ("10:00", "Rør skærmen for at begynde")
        assert lamp(here) == 0
        assert here.kiosk.display.touched() is False
        assert (here.asleep(), lamp(here)) == (None, 100)
        assert here.kiosk.display.touched() is True
        await here.step(AWAKE_S - 1)
        assert here.asleep() is None
        await here.step(1)
        assert (here.asleep() is not None, lamp(here)) == (True, 0)

    live(tmp_path, story, sleep=ALWAYS_NIGHT, backlight={"driver": "emulated"})


def test_a_code_wakes_and_is_read(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.step(1)
        assert here.asleep() is not None
        here.scan("https://example.com/")
        assert here.asleep() is None
        await here.flow_page(CodeRefused)

    live(tmp_path, story, sleep=ALWAYS_NIGHT)


def test_nobody_is_left_in_the_dark(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.kiosk.display.touched()
        await here.to_details()
        for _ in range(8):  # longer than a touch keeps it on
            here.tap(Verb.TYPED, "K")
            await here.step(AWAKE_S / 6)
        assert isinstance(here.page, FormView)
        assert here.asleep() is None
        here.tap(Verb.HOME)
        await here.step(AWAKE_S)
        assert here.asleep() is not None
        here.kiosk.identify()
        assert here.asleep() is None
        await here.step(31)
        assert here.asleep() is not None
        here.kiosk.evacuation_changed(True)
        await here.step(AWAKE_S)
        assert isinstance(here.kiosk.state.page, Evacuating)
        assert here.asleep() is None
        here.kiosk.evacuation_changed(False)
        await here.step(AWAKE_S)
        assert isinstance(here.kiosk.state.page, Welcome)
        assert here.asleep() is not None
        here.clock.compare(MORNING + timedelta(days=1))  # a clock that is wrong is no reason to be dark
        await here.step(1)
        assert here.asleep() is None

    live(tmp_path, story, sleep=ALWAYS_NIGHT)


def test_light_dims_the_picture_where_no_lamp_can_be_set(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        async def lit(lux: float) -> float:
            for _ in range(30):
                here.kiosk.sensed(Reading("hall", here.clock.monotonic_s(), Light(lux=lux)))
                await here.step(1)
            return here.kiosk.view.brightness

        assert await lit(500.0) == 1.0
        assert await lit(1.0) == 0.3
        assert await lit(500.0) == 1.0

    sensors = [{"name": "hall", "kind": "bh1750", "driver": "emulated"}]
    live(tmp_path, story, sensors=sensors, auto_dim={"enabled": True, "floor_percent": 30})


def test_an_emulated_sensor_is_read(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        sensors: Any = here.kiosk.sensors
        await here.until(lambda: sensors.health()[0].frames)

    live(tmp_path, story, sensors=[{"name": "hall", "kind": "bh1750", "driver": "emulated"}])


def test_a_backlight_that_fails_is_told_and_the_picture_takes_over(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        backlight: Any = here.kiosk.parts.backlight
        shown, troubles = backlight.show, here.kiosk.parts.reporter._troubles

        def failing(percent: int) -> None:
            raise DeviceError("gone")

        backlight.show = failing
        await here.step(1)
        assert "backlight" in troubles
        backlight.show = shown
        await here.step(1)
        assert "backlight" not in troubles

    live(tmp_path, story, backlight={"driver": "emulated"})


NEEDED = """
[unit]
id = "x"
[site]
name = "X"
[graph]
tenant_id = "x.example"
client_id = "4b1f4e6e-52f5-4c0c-8a1c-6a1a36d9a0b2"
account = "mydesk@x.example"
sign_in = "device-code"
token_cache_file = "/tmp/tokens"
token_key_file = "/tmp/tokens.key"
"""
WRONG = [
    ("[auto_dim]\nenabled = true", "needs a sensor that tells light"),
    ('[[sensors]]\nname = "a"\nkind = "pir"\npin = 4', "must tell light at a kiosk"),
    ('[auto_dim]\nenabled = true\nsource = "b"\n[[sensors]]\nname = "a"\nkind = "bh1750"', "tell light: a"),
    ('[sleep]\nwakes = "25:00"', "sleep.wakes"),
]


@pytest.mark.parametrize(("more", "said"), WRONG)
def test_what_cannot_be(more: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(NEEDED + more, KioskConfig)
    assert said in str(caught.value)
