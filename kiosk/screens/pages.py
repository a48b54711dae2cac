"""Which screen draws which page."""

from __future__ import annotations

from kiosk import view
from kiosk.screens.choice_page import ChoicePage
from kiosk.screens.code_page import CodePage
from kiosk.screens.done_page import DonePage
from kiosk.screens.form_page import FormPage
from kiosk.screens.hosts_page import HostsPage
from kiosk.screens.list_page import ListPage
from kiosk.screens.message_page import MessagePage
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.pin_page import PinPage
from kiosk.screens.rules_page import RulesPage
from kiosk.screens.text_page import TextPage
from kiosk.screens.welcome_page import WelcomePage
from ui.look import Look
from ui.sender import Sender

SCREENS: dict[type, type[PageScreen]] = {
    view.WelcomeView: WelcomePage,
    view.ChoiceView: ChoicePage,
    view.HostsView: HostsPage,
    view.FormView: FormPage,
    view.CodeView: CodePage,
    view.RulesView: RulesPage,
    view.DoneView: DonePage,
    view.MessageView: MessagePage,
    view.TextView: TextPage,
    view.ListView: ListPage,
    view.PinView: PinPage,
}


def page_screen(page: view.Page, look: Look, sender: Sender, *, low: bool = False) -> PageScreen:
    """A new screen for a page of that kind; `show` it then."""
    return SCREENS[type(page)](look, sender, low=low)
