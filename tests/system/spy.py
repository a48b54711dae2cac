"""Somebody who reads all that goes over a site's broker."""

from __future__ import annotations

import base64
import re
import ssl
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

SPY = "spy"


class Spy:
    """Somebody with full rights at the broker; `heard` is all that was ever sent over it."""

    def __init__(self, folder: Path, ca_file: Path, port: int) -> None:
        self.heard: list[tuple[str, bytes]] = []
        client = Client(CallbackAPIVersion.VERSION2, client_id=SPY, protocol=MQTTv5)
        context = ssl.create_default_context(cafile=str(ca_file))
        context.load_cert_chain(folder / "unit.pem", folder / "unit.key")
        client.tls_set_context(context)
        client.reconnect_delay_set(1, 1)
        client.on_connect = lambda *told: client.subscribe("#", 1) and None
        client.on_message = self._hear
        client.connect_async("localhost", port)
        client.loop_start()
        self._client = client

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def topics(self, part: str) -> list[str]:
        return [topic for topic, _ in self.heard if part in topic]

    def everything(self) -> bytes:
        """All payloads, and what was base64 in them."""
        payloads = [payload for _, payload in self.heard]
        packed = [blob for payload in payloads for blob in re.findall(rb"[A-Za-z0-9_+/-]{38,}", payload)]
        plain = [base64.urlsafe_b64decode(blob.translate(_URLSAFE)[: len(blob) // 4 * 4]) for blob in packed]
        return b"\n".join([*payloads, *plain])

    def _hear(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))


_URLSAFE = bytes.maketrans(b"+/", b"-_")
