"""The life of one serial device at the Link seam, in virtual time: found, silent, strange, away, back."""

from __future__ import annotations

import asyncio
import itertools
import logging
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any

import pytest

from drivers.device import Condition, Health
from drivers.errors import PortBusy, PortMissing
from drivers.hearing import REOPEN_SILENT_S
from drivers.readings import Light, Reading
from tests.drivers.line_device import LINE_TRAITS, LineDevice
from tests.drivers.scripted_link import ScriptedLink, every
from tests.drivers.serial_bench import Bench, bench, talks

TWO_RATES = replace(LINE_TRAITS, baud_rates=(115200, 256000), confirm_frames=3)


def talks_at_256000(link: ScriptedLink) -> None:
    every(link, 0.1, b"=1\n" if link.baud == 256000 else b"\xf0\x81\x93\n")


# --- found


def test_readings_carry_the_name_and_the_time_of_arrival() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(0.5)
        bench.link.arrive(b"=1\n=2\n")
        health = await bench.until(1.0)
        assert bench.readings == [Reading("bench", 0.5, Light(raw=1)), Reading("bench", 0.5, Light(raw=2))]
        assert health == Health("bench", "line", Condition.HEALTHY, frame_age_s=0.5, frames=2)

    bench(script)


def test_it_counts_as_present_only_after_so_many_frames() -> None:
    async def script(bench: Bench) -> None:
        for at_s, data in enumerate((b"=1\n", b"junk\n", b"=2\n", b"=3\n=4\n", b"=5\n"), 1):
            health = await bench.until(at_s)
            assert (health.condition, bench.values) == (Condition.STARTING, [])
            bench.link.arrive(data)
            if at_s == 4:
                break
        assert (await bench.until(4.5)).condition is Condition.HEALTHY
        assert bench.values == [3, 4]

    bench(script, make=lambda: LineDevice(replace(LINE_TRAITS, confirm_frames=4)))


def test_one_that_speaks_only_when_it_is_used_is_present_when_its_port_is_open() -> None:
    async def script(bench: Bench) -> None:
        health = await bench.until(3600.0)
        assert (health.condition, health.frame_age_s) == (Condition.HEALTHY, None)
        bench.link.arrive(b"=1\n")
        await bench.until(3601.0)
        assert (bench.values, len(bench.port.openings)) == ([1], 1)
        bench.port.refusal = PortMissing("/dev/x is not there.")
        bench.link.lose()
        assert (await bench.until(3602.0)).condition is Condition.ABSENT

    bench(script, make=lambda: LineDevice(replace(LINE_TRAITS, confirm_frames=0, stale_s=inf)))


def test_the_baud_rates_are_tried_in_order_and_the_good_one_is_tried_first_next_time() -> None:
    async def script(bench: Bench) -> None:
        health = await bench.until(2.0)
        assert health.condition is Condition.HEALTHY
        assert bench.port.openings == [(0.0, 115200), (1.5, 256000)]
        assert bench.port.links[0].is_open is False
        before = health.frames
        bench.link.lose()
        assert (await bench.until(2.5)).frames == before
        health = await bench.until(5.0)
        assert [baud for _, baud in bench.port.openings] == [115200, 256000, 256000]
        assert (health.condition, health.reopened) == (Condition.HEALTHY, 1)
        assert health.frames > before + 10

    bench(script, talks_at_256000, lambda: LineDevice(TWO_RATES))


def test_a_configured_baud_rate_is_the_only_one() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(200.0)
        assert {baud for _, baud in bench.port.openings} == {57600}

    bench(script, make=lambda: LineDevice(TWO_RATES), baud=57600)


def test_after_the_first_round_each_rate_is_listened_to_for_longer() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(60.0)
        assert [at_s for at_s, _ in bench.port.openings] == [0.0, 1.5, 3.0, 15.0, 27.0, 39.0, 51.0]
        assert [baud for _, baud in bench.port.openings] == [115200, 256000] * 3 + [115200]
        assert bench.supervisor.health().reopened == 0

    bench(script, make=lambda: LineDevice(TWO_RATES))


def test_a_rate_at_which_frames_come_is_not_left_in_the_middle() -> None:
    async def script(bench: Bench) -> None:
        for at_s in (1.4, 2.8, 4.0):
            await bench.until(at_s)
            bench.link.arrive(b"=1\n")
        assert (await bench.until(4.1)).condition is Condition.HEALTHY
        assert len(bench.port.openings) == 1

    bench(script, make=lambda: LineDevice(TWO_RATES))


# --- silent, strange


def test_silence_is_stale_at_its_time_and_ends_with_the_next_frame() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(1.0)
        bench.link.arrive(b"=1\n")
        assert (await bench.until(5.99)).condition is Condition.HEALTHY
        health = await bench.until(6.01)
        assert health.condition is Condition.STALE
        assert "check its power" in health.problem
        assert health.frame_age_s == pytest.approx(5.01)
        bench.link.arrive(b"=2\n")
        assert (await bench.until(6.02)).condition is Condition.HEALTHY
        assert bench.values == [1, 2]

    bench(script)


