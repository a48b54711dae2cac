"""Draws docs/pictures from the panel's own previews."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from roomdisplay import looks, preview  # noqa: E402
from roomdisplay.state import Kind  # noqa: E402
from scripts import contact_sheet  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZE = (1280, 800)
STATES = (Kind.FREE, Kind.BUSY, Kind.CHECK_IN, Kind.OFFLINE)


def main() -> None:
    """Four states on one picture, the third language of each reader left to `mydesk-room preview`."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    config = preview.configuration(SIZE, "da", "red")
    frames = []
    for kind in STATES:
        preview.draw(kind, lang="da", size=SIZE)
        from roomdisplay.screens.capture import picture

        view = preview.view(kind, config)
        frames.append(picture(view, looks.metrics(config.screen), looks.theme(config.screen)))
    contact_sheet.write(frames, PICTURES / "states.png", columns=2)


if __name__ == "__main__":
    main()
