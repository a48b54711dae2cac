"""Keeps msal's token cache on disk, encrypted, in a common.sealed_file.

What guards a stolen SD card is least scopes, Conditional Access bound to the office, and disabling the account
(reference/graph.md 1.5).
"""

from __future__ import annotations

import logging
from pathlib import Path

from common.sealed_file import SealedFile, SealError

log = logging.getLogger(__name__)

MAGIC = b"MYDESK-TOKENS-1\n"
MAX_BYTES = 1 << 20


class TokenStore:
    """One encrypted file. Blocking: for msal's worker thread only."""

    def __init__(self, cache_file: Path, key_file: Path, *, owner: str) -> None:
        """`owner` (tenant and client id) binds the file to one app registration: a foreign one does not open."""
        self._file = SealedFile(
            cache_file, key_file, magic=MAGIC, owner=owner, max_bytes=MAX_BYTES, log=log, what="token file"
        )

    def read(self) -> str:
        """Return the stored text, or "" when there is none that can be read; a bad file is kept aside as `*.bad`."""
        try:
            return self._file.read().decode()
        except FileNotFoundError:
            return ""
        except OSError as error:
            log.error("token file: cannot be read (%s): sign-in needed", error.strerror)
        except ValueError as error:
            log.error("token file: damaged or not ours (%s): kept aside, sign-in needed", type(error).__name__)
            self._keep_aside()
        return ""

    def write(self, text: str) -> None:
        """Replace the stored text. A disk that refuses is logged, not raised: the tokens go on living in memory."""
        try:
            self._file.write(text.encode())
        except (OSError, SealError) as error:
            log.error("token file: cannot be written (%s): sign-in is lost at the next restart", error)

    def forget(self) -> None:
        """Delete the file."""
        self._file.forget()

    def _keep_aside(self) -> None:
        try:
            self._file.keep_aside()
        except OSError as error:
            log.error("token file: cannot be kept aside (%s)", error.strerror)
