"""Buyers' words, as far as they let us show them.

With a name: only where the buyer said so. Without one: of answers given openly and of those in a pool the view counts,
and then no deal, no person and no date smaller than the quarter stands beside them, nor can a narrow period or a
segment single them out. "Ask me first" and "no" never come here, nor do words somebody had removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from itertools import chain

from django.db.models import Exists, OuterRef, QuerySet

from rebond.learn.models import Consent, Debrief, Mode, Verbatim
from rebond.learn.patterns.counting import closes_of, sealed_to
from rebond.learn.patterns.pooled import pools_in
from rebond.learn.patterns.results import Quote, Verbatims
from rebond.learn.patterns.view import View

_EVENT = "response__invitation__close_event"


def verbatims(view: View, *, limit: int = 30) -> Verbatims:
    """Quotes by consent, newest quarter first; within one in an order that tells nothing."""
    found = sorted(chain(_named(view), _open(view), _pooled(view)), key=lambda one: _place(*one))
    return Verbatims(tuple(quote for _key, quote in found[:limit]), len(found))


def _place(key: int, quote: Quote) -> tuple[int, str]:
    quarter = quote.quarter or date.min
    return -quarter.toordinal(), sha256(str(key).encode()).hexdigest()


def _words() -> QuerySet[Verbatim]:
    return Verbatim.objects.filter(response__is_final=True, removed_at=None).exclude(text="")


def _named(view: View) -> Iterator[tuple[int, Quote]]:
    """With the name of who said it; the deal only where the whole answer was given openly."""
    said = _words().filter(closes_of(view, f"{_EVENT}__"), consent=Consent.NAMED)
    said = _without_sealed(view, said.filter(response__invitation__person__isnull=False))
    for one in said.select_related("response__invitation__person__company"):
        invitation = one.response.invitation
        if invitation is None or invitation.person is None:
            continue
        person, shared = invitation.person, one.response.mode == Mode.SHARED
        company = person.company.name if person.company else ""
        yield one.pk, _quote(one, one.response.period, person.name, company, invitation.deal_id if shared else None)


def _open(view: View) -> Iterator[tuple[int, Quote]]:
    """Without a name, of answers given openly; by quarter and never of a part of a team."""
    if view.is_split:
        return
    said = _words().filter(consent=Consent.ANONYMOUS, response__mode=Mode.SHARED)
    said = said.filter(**{f"{_EVENT}__reopening": None})
    said = said.filter(response__period__gte=quarter_of(view.since), response__period__lte=quarter_of(view.until))
    if view.team_id is not None:
        said = said.filter(response__team=view.team_id)
    for one in _without_sealed(view, said).select_related("response"):
        yield one.pk, _quote(one, one.response.period)


def _pooled(view: View) -> Iterator[tuple[int, Quote]]:
    """Without a name, of the pools the view counts; a name nobody is left for is not shown."""
    said = _words().filter(response__pool__in=list(pools_in(view)))
    anonymous = said.filter(consent=Consent.ANONYMOUS)
    nameless = said.filter(consent=Consent.NAMED, response__invitation__person=None)
    for one in chain(*(some.select_related("response__pool") for some in (anonymous, nameless))):
        pool = one.response.pool
        yield one.pk, _quote(one, quarter_of(pool.closed_until) if pool else None)


def _without_sealed(view: View, said: QuerySet[Verbatim]) -> QuerySet[Verbatim]:
    waiting = Debrief.objects.filter(sealed_to(view), close_event=OuterRef("response__invitation__close_event"))
    return said.filter(~Exists(waiting))


def _quote(
    one: Verbatim, quarter: date | None, said_by: str = "", company: str = "", deal_id: int | None = None
) -> Quote:
    return Quote(one.text, one.language, one.asked, one.response.won, quarter, said_by, company, deal_id)


def quarter_of(day: date) -> date:
    """The first day of the quarter of a day.

    >>> quarter_of(date(2026, 6, 9))
    datetime.date(2026, 4, 1)
    """
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
