"""The day that the demo plays: what people do at the panel, in the room and in Outlook, and what goes wrong."""

from __future__ import annotations

from typing import Any

from roomdisplay.state import Kind
from roomdisplay.view import ListSheet, PinSheet, ResultSheet, SearchSheet, SignInSheet, Verb
from scripts.demo_stage import Day


async def play(day: Day) -> None:
    """The whole day, in less than a minute."""
    for scene in (morning, check_in, no_show, walk_in, race, network, sign_in_lost, afternoon, night):
        await scene(day)


async def watch(day: Day) -> None:
    """A day of which the demo knows nothing: a look at each full hour, with nobody in the room."""
    for hour in range(9, 18):
        await day.at(f"{hour:02}:00:10")
        day.say(f"The panel shows: {day.panel.state.kind}.")
        await day.picture()


async def morning(day: Day) -> None:
    """A walk-in books, wants a little longer, and leaves early."""
    await day.kind(Kind.FREE, Kind.FREE_SOON)
    day.say("The room is free. Somebody at the door books a quarter of an hour with one tap, and leaves early.")
    await day.picture()
    day.touch(Verb.BOOK)
    await day.kind(Kind.BUSY, Kind.ENDING_SOON)
    await day.board_follows()
    await day.result()
    await day.picture()
    day.touch(Verb.END)
    await day.picture()
    day.touch(Verb.CONFIRM)
    await day.result()
    await day.kind(Kind.RELEASED, Kind.FREE_SOON, Kind.FREE)
    await day.board_follows()
    await day.picture()


async def check_in(day: Day) -> None:
    """The people of the nine o'clock meeting check in by being there; near its end they ask for more."""
    await day.at("09:01")
    await day.kind(Kind.CHECK_IN)
    day.say("Budgetopfølgning has begun, and nobody has checked in yet.")
    await day.picture()
    day.room.come()
    await day.live("09:02")
    await day.kind(Kind.BUSY)
    day.say("They came, and sat down: after 30 s of presence the panel checks them in.")
    await day.board_follows()
    await day.picture()
    await day.board_picture()
    await day.at("09:52")
    await day.kind(Kind.ENDING_SOON)
    day.say("They need a little longer: one tap, and the panel books the time after it.")
    await day.picture()
    day.touch(Verb.EXTEND)
    await day.result()
    await day.picture()


async def no_show(day: Day) -> None:
    """Nobody comes to the meeting of half past ten: the panel warns, gives the room back, and the organizer is told."""
    await day.live("09:53")
    day.room.leave()
    await day.at("10:23")
    before = len(await day.declined())
    await day.live("10:31")
    await day.kind(Kind.CHECK_IN)
    day.say("Henrik Dam has the room since 10:30. The room is empty, and has been since before.")
    await day.picture()
    await day.live("10:38:02")
    await day.kind(Kind.RELEASE_WARNING)
    day.say("Still nobody. For two minutes the panel says that it releases the room; any touch would keep it.")
    await day.picture()
    await day.live("10:40:02")
    await day.kind(Kind.RELEASED)
    messages = (await day.declined())[before:]
    if await day.busy() or len(messages) != 1:
        raise RuntimeError(f"the no-show was not released as it should: {messages}")
    day.say("Released: in Exchange the room is free again, and its organizer has one message:")
    day.say(f"  to {messages[0]['to']}: \u201c{messages[0]['comment']}\u201d")
    await day.picture()


async def walk_in(day: Day) -> None:
    """Two people sit down in the room that was given back: they are seen, and it is booked for them."""
    await day.live("10:44")
    day.room.come()
    await day.live("10:44:10")
    await day.kind(Kind.IN_USE)
    day.say("Two people walk into the free room. The panel sees them: in use, not booked; the lamp turns amber.")
    await day.picture()
    await day.live("10:46:15")
    await day.kind(Kind.BUSY)
    day.say("They have stayed for two minutes, so the panel books a quarter of an hour for them.")
    await day.picture()
    day.room.leave()


