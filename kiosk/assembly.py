"""Puts a kiosk together from its configuration, with everything it owns; no Kivy here but for drawing letters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from common.clock import Clock
from common.visiting.tokens import public_keys
from drivers.brightness import usable_backlight
from drivers.link import Link
from drivers.printers.bitmap import Bitmap
from drivers.printers.printer import Printer, open_printer
from drivers.readings import Reading
from graph.session import Session
from kiosk.answer_links import AnswerLinks
from kiosk.badge_keys import BadgeKeys
from kiosk.badge_printing import BadgePrinting, PrintEntry
from kiosk.code_reading import CodeReader
from kiosk.config import KioskConfig
from kiosk.events import PrintChanged
from kiosk.forgetting import Forgetting
from kiosk.host_features import features_of
from kiosk.host_index import HostIndex
from kiosk.host_photos import HostPhotos
from kiosk.host_tellings import HostTellings
from kiosk.invitation_records import InvitationRecords
from kiosk.kiosk import Kiosk, OpenSensors, Parts, Sensors
from kiosk.label_counter import LabelCounter
from kiosk.message_texts import MessageTexts
from kiosk.messenger import Messenger
from kiosk.messenger_parts import Policy
from kiosk.model import Channel, Host, Told
from kiosk.register import Register
from kiosk.reporting import Reporter
from kiosk.scanner import Scanner
from kiosk.setup import Setup
from kiosk.shared_form import HostOf
from kiosk.shared_visits import Telling
from kiosk.sharing import Sharing
from kiosk.speech import Speech
from kiosk.view import PhotoView
from telemetry.outbox import open_outbox
from ui.coverage import code_points
from ui.translations import Translations
from ui.typeface import Weight, fallbacks

LABELS_FILE = "labels.json"
BADGE_KEY_FILE = "badge.key"


def setup_of(config: KioskConfig) -> Setup:
    """The sections that guests meet."""
    return Setup(
        site=config.site,
        types=config.types,
        reception=config.reception,
        flow=config.flow,
        hosts=config.hosts,
        register=config.register,
        accessibility=config.accessibility,
        admin=config.admin,
    )


def draw_line(text: str, height_dots: int, bold: bool) -> Bitmap:
    """Letters for badges; Kivy's fonts are loaded with the first of them."""
    from kiosk.screens.badge_text import draw_line as draw

    return draw(text, height_dots, bold)


def portrait(data: bytes) -> PhotoView | None:
    """A picture of a host, ready to be drawn; None for what is none. Blocking: the first one loads Kivy's decoder."""
    from ui.portrait import round_portrait

    found = round_portrait(data)
    return PhotoView(*found) if found else None


def drawable() -> frozenset[int]:
    """The code points that screen and badge can draw, with all fonts that there are. Blocking: reads fonts."""
    fonts = (Weight.REGULAR.file, *fallbacks())
    return frozenset().union(*map(code_points, fonts))


class _Wires:
    """What parts made earlier tell the kiosk, which is made last."""

    def __init__(self) -> None:
        self.kiosk: Kiosk | None = None

    def told(self, visit_id: str, steps: tuple[Told, ...]) -> None:
        if self.kiosk:
            self.kiosk.arrivals.told(visit_id, steps)

    def printed(self, change: PrintChanged) -> None:
        if self.kiosk:
            self.kiosk.feed(change)

    def entry(self, entry: PrintEntry) -> None:
        if self.kiosk:
            self.kiosk.badges.on_entry(entry)

    async def begin(self) -> None:
        if self.kiosk:
            await self.kiosk.badges.begin()

    async def settle(self) -> None:
        if self.kiosk:
            await self.kiosk.badges.settle()


