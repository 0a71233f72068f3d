"""What a programme offers, as plain data: what the form fills in, what a command hands over, what is published.

``starter`` is "version 0": small, in kind or a donation, no money; nobody published it, it only fills the form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from rebond.refer.models import Basis, HoldFrom, Programme, RewardKind, RewardRule


@dataclass(frozen=True)
class Offered:
    """One reward to choose from.

    Attributes:
        amount_minor: with a fixed value, in the offer's currency; ``basis_points``: with a share,
            hundredths of a percent.
        label_en, label_fr: what it is, in the company's words; may be empty.
    """

    kind: str
    amount_minor: int | None = None
    basis_points: int | None = None
    label_en: str = ""
    label_fr: str = ""

    @property
    def basis(self) -> str:
        """Which of the two sizes it has."""
        return str(Basis.SHARE if self.basis_points is not None else Basis.FIXED)


@dataclass(frozen=True)
class Offer:
    """The rules of a programme, before they are a version; the attributes are those of ``Programme``."""

    currency: str
    rewards: tuple[Offered, ...] = ()
    name: str = ""
    is_open: bool = True
    starts_on: date | None = None
    ends_on: date | None = None
    per_referral_minor: int | None = None
    per_year_minor: int | None = None
    per_month_minor: int | None = None
    hold_days: int = 30
    hold_from: str = HoldFrom.PAYMENT
    clawback_days: int = 90
    two_above_minor: int | None = None
    own_deal_days: int = 90
    unclaimed_months: int = 12
    referrals_a_week: int = 5
    note_en: str = ""
    note_fr: str = ""
    has_cash: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_cash", any(reward.kind == RewardKind.CASH for reward in self.rewards))


#: The fields that an offer and a version share, by name.
FIELDS = (
    "currency", "name", "is_open", "starts_on", "ends_on", "per_referral_minor", "per_year_minor", "per_month_minor",
    "hold_days", "hold_from", "clawback_days", "two_above_minor", "own_deal_days", "unclaimed_months",
    "referrals_a_week", "note_en", "note_fr",
)  # fmt: skip


def starter(currency: str, scale: int) -> Offer:
    """Terms to begin with: a present or a donation worth 50, at most 150 a year for one person and 500 a month in all.

    A reward makes an introduction likelier and its size does not (Garnefeld et al. 2013; Ryu and Feick 2007), so it is
    small; money does harm where the brand is weak, so there is none.

    Args:
        scale: minor units in one unit of ``currency``: 100 for the euro, 1 for the yen.
    """
    rewards = (
        Offered(RewardKind.GIFT, 50 * scale, label_en="a hamper from our region", label_fr="un panier de notre région"),
        Offered(RewardKind.DONATION, 50 * scale, label_en="to a charity you choose",
                label_fr="à l’association de votre choix"),
    )  # fmt: skip
    return Offer(
        currency, rewards, per_referral_minor=50 * scale, per_year_minor=150 * scale, per_month_minor=500 * scale,
        two_above_minor=100 * scale,
    )  # fmt: skip


def offer_of(programme: Programme, rules: Sequence[RewardRule]) -> Offer:
    """A published version as an offer again: what the form for the next one begins with."""
    rewards = tuple(
        Offered(rule.kind, rule.amount_minor, rule.basis_points, rule.label_en, rule.label_fr) for rule in rules
    )
    return Offer(rewards=rewards, **{name: getattr(programme, name) for name in FIELDS})


def unsaved(offer: Offer, version: int = 0) -> tuple[Programme, list[RewardRule]]:
    """The offer as rows that are not in the database: for reading its terms before anybody publishes it."""
    programme = Programme(version=version, **{name: getattr(offer, name) for name in FIELDS})
    return programme, rules_for(offer, programme)


def rules_for(offer: Offer, programme: Programme) -> list[RewardRule]:
    """One row a reward, in their order; not saved."""
    return [
        RewardRule(
            programme=programme, kind=one.kind, basis=one.basis, amount_minor=one.amount_minor,
            basis_points=one.basis_points, label_en=one.label_en, label_fr=one.label_fr, position=place,
        )
        for place, one in enumerate(offer.rewards)
    ]  # fmt: skip
