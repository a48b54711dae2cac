"""The import rule and the purity rule of DESIGN.md 2, checked on the syntax tree of every file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHARED = ("common", "drivers", "graph", "telemetry", "ui")

# A package may import what is listed, or anything below it.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "common": (),
    "drivers": ("common",),
    "graph": ("common",),
    "telemetry": ("common",),
    "ui": ("common",),
    "roomdisplay": SHARED,
    "kiosk": SHARED,
    "hub": ("common", "telemetry.topics", "telemetry.payloads", "telemetry.messages", "graph"),
    "provisioning": ("common", "telemetry"),
    "simulator": ("common", "drivers.emulators"),
}

# Who may import a library that has one place.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "kivy": (
        "ui",
        *(f"{app}.{part}" for app in ("roomdisplay", "kiosk") for part in ("screens", "app", "preview")),
    ),
    "gpiozero": ("drivers",),
    "lgpio": ("drivers",),
    "serial": ("drivers",),
    "httpx": ("graph", "hub", "simulator"),
    "msal": ("graph", "hub"),
    "paho": ("telemetry", "hub"),
    "starlette": ("hub", "simulator"),
    "uvicorn": ("hub", "simulator"),
    "jinja2": ("hub",),
    "sqlalchemy": ("hub",),
    "psycopg": ("hub",),
    "asyncssh": ("provisioning",),
    "pyinfra": ("provisioning",),
}

# Decisions: functions over frozen values with the time passed in.
PURE = (
    "common.daily_hours",
    "common.visiting.codes",
    "common.visiting.shared_visit",
    "common.visiting.evening",
    "common.visiting.guest_match",
    "common.visiting.tokens",
    "common.visiting.typed",
    "drivers.auto_dim",
    "drivers.newest",
    "drivers.recording_lines",
    "graph.model",
    "graph.outcomes",
    "kiosk.admin_facts",
    "kiosk.badge",
    "kiosk.anywhere",
    "kiosk.behind_pin",
    "kiosk.by_page",
    "kiosk.code_views",
    "kiosk.done_views",
    "kiosk.draft",
    "kiosk.events",
    "kiosk.fields",
    "kiosk.finishing",
    "kiosk.foreign_codes",
    "kiosk.flow",
    "kiosk.guest_views",
    "kiosk.idle",
    "kiosk.invited",
    "kiosk.kiosk_effects",
    "kiosk.leaving",
    "kiosk.page_parts",
    "kiosk.pages",
    "kiosk.presenter",
    "kiosk.print_words",
    "kiosk.printed_lines",
    "kiosk.privacy_notice",
    "kiosk.reception_views",
    "kiosk.setup",
    "kiosk.sitting",
    "kiosk.spoken",
    "kiosk.states",
    "kiosk.walk_in",
    "kiosk.words",
    "provisioning.inventory_graph",
    "provisioning.rollout_plan",
    "provisioning.rollout_state",
    "provisioning.rollout_unit",
    "provisioning.seed_cloud_init",
    "provisioning.seed_firstrun",
    "provisioning.seed_values",
    "provisioning.settings_layers",
    "provisioning.toml_text",
    "provisioning.wifi",
    "roomdisplay.booking",
    "roomdisplay.check_in",
    "roomdisplay.admin_pages",
    "roomdisplay.dialog",
    "roomdisplay.endings",
    "roomdisplay.freshness",
    "roomdisplay.fusion_exits",
    "roomdisplay.fusion_inputs",
    "roomdisplay.home_buttons",
    "roomdisplay.home_words",
    "roomdisplay.inputs",
    "roomdisplay.kinds",
    "roomdisplay.occupancy",
    "roomdisplay.opening_hours",
    "roomdisplay.outcome",
    "roomdisplay.pages",
    "roomdisplay.presence_rules",
    "roomdisplay.presence_settings",
    "roomdisplay.presenter",
    "roomdisplay.redaction",
    "roomdisplay.release",
    "roomdisplay.schedule",
    "roomdisplay.settings",
    "roomdisplay.sheets",
    "roomdisplay.showing",
    "roomdisplay.state",
    "roomdisplay.status_text",
    "roomdisplay.strikes",
    "roomdisplay.timeline",
    "roomdisplay.view",
    "hub.draft",
    "hub.ingest_rows",
    "hub.notice_text",
    "hub.reports",
    "hub.roles",
    "hub.room_board",
    "hub.unit_status",
    "hub.web.attempts",
    "hub.web.navigation",
    "hub.web.operations",
    "hub.web.plots",
    "hub.web.wording",
    "telemetry.health.alarm_rules",
    "telemetry.health.alarm_texts",
    "telemetry.health.alarms",
    "telemetry.health.network_files",
    "telemetry.health.readings",
    "telemetry.health.sample",
    "telemetry.app_trouble",
    "telemetry.batches",
    "telemetry.command_expiry",
    "telemetry.discovery",
    "telemetry.drain",
    "telemetry.messages",
    "telemetry.now_values",
    "telemetry.payloads",
    "telemetry.redaction",
    "telemetry.topics",
    "telemetry.who_is_busy",
    "ui.colour",
    "ui.metrics",
)
NOT_IN_PURE = {
    *("asyncio", "concurrent", "ctypes", "fcntl", "glob", "http", "io", "logging", "mmap", "multiprocessing", "os"),
    *("pathlib", "queue", "random", "sched", "secrets", "select", "selectors", "shelve", "shutil", "signal", "socket"),
    *("sqlite3", "sqlite_utils", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib"),
    *ONLY_IN,
    *("common.clock", "common.control", "common.database", "common.sd_notify", "common.tasks"),
}
NOT_CALLED_IN_PURE = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic"),
    *("open", "print", "input", "exec", "eval"),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """What a module does that it may not."""

    module: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.text}"


def violations(root: Path) -> list[Violation]:
    """Check every package below `root` that has a rule."""
    return [
        found for package in MAY_IMPORT for path in sorted((root / package).rglob("*.py")) for found in _of(root, path)
    ]


def _of(root: Path, path: Path) -> Iterator[Violation]:
    module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    pure = module in PURE
    for name, line in _imports(tree):
        if reason := _refused(module, name):
            yield Violation(module, line, reason)
        if pure and any(_within(name, banned) for banned in NOT_IN_PURE):
            yield Violation(module, line, f"is pure and imports {name}")
    if pure:
        for name, line in _calls(tree):
            if any(name == banned or name.endswith(f".{banned}") for banned in NOT_CALLED_IN_PURE):
                yield Violation(module, line, f"is pure and calls {name}()")


def _refused(module: str, name: str) -> str:
    package, target = module.partition(".")[0], name.partition(".")[0]
    if target in MAY_IMPORT and target != package and not any(_within(name, ok) for ok in MAY_IMPORT[package]):
        return f"imports {name}: {package} may import {', '.join(MAY_IMPORT[package]) or 'none of our packages'}"
    if target == "tests":
        return f"imports {name}: tests are not shipped"
    if target in ONLY_IN and not any(_within(module, place) for place in ONLY_IN[target]):
        return f"imports {name}: only in {', '.join(ONLY_IN[target])}"
    return ""


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """All imports, wherever they stand: in functions, under TYPE_CHECKING, by import_module("...")."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from ((alias.name, node.lineno) for alias in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                # `from drivers import emulators` imports drivers.emulators.
                yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)
            case ast.ImportFrom():
                yield "." * node.level + (node.module or ""), node.lineno
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if _called(node) in ("import_module", "__import__"):
                yield name, node.lineno


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno
