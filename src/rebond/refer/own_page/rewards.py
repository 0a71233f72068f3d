"""What an advocate reads of the reward of each introduction: what it comes to, why, what it waits for, how it ended.

A fixed value is its own explanation; of a share they read the share, never the amount of the deal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from rebond.base.dates import local_day, show_day
from rebond.refer import gift
from rebond.refer.models import (
    Advocate,
    Basis,
    Move,
    Payout,
    PayoutStatus,
    Programme,
    Referral,
    Reward,
    RewardKind,
    RewardStatus,
    State,
)
from rebond.refer.payee import missing, opened
from rebond.refer.queries.waiting import Known, case_of, known_about, ready_on
from rebond.refer.terms import exactly, share

#: Where a reward is a matter at all.
_OF_INTEREST = (State.WON, State.REWARD_DUE, State.PAID, State.FORFEITED, State.CLAWED_BACK)
#: Answers that are asked for once, above the list, and not again at each introduction.
_ASKED_ABOVE = frozenset({"wants_none", "not_chosen", "permission"})

_CLAMPS: Mapping[str, Promise] = {
    "per_referral": gettext_lazy("%(taken)s less than the rule gives: one introduction brings at most %(cap)s."),
    "per_year": gettext_lazy("%(taken)s less than the rule gives: one person receives at most %(cap)s in a year."),
    "per_month": gettext_lazy(
        "%(taken)s less than the rule gives: all rewards together come to at most %(cap)s in a month."
    ),
}
_CAPS = {"per_referral": "per_referral_minor", "per_year": "per_year_minor", "per_month": "per_month_minor"}
_FORFEITED: Mapping[str, Promise] = {
    "refused": gettext_lazy("There is no reward: your employer does not allow one. Our thanks stay."),
    "unclaimed": gettext_lazy("The reward was not claimed in time, and has lapsed. Our thanks stay."),
    "unwanted": gettext_lazy("You wanted no reward for it. Our thanks stay."),
}


@dataclass(frozen=True)
class Standing:
    """An advocate's rewards as they stand.

    Attributes:
        said: whole sentences for each introduction, by the referral's key.
        payee_for: the kind of a due reward that cannot go out yet, since we do not know where to; empty for none.
        any_due: whether a reward is due to them.
    """

    said: Mapping[int, tuple[str, ...]]
    payee_for: str
    any_due: bool


def standing(advocate: Advocate, now: datetime) -> Standing:
    """What is said, in the language in force; a constant number of queries."""
    won = advocate.referrals.filter(state__in=_OF_INTEREST)
    referrals = list(won.select_related("advocate", "deal", "programme", "rule").order_by("pk"))
    if not referrals:
        return Standing({}, "", any_due=False)
    rewards = _rewards(referrals)
    known, because, payouts = known_about(referrals), _forfeited_for(referrals), _payouts(rewards.values())
    said = {
        one.pk: tuple(_sentences(one, rewards.get(one.pk), known, because.get(one.pk, ""), payouts, now))
        for one in referrals
    }
    due = [one for one in rewards.values() if one.status == RewardStatus.DUE and one.amount_minor > 0]
    payee = opened(advocate.payee) if due else None
    lacking = next((str(one.kind) for one in due if missing(payee, one.kind)), "")
    return Standing(said, lacking, any_due=bool(due))


def _rewards(referrals: Sequence[Referral]) -> dict[int, Reward]:
    """The last one of each."""
    found = Reward.objects.filter(referral__in=[one.pk for one in referrals])
    return {one.referral_id: one for one in found.select_related("rule", "programme").order_by("round", "pk")}


def _payouts(rewards: Iterable[Reward]) -> dict[int, Payout]:
    given = Payout.objects.filter(reward__in=[one.pk for one in rewards], status=PayoutStatus.PAID).order_by("pk")
    return {one.reward_id: one for one in given if one.reward_id is not None}


def _forfeited_for(referrals: Sequence[Referral]) -> dict[int, str]:
    """Why, by the referral's key."""
    pks = [one.pk for one in referrals if one.state == State.FORFEITED]
    moves = Move.objects.filter(referral__in=pks, to_state=State.FORFEITED).order_by("referral", "number")
    return dict(moves.values_list("referral", "reason"))


