"""The errors of everything that runs on a unit outside the releases.

UpdateError            a bundle or a step is refused
    SelfTestError      a release does not work on this unit: it is not offered again
    NotNowError        only for now: the same may be asked again later
"""

from __future__ import annotations

NOT_NOW = 75
"""The exit code for it: EX_TEMPFAIL of sysexits.h, "the user is invited to retry"."""


class UpdateError(Exception):
    """Error raised when a bundle or a step is refused; the text says what to do."""


class NotNowError(UpdateError):
    """Error raised when somebody is busy, or another updater is: mydesk-update ends with NOT_NOW."""


class SelfTestError(UpdateError):
    """Error raised when a release failed its self-test."""
