"""Packs the updater into the one file that provisioning puts on a unit as /usr/local/sbin/mydesk-update."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import provisioning

MODULES = (
    "activation",
    "asked",
    "bundle_reader",
    "database_copy",
    "errors",
    "guard",
    "health",
    "manifest",
    "mydesk_update",
    "places",
    "pruning",
    "quiet",
    "release_check",
    "restarting",
    "running",
    "settings",
    "signature",
    "staging",
    "state",
    "wheels",
)
"""Of provisioning.on_unit; a test holds that these import nothing but each other and the standard library."""

SHEBANG = b"#!/usr/bin/python3 -I\n"
MAIN = "import sys\n\nfrom provisioning.on_unit.mydesk_update import main\n\nsys.exit(main())\n"
_ROOT = Path(provisioning.__file__).parent


def updater_file() -> bytes:
    """Return the file, an executable zip (PEP 441), not compressed; the same sources give the same bytes."""
    names = ["__init__.py", "on_unit/__init__.py", *(f"on_unit/{name}.py" for name in MODULES)]
    sources = {f"provisioning/{name}": (_ROOT / name).read_text("utf-8") for name in names}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for place, text in {"__main__.py": MAIN, **sources}.items():
            archive.writestr(zipfile.ZipInfo(place), text)
    return SHEBANG + packed.getvalue()
