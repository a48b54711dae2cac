"""Pages made by hand, in every language, with everyday names or with names too long: for previews and tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import segno

from common.errors import MyDeskError
from kiosk.sample_texts import (
    GUEST,
    HOST,
    LANGUAGES,
    LONG_GUEST,
    LONG_HOST,
    LONG_SITE,
    NOTICE,
    RULES,
    SITE,
    TEXTS,
)
from kiosk.view import (
    Action,
    BadgeView,
    ButtonView,
    ChoiceView,
    CodeView,
    DoneView,
    FieldKind,
    FieldView,
    FormView,
    HeaderView,
    HostsView,
    Icon,
    KioskView,
    ListView,
    MessageView,
    Page,
    PinView,
    PresenceTone,
    RowView,
    RulesView,
    StepView,
    StillThereView,
    Style,
    TextView,
    TileView,
    Verb,
    WelcomeView,
)

SIGNATURE = (
    "120,620 150,420 190,300 230,360 210,520 190,640 240,600 300,470 340,430 330,540 370,560 430,450 470,420 460,540;"
    "520,380 540,560 600,480 640,430 650,540 720,470 800,440 880,520"
)


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language, and the names."""

    language: str
    guest: str
    host: str
    site: str

    def __call__(self, key: str) -> str:
        return TEXTS[self.language][key].format(
            host=self.host, name=self.guest if len(self.guest) > 20 else self.guest.split()[0]
        )

    def button(self, verb: Verb, key: str, style: Style = Style.SECONDARY, value: str = "") -> ButtonView:
        return ButtonView(Action(verb, value), self(key), style)

    def tile(self, verb: Verb, icon: Icon, key: str, detail: str = "", *, primary: bool = False) -> TileView:
        return TileView(Action(verb, key), icon, self(key), self(detail) if detail else "", primary)

    @property
    def back(self) -> ButtonView:
        return self.button(Verb.BACK, "back")

    @property
    def next(self) -> ButtonView:
        return self.button(Verb.NEXT, "next", Style.PRIMARY)


def words(language: str, *, long: bool = False) -> Words:
    """Raises MyDeskError when there are no samples in that language."""
    if language not in TEXTS:
        raise MyDeskError(f"There are no samples in {language!r}.", hint=f"Take one of {', '.join(TEXTS)}.")
    return Words(language, *((LONG_GUEST, LONG_HOST, LONG_SITE) if long else (GUEST, HOST, SITE)))


def view(name: str, language: str, *, long: bool = False) -> KioskView:
    """The sample page of that name. Raises MyDeskError when there is none."""
    if name not in PAGES:
        raise MyDeskError(f"There is no sample page {name!r}.", hint=f"Take one of {', '.join(PAGES)}.")
    spoken = words(language, long=long)
    page, steps = PAGES[name]
    still = _still_there(spoken) if name == "still-there" else None
    return KioskView(_header(spoken), page(spoken), StepView(4, steps) if steps else None, still)


def _header(w: Words) -> HeaderView:
    languages = tuple(ButtonView(Action(Verb.LANGUAGE, code), name) for code, name in LANGUAGES.items())
    aids = w.button(Verb.ACCESSIBILITY, "aids")
    return HeaderView(w.site, "", w.button(Verb.HELP, "help"), aids, languages, w.language)


def _welcome(w: Words, notice: str = "", more: tuple[TileView, ...] = ()) -> WelcomeView:
    tiles = (
        w.tile(Verb.VISIT, Icon.ENTER, "visit", "visit_detail", primary=True),
        w.tile(Verb.SCAN, Icon.QR, "qr", "qr_detail"),
        w.tile(Verb.LEAVE, Icon.LEAVE, "leave", "leave_detail"),
        *more,
    )
    privacy = w.button(Verb.PRIVACY, "privacy", Style.QUIET)
    return WelcomeView(w("welcome"), w("intro"), tiles, privacy, w("clock"), notice)


def _welcome_five(w: Words) -> WelcomeView:
    more = (
        w.tile(Verb.DELIVERY, Icon.PACKAGE, "delivery", "delivery_detail"),
        w.tile(Verb.CODE, Icon.CODE, "code", "code_detail"),
    )
    return _welcome(w, w("notice"), more)


def _types(w: Words) -> ChoiceView:
    kinds = ("guest", "craftsman", "interview", "course", "supplier", "other")
    tiles = tuple(w.tile(Verb.PICK, Icon.PERSON, kind) for kind in kinds)
    return ChoiceView(w("types"), w("types_text"), tiles, (w.back,))


