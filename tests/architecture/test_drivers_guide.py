"""docs/drivers.md against the code: examples load, commands exist, tables and quoted messages are true."""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from common.config import parse
from common.config_schema import keys_of
from drivers.decoding import CODECS, decode
from drivers.emulators.brother_ql import BrotherQlEmulator
from drivers.emulators.escpos import EscposEmulator
from drivers.emulators.gpio import EmulatedInput
from drivers.emulators.light import EmulatedI2c
from drivers.emulators.zpl import ZplEmulator
from drivers.gpio.inputs import STALE_S as INPUT_STALE_S
from drivers.kinds import SERIAL_KINDS
from drivers.light import STALE_S as LIGHT_STALE_S
from drivers.printers.document import Document, Paper, composed
from drivers.printers.port import PATIENT
from drivers.printers.printer import PrinterConfig, language_of
from drivers.sensor_config import GPIO_KINDS, I2C_KINDS
from kiosk.config import KioskConfig
from roomdisplay.config import RoomConfig
from roomdisplay.presence_settings import OccupancySection
from tests.architecture.generated_docs import ROOT, commands, load
from tests.architecture.test_kiosk_guide import SMALLEST as SMALLEST_KIOSK
from tests.drivers.printers.badges import LINES, badge
from tests.roomdisplay.test_config import SMALLEST

PAGE = ROOT / "docs" / "drivers.md"
TEXT = PAGE.read_text("utf-8")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[str]:
    return [part[3] for part in FENCE.finditer(TEXT) if part[2] == language]


def rows(first: str) -> list[list[str]]:
    """The cells of the table whose headings begin with `first`."""
    _, _, rest = TEXT.partition(f"\n| {first} |")
    lines = rest.split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.parametrize("block", blocks("toml"))
def test_every_example_of_a_configuration_loads(block: str) -> None:
    if "[printer]" in block:
        assert parse(f"{SMALLEST_KIOSK}\n{block}", KioskConfig).printer.driver == "device"
    else:
        assert parse(f"{SMALLEST}\n{block}", RoomConfig).sensors


@pytest.mark.parametrize(
    ("config", "app"), [(RoomConfig, "mydesk-room"), (KioskConfig, "mydesk-kiosk")], ids=["room", "kiosk"]
)
def test_what_each_app_reads_is_what_the_guide_says(config: type[msgspec.Struct], app: str) -> None:
    ours = {"sensors", "lamp", "backlight", "auto_dim", "printer", "scanner", "relay"}
    (told,) = re.findall(rf"`{app}`(?: reads)?\s(`\[[^;.]*)", TEXT)
    assert set(re.findall(r"`\[+(\w+)\]", told)) == ours & set(config.__struct_fields__)


def shell_lines() -> list[list[str]]:
    lines = (line.partition("<")[0].strip() for block in blocks("sh") for line in block.splitlines())
    spoken = re.findall(r"`(mydesk-[a-z]+ [^`]+)`", TEXT)
    return [shlex.split(line) for line in (*lines, *spoken) if line]


@pytest.mark.parametrize("words", shell_lines(), ids=" ".join)
def test_every_command_takes_the_options_that_the_guide_gives(words: list[str]) -> None:
    name, *rest = words
    command: Any = typer.main.get_command(load(f"{commands()[name]}:app"))
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    assert not getattr(command, "commands", {}), f"{words} names no command"
    places = {"KIND": "ld2410", "PORT": "emulated"}
    if not rest and any(parameter.required for parameter in command.params):
        return  # only its name is spoken of
    command.make_context(name, [places.get(word, word) for word in rest])


def test_the_check_of_commands_can_fail() -> None:
    watch = typer.main.get_command(load("drivers.cli:app")).commands["watch"]  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="No such option: --nonsense"):
        watch.make_context("watch", ["ld2410", "emulated", "--nonsense"])


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", TEXT))))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (PAGE.parent / target).exists()


QUALITY = {row[0].strip("`"): row for row in rows("driver | opened again") if row[0].startswith("`")}
SILENT_PRINTER_S = PATIENT.stalled_s + PATIENT.confirm_s + PATIENT.poll_s
PRINTERS: dict[str, Any] = {"escpos": EscposEmulator, "zpl": ZplEmulator, "brother-ql": BrotherQlEmulator}


def _truth() -> Iterator[tuple[str, str, frozenset[Any]]]:
    """Of each driver: how its time to be stale begins, and the faults of its emulator."""
    for kind, entry in SERIAL_KINDS.items():
        stale_s, emulator = entry.traits.stale_s, entry.emulator()
        yield kind, "never" if stale_s == float("inf") else f"{stale_s:g} s", type(emulator).FAULTS  # type: ignore[attr-defined]
    yield from ((kind, f"{INPUT_STALE_S:g} s", EmulatedInput.FAULTS) for kind in GPIO_KINDS)
    yield from ((kind, f"{LIGHT_STALE_S:g} s", EmulatedI2c.FAULTS) for kind in I2C_KINDS)
    yield from ((kind, f"{SILENT_PRINTER_S:g} s", emulator.FAULTS) for kind, emulator in PRINTERS.items())


