"""The only way from what a person typed to an ask, an advocate, a referral, a reward.

Absent and forbidden look the same.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, NotFound
from rebond.refer.models import Advocate, Payout, Referral, ReferralAsk, Reward, RiskFlag
from rebond.refer.risks import one_mailbox
from rebond.refer.tokens import digest_of


def _mine(user: User) -> Q:
    """One's own, and one's team's."""
    mine = Q(owner=user)
    return mine | Q(team=user.team_id) if user.team_id else mine


def may_write(user: User, owner_id: int | None) -> bool:
    """The person in charge, and who leads (of the same team, or everybody's administrator)."""
    return owner_id == user.pk or user.is_lead


def referrals_for(user: User | None) -> QuerySet[Referral]:
    """One's own and one's team's; an administrator all. ``None`` is the program itself and sees all."""
    found = Referral.objects.select_related("advocate__person__company", "owner", "deal", "programme", "rule")
    return found if user is None or user.is_admin else found.filter(_mine(user))


def get_referral(user: User | None, pk: int, *, to_write: bool = False) -> Referral:
    """A team sees its own; the person in charge writes, and who leads them. ``NotFound``, ``NotAllowed``."""
    found = referrals_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if to_write and user is not None and not may_write(user, found.owner_id):
        raise NotAllowed
    return found


def advocates_for(user: User | None) -> QuerySet[Advocate]:
    """One's own and one's team's, and those an ask or a referral of one's own team names; an administrator all."""
    found = Advocate.objects.select_related("person__company", "owner", "team")
    if user is None or user.is_admin:
        return found
    asked = ReferralAsk.objects.filter(_mine(user), person__isnull=False).values("person")
    named = Referral.objects.filter(_mine(user)).values("advocate")
    return found.filter(_mine(user) | Q(person__in=asked) | Q(pk__in=named))


def get_advocate(user: User | None, pk: int, *, to_write: bool = False) -> Advocate:
    """An advocate one may see; the person in charge writes, and who leads; one that is nobody's is everybody's."""
    found = advocates_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if to_write and user is not None and not may_look_after(user, found):
        raise NotAllowed
    return found


def may_look_after(user: User, advocate: Advocate) -> bool:
    """The person in charge, and who leads that team; one that is nobody's is everybody's. Another team may see an
    advocate whom it asked too; their link, their answers and what they owe are not its own."""
    if advocate.owner_id in (None, user.pk) or user.is_admin:
        return True
    return user.is_lead and user.team_id is not None and advocate.team_id == user.team_id


def is_own(advocate: Advocate, user: User) -> bool:
    """Whether the advocate is this very user, by their mailbox: nobody decides about their own reward."""
    theirs, mine = advocate.person.email if advocate.person else "", user.email or ""
    return bool(theirs and mine) and one_mailbox(theirs) == one_mailbox(mine)


def get_linked_advocate(token: str) -> Advocate:
    """The advocate a personal link belongs to, also where its time is over (``own_page.links.check_open`` tells);
    guessed, truncated and revoked ones are simply not found, by the same one look-up and in the same words."""
    digest = digest_of(token)
    held = Advocate.objects.select_related("person__company", "owner")
    found = held.filter(token_digest=digest).first() if digest else None
    if found is None:
        raise NotFound
    return found


def asks_for(user: User | None) -> QuerySet[ReferralAsk]:
    """One's own and one's team's; an administrator all."""
    found = ReferralAsk.objects.select_related("person__company", "owner", "deal", "close_event")
    return found if user is None or user.is_admin else found.filter(_mine(user))


def get_ask(user: User | None, pk: int, *, to_write: bool = False) -> ReferralAsk:
    """A team sees its own; the person in charge writes, and who leads them."""
    found = asks_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if to_write and user is not None and not may_write(user, found.owner_id):
        raise NotAllowed
    return found


def get_flag(user: User, pk: int, *, to_write: bool = True) -> RiskFlag:
    """A doubt about a referral one may see; it is settled by who leads, since nobody judges their own."""
    flags = RiskFlag.objects.select_related("referral__advocate__person", "referral__owner")
    found = flags.filter(pk=pk, referral__in=referrals_for(user)).first()
    if found is None:
        raise NotFound
    if to_write and not user.is_lead:
        raise NotAllowed
    return found


def rewards_for(user: User) -> QuerySet[Reward]:
    """Rewards of the referrals one may see."""
    found = Reward.objects.select_related("referral__deal", "advocate__person", "rule", "programme")
    return found if user.is_admin else found.filter(referral__in=referrals_for(user))


def get_reward(user: User, pk: int, *, to_write: bool = False) -> Reward:
    """A reward of a referral one may see; who leads decides about it."""
    found = rewards_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if to_write and not user.is_lead:
        raise NotAllowed
    return found


def payouts_for(user: User) -> QuerySet[Payout]:
    """Payouts of the rewards one may see; write-offs of the advocates one may see."""
    found = Payout.objects.select_related("reward__referral__deal", "advocate__person")
    if user.is_admin:
        return found
    return found.filter(Q(reward__referral__in=referrals_for(user)) | Q(reward=None, advocate__in=advocates_for(user)))


def get_payout(user: User, pk: int, *, to_write: bool = True) -> Payout:
    """A payout of one's own team, for who leads; an administrator's are all."""
    found = payouts_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if to_write and not user.is_lead:
        raise NotAllowed
    return found