def _choice(w: Words) -> ChoiceView:
    tiles = (
        w.tile(Verb.PICK, Icon.PERSON, "guest", primary=True),
        w.tile(Verb.PICK, Icon.GROUP, "group"),
    )
    return ChoiceView(w("types"), "", tiles, (w.back,))


def _hosts(w: Words, text: str, rows: tuple[RowView, ...], message: str = "", *, busy: bool = False) -> HostsView:
    buttons = (w.button(Verb.HOST_NOT_LISTED, "not_listed"), w.back)
    onward = ButtonView(Action(Verb.NEXT), w("next"), Style.PRIMARY, enabled=bool(rows))
    return HostsView(w("whom"), FieldView("host", "", text, FieldKind.NAME), rows, message, onward, buttons, busy=busy)


def _hits(w: Words, count: int) -> tuple[RowView, ...]:
    people = (
        (w.host if len(w.host) > 20 else "Jesper F.", "Projektafdelingen", PresenceTone.AVAILABLE),
        ("Jesper F.", "Økonomi", PresenceTone.BUSY),
        ("Jeppe Ø.", "Kundeservice og Ejendomsadministration, København", PresenceTone.AWAY),
        ("Jesper-Christian K.", "", PresenceTone.NONE),
        ("Jessica M.", "IT", PresenceTone.AVAILABLE),
    )
    tones = {tone: "" if tone is PresenceTone.NONE else w(tone.value) for tone in PresenceTone}
    return tuple(
        RowView(Action(Verb.PICK_HOST, str(index)), name, where, tones[tone], tone, name[0] + "F", index == 0)
        for index, (name, where, tone) in enumerate(people[:count])
    )


def _field(w: Words, key: str, kind: FieldKind, text: str = "", *, optional: bool = False, hint: str = "") -> FieldView:
    return FieldView(key, w(key), text, kind, hint, w("optional") if optional else "")


def _details(w: Words, *, email: str = "", error: str = "") -> tuple[FieldView, ...]:
    mail = FieldView("email", w("email"), email, FieldKind.EMAIL, "navn@firma.dk", "", error)
    phone = _field(w, "phone", FieldKind.PHONE, optional=True, hint="+45")
    return (_field(w, "name", FieldKind.NAME, w.guest), mail, phone)


def _form(w: Words, **how: str) -> FormView:
    note = w.button(Verb.PRIVACY, "note", Style.QUIET)
    return FormView(w("who"), _details(w, **how), "name", w.next, w("who_text"), note, (w.back,))


def _form_error(w: Words) -> FormView:
    note = w.button(Verb.PRIVACY, "note", Style.QUIET)
    fields = _details(w, email="søren@", error=w("email_error"))
    return FormView(w("who"), fields, "email", w.next, w("who_text"), note, (w.back,))


def _form_seven(w: Words) -> FormView:
    more = (
        _field(w, "company", FieldKind.TEXT, "Bjørnsen & Sønner ApS"),
        _field(w, "plate", FieldKind.TEXT, optional=True),
        _field(w, "person", FieldKind.NAME),
        _field(w, "reason", FieldKind.TEXT, optional=True),
    )
    note = w.button(Verb.PRIVACY, "note", Style.QUIET)
    return FormView(w("who"), (*_details(w), *more), "name", w.next, w("who_text"), note, (w.back,))


def _form_group(w: Words) -> FormView:
    names = ("Ane Holm", w.guest, "Bo Østergaard", "Carla García")
    rows = tuple(RowView(Action(Verb.REMOVE_GUEST, str(n)), name) for n, name in enumerate(names))
    note = w.button(Verb.PRIVACY, "note", Style.QUIET)
    buttons = (w.button(Verb.ADD_GUEST, "add_guest"), w.back)
    return FormView(w("who"), (_field(w, "name", FieldKind.NAME),), "name", w.next, "", note, buttons, rows)


def _scan(w: Words) -> CodeView:
    buttons = (w.back, w.button(Verb.CODE, "type_code"))
    return CodeView(w("scan"), w("scan_text"), None, None, buttons)


def _code(w: Words, message: str = "") -> CodeView:
    field = FieldView("code", w("code_label"), "7K3M", FieldKind.CODE)
    return CodeView(w("eight"), w("eight_text"), field, w.next, (w.back,), message)


def _rules(w: Words) -> RulesView:
    accept = w.button(Verb.ACCEPT, "accept", Style.PRIMARY)
    return RulesView(w("rules"), RULES[w.language], accept, buttons=(w.back,))


def _rules_sign(w: Words, strokes: str = SIGNATURE) -> RulesView:
    accept = w.button(Verb.ACCEPT, "accept", Style.PRIMARY)
    buttons = (w.back, w.button(Verb.CLEAR_SIGNATURE, "clear"))
    return RulesView(w("rules"), RULES[w.language], accept, sign=True, strokes=strokes, buttons=buttons)


