"""The one way a referral changes its state: the row is locked, the move is kept for ever, and what follows is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.text import clean
from rebond.refer import guards, moved
from rebond.refer.actions.turns import wait_turn
from rebond.refer.duplicates import Known, keys_of, known_already
from rebond.refer.models import Move, Referral, RewardRule, State
from rebond.refer.queries.programme import in_force, is_open

#: Columns that may be set with a move; where it stands, and since when, follow from the move itself.
SETTABLE = frozenset(field.name for field in Referral._meta.concrete_fields) - {
    "id", "advocate", "state", "state_at", "created_at",
}  # fmt: skip
#: States at which somebody looks anew for what raises a doubt.
LOOKED_AT = frozenset({State.AGREED, State.INTRODUCED, State.QUALIFIED, State.WON})
#: Where money may have been promised or given.
WITH_MONEY = frozenset({State.REWARD_DUE, State.PAID})


@transaction.atomic
def move(
    *, referral: Referral, to: str, actor: User | None, now: datetime, reason: str = "", evidence: str = "",
    **fields: Any,
) -> Referral:  # fmt: skip
    """Moves a referral, and gives the same object back as it is stored now.

    What follows by itself: ``agreed`` pins the programme in force; ``introduced`` of somebody who was known already
    goes on to ``duplicate``; ``void`` first takes back a reward; the advocate's notice is planned; doubts are looked
    for.

    Args:
        to: the new state.
        reason: a code or a sentence; evidence: an id that proves it (``deals.touch:12``).
        fields: columns of the referral to set with the move (``mode``, ``deal``, ``payment_on`` ...).

    Raises:
        Conflict: ``illegal_move`` (where it stands, what may follow), ``deal_taken``, ``deal_disagrees``,
            ``flag_open``.
        RebondError: ``nobody_named``, ``mode_missing``, ``deal_missing``.
        ValueError: no such column.
    """
    if to == State.VOID:
        _money_back(referral, actor, now)
    if to == State.INTRODUCED:
        wait_turn(keys_of(referral))
    mine = Referral.objects.select_for_update(of=("self",), no_key=True).get(pk=referral.pk)
    _set(mine, fields)
    guards.check(mine, to)
    known = known_already(mine, now) if to == State.INTRODUCED else None
    made = _store(mine, to, actor, now, reason, evidence)
    if known is not None:
        _duplicate(mine, known, now)
    else:
        _tell(made, mine, now)
    _follow(referral, mine)
    return referral


@transaction.atomic
def begin(
    *, made: Referral, to: str, actor: User | None, now: datetime, reason: str = "", evidence: str = ""
) -> Referral:
    """Stores a new referral with its first move: ``asked``, or ``agreed`` where it began with a name."""
    made.state, made.created_at = "", now
    guards.check(made, to)
    first = _store(made, to, actor, now, reason, evidence)
    _tell(first, made, now)
    return made


def _store(mine: Referral, to: str, actor: User | None, now: datetime, reason: str, evidence: str) -> Move:
    if to == State.AGREED:
        _pin(mine, now)
    if to == State.DUPLICATE:
        mine.duplicate_because = mine.duplicate_because or "by_hand"
    before, mine.state, mine.state_at = mine.state, to, now
    _save(mine)
    last = mine.moves.aggregate(last=Max("number"))["last"] or 0
    made = Move.objects.create(
        referral=mine, number=last + 1, from_state=before, to_state=to, at=now, by=actor, reason=clean(reason, 200),
        evidence=clean(evidence, 80),
    )  # fmt: skip
    record(verb="refer.move", subject=mine, actor=actor, at=now, before=before, to=to, move=made.pk)
    return made


def _save(mine: Referral) -> None:
    """Two who link one deal at once: the database lets one of them."""
    try:
        with transaction.atomic():
            mine.save()
    except IntegrityError as error:
        if "deal" in str(error):
            raise guards.deal_taken() from error
        raise


def _pin(mine: Referral, now: datetime) -> None:
    """The version the advocate agreed to, and the reward they chose of it; none while the programme is closed."""
    today = local_day(now)
    if mine.programme_id is None and is_open(today):
        mine.programme = in_force(today)
    if mine.rule_id is None and mine.programme is not None and mine.advocate.wants:
        chosen = RewardRule.objects.filter(programme=mine.programme, kind=mine.advocate.wants)
        mine.rule = chosen.order_by("position", "pk").first()


def _set(mine: Referral, fields: dict[str, Any]) -> None:
    if unknown := set(fields) - SETTABLE:
        raise ValueError(f"not set by a move: {sorted(unknown)}")
    for name, value in fields.items():
        setattr(mine, name, value)


def _follow(given: Referral, stored: Referral) -> None:
    """The caller's object shows what is stored, without reading it again."""
    for field in Referral._meta.concrete_fields:
        setattr(given, field.attname, getattr(stored, field.attname))


def _duplicate(mine: Referral, known: Known, now: datetime) -> None:
    """Nobody decides this: the first valid registration stands, the other says why it does not."""
    move(
        referral=mine, to=State.DUPLICATE, actor=None, now=now, reason=known.code, evidence=known.evidence,
        duplicate_of=known.earlier, duplicate_because=known.code,
    )  # fmt: skip


def _money_back(referral: Referral, actor: User | None, now: datetime) -> None:
    """Fraud, or an erasure: what was promised is reversed, what was given is claimed back inside the window."""
    from rebond.refer.actions.rewards import take_back  # it moves referrals itself

    if Referral.objects.filter(pk=referral.pk, state__in=WITH_MONEY).exists():
        take_back(referral=referral, because="void", actor=actor, now=now)


def _tell(made: Move, mine: Referral, now: datetime) -> None:
    """The advocate's notice, and a look at what raises a doubt; both rooms move referrals themselves."""
    from rebond.refer.letters import notices

    if made.to_state in LOOKED_AT:
        look_for_doubts(mine, now)
    notices.after(made, now)
    moved.tell(made, now)


def look_for_doubts(referral: Referral, now: datetime) -> None:
    """Whatever makes it look like one's own is flagged, once somebody is named; a person decides."""
    from rebond.refer.actions import flags  # it moves referrals itself

    if referral.name:
        flags.look(referral=referral, now=now)
