"""Touches of a sheet: one row per contact, of the deals there are, until the day of the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from rebond.facts.cells import empty, nothing, to_arrow
from rebond.facts.days import NOTHING, Moments
from rebond.facts.model import Note
from rebond.facts.sheet import Ledger, OfSheet, Sheet
from rebond.facts.sheet_deals import repeated
from rebond.files import values
from rebond.files.rows import text_of
from rebond.files.vocabulary import word


@dataclass
class TouchesOfSheet(OfSheet):
    """Touches, read; of which deals and until when is still to be said."""

    deals: np.ndarray[Any, Any]
    at: Moments
    columns: dict[str, Any]

    @property
    def latest(self) -> date | None:
        """The day of the last contact."""
        at = self.at[self.ledger.used & ~np.isnat(self.at)]
        return at.max().astype("datetime64[D]").item() if len(at) else None

    def table(self, as_of: date, deals: Any) -> Any:
        """An Arrow table with the columns of ``numbers.tables``.

        Args:
            deals: the ids of the deals there are, as an Arrow array.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        ledger = self.ledger
        later = self.at.astype("datetime64[D]") > np.datetime64(as_of)
        ledger.leave("later", later, ledger.sheet.column("at"))
        known = pc.is_in(self.columns["deal_id"], value_set=deals).to_numpy(zero_copy_only=False)
        ledger.leave("unknown_deal", ~known, ledger.sheet.column("deal"), _("a deal that is in the file of deals"))
        return pa.table(self.columns).filter(pa.array(ledger.used))

    @property
    def all_notes(self) -> tuple[Note, ...]:
        return tuple(self.ledger.sheet.notes)


def touches_of(sheet: Sheet) -> TouchesOfSheet:
    """Reads every column of a sheet of touches by its rule."""
    import pyarrow as pa

    ledger = Ledger(sheet)
    ledger.leave(
        "duplicate", repeated(sheet.words("external_id", 120)), sheet.column("external_id"),
        _("an id that stands in the file once"),
    )  # fmt: skip
    deals = sheet.words("deal", 120)
    ledger.leave("unreadable", nothing(deals), sheet.column("deal"), _("the id of a deal"))
    at: Moments = np.full(len(sheet), NOTHING)
    for column, _filled, days in sheet.read_days("at"):
        at = days.at
        ledger.leave("unreadable", days.bad | np.isnat(days.at), column, values.A_DAY)
    columns = {
        "deal_id": to_arrow(deals, pa.string()),
        "at": to_arrow(at, pa.timestamp("us")),
        "channel": _worded(sheet, "channel", "channels", "other"),
        "direction": _worded(sheet, "direction", "directions", "out"),
        "owner": to_arrow(sheet.words("owner", 120), pa.string()),
        "minutes": _minutes(sheet),
        "result": to_arrow(sheet.words("result", 40), pa.string()),
    }
    return TouchesOfSheet(ledger, deals, at, columns)


def _worded(sheet: Sheet, ours: str, section: str, otherwise: str) -> Any:
    """A column of our words; theirs that we do not know, and nothing, are ``otherwise``."""
    import pyarrow as pa

    cells = sheet.of(ours)
    if cells is None:
        return pa.array([otherwise] * len(sheet), pa.string())
    return to_arrow(cells.each(lambda cell: word(section, text_of(cell, 60)) or otherwise), pa.string())


def _minutes(sheet: Sheet) -> Any:
    """Minutes, at most a day; what is no number is not known, as the import has it."""
    import pyarrow as pa

    cells = sheet.of("minutes")

    def read(cell: Any) -> float | None:
        text = text_of(cell, 8)
        return min(float(text), 1440.0) if text.replace(".", "", 1).isdecimal() else None

    return to_arrow(empty(len(sheet)) if cells is None else cells.each(read), pa.float64())
