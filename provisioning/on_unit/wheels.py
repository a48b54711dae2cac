"""Makes a virtual environment and unpacks wheels into it, so that no code of a release runs while it is installed.

Sources: PEP 427 (wheels), PEP 405 (pyvenv.cfg), the entry points specification of the Python Packaging Authority.
"""

from __future__ import annotations

import configparser
import errno
import re
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from provisioning.on_unit.errors import UpdateError

_CHUNK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, IndexError, struct.error)
"""What zipfile raises for an archive that is not what it says."""
_ENTRY_POINT = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<function>[A-Za-z_]\w*)")
_COMMAND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}")
_SCRIPT = "#!{python} -I\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"


def interpreter() -> Path:
    """Return the system's Python, which the release's will be a link to."""
    return Path(sys.base_prefix) / "bin" / f"python{python_version()}"


def python_version() -> str:
    """Return like "3.11"."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def make_environment(release: Path, *, with_system_packages: bool) -> Path:
    """Make the virtual environment `release` (PEP 405) and return its site-packages."""
    site = release / "lib" / f"python{python_version()}" / "site-packages"
    site.mkdir(parents=True)
    (release / "bin").mkdir()
    (release / "bin/python").symlink_to(interpreter())
    lines = (
        f"home = {interpreter().parent}",
        f"include-system-site-packages = {'true' if with_system_packages else 'false'}",
        f"version = {python_version()}",
    )
    with (release / "pyvenv.cfg").open("x", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return site


class Unpacker:
    """Unpacks wheels into `release`; at most `budget_bytes` in all."""

    def __init__(self, release: Path, site: Path, budget_bytes: int) -> None:
        self._release = release
        self._site = site
        self._left_bytes = budget_bytes

    def unpack(self, wheels: Iterable[Path]) -> None:
        """Unpack `wheels`.

        Raises:
            UpdateError: a wheel is damaged, leads out of the release, brings a file twice, or is larger than it says.
        """
        for wheel in wheels:
            try:
                with zipfile.ZipFile(wheel) as archive:
                    self._unpack(archive, wheel.name)
            except _DAMAGED as error:
                raise UpdateError(f"{wheel.name} is damaged: {error}. Build the bundle again.") from error
            except FileExistsError as error:
                raise UpdateError(f"{wheel.name} brings {error.filename} once more. Build the bundle again.") from error
            except OSError as error:
                if error.errno != errno.EINVAL:  # a place in the archive that cannot be
                    raise
                raise UpdateError(f"{wheel.name} is damaged: {error}. Build the bundle again.") from error

    def _unpack(self, archive: zipfile.ZipFile, wheel: str) -> None:
        for info in archive.infolist():
            if info.filename.endswith("/"):
                continue
            place = self._place(PurePosixPath(info.filename), info, wheel)
            if place is not None:
                self._write(archive, info, place)
                if place.name == "entry_points.txt" and place.parent.name.endswith(".dist-info"):
                    self._write_commands(place, wheel)

    def _place(self, name: PurePosixPath, info: zipfile.ZipInfo, wheel: str) -> Path | None:
        """Where a file of a wheel belongs; None: nowhere here."""
        mode = info.external_attr >> 16
        odd = stat.S_IFMT(mode) not in (0, stat.S_IFREG) or info.flag_bits & 1 or not name.parts
        odd = odd or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if odd or name.is_absolute() or ".." in name.parts or "\\" in info.filename or "\0" in info.filename:
            raise UpdateError(f"{wheel} has {info.filename[:120]!r}, which may not be in it. Build the bundle again.")
        if not name.parts[0].endswith(".data"):
            return self._site / name
        rest = PurePosixPath(*name.parts[2:])
        if name.parts[1:2] in (("purelib",), ("platlib",)):
            return self._site / rest
        if name.parts[1:3] == ("data", "share"):
            return self._release / rest
        return None  # scripts and headers are for developers

    def _write(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path) -> None:
        self._left_bytes -= info.file_size
        if self._left_bytes < 0:
            raise UpdateError("the wheels are larger than the manifest says. Build the bundle again.")
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as source, place.open("xb") as target:
            while piece := source.read(_CHUNK):
                target.write(piece)
        if info.external_attr >> 16 & 0o111:
            place.chmod(0o755)

    def _write_commands(self, entry_points: Path, wheel: str) -> None:
        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            parser.read_string(entry_points.read_text("utf-8"))
        except configparser.Error as error:
            raise UpdateError(f"{wheel}: entry_points.txt is wrong: {error}. Build the bundle again.") from error
        for command, target in parser.items("console_scripts") if parser.has_section("console_scripts") else ():
            match = _ENTRY_POINT.match(target.strip())
            if match is None or not _COMMAND.fullmatch(command):
                raise UpdateError(f"{wheel}: {command} = {target[:80]!r} is no command. Build the bundle again.")
            self._write_command(self._release / "bin" / command, match["module"], match["function"])

    def _write_command(self, path: Path, module: str, function: str) -> None:
        with path.open("x", encoding="utf-8") as file:
            file.write(_SCRIPT.format(python=self._release / "bin/python", module=module, function=function))
        path.chmod(0o755)
