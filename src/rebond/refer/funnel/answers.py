"""What may be said about each step: shares with ranges, days with those who still wait, groups compared fairly.

Loaded with the block alone: the estimators bring NumPy and Ibis with them. Shares are Wilson's (``numbers.rates``);
days are the quantile of the Aalen-Johansen incidence, so that waiting cases are followed as long as they were and not
left out (``numbers.cycle``); loss reasons are pooled, so that the luckiest of many small groups does not stand out
(``numbers.pooling``; A. Gelman, J. Hill and M. Yajima, 2012, "Why we (usually) don't have to worry about multiple
comparisons", J. Res. Educ. Effectiveness 5:189-211); the three modes are too few to pool, so each is set against the
others with a chance of error shared among the looks (Bonferroni).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import variance

from rebond.numbers.change import chance_up
from rebond.numbers.cycle import cycle
from rebond.numbers.estimate import COUNTS_FROM, RANGE_FROM, Estimate, too_few
from rebond.numbers.pooling import pool_shares
from rebond.numbers.rates import proportion
from rebond.numbers.ratios import Ratio, plain_estimate
from rebond.refer import known
from rebond.refer.funnel.steps import STEPS, Case, count, counts, may_tell_asked, of_step
from rebond.refer.models import Mode
from rebond.refer.queries import funnel as rows
from rebond.refer.queries.funnel import Cost, View
from rebond.refer.reason_names import NO_REASON, current

#: What the cases of a step are, as ``estimate.UNITS`` names them.
UNITS = {"asked": "losses", "agreed": "asked", "introduced": "introductions", "qualified": "introductions",
         "won": "introductions"}  # fmt: skip
#: The chance to call one of all groups apart although none is.
ERROR = 0.05
COST = "reward per won introduction, log-t"


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        share: who took it of those old enough, or decided; ``own``: the same of whoever looks, where that is another.
        waiting: too young, or still open: in neither number.
        days: by which half of those who take it have, waiting ones followed as far as they were.
        told: whether it may be shown to whoever looks (``steps.may_tell_asked``).
    """

    name: str
    share: Estimate
    own: Estimate | None
    waiting: int
    days: Estimate
    told: bool = True


@dataclass(frozen=True)
class Group:
    """One mode or one reason; ``standing``: ``above`` or ``below`` the others beyond luck, else empty."""

    name: str
    share: Estimate
    standing: str = ""


@dataclass(frozen=True)
class Groups:
    """Groups of one step's cases, and their whole."""

    groups: tuple[Group, ...]
    whole: Estimate
    pooled: bool = False


