"""The admin who invites guests in the demo: a key made for it, sealed records, codes."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.visiting.codes import DRAWN, code_hash, code_of
from common.visiting.sealed_record import InvitationRecord, kiosk_key, seal_record
from common.visiting.tokens import Claim, invitation_token

_KEY = Ed25519PrivateKey.generate()
PUBLIC_KEY = base64.b64encode(_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def invitation(name: str, host: str, host_address: str, start: datetime, kiosk_address: str) -> tuple[str, bytes]:
    """What the guest's QR code says, and the record for the kiosk."""
    visit, end = secrets.token_bytes(16), start + timedelta(hours=1)
    record = InvitationRecord(
        visit=visit.hex(),
        type="guest",
        start_s=int(start.timestamp()),
        end_s=int(end.timestamp()),
        code_hash=code_hash(code_of(secrets.token_bytes(DRAWN)), visit).hex(),
        name=name,
        extra=(("company", "Aarhus Universitet"),),
        host_name=host,
        host_address=host_address,
        language="da",
    )
    sealed = seal_record(record, key_id=1, key=_KEY, kiosk=kiosk_key(kiosk_address))
    return invitation_token(Claim(1, visit, start, end), _KEY), sealed
