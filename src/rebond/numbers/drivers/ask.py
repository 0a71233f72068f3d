"""The drivers question from the table to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import exp
from typing import Any

from scipy.stats import false_discovery_control, norm

from rebond.numbers.drivers.design import LEVEL_FROM, Term, term, three_levels
from rebond.numbers.drivers.fetch import Cases, cases
from rebond.numbers.drivers.leaks import alone, leak
from rebond.numbers.drivers.model import RANDOM_FROM, Model, Plan, Told, plan
from rebond.numbers.drivers.permutation import anything
from rebond.numbers.drivers.result import Anything, Drivers, Effect, Factor, LeftOut
from rebond.numbers.estimate import COUNTS_FROM, Estimate, cannot, too_few
from rebond.numbers.rates import wilson
from rebond.numbers.tables import Table

#: Fewest decided deals, wins and losses.
DECIDED_FROM, EACH_FROM = 30, 8
#: Share of false claims allowed among all claims (Benjamini-Hochberg).
FALSE_CLAIMS = 0.10
#: The chance below which "partly" is not half-way between no and yes.
NOT_LINEAR = 0.01
#: Stands for what a model says whose search found no rest.
UNSETTLED = Told((), (), 1.0, "")
UNDETECTABLE = (
    "a column filled in after the close, for won and lost deals alike, cannot be told from one known before: "
    "only columns known before the close belong in the file"
)
ASSOCIATION = "effects say what goes with winning, other factors being equal; not what would happen if it were changed"


def drivers(deals: Table, *, as_of: date, factors: Sequence[str] | None = None, seed: int = 2_026) -> Drivers:
    """What goes with winning, each factor adjusted for the others, corrected for the number of looks.

    Decided deals only: won against lost and no decision. Every column that is none of ours is a factor (or those named
    in ``factors``), and amount, segment, source and company are adjusted for where there is room. Effects are odds
    ratios by Firth's penalised logistic regression (Firth 1993; profile ranges: Heinze and Schemper 2002), from 300
    deals and ten sellers on with a random intercept per seller and the seller's means (Mundlak 1978), beside the same
    as an average difference in the chance of winning. ``q`` is Benjamini-Hochberg (1995) over all looks. A verdict
    ``matters`` needs three things: the strongest look of the whole file is stronger than in 98 of 100 files whose
    outcomes were shuffled within seller and month (Westfall and Young 1993), q is at most 0.10, and the 95 % range
    excludes no effect.

    Beyond 100,000 decided deals a random sample of that many is looked at, and said. Refused: below 30 decided deals,
    8 wins or 8 losses (too few). A column that gives the outcome away is reported as leaking and kept out of the model
    (``leaks``). A level below 10 decided deals has no effect of its own. Nothing here is a cause, and no model removes
    what nobody wrote down.

    Args:
        deals: the table of ``numbers.tables``, any further columns being factors (text, yes/no, number).
        as_of: the day of the question; closes after it have not happened.
        factors: the columns to look at; all when ``None``.
        seed: of the shuffles; the same file and seed give the same answer.

    >>> import ibis, datetime
    >>> rows = [{"id": str(i), "outcome": "won" if i % 3 else "lost", "met_budget_holder": "yes" if i % 3 else "no"}
    ...         for i in range(12)]
    >>> table = ibis.memtable(rows, schema={"id": "string", "outcome": "string", "met_budget_holder": "string"})
    >>> from rebond.numbers.tables import DEALS
    >>> table = table.mutate(**{c: ibis.null(t) for c, t in DEALS.items() if c not in table.columns})
    >>> print(drivers(table, as_of=datetime.date(2026, 1, 1)))
    Drivers: too few: 18 more decided deals
    """
    return answered(cases(deals, as_of, factors), as_of=as_of, seed=seed)


def answered(found: Cases, *, as_of: date, seed: int) -> Drivers:
    """The answer from the rows (see ``drivers``)."""
    won = _enough(found)
    if not won.known:
        return Drivers(as_of, won, left_out=tuple(_unread(found)))
    terms, leaking, out, areas = _sorted_out(found, seed)
    if not terms:
        return Drivers(as_of, won, tuple(leaking), tuple(out), notes=(UNDETECTABLE,))
    planned = _bent(found, plan(found, terms))
    tested = anything(found, [one.x for one in (*planned.together, *planned.apart)], seed)
    looked, same = _looked(found, planned)
    judged, looks = _judged([replace(factor, auc=areas[factor.name]) for factor in looked], tested)
    return Drivers(
        as_of, won, (*_in_order(judged, terms), *leaking), (*out, *same), tested, looks, _method(planned),
        planned.owner, tuple(one.name for one in planned.apart), _notes(found, planned),
    )  # fmt: skip


def _notes(found: Cases, planned: Plan) -> tuple[str, ...]:
    sampled = f"looked at {len(found.won)} of {found.in_file} decided deals, drawn at random"
    return (ASSOCIATION, *([sampled] if found.in_file > len(found.won) else []), *planned.notes, UNDETECTABLE)


def _enough(found: Cases) -> Estimate:
    """The share won, or what is missing."""
    n, k = len(found.won), int(found.won.sum())
    for unit, have, least in (
        ("decided_deals", n, DECIDED_FROM), ("wins", k, EACH_FROM), ("losses", n - k, EACH_FROM),
    ):  # fmt: skip
        if have < least:
            return too_few(need=least - have, unit=unit, n=n, k=k)
    (lo80, hi80), (lo95, hi95) = wilson(k, n, 0.80), wilson(k, n, 0.95)
    return Estimate(k / n, lo80, hi80, lo95, hi95, k, n, "share, Wilson")


def _unread(found: Cases) -> list[LeftOut]:
    absent = [LeftOut(name, "no_such_column", "no such column") for name in found.absent]
    return [*absent, *(LeftOut(name, "not_readable", "neither text nor number") for name in found.unreadable)]


def _sorted_out(found: Cases, seed: int) -> tuple[list[Term], list[Factor], list[LeftOut], dict[str, float | None]]:
    """Columns of the model, leaking factors, what is left out, and the area under the curve of each column alone."""
    areas: dict[str, float | None] = {}
    terms: list[Term] = []
    leaking: list[Factor] = []
    out = _unread(found)
    for column in found.columns:
        if not column.filled.any():
            if column.ours:
                continue
            out.append(LeftOut(column.name, "mostly_missing", "empty for every decided deal"))
            continue
        auc = areas[column.name] = alone(found, column, seed)
        why = leak(found, column, auc)
        if why:
            leaking.append(Factor(column.name, column.kind, verdict="leaks", leak=why, auc=auc))
            continue
        made = term(column)
        terms.append(made) if isinstance(made, Term) else out.append(made)
    return terms, leaking, out, areas


def _bent(found: Cases, planned: Plan) -> Plan:
    """Answers whose "partly" is not half-way, from 300 deals on, as three levels instead of one step.

    Each answer's "partly" is added to the common model as a column of its own; where that column is far from 0, the
    answer is shown as levels.
    """
    asked = [i for i, one in enumerate(planned.together) if _can_bend(one)]
    if len(found.won) < RANDOM_FROM or not asked:
        return planned
    extra = tuple(
        Term(one.name, "bend", ("partly",), one.partly.astype(float)[:, None], one.partly[:, None], one.at_reference)
        for one in (planned.together[i] for i in asked)
    )  # fmt: skip
    model = Model(found, (*planned.together, *extra), planned.owner)
    bent = {i for place, i in enumerate(asked) if _far(model, len(planned.together) + place)}
    return replace(planned, together=tuple(three_levels(t) if i in bent else t for i, t in enumerate(planned.together)))


def _can_bend(one: Term) -> bool:
    if one.kind != "answer" or one.partly is None:
        return False
    return min(int(one.partly.sum()), int(one.marks[:, 0].sum()), int(one.at_reference.sum())) >= LEVEL_FROM


def _far(model: Model, which: int) -> bool:
    strength = model.strength(which)
    return strength is not None and 2 * norm.sf(strength) < NOT_LINEAR


def _looked(found: Cases, planned: Plan) -> tuple[list[Factor], list[LeftOut]]:
    """Every factor with its effects, not yet judged; and those that say the same as others."""
    factors: list[Factor] = []
    same: list[LeftOut] = []
    if planned.together:
        model = Model(found, planned.together, planned.owner)
        for which, one in enumerate(planned.together):
            _add(found, one, _told(model, which), True, factors, same)
    for one in planned.apart:
        _add(found, one, _told(Model(found, (one,), planned.owner), 0), False, factors, same)
    return factors, same


def _told(model: Model, which: int) -> list[Told | None]:
    """What the model says of a factor; a search that found no rest says nothing."""
    return model.told(which) if model.fit.settled else [UNSETTLED for _ in range(model.terms[which].width)]


def _add(
    found: Cases, one: Term, told: list[Told | None], adjusted: bool, factors: list[Factor], same: list[LeftOut]
) -> None:
    effects = tuple(_effect(found, one, i, said) for i, said in enumerate(told) if said is not None)
    if not effects:
        same.append(LeftOut(one.name, "same_as", "says the same as factors before it, or as who the seller is"))
        return
    note = "" if adjusted else "looked at by itself: no room in the common model"
    at = one.at_reference
    factors.append(Factor(
        one.name, one.kind, one.reference, effects, int(found.won[at].sum()) if one.reference else None, int(at.sum()),
        adjusted, one.unplaced, note=note,
    ))  # fmt: skip


def _effect(found: Cases, one: Term, i: int, said: Told) -> Effect:
    marks = one.marks[:, i]
    k, n = int(found.won[marks].sum()), int(marks.sum())
    if said is UNSETTLED:
        nothing = cannot("unsettled", "the model found no rest on these deals", n=n, k=k)
        return Effect(one.labels[i], nothing, nothing)
    fewest = min(n, int(one.at_reference.sum())) if one.reference else n
    if fewest < COUNTS_FROM:
        nothing = too_few(need=COUNTS_FROM - fewest, unit="decided_deals", n=n, k=k)
        return Effect(one.labels[i], nothing, nothing)
    odds = _estimate([exp(b) for b in said.log_odds], k, n, said.method)
    points = _estimate(said.points, k, n, "average difference in the chance of winning")
    return Effect(one.labels[i], odds, points, said.p)


def _estimate(ends: Sequence[float], k: int, n: int, method: str) -> Estimate:
    value, lo80, hi80, lo95, hi95 = ends
    return Estimate(value, lo80, hi80, lo95, hi95, k, n, method)


def _judged(factors: list[Factor], tested: Anything) -> tuple[list[Factor], int]:
    """The factors with q and verdict, and the number of looks."""
    chances = [effect.p for factor in factors for effect in factor.effects if effect.p is not None]
    corrected = iter(false_discovery_control(chances, method="bh") if chances else [])
    return [_with_verdict(factor, corrected, tested) for factor in factors], len(chances)


def _with_verdict(factor: Factor, corrected: Any, tested: Anything) -> Factor:
    effects = []
    for effect in factor.effects:
        if effect.p is None:
            effects.append(effect)
            continue
        q = float(next(corrected))
        clear = effect.odds.lo95 is not None and effect.odds.hi95 is not None
        clear = clear and not effect.odds.lo95 <= 1 <= effect.odds.hi95  # type: ignore[operator]
        enough = effect.odds.n >= LEVEL_FROM
        matters = tested.matters and q <= FALSE_CLAIMS and clear and enough
        effects.append(replace(effect, q=q, verdict="matters" if matters else "cannot_tell"))
    named = any(effect.verdict == "matters" for effect in effects)
    return replace(factor, effects=tuple(effects), verdict="matters" if named else "cannot_tell")


def _in_order(factors: list[Factor], terms: list[Term]) -> list[Factor]:
    """Those that matter first, strongest evidence first; the others in the order of the file."""
    place = {one.name: i for i, one in enumerate(terms)}
    smallest = {f.name: min((e.q for e in f.effects if e.q is not None), default=1.0) for f in factors}
    return sorted(factors, key=lambda f: (0, smallest[f.name]) if f.verdict == "matters" else (1, place[f.name]))


def _method(planned: Plan) -> str:
    seller = {
        "random": ", a random intercept per seller and the seller's means (Mundlak)",
        "levels": ", a level per seller",
        "none": "",
    }[planned.owner]
    return f"Firth's penalised logistic regression{seller}; Benjamini-Hochberg; max-statistic permutation"