TRUTH = list(_truth())


@pytest.mark.parametrize(("kind", "stale", "faults"), TRUTH, ids=[row[0] for row in TRUTH])
def test_the_quality_table_is_true(kind: str, stale: str, faults: frozenset[Any]) -> None:
    row = QUALITY[kind]
    assert row[2].startswith(stale)
    assert row[4] == ", ".join(sorted(str(fault) for fault in faults))


def test_the_quality_table_has_every_driver_and_every_file_of_cases() -> None:
    assert set(QUALITY) == {kind for kind, _, _ in TRUTH}
    for path in (ROOT / "tests" / "cases" / "drivers").glob("*.json"):
        assert f"(../{path.relative_to(ROOT)})" in TEXT


def _decoded() -> Iterator[tuple[str, dict[str, Any]]]:
    """What `decode` prints of every case."""
    for device in CODECS:
        found: Any = json.loads((ROOT / "tests" / "cases" / "drivers" / f"{device}.json").read_text("utf-8"))
        for case in found["cases"] if isinstance(found, dict) else found:
            groups = case["bytes"] if isinstance(case["bytes"], str) else "".join(group for _, group in case["bytes"])
            yield from ((device, line) for line in decode(device, [groups]))


def test_what_decode_prints_is_told_with_every_field() -> None:
    told = {event: row for row in rows("event | of") for event in re.findall(r"`([^`]+)`", row[0])}
    seen: set[str] = set()
    for device, line in _decoded():
        value = line.get("value")
        for kind, fields in ((line["event"], line), *([(value["type"], value)] if isinstance(value, dict) else ())):
            seen.add(kind)
            _, of, about = told[kind]
            assert of in ("all", "radars, `mhz19`", "a `value`") or f"`{device}`" in of, f"{kind} of {device}"
            if kind not in ("host-status", "engineering-report"):  # in other words: all by name, as the basic report
                missing = [name for name in fields if name not in ("event", "type") and f"`{name}`" not in about]
                assert missing == [], kind
    assert seen == set(told)


def test_the_table_of_presence_has_every_key_with_its_default() -> None:
    told = {
        row[0].strip("`"): row[1]
        for row in rows("key | default")
        if row[0].strip("`") in OccupancySection.__struct_fields__
    }
    assert told == {key.name: str(key.default) for key in keys_of(OccupancySection)}


def measured() -> Iterator[tuple[str, int]]:
    """The documents of the guide's table of sizes, in its order."""
    for language, media, model, how in (
        ("escpos", "80", "QL-820NWB", "text"),
        ("escpos", "80", "QL-820NWB", "name"),
        ("escpos", "80", "QL-820NWB", "raster"),
        ("zpl", "62x100", "QL-820NWB", "text"),
        ("zpl", "62x100", "QL-820NWB", "name"),
        ("brother-ql", "62x100", "QL-820NWB", "text"),
        ("brother-ql", "62x100", "QL-800", "text"),
    ):
        printer = language_of(PrinterConfig(language=language, media=media, model=model))  # type: ignore[arg-type]
        paper = Paper(printer.paper.width_dots, printer.paper.dots_per_mm)
        document = badge(printer.paper)
        if how == "name":
            document = badge(printer.paper, (LINES[0], "王小明 Wang Xiaoming", *LINES[2:]))
        elif how == "raster":
            document = Document(raster=composed(badge(paper), paper))
        yield f"{language} {model} {how}", len(printer.render(document))


def test_the_sizes_of_badges_are_those_of_the_renderers() -> None:
    table = [(int(row[1].replace(" ", "")), row[2]) for row in rows("badge | bytes")]
    assert len(table) == len(list(measured()))
    for (told, seconds), (name, size) in zip(table, measured(), strict=True):
        assert told == pytest.approx(size, rel=0.1), f"{name} has {size} bytes"
        assert float(seconds.removesuffix(" s")) == pytest.approx(size * 10 / 9600, rel=0.2), name


def sentences() -> set[str]:
    """Every text in the code of the drivers."""
    found = set()
    for path in (ROOT / "drivers").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def test_every_message_in_the_table_of_troubles_stands_in_the_code() -> None:
    texts = sentences()
    quoted = [match for row in rows("what is said") for match in re.findall(r"`([^`]+)`", row[0])]
    assert len(quoted) > 20
    assert [message for message in quoted if not any(message in text for text in texts)] == []


def test_the_line_for_the_rights_of_the_backlight_is_the_one_that_the_code_prints() -> None:
    line = next(line for line in TEXT.splitlines() if line.startswith("z /sys/class/backlight"))
    assert f"`{line}`" in importlib.import_module("drivers.backlight").RIGHTS


def test_no_line_of_prose_is_too_long() -> None:
    prose = re.sub(r"<!-- generated.*?<!-- end of the generated part -->", "", TEXT, flags=re.DOTALL)
    long = [line for line in prose.splitlines() if len(line) > 120 and not line.startswith("|")]
    assert long == []


def test_the_guide_is_in_the_list_of_guides() -> None:
    assert "(docs/drivers.md)" in Path(ROOT / "README.md").read_text("utf-8")
