"""The customer's logo: drawn where there is one, told where it is no picture, never in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roomdisplay.view import PanelView
from tests.ui.sample_views import FREE
from ui.metrics import PANELS, TEN_INCH
from ui.window import Frame

PutUp = Callable[..., Any]


def png(path: Path, width: int = 60, height: int = 30) -> str:
    path.write_bytes(Frame(width, height, bytes((250, 10, 250)) * width * height).png())
    return str(path)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.width_px}x{panel.height_px}")
def test_it_stands_beside_the_clock_and_covers_nothing(panel: Any, put_up: PutUp, tmp_path: Path) -> None:
    shown = put_up(panel, PanelView(replace(FREE, logo_file=png(tmp_path / f"{panel.width_px}.png"))))
    header = shown.root.home.status.header
    assert header.logo.texture is not None
    assert header.name.right <= header.logo.x
    assert header.logo.right <= header.clock.x
    from ui.window import frame

    x, y = (int(part) for part in header.logo.center)
    assert frame(shown.window).pixel(x, panel.height_px - 1 - y) == (250, 10, 250)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\ntruncated", b"GIF89a", b"not a picture at all"])
def test_what_is_no_picture_is_told(
    content: bytes, put_up: PutUp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "logo.png"
    path.write_bytes(content)
    shown = put_up(TEN_INCH, PanelView(replace(FREE, logo_file=str(path))))
    assert shown.root.home.status.header.logo.texture is None
    assert "logo_file" in caplog.text


def test_a_missing_file_is_told(put_up: PutUp, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put_up(TEN_INCH, PanelView(replace(FREE, logo_file=str(tmp_path / "none.png"))))
    assert "cannot be shown" in caplog.text
