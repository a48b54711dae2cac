"""A stage for panels: the kit's off-screen window in the panel's size, and a root that notes what it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from roomdisplay.view import PanelView
from tests.ui_kit.conftest import stage, the_window
from tests.ui_kit.show import Show, putting_up
from ui.metrics import Panel

__all__ = ["stage", "the_window"]


@pytest.fixture
def put_up(stage: Callable[..., Any]) -> Iterator[Callable[[Panel, PanelView], Show]]:
    """`put_up(panel, view)` puts a PanelRoot on the window."""
    from roomdisplay.screens.panel_root import PanelRoot

    with putting_up(Show, PanelRoot, stage) as put:
        yield put
