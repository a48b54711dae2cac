"""QEMU's machine protocol, as far as the bench needs it: one command, one answer, events skipped."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

TIMEOUT_S = 60.0


class Qmp:
    """A connection to QEMU's QMP socket; `close` it."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(TIMEOUT_S)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._stream = self._socket.makefile("rb")
        self._answer("QMP")
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run a command. Raises RuntimeError: QEMU refused it."""
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        return self._answer("return")

    def _answer(self, key: str) -> Any:
        while True:
            line = self._stream.readline()
            if not line:
                raise RuntimeError("QEMU closed its QMP socket")
            message = json.loads(line)
            if "error" in message:
                raise RuntimeError(f"QEMU: {message['error']['desc']}")
            if key in message:
                return message[key]

    def close(self) -> None:
        self._stream.close()
        self._socket.close()