@asynccontextmanager
async def assembled(
    config: KioskConfig,
    clock: Clock,
    *,
    printer_link: Callable[[], Link] | None = None,
    open_sensors: OpenSensors | None = None,
) -> AsyncIterator[Kiosk]:
    """A kiosk from its configuration; all is closed afterwards.

    `printer_link` opens an emulated printer; `open_sensors` takes the place of the configured ones.
    """
    setup, wires = setup_of(config), _Wires()
    async with AsyncExitStack() as stack:
        session = Session.open(config.graph, config.network, clock, features=features_of(config.hosts, config.notify))
        stack.push_async_callback(session.close)
        outbox = open_outbox(config.unit.outbox_file, clock)
        stack.callback(outbox.close)
        folder = Path(config.register.folder)
        shared = config.sharing.enabled
        register = Register(folder, config.register, setup.zone, clock, unit=config.unit.id, shared=shared)
        stack.push_async_callback(register.close)
        reporter = Reporter(outbox, clock)
        hosts = _hosts(config, session, clock)
        records = await asyncio.to_thread(_records, config, register, hosts)
        printing, printer = _printing(config, clock, reporter, wires, printer_link)
        stack.push_async_callback(wires.settle)
        stack.callback(printer.close)
        backlight = usable_backlight(config.backlight)
        if backlight:
            stack.callback(backlight.close)
        badge_keys = await asyncio.to_thread(BadgeKeys, folder.with_name(BADGE_KEY_FILE), setup.zone)
        tellings = HostTellings(outbox, enabled=shared)
        messenger = _messenger(config, session, register, hosts, clock, wires, tellings)
        telling = Telling(_meant(hosts), config.notify, config.site.language)
        sharing = Sharing(register, outbox, badge_keys, config.site.name, telling)
        sharing.on_telling = messenger.named
        scanner, speech = Scanner(config.scanner, clock.monotonic_s), Speech(device=config.accessibility.speech_device)
        stack.push_async_callback(scanner.close)
        stack.push_async_callback(speech.close)
        kiosk = Kiosk(
            Parts(
                config=config,
                setup=setup,
                session=session,
                clock=clock,
                register=register,
                forgetting=Forgetting(register, outbox, remind_by=Channel(config.notify.first)),
                hosts=hosts,
                messenger=messenger,
                printer=printer,
                printing=printing,
                badge_keys=badge_keys,
                records=records,
                sharing=sharing,
                codes=CodeReader(
                    config.invitations,
                    public_keys(config.invitations.public_keys),
                    records,
                    register,
                    badge_keys,
                    clock,
                    code_tries_per_min=config.flow.code_tries_per_min,
                ),
                scanner=scanner,
                speech=speech,
                reporter=reporter,
                draw=draw_line,
                catalogues={language: Translations(language) for language in config.site.languages},
                drawable=await asyncio.to_thread(drawable),
                photos=HostPhotos(session.people, portrait, clock) if config.hosts.photos else None,
                backlight=backlight,
                open_sensors=open_sensors or _open_sensors(config, clock, reporter),
            )
        )
        wires.kiosk = kiosk
        if kiosk.sensors:
            stack.callback(kiosk.sensors.close)
        yield kiosk


def _open_sensors(config: KioskConfig, clock: Clock, reporter: Reporter) -> OpenSensors | None:
    def opened(publish: Callable[[Reading], None]) -> Sensors:
        from drivers.sensors import Sensors as Devices  # a kiosk without sensors loads no library for them

        return Devices(config.sensors, publish, clock.monotonic_s, on_event=reporter.task_died)

    return opened if config.sensors else None


def _hosts(config: KioskConfig, session: Session, clock: Clock) -> HostIndex:
    presence = session.presence if config.hosts.presence else None
    language = config.site.language
    return HostIndex(config.hosts, config.other_hosts, session.people, clock, language=language, presence=presence)


def _host_of(hosts: HostIndex) -> Callable[[str], Host | None]:
    def host_of(address: str) -> Host | None:
        return hosts.hosts.by_address(address)  # the directory of that moment

    return host_of


def _meant(hosts: HostIndex) -> HostOf:
    def meant(name: str, address: str) -> Host | None:
        return hosts.hosts.meant(name, address)  # the directory of that moment

    return meant


def _records(config: KioskConfig, register: Register, hosts: HostIndex) -> InvitationRecords:
    folder = Path(config.invitations.records_folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return InvitationRecords(folder, public_keys(config.invitations.public_keys), register, host_of=_host_of(hosts))


def _printing(
    config: KioskConfig, clock: Clock, reporter: Reporter, wires: _Wires, link: Callable[[], Link] | None
) -> tuple[BadgePrinting, Printer]:
    counter = LabelCounter(Path(config.register.folder).with_name(LABELS_FILE), config.labels)
    printing = BadgePrinting(
        counter, on_change=wires.printed, on_entry=wires.entry, on_begin=wires.begin, on_labels=reporter.labels
    )
    printer = open_printer(
        config.printer,
        monotonic_s=clock.monotonic_s,
        on_job=printing.on_job,
        before=printing.before,
        emulated_link=link,
    )
    printing.use(printer)
    return printing, printer


def _messenger(
    config: KioskConfig,
    session: Session,
    register: Register,
    hosts: HostIndex,
    clock: Clock,
    wires: _Wires,
    tellings: HostTellings,
) -> Messenger:
    policy = Policy(config.notify, config.reception, config.site.language, lambda: hosts.hosts)
    texts = MessageTexts(config.site.name, setup_of(config).zone)
    url = config.notify.answer_url
    links = AnswerLinks(url, config.unit.id, clock) if url else None
    return Messenger(register, session.chats, session.mail, policy, texts, clock, wires.told, links, tellings)