def test_long_silence_opens_the_port_anew() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(1.0)
        bench.link.arrive(b"=1\n")
        silent_s = 1.0 + LINE_TRAITS.stale_s + REOPEN_SILENT_S
        await bench.until(silent_s - 0.1)
        assert len(bench.port.openings) == 1
        health = await bench.until(silent_s + 0.1)
        assert len(bench.port.openings) == 2
        assert (health.condition, health.reopened) == (Condition.STALE, 1)
        bench.link.arrive(b"=2\n")
        assert (await bench.until(silent_s + 0.2)).condition is Condition.HEALTHY

    bench(script)


@pytest.mark.parametrize(("at_s", "rates"), [(0.1, [115200, 115200, 256000]), (1.6, [115200, 256000, 256000, 115200])])
def test_the_rate_that_was_good_is_listened_to_first_after_a_long_silence(at_s: float, rates: list[int]) -> None:
    async def script(bench: Bench) -> None:
        await bench.until(at_s)
        every(bench.link, 0.1, b"=1\n", until_s=3.0)
        await bench.until(80.0)
        assert [baud for _, baud in bench.port.openings[: len(rates)]] == rates

    bench(script, make=lambda: LineDevice(TWO_RATES))


def test_it_is_not_called_silent_before_all_rates_were_tried() -> None:
    async def script(bench: Bench) -> None:
        assert (await bench.until(2.9)).condition is Condition.STARTING
        assert (await bench.until(3.1)).condition is Condition.STALE

    bench(script, make=lambda: LineDevice(replace(TWO_RATES, stale_s=1.0)))


def test_a_port_where_nothing_was_ever_heard_is_stale_and_says_at_which_rates() -> None:
    async def script(bench: Bench) -> None:
        assert (await bench.until(4.9)).condition is Condition.STARTING
        health = await bench.until(5.1)
        assert (health.condition, health.frame_age_s) == (Condition.STALE, None)
        assert "115200 or 256000 baud" in health.problem

    bench(script, make=lambda: LineDevice(TWO_RATES))


STRANGE = [
    ("noise for long", b"\x00\xff#\n", [LINE_TRAITS, TWO_RATES], Condition.FOREIGN, "no line"),
    ("damaged frames", b"=x\n", [LINE_TRAITS, TWO_RATES], Condition.STALE, "Nothing valid"),
    ("one stray byte", b"", [LINE_TRAITS, TWO_RATES], Condition.STALE, "Nothing valid"),
]


@pytest.mark.parametrize(("data", "all_traits", "condition", "words"), [row[1:] for row in STRANGE])
def test_what_is_not_the_device_is_named(data: bytes, all_traits: Any, condition: Condition, words: str) -> None:
    async def script(bench: Bench) -> None:
        assert (await bench.until(4.9)).condition is Condition.STARTING
        for at_s in (5.1, 30.0, 300.0):
            health = await bench.until(at_s)
            assert health.condition is condition, at_s
            assert words in health.problem
        assert bench.readings == []

    for traits in all_traits:
        bench(script, lambda link: every(link, 0.1, data), partial(LineDevice, traits))


def test_noise_after_health_is_foreign_and_frames_end_it() -> None:
    async def script(bench: Bench) -> None:
        every(bench.link, 0.1, b"=1\n", until_s=10.0)
        assert (await bench.until(10.0)).condition is Condition.HEALTHY
        every(bench.link, 0.1, b"\x55\xaa\x00\n", until_s=20.0)
        assert (await bench.until(14.5)).condition is Condition.HEALTHY
        assert (await bench.until(15.1)).condition is Condition.FOREIGN
        assert (await bench.until(20.0)).condition is Condition.FOREIGN
        bench.link.arrive(b"=1\n")
        assert (await bench.until(20.1)).condition is Condition.HEALTHY

    async def opened(bench: Bench) -> None:
        await bench.until(0.1)
        await script(bench)

    bench(opened)


def test_noise_that_ends_is_silence_in_the_end() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(0.1)
        every(bench.link, 0.1, b"\x55\xaa\x00\n", until_s=10.0)
        assert (await bench.until(10.0)).condition is Condition.FOREIGN
        assert (await bench.until(200.0)).condition is Condition.STALE

    bench(script)


def test_noise_at_one_of_two_rates_is_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    async def script(bench: Bench) -> None:
        await bench.until(200.0)
        assert [message.split(":")[0] for message in caplog.messages] == ["bench (line) is foreign"]

    def noisy(link: ScriptedLink) -> None:
        every(link, 0.1, b"\x55\xaa\x00 \x55\xaa\n" if link.baud == 115200 else b"")

    bench(script, noisy, lambda: LineDevice(TWO_RATES))