def _done(w: Words, *, badge: bool = True) -> DoneView:
    lines = (w("told"), w("badge"), w("waiting")) if badge else (w("told"), w("waiting"))
    buttons = (w.button(Verb.HOME, "done", Style.PRIMARY),)
    return DoneView(w("hello"), lines, w("clears"), 0.7, sample_badge() if badge else None, buttons)


def _unknown(w: Words) -> MessageView:
    return MessageView(w("unknown"), w("unknown_text"), good=False, buttons=(w.back, w.button(Verb.HELP, "help")))


def _bye(w: Words) -> MessageView:
    return MessageView(w("bye"), w("bye_text"), good=True, buttons=(w.button(Verb.HOME, "done", Style.PRIMARY),))


def _privacy(w: Words) -> TextView:
    return TextView(w("notice_title"), NOTICE[w.language], (w.back,))


def _list(w: Words) -> ListView:
    people = [(w.guest, w.host), ("Ane Holm", "Ida Berg"), ("Bo Østergaard", HOST), ("Carla García", "Ida Berg")] * 3
    rows = tuple(
        RowView(
            Action(Verb.TICK, str(n)),
            guest,
            f"{host} · 09:{n:02d}",
            w("assumed") if n == 1 else "",
            initials=guest[0],
            marked=n == 2,
        )
        for n, (guest, host) in enumerate(people)
    )
    buttons = (w.back, w.button(Verb.PRINT_LIST, "print", Style.PRIMARY))
    return ListView(w("in_house"), w("in_house_text"), rows, buttons)


def _still_there(w: Words) -> StillThereView:
    more, leave = w.button(Verb.MORE_TIME, "more", Style.PRIMARY), w.button(Verb.HOME, "quit")
    return StillThereView(w("still"), w("still_text"), 14, 0.7, more, leave)


PAGES: dict[str, tuple[Callable[[Words], Page], int]] = {
    "welcome": (_welcome, 0),
    "welcome-five": (_welcome_five, 0),
    "types": (_types, 0),
    "choice": (_choice, 0),
    "hosts-empty": (lambda w: _hosts(w, "", (), w("letters")), 1),
    "hosts": (lambda w: _hosts(w, "jes fri", _hits(w, 2)), 1),
    "hosts-five": (lambda w: _hosts(w, "jes", _hits(w, 5)), 1),
    "hosts-many": (lambda w: _hosts(w, "jen", (), w("too_many"), busy=True), 1),
    "form": (_form, 2),
    "form-error": (_form_error, 2),
    "form-seven": (_form_seven, 2),
    "form-group": (_form_group, 2),
    "scan": (_scan, 0),
    "code": (_code, 0),
    "code-wrong": (lambda w: _code(w, w("code_wrong")), 0),
    "rules": (_rules, 3),
    "rules-sign": (_rules_sign, 3),
    "done": (_done, 4),
    "done-no-badge": (lambda w: _done(w, badge=False), 4),
    "message-unknown": (_unknown, 0),
    "message-bye": (_bye, 0),
    "privacy": (_privacy, 0),
    "in-house": (_list, 0),
    "in-house-empty": (lambda w: ListView(w("in_house"), "", (), (w.back,), w("nobody")), 0),
    "pin": (lambda w: PinView(w("pin"), w("pin_text"), 2), 0),
    "pin-locked": (lambda w: PinView(w("pin"), w("locked"), 0, locked=True), 0),
    "still-there": (_form, 2),
}


def sample_badge(width: int = 696, height: int = 620) -> BadgeView:
    """A label like a printed one: bars in place of words, and a real QR code; text is the badge renderer's matter."""
    grid = [bytearray(width) for _ in range(height)]

    def bar(x: int, y: int, wide: int, high: int) -> None:
        for row in grid[y : y + high]:
            row[x : x + wide] = b"\1" * min(wide, width - x)

    for box in ((40, 40, 130, 26), (40, 96, 470, 60), (40, 196, 300, 22), (40, 236, 360, 22)):
        bar(*box)
    modules = [bytes(row) for row in segno.make_qr("MD1:SAMPLE0BADGE", error="m").matrix]
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                bar(40 + x * 10, 320 + y * 10, 10, 10)
    return BadgeView(width, height, b"".join(_packed(row) for row in grid))


def _packed(row: bytearray) -> bytes:
    padded = row.ljust(-(-len(row) // 8) * 8, b"\0")
    return bytes(int("".join(map(str, padded[at : at + 8])), 2) for at in range(0, len(padded), 8))
