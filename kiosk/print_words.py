"""Why a badge did not come, in words for the people who can mend it. Marked for the catalogues."""

from __future__ import annotations

from collections.abc import Mapping

from common.i18n import N_
from drivers.printers.jobs import JobState
from drivers.printers.status import Trouble

__all__ = ["REASONS", "STATES"]

STATES: Mapping[JobState, str] = {
    JobState.QUEUED: N_("Waiting for the printer"),
    JobState.PRINTING: N_("Printing"),
    JobState.DONE: N_("Printed"),
    JobState.FAILED: N_("Not printed"),
    JobState.ABANDONED: N_("Dropped after ten minutes"),
}

REASONS: Mapping[Trouble, str] = {
    Trouble.PAPER_OUT: N_("The printer is out of labels. Put in a new roll."),
    Trouble.COVER_OPEN: N_("The printer's cover is open. Close it."),
    Trouble.OFFLINE: N_("The printer is paused. Press its feed or pause button."),
    Trouble.ERROR: N_("The printer reports a fault. See its display or lamps."),
    Trouble.STALLED: N_("The printer takes no more data. Switch it off and on."),
    Trouble.UNPLUGGED: N_("The printer is not connected. Check its cable."),
    Trouble.SILENT: N_("The printer does not answer. Is it switched on?"),
    Trouble.UNCONFIRMED: N_("The printer did not confirm the label. Look whether it came out before you print again."),
    Trouble.NOT_PRINTABLE: N_("This badge does not fit the labels that are configured."),
    Trouble.QUEUE_FULL: N_("Too many badges are waiting for the printer."),
    Trouble.NO_PRINTER: N_("There is no printer."),
    Trouble.CLOSED: N_("The kiosk was stopped before the badge came out."),
}
