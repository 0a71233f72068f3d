"""Wins as screens list them: what each reader may hear of each, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation

from rebond.accounts.models import User
from rebond.base.paging import Page, page_of
from rebond.celebrate.kept_out import tells_what_is_kept
from rebond.celebrate.milestones import noes_before
from rebond.celebrate.models import Cheer, Praise, Preference, Visibility, Win, WinPart
from rebond.celebrate.queries.praise import read_by
from rebond.celebrate.telling import as_wish, line, special, title
from rebond.celebrate.visibility import ALL, DEFAULT, Wish, circle_of, most_private, reaches

#: How far back the feed goes.
FEED = timedelta(days=90)


@dataclass(frozen=True)
class Cheered:
    """A colleague's cheer; without its words where they tell what the reader may not hear."""

    by: User
    words: str


@dataclass(frozen=True)
class Shown:
    """One win as one reader may hear of it.

    Attributes:
        title, line, milestones: in the reader's language.
        mine: they had a part in it, so they see all of it.
        cheers: of colleagues; ``cheered``: the reader is among them.
        praise: the leader's words, where the reader may read them.
    """

    win: Win
    title: str
    line: str
    milestones: list[str]
    mine: bool
    cheers: Sequence[Cheered] = ()
    cheered: bool = False
    praise: Praise | None = None


@dataclass(frozen=True)
class Feed:
    """What one reader may hear of, a page of it; ``kept``: how many more of their team's stay unnamed."""

    page: Page[Win]
    wins: list[Shown]
    kept: int


def feed_for(user: User, *, now: datetime, number: str | None = None) -> Feed:
    """A page of the wins of the last 90 days, newest first: of one's team, one's own, and those that everybody may
    hear of; twelve queries."""
    rang = standing().filter(rung_at__isnull=False, at__gt=now - FEED)
    mine = Q(owner=user) | Q(Exists(_parts().filter(user=user)))
    told = mine | told_to(user.team_id, near=circle_of(user, user.team_id))
    page = page_of(rang.filter(told), number, load=standing())
    of_team = rang.filter(team=user.team_id) if user.team_id else rang.none()
    return Feed(page, seen_by(user, page.rows), of_team.exclude(told).order_by().count())


def told_to(team_id: int | None, *, near: str) -> Q:
    """Wins that a circle may hear of: those of that team as ``near`` does, those of others as everybody; all of whose
    people let it (``visibility.most_private``)."""
    far = _let(Visibility.EVERYONE) & (Q(owner__isnull=False) | Q(Exists(_parts())))
    return (Q(team=team_id) & _let(near)) | far if team_id else far


def _let(circle: str) -> Q:
    """Nobody among its people is more private than that circle; who has not said is as private as the default."""
    narrower = [one for one in Visibility.values if not reaches(Wish(one), circle)]
    said = Preference.objects.filter(user=OuterRef("owner")).order_by()
    by_owner, kept = Q(~Exists(said.filter(visibility__in=narrower))), Q(user__praise__visibility__in=narrower)
    if not reaches(DEFAULT, circle):
        by_owner, kept = by_owner & (Q(owner=None) | Q(Exists(said))), kept | Q(user__praise=None)
    return by_owner & Q(~Exists(_parts().filter(kept)))


def _parts() -> QuerySet[WinPart]:
    return WinPart.objects.filter(win=OuterRef("pk")).order_by()


def standing() -> QuerySet[Win]:
    """Wins that were not taken back, newest first, with what a line of them says."""
    return Win.objects.filter(withdrawn_at=None).select_related("deal__company", "owner", "team").order_by("-at", "-pk")


def seen_by(user: User, wins: Sequence[Win]) -> list[Shown]:
    """Those of ``wins`` that ``user`` may hear of; seven queries at most, whatever their number."""
    people, wishes = people_and_wishes(wins)
    wishes |= {win.pk: ALL for win in wins if user.pk in people[win.pk]}
    heard = [win for win in wins if reaches(wishes[win.pk], circle_of(user, win.team_id))]
    noes, cheers, kept_out = noes_before([win.deal for win in heard]), cheers_of(heard), _kept_out(people, wishes)
    praise = read_by(user, heard, people, kept_out)
    found = []
    for win in heard:
        shown = _shown(win, wishes[win.pk], noes.get(win.deal_id, 0), mine=user.pk in people[win.pk])
        said = [Cheered(one.by, "" if kept_out(win, one.words) else one.words) for one in cheers[win.pk]]
        cheered = any(one.by == user for one in said)
        found.append(replace(shown, cheers=said, cheered=cheered, praise=praise.get(win.pk)))
    return found


def _kept_out(people: dict[int, set[int]], wishes: dict[int, Wish]) -> Callable[[Win, str], bool]:
    """Whether words about a win tell what its people keep from a reader; one query, where words are looked at."""

    @cache
    def names() -> dict[int, str]:
        return dict(User.objects.filter(pk__in=set().union(*people.values())).values_list("pk", "name"))

    def tells(win: Win, text: str) -> bool:
        if not text or wishes[win.pk] == ALL:
            return False
        whose = [names()[pk] for pk in sorted(people[win.pk])]
        return tells_what_is_kept(text, win=win, names=whose, wish=wishes[win.pk])

    return tells


def _shown(win: Win, wish: Wish, noes: int, *, mine: bool) -> Shown:
    language = (translation.get_language() or "en")[:2]
    return Shown(win, title(win, wish), line(win, wish, noes, language), special(win, wish), mine)


def parts_of(win: Win, user: User) -> list[WinPart]:
    """Who had a part in it and what they did, as far as ``user`` may be told; five queries at most."""
    people, wishes = people_and_wishes([win])
    if user.pk not in people[win.pk] and not wishes[win.pk].show_name:
        return []
    wishes |= {win.pk: ALL} if user.pk in people[win.pk] else {}
    kept_out = _kept_out(people, wishes)
    parts = list(win.parts.select_related("user"))
    for part in parts:
        part.what = "" if kept_out(win, part.what) else part.what
    return parts


def people_and_wishes(wins: Iterable[Win]) -> tuple[dict[int, set[int]], dict[int, Wish]]:
    """Whose each win is, and what all of them together let others hear; two queries."""
    people: dict[int, set[int]] = {win.pk: {win.owner_id} if win.owner_id else set() for win in wins}
    for win, user in WinPart.objects.filter(win__in=people).values_list("win_id", "user_id"):
        people[win].add(user)
    everybody = {pk for some in people.values() for pk in some}
    said = {one.user_id: one for one in Preference.objects.filter(user__in=everybody)}
    wishes = {pk: most_private([as_wish(said.get(user)) for user in sorted(some)]) for pk, some in people.items()}
    return people, wishes


def cheers_of(wins: Sequence[Win]) -> dict[int, list[Cheer]]:
    """What colleagues said to each, by its id, the first first; one query."""
    found: dict[int, list[Cheer]] = defaultdict(list)
    for cheer in Cheer.objects.filter(win__in=wins).select_related("by").order_by("at", "pk"):
        if cheer.win_id is not None:
            found[cheer.win_id].append(cheer)
    return found
