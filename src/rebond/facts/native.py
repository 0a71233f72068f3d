"""Tables that already have FORMATS' columns, in Parquet or in a warehouse: never copied, only expressions on them.

What must be known about them (ids twice, words of outcomes, currencies, the latest day) is asked of the engine in a few
aggregates. A row that cannot be used leaves by a condition, and a condition is only added where some row needs it, so
that a clean table is read as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.facts.model import Example, LeftOut, Note, Options, Recognised, Table
from rebond.facts.recognise import CERTAIN
from rebond.facts.rules import Commission
from rebond.facts.sheet_deals import NO_CURRENCY, is_no
from rebond.files.values import AN_OUTCOME, LARGEST, Unreadable, currency_of, outcome_of, outcome_of_stage
from rebond.files.vocabulary import word
from rebond.numbers.tables import BESIDE, DEALS, OUTCOMES, TOUCHES

#: So many distinct words of a column of outcomes, currencies or channels are looked at; more is no such column.
WORDS = 1_000
#: FORMATS' names of money, and ours once it is minor units.
MONEY = {"amount": "amount_minor", "commission": "commission_minor"}


#: What columns must hold for an engine to reckon with them.
DAYS, NUMBERS = ("opened_at", "closed_at", "at"), (*MONEY, *MONEY.values(), "touch_count", "minutes")
_DAY, _NUMBER = _("days or times"), _("numbers")


def is_native(raw: Table, kind: str) -> bool:
    """Whether a table speaks FORMATS' language: its names, days that are days, numbers that are numbers."""
    return CERTAIN[kind] <= set(raw.columns) and _unfit(raw) is None


def _unfit(raw: Table) -> tuple[str, Any] | None:
    """The first column that does not hold what its name says, and what it should hold."""
    for name, kind in raw.schema().items():
        if name in DAYS and not (kind.is_date() or kind.is_timestamp() or kind.is_null()):
            return name, _DAY
        if name in NUMBERS and not (kind.is_numeric() or kind.is_null()):
            return name, _NUMBER
    return None


def _require_fit(raw: Table) -> None:
    if unfit := _unfit(raw):
        name, expected = unfit
        kind = raw.schema()[name]
        raise RebondError(
            _("The column “%(column)s” holds %(type)s where %(expected)s should be. Nothing was read. Convert it.")
            % {"column": name, "type": kind, "expected": expected},
            code="column_type", column=name, value=str(kind), expected=str(expected),
        )  # fmt: skip


@dataclass
class NativeDeals:
    """Deals of an engine's table, looked at; as of which day is still to be said."""

    expression: Table
    names: tuple[str, ...]
    currency: str
    rows_read: int
    latest: date | None
    left_out: list[LeftOut]
    blanked: list[LeftOut]
    all_notes: list[Note]
    recognised: tuple[Recognised, ...] = ()

    def table(self, as_of: date) -> Table:
        """The expression, as of a day; counts what that leaves out."""
        import ibis

        deals, day = self.expression, ibis.date(as_of.isoformat())
        if self.latest is None or self.latest <= as_of:
            return deals
        counts = _one(deals, opened=deals.count(where=deals.opened_at > day), closed=_closed_later(deals, day))
        if counts["opened"]:
            self.left_out.append(LeftOut("deals", "opened_later", counts["opened"]))
            deals = deals.filter(deals.opened_at.isnull() | (deals.opened_at <= day))
        if counts["closed"]:
            self.blanked.append(LeftOut("deals", "closed_later", counts["closed"]))
            later = (deals.closed_at > day).fill_null(False)
            deals = deals.mutate(
                outcome=ibis.ifelse(later, "open", deals.outcome),
                closed_at=ibis.ifelse(later, ibis.null("date"), deals.closed_at),
                reasons=ibis.ifelse(later, ibis.null("string"), deals.reasons),
            )
        return deals


def _closed_later(deals: Table, day: Any) -> Any:
    return deals.count(where=(deals.closed_at > day) & (deals.opened_at.isnull() | (deals.opened_at <= day)))


