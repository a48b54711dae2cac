"""The errors of the fleet's tools.

FleetError           exit code 1: what was asked for failed
    WrongUseError    exit code 2: the words of the command cannot be meant so, whatever fleet it is
"""

from __future__ import annotations

from common.errors import MyDeskError

__all__ = ["FleetError", "WrongUseError"]


class FleetError(MyDeskError):
    """Error raised when a unit, the inventory or this laptop's state does not allow what was asked."""


class WrongUseError(FleetError):
    """Error raised when the words of a command contradict one another, or are none of those that it knows."""
