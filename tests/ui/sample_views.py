"""Views made by hand: every state and every sheet, in Danish, and the same with names that are too long."""

from __future__ import annotations

from dataclasses import replace

from roomdisplay.view import (
    Action,
    AsleepView,
    BlockStyle,
    BlockView,
    ButtonView,
    ChoicesSheet,
    DaySheet,
    HomeView,
    ListSheet,
    PanelView,
    PinSheet,
    Result,
    ResultSheet,
    RowView,
    SearchSheet,
    Shape,
    Sheet,
    SignInSheet,
    Style,
    TimelineView,
    Tone,
    Verb,
    WorkingSheet,
)

ROOM_40 = "Mødelokale Storebælt – Nordhavn, 2. sal ø"[:40]
SUBJECT_255 = ("Budgetopfølgning og gennemgang af årsregnskab for Nordhavn Kontorhus " * 4)[:255]
PERSON_60 = "Kristian-Emmanuel Bjørnstjerne von Frederiksberg-Skjoldborg "[:60].strip()


def button(verb: Verb, label: str, detail: str = "", style: Style = Style.SECONDARY, value: str = "") -> ButtonView:
    return ButtonView(Action(verb, value), label, detail, style)


FOOTER = (
    button(Verb.OPEN_ROOMS, "Andet lokale", style=Style.QUIET),
    button(Verb.OPEN_FAULT, "Meld fejl", style=Style.QUIET),
)
CLOSE = button(Verb.CLOSE, "Luk")
BACK = button(Verb.BACK, "Tilbage")
HOURS = tuple((hour * 60, f"{hour:02d}:00") for hour in range(8, 18))
MEETINGS = (
    BlockView(540, 600, "Budgetopfølgning", "Louise Holm", BlockStyle.PAST),
    BlockView(630, 690, "Optaget", "Privat møde"),
    BlockView(780, 870, "Projektmøde Nordhavn", "Jesper Friis"),
    BlockView(900, 960, "Interview", "Henrik Dam"),
)


def day(now_min: float | None, *, current: int | None = None, slot: tuple[float, float] | None = None) -> TimelineView:
    blocks = [
        replace(block, style=BlockStyle.CURRENT if index == current else _past(block, now_min))
        for index, block in enumerate(MEETINGS)
    ]
    if slot:
        text = f"til {int(slot[1]) // 60:02d}:{int(slot[1]) % 60:02d}"
        blocks.append(BlockView(*slot, "Tryk for at booke", text, BlockStyle.BOOKABLE, Action(Verb.OPEN_BOOKING)))
    return TimelineView("I dag", "søn 22. nov", 480, 1020, HOURS, tuple(blocks), now_min=now_min)


def _past(block: BlockView, now_min: float | None) -> BlockStyle:
    return BlockStyle.PAST if now_min is not None and block.end_min <= now_min else BlockStyle.MEETING


def book(label: str, until: str, style: Style = Style.SECONDARY) -> ButtonView:
    return ButtonView(
        Action(Verb.BOOK, f"2026-11-22T11:42:00+01:00/2026-11-22T{until}:00+01:00"), label, f"til {until}", style
    )


