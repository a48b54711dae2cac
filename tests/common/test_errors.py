"""The base of all errors, and that the tree drawn in its docstring is the tree."""

from __future__ import annotations

import importlib

import pytest

from common import errors
from common.errors import MyDeskError
from common.i18n import N_

CASES = [
    (MyDeskError("it failed."), "it failed."),
    (MyDeskError("it failed.", hint="Do this."), "it failed. Do this."),
]


@pytest.mark.parametrize(("error", "text"), CASES)
def test_the_hint_follows_the_message(error: MyDeskError, text: str) -> None:
    assert str(error) == text


def test_the_tree_in_the_docstring_exists() -> None:
    drawn = [line.split()[:2] for line in (errors.__doc__ or "").splitlines() if line.startswith("    ")]
    assert len(drawn) >= 5
    for name, place in drawn:
        kind = getattr(importlib.import_module(place.rstrip(":")), name)
        assert issubclass(kind, MyDeskError)


def test_marking_a_text_changes_nothing() -> None:
    assert N_("Free until %(time)s") == "Free until %(time)s"