def deals_of(raw: Table, options: Options) -> NativeDeals:
    """Looks at a table of deals.

    Raises:
        RebondError: ``column_missing``, ``empty_file``, ``duplicate_id``, ``unreadable``.
    """
    raw = _renamed(raw, options.mapping)
    _require(raw, ("id", "outcome"), "deals")
    _require_fit(raw)
    raw = _as_text(raw, "outcome", "currency")
    seen = _look(raw)
    left: list[LeftOut] = []
    blanks: list[LeftOut] = []
    notes: list[Note] = []
    deals = _usable(raw, seen, left)
    currency = _currency(raw, options, notes)
    deals = _priced(deals, currency, options, blanks)
    deals = _typed(deals, raw, options)
    return NativeDeals(
        deals, tuple(raw.columns), currency, seen["n"], _latest(deals), left, blanks, notes, _said("deals", raw, DEALS)
    )


def _renamed(raw: Table, mapping: Mapping[str, str]) -> Table:
    """A person's names: theirs to ours; ``factor`` changes nothing, nothing drops the column."""
    there = {theirs: ours for theirs, ours in mapping.items() if theirs in raw.columns}
    dropped = [theirs for theirs, ours in there.items() if not ours]
    new = {ours: theirs for theirs, ours in there.items() if ours in (*DEALS, *TOUCHES, *MONEY) and ours != theirs}
    replaced = [ours for ours in new if ours in raw.columns]
    return raw.drop(*dropped, *replaced).rename(new) if dropped or new else raw


def _require(raw: Table, names: Sequence[str], table: str) -> None:
    for name in names:
        if name not in raw.columns:
            raise RebondError(
                _(
                    "The table of %(table)s has no column “%(need)s”. Nothing was read. Add it, or name one with "
                    "--map “their column=%(need)s”. The columns are: %(columns)s."
                )
                % {"table": table, "need": name, "columns": ", ".join(raw.columns)[:500]},
                code="column_missing", need=name, columns=list(raw.columns),
            )  # fmt: skip


def _as_text(raw: Table, *names: str) -> Table:
    """These columns as text where they are something else."""
    other = [name for name in names if name in raw.columns and not raw[name].type().is_string()]
    return raw.mutate(**{name: raw[name].cast("string") for name in other}) if other else raw


def _one(table: Table, **aggregates: Any) -> dict[str, Any]:
    """One row of aggregates, as plain values."""
    found: dict[str, Any] = table.aggregate(**aggregates).to_pyarrow().to_pylist()[0]
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in found.items()}


def _day(raw: Table, name: str) -> Any:
    import ibis

    return raw[name].cast("date") if name in raw.columns else ibis.null("date")


def _look(raw: Table) -> dict[str, Any]:
    """What has to be known before the table can be used, in one query."""
    both = {"opened_at", "closed_at"} <= set(raw.columns)
    asked = {"backwards": raw.count(where=_day(raw, "closed_at") < _day(raw, "opened_at"))} if both else {}
    seen = _one(raw, n=raw.count(), ids=raw["id"].nunique(), no_id=raw.count(where=raw["id"].isnull()), **asked)
    if not seen["n"]:
        raise RebondError(
            _("The table of deals is empty. Nothing was read. Fill it, or name another."), code="empty_file"
        )
    if seen["ids"] < seen["n"] - seen["no_id"]:
        raise _twice(raw)
    return seen


def _twice(raw: Table) -> RebondError:
    counted = raw.filter(raw["id"].notnull()).group_by("id").agg(times=lambda table: table.count())
    first = counted.filter(counted.times > 1).order_by("id").limit(1).to_pyarrow().to_pylist()[0]
    return RebondError(
        _(
            "The id %(value)s stands in the table of deals %(times)d times. Nothing was read. "
            "Keep one row for each deal."
        )
        % {"value": first["id"], "times": first["times"]},
        code="duplicate_id", column="id", value=str(first["id"]),
    )  # fmt: skip


