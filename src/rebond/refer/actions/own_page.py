"""What an advocate does on their own page, each in one piece: all of it is stored, or none."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from rebond.accounts.audit import record
from rebond.base.errors import Conflict
from rebond.mail.actions import cancel_message
from rebond.refer.actions.advocates import NOT_NAMED, check_names, choose_reward, save_payee, say_permission, seen
from rebond.refer.actions.moving import move
from rebond.refer.actions.registering import OWN_PAGE, Named, name_someone
from rebond.refer.gift import NONE
from rebond.refer.models import Advocate, Allows, Mode, Referral, State
from rebond.refer.payee import Payee

#: Refusals that say what we know of somebody.
TELLING = frozenset({"customer", "suppressed"})


def introduce_someone(*, advocate: Advocate, named: Named, language: str, now: datetime) -> Referral:
    """They name somebody themselves. The same form sent twice is one introduction: the second waits for the first, and
    is told ``named_already``.

    Somebody who is refused for what we know of them counts as a name of the day, so that a link is no key to who is a
    customer of ours and who asked for silence; whom it was about is kept nowhere.

    Raises:
        RebondError: as ``name_someone``; ``too_many_names``.
    """
    try:
        return _introduce(advocate, named, language, now)
    except Conflict as refused:
        if refused.code in TELLING:
            record(verb=NOT_NAMED, subject=advocate, actor=None, at=now)
        raise


@transaction.atomic
def _introduce(advocate: Advocate, named: Named, language: str, now: datetime) -> Referral:
    locked = Advocate.objects.select_for_update(no_key=True).get(pk=advocate.pk)
    check_names(locked, now)
    seen(advocate=advocate, language=language, now=now)
    made = name_someone(advocate=locked, named=named, actor=None, now=now, reason=OWN_PAGE)
    _terms_shown(advocate, now)
    return made


@transaction.atomic
def say_forwarded(*, advocate: Advocate, referral: Referral, language: str, now: datetime) -> Referral:
    """They say that they have sent the text on: the referral is introduced. Said twice, or later, changes nothing."""
    locked = Referral.objects.select_for_update().get(pk=referral.pk)
    if locked.state != State.AGREED:
        return locked
    seen(advocate=advocate, language=language, now=now)
    if locked.message_key:  # a first mail of ours that waits is not needed any more
        cancel_message(key=locked.message_key, reason="introduced", actor=None, now=now)
    return move(
        referral=locked, to=State.INTRODUCED, actor=None, now=now, reason=OWN_PAGE, mode=Mode.FORWARD,
        evidence=f"refer.advocate:{advocate.pk}",
    )  # fmt: skip


@transaction.atomic
def answer_about_reward(*, advocate: Advocate, allows: str, wants: str, language: str, now: datetime) -> None:
    """What their employer says and which reward they want, together: the second hangs on the first.

    Args:
        allows: empty where they need not say, since they choose a donation, credit for their company, or nothing.

    Raises:
        RebondError: ``choose_one``, ``employer_refuses``, ``too_many_changes``.
    """
    if allows:
        say_permission(advocate=advocate, allows=allows, actor=None, now=now)
    barred = allows in (Allows.PUBLIC, Allows.REGULATED)
    choose_reward(advocate=advocate, wants=NONE if barred else wants, actor=None, now=now)
    _terms_shown(advocate, now)
    seen(advocate=advocate, language=language, now=now)


def _terms_shown(advocate: Advocate, now: datetime) -> None:
    """The form they sent stands beside the terms; looking at it stores nothing, so that sending it does."""
    Referral.objects.filter(advocate=advocate, terms_shown_at=None).exclude(programme=None).update(terms_shown_at=now)


@transaction.atomic
def say_payee(*, advocate: Advocate, payee: Payee, language: str, now: datetime) -> None:
    """Where their reward goes.

    Raises:
        RebondError: ``too_many_changes``.
    """
    save_payee(advocate=advocate, payee=payee, actor=None, now=now)
    seen(advocate=advocate, language=language, now=now)
