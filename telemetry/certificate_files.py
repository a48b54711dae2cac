"""The unit's certificate and key, and the next ones beside them until the hub has let us in with those.

    unit.pem  unit.key            in use
    unit.key.next  unit.csr       a key that waits for its certificate
    unit.pem.next                 its certificate, while it is tried

Both are swapped by two renames; a power cut between them is mended by `settle` at the next start.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

from common.sealed_file import replace_whole
from telemetry.certificate_check import CertificateError, read

CERTIFICATE_MODE = 0o644
_NEXT = ".next"
_MOST_BYTES = 64 << 10


class CertificateFiles:
    """Blocking; raises OSError where the disk refuses, FileNotFoundError where there is none."""

    def __init__(self, cert_file: Path, key_file: Path, ca_file: Path) -> None:
        self.cert_file = cert_file
        self.key_file = key_file
        self._ca_file = ca_file
        self.next_cert_file = cert_file.with_name(cert_file.name + _NEXT)
        self.next_key_file = key_file.with_name(key_file.name + _NEXT)
        self._csr_file = key_file.with_suffix(".csr")

    def settle(self) -> bool:
        """Finish a swap that a power cut has left half done. Before the first connect. True: there was one."""
        if _belongs(self.cert_file, self.key_file) or not _belongs(self.next_cert_file, self.key_file):
            return False
        self.next_cert_file.replace(self.cert_file)
        _sync_folder(self.cert_file)
        return True

    def certificate(self) -> x509.Certificate:
        """The one in use. Raises CertificateError."""
        return read(_bytes(self.cert_file))

    def authorities(self) -> list[x509.Certificate]:
        """The site's CA; two while it is being replaced."""
        return x509.load_pem_x509_certificates(_bytes(self._ca_file))

    def request(self, unit: str) -> bytes:
        """The request (PEM) for the next key: the one that waits, or a new one with a new key."""
        with contextlib.suppress(OSError, ValueError):
            csr = x509.load_pem_x509_csr(_bytes(self._csr_file))
            if _der(csr.public_key()) == _der(self.next_public_key()):
                return _bytes(self._csr_file)
        return self._new_request(unit)

    def _new_request(self, unit: str) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, unit)])
        csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
        pem = csr.public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        replace_whole(self.next_key_file, private)
        replace_whole(self._csr_file, pem, CERTIFICATE_MODE)
        return pem

    def next_public_key(self) -> CertificatePublicKeyTypes:
        """Of the key that waits for its certificate. Raises ValueError when it is damaged."""
        key = serialization.load_pem_private_key(_bytes(self.next_key_file), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("the next key is not one of ours")
        return key.public_key()

    def keep_next(self, pem: bytes) -> None:
        """Put the new certificate beside the old one."""
        replace_whole(self.next_cert_file, pem, CERTIFICATE_MODE)

    def swap(self) -> None:
        """The next ones are in use from now on; the old ones are gone."""
        self.next_key_file.replace(self.key_file)
        _sync_folder(self.key_file)
        self.next_cert_file.replace(self.cert_file)
        _sync_folder(self.cert_file)
        self._csr_file.unlink(missing_ok=True)

    def forget_next(self) -> None:
        """Throw away what waits: the next request has a new key."""
        for path in (self.next_cert_file, self._csr_file, self.next_key_file):
            path.unlink(missing_ok=True)


def _belongs(cert_file: Path, key_file: Path) -> bool:
    try:
        key = serialization.load_pem_private_key(_bytes(key_file), password=None)
        return _der(read(_bytes(cert_file)).public_key()) == _der(key.public_key())  # type: ignore[arg-type]
    except (OSError, ValueError, TypeError, CertificateError):
        return False


def _der(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_MOST_BYTES)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
