"""The customer's logo: read once; a file that is no picture leaves its place empty, and is told."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

MAX_BYTES = 4 << 20


@lru_cache(maxsize=4)
def texture_of(path: str) -> Any | None:
    """The texture of the PNG at `path`; None without a path, or when it cannot be used."""
    if not path:
        return None
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise ValueError("it is larger than 4 MiB")
        from kivy.core.image import Image

        texture = Image(path, nocache=True).texture
    except Exception as error:  # noqa: BLE001 - for a picture that it cannot read Kivy raises a bare Exception
        log.error("logo %s cannot be shown: %s; set logo_file to a PNG, or leave it out", path, error)
        return None
    texture.mag_filter = texture.min_filter = "linear"
    return texture
