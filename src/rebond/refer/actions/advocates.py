"""Advocates themselves: who is one, their link, what their employer allows, which reward they chose, when they stop.

What an advocate does on their own page has no ``actor``: they are nobody of ours.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import RebondError
from rebond.deals.models import Person
from rebond.mail.actions import suppress
from rebond.mail.models import Scope, Why
from rebond.mail.queries import suppressed
from rebond.refer import gift
from rebond.refer.actions.flags import look_at_all
from rebond.refer.models import Advocate, Allows, Referral, RewardRule, State
from rebond.refer.own_page.links import OPEN_FOR, link_of
from rebond.refer.own_page.offers import offered
from rebond.refer.payee import Payee, marks, seal
from rebond.refer.tokens import digest_of, new_nonce, token_of

#: What an advocate may choose instead of a reward.
NONE = gift.NONE
#: Changes one advocate may make on their page in a day; far more than anybody needs.
CHANGES_A_DAY = 40
#: Introductions one advocate may write down on their page in a day.
NAMES_A_DAY = 10
#: In the log: a name on their page was refused for what we know of it; not whose.
NOT_NAMED = "refer.not_named"
#: Referrals whose reward is still to come, so that a choice made now counts for them.
_TO_COME = (
    State.ASKED, State.AGREED, State.INTRODUCED, State.QUALIFIED, State.WON, State.LOST, State.NO_ANSWER, State.LAPSED,
)  # fmt: skip
#: Those of them that may be on their way to a reward in this very moment.
_REWARDED_NEXT = (State.INTRODUCED, State.QUALIFIED, State.WON, State.LOST)


@transaction.atomic
def advocate_of(*, person: Person, owner: User | None, actor: User | None, now: datetime) -> Advocate:
    """The advocate that ``person`` is; made, with a link of their own, when they were none yet."""
    standing = Advocate.objects.select_related("person").filter(person=person)
    if found := standing.first():
        return found
    nonce = new_nonce()
    made = Advocate(
        person=person, owner=owner, team=owner.team if owner else None, language=person.language, since=now,
        nonce=nonce, token_digest=digest_of(token_of(nonce)), link_until=now + OPEN_FOR,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return standing.get()  # somebody else made them one at the same moment
    record(verb="refer.advocate", subject=made, actor=actor, at=now)
    return made


@transaction.atomic
def new_link(*, advocate: Advocate, actor: User | None, now: datetime) -> str:
    """Their link for a year from now: the same one renewed, so that what stands in their mails goes on to work; a new
    one where it was taken back. Returns the address."""
    locked = _locked(advocate)
    made_new = not locked.nonce
    if made_new:
        locked.nonce = new_nonce()
        locked.token_digest = digest_of(token_of(locked.nonce))
    locked.link_until = now + OPEN_FOR
    _keep(advocate, locked, "nonce", "token_digest", "link_until")
    record(verb="refer.new_link", subject=locked, actor=actor, at=now, made_new=made_new)
    return link_of(locked)


@transaction.atomic
def revoke_link(*, advocate: Advocate, actor: User | None, now: datetime) -> None:
    """The link opens nothing any more, and never will again; ``new_link`` makes another."""
    locked = _locked(advocate)
    if not locked.nonce:
        return
    locked.nonce, locked.token_digest, locked.link_until = "", None, None
    _keep(advocate, locked, "nonce", "token_digest", "link_until")
    record(verb="refer.revoke_link", subject=locked, actor=actor, at=now)


@transaction.atomic
def say_permission(*, advocate: Advocate, allows: str, actor: User | None, now: datetime) -> Advocate:
    """What the advocate's employer says about rewards, as they say it themselves or told one of us.

    Raises:
        RebondError: ``choose_one`` for what is none of the answers; ``too_many_changes``.
    """
    if allows not in Allows.values or allows == Allows.UNKNOWN:
        raise RebondError(_("Choose one of the answers. Nothing was changed yet."), code="choose_one")
    locked = _locked_last(advocate)
    if locked.allows != allows:
        _check_pace(locked, actor, now)
        locked.allows, locked.allowed_at = Allows(allows), now
        _keep(advocate, locked, "allows", "allowed_at")
        record(verb="refer.permission", subject=locked, actor=actor, at=now, allows=str(allows))
    return advocate


@transaction.atomic
def choose_reward(*, advocate: Advocate, wants: str, actor: User | None, now: datetime) -> Advocate:
    """Which of the rewards on offer they want, or ``none``. It counts for every introduction whose reward is to come,
    each under the version its advocate agreed to.

    Raises:
        RebondError: ``choose_one`` for what is not on offer to them; ``employer_refuses`` for what their employer,
            office or profession does not let them have; ``too_many_changes``.
    """
    kinds = frozenset(str(rule.kind) for rule in offered(advocate, now))
    if wants not in {*kinds, NONE}:
        raise RebondError(_("Choose one of the rewards on offer. Nothing was changed yet."), code="choose_one")
    locked = _locked_last(advocate)
    if locked.allows != Allows.UNKNOWN and wants not in gift.may_choose(locked.allows, kinds):
        raise RebondError(
            _("With what you told us about your employer, this reward is not possible. Nothing was changed yet: choose "
              "another one, or none."),
            code="employer_refuses",
        )  # fmt: skip
    if locked.wants != wants:
        _check_pace(locked, actor, now)
        locked.wants = wants
        _keep(advocate, locked, "wants")
        record(verb="refer.choose_reward", subject=locked, actor=actor, at=now, wants=wants)
    _pin(locked)
    return advocate


@transaction.atomic
def save_payee(*, advocate: Advocate, payee: Payee, actor: User | None, now: datetime) -> Advocate:
    """What a payout needs, kept encrypted; beside it only fingerprints, by which two advocates with one bank account
    are noticed.

    Raises:
        RebondError: ``too_many_changes``.
    """
    locked = _locked(advocate)
    _check_pace(locked, actor, now)
    locked.payee, locked.payee_marks, locked.payee_at = seal(payee), marks(payee), now
    _keep(advocate, locked, "payee", "payee_marks", "payee_at")
    record(verb="refer.payee", subject=locked, actor=actor, at=now)
    look_at_all(advocate=locked, now=now)  # two with one account raise a doubt, which a person settles
    return advocate


@transaction.atomic
def stop(*, advocate: Advocate, scope: str, now: datetime) -> None:
    """No more questions about introductions, or no mail at all; twice is once.

    Raises:
        RebondError: ``choose_one``.
    """
    if scope not in (Scope.REFERRAL, Scope.ALL):
        raise RebondError(_("Choose one of the two. Nothing was changed yet."), code="choose_one")
    address = advocate.person.email if advocate.person else ""
    if not address or suppressed({address}, scope):
        return  # said before, or there is nowhere to write to
    suppress(
        address=address, scope=scope, why=Why.ASKED, source=f"refer.advocate:{advocate.pk}", actor=None, now=now
    )  # fmt: skip
    record(verb="refer.stop", subject=advocate, actor=None, at=now, scope=str(scope))


@transaction.atomic
def seen(*, advocate: Advocate, language: str, now: datetime) -> None:
    """They did something on their page: a person was there, and read it in this language. Looking stores nothing."""
    advocate.seen_at, advocate.language = now, language
    Advocate.objects.filter(pk=advocate.pk).update(seen_at=now, language=language)


def check_names(advocate: Advocate, now: datetime) -> None:
    """Raises ``too_many_names`` (429) once ``NAMES_A_DAY`` were written down, or refused for what we know of them,
    within a day."""
    since = now - timedelta(days=1)
    lately = Referral.objects.filter(advocate=advocate, created_at__gt=since).count()
    refused = AuditEntry.objects.filter(
        subject_type="refer.advocate", subject_id=str(advocate.pk), verb=NOT_NAMED, at__gt=since
    )
    if lately + refused.count() >= NAMES_A_DAY:
        raise RebondError(
            _("You introduced many people today, thank you. This one is not stored yet: come back tomorrow, please."),
            code="too_many_names", status=429,
        )  # fmt: skip


def _check_pace(advocate: Advocate, actor: User | None, now: datetime) -> None:
    """A link is a key without a lock that counts: whoever holds it cannot fill the log with it."""
    if actor is not None:
        return
    mine = AuditEntry.objects.filter(subject_type="refer.advocate", subject_id=str(advocate.pk), actor=None)
    if mine.filter(at__gt=now - timedelta(days=1)).count() >= CHANGES_A_DAY:
        raise RebondError(
            _("This was changed many times today. It stays as it was saved last; come back tomorrow, please."),
            code="too_many_changes", status=429,
        )  # fmt: skip


def _locked(advocate: Advocate) -> Advocate:
    """The advocate as they are now; two at once come one after the other."""
    return Advocate.objects.select_for_update(no_key=True).get(pk=advocate.pk)


def _locked_last(advocate: Advocate) -> Advocate:
    """The introductions that a reward may come of, then their advocate: the order in which rewards lock them, so that
    a choice made in the moment a reward comes due never ends in a deadlock. Earlier ones wait their turn after the
    advocate, as where somebody is named."""
    ahead = Referral.objects.select_for_update(no_key=True).filter(advocate=advocate, state__in=_REWARDED_NEXT)
    list(ahead.order_by("pk").values_list("pk", flat=True))
    return _locked(advocate)


def _keep(advocate: Advocate, locked: Advocate, *fields: str) -> None:
    """Saves, and lets the caller's own copy know."""
    locked.save(update_fields=list(fields))
    for field in fields:
        setattr(advocate, field, getattr(locked, field))


def _pin(advocate: Advocate) -> None:
    """Their choice for each referral whose reward is to come: a rule of the version it is pinned to, or none."""
    to_come = Referral.objects.filter(advocate=advocate, state__in=_TO_COME).exclude(programme=None).order_by("pk")
    versions = set(to_come.values_list("programme_id", flat=True))
    chosen = {
        rule.programme_id: rule
        for rule in RewardRule.objects.filter(programme__in=versions, kind=advocate.wants).order_by("-position", "-pk")
    }
    for version in versions:
        to_come.filter(programme=version).update(rule=chosen.get(version))
