"""The fingerprint of a hub's CA, from the file that the hub made."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.certificates import ca_certificate, new_key, pem
from provisioning.fleet_error import FleetError
from provisioning.hub_ca import ca_fingerprint
from provisioning.inventory import HubSection
from tests.provisioning.fleet_kit import FINGERPRINT


def test_it_is_what_openssl_says(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(pem(ca_certificate(new_key(), "cph", datetime(2026, 1, 1, tzinfo=UTC))))
    command = ["openssl", "x509", "-in", str(tmp_path / "ca.pem"), "-noout", "-fingerprint", "-sha256"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    found = ca_fingerprint(HubSection(host="hub", ca_file="ca.pem"), tmp_path)
    assert found == "sha256:" + said.partition("=")[2].strip().replace(":", "").lower()
    assert ca_fingerprint(HubSection(host="hub", ca_file="ca.pem", ca_fingerprint=found), tmp_path) == found
    with pytest.raises(FleetError, match="and ca_fingerprint says sha256:0123"):
        ca_fingerprint(HubSection(host="hub", ca_file="ca.pem", ca_fingerprint=FINGERPRINT), tmp_path)


def test_what_is_no_certificate_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no PEM")
    with pytest.raises(FleetError, match=r"ca\.pem is no certificate"):
        ca_fingerprint(HubSection(host="hub", ca_file="ca.pem"), tmp_path)
