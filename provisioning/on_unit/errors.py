"""The errors of everything that runs on a unit outside the releases.

UpdateError            a bundle or a step is refused
    SelfTestError      a release does not work on this unit: it is not offered again
"""

from __future__ import annotations


class UpdateError(Exception):
    """Error raised when a bundle or a step is refused; the text says what to do."""


class SelfTestError(UpdateError):
    """Error raised when a release failed its self-test."""