FREE = HomeView(
    tone=Tone.FREE,
    shape=Shape.RING,
    shape_fraction=0.0,
    room="Storebælt",
    room_detail="2. sal · 8 pladser · Skærm · Teams",
    clock="11:42",
    headline="Ledig",
    subline="indtil 13:00 · 1 t 18 min",
    buttons=(
        book("15 min", "11:57"),
        book("30 min", "12:12", Style.PRIMARY),
        book("45 min", "12:27"),
        book("1 time", "12:42"),
        book("Hele", "13:00"),
    ),
    timeline=day(702, slot=(702, 780)),
    footer=FOOTER,
)
FREE_SOON = replace(
    FREE,
    shape=Shape.RING_DOT,
    clock="12:48",
    subline="indtil 13:00 · 12 min",
    hint="Næste: Projektmøde Nordhavn 13:00",
    buttons=(button(Verb.CHECK_IN, "Tjek ind", "vi er her", value="k1"), book("Hele", "13:00", Style.PRIMARY)),
    timeline=day(768),
)
RELEASED = replace(
    FREE,
    clock="13:11",
    subline="frigivet · indtil 15:00 · 1 t 49 min",
    toast="Lokalet er frigivet",
    toast_action=button(Verb.UNDO, "Fortryd"),
)
BUSY = replace(
    FREE,
    tone=Tone.BUSY,
    shape=Shape.DISC,
    clock="13:20",
    headline="Optaget",
    subline="indtil 14:30 · 1 t 10 min tilbage",
    title="Projektmøde Nordhavn",
    title_detail="Jesper Friis · 13:00 – 14:30",
    progress=0.22,
    hint="Næste: Interview 15:00",
    buttons=(
        button(Verb.OPEN_EXTEND, "Forlæng", "+15 min eller mere", Style.PRIMARY),
        button(Verb.OPEN_DAY, "Book senere", "næste ledige 14:30", value="0"),
    ),
    timeline=day(800, current=2),
)
ENDING_SOON = replace(
    BUSY,
    shape=Shape.PIE,
    shape_fraction=0.35,
    clock="14:24",
    subline="6 min tilbage · ledig 14:30 – 15:00",
    title_detail="Jesper Friis · slutter 14:30",
    progress=0.93,
    hint="",
    buttons=(
        button(Verb.EXTEND, "+15 min", "til 14:45", Style.PRIMARY, "2026-11-22T14:45:00+01:00"),
        button(Verb.EXTEND, "+30 min", "til 15:00", Style.PRIMARY, "2026-11-22T15:00:00+01:00"),
        button(Verb.BOOK, "Book 14:30", "til 15:00", value="2026-11-22T14:30:00+01:00/2026-11-22T15:00:00+01:00"),
    ),
    timeline=day(864, current=2),
)
CHECK_IN = replace(
    BUSY,
    tone=Tone.ATTENTION,
    shape=Shape.CLOCK,
    clock="13:03",
    headline="Tjek ind",
    subline="inden 13:10 — ellers frigives lokalet",
    progress=0.3,
    hint="",
    buttons=(
        button(Verb.CHECK_IN, "Tjek ind", "vi er her", Style.PRIMARY, "k3"),
        button(Verb.RELEASE, "Frigiv", "spørger først · kan fortrydes", value="k3"),
    ),
    timeline=day(783),
)
RELEASE_WARNING = replace(
    CHECK_IN,
    clock="13:08",
    headline="Ingen her?",
    subline="lokalet frigives om 2 min",
    progress=0.8,
    hint="Tryk hvor som helst for at beholde lokalet",
    buttons=(button(Verb.CHECK_IN, "Tjek ind", "vi er her", Style.PRIMARY, "k3"),),
    timeline=day(788),
)
SENSOR_UNKNOWN = replace(CHECK_IN, subline="inden 13:10", hint="Sensor svarer ikke: intet frigives")
BOOKED_EMPTY = replace(
    BUSY,
    tone=Tone.ATTENTION,
    headline="Booket",
    subline="ingen er her · til 14:30",
    buttons=(
        button(Verb.RELEASE, "Frigiv", "spørger først · kan fortrydes", value="k3"),
        button(Verb.OPEN_DAY, "Book senere", "næste ledige 14:30", value="0"),
    ),
)
IN_USE = replace(FREE, tone=Tone.ATTENTION, shape=Shape.RING_DOT, headline="I brug", subline="ikke booket · til 13:00")
BY_ITSELF = replace(BUSY, clock="13:21", toast="Forlænget, fordi lokalet er i brug")
LONG_WARNING = replace(RELEASE_WARNING, room=ROOM_40, title=SUBJECT_255, title_detail=f"{PERSON_60} · 13:00 – 14:30")
OVERLAP = replace(
    BUSY, title="2 bookinger på én gang", title_detail="Projektmøde Nordhavn · Interview", progress=None, hint=""
)
OFFLINE = replace(
    FREE,
    tone=Tone.NEUTRAL,
    shape=Shape.DASHED_RING,
    clock="13:20",
    headline="Optaget?",
    subline="ifølge kalenderen, som den så ud 13:11",
    banner="Ingen forbindelse til kalenderen siden 13:11. Lokalet kan være booket uden at det ses her, "
    "så booking er slået fra.",
    buttons=(button(Verb.RETRY, "Prøv igen", "sidst forsøgt 13:19"),),
    timeline=replace(day(800), heading="Senest kendt 13:11", stale=True),
)
NEEDS_SIGN_IN = replace(
    OFFLINE,
    headline="Ukendt",
    subline="kalenderen er ikke læst endnu",
    banner="Panelet er logget ud af Microsoft 365. Receptionen eller IT kan logge det ind med PIN-koden.",
    buttons=(
        button(Verb.SIGN_IN, "Log ind", "spørger om PIN", Style.PRIMARY),
        button(Verb.RETRY, "Prøv igen", "sidst forsøgt 13:19"),
    ),
    timeline=None,
)
STARTING = replace(
    NEEDS_SIGN_IN, headline="Starter", subline="venter på det rigtige klokkeslæt", banner="", buttons=(), clock=""
)
LONG = replace(
    BUSY,
    room=ROOM_40,
    room_detail="2. sal i tårnet · 128 pladser · Skærm · Teams · Tavle · Teleslynge · Kørestol",
    title=SUBJECT_255,
    title_detail=f"{PERSON_60} · 13:00 – 14:30",
    hint=f"Næste: {SUBJECT_255[:60]} 15:00",
)
SIX = replace(
    FREE,
    room=ROOM_40,
    buttons=(
        button(Verb.CHECK_IN, "Tjek ind", "vi er her", value="k1"),
        book("15 min", "11:57"),
        book("30 min", "12:12", Style.PRIMARY),
        book("45 min", "12:27"),
        book("1 time", "12:42"),
        book("Hele", "13:00"),
    ),
)
HOMES = {
    "free": FREE,
    "free-soon": FREE_SOON,
    "released": RELEASED,
    "busy": BUSY,
    "ending-soon": ENDING_SOON,
    "check-in": CHECK_IN,
    "release-warning": RELEASE_WARNING,
    "sensor-unknown": SENSOR_UNKNOWN,
    "booked-empty": BOOKED_EMPTY,
    "in-use": IN_USE,
    "by-itself": BY_ITSELF,
    "long-warning": LONG_WARNING,
    "overlap": OVERLAP,
    "offline": OFFLINE,
    "needs-sign-in": NEEDS_SIGN_IN,
    "starting": STARTING,
    "long": LONG,
    "six": SIX,
}
ASLEEP = AsleepView("21:14", "Ledig")

