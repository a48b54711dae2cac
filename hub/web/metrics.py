"""GET /metrics for Prometheus, in its text format 0.0.4; by bearer token with see-units, or from this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, func, select
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hub import reads
from hub.roles import Permission
from hub.tables import ALARMS, COMMANDS, ROWS, WATERMARKS
from hub.web.rules import Rule, bearer_of
from hub.web.site import Site
from hub.web.unit_pages import health

LOOPBACK = frozenset({"127.0.0.1", "::1"})
Sample = tuple[Mapping[str, str], float]


async def metrics(site: Site, request: Request) -> Response:
    """The numbers, or 401."""
    if not await _may(site, request):
        hint = "Send Authorization: Bearer TOKEN, with a role that sees units.\n"
        return PlainTextResponse(hint, 401, headers={"WWW-Authenticate": "Bearer"})
    now_ms = site.now_ms()
    text = await site.read(lambda c: "".join(_text(c, now_ms, site)))
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return Response(text, headers={"Content-Type": kind, "Cache-Control": "no-store"})


async def _may(site: Site, request: Request) -> bool:
    if "authorization" in request.headers:
        session = await bearer_of(site, request)
        return session is not None and session.may(Permission.SEE_UNITS)
    # Behind a proxy everybody comes from this machine.
    here = request.client is not None and request.client.host in LOOPBACK
    return here and not site.parts.config.web.behind_proxy


def _text(connection: Connection, now_ms: int, site: Site) -> Iterator[str]:
    found = reads.units(connection)
    states = Counter((one.role or "unknown", health(one, now_ms).word.lower()) for one in found)
    yield _metric("units", "Units by role and state.", (({"role": r, "state": s}, n) for (r, s), n in states.items()))
    yield _metric("alarms", "Open alarms.", _grouped(connection, ALARMS.c.severity, ALARMS.c.cleared_ms.is_(None)))
    yield _metric("commands", "Commands kept, by state.", _grouped(connection, COMMANDS.c.state))
    newest_id = connection.execute(select(func.max(ROWS.c.id))).scalar_one() or 0
    yield _metric("rows_total", "Rows of history taken since the beginning.", [({}, newest_id)], kind="counter")
    newest = connection.execute(
        select(ROWS.c.received_ms, ROWS.c.at_ms).order_by(ROWS.c.id.desc()).limit(1)
    ).one_or_none()
    lag: list[Sample] = [({}, max(0, newest.received_ms - newest.at_ms) / 1000)] if newest else []
    yield _metric("ingest_lag_seconds", "Age of the newest row when it was taken.", lag)
    marks = connection.execute(select(WATERMARKS.c.unit, func.max(WATERMARKS.c.updated_ms)).group_by(WATERMARKS.c.unit))
    ages = [({"unit": unit}, (now_ms - at_ms) / 1000) for unit, at_ms in marks]
    yield _metric("watermark_age_seconds", "Since the hub's acknowledgement of a unit last moved.", ages)
    seen = [({"unit": one.unit}, (now_ms - one.seen_ms) / 1000) for one in found if one.seen_ms is not None]
    yield _metric("unit_seen_age_seconds", "Since a unit was last heard.", seen)
    kept = site.parts.clock_kept
    yield _metric("clock_synchronised", "Whether somebody keeps the hub's clock.", [({}, float(kept))])
    yield _metric("open_pages", "Open event streams.", [({}, sum(site.open_events.values()))])


def _grouped(connection: Connection, column: object, *where: object) -> list[Sample]:
    query = select(column, func.count()).where(*where).group_by(column)  # type: ignore[call-overload]
    name = str(column).rpartition(".")[2]
    return [({name: value}, count) for value, count in connection.execute(query)]


def _metric(name: str, text: str, samples: Iterable[Sample], kind: str = "gauge") -> str:
    lines = [f"# HELP mydesk_{name} {text}", f"# TYPE mydesk_{name} {kind}"]
    lines += [f"mydesk_{name}{_labels(labels)} {_number(value)}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"


def _labels(labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


RULES = (Rule("GET", "/metrics", None, metrics),)
