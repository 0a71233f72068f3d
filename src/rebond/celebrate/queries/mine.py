"""One's own wins, all of them, also those from before there was a bell; for nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.base.paging import Page, page_of
from rebond.celebrate.milestones import noes_before
from rebond.celebrate.models import Cheer, Echo, Given, Lesson, Praise, Win, WinPart
from rebond.celebrate.queries.praise import received
from rebond.celebrate.queries.rewards import given_to
from rebond.celebrate.queries.wins import cheers_of
from rebond.celebrate.telling import special
from rebond.celebrate.visibility import ALL
from rebond.deals.models import NOES, Deal, Outcome
from rebond.findings import words

#: From so many decided deals on the noes behind the wins are told as a share; so many lessons and rewards are shown.
FROM, SHOWN = 5, 10


@dataclass(frozen=True)
class Own:
    """One win of somebody's own, with all that was said about it.

    Attributes:
        part: they had a part in a colleague's win; what it was, in words, or empty.
        noes: how often there had been a no before.
        good: what they said of the praise, where they did: ``yes``, ``no`` or empty.
    """

    deal: Deal
    at: datetime | None
    win: Win | None
    part: bool
    milestones: list[str]
    noes: int
    cheers: list[Cheer]
    praise: Praise | None
    good: str

    @property
    def noes_words(self) -> str:
        """ "after 3 noes"; empty without one."""
        return (
            ngettext("after %(count)d no", "after %(count)d noes", self.noes) % {"count": self.noes}
            if self.noes
            else ""
        )


@dataclass(frozen=True)
class Mine:
    """Somebody's own page.

    Attributes:
        perspective: one sentence that sets noes and wins side by side.
        lessons: with ``thanks``, how many thanked for each; ``given``: rewards, with what they said of each.
    """

    page: Page[Deal]
    wins: list[Own]
    perspective: str
    lessons: list[Lesson]
    given: list[tuple[Given, str]]


def own_wins(user: User) -> QuerySet[Deal]:
    """Deals that ``user`` won, or had a part in, newest first. A win that was told belongs to whoever won it then,
    whoever looks after the customer now."""
    told = Win.objects.filter(deal=OuterRef("pk"), withdrawn_at=None).order_by()
    mine = (Q(owner=user) & ~Exists(told)) | Exists(told.filter(Q(owner=user) | Exists(_parts(user))))
    won = Deal.objects.filter(mine, outcome=Outcome.WON)
    return won.order_by(F("closed_at").desc(nulls_last=True), "-pk")


def _parts(user: User) -> QuerySet[WinPart]:
    return WinPart.objects.filter(win=OuterRef("pk"), user=user).order_by()


def mine_of(user: User, *, number: str | None) -> Mine:
    """A page of ``user``'s own wins; twelve queries, whatever their number."""
    page = page_of(own_wins(user), number, load=Deal.objects.select_related("company"))
    deals = list(page.rows)
    wins = {one.deal_id: one for one in _wins(deals)}
    echoes = dict(Echo.objects.filter(user=user).values_list("about", "good").order_by())
    shown = _shown(user, deals, wins, echoes)
    lessons = Lesson.objects.filter(author=user, retired_at=None).annotate(thanks=Count("cheers"))
    given = [(one, _good(echoes, f"given:{one.pk}")) for one in given_to(user)[:SHOWN]]
    return Mine(page, shown, perspective(user), list(lessons.order_by("-made_at", "-pk")[:SHOWN]), given)


def _wins(deals: Sequence[Deal]) -> QuerySet[Win]:
    """The last standing win of each deal."""
    return Win.objects.filter(deal__in=deals, withdrawn_at=None).order_by("deal", "number")


def _shown(user: User, deals: Sequence[Deal], wins: dict[int, Win], echoes: dict[str, bool]) -> list[Own]:
    noes, cheers = noes_before(deals), cheers_of(list(wins.values()))
    praise = received(user, wins.values())
    found = []
    for deal in deals:
        win = wins.get(deal.pk)
        said = praise.get(win.pk) if win else None
        found.append(Own(
            deal, deal.closed_at, win, bool(win and win.owner_id != user.pk), special(win, ALL) if win else [],
            noes.get(deal.pk, 0), cheers[win.pk] if win else [], said,
            _good(echoes, f"praise:{said.pk}") if said else "",
        ))  # fmt: skip
    return found


def _good(echoes: dict[str, bool], about: str) -> str:
    return {True: "yes", False: "no", None: ""}[echoes.get(about)]


def perspective(user: User) -> str:
    """How many noes stood before how many wins of theirs, as it was; one query. Deals without an end do not count."""
    own = Deal.objects.filter(owner=user)
    counted = own.aggregate(
        won=Count("pk", filter=Q(outcome=Outcome.WON)), noes=Count("pk", filter=Q(outcome__in=NOES))
    )  # fmt: skip
    won, noes = counted["won"], counted["noes"]
    if not won:
        return ""
    if won + noes < FROM:
        return _("Your wins stand here for the days of many noes.")
    said = {"k_of_n": words.of(won, won + noes), "noes": words.count(noes)}
    return ngettext(
        "%(k_of_n)s of your decided deals were won: %(noes)s no was part of the way there.",
        "%(k_of_n)s of your decided deals were won: %(noes)s noes were part of the way there.", noes,
    ) % said  # fmt: skip
