"""Signs what kiosks must believe: codes of invitations, their records, and what was taken back.

The Ed25519 key lies in the folder of the site CA and is made on first use; the line for the kiosks' configuration is on
the page of invitations.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from common.visiting.invitation_keys import KeyFileError, SigningKey, read_key, write_key
from common.visiting.sealed_record import InvitationRecord, Revocations, seal_record, sign_revocations
from common.visiting.tokens import Claim, invitation_token
from hub.visits.invitation_rows import Invitation

__all__ = ["KEY_FILE", "NOBODY", "InvitationSeals"]

KEY_FILE = "invitations.key"
NOBODY = "-"
"""In place of a name: the kiosk knows the guest from the visit, and keeps that."""

REVOKED_FOR = timedelta(days=3)


class InvitationSeals:
    """The key in `folder`, with that id if it is made now. Raises KeyFileError from every method."""

    def __init__(self, folder: Path, key_id: int) -> None:
        self._folder, self._key_id = folder, key_id
        self._key: SigningKey | None = None

    @property
    def key(self) -> SigningKey:
        """The key, made on first use."""
        if self._key is None:
            path = self._folder / KEY_FILE
            if not path.exists():
                self._make(path)
            self._key = read_key(path)
        return self._key

    def token(self, one: Invitation) -> str:
        """The text of its QR code."""
        claim = Claim(self.key.id, bytes.fromhex(one.visit), one.start, one.end)
        return invitation_token(claim, self.key.private)

    def record(self, one: Invitation, kiosk: X25519PublicKey) -> bytes:
        """For one kiosk: which code opens, and when; names nobody."""
        start_s, end_s = int(one.start.timestamp()), int(one.end.timestamp())
        record = InvitationRecord(visit=one.visit, start_s=start_s, end_s=end_s, code_hash=one.code_hash, name=NOBODY)
        return seal_record(record, key_id=self.key.id, key=self.key.private, kiosk=kiosk)

    def revocation(self, one: Invitation) -> bytes:
        """For all kiosks: this one is off."""
        revoked = Revocations(visits=(one.visit,), until_s=int((one.end + REVOKED_FOR).timestamp()))
        return sign_revocations(revoked, key_id=self.key.id, key=self.key.private)

    def _make(self, path: Path) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise KeyFileError(f"{self._folder} cannot be made ({error.strerror}).") from error
        write_key(path, SigningKey(self._key_id, Ed25519PrivateKey.generate()))
