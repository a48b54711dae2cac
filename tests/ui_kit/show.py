"""A root of widgets on the test window, with a clock that stands still, and what it was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ui.metrics import Panel


class Show:
    """What was put up: `show` views on it, and look at `actions` and `released` afterwards."""

    def __init__(self) -> None:
        self.window: Any = None
        self.root: Any = None
        self.actions: list[Any] = []
        self.released: list[bool] = []
        self.awake = [True]
        self.now_s = [100.0]

    def put_up(self, panel: Panel, view: Any, make_root: Callable[..., Any], stage: Callable[..., Any]) -> None:
        """Make the root, put it on the window of that size, and show the first view."""
        self.root = make_root(
            panel,
            self.actions.append,
            lambda: self.awake[0],
            lambda: self.released.append(True),
            now_s=lambda: self.now_s[0],
        )
        self.window = stage(panel, self.root)
        self.show(view)

    def later(self, seconds: float = 2.0) -> None:
        self.now_s[0] += seconds

    def show(self, view: Any) -> None:
        """Show a view, and let the moment pass in which a new page ignores fingers."""
        self.root.show(view)
        self.later()
        self.draw()

    def draw(self) -> None:
        from ui.window import draw_frame

        draw_frame(self.window)
        draw_frame(self.window)


AnyShow = TypeVar("AnyShow", bound=Show)


@contextmanager
def putting_up(
    kind: type[AnyShow], make_root: Callable[..., Any], stage: Callable[..., Any]
) -> Iterator[Callable[[Panel, Any], AnyShow]]:
    """`put_up(panel, view)` for a fixture; all roots are closed afterwards."""
    shows: list[AnyShow] = []

    def make(panel: Panel, view: Any) -> AnyShow:
        shown = kind()
        shows.append(shown)
        shown.put_up(panel, view, make_root, stage)
        return shown

    yield make
    for shown in shows:
        if shown.root is not None:
            shown.root.sender.new_view()
            shown.root.close()