def _usable(raw: Table, seen: Mapping[str, Any], left: list[LeftOut]) -> Table:
    """Rows with an id, an outcome we know, and an end that is not before the beginning."""
    deals = raw
    if seen["no_id"]:
        left.append(LeftOut("deals", "unreadable", seen["no_id"], Example(0, "id", "", _("an id"))))
        deals = deals.filter(deals["id"].notnull())
    deals = _outcomes(deals, seen["n"] - seen["no_id"], left)
    if seen.get("backwards"):
        kept = _day(deals, "closed_at") >= _day(deals, "opened_at")
        open_ = (deals.outcome == "open") | _day(deals, "closed_at").isnull() | _day(deals, "opened_at").isnull()
        count = _one(deals, n=deals.count(where=~(kept.fill_null(True) | open_)))["n"]
        if count:
            left.append(LeftOut("deals", "closed_before_opened", count))
            deals = deals.filter(kept.fill_null(True) | open_)
    return deals


def _words_of(table: Table, name: str) -> dict[str | None, int]:
    """The distinct words of a column and how often each stands there, the most frequent first."""
    import ibis

    counted = table.group_by(word=table[name].cast("string")).agg(n=lambda rows: rows.count())
    counted = counted.order_by(ibis.desc("n"), "word").limit(WORDS)
    return {row["word"]: int(row["n"]) for row in counted.to_pyarrow().to_pylist()}


def _outcomes(deals: Table, rows: int, left: list[LeftOut]) -> Table:
    """Rows whose outcome we know, in our words."""
    import ibis

    words = _words_of(deals, "outcome")
    ours = {theirs: _outcome(theirs) for theirs in words}
    unknown = [theirs for theirs, found in ours.items() if found is None]
    if len(unknown) == len(words):
        raise RebondError(
            _(
                "No outcome can be read: “%(value)s” is none of %(expected)s. Nothing was read. "
                "Correct the column outcome."
            )
            % {"value": str(unknown[0])[:80], "expected": ", ".join(OUTCOMES)},
            code="unreadable", column="outcome", value=str(unknown[0])[:200],
        )  # fmt: skip
    count = rows - sum(words[theirs] for theirs, found in ours.items() if found)
    if count:
        example = Example(0, "outcome", str((unknown or [""])[0] or "")[:200], AN_OUTCOME)
        left.append(LeftOut("deals", "unreadable", count, example))
        deals = deals.filter(deals.outcome.isin([theirs for theirs, found in ours.items() if found]))
    changed = [(theirs, found) for theirs, found in ours.items() if found and found not in (theirs, _NO)]
    if noes := [theirs for theirs, found in ours.items() if found == _NO]:
        deals = deals.mutate(outcome=ibis.ifelse(deals.outcome.isin(noes), _no(deals), deals.outcome))
    if changed:
        deals = deals.mutate(outcome=_translated(deals.outcome.cast("string"), changed, deals.outcome))
    return deals


_NO = "no"


def _outcome(text: str | None) -> str | None:
    """Our outcome for their word; ``no`` for one that only says that it is not a sale; ``None`` for no such word."""
    if not text:
        return None
    known = _NO if is_no(text) else outcome_of(text)
    return "lost" if known == "lost_in_house" else known


def _no(deals: Table) -> Any:
    """What a mere no means, row by row: see ``sheet_deals.is_no``."""
    import ibis

    if "stage" in deals.columns:
        ends = [(stage, outcome_of_stage(stage)) for stage in _words_of(deals, "stage") if stage]
        ended = [(stage, end) for stage, end in ends if end in ("won", "lost")]
        return _translated(deals.stage, ended, ibis.literal("open")) if ended else ibis.literal("open")
    if "closed_at" in deals.columns:
        return ibis.ifelse(deals.closed_at.notnull(), "lost", "open")
    return ibis.literal("lost")


def _translated(column: Any, pairs: Sequence[tuple[Any, str]], otherwise: Any) -> Any:
    import ibis

    return ibis.cases(*[(column == theirs, ours) for theirs, ours in pairs], else_=otherwise)


