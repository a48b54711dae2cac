"""A stage for panels: the kit's off-screen window in the panel's size, and a root that notes what it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from roomdisplay.view import Action, PanelView
from tests.ui_kit.conftest import stage, the_window
from ui.metrics import Panel

__all__ = ["stage", "the_window"]


@dataclass
class Show:
    """A root on the window, with a clock that stands still, and what it was told."""

    window: Any
    root: Any
    actions: list[Action]
    released: list[bool]
    awake: list[bool] = field(default_factory=lambda: [True])
    now_s: list[float] = field(default_factory=lambda: [100.0])

    def later(self, seconds: float = 2.0) -> None:
        self.now_s[0] += seconds

    def show(self, view: PanelView) -> None:
        """Show a view, and let the moment pass in which a new page ignores fingers."""
        self.root.show(view)
        self.later()
        self.draw()

    def draw(self) -> None:
        from ui.window import draw_frame

        draw_frame(self.window)
        draw_frame(self.window)


@pytest.fixture
def put_up(stage: Callable[..., Any]) -> Iterator[Callable[[Panel, PanelView], Show]]:
    """`put_up(panel, view)` puts a PanelRoot on the window."""
    roots: list[Any] = []

    def make(panel: Panel, view: PanelView) -> Show:
        from roomdisplay.screens.panel_root import PanelRoot

        actions: list[Action] = []
        released: list[bool] = []
        awake, now_s = [True], [100.0]
        root = PanelRoot(panel, actions.append, lambda: awake[0], lambda: released.append(True), now_s=lambda: now_s[0])
        roots.append(root)
        shown = Show(stage(panel, root), root, actions, released, awake, now_s)
        shown.show(view)
        return shown

    yield make
    for root in roots:
        root.sender.new_view()
        root.close()
