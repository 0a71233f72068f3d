"""The history of a referral in words: who moved it, when, why, and what shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rebond.deals.models import Outcome
from rebond.refer.duplicates import WORDS as KNOWN
from rebond.refer.models import AskMoment, Mode, Move, Referral, State

#: Why, where a code says it; what people type is shown as they typed it.
_REASONS: dict[str, str | Promise] = {
    "own_page": gettext_lazy("on their own page"),
    "named_too": gettext_lazy("named in the same talk"),
    "after_30_days": gettext_lazy("30 days without an answer"),
    "after_60_days": gettext_lazy("60 days without an introduction"),
    "reopened": gettext_lazy("the deal is open again"),
    "refunded": gettext_lazy("cancelled or refunded"),
    "fraud": gettext_lazy("a doubt turned out to be right"),
    "erased": gettext_lazy("their record was erased"),
    "void": gettext_lazy("it does not count any more"),
    "refused": gettext_lazy("their employer does not allow it"),
    "unclaimed": gettext_lazy("nobody claimed it in time"),
    "unwanted": gettext_lazy("they want no reward"),
    **{one.value: one.label for choices in (AskMoment, Mode, Outcome) for one in choices},
}
#: What an evidence id points to.
_EVIDENCE: dict[str, str | Promise] = {
    "deals.touch": pgettext_lazy("evidence", "a contact in the timeline"),
    "deals.closeevent": pgettext_lazy("evidence", "the end of the deal"),
    "deals.reopenevent": pgettext_lazy("evidence", "the reopening of the deal"),
    "deals.deal": pgettext_lazy("evidence", "the deal"),
    "mail.message": pgettext_lazy("evidence", "our mail"),
    "mail.received": pgettext_lazy("evidence", "their mail"),
    "refer.reward": pgettext_lazy("evidence", "the reward"),
    "refer.payout": pgettext_lazy("evidence", "the payout"),
    "refer.advocate": pgettext_lazy("evidence", "their own page"),
    "refer.riskflag": pgettext_lazy("evidence", "the doubt that was settled"),
    "refer.referral": pgettext_lazy("evidence", "the earlier introduction"),
    "refer.referralask": pgettext_lazy("evidence", "the ask"),
    "refer.referral_ask": pgettext_lazy("evidence", "the ask"),
}
_ICONS: dict[str, str] = {
    State.ASKED: "message-question", State.AGREED: "check", State.DECLINED: "hand-stop", State.NO_ANSWER: "clock-pause",
    State.LAPSED: "clock-pause", State.INTRODUCED: "users-plus", State.QUALIFIED: "messages",
    State.DISQUALIFIED: "x", State.DUPLICATE: "git-merge", State.WON: "trophy", State.LOST: "door-exit",
    State.REWARD_DUE: "gift", State.PAID: "gift", State.FORFEITED: "x", State.CLAWED_BACK: "arrow-back-up",
    State.VOID: "x",
}  # fmt: skip
_ID = re.compile(r"([a-z_]+\.[a-z_]+):([0-9]{1,18})")
_CODE = re.compile(r"[a-z_]+")


@dataclass(frozen=True)
class Line:
    """One move: what it led to, who and when, why, and what shows it, with its address where it has one."""

    move: Move
    icon: str
    state: str
    by: str
    at: datetime
    reason: str
    evidence: str
    url: str
    thanked: bool


def history(referral: Referral) -> list[Line]:
    """Every move, the newest first; one query."""
    return [_line(move) for move in _moves(referral)]


def _moves(referral: Referral) -> QuerySet[Move]:
    return Move.objects.filter(referral=referral).select_related("by", "thanks").order_by("-number")


def _line(move: Move) -> Line:
    words, url = evidence_in_words(move.evidence)
    state, why = str(State(move.to_state).label), _why(move)
    return Line(
        move, _ICONS.get(move.to_state, "dots"), state, move.by.name if move.by else _("by itself"), move.at,
        "" if why.casefold() == state.casefold() else why, words, url,
        bool(getattr(move, "thanks", None) and move.thanks.channel),
    )  # fmt: skip


def _why(move: Move) -> str:
    if move.to_state == State.DUPLICATE and move.reason in KNOWN:
        return str(KNOWN[move.reason])
    return reason_in_words(move.reason)


def reason_in_words(reason: str) -> str:
    """A known code in words, what somebody typed as it is, nothing for a code nobody translated.

    >>> str(reason_in_words("named_too")), reason_in_words("She knows the whole branch"), reason_in_words("xy_z")
    ('named in the same talk', 'She knows the whole branch', '')
    """
    known = _REASONS.get(reason)
    if known is not None:
        return str(known)
    return "" if _CODE.fullmatch(reason) and "_" in reason else reason


def evidence_in_words(evidence: str) -> tuple[str, str]:
    """What shows a move, and its address; an id of something unknown and a person's own words stay as they are."""
    found = _ID.fullmatch(evidence.lower())
    if found is None:
        return evidence, ""
    kind, pk = found[1], found[2]
    return str(_EVIDENCE.get(kind, evidence)), _address(kind, pk)


def _address(kind: str, pk: str) -> str:
    name = {"deals.deal": "loop:deal", "refer.referral": "refer:referral"}.get(kind)
    return reverse(name, args=[pk]) if name else ""
