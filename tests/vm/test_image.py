"""An image with a release inside: it boots, takes its seed, and needs nothing from the network to be a panel."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from provisioning import image
from provisioning.image import ReleaseIn
from provisioning.image_mirror import debian_mirror
from provisioning.image_plan import ImagePlan
from tests.vm import office, power, steps
from tests.vm.bench import bench
from tests.vm.images import Releases, cache, target

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="debootstrap needs root"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="scripts/install --slow"),
]


def test_an_image_has_its_release_inside(tmp_path: Path) -> None:
    releases = Releases(tmp_path / "releases", target("amd64"))
    plan, path = ImagePlan("x86_64", debian_mirror("bookworm")), tmp_path / "panel.img"
    release = ReleaseIn(releases.bundle(), releases.signers)
    built = image.build(plan, path, release, print, cache=cache())
    with bench(tmp_path / "machine", path, "amd64", releases.public_key, print) as made:
        steps.first_boot(made)
        assert power.status(made)["step"] == "committed"
        assert str(power.status(made)["current"]).startswith(f"{built.release}-")
        assert "Failed" not in made.root.run("systemctl --failed --no-legend; bootctl is-installed")
        made.fleet_ok("provision", office.UNIT, "--timeout", steps.PATIENCE_S)
        steps.sign_in(made)
        steps.shows_free(made)