def _currency(raw: Table, options: Options, notes: list[Note]) -> str:
    """The currency that most amounts are in."""
    if "currency" not in raw.columns:
        if not options.currency:
            notes.append(Note("currency_unknown"))
        return options.currency or NO_CURRENCY
    money = next((name for name in ("amount", "amount_minor") if name in raw.columns), "")
    words = _words_of(raw.filter(raw[money].notnull()) if money else raw, "currency")
    counts: dict[str, int] = {}
    for text, n in words.items():
        code = _code(text)
        if code:
            counts[code] = counts.get(code, 0) + n
    return min(counts, key=lambda code: (-counts[code], code)) if counts else options.currency or NO_CURRENCY


def _code(text: str | None) -> str:
    try:
        return currency_of(text) if text else ""
    except Unreadable:
        return ""


def _priced(deals: Table, currency: str, options: Options, blanks: list[LeftOut]) -> Table:
    """Money in minor units of the one currency; an amount below zero and money of others is nothing.

    Fractions of a minor unit are rounded as the engine rounds.
    """
    import ibis

    precision, foreign = get_currency_precision(currency), None
    if "currency" in deals.columns:
        foreign = (deals.currency != currency).fill_null(bool(options.currency) and options.currency != currency)
    for theirs, ours in MONEY.items():
        minor = _minor(deals, theirs, ours, precision)
        if minor is not None:
            if theirs == "amount":
                _count_blanks(deals, minor, foreign, blanks)
            bad = _bad(minor, ours, foreign)
            if bad is not None:
                minor = ibis.ifelse(bad, ibis.null("int64"), minor)
            deals = deals.mutate(**{ours: minor})
    rule = Commission.of(options.commission)
    if rule and not {"commission", "commission_minor"} & set(deals.columns):
        deals = deals.mutate(commission_minor=_by_rule(deals, rule, precision))
    if "amount_minor" not in deals.columns:
        return deals.mutate(currency=ibis.null("string"))
    return deals.mutate(currency=ibis.ifelse(deals.amount_minor.notnull(), currency, ibis.null("string")))


def _bad(minor: Any, ours: str, foreign: Any) -> Any:
    """Where money is none: in another currency; an amount below zero (a commission may be: a sale can cost money)."""
    if ours != "amount_minor":
        return foreign
    return minor < 0 if foreign is None else (minor < 0) | foreign


def _minor(deals: Table, theirs: str, ours: str, precision: int) -> Any:
    import ibis

    if ours not in deals.columns and theirs not in deals.columns:
        return None
    column, scale = (deals[ours], 1) if ours in deals.columns else (deals[theirs], 10**precision)
    if column.type().is_floating():  # not a number, and numbers no amount can be
        column = ibis.ifelse(column.abs() <= float(LARGEST) * 100, column, ibis.null(column.type()))
    return (column * scale).round().cast("int64") if scale > 1 or not column.type().is_integer() else column


def _count_blanks(deals: Table, minor: Any, foreign: Any, blanks: list[LeftOut]) -> None:
    asked = {"negative_amount": deals.count(where=minor < 0)}
    if foreign is not None:
        asked["other_currency"] = deals.count(where=minor.notnull() & (minor >= 0) & foreign)
    for code, count in _one(deals, **asked).items():
        if count:
            blanks.append(LeftOut("deals", code, count))


def _by_rule(deals: Table, rule: Commission, precision: int) -> Any:
    import ibis

    if rule.flat:
        return ibis.literal(int(rule.flat.scaleb(precision)), "int64")
    if "amount_minor" not in deals.columns:
        return ibis.null("int64")
    return (deals.amount_minor * float(rule.share)).round().cast("int64")


def _typed(deals: Table, raw: Table, options: Options) -> Table:
    """Every column of ``numbers.tables`` with its type, and the factors."""
    import ibis

    columns = {
        name: deals[name].cast(kind) if name in deals.columns else ibis.null(kind) for name, kind in DEALS.items()
    }
    columns["closed_at"] = ibis.ifelse(deals.outcome == "open", ibis.null("date"), columns["closed_at"])
    for name in raw.columns:
        if name not in DEALS and name not in MONEY and (options.factors is None or name in options.factors):
            columns[name] = raw_factor(deals[name])
    return deals.select(**columns)


def raw_factor(column: Any) -> Any:
    """A further column as text or number."""
    return column.cast("float64" if column.type().is_numeric() else "string")


