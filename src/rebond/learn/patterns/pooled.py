"""What confidential answers add to a view: whole pools or nothing (see ``learn.actions.pools``).

A pool is in a view when no part of a team is asked for, its team is in the view, and the newest close in it lies in
the period. What it adds is fixed: the same numbers in every view that counts it. A statement that fewer than five of
its answers speak about is left out of it altogether.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from rebond.learn.actions.pools import POOL_FROM, waiting
from rebond.learn.models import STATEMENTS, FeedbackReason, ReleasedPool, Response
from rebond.learn.patterns.results import Withheld
from rebond.learn.patterns.view import View
from rebond.learn.taxonomy import NOT_KNOWN_YET
from rebond.numbers.voices import Pooled

#: 1 to 5 is an answer to a statement, from 4 on it agrees; 0 does not apply.
AGREES_FROM = 4


def pools_in(view: View) -> QuerySet[ReleasedPool]:
    """The pools a view counts, newest first."""
    if view.is_split:
        return ReleasedPool.objects.none()
    pools = ReleasedPool.objects.filter(closed_until__gte=view.since, closed_until__lte=view.until)
    if view.team_id is not None:
        pools = pools.filter(team=view.team_id)
    return pools.order_by("-closed_until", "-pk")


def withheld(view: View) -> Withheld:
    """How many answers wait; nothing where a part of a team is asked for."""
    if view.is_split:
        return Withheld()
    noes, wins = (waiting(won=won) for won in (False, True))
    if view.team_id is not None:
        noes, wins = noes.filter(team=view.team_id), wins.filter(team=view.team_id)
    return Withheld(noes.count(), wins.count())


def pooled_reasons(view: View) -> Pooled:
    """The reasons of the pools in a view, counted as the view's list of reasons counts them.

    ``heard`` counts every answer of a pool, those without a reason too: a pool is never taken apart.
    """
    pools = list(pools_in(view).values_list("pk", "won", "answers"))
    if not pools:
        return Pooled()
    names = view.names
    given: defaultdict[tuple[bool, object], list[str]] = defaultdict(list)
    rows = FeedbackReason.objects.filter(response__pool__in=[pk for pk, _won, _answers in pools]).order_by("place")
    for response, won, code in rows.values_list("response_id", "response__pool__won", "code"):
        if code != NOT_KNOWN_YET:
            given[won, response].append(names.counted_as(code))
    heard = {kind: sum(answers for _pk, won, answers in pools if won == kind) for kind in (False, True)}
    named = {kind: Counter(code for (won, _), codes in given.items() if won == kind for code in set(codes))
             for kind in (False, True)}  # fmt: skip
    primary = Counter(codes[0] for (won, _), codes in given.items() if not won)
    return Pooled(heard[False], named[False], primary, heard[True], named[True])


def pooled_statements(view: View) -> dict[tuple[str, bool], tuple[int, int]]:
    """Per statement and kind of end, how many agree, of how many to whom it applies."""
    pools = [pk for (pk,) in pools_in(view).values_list("pk")]
    rows = Response.objects.filter(pool__in=pools).values_list("pool_id", "pool__won", *STATEMENTS)
    by_pool: defaultdict[tuple[int, bool], list[tuple[int | None, ...]]] = defaultdict(list)
    for pool, won, *given in rows:
        by_pool[pool, won].append(tuple(given))
    found = {(name, won): (0, 0) for name in STATEMENTS for won in (False, True)}
    for (_pool, won), answers in by_pool.items():
        for name, column in zip(STATEMENTS, zip(*answers, strict=True), strict=True):
            agree, of = agreeing(column)
            if of >= POOL_FROM:
                before = found[name, won]
                found[name, won] = (before[0] + agree, before[1] + of)
    return found


def agreeing(column: Iterable[int | None]) -> tuple[int, int]:
    """How many agree, of how many to whom the statement applies.

    >>> agreeing([5, 4, 3, 0, None])
    (2, 3)
    """
    said = [value for value in column if value]
    return sum(value >= AGREES_FROM for value in said), len(said)


def both(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """k and n of two groups together."""
    return one[0] + other[0], one[1] + other[1]


def statements_of(rows: Iterable[tuple[bool, tuple[int | None, ...]]]) -> Mapping[tuple[str, bool], tuple[int, int]]:
    """As ``pooled_statements``, of answers given openly: (won, one value per statement)."""
    columns: defaultdict[tuple[str, bool], list[int | None]] = defaultdict(list)
    for won, given in rows:
        for name, value in zip(STATEMENTS, given, strict=True):
            columns[name, won].append(value)
    return {(name, won): agreeing(columns[name, won]) for name in STATEMENTS for won in (False, True)}
