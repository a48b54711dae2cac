"""All sensors of a panel."""

from __future__ import annotations

from drivers.sensor_config import SensorConfig, list_problems

__all__ = ["SensorConfig", "list_problems"]
