"""The relay on gpiozero's mock pins, and the emulated one beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.exc import BadPinFactory
from gpiozero.pins.mock import MockFactory, MockPWMPin
from pytest_mock import MockerFixture

from common.config import ConfigError, parse
from drivers.emulators.gpio import EmulatedRelay
from drivers.errors import DeviceError, NoPinFactory, PinBusy, UsageError
from drivers.gpio.relay import GpioRelay
from drivers.relay import Relay, RelayConfig, open_relay

CONFIG = RelayConfig(driver="gpiozero")


def waits_for(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(5000):
        if condition():
            return
        waiting.wait(0.001)
    raise AssertionError("did not happen within 5 s")


def is_on(relay: Relay) -> bool:
    return relay.is_on


def opened(driver: Any) -> Relay:
    relay = open_relay(RelayConfig(driver=driver))
    assert relay is not None
    return relay


@pytest.mark.parametrize("driver", ["gpiozero", "emulated"])
def test_every_relay_keeps_to_the_contract(pins: MockFactory, driver: str) -> None:
    relay = opened(driver)
    assert not is_on(relay)
    relay.on()
    relay.on()
    assert is_on(relay)
    relay.off()
    assert not is_on(relay)
    relay.pulse(0.05)
    assert is_on(relay)
    waits_for(lambda: not is_on(relay))
    for wrong in (0.0, -1.0, 61.0, float("nan")):
        with pytest.raises(UsageError, match="a pulse lasts"):
            relay.pulse(wrong)
    relay.on()
    relay.close()
    relay.close()
    assert not is_on(relay)
    for call in (relay.on, relay.off, lambda: relay.pulse(1)):
        with pytest.raises(UsageError, match="the relay is closed"):
            call()


def test_none() -> None:
    assert open_relay(RelayConfig()) is None


@pytest.mark.parametrize(("active_high", "on", "off"), [(True, 1, 0), (False, 0, 1)])
def test_levels(pins: MockFactory, active_high: bool, on: int, off: int) -> None:
    relay = GpioRelay(RelayConfig(active_high=active_high))
    pin = pins.pin(23)
    assert pin.state == off
    relay.on()
    assert pin.state == on
    relay.close()
    assert pin.function == "input", "the resistor of the wiring keeps the relay off"
    assert threading.active_count() == 1


def test_a_newer_call_ends_a_pulse(pins: MockFactory) -> None:
    relay = GpioRelay(CONFIG)
    relay.pulse(0.05)
    relay.on()
    waits_for(lambda: threading.active_count() == 1)
    assert is_on(relay)
    relay.pulse(60)
    relay.off()
    waits_for(lambda: threading.active_count() == 1)
    assert not is_on(relay)
    relay.close()


def test_a_pulse_whose_timer_fires_late_does_not_end_the_next(pins: MockFactory) -> None:
    relay = GpioRelay(CONFIG)
    relay.pulse(0.05)
    with relay._lock:
        late = relay._timer
        assert late is not None
        ended = threading.Thread(target=relay._pulse_ends)  # the timer has fired, and waits for the lock
        ended.start()
        late.cancel()
        relay._timer = None  # meanwhile the next call
    ended.join(5)
    assert is_on(relay)
    relay.close()


def test_many_threads_may_switch_it(pins: MockFactory) -> None:
    relay = GpioRelay(CONFIG)
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def flip(number: int) -> None:
        start.wait(5)
        try:
            for turn in range(100):
                (relay.on, relay.off, lambda: relay.pulse(0.05))[(turn + number) % 3]()
        except Exception as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    threads = [threading.Thread(target=flip, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []
    relay.off()
    assert pins.pin(23).state == 0
    relay.close()
    waits_for(lambda: threading.active_count() == 1)


def test_a_second_owner_is_refused_with_the_line_to_change(pins: MockFactory) -> None:
    relay = GpioRelay(CONFIG)
    with pytest.raises(PinBusy) as caught:
        GpioRelay(CONFIG)
    assert "GPIO23" in caught.value.message
    assert "[relay], now pin = 23" in caught.value.hint
    relay.close()
    GpioRelay(CONFIG).close()


def test_no_gpio_is_one_clear_error(no_pins: None, mocker: MockerFixture) -> None:
    mocker.patch.object(Device, "_default_pin_factory", side_effect=BadPinFactory("none"))
    with pytest.raises(NoPinFactory) as caught:
        GpioRelay(CONFIG)
    assert 'set [relay] driver = "emulated" or "none"' in caught.value.hint


def test_a_half_made_relay_frees_its_pin(pins: MockFactory, mocker: MockerFixture) -> None:
    broken = mocker.patch.object(MockPWMPin, "output_with_state", side_effect=OSError(5, "Input/output error"))
    with pytest.raises(DeviceError, match="Input/output error"):
        GpioRelay(CONFIG)
    mocker.stop(broken)
    GpioRelay(CONFIG).close()


def test_a_relay_that_fails_is_let_go_and_recovers(pins: MockFactory, mocker: MockerFixture) -> None:
    relay = GpioRelay(CONFIG)
    relay.on()
    broken = mocker.patch.object(MockPWMPin, "_set_state", side_effect=OSError(5, "Input/output error"))
    with pytest.raises(DeviceError, match="the relay failed"):
        relay.off()
    assert not is_on(relay)
    assert pins.pin(23).function == "input"
    mocker.stop(broken)
    relay.on()
    assert is_on(relay)
    relay.close()


def test_a_pulse_that_cannot_end_lets_the_pin_go(
    pins: MockFactory, mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    relay = GpioRelay(CONFIG)
    relay.pulse(0.05)
    mocker.patch.object(MockPWMPin, "_set_state", side_effect=OSError(5, "Input/output error"))
    waits_for(lambda: not is_on(relay))
    assert pins.pin(23).function == "input"
    assert "let go at the end of a pulse" in caplog.text
    relay.close()


def test_where_no_thread_can_be_had_the_door_stays_shut(pins: MockFactory, mocker: MockerFixture) -> None:
    relay = GpioRelay(CONFIG)
    mocker.patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start new thread"))
    with pytest.raises(RuntimeError):
        relay.pulse(1)
    assert not is_on(relay)
    relay.close()


def test_the_emulated_pulse_follows_its_clock() -> None:
    now_s = [10.0]
    relay = EmulatedRelay(lambda: now_s[0])
    relay.pulse(3)
    now_s[0] = 12.9
    assert is_on(relay)
    now_s[0] = 13.0
    assert not is_on(relay)


@pytest.mark.parametrize(("text", "key"), [("pin = 28", "pin"), ("driver = 'x'", "driver"), ("pins = 3", "pins")])
def test_a_wrong_section_is_told(text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, RelayConfig)
    assert [problem.key for problem in caught.value.problems] == [key]