async def race(day: Day) -> None:
    """Two people want the room in the same second; the one at the door is told."""
    await day.at("11:42")
    await day.kind(Kind.FREE)
    day.say("Two people want the room in the same second. The one at the door is told that the other was first.")
    await day.picture()
    create = day.panel.parts.session.calendars.create

    async def beaten(*args: Any, **values: Any) -> Any:
        await day.in_room("Kundebesøg", day.clock.now().replace(second=0, microsecond=0), 30)
        day.clock.step(1)
        return await create(*args, **values)

    day.panel.parts.session.calendars.create = beaten  # type: ignore[method-assign]
    day.touch(Verb.BOOK, 1)
    await day.result()
    day.panel.parts.session.calendars.create = create  # type: ignore[method-assign]
    await day.kind(Kind.BUSY)
    await day.picture()


async def network(day: Day) -> None:
    """The network goes for five minutes: grey, neutral lamp, no booking; and comes back by itself."""
    await day.control("POST", "faults", {"kind": "drop"})
    day.clock.step(300)
    day.panel.tick()
    await day.kind(Kind.OFFLINE)
    day.say("The network has been gone for five minutes: grey, neutral lamp, no booking. It comes back by itself.")
    await day.picture()
    await day.control("DELETE", "faults")
    day.touch(Verb.RETRY)
    await day.until(lambda: not day.panel.state.doubtful)
    await day.picture()


async def sign_in_lost(day: Day) -> None:
    """Somebody resets the device account's password: the panel asks for the PIN, shows a code, and is back."""
    await day.control("POST", "sign-in/auto-approve", {"account": ""})
    await day.control("POST", f"accounts/{day.account}", {"revoke": True, "question": True})
    day.clock.step(60)
    day.panel.reader.soon()
    await day.kind(Kind.NEEDS_SIGN_IN)
    day.say("The panel was signed out. Somebody types the PIN, and signs it in with the code on the screen.")
    await day.picture()
    day.touch(Verb.SIGN_IN)
    day.act(Verb.PIN, day.pin[:3])
    await day.until(lambda: isinstance(day.panel.view.sheet, PinSheet))
    await day.picture()
    day.act(Verb.PIN, day.pin)
    await day.until(lambda: isinstance(sheet := day.panel.view.sheet, SignInSheet) and sheet.code)
    await day.picture()
    await day.control("POST", "sign-in/approve", {"account": day.account})
    day.clock.step(6)
    await day.until(lambda: not day.panel.state.doubtful)


async def afternoon(day: Day) -> None:
    """Another room, a person's name, a fault, a later booking."""
    await day.at("12:58")
    await day.kind(Kind.CHECK_IN)
    day.touch(Verb.CHECK_IN)
    await day.until(lambda: isinstance(day.panel.view.sheet, ResultSheet))
    day.act(Verb.CLOSE)
    day.room.come()
    await day.at("13:20")
    day.say("Jesper's people checked in with a tap. Others look for another room, book for later, report a fault.")
    day.touch(Verb.OPEN_ROOMS)
    await day.until(lambda: isinstance(sheet := day.panel.view.sheet, ListSheet) and sheet.rows)
    await day.picture()
    day.act(Verb.CLOSE)
    day.touch(Verb.OPEN_DAY)
    await day.picture()
    slot = day.clock.now().astimezone(day.panel.config.room.zone).replace(hour=14, minute=30, second=0, microsecond=0)
    day.act(Verb.OPEN_BOOKING, slot.isoformat())
    day.touch(Verb.AS_PERSON)
    day.act(Verb.TYPED, "jesper fri")
    await day.until(lambda: isinstance(sheet := day.panel.view.sheet, SearchSheet) and sheet.rows)
    await day.picture()
    day.act(Verb.PICK_PERSON, "0")
    await day.picture()
    day.touch(Verb.BOOK)
    await day.result()
    day.touch(Verb.OPEN_FAULT)
    await day.picture()
    day.touch(Verb.FAULT_KIND)
    day.touch(Verb.FAULT_SEND)
    await day.result()


async def night(day: Day) -> None:
    """Nobody is there any more."""
    day.room.leave()
    await day.at("21:30")
    await day.kind(Kind.ASLEEP)
    day.say("Nobody is there any more: the screen is dark, the lamp is off.")
    await day.picture()
