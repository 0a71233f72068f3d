"""What each move of a referral needs besides being legal; every refusal says what to do."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import CloseEvent, Outcome
from rebond.refer.models import Mode, Referral, RewardStatus, State
from rebond.refer.states import WITH_DEAL, is_legal, next_states

#: Ends of a deal that say nothing about it: its referral stays in conversation.
UNDECIDED = frozenset({Outcome.OPEN, Outcome.UNKNOWN})


#: States that a reward brings about, and how the reward then stands.
REWARDED: Mapping[str, frozenset[str]] = {
    State.REWARD_DUE: frozenset({RewardStatus.DUE}),
    State.PAID: frozenset({RewardStatus.PAID}),
    State.FORFEITED: frozenset({RewardStatus.FORFEITED, RewardStatus.REVERSED}),
    State.CLAWED_BACK: frozenset({RewardStatus.CLAWED_BACK}),
}


def check(referral: Referral, to: str) -> None:
    """Whether a referral, as it would be stored, may move there.

    Raises:
        Conflict: ``illegal_move``, ``deal_taken``, ``deal_disagrees``, ``flag_open``, ``reward_disagrees``.
        RebondError: ``nobody_named``, ``mode_missing``, ``deal_missing``.
    """
    check_legal(referral, to)
    if to == State.INTRODUCED:
        _introduced(referral)
    elif to == State.QUALIFIED:
        _qualified(referral)
    elif to in (State.WON, State.LOST):
        _ended(referral, to)
    elif to in REWARDED:
        _rewarded(referral, to)


def check_legal(referral: Referral, to: str) -> None:
    """``Conflict`` ``illegal_move`` where the table has no such move: where it stands, and what may follow."""
    if not is_legal(referral.state, to):
        raise Conflict(_illegal(referral.state, to), code="illegal_move", state=referral.state, to=to[:40])


def _illegal(before: str, to: str) -> str:
    names = dict(State.choices)
    words = {"before": names.get(before, _("not begun")), "to": names.get(to, to[:40])}
    follows = next_states(before)
    if not follows:
        return (
            _("“%(before)s” is the end of this introduction: it cannot become “%(to)s”. Nothing was changed.") % words
        )
    return _(
        "This introduction is at “%(before)s”: it cannot become “%(to)s”. Nothing was changed. "
        "What may follow: %(next)s."
    ) % (words | {"next": ", ".join(str(names[state]) for state in follows)})


def _introduced(referral: Referral) -> None:
    if not referral.name and not referral.company_name:
        raise RebondError(
            _("Nobody is named yet. Nothing was changed. Enter who is introduced first."), code="nobody_named"
        )
    if referral.mode not in Mode.values:
        raise RebondError(
            _("How were they introduced? Nothing was changed. Choose one: %(modes)s.")
            % {"modes": ", ".join(str(label) for label in Mode.labels)},
            code="mode_missing",
            choices=list(Mode.values),
        )


def _qualified(referral: Referral) -> None:
    if referral.deal_id is None:
        raise RebondError(
            _("An introduction is in conversation once it has a deal. Nothing was changed. Open one, or link one."),
            code="deal_missing",
        )
    if end_stands(referral):
        raise Conflict(
            _("An introduction is in conversation again when its deal is opened again. Nothing was changed."),
            code="deal_disagrees",
        )
    if Referral.objects.filter(deal=referral.deal_id, state__in=WITH_DEAL).exclude(pk=referral.pk).exists():
        raise deal_taken()


def deal_taken() -> Conflict:
    """A deal has at most one referral that may be rewarded."""
    return Conflict(
        _("Another introduction leads to this deal already. Nothing was changed. A deal belongs to one introduction."),
        code="deal_taken",
    )


def _ended(referral: Referral, to: str) -> None:
    """A referral is won or lost by its deal, never by hand."""
    outcome = referral.deal.outcome if referral.deal else Outcome.OPEN
    agrees = outcome == Outcome.WON if to == State.WON else outcome not in (*UNDECIDED, Outcome.WON)
    if not agrees:
        raise Conflict(
            _("An introduction is won or lost with its deal. Nothing was changed. Close the deal, and it follows."),
            code="deal_disagrees",
        )


def end_stands(referral: Referral) -> bool:
    """Whether the end of the deal that the referral followed last is still how its deal stands."""
    deal = referral.deal
    if deal is None or deal.outcome in UNDECIDED:
        return False
    event = deal.close_events.order_by("-recorded_at", "-pk").first()
    return event is not None and followed(referral) == evidence_of(event)


def evidence_of(event: CloseEvent) -> str:
    """How a move names the end that it follows."""
    return f"deals.closeevent:{event.pk}"


def followed(referral: Referral) -> str:
    """The end that the referral followed last; empty where it is in conversation, or never got there."""
    ends = referral.moves.filter(to_state__in=(State.QUALIFIED, State.WON, State.LOST)).order_by("-number").first()
    return ends.evidence if ends and ends.to_state != State.QUALIFIED else ""


def _rewarded(referral: Referral, to: str) -> None:
    """A reward is due, given, forfeited or taken back by what was booked, never by hand."""
    if to == State.REWARD_DUE and referral.flags.filter(verdict="").exists():
        raise Conflict(
            _("A doubt about this introduction is open. Nothing was changed. Somebody who leads settles it first."),
            code="flag_open",
        )
    if not referral.rewards.filter(status__in=REWARDED[to]).exists():
        raise Conflict(
            _("What became of the reward follows from what was booked. Nothing was changed. See the rewards."),
            code="reward_disagrees",
        )
