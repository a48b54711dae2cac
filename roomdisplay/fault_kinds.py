"""What can be reported as broken: kinds and texts, chosen from lists so that nobody types at the door."""

from __future__ import annotations

from common.i18n import N_

FAULTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "display": (N_("Display"), (N_("No picture"), N_("Bad picture"), N_("Does not switch on"), N_("Cable is missing"))),
    "camera": (N_("Camera"), (N_("No picture"), N_("Points the wrong way"), N_("Is missing"))),
    "sound": (N_("Sound"), (N_("No sound"), N_("Microphone does not work"), N_("Echo or noise"))),
    "cables": (N_("Power and cables"), (N_("No power"), N_("Cable is missing"), N_("Cable is broken"))),
    "furniture": (N_("Furniture"), (N_("Broken"), N_("Chairs are missing"), N_("Table is unsteady"))),
    "climate": (N_("Climate"), (N_("Too hot"), N_("Too cold"), N_("Bad air"), N_("Light does not work"))),
    "cleaning": (N_("Cleaning"), (N_("Needs cleaning"), N_("Bin is full"), N_("Something was spilled"))),
    "other": (N_("Something else"), (N_("Please have a look"), N_("The door"), N_("This panel"))),
}
