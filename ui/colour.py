"""Colours as numbers: contrast after WCAG 2.2, colour blindness after Machado 2009, distance as CIE 1976 deltaE.

>>> round(contrast_ratio(parse("#FFFFFF"), parse("#0B7A4B")), 1)
5.4
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from common.errors import MyDeskError


class ColourError(MyDeskError):
    """Error raised when a colour cannot be read, or would not be legible."""


class Rgb(NamedTuple):
    """An sRGB colour, each channel 0 to 1."""

    r: float
    g: float
    b: float

    @property
    def hex(self) -> str:
        """As `#RRGGBB`."""
        return "#" + "".join(f"{round(channel * 255):02X}" for channel in self)

    def rgba(self, alpha: float = 1.0) -> tuple[float, float, float, float]:
        """With opacity, as Kivy's Color takes it."""
        return (self.r, self.g, self.b, alpha)


class Vision(StrEnum):
    """How a person sees colours; the last three are the full dichromacies."""

    NORMAL = "normal"
    PROTAN = "protan"
    DEUTAN = "deutan"
    TRITAN = "tritan"


Matrix = tuple[tuple[float, float, float], ...]

# Machado, Oliveira, Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# severity 1.0; applied to linear RGB.
MACHADO: dict[Vision, Matrix] = {
    Vision.PROTAN: (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    Vision.DEUTAN: (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    Vision.TRITAN: (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
SRGB_TO_XYZ: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
D65 = (0.95047, 1.0, 1.08883)


def parse(text: str) -> Rgb:
    """Read `#RRGGBB`. Raises ColourError on anything else."""
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ColourError(f"{text!r} is not a colour.", hint="Write it as #RRGGBB, for example #0B7A4B.")
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return Rgb(red, green, blue)


def blend(over: Rgb, under: Rgb, alpha: float) -> Rgb:
    """What is seen of `over` with opacity `alpha` (0 to 1) laid on `under`."""
    return Rgb(*(alpha * o + (1 - alpha) * u for o, u in zip(over, under, strict=True)))


def luminance(colour: Rgb) -> float:
    """WCAG relative luminance, 0 to 1."""
    red, green, blue = (_linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_ratio(one: Rgb, other: Rgb) -> float:
    """WCAG contrast, 1 to 21; the order does not matter."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def simulate(colour: Rgb, vision: Vision) -> Rgb:
    """`colour` as a person with `vision` sees it."""
    if vision is Vision.NORMAL:
        return colour
    seen = _apply(MACHADO[vision], tuple(_linear(channel) for channel in colour))
    return Rgb(*(_gamma(min(max(channel, 0.0), 1.0)) for channel in seen))


def delta_e(one: Rgb, other: Rgb, vision: Vision = Vision.NORMAL) -> float:
    """CIE 1976 distance in L*a*b* (D65); about 2.3 is just noticeable side by side."""
    first, second = _lab(simulate(one, vision)), _lab(simulate(other, vision))
    return float(sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


def _apply(matrix: Matrix, vector: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)


def _lab(colour: Rgb) -> tuple[float, float, float]:
    xyz = _apply(SRGB_TO_XYZ, tuple(_linear(channel) for channel in colour))
    x, y, z = (_cube_root(value / white) for value, white in zip(xyz, D65, strict=True))
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


def _cube_root(ratio: float) -> float:
    return float(ratio ** (1 / 3)) if ratio > 216 / 24389 else (24389 / 27 * ratio + 16) / 116
