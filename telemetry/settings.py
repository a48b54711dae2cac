"""The configuration file of the agent, `mydesk-agent run --config FILE`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from common import config


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the configuration file."""


class AgentUnit(Section, frozen=True):
    """[unit]: which one this is."""

    id: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9-]{1,32}$",
            description="Id of the unit, as its certificate has it.",
            examples=["room-ada"],
        ),
    ]
    role: Annotated[Literal["room", "kiosk"], Meta(description="What it is.", examples=["room"])]
    name: Annotated[str, Meta(max_length=60, description="For people.", examples=["Ada"])] = ""
    site: Annotated[str, Meta(max_length=60, description="Building.", examples=["Nordhavn"])] = ""
    floor: Annotated[str, Meta(max_length=30, description="Floor or area.", examples=["2"])] = ""


class HubSection(Section, frozen=True):
    """[hub]: the site hub's broker."""

    host: Annotated[
        str, Meta(min_length=1, description="Name or address of the broker.", examples=["hub.nordhavn.example"])
    ]
    port: Annotated[int, Meta(ge=1, le=65535, description="TLS port.", examples=[8883])] = 8883
    ca_file: Annotated[
        str, Meta(description="The site CA's certificate, PEM.", examples=["/etc/mydesk/site-ca.pem"])
    ] = "/etc/mydesk/site-ca.pem"
    cert_file: Annotated[
        str, Meta(description="The unit's certificate, PEM.", examples=["/var/lib/mydesk-agent/unit.pem"])
    ] = "/var/lib/mydesk-agent/unit.pem"
    key_file: Annotated[str, Meta(description="Its private key, PEM.", examples=["/var/lib/mydesk-agent/unit.key"])] = (
        "/var/lib/mydesk-agent/unit.key"
    )
    keepalive_s: Annotated[int, Meta(ge=5, le=600, description="MQTT keep-alive.", examples=[30])] = 30
    first_spread_s: Annotated[
        float, Meta(ge=0, le=600, description="A unit first connects after up to so long, by chance.", examples=[30])
    ] = 30.0
    renew_before_days: Annotated[
        int, Meta(ge=1, le=3650, description="A new certificate is asked for so long before the end.", examples=[30])
    ] = 30


class OutboxSection(Section, frozen=True):
    """[outbox]: what waits for the hub."""

    path: Annotated[
        str, Meta(description="The outbox that the app writes.", examples=["/var/lib/mydesk/outbox/outbox.db"])
    ] = "/var/lib/mydesk/outbox/outbox.db"
    rows_per_s: Annotated[
        float, Meta(ge=1, le=10_000, description="Most rows a second, after an outage too.", examples=[50])
    ] = 50.0
    ack_timeout_s: Annotated[
        float,
        Meta(ge=1, le=600, description="Rows that the hub has not acknowledged so long are sent again.", examples=[20]),
    ] = 20.0


class AppSection(Section, frozen=True):
    """[app]: the panel's own program."""

    socket: Annotated[str, Meta(description="Its control socket.", examples=["/run/mydesk/room.sock"])] = ""
    service: Annotated[str, Meta(description="Its systemd unit.", examples=["mydesk-room.service"])] = ""
    poll_s: Annotated[float, Meta(ge=1, le=300, description="How often its status is asked for.", examples=[10])] = 10.0


class HealthSection(Section, frozen=True):
    """[health]: what is watched."""

    interval_s: Annotated[float, Meta(ge=5, le=3600, description="How often is looked.", examples=[60])] = 60.0
    storage_probe_s: Annotated[
        float, Meta(ge=60, le=86400, description="How often a block is written and read back.", examples=[900])
    ] = 900.0
    data_folder: Annotated[str, Meta(description="Whose disk is watched.", examples=["/var/lib/mydesk"])] = (
        "/var/lib/mydesk"
    )
    cpu_hot_c: Annotated[float, Meta(ge=40, le=110, description="Alarm above.", examples=[80])] = 80.0
    disk_free_percent: Annotated[float, Meta(ge=1, le=90, description="Alarm below.", examples=[10])] = 10.0
    memory_free_percent: Annotated[float, Meta(ge=1, le=90, description="Alarm below.", examples=[10])] = 10.0
    wifi_signal_dbm: Annotated[float, Meta(ge=-100, le=-20, description="Alarm below.", examples=[-75])] = -75.0
    frame_age_s: Annotated[
        float, Meta(ge=10, le=600, description="Alarm when the screen drew none so long.", examples=[30])
    ] = 30.0
    tenant_host: Annotated[
        str,
        Meta(description="A name that must be reachable on 443; empty: not asked.", examples=["graph.microsoft.com"]),
    ] = "graph.microsoft.com"


class HomeAssistantSection(Section, frozen=True):
    """[home_assistant]: discovery over the same broker."""

    discovery: Annotated[bool, Meta(description="Publish the unit for Home Assistant.", examples=[True])] = True


class StateSection(Section, frozen=True):
    """[state]: what the agent keeps."""

    folder: Annotated[str, Meta(description="Its own folder, 0700.", examples=["/var/lib/mydesk-agent"])] = (
        "/var/lib/mydesk-agent"
    )
    overrides_file: Annotated[
        str,
        Meta(
            description="Settings from the hub, read by the app beside its file.",
            examples=["/var/lib/mydesk/overrides.json"],
        ),
    ] = "/var/lib/mydesk/overrides.json"


class AgentConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file; [unit] and [hub] are needed."""

    unit: AgentUnit
    hub: HubSection
    outbox: OutboxSection = OutboxSection()
    app: AppSection = AppSection()
    health: HealthSection = HealthSection()
    home_assistant: HomeAssistantSection = HomeAssistantSection()
    state: StateSection = StateSection()

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-section problems for common.config."""
        if self.outbox.ack_timeout_s * 2 > 3600:
            yield "outbox.ack_timeout_s", "is longer than half an hour: nothing would ever be sent again"

    @property
    def app_socket(self) -> str:
        """The app's control socket, by role where it is not set."""
        return self.app.socket or f"/run/mydesk/{self.unit.role}.sock"

    @property
    def app_service(self) -> str:
        """The app's systemd unit, by role where it is not set."""
        return self.app.service or f"mydesk-{self.unit.role}.service"


def load(path: Path) -> AgentConfig:
    """Read an agent's configuration. Raises common.config.ConfigError with everything that is wrong in it."""
    return config.load(path, AgentConfig)
