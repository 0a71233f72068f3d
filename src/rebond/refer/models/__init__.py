"""The tables of practice 2: programmes and their rewards, advocates and asks, referrals and their history, payouts."""

from rebond.refer.models.asking import Advocate, Allows, AskExclusion, AskMoment, AskStatus, ReferralAsk
from rebond.refer.models.programme import Basis, HoldFrom, Programme, RewardKind, RewardRule, TaxThreshold
from rebond.refer.models.referrals import Mode, Move, Referral, RiskFlag, State, Thanks, Verdict
from rebond.refer.models.rewards import Approval, Payout, PayoutRun, PayoutStatus, Reward, RewardStatus

__all__ = [
    "Advocate", "Allows", "Approval", "AskExclusion", "AskMoment", "AskStatus", "Basis", "HoldFrom", "Mode", "Move",
    "Payout", "PayoutRun", "PayoutStatus", "Programme", "Referral", "ReferralAsk", "Reward", "RewardKind", "RewardRule",
    "RewardStatus", "RiskFlag", "State", "TaxThreshold", "Thanks", "Verdict",
]  # fmt: skip
