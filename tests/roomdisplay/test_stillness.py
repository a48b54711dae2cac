"""A panel at rest draws nothing: within one minute its view stays the same value, whatever the state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from roomdisplay import preview, showing
from roomdisplay.state import Kind


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_the_view_only_changes_with_the_minute(kind: Kind) -> None:
    config = preview.configuration((1280, 800), "da", "red")
    scene = preview.scene(kind, config)
    words = preview.words(config)
    views = {
        showing.view(replace(scene, state=replace(scene.state, now=scene.state.now + timedelta(seconds=second))), words)
        for second in (0, 1, 17, 59)
    }
    assert len(views) == 1
