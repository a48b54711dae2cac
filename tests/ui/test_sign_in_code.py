"""A device code is never cut: whoever cannot read a letter of it cannot sign the panel in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from roomdisplay.view import PanelView
from tests.ui.sample_views import FREE, SIGN_IN_SHEET
from ui.metrics import PANELS, Panel


@pytest.mark.parametrize("panel", PANELS, ids=str)
@pytest.mark.parametrize("code", ["F4K7Q2ZL9", "WMWMWMWMW"])
def test_every_letter_is_there(panel: Panel, code: str, put_up: Callable[..., Any]) -> None:
    from ui.text import shorten

    shown = put_up(panel, PanelView(FREE, replace(SIGN_IN_SHEET, code=code)))
    (label,) = [one for one in shown.root.walk() if getattr(one, "min_cap_mm", 8.0) < 8.0]
    assert shorten(label.text, label.fitted(), label.width) == label.text
    assert label.cap_mm() >= 4.0
