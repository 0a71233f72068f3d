"""What became of each introduction, as whoever made it may read it: states and dates, nothing of the deal itself.

Never an amount of the deal, why it was lost, or whose it is: that belongs to the company that was introduced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rebond.refer import duplicates
from rebond.refer.models import Advocate, Referral, State

#: How many steps there are: named, introduced, in conversation, a customer.
STEPS = 4
_REACHED: Mapping[str, int] = {
    State.AGREED: 1, State.LAPSED: 1, State.INTRODUCED: 2, State.DISQUALIFIED: 2, State.DUPLICATE: 2,
    State.QUALIFIED: 3, State.LOST: 3, State.WON: 4, State.REWARD_DUE: 4, State.PAID: 4, State.FORFEITED: 4,
    State.CLAWED_BACK: 4,
}  # fmt: skip
#: Over, without a customer.
_ENDED = frozenset({State.LAPSED, State.DISQUALIFIED, State.DUPLICATE, State.LOST, State.CLAWED_BACK, State.VOID})
_CUSTOMER = frozenset({State.WON, State.REWARD_DUE, State.PAID, State.FORFEITED})
#: An ask nobody answered, or that was declined, named nobody: there is nothing to show.
_UNNAMED = (State.ASKED, State.DECLINED, State.NO_ANSWER)

_LABELS: Mapping[str, Promise] = {
    State.AGREED: pgettext_lazy("introduction", "Named"),
    State.LAPSED: pgettext_lazy("introduction", "Did not come about"),
    State.INTRODUCED: pgettext_lazy("introduction", "Introduced"),
    State.DISQUALIFIED: pgettext_lazy("introduction", "Not a fit"),
    State.DUPLICATE: pgettext_lazy("introduction", "Known to us already"),
    State.QUALIFIED: pgettext_lazy("introduction", "In conversation"),
    State.LOST: pgettext_lazy("introduction", "No order this time"),
    State.WON: pgettext_lazy("introduction", "Became a customer"),
    State.REWARD_DUE: pgettext_lazy("introduction", "Became a customer"),
    State.PAID: pgettext_lazy("introduction", "Became a customer"),
    State.FORFEITED: pgettext_lazy("introduction", "Became a customer"),
    State.CLAWED_BACK: pgettext_lazy("introduction", "The order was taken back"),
    State.VOID: pgettext_lazy("introduction", "Closed"),
}
_NEXT: Mapping[str, Promise] = {
    State.AGREED: gettext_lazy(
        "Next: introduce us. The surest way is a short mail of yours; there is a text ready for it."
    ),
    State.LAPSED: gettext_lazy("If you would still like to introduce us, name them again."),
    State.INTRODUCED: gettext_lazy("Next: we get in touch with them, and see whether we can help."),
    State.DISQUALIFIED: gettext_lazy("We cannot help them with what they need now. Thank you all the same."),
    State.QUALIFIED: gettext_lazy("Next: they decide. You need to do nothing."),
    State.LOST: gettext_lazy("We parted on good terms, and your introduction was worth it. Thank you."),
    State.CLAWED_BACK: gettext_lazy("It was cancelled or refunded. Your introduction was a good one all the same."),
    State.VOID: gettext_lazy("Nothing more happens with this one, and you need to do nothing."),
}


@dataclass(frozen=True)
class Introduction:
    """One introduction on the page.

    Attributes:
        who, company: as they were named; ``who`` is a general word once their name is erased.
        state: of ``State``, for the looks; ``label``: in words.
        said: what it means and what happens next; whole sentences.
        since: the local day it got there.
        reached: how many of ``STEPS`` were taken; 0 for one that is closed.
        ended, won: over without, or with, a customer.
        waits: the advocate is the next to do something: forward the text.
    """

    pk: int
    who: str
    company: str
    state: str
    label: str
    said: tuple[str, ...]
    since: date
    reached: int
    ended: bool
    won: bool
    waits: bool

    @property
    def steps(self) -> tuple[bool, ...]:
        """For each step whether it was taken."""
        return tuple(number <= self.reached for number in range(1, STEPS + 1))


def introductions(advocate: Advocate, rewards: Mapping[int, tuple[str, ...]]) -> list[Introduction]:
    """All they made: those that wait for them first, then the ones under way, then what is over; what moved last leads.

    Args:
        rewards: what is said of the reward of each, by the referral's key.
    """
    named = advocate.referrals.exclude(state__in=_UNNAMED).order_by("-state_at", "-pk")
    made = [_introduction(referral, rewards.get(referral.pk, ())) for referral in named]
    return sorted(made, key=lambda one: (not one.waits, one.ended))


def _introduction(referral: Referral, reward: tuple[str, ...]) -> Introduction:
    state = referral.state
    return Introduction(
        referral.pk, referral.name or _("Somebody you introduced"), referral.company_name, state, str(_LABELS[state]),
        tuple(sentence for sentence in (_meaning(referral), *reward) if sentence), _day(referral.state_at),
        _REACHED.get(state, 0), state in _ENDED, state in _CUSTOMER, state == State.AGREED,
    )  # fmt: skip


def _meaning(referral: Referral) -> str:
    if referral.state == State.DUPLICATE:
        return duplicates.words(referral.duplicate_because, for_them=True)
    return str(_NEXT.get(referral.state, ""))


def _day(moment: datetime) -> date:
    return timezone.localdate(moment)
