"""The three panels as a parameter: the first one each time, the others in the slow tier."""

from __future__ import annotations

import pytest

from ui.metrics import PANELS

on_every_panel = pytest.mark.parametrize(
    "panel",
    [PANELS[0], *(pytest.param(panel, marks=pytest.mark.slow) for panel in PANELS[1:])],
    ids=["10", "7", "portrait"],
)
