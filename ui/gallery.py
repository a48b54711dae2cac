"""Every widget of the kit as one picture, to be looked at: python -m ui.gallery --size 1280x800 --out kit.png"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from ui.metrics import Panel, known_panel
from ui.window import configure, frame_png, open_window

PAGES = ("room", "parts", "sheet", "toast", "welcome", "host")


def main(argv: list[str] | None = None) -> int:
    """Entry point; 0 when the picture is written, 2 on wrong use."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1280x800", help="1280x800, 800x480 or 720x1280")
    parser.add_argument("--page", default="room", choices=PAGES)
    parser.add_argument("--out", type=Path, required=True, help="the PNG to write")
    arguments = parser.parse_args(argv)
    try:
        width, height = (int(part) for part in arguments.size.split("x"))
        panel = known_panel(width, height)
    except ValueError as error:
        parser.error(str(error))
    configure(panel, offscreen=True)
    window = open_window()
    _page(arguments.page)(window, panel)
    frame_png(window, arguments.out)
    return 0


def _page(name: str) -> Callable[[object, Panel], None]:
    """The pages need Kivy's window to be configured first, so they are imported only now."""
    from ui import gallery_kiosk, gallery_parts, gallery_room

    pages: dict[str, Callable[[object, Panel], None]] = {
        "room": gallery_room.room,
        "parts": gallery_parts.parts,
        "sheet": gallery_parts.sheet,
        "toast": gallery_parts.toast,
        "welcome": gallery_kiosk.welcome,
        "host": gallery_kiosk.host,
    }
    return pages[name]


if __name__ == "__main__":
    raise SystemExit(main())