@dataclass(frozen=True)
class Answer:
    """Everything the block says.

    Attributes:
        nobody: of the losses that are old enough, those where nobody could be asked.
        modes: introduced to in conversation, by how they were introduced; reasons: asked to agreed, by why it was lost.
        costs, per_deal: what rewards cost, and that per won introduction in the first currency.
    """

    view: View
    steps: tuple[Step, ...]
    nobody: int
    modes: Groups
    reasons: Groups
    costs: tuple[Cost, ...]
    per_deal: Estimate

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked and nobody introduced yet."""
        return not any(step.share.n or step.waiting for step in self.steps)


def answer(view: View) -> Answer:
    """The whole funnel; six queries and what reasons take."""
    cases = rows.cases(view)
    days = days_of(cases, view.today)
    steps = tuple(_step(name, of_step(cases, name), view, days) for name in STEPS)
    losses = [case for case in of_step(cases, "asked") if counts(case, view.today)]
    costs = tuple(rows.costs(view))
    return Answer(
        view, steps, sum(1 for case in losses if case.ended), modes(of_step(cases, "qualified"), view.today),
        reasons(of_step(cases, "agreed"), view.today), costs, per_deal(costs[0]),
    )  # fmt: skip


def _step(name: str, cases: Sequence[Case], view: View, days: Mapping[str, Estimate]) -> Step:
    found, me = count(cases, view.today), view.user.pk if view.user else None
    own = [case for case in cases if case.owner == me] if view.has_own else None
    told = name != "asked" or may_tell_asked(cases, me)
    return Step(
        name, share(name, found.k, found.n), None if own is None else _share_of(name, own, view.today), found.waiting,
        days.get(name, too_few(need=RANGE_FROM, unit="deals", n=0)), told,
    )  # fmt: skip


def _share_of(name: str, cases: Iterable[Case], today: date) -> Estimate:
    found = count(cases, today)
    return share(name, found.k, found.n)


def share(step: str, k: int, n: int) -> Estimate:
    """k of n with its range; nothing below 5."""
    return proportion(k, n, minimum=COUNTS_FROM, unit=UNITS[step])


def days_of(cases: Sequence[Case], today: date) -> dict[str, Estimate]:
    """By step, the days within which half of those who take it have; needs 10 who did."""
    if not cases:
        return {}
    import ibis
    import pyarrow

    table = pyarrow.table({
        "opened_at": pyarrow.array([case.began for case in cases], pyarrow.date32()),
        "closed_at": pyarrow.array([_left(case, today) for case in cases], pyarrow.date32()),
        "outcome": pyarrow.array([_outcome(case) for case in cases], pyarrow.string()),
        "segment": pyarrow.array([case.step for case in cases], pyarrow.string()),
    })  # fmt: skip
    found = cycle(ibis.memtable(table), as_of=today, by="segment")
    # Its note speaks of deals that are won: here a step that is taken.
    return {group.name or "": replace(group.days_to_won[0.5], note="") for group in found.groups}


def _left(case: Case, today: date) -> date:
    """When it left; who was asked before the no was written down was asked that day."""
    return max(case.took or case.ended or today, case.began)


def _outcome(case: Case) -> str:
    return "won" if case.took else "lost" if case.ended else "open"


def modes(cases: Iterable[Case], today: date) -> Groups:
    """By how they were introduced, best first as the specification has them: no ranking by result."""
    by_mode: dict[str, list[Case]] = {mode: [] for mode in Mode.values}
    for case in cases:
        if case.mode in by_mode:
            by_mode[case.mode].append(case)
    found = {mode: count(of, today) for mode, of in by_mode.items()}
    k, n = sum(one.k for one in found.values()), sum(one.n for one in found.values())
    groups = tuple(
        Group(mode, share("qualified", one.k, one.n), _standing(one.k, one.n, k - one.k, n - one.n, len(found)))
        for mode, one in found.items()
    )
    return Groups(groups, share("qualified", k, n))


def _standing(k: int, n: int, others_k: int, others_n: int, looks: int) -> str:
    """``above`` or ``below`` the others beyond luck, at a chance of error shared by all looks."""
    if n < RANGE_FROM or others_n < RANGE_FROM:
        return ""
    chance, error = chance_up(others_k, others_n, k, n), ERROR / 2 / looks
    return "above" if chance >= 1 - error else "below" if chance <= error else ""


def reasons(cases: Sequence[Case], today: date) -> Groups:
    """By the main reason of the no they come from, most cases first; pooled from 4 reasons and 40 cases on."""
    names, grouped = current(), defaultdict(list)
    said = known.about({case.event: case.person for case in cases if case.event is not None})
    for case in cases:
        about = said.get(case.event) if case.event is not None else None
        code = names.counted_as(about.codes[0]) if about is not None and about.codes else ""
        if code not in NO_REASON:
            grouped[code].append(case)
    counted = {code: count(of, today) for code, of in grouped.items()}
    order = sorted((code for code in counted if counted[code].n), key=lambda code: (-counted[code].n, code))
    pooled = pool_shares([counted[code].k for code in order], [counted[code].n for code in order], unit="asked")
    groups = tuple(
        Group(code, one, _apart(one, pooled.overall) if pooled.pooled else "")
        for code, one in ((code, pooled.estimate(place)) for place, code in enumerate(order))
    )
    return Groups(groups, pooled.overall, pooled.pooled)


def _apart(one: Estimate, whole: Estimate) -> str:
    """Whether the pooled wide range leaves the whole out."""
    if one.lo95 is None or one.hi95 is None or whole.value is None:
        return ""
    return "above" if one.lo95 > whole.value else "below" if one.hi95 < whole.value else ""


def per_deal(cost: Cost) -> Estimate:
    """Reward per won introduction, those without a reward included; from 5 on the value, from 10 its range."""
    n = len(cost.each)
    spread = n * variance(cost.each) if n > 1 else 0.0
    ratio = Ratio(float(cost.total), float(n), spread, 0.0, float(max(n - 1, 1)))
    return plain_estimate(ratio, sales=n, deals=n, method=COST)
