"""What is wrong with the rights on one room: pure."""

from __future__ import annotations

from collections.abc import Iterator

from graph import mending
from graph.doctor_facts import Asked, Refusal, RoomSeen, WriteTest
from graph.errors import AccessDenied, GraphError, NotFound
from graph.findings import Console, Finding, Level, good
from graph.powershell import quoted

LEFT_BEHIND_SUBJECT = "MyDesk rights check"


def rights(asked: Asked, seen: RoomSeen) -> Iterator[Finding]:
    """Whether the room can be read, written, and its private meetings told from others."""
    if seen.error is not None:
        yield _unreadable(asked, seen, seen.error)
        return
    yield good("read", "The calendar can be read.", seen.room)
    if asked.books:
        yield _writing(asked, seen)
    if asked.shape == "delegate" and seen.can_view_private is False:
        yield Finding(
            check="private",
            level=Level.WARNING,
            what="Private meetings cannot be seen.",
            why="The display shows them as taken, but cannot tell a private meeting from any other.",
            about=seen.room,
            mend=(mending.folder_right(seen.room, asked.account, "Set"),) if asked.account else (),
            console="exchange",
        )


def own_mailbox(asked: Asked) -> Iterator[Finding]:
    """Whether the room account is the room that is configured: it always reads its own calendar."""
    others = [room for room in asked.rooms if asked.account and room.casefold() != asked.account.casefold()]
    if asked.shape == "room-account" and others:
        yield Finding(
            check="account",
            level=Level.WARNING,
            what=f"The room account is {asked.account}, the configured room another.",
            why="The display shows the calendar of the account that is signed in. Different addresses may be one "
            "mailbox: then this is harmless.",
            about=others[0],
            mend=(f"Get-EXOMailbox -Identity {quoted(asked.account)} | Format-List EmailAddresses",),
            console="exchange",
        )


def _unreadable(asked: Asked, seen: RoomSeen, error: GraphError) -> Finding:
    if isinstance(error, AccessDenied):
        lines, slow = _mend_denied(asked, seen)
        return _wrong("read", seen.room, f"The calendar cannot be read ({error.code or error.status}).", lines, slow)
    if isinstance(error, NotFound):
        line = f"Get-EXOMailbox -Identity {quoted(seen.room)} | Format-List PrimarySmtpAddress, RecipientTypeDetails"
        return _wrong("read", seen.room, "There is no such mailbox in Exchange Online.", (line,))
    return Finding(check="read", level=Level.UNKNOWN, what=error.message, why=error.hint, about=seen.room)


def _mend_denied(asked: Asked, seen: RoomSeen) -> tuple[tuple[str, ...], bool]:
    """Return the lines, and whether they take their time. Without a known account there is nothing to grant to."""
    if seen.refusal is Refusal.ACCESS_POLICY:
        return mending.policy_groups(asked.client_id), True
    if asked.shape == "app-only":
        return mending.app_into_scope(seen.room, asked.client_id), True
    if asked.shape == "delegate" and asked.account:
        return (mending.folder_right(seen.room, asked.account, "Add"),), False
    return (), False


def _writing(asked: Asked, seen: RoomSeen) -> Finding:
    if seen.write_test is WriteTest.LEFT_BEHIND:
        return Finding(
            check="write",
            level=Level.WARNING,
            what=f'The test event "{LEFT_BEHIND_SUBJECT}" of a year ago was made and could not be deleted.',
            why="It blocks nothing, but somebody may wonder. Delete it in Outlook.",
            about=seen.room,
        )
    if seen.write_test is WriteTest.PASSED:
        return good("write", "Booking works: a free event was made and deleted.", seen.room)
    if seen.write_test is WriteTest.REFUSED or seen.can_edit is False:
        lines, slow = _mend_writing(asked, seen)
        return _wrong("write", seen.room, "The calendar can be read but not written.", lines, slow)
    if seen.can_edit:
        return good("write", "The calendar can be written.", seen.room)
    return Finding(
        check="write",
        level=Level.UNKNOWN,
        what="Graph does not tell whether the calendar can be written.",
        why="Booking at the door may fail: try it with --write-test, which makes and deletes a free event.",
        about=seen.room,
    )


def _mend_writing(asked: Asked, seen: RoomSeen) -> tuple[tuple[str, ...], bool]:
    if asked.shape == "app-only":
        return (mending.shown_roles(asked.client_id),), True
    if asked.shape == "delegate" and asked.account:
        return (mending.folder_right(seen.room, asked.account, "Set"),), False
    return (), False


def _wrong(check: str, room: str, what: str, lines: tuple[str, ...], slow: bool = False) -> Finding:
    why = {
        "read": "The display cannot show whether the room is free.",
        "write": "Nobody can book, extend or end a meeting at the door.",
    }
    console: Console = "exchange" if lines else ""
    return Finding(
        check=check, level=Level.ERROR, what=what, why=why[check], about=room, mend=lines, console=console, slow=slow
    )
