"""What does one colleague good: what they said, what they said of praise and rewards they got, cheers they received.

Nothing is guessed: words with counts, and "too few" below three. Who leads sees it only as far as they allow.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.celebrate.models import Cheer, Echo, Incentive, PraiseForm, Preference
from rebond.celebrate.queries.preferences import preference_of

#: Fewer answers about one form say nothing.
FROM = 3


@dataclass(frozen=True)
class Motives:
    """What somebody let be known.

    Attributes:
        form: how they like to hear it, in words; always, since who praises must know.
        incentives: what they would like to be given, best first; empty where it is theirs alone.
        echoes: one line for each form they answered about; likewise.
        cheers: colleagues' cheers they got, in words; likewise.
        kept: they keep it to themselves.
        said: they said so themselves; else it is the default.
    """

    form: str
    incentives: list[str]
    echoes: list[str]
    cheers: str
    kept: bool
    said: bool


def motives_of(user: User, *, reader: User) -> Motives:
    """What ``reader`` may know of what does ``user`` good; three queries."""
    said = preference_of(user)
    form, has_said = str(PraiseForm(said.form).label), said.said_at is not None
    if reader.pk != user.pk and not said.leader_may_see:
        return Motives(form, [], [], "", kept=True, said=has_said)
    return Motives(form, liked(said), echoes_of(user), _cheers(user), kept=False, said=has_said)


def liked(said: Preference) -> list[str]:
    """What they would like to be given, in words, best first."""
    return [str(Incentive(one).label) for one in said.incentives if one in Incentive.values]


def echoes_of(user: User) -> list[str]:
    """One line for each form of praise or reward they answered about, the most answered first; one query."""
    good: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for form, yes in Echo.objects.filter(user=user).values_list("form", "good").order_by("at", "pk"):
        asked[form] += 1
        good[form] += yes
    names = {one.value: one.label for one in (*PraiseForm, *Incentive)}
    return [_line(str(names.get(form, form)), good[form], n) for form, n in asked.most_common()]


def _line(form: str, good: int, n: int) -> str:
    if n < FROM:
        return _("“%(form)s”: too few answers, %(need)d more") % {"form": form, "need": FROM - n}
    return _("“%(form)s”: did good %(k)d of %(n)d times") % {"form": form, "k": good, "n": n}


def _cheers(user: User) -> str:
    count = Cheer.objects.filter(win__owner=user, win__withdrawn_at=None).count()
    if count < FROM:
        return ""
    return ngettext("%(n)d cheer of colleagues", "%(n)d cheers of colleagues", count) % {"n": count}