ROWS = (
    RowView(None, "Lillebælt", "2. sal · 4 pladser", "ledig til 15:00", Tone.FREE),
    RowView(None, "Øresund", "2. sal · 12 pladser · Skærm", "ledig", Tone.FREE),
    RowView(None, "Kattegat", "3. sal · 6 pladser · Teams", "ledig til 13:30", Tone.FREE),
    RowView(None, "Skagerrak", "3. sal · 20 pladser · Teams · Tavle", "ledig til 16:00", Tone.FREE),
    RowView(None, "Limfjorden", "Stuen · 8 pladser", "ledig", Tone.FREE),
    RowView(None, "Roskilde Fjord", "Stuen · 10 pladser · Skærm", "ledig til 14:00", Tone.FREE),
    RowView(None, ROOM_40, "4. sal · 128 pladser · Skærm · Teams · Tavle", "ledig resten af dagen", Tone.FREE),
)
PEOPLE = (
    RowView(Action(Verb.PICK_PERSON, "0"), "Jesper F.", "Projektafdelingen"),
    RowView(Action(Verb.PICK_PERSON, "1"), "Jesper F.", "Økonomi"),
    RowView(Action(Verb.PICK_PERSON, "2"), PERSON_60, "Forretningsudvikling og strategiske partnerskaber"),
)
WHOLE_DAY = TimelineView(
    "I dag",
    "søn 22. nov",
    480,
    1020,
    HOURS,
    (
        BlockView(540, 600, "Budgetopfølgning", "Louise Holm", BlockStyle.PAST),
        BlockView(630, 690, "Optaget", "Privat møde", BlockStyle.PAST),
        BlockView(702, 780, "Tryk for at booke", "til 13:00", BlockStyle.BOOKABLE, Action(Verb.OPEN_BOOKING)),
        BlockView(780, 870, "Projektmøde Nordhavn", "Jesper Friis", action=Action(Verb.OPEN_MEETING, "k3")),
        BlockView(870, 900, "Tryk for at booke", "til 15:00", BlockStyle.BOOKABLE, Action(Verb.OPEN_BOOKING, "14:30")),
        BlockView(900, 960, "Interview", "Henrik Dam", BlockStyle.OWN, Action(Verb.OPEN_MEETING, "k4")),
        BlockView(960, 1020, "Tryk for at booke", "til 17:00", BlockStyle.BOOKABLE, Action(Verb.OPEN_BOOKING, "16:00")),
    ),
    notes=("Grundlovsdag",),
    now_min=702,
)
LOG = tuple(
    RowView(None, f"2026-11-22 13:{minute:02d}:07 INFO graph.client GET /calendarView 200 i 0,31 s")
    for minute in range(11, 40)
)
ADMIN_TABS = (
    button(Verb.ADMIN_PAGE, "Status", style=Style.PRIMARY, value="status"),
    button(Verb.ADMIN_PAGE, "Sensorer", style=Style.QUIET, value="sensors"),
    button(Verb.ADMIN_PAGE, "Log", style=Style.QUIET, value="log"),
    button(Verb.ADMIN_PAGE, "Skærm", style=Style.QUIET, value="screen"),
    button(Verb.SIGN_IN, "Log ind"),
    CLOSE,
)
BOOKING_SHEET = ChoicesSheet(
    "Book fra 14:30",
    "",
    tuple(replace(one, style=Style.PRIMARY) for one in FREE.buttons),
    (button(Verb.AS_PERSON, "Book i et navn", "personen får en invitation"),),
)
SCREEN_SHEET = ListSheet(
    "Administration",
    "cph-2-storebaelt",
    (
        RowView(Action(Verb.BRIGHTNESS, "50"), "Lysstyrke 50 %"),
        RowView(Action(Verb.BRIGHTNESS, "100"), "Lysstyrke 100 %", mark="✓"),
        RowView(Action(Verb.LANGUAGE, "da"), "Dansk", mark="✓"),
        RowView(Action(Verb.LANGUAGE, "en"), "English"),
    ),
    ADMIN_TABS,
)
DAY_SHEET = DaySheet(
    "Tryk på en ledig tid for at booke",
    WHOLE_DAY,
    (
        button(Verb.OPEN_DAY, "I dag", style=Style.PRIMARY, value="0"),
        button(Verb.OPEN_DAY, "I morgen", style=Style.QUIET, value="1"),
    ),
    (CLOSE,),
)
SIGN_IN_SHEET = SignInSheet(
    "Log panelet ind",
    "Åbn denne adresse på en anden enhed, tast koden, og log ind med panelets konto.",
    "https://microsoft.com/devicelogin",
    "HK7PQ4WDX",
    "gælder til 13:35",
    (CLOSE,),
)
SHEETS: dict[str, Sheet] = {
    "booking": BOOKING_SHEET,
    "booked-for": ChoicesSheet(
        "Book nu",
        "",
        tuple(replace(one, style=Style.PRIMARY) for one in FREE.buttons),
        (
            button(Verb.AS_PERSON, PERSON_60, f"bookes for {PERSON_60}", Style.PRIMARY),
            button(Verb.NO_PERSON, "Uden navn"),
        ),
    ),
    "extend": ChoicesSheet(
        "Forlæng mødet", "Den ekstra tid er en booking for sig lige efter mødet.", ENDING_SOON.buttons[:2]
    ),
    "extend-no": ChoicesSheet("Forlæng mødet", "Mødet kan ikke forlænges: lokalet er booket lige efter.", ()),
    "confirm": ChoicesSheet(
        "Frigiv lokalet?",
        "Projektmøde Nordhavn · Jesper Friis · 13:00 – 14:30\n"
        "Mødearrangøren får at vide, at ingen kom. Du kan fortryde i et par sekunder.",
        (button(Verb.CONFIRM, "Frigiv", style=Style.DANGER), button(Verb.CLOSE, "Nej, gå tilbage")),
        columns=2,
    ),
    "confirm-long": ChoicesSheet(
        "Afslut mødet nu?",
        f"{SUBJECT_255} · {PERSON_60} · 13:00 – 14:30\nTiden er straks fri for andre.",
        (button(Verb.CONFIRM, "Afslut nu", style=Style.DANGER), button(Verb.CLOSE, "Nej, gå tilbage")),
        columns=2,
    ),
    "fault": ChoicesSheet(
        "Hvad er der galt?",
        "",
        tuple(
            button(Verb.FAULT_KIND, label, value=str(number))
            for number, label in enumerate(
                ("Skærm", "Kamera", "Lyd", "Lys", "Temperatur", "Rengøring", "Møbler", "Noget andet")
            )
        ),
        (CLOSE,),
        columns=4,
    ),
    "fault-text": ChoicesSheet(
        "Skærm",
        "Ét tryk sender meldingen til dem, der passer lokalet.",
        tuple(
            button(Verb.FAULT_SEND, label, style=Style.PRIMARY, value=str(number))
            for number, label in enumerate(
                ("Den tænder ikke", "Kablet mangler eller er i stykker", "Billedet flimrer", "Noget andet")
            )
        ),
        (BACK,),
        columns=2,
    ),
    "rooms": ListSheet("Andre ledige lokaler", "", ROWS, (CLOSE,), empty="Intet andet lokale er ledigt lige nu."),
    "rooms-none": ListSheet("Andre ledige lokaler", "", (), (CLOSE,), empty="Intet andet lokale er ledigt lige nu."),
    "admin": ListSheet(
        "Administration",
        "cph-2-storebaelt",
        (
            RowView(None, "Version", "2026.11.3"),
            RowView(None, "Lokalets postkasse", "storebaelt@nordhavn.example"),
            RowView(None, "Konto", "mydesk@nordhavn.example · logget ind"),
            RowView(None, "Kalender læst", "13:20"),
            RowView(None, "Seneste fejl", "ingen"),
            RowView(None, "Netværksadresser", "10.20.30.40, fe80::1ff:fe23:4567:890a"),
            RowView(None, "Ur", "synkroniseret"),
        ),
        ADMIN_TABS,
    ),
    "screen": SCREEN_SHEET,
    "log": ListSheet("Administration", "cph-2-storebaelt", LOG, ADMIN_TABS, monospace=True),
    "search": SearchSheet("Hvem er lokalet til?", "Fornavn og efternavn", "jes fri", PEOPLE, "", "da", (BACK,)),
    "search-empty": SearchSheet(
        "Hvem er lokalet til?", "Fornavn og efternavn", "", (), "Skriv mindst tre bogstaver af navnet", "da", (BACK,)
    ),
    "search-busy": SearchSheet("Hvem er lokalet til?", "Fornavn og efternavn", "jes", (), "", "da", (BACK,), busy=True),
    "day": DAY_SHEET,
    "working": WorkingSheet("Booker lokalet"),
    "done": ResultSheet(
        Result.DONE, "Booket", "Lokalet er jeres indtil 12:12.", (button(Verb.CLOSE, "Luk", style=Style.PRIMARY),)
    ),
    "taken": ResultSheet(
        Result.REFUSED,
        "Nogen var hurtigere",
        "Lokalet blev booket 11:43 af en anden. Der er ikke booket noget for dig.",
        (button(Verb.CLOSE, "Luk", style=Style.PRIMARY), button(Verb.OPEN_ROOMS, "Andet lokale")),
    ),
    "uncertain": ResultSheet(
        Result.UNCERTAIN,
        "Endnu ikke sikkert",
        "Forbindelsen røg midt i det hele. Panelet spørger videre og viser her, hvordan det endte.",
        (button(Verb.CLOSE, "Luk", style=Style.PRIMARY),),
    ),
    "sign-in": SIGN_IN_SHEET,
    "sign-in-problem": SignInSheet(
        "Log panelet ind",
        "Koden blev brugt af en anden konto. Ønsket: mydesk@nordhavn.example, fik: louise.holm@nordhavn.example.",
        "",
        "",
        "",
        (button(Verb.SIGN_IN, "Ny kode", style=Style.PRIMARY), CLOSE),
    ),
    "pin": PinSheet("Administrator-PIN", "Seks cifre", 2),
    "pin-locked": PinSheet("Administrator-PIN", "For mange forkerte. Låst i 5 min.", 0, locked=True),
}


def samples() -> dict[str, PanelView]:
    """Every view by name: homes as they are, sheets over the free or the busy room."""
    views = {name: PanelView(home) for name, home in HOMES.items()}
    views["asleep"] = PanelView(ASLEEP)
    views["identify"] = PanelView(FREE, identify="cph-2-storebaelt · Storebælt")
    views["dimmed"] = PanelView(replace(BUSY, brightness=0.4))
    views.update({f"sheet-{name}": PanelView(FREE, sheet) for name, sheet in SHEETS.items()})
    return views
