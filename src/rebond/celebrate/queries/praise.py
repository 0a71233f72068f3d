"""Praise to be written, and praise as it may be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from rebond.accounts.models import Role, User
from rebond.celebrate.models import Praise, PraiseForm, PraiseStatus, Preference, Visibility, Win, WinPart
from rebond.celebrate.telling import named
from rebond.celebrate.visibility import circle_of

#: Praise that more people than one read.
READ_BY_OTHERS = (PraiseForm.PUBLIC, PraiseForm.GROUP)


def due_praise(user: User) -> QuerySet[Praise]:
    """What ``user`` may write to colleagues of their team, the longest waiting first; as all of them wish now.

    A task whose leader has left falls to whoever leads the team.
    """
    if user.role != Role.MANAGER or not user.team_id:
        return Praise.objects.none()
    leads = User.objects.filter(team=user.team_id, role=Role.MANAGER, is_active=True)
    theirs = Q(leader=user) | ~Exists(leads.filter(pk=OuterRef("leader")))
    waiting = Praise.objects.filter(theirs, status=PraiseStatus.WAITING, win__team=user.team_id)
    standing = waiting.filter(win__withdrawn_at=None, win__owner__is_active=True).exclude(win__owner=user)
    return _wanted(standing).select_related("win__deal__company", "win__owner", "leader").order_by("due_on", "pk")


def _wanted(rows: QuerySet[Praise]) -> QuerySet[Praise]:
    """Without those whose people want to hear nothing, or let nobody hear."""
    said = Preference.objects.order_by()
    hidden = said.filter(visibility=Visibility.NOBODY)
    with_part = WinPart.objects.filter(win=OuterRef("win"), user__praise__visibility=Visibility.NOBODY).order_by()
    return rows.exclude(
        Exists(said.filter(user=OuterRef("win__owner"), form=PraiseForm.NONE))
        | Exists(hidden.filter(user=OuterRef("win__owner")))
        | Exists(with_part)
    )


def with_customers(rows: Iterable[Praise]) -> list[tuple[Praise, str]]:
    """Each with its customer, where that may be said; three queries with ``rows`` themselves."""
    from rebond.celebrate.queries.wins import people_and_wishes  # which shows praise beside wins

    found = list(rows)
    _people, wishes = people_and_wishes([one.win for one in found])
    return [(one, named(one.win, wishes[one.win_id])[1]) for one in found]


def read_by(
    user: User, wins: Iterable[Win], people: dict[int, set[int]], kept_out: Callable[[Win, str], bool]
) -> dict[int, Praise]:
    """The praise that ``user`` may read beside each win; two queries.

    Public praise whoever may hear of the win; among a few: its people and their team; as the one who was praised likes
    it now, where that is narrower. A private word is read on one's own page alone (``received``), since a list of wins
    may be open before others.

    Args:
        kept_out: whether words about a win tell what its people keep from ``user`` now.
    """
    by_win = {win.pk: win for win in wins}
    read = Praise.objects.filter(win__in=by_win, status=PraiseStatus.SENT, form__in=READ_BY_OTHERS)
    said = [one for one in read.exclude(text="").select_related("leader") if not kept_out(by_win[one.win_id], one.text)]
    owners = Preference.objects.filter(user__in=[by_win[one.win_id].owner_id for one in said])
    forms = dict(owners.values_list("user_id", "form").order_by())
    found = {}
    for one in said:
        win = by_win[one.win_id]
        if _may_read(user, one.form, forms.get(win.owner_id or 0, PraiseForm.PRIVATE), win, people[win.pk]):
            found[win.pk] = one
    return found


def _may_read(user: User, form: str, wanted: str, win: Win, people: set[int]) -> bool:
    """As it was said (``form``), and as it is liked now (``wanted``)."""
    if wanted not in READ_BY_OTHERS:
        return user.pk == win.owner_id
    near = user.pk in people or circle_of(user, win.team_id) != Visibility.EVERYONE
    return near or form == wanted == PraiseForm.PUBLIC


def received(user: User, wins: Iterable[Win]) -> dict[int, Praise]:
    """What ``user`` was told about their own wins, spoken words among it, by win; one query."""
    said = Praise.objects.filter(win__in=list(wins), win__owner=user, status=PraiseStatus.SENT).select_related("leader")
    return {one.win_id: one for one in said}


def said_by(user: User) -> QuerySet[Praise]:
    """The last that ``user`` said themselves, newest first."""
    said = Praise.objects.filter(leader=user, status=PraiseStatus.SENT, win__withdrawn_at=None)
    return said.select_related("win__owner").order_by("-sent_at", "-pk")[:10]
