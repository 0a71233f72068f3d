"""Promises that count, as columns; read once and kept, since those of long ago hardly ever change."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db.models import Count, Max

from rebond.loop.models import Promise

if TYPE_CHECKING:
    import numpy.typing as npt

    from rebond.loop.right.looked import Looked

_COLUMNS = ("pk", "at", "deal_id", "person_id", "team_id", "worth_minor", "minutes", "explored")
#: As many views are kept; a hundred thousand promises are some ten megabytes.
KEPT = 6
_kept: OrderedDict[tuple[Any, ...], Ripe] = OrderedDict()


@dataclass(frozen=True, eq=False)
class Ripe:
    """Promises old enough to count, one place each, by their id.

    Attributes:
        key: what the same promises are known by.
        table: ``place``, ``since`` (local, without a zone), ``deal`` (as text), ``person``, ``team`` (0 for none).
        promised: minor units; ``minutes`` of the item itself; ``explored`` a mask; ``months`` of ``since``.
        cluster: a number per deal, or per person where no deal is named.
        teams, team_place: the teams there are, and which of them each is of.
        foreign: promises in another currency, which are not here.
    """

    key: tuple[Any, ...]
    table: pa.Table
    promised: npt.NDArray[np.float64]
    minutes: npt.NDArray[np.float64]
    explored: npt.NDArray[np.bool_]
    months: npt.NDArray[np.datetime64]
    cluster: npt.NDArray[np.int64]
    teams: tuple[int, ...]
    team_place: npt.NDArray[np.int64]
    foreign: int

    def __len__(self) -> int:
        return len(self.promised)


def ripe_of(looked: Looked) -> Ripe:
    """Those that ``looked`` asks for; one query while they are the same as the last time."""
    ripe = Promise.objects.filter(at__lt=looked.ripe_before)
    stands = ripe.aggregate(last=Max("pk"), n=Count("pk"), back=Count("taken_back_at"))
    key = (*looked.key, *stands.values())
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = _read(looked, tuple(stands.values()))
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def forget() -> None:
    """Empties this process's memory; for tests."""
    _kept.clear()


def _read(looked: Looked, key: tuple[Any, ...]) -> Ripe:
    ripe = looked.promises.filter(at__lt=looked.ripe_before)
    rows = list(ripe.filter(currency=looked.currency).order_by("pk").values_list(*_COLUMNS))
    columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(_COLUMNS, ())
    moments = pa.array(columns["at"], pa.timestamp("us", "UTC")).cast(pa.timestamp("us", settings.TIME_ZONE))
    since = pc.local_timestamp(moments)
    deals, people = (pa.array(columns[name], pa.int64()) for name in ("deal_id", "person_id"))
    team = np.array([one or 0 for one in columns["team_id"]], dtype=np.int64)
    teams, team_place = np.unique(team, return_inverse=True)
    table = pa.table(
        {"place": pa.array(np.arange(len(rows)), pa.int64()), "since": since, "deal": deals.cast(pa.string()),
         "person": people, "team": pa.array(team)}
    )  # fmt: skip
    return Ripe(
        key, table, np.array(columns["worth_minor"], dtype=np.float64), np.array(columns["minutes"], dtype=np.float64),
        np.array(columns["explored"], dtype=bool), since.to_numpy(zero_copy_only=False).astype("datetime64[M]"),
        _clusters(deals, people, np.array(columns["pk"], dtype=np.int64)), tuple(teams.tolist()),
        team_place.astype(np.int64), ripe.exclude(currency=looked.currency).count(),
    )  # fmt: skip


def _clusters(deals: pa.Array, people: pa.Array, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Promises about one deal hang together, else those about one person; one about neither stands alone."""
    deal, person = (column.fill_null(0).to_numpy() for column in (deals, people))
    kind = np.where(deal > 0, 0, np.where(person > 0, 1, 2))
    which = np.where(kind == 0, deal, np.where(kind == 1, person, ids))
    _names, found = np.unique(which * 3 + kind, return_inverse=True)
    return found.astype(np.int64)
