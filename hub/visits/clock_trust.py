"""Whether this machine's clock is to be believed: by timesyncd, by Graph, or by the kernel, whatever sets its clock.

A server may run chrony or ntpd; they tell the kernel (adjtimex(2)), whose answer is TIME_ERROR while nobody does.
"""

from __future__ import annotations

import ctypes

from common.clock import Clock

__all__ = ["kernel_synchronised", "trusted"]

_TIME_ERROR = 5
_TIMEX_BYTES = 512
"""More than struct timex has anywhere; all zero asks and sets nothing."""


def trusted(clock: Clock) -> bool:
    """Whether anything may be forgotten by date."""
    return clock.synchronised() or kernel_synchronised()


def kernel_synchronised() -> bool:
    """Whether something keeps the kernel's clock; False where it does not say."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return False
    return 0 <= int(state) < _TIME_ERROR
