"""Draws docs/pictures from the panel's own previews."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from roomdisplay import looks, preview  # noqa: E402
from roomdisplay.sample_day import Picture  # noqa: E402
from scripts import contact_sheet  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
SIZE = (1280, 800)
SHEETS = {
    "states.png": (Picture.FREE, Picture.BUSY, Picture.CHECK_IN, Picture.OFFLINE),
    "presence.png": (Picture.IN_USE, Picture.BOOKED_EMPTY, Picture.RELEASE_WARNING, Picture.SENSOR_UNKNOWN),
}


def main() -> None:
    """Four states on each picture; other languages and sizes are left to `mydesk-room preview`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    preview.draw(Picture.FREE, lang="da", size=SIZE)  # opens the window
    from roomdisplay.screens.capture import picture

    config = preview.configuration(SIZE, "da", "red")
    panel, theme = looks.metrics(config.screen), looks.theme(config.screen)
    for name, states in SHEETS.items():
        frames = [picture(preview.view(state, config), panel, theme) for state in states]
        contact_sheet.write(frames, FOLDER / name, columns=2)


if __name__ == "__main__":
    main()
