"""lgpio as far as its errors go."""

from __future__ import annotations

import sys
import types

import pytest


@pytest.fixture
def lgpio(monkeypatch: pytest.MonkeyPatch) -> type[Exception]:
    """lgpio's exception, which is no GPIOZeroError and no OSError."""

    class error(Exception):  # noqa: N801, N818 - its name in lgpio
        pass

    module = types.ModuleType("lgpio")
    module.error = error  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lgpio", module)
    return error
