"""The error of the fleet's tools."""

from __future__ import annotations

from common.errors import MyDeskError

__all__ = ["FleetError"]


class FleetError(MyDeskError):
    """Error raised when a unit, the inventory or this laptop's state does not allow what was asked."""