def _sentences(
    referral: Referral, reward: Reward | None, known: Known, because: str, payouts: Mapping[int, Payout], now: datetime
) -> Iterable[str]:
    if referral.programme is None:
        return
    if referral.state == State.WON and reward is not None and not reward.amount_minor:
        yield _("There is no reward for it this time.")
        yield from explained(reward)
    elif referral.state == State.WON:
        yield from _before(referral, known, now)
    elif referral.state == State.REWARD_DUE and reward is not None:
        yield _("Your reward: %(what)s.") % {"what": worth(reward)}
        yield from explained(reward)
        yield from _gate(referral, known, now) or [_next(referral, reward)]
    elif referral.state == State.PAID and reward is not None:
        yield from _given(reward, payouts.get(reward.pk))
    elif referral.state == State.FORFEITED:
        yield str(_FORFEITED.get(because, _("There is no reward for it any more. Our thanks stay.")))
    elif referral.state == State.CLAWED_BACK:
        yield _("The reward is set against your next one. Nothing is asked of you now.")


def _next(referral: Referral, reward: Reward) -> str:
    if missing(opened(referral.advocate.payee), reward.kind):
        return _("Next: tell us where it should go.")
    return _("Next: a person here approves it, then it is on its way.")


def _before(referral: Referral, known: Known, now: datetime) -> Iterable[str]:
    """It is won, and nothing is due yet: what stands in the way, else when."""
    if not known.rules.get(referral.programme_id or 0) or referral.advocate.wants == gift.NONE:
        return
    if reasons := _gate(referral, known, now):
        yield from reasons
    elif referral.pk in known.flags:
        yield _("Next: a person here looks at it before your reward is due.")
    elif ready := ready_on(referral):
        if ready > local_day(now):
            yield _("Next: your reward, due on %(day)s.") % {"day": show_day(ready)}
        else:
            yield _("Next: your reward; it is being worked out.")
    else:
        yield _("Next: your reward, once their first payment has reached us and the days of waiting are over.")


def _gate(referral: Referral, known: Known, now: datetime) -> list[str]:
    """Why nothing may be given now, the weightiest reason only; what is asked above the list is not asked again."""
    case = case_of(referral, known, local_day(now))
    codes = [code for code in gift.why_no_reward(case) if code not in _ASKED_ABOVE]
    return [gift.words(code, case, for_them=True) for code in codes[:1]]


def _given(reward: Reward, payout: Payout | None) -> Iterable[str]:
    if payout is not None and payout.paid_at is not None:
        words = {"what": worth(reward), "day": show_day(local_day(payout.paid_at))}
        yield _("Your reward was given on %(day)s: %(what)s.") % words
        if payout.netted_minor:
            yield _("%(amount)s of it made up for a reward that was taken back before.") % {
                "amount": exactly(payout.netted_minor, payout.currency)
            }
    else:
        yield _("Your reward was given: %(what)s.") % {"what": worth(reward)}
    yield from explained(reward)


def worth(reward: Reward) -> str:
    """What it is and what it is worth: "a hamper from our region, worth €50"."""
    said = {"what": called(reward), "amount": exactly(reward.amount_minor, reward.currency)}
    return _("%(what)s, worth %(amount)s") % said


def called(reward: Reward) -> str:
    """The company's own word for it, else the kind's."""
    french = (get_language() or "").startswith("fr")
    label = reward.rule.label_fr if french else reward.rule.label_en
    kind = kind_words(reward.kind)
    return label or kind[:1].lower() + kind[1:]


def kind_words(kind: str) -> str:
    """A kind of reward as whoever receives it reads it."""
    return _("Credit for your company") if kind == RewardKind.CREDIT else str(RewardKind(kind).label)


def explained(reward: Reward) -> Iterable[str]:
    """How it was worked out where that is not plain: a share, and each limit that cut it."""
    if reward.rule.basis == Basis.SHARE:
        yield _("It is %(share)s of the amount of the deal, rounded once.") % {
            "share": share(reward.rule.basis_points or 0)
        }
    for clamp in reward.clamps:
        yield _clamped(clamp, reward.programme, reward.currency)


def _clamped(clamp: Mapping[str, object], programme: Programme, currency: str) -> str:
    name, taken = str(clamp.get("cap", "")), int(str(clamp.get("taken_minor", 0)))
    cap = getattr(programme, _CAPS.get(name, ""), None)
    if name not in _CLAMPS or cap is None:
        return _("%(taken)s less than the rule gives: a limit was reached.") % {"taken": exactly(taken, currency)}
    return str(_CLAMPS[name]) % {"taken": exactly(taken, currency), "cap": exactly(cap, currency)}
