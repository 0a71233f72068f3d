"""What practice 6 puts on the Today list: a win to write about, and one's own wins on a day of noes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.play import Done, Evidence, Play, Verb
from rebond.celebrate.milestones import noes_before
from rebond.celebrate.models import Praise, PraiseStatus, Preference
from rebond.celebrate.praising import Manner, form_of, likes
from rebond.celebrate.queries.mine import own_wins
from rebond.celebrate.queries.praise import due_praise
from rebond.celebrate.queries.wins import people_and_wishes
from rebond.celebrate.telling import named, special
from rebond.deals.models import NOES, CloseEvent
from rebond.findings.worth import Candidate, in_order, pks_of
from rebond.numbers.pricing import Prices

#: Kinds of this room's items.
PRAISE, MY_WINS = "celebrate.praise", "celebrate.my_wins"
PRAISE_MINUTES, MY_WINS_MINUTES = 3, 2
#: So many noes of one's own in a day are many.
MANY = 3


def candidates(*, user: User, now: datetime, prices: Prices) -> list[Candidate]:  # noqa: ARG001
    """Colleagues to write to, for who leads; one's own wins on a day of many noes. Two queries."""
    rows = due_praise(user).values_list("pk", "made_at")
    found = [Candidate(f"{PRAISE}:{pk}", PRAISE_MINUTES, _day(user, at), 2) for pk, at in rows]
    if wants_my_wins(user, noes_today(user, now).count()):
        today = _day(user, now)
        found.append(Candidate(f"{MY_WINS}:{today.toordinal()}", MY_WINS_MINUTES, today, 4))
    return found


def _day(user: User, at: datetime) -> date:
    return at.astimezone(ZoneInfo(user.time_zone)).date()


def _today_began(user: User, now: datetime) -> datetime:
    return datetime.combine(_day(user, now), time.min, ZoneInfo(user.time_zone))


def noes_today(user: User, now: datetime) -> QuerySet[CloseEvent]:
    """Noes of ``user``'s own deals that were closed today, by them, and stand."""
    closed = CloseEvent.objects.filter(recorded_by=user, deal__owner=user, outcome__in=NOES, reopening=None)
    return closed.filter(recorded_at__gte=_today_began(user, now), in_bulk=False)


def wants_my_wins(user: User, noes: int) -> bool:
    """Whether a day of so many noes offers one's own wins: who has never won has nothing to look at. Wins are looked
    for on such a day alone, since every page's frame asks."""
    return noes >= MANY and own_wins(user).exists()


def filled(*, user: User, now: datetime, candidates: Sequence[Candidate]) -> list[Play]:
    """Those of ``candidates`` written out; six queries at most."""
    plays = _praises(user, wanted) if (wanted := pks_of(candidates, PRAISE)) else []
    if pks_of(candidates, MY_WINS):
        plays.append(_my_wins(user, now))
    return in_order(candidates, plays)


def _praises(user: User, wanted: Sequence[int]) -> list[Play]:
    rows = list(due_praise(user).filter(pk__in=wanted))
    _people, wishes = people_and_wishes([one.win for one in rows])
    said = {one.user_id: one for one in Preference.objects.filter(user__in=[one.win.owner_id for one in rows])}
    noes = noes_before([one.win.deal for one in rows])
    plays = []
    for one in rows:
        wish, own = wishes[one.win_id], said.get(one.win.owner_id or 0, Preference())
        plays.append(_praise(one, Manner(form_of(wish, own), wish), noes.get(one.win.deal_id, 0)))
    return plays


def _praise(praise: Praise, manner: Manner, noes: int) -> Play:
    """Who won what, and in which form they like to hear it."""
    win, owner = praise.win, praise.win.owner
    about = named(win, manner.wish)[1]
    return Play(
        key=f"{PRAISE}:{praise.pk}",
        icon="heart",
        who=owner.name if owner else "",
        company=about,
        verb=_("Write to %(name)s") % {"name": owner.first_name if owner else ""},
        why=why(about),
        minutes=PRAISE_MINUTES,
        since=local_day(praise.made_at),
        weight=2,
        evidence=(
            Evidence(likes(manner.form), _("as they like it")),
            *(Evidence(said, _("this win")) for said in special(win, manner.wish)),
            *((Evidence(noes_words(noes), _("before this yes")),) if noes and about else ()),
        ),
        main=Verb(_("Write it"), reverse("celebrate:write_praise", args=[win.pk]), icon="message", key="e", link=True),
    )


def why(about: str) -> str:
    """Why now, as far as the customer may be named."""
    return (
        _("about %(company)s, while it is fresh") % {"company": about} if about else _("about a win, while it is fresh")
    )


def noes_words(noes: int) -> str:
    """ "2 noes"."""
    return ngettext("%(count)d no", "%(count)d noes", noes) % {"count": noes}


def _my_wins(user: User, now: datetime) -> Play:
    """A look at one's own wins, on a day that needs one."""
    noes = noes_today(user, now).count()
    return Play(
        key=f"{MY_WINS}:{_day(user, now).toordinal()}",
        icon="star",
        who=_("My wins"),
        verb=_("A day of many noes"),
        why=_("your wins are here"),
        minutes=MY_WINS_MINUTES,
        since=_day(user, now),
        weight=4,
        evidence=(Evidence(ngettext("%(count)d no today", "%(count)d noes today", noes) % {"count": noes},
                           _("a no is part of the way")),),
        main=Verb(_("Look at my wins"), reverse("celebrate:mine"), icon="star", link=True),
    )  # fmt: skip


def done(*, user: User, since: datetime) -> Iterator[Done]:
    """What ``user`` wrote since then; one query."""
    said = Praise.objects.filter(leader=user, status=PraiseStatus.SENT, sent_at__gte=since)
    for name in said.order_by("sent_at", "pk").values_list("win__owner__name", flat=True):
        yield Done(name or "", PRAISE_MINUTES)
