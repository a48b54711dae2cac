"""Icons as strokes on a grid of 24 by 24, y upwards. Pure data."""

from __future__ import annotations

from enum import StrEnum

from ui.geometry import Point
from ui.rect import Rect


class Icon(StrEnum):
    """What can be drawn."""

    CLOSE = "close"
    BACK = "back"
    NEXT = "next"
    CHECK = "check"
    ENTER = "enter"
    LEAVE = "leave"
    SHIFT = "shift"
    BACKSPACE = "backspace"
    WARNING = "warning"
    HELP = "help"
    SEARCH = "search"
    PERSON = "person"
    PLUS = "plus"
    QR = "qr"
    PARCEL = "parcel"
    REFRESH = "refresh"


STROKES: dict[Icon, tuple[tuple[Point, ...], ...]] = {
    Icon.CLOSE: (((6, 6), (18, 18)), ((6, 18), (18, 6))),
    Icon.BACK: (((15, 5), (8, 12), (15, 19)),),
    Icon.NEXT: (((9, 5), (16, 12), (9, 19)),),
    Icon.CHECK: (((4, 12), (10, 6), (20, 18)),),
    Icon.ENTER: (((2, 12), (14, 12)), ((9, 7), (14, 12), (9, 17)), ((15, 2), (21, 2), (21, 22), (15, 22))),
    Icon.LEAVE: (((9, 12), (22, 12)), ((17, 7), (22, 12), (17, 17)), ((9, 2), (3, 2), (3, 22), (9, 22))),
    Icon.SHIFT: (((12, 21), (3, 12), (8, 12), (8, 4), (16, 4), (16, 12), (21, 12), (12, 21)),),
    Icon.BACKSPACE: (
        ((8, 5), (22, 5), (22, 19), (8, 19), (2, 12), (8, 5)),
        ((11, 9), (17, 15)),
        ((11, 15), (17, 9)),
    ),
    Icon.WARNING: (((12, 21), (2, 4), (22, 4), (12, 21)), ((12, 14.5), (12, 10.5)), ((12, 7), (12, 7))),
    Icon.HELP: (
        ((8.5, 16), (9.5, 18.2), (12, 19.2), (14.5, 18.2), (15.5, 16), (14.5, 13.7), (12, 12.2), (12, 9.5)),
        ((12, 5.5), (12, 5.5)),
    ),
    Icon.SEARCH: (
        ((10, 4), (5.8, 5.8), (4, 10), (5.8, 14.2), (10, 16), (14.2, 14.2), (16, 10), (14.2, 5.8), (10, 4)),
        ((14.5, 9.5), (20, 4)),
    ),
    Icon.PERSON: (
        ((12, 12.5), (9.2, 13.7), (8, 16.5), (9.2, 19.3), (12, 20.5), (14.8, 19.3), (16, 16.5), (14.8, 13.7)),
        ((14.8, 13.7), (12, 12.5)),
        ((4, 4), (5, 7.2), (8, 9), (12, 9.4), (16, 9), (19, 7.2), (20, 4)),
    ),
    Icon.PLUS: (((12, 4), (12, 20)), ((4, 12), (20, 12))),
    Icon.QR: (
        ((3, 13.5), (10.5, 13.5), (10.5, 21), (3, 21), (3, 13.5)),
        ((13.5, 13.5), (21, 13.5), (21, 21), (13.5, 21), (13.5, 13.5)),
        ((3, 3), (10.5, 3), (10.5, 10.5), (3, 10.5), (3, 3)),
        ((14, 10), (17, 10), (17, 7)),
        ((14, 6), (14, 3)),
        ((20.5, 10), (20.5, 10)),
        ((17.5, 3), (20.5, 3), (20.5, 6)),
    ),
    Icon.PARCEL: (
        ((12, 22), (3, 17.5), (3, 7), (12, 2), (21, 7), (21, 17.5), (12, 22)),
        ((3, 17.5), (12, 12.5), (21, 17.5)),
        ((12, 12.5), (12, 2)),
    ),
    Icon.REFRESH: (
        ((20, 12), (18.5, 16.7), (15, 19.5), (10.5, 19.8), (6.5, 17.8), (4.3, 14), (4.3, 9.8), (6.5, 6.2)),
        ((6.5, 6.2), (10.5, 4.2), (15, 4.5), (18.5, 7.3)),
        ((20.8, 17), (20, 12), (15.2, 13)),
    ),
}


def strokes(icon: Icon, box: Rect) -> list[list[Point]]:
    """The strokes of an icon in a box, which is taken to be square about its centre."""
    side = min(box.width, box.height)
    left, bottom = box.centre[0] - side / 2, box.centre[1] - side / 2
    return [[(left + x / 24 * side, bottom + y / 24 * side) for x, y in line] for line in STROKES[icon]]