def test_old_noise_does_not_make_a_device_foreign_that_falls_silent() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(1.6)
        every(bench.link, 0.1, b"\x55\xaa\x00 \x55\xaa\n=1\n", until_s=20.0)
        assert (await bench.until(20.0)).junk_bytes > 1000
        assert (await bench.until(25.1)).condition is Condition.STALE

    def noisy_at_first(link: ScriptedLink) -> None:
        every(link, 0.1, b"\x55\xaa\x00 \x55\xaa\n" if link.baud == 115200 else b"")

    bench(script, noisy_at_first, lambda: LineDevice(TWO_RATES))


class OtherModel(LineDevice):
    def feed(self, data: bytes, now_s: float) -> list[Any]:
        self.foreign = ("LD2412" if b"2412" in data else "") if data else self.foreign
        return super().feed(data, now_s)


def test_a_model_that_the_device_recognises_is_named_at_once_and_its_rate_is_kept() -> None:
    async def script(bench: Bench) -> None:
        health = await bench.until(2.0)
        assert health.condition is Condition.FOREIGN
        assert "is a LD2412" in health.problem
        assert "the line configured" in health.problem
        await bench.until(30.0)
        assert [baud for _, baud in bench.port.openings] == [115200, 256000]

    speaks = {115200: b"\x81\n", 256000: b"2412\n"}
    bench(script, lambda link: every(link, 0.1, speaks[link.baud]), lambda: OtherModel(TWO_RATES))


def test_what_a_device_complains_of_is_told_also_while_it_is_healthy() -> None:
    devices: list[LineDevice] = []

    def make() -> LineDevice:
        devices.append(LineDevice())
        return devices[-1]

    async def script(bench: Bench) -> None:
        await bench.until(1.0)
        devices[-1].problem = "Its lamp is worn."
        health = await bench.until(2.0)
        assert (health.condition, health.problem) == (Condition.HEALTHY, "Its lamp is worn.")
        devices[-1].problem = ""
        assert (await bench.until(3.0)).problem == ""

    bench(script, talks, make)


# --- away and back


def test_it_is_opened_again_ever_later_with_jitter_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async def script(bench: Bench) -> None:
        bench.port.refusal = PortMissing("/dev/x is not there.", hint="Plug it in.")
        health = await bench.until(600.0)
        assert (health.condition, health.problem) == (Condition.ABSENT, "/dev/x is not there. Plug it in.")
        times = [at_s for at_s, _ in bench.port.openings]
        gaps = [after - before for before, after in itertools.pairwise(times)]
        for gap, nominal in zip(gaps, [1, 2, 4, 8, 16, *[30] * 100], strict=False):
            assert nominal * 0.8 <= gap <= nominal * 1.2
        assert len(set(gaps)) == len(gaps)
        assert caplog.messages == ["bench (line) is absent: /dev/x is not there. Plug it in."]
        bench.port.refusal = PortBusy("/dev/x is held.")
        await bench.until(700.0)
        bench.port.refusal = None
        assert (await bench.until(740.0)).condition is Condition.HEALTHY
        assert [message.split(":")[0] for message in caplog.messages[1:]] == [
            "bench (line) is absent",
            "bench (line) is healthy",
        ]

    caplog.set_level(logging.INFO)
    bench(script, talks)


def test_a_loose_plug_is_opened_ever_later_and_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def loose(link: ScriptedLink) -> None:
        talks(link)
        asyncio.get_running_loop().call_later(0.5, link.lose)

    async def script(bench: Bench) -> None:
        await bench.until(3600.0)
        assert 100 < len(bench.port.openings) < 160
        assert len(caplog.messages) <= 2 * len(bench.port.openings)

    caplog.set_level(logging.INFO)
    bench(script, loose)


def test_one_that_was_well_for_long_is_opened_again_soon() -> None:
    async def script(bench: Bench) -> None:
        bench.port.refusal = PortMissing("/dev/x is not there.")
        await bench.until(100.0)
        bench.port.refusal = None
        await bench.until(200.0)
        bench.link.lose()
        await bench.until(200.1)
        assert bench.supervisor.health().condition is Condition.ABSENT
        assert (await bench.until(202.0)).condition is Condition.HEALTHY

    bench(script, talks)


def test_after_an_opening_it_has_its_whole_time_before_it_is_stale() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(1.0)
        bench.link.arrive(b"=1\n")
        await bench.until(2.0)
        bench.port.refusal = PortMissing("/dev/x is not there.")
        bench.link.lose()
        await bench.until(100.0)
        bench.port.refusal = None
        while len(bench.port.links) == 1:
            await bench.until(bench.loop.time() + 0.1)
        opened_s, _ = bench.port.openings[-1]
        assert (await bench.until(opened_s + 4.9)).condition is Condition.STARTING
        assert (await bench.until(opened_s + 5.1)).condition is Condition.STALE

    bench(script)
