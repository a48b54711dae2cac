"""The inbox is bounded and tells when something must be asked for again."""

from __future__ import annotations

import threading
from collections.abc import Callable

from hub.draft import Incoming
from hub.inbox import Inbox, Receipt, Waiting


def message(number: int, *, size: int = 1, qos: int = 1) -> Waiting:
    return Waiting(Incoming("t", b"x" * size, number), Receipt(number, 0) if qos else None)


def take(inbox: Inbox, most: int = 100, first_s: float = 0.0) -> list[int]:
    return [waiting.message.received_ms for waiting in inbox.take(most, first_s, 0.0, 0.0)]


def test_in_order_and_no_more_than_asked_for() -> None:
    inbox = Inbox()
    for number in range(5):
        assert inbox.put(message(number))
    assert (take(inbox, 3), len(inbox), take(inbox), take(inbox)) == ([0, 1, 2], 2, [3, 4], [])


def test_bounded_by_number_and_by_bytes() -> None:
    inbox = Inbox(most_messages=3, most_bytes=10)
    assert [inbox.put(message(number, size=size)) for number, size in enumerate((4, 4, 4, 2))] == [
        True,
        True,
        False,
        True,
    ]
    assert not inbox.put(message(9, size=0))
    assert take(inbox) == [0, 1, 3]
    assert inbox.put(message(10, size=10))


def test_what_did_not_fit_is_asked_for_once_when_there_is_room() -> None:
    inbox = Inbox(most_messages=1)
    inbox.put(message(1))
    inbox.put(message(2))
    assert not inbox.overflowed()
    take(inbox)
    assert (inbox.overflowed(), inbox.overflowed(), inbox.dropped) == (True, False, 0)


def test_room_is_waited_for_and_given_by_who_takes() -> None:
    inbox = Inbox(most_messages=1, patience_s=30)
    inbox.put(message(1))
    put = list[bool]()
    thread = threading.Thread(target=lambda: put.append(inbox.put(message(2))))
    thread.start()
    assert (take(inbox), take(inbox, first_s=10)) == ([1], [2])
    thread.join(10)
    assert (put, inbox.overflowed()) == ([True], False)


def test_the_end_is_not_waited_for() -> None:
    inbox = Inbox(most_messages=1, patience_s=30)
    inbox.put(message(1))
    put = list[bool]()
    thread = threading.Thread(target=lambda: put.append(inbox.put(message(2))))
    thread.start()
    inbox.close()
    thread.join(10)
    assert put == [False]


def test_room_is_not_waited_for_twice_in_a_row() -> None:
    inbox = Inbox(most_messages=1, patience_s=0.01)
    inbox.put(message(1))
    assert not inbox.put(message(2))
    inbox._patience_s = 1000
    assert not inbox.put(message(3))
    assert take(inbox) == [1]
    assert inbox.overflowed()


def test_a_sample_that_did_not_fit_is_only_counted() -> None:
    inbox = Inbox(most_messages=1)
    inbox.put(message(1))
    inbox.put(message(2, qos=0))
    take(inbox)
    assert (inbox.overflowed(), inbox.dropped) == (False, 1)


def test_another_connection_begins_with_nothing() -> None:
    inbox = Inbox(most_bytes=5)
    inbox.put(message(1, size=5))
    inbox.clear()
    assert (len(inbox), inbox.put(message(2, size=5))) == (0, True)


def wakes(wake: Callable[[Inbox], object]) -> list[int]:
    inbox, got = Inbox(), list[int]()
    thread = threading.Thread(target=lambda: got.extend(take(inbox, first_s=30)))
    thread.start()
    wake(inbox)
    thread.join(10)
    assert not thread.is_alive()
    return got


def test_who_waits_is_woken_by_a_message_and_by_the_end() -> None:
    assert wakes(lambda inbox: inbox.put(message(7))) == [7]
    assert wakes(lambda inbox: inbox.close()) == []
