"""gpiozero's own mock pins instead of a Raspberry Pi; the global factory is put back after each test."""

from collections.abc import Iterator

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    """A Raspberry Pi 5 whose pins remember."""
    before = Device.pin_factory
    factory = MockFactory(revision="d04170", pin_class=MockPWMPin)
    Device.pin_factory = factory
    try:
        yield factory
    finally:
        factory.reset()
        factory.close()
        Device.pin_factory = before


@pytest.fixture
def no_pins() -> Iterator[None]:
    """No factory chosen yet, as when a program starts."""
    before = Device.pin_factory
    Device.pin_factory = None
    try:
        yield
    finally:
        Device.pin_factory = before
