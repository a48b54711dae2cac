"""The morning in the lobby that the demo plays: who comes and goes, and what goes wrong."""

from __future__ import annotations

from drivers.emulators.emulator import Fault
from kiosk.model import Progress
from kiosk.pages import Done, Expected, Goodbye
from kiosk.view import Verb
from scripts.demo_lobby_stage import Lobby


async def play(lobby: Lobby) -> None:
    """All of it."""
    for scene in (walk_in, host_answers, invited, group, delivery, badge_out, no_paper, no_network):
        await scene(lobby)


async def walk_in(lobby: Lobby) -> None:
    """A guest without an invitation."""
    lobby.say("The lobby is empty.")
    await lobby.picture()
    lobby.say("Karl Åge Lund visits Louise Holm, without an invitation: host, name, house rules.")
    lobby.tap(Verb.VISIT)
    await lobby.find_host("louise")
    await lobby.picture()
    lobby.tap(Verb.PICK_HOST, "0")
    lobby.keys("Karl Åge Lund", "name")
    lobby.keys("Lund & Søn", "x-company")
    await lobby.picture()
    lobby.tap(Verb.NEXT)
    await lobby.picture()
    lobby.tap(Verb.ACCEPT)
    await told(lobby)
    await printed(lobby, 1)
    lobby.say("He is in the register, his badge is printed, and Louise was told on Teams.")
    await lobby.picture()


async def host_answers(lobby: Lobby) -> None:
    """Louise writes back, and the guest sees it."""
    lobby.tap(Verb.MORE_TIME)
    await lobby.live(4)
    await lobby.control("POST", "people/louise.holm/chat", text="Jeg kommer nu")
    await lobby.live(6)
    await answered(lobby)
    lobby.say("Louise answers in Teams: “Jeg kommer nu”. He reads it on the kiosk.")
    await lobby.picture()
    await lobby.home()


async def invited(lobby: Lobby) -> None:
    """One scan and one tap."""
    code = await lobby.invite("Signe Overgaard")
    lobby.say("Signe Overgaard has a QR code from Louise's invitation: one scan, one tap.")
    lobby.scan(code)
    await lobby.until(lambda: isinstance(lobby.kiosk.state.page, Expected))
    await lobby.picture()
    lobby.tap(Verb.ACCEPT)
    await told(lobby)
    await printed(lobby, 2)
    await lobby.picture()
    await lobby.home()


async def group(lobby: Lobby) -> None:
    """Three guests in one go."""
    lobby.say("Three visit Rasmus Larsen together: three badges, one message.")
    lobby.tap(Verb.VISIT)
    await lobby.find_host("rasmus")
    lobby.tap(Verb.PICK_HOST, "0")
    for name in ("Ana García", "Bo Dahl"):
        lobby.keys(name, "name")
        lobby.tap(Verb.ADD_GUEST)
    lobby.keys("Chloé Petit", "name")
    await lobby.picture()
    lobby.tap(Verb.NEXT)
    lobby.tap(Verb.ACCEPT)
    await told(lobby)
    await printed(lobby, 5)
    await lobby.picture()
    await lobby.home()


async def delivery(lobby: Lobby) -> None:
    """A parcel; nobody is stored."""
    lobby.say("A parcel: reception is called, and nobody is stored.")
    lobby.tap(Verb.DELIVERY)
    await lobby.picture()
    lobby.tap(Verb.PICK, "0")
    await told(lobby)
    await lobby.picture()
    await lobby.home()


async def badge_out(lobby: Lobby) -> None:
    """The badge that was printed last is scanned."""
    before = len(lobby.kiosk.parts.register.open_visits())
    lobby.say("Chloé Petit leaves: the code on her badge is enough.")
    lobby.scan(lobby.last_code)
    await lobby.until(lambda: isinstance(lobby.kiosk.state.page, Goodbye))
    if len(lobby.kiosk.parts.register.open_visits()) != before - 1:
        raise RuntimeError("the badge signed nobody out")
    await lobby.picture()
    await lobby.home()


async def no_paper(lobby: Lobby) -> None:
    """The printer has no paper, and the guest goes on."""
    lobby.printer.emulator.faults.add(Fault.PAPER_OUT)
    lobby.say("The printer is out of paper. The next guest goes on, and gets a badge at reception.")
    lobby.scan(await lobby.invite("Dora Ipsen"))
    await lobby.until(lambda: isinstance(lobby.kiosk.state.page, Expected))
    lobby.tap(Verb.ACCEPT)
    await lobby.until(lambda: lobby.kiosk.state.health.printer)
    await told(lobby)
    await lobby.picture()
    await lobby.home()
    await lobby.picture()
    lobby.printer.emulator.faults.clear()
    lobby.say("New paper: the badge that waited comes out.")
    await printed(lobby, 6)


async def no_network(lobby: Lobby) -> None:
    """Microsoft 365 is away; the message waits, and is sent once."""
    told = len(await lobby.chat("rasmus.larsen"))
    await lobby.network(there=False)
    lobby.say("The network is lost. Erik Falk signs in all the same; the kiosk says that Rasmus is told later.")
    lobby.tap(Verb.VISIT)
    await lobby.find_host("rasmus")
    lobby.tap(Verb.PICK_HOST, "0")
    lobby.keys("Erik Falk", "name")
    lobby.tap(Verb.NEXT)
    lobby.tap(Verb.ACCEPT)
    await lobby.until(lambda: not lobby.kiosk.state.health.network)
    await printed(lobby, 7)
    await lobby.picture()
    await lobby.home()
    await lobby.picture()
    await lobby.network(there=True)
    for _ in range(2):
        await lobby.live(31)
    await lobby.until(lambda: lobby.kiosk.state.health.network)
    if len(await lobby.chat("rasmus.larsen")) != told + 1:
        raise RuntimeError("Rasmus was not told exactly once")
    lobby.say("The network is back: Rasmus has been told, once.")
    await lobby.picture()


async def told(lobby: Lobby) -> None:
    """Wait until somebody was told of the guest on the last page."""

    def sent() -> bool:
        page = lobby.kiosk.state.page
        return isinstance(page, Done) and any(step.progress is Progress.SENT for step in page.told)

    await lobby.until(sent)


async def answered(lobby: Lobby) -> None:
    """Wait until the guest on the last page reads what the host said."""

    def said() -> bool:
        page = lobby.kiosk.state.page
        return isinstance(page, Done) and any(step.answer for step in page.told)

    await lobby.until(said)


async def printed(lobby: Lobby, badges: int) -> None:
    """Wait for so many badges since the beginning."""
    await lobby.until(lambda: lobby.badges.count >= badges and not lobby.printing)
