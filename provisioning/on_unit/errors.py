"""The error of everything that runs on a unit outside the releases."""

from __future__ import annotations


class UpdateError(Exception):
    """Error raised when a bundle or a step is refused; the text says what to do."""
