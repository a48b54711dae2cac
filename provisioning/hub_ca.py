"""The site CA of a hub, as its fingerprint: SHA-256 of the certificate in DER."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from provisioning.fleet_error import FleetError
from provisioning.inventory import HubSection

__all__ = ["ca_fingerprint"]

MOST_BYTES: Final = 64 << 10


def ca_fingerprint(hub: HubSection, folder: Path) -> str:
    """`sha256:...` of the CA in an inventory's `folder`, else what the inventory says.

    Raises:
        FleetError: the file cannot be read, is no certificate, or not the one that the inventory says.
    """
    if not hub.ca_file:
        return hub.ca_fingerprint
    path = folder / hub.ca_file
    found = "sha256:" + _certificate(path).fingerprint(hashes.SHA256()).hex()
    if hub.ca_fingerprint and hub.ca_fingerprint != found:
        hint = "Which of the two is the hub's? `mydesk-hub` made the file; compare at the hub."
        raise FleetError(f"{path} is {found}, and ca_fingerprint says {hub.ca_fingerprint}.", hint=hint)
    return found


def _certificate(path: Path) -> x509.Certificate:
    try:
        with path.open("rb") as stream:
            return x509.load_pem_x509_certificate(stream.read(MOST_BYTES))
    except OSError as error:
        hint = "Copy the site CA's certificate from the hub."
        raise FleetError(f"{path}: {error.strerror}.", hint=hint) from error
    except ValueError as error:
        raise FleetError(f"{path} is no certificate (PEM).", hint="Copy it from the hub again.") from error
