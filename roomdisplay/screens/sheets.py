"""Which screen draws which sheet."""

from __future__ import annotations

from roomdisplay import view
from roomdisplay.screens.choices_sheet import ChoicesScreen
from roomdisplay.screens.day_sheet import DayScreen
from roomdisplay.screens.list_sheet import ListScreen
from roomdisplay.screens.pin_sheet import PinScreen
from roomdisplay.screens.result_sheet import ResultScreen
from roomdisplay.screens.search_sheet import SearchScreen
from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.screens.sign_in_sheet import SignInScreen
from roomdisplay.screens.working_sheet import WorkingScreen
from ui.look import Look
from ui.sender import Sender

SCREENS: dict[type, type[SheetScreen]] = {
    view.ChoicesSheet: ChoicesScreen,
    view.ListSheet: ListScreen,
    view.SearchSheet: SearchScreen,
    view.DaySheet: DayScreen,
    view.SignInSheet: SignInScreen,
    view.PinSheet: PinScreen,
    view.ResultSheet: ResultScreen,
    view.WorkingSheet: WorkingScreen,
}


def sheet_screen(sheet: view.Sheet, look: Look, sender: Sender) -> SheetScreen:
    """A new screen for a sheet of that kind; `show` it then."""
    return SCREENS[type(sheet)](look, sender)