def _latest(deals: Table) -> date | None:
    """The latest day on which something was opened or closed."""
    days = _one(deals, opened=deals.opened_at.max(), closed=deals.closed_at.max())
    return max((_plain_day(day) for day in days.values() if day is not None), default=None)


def _plain_day(day: date | datetime) -> date:
    return day.date() if isinstance(day, datetime) else day


def _said(table: str, raw: Table, known: Mapping[str, str]) -> tuple[Recognised, ...]:
    ours = {*known, *MONEY}
    other = "factor" if table == "deals" else ""
    return tuple(
        Recognised(table, name, name if name in ours else other, "own" if name in ours else "rest")
        for name in raw.columns
    )


@dataclass
class NativeTouches:
    """Touches of an engine's table; of which deals and until when is still to be said."""

    expression: Table
    rows_read: int
    latest: date | None
    left_out: list[LeftOut] = field(default_factory=list)
    recognised: tuple[Recognised, ...] = ()
    all_notes: tuple[Note, ...] = ()

    def table(self, as_of: date, deals: Table) -> Table:
        """The expression; asks how many rows must leave, and adds a condition only for those there are."""
        import ibis

        touches, day = self.expression, ibis.date(as_of.isoformat())
        unusable = touches.count(where=touches.at.isnull() | touches.deal_id.isnull())
        counts = _one(touches, unusable=unusable, later=touches.count(where=touches.at.cast("date") > day))
        if counts["unusable"]:
            example = Example(0, "at", "", _("a day and the id of a deal"))
            self.left_out.append(LeftOut("touches", "unreadable", counts["unusable"], example))
            touches = touches.filter(touches.at.notnull() & touches.deal_id.notnull())
        if counts["later"]:
            self.left_out.append(LeftOut("touches", "later", counts["later"]))
            touches = touches.filter(touches.at.cast("date") <= day)
        strange = _of_unknown_deals(touches, deals)
        if strange:
            self.left_out.append(LeftOut("touches", "unknown_deal", strange))
            touches = touches.semi_join(deals, touches.deal_id == deals["id"])
        return touches


def _of_unknown_deals(touches: Table, deals: Table) -> int:
    counted = touches.group_by("deal_id").agg(n=lambda rows: rows.count())
    strange = counted.anti_join(deals, counted.deal_id == deals["id"])
    return int(_one(strange, n=strange.n.sum())["n"] or 0)


def touches_of(raw: Table, options: Options) -> NativeTouches:
    """Looks at a table of touches."""
    raw = _renamed(raw, options.mapping)
    _require(raw, ("deal_id", "at"), "touches")
    _require_fit(raw)
    raw = _as_text(raw, "channel", "direction")
    touches = _worded(raw, "channel", "channels", "other")
    touches = _worded(touches, "direction", "directions", "out")
    seen = _one(touches, n=touches.count(), latest=touches.at.cast("date").max())
    latest = _plain_day(seen["latest"]) if seen["latest"] else None
    return NativeTouches(_typed_touches(touches), seen["n"], latest, [], _said("touches", raw, TOUCHES))


def _worded(touches: Table, name: str, section: str, otherwise: str) -> Table:
    """A column of our words; it is left alone when it holds nothing else."""
    import ibis

    if name not in touches.columns:
        return touches.mutate(**{name: ibis.literal(otherwise)})
    ours = {theirs: (word(section, theirs) if theirs else None) or otherwise for theirs in _words_of(touches, name)}
    changed = [(theirs, found) for theirs, found in ours.items() if theirs and theirs != found]
    column = touches[name].cast("string")
    if changed:
        column = _translated(column, changed, column)
    if None in ours:
        column = column.fill_null(otherwise)
    return touches.mutate(**{name: column}) if changed or None in ours else touches


def _typed_touches(touches: Table) -> Table:
    import ibis

    columns = {
        name: touches[name].cast(kind) if name in touches.columns else ibis.null(kind) for name, kind in TOUCHES.items()
    }
    ours = {BESIDE: touches[BESIDE].cast("int64")} if BESIDE in touches.columns else {}
    return touches.select(**columns, **ours)
