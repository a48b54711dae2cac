"""What has become of every event: the store of the hub against what the writers put into the outboxes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from hub.store import Store
from hub.tables import ROWS, WATERMARKS
from tests.chaos.telemetry_site import Site
from tests.chaos.telemetry_writer import number_of

LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one unit. `lost`, `twice` and `disordered` are events of the writer; `holes` are sequences that are missing in
    the store, of which each was a row; `behind` is how far the watermark is from the last row that has left."""

    unit: str
    stored: int
    lost: int
    twice: int
    disordered: int
    holes: int
    behind: int
    epochs: int

    @property
    def good(self) -> bool:
        bad = self.lost or self.twice or self.disordered or self.holes or self.behind or self.epochs != 1
        return not bad


def judge(site: Site, events: int) -> list[Verdict]:
    """For every unit, when everything has ended. `events` were written by each writer."""
    store = Store.open(site.url)
    try:
        with store.reading() as connection:
            return [_judge(site, connection, unit, events) for unit in site.units]
    finally:
        store.close()


def _judge(site: Site, connection: Connection, unit: str, events: int) -> Verdict:
    with site.reading(unit) as outbox:
        (epoch,) = outbox.execute("SELECT value FROM outbox_meta WHERE key = 'epoch'").fetchone()
        (last,) = outbox.execute(LAST_SEQ).fetchone()
        (left,) = outbox.execute("SELECT min(seq) FROM outbox").fetchone()
    gone = last if left is None else left - 1
    mine = ROWS.c.unit == unit
    rows = connection.execute(select(ROWS.c.seq, ROWS.c.topic, ROWS.c.body).where(mine).order_by(ROWS.c.seq)).all()
    numbers = [number for row in rows if (number := number_of(row.topic, row.body)) is not None]
    sequences = {row.seq for row in rows}
    watermark = connection.execute(
        select(WATERMARKS.c.seq).where(WATERMARKS.c.unit == unit, WATERMARKS.c.epoch == epoch)
    ).scalar_one_or_none()
    epochs = connection.execute(select(func.count(ROWS.c.epoch.distinct())).where(mine)).scalar_one()
    return Verdict(
        unit=unit,
        stored=len(rows),
        lost=len(set(range(1, events + 1)) - set(numbers)),
        twice=len(numbers) - len(set(numbers)),
        disordered=sum(later < earlier for earlier, later in itertools.pairwise(numbers)),
        holes=len(set(range(1, gone + 1)) - sequences),
        behind=max(0, max(sequences, default=0) - (watermark or 0), gone - (watermark or 0)),
        epochs=epochs,
    )
