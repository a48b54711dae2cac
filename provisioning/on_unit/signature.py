"""Who signed a bundle, by OpenSSH's own program."""

from __future__ import annotations

import tempfile
from pathlib import Path

from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.running import run, said

NAMESPACE = "mydesk-release"
PRINCIPAL = "mydesk-release"
SSH_KEYGEN_TIMEOUT_S = 30.0


def check_signature(data: bytes, signature: bytes | None, signers: Path, revoked: Path | None = None) -> None:
    """Check with OpenSSH that one of the keys in `signers` (ssh-keygen(1), ALLOWED SIGNERS) signed `data`.

    Raises:
        UpdateError: unsigned, signed by nobody we trust, for another purpose, or by a key that was revoked.
    """
    if signature is None:
        raise UpdateError("the bundle is not signed. Sign it: mydesk-fleet bundle sign BUNDLE --key KEY")
    if not signers.is_file():
        raise UpdateError(f"{signers} is missing: nobody is trusted to sign releases. Provision the unit again.")
    with tempfile.NamedTemporaryFile() as file:
        file.write(signature)
        file.flush()
        command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", PRINCIPAL, "-n", NAMESPACE, "-s", file.name]
        if revoked is not None and revoked.is_file():
            command += ["-r", str(revoked)]
        done = run(command, timeout_s=SSH_KEYGEN_TIMEOUT_S, data=data)
    if done.returncode != 0:
        raise UpdateError(
            f"the signature is refused: {said(done) or 'ssh-keygen gave no reason'}. "
            f"The bundle must be signed for {NAMESPACE} by a key in {signers}."
        )
