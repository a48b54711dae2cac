"""config.txt and cmdline.txt of a Raspberry Pi: ours is there once, and the rest is as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.converge_boot import BEGIN, END, QUIET, boot_lines, cmdline_without_consoles, config_with
from provisioning.inventory import Hardware

UART = {"sensors": [{"kind": "ld2410", "port": "/dev/ttyAMA0"}]}
LINES = {
    "nothing wired": ("pi4", {}, []),
    "radar on a Pi 4": ("pi4", UART, ["enable_uart=1", "dtoverlay=disable-bt"]),
    "radar on a Pi 5": ("pi5", UART, ["dtparam=uart0=on"]),
    "radar at USB": ("pi4", {"sensors": [{"kind": "ld2410", "port": "/dev/serial/by-path/x"}]}, []),
    "emulated radar": ("pi4", {"sensors": [{"kind": "ld2410", "port": "/dev/ttyAMA0", "driver": "emulated"}]}, []),
    "printer at the UART": ("pi5", {"printer": {"port": "/dev/ttyAMA0"}}, ["dtparam=uart0=on"]),
    "light": ("pi3", {"sensors": [{"kind": "bh1750"}]}, ["dtparam=i2c_arm=on"]),
    "PWM lamp on a Pi 4": ("pi4", {"lamp": {"driver": "sysfs-pwm"}}, ["dtoverlay=pwm-2chan", "dtparam=audio=off"]),
    "PWM lamp on a Pi 5": (
        "pi5",
        {"lamp": {"driver": "sysfs-pwm"}},
        ["dtoverlay=pwm-2chan,pin=12,func=4,pin2=13,func2=4"],
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_lines_follow_from_board_and_wires(name: str) -> None:
    board, settings, wanted = LINES[name]
    found = boot_lines(Hardware(board=board), settings)  # type: ignore[arg-type]
    assert list(found) == ["disable_splash=1", "dtparam=watchdog=on", *wanted]


ours = st.lists(st.sampled_from(["disable_splash=1", "enable_uart=1", "dtparam=uart0=on"]), max_size=3)
line = st.one_of(
    st.sampled_from(["[pi4]", "[all]", "dtparam=audio=on", "", "# note", BEGIN, END, f" {BEGIN}", "enable_uart=0"]),
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20),
)
files = st.builds(lambda lines, end: end.join(lines), st.lists(line, max_size=12), st.sampled_from(["\n", "\r\n"]))


@given(files, ours, ours)
def test_the_second_time_changes_nothing_and_the_last_wish_counts(text: str, first: list[str], last: list[str]) -> None:
    once = config_with(text, first)
    assert config_with(once, first) == once
    assert config_with(once, last) == config_with(text, last)


@given(files, ours)
def test_ours_is_at_the_end_once_and_below_all(text: str, wanted: list[str]) -> None:
    lines = config_with(text, wanted).split("\n")
    assert lines[-(len(wanted) + 4) :] == [BEGIN, "[all]", *wanted, END, ""]
    assert lines.count(BEGIN) == lines.count(END) == 1


@given(st.lists(st.sampled_from(["[pi4]", "dtparam=audio=on", "# note", "", "gpu_mem=76"]), max_size=12), ours)
def test_what_others_wrote_stays(lines: list[str], wanted: list[str]) -> None:
    made = config_with("\n".join(lines), wanted)
    before = made[: made.index(BEGIN)].rstrip("\n").split("\n")
    kept = "\n".join(lines).rstrip("\n").split("\n")
    assert before == kept or (before == [""] and not any(kept))


def test_a_section_that_lost_its_end_loses_no_line() -> None:
    assert "gpu_mem=76" in config_with(f"{BEGIN}\n[all]\ngpu_mem=76\n", [])


words = st.sampled_from(
    [
        "console=serial0,115200",
        "console=tty1",
        "console=ttyAMA0",
        "root=PARTUUID=1-2",
        "quiet",
        "loglevel=7",
        "rootwait",
    ]
)


@given(st.lists(words, max_size=8))
def test_cmdline_keeps_everything_but_consoles_and_what_is_ours(given_words: list[str]) -> None:
    made = cmdline_without_consoles(" ".join(given_words) + "\n")
    assert cmdline_without_consoles(made) == made
    assert made.count("\n") == 1
    kept = [word for word in given_words if word in ("console=tty1", "root=PARTUUID=1-2", "rootwait")]
    assert made.split() == [*kept, *QUIET]


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file_is_no_reason_to_fail(text: str) -> None:
    made: Any = config_with(text, ["a=1"])
    assert made == f"{BEGIN}\n[all]\na=1\n{END}\n"
