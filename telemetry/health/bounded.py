"""A blocking look in a thread of its own, with an end: a dead card or a resolver that hangs stops nobody else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from common.errors import MyDeskError

T = TypeVar("T")


class HungError(MyDeskError):
    """Error raised when a look did not come back in time, or one before it has not yet."""


class Bounded(Generic[T]):
    """Runs `function` in a daemon thread (the process may end while it hangs), at most one at a time.

    >>> disk = Bounded("disk", Disk(folder).read, timeout_s=10)     # doctest: +SKIP
    >>> await disk()                                                # doctest: +SKIP
    """

    def __init__(self, name: str, function: Callable[[], T], *, timeout_s: float) -> None:
        self._name = name
        self._function = function
        self._timeout_s = timeout_s
        self._busy: Future[T] | None = None

    async def __call__(self) -> T:
        """What the function returns or raises. Raises HungError."""
        if self._busy is not None and not self._busy.done():
            raise HungError(f"{self._name} still hangs.")
        future: Future[T] = Future()
        self._busy = future
        threading.Thread(target=_work, args=(self._function, future), name=f"health-{self._name}", daemon=True).start()
        waiter = asyncio.wrap_future(future)
        done, _ = await asyncio.wait((waiter,), timeout=self._timeout_s)
        if not done:
            waiter.cancel()
            raise HungError(f"{self._name} took longer than {self._timeout_s:g} s.")
        return waiter.result()


def _work(function: Callable[[], T], future: Future[T]) -> None:
    future.set_running_or_notify_cancel()  # from now on it cannot be cancelled, only not be waited for
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - raised again where the result is awaited
        future.set_exception(error)
    else:
        future.set_result(result)
