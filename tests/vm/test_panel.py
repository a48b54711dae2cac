"""From an image to a panel in a virtual machine: provisioned, touched, typed at, cut off, updated."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.vm.bench import bench
from tests.vm.images import Releases, stock_image, target
from tests.vm.passes import whole_pass

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="debootstrap needs root"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="scripts/install --slow"),
]


def test_a_stock_debian_becomes_a_panel_that_nobody_can_take_down(tmp_path: Path) -> None:
    releases = Releases(tmp_path / "releases", target("amd64"))
    image = stock_image("amd64", print)
    with bench(tmp_path / "machine", image, "amd64", releases.public_key, print) as made:
        whole_pass(made, releases)
