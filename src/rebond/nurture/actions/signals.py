"""Signs that somebody may be ready: noted once, and shown until the seller says what they found."""

from __future__ import annotations

from datetime import datetime
from textwrap import shorten

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.models import Deal, Person
from rebond.nurture.actions.rows import locked, rest, schedule
from rebond.nurture.doing import about_to
from rebond.nurture.models import Enrolment, Paused, Signal, SignalKind, Standing, Verdict
from rebond.nurture.queries.standing import with_open_deal

LONGEST_WORDS = 300


@transaction.atomic
def note_signal(*, person: Person, kind: str, ref: str, words: str = "", at: datetime, now: datetime) -> Signal | None:
    """Raises the person on Today of whoever stays in touch with them, else of who owns their last deal.

    Args:
        ref: names the cause (``received:12``): the same twice is once.
        words: the evidence as a person reads it.
        at: when it happened.

    Returns:
        The sign; ``None`` when the person belongs to nobody here.

    ``ValueError``: no such kind.
    """
    kind = SignalKind(kind)
    if found := Signal.objects.filter(ref=ref).first():
        return found
    owner, team = _whose(person)
    if owner is None and team is None:
        return None
    made = Signal(
        person=person, owner_id=owner, team_id=team, kind=kind, ref=ref[:80], at=at, noted_at=now,
        words=shorten(clean(words, 2000), LONGEST_WORDS, placeholder="…"),
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return Signal.objects.get(ref=ref)  # another process noted it since we looked
    record(verb="nurture.note_signal", subject=made, actor=None, at=now, kind=kind.value, ref=made.ref)
    return made


def _whose(person: Person) -> tuple[int | None, int | None]:
    """Owner's and team's key."""
    enrolment = Enrolment.objects.filter(person=person).order_by("-pk").first()
    if enrolment is not None and (enrolment.owner_id or enrolment.team_id):
        return enrolment.owner_id, enrolment.team_id
    deal = Deal.objects.filter(deal_people__person=person).order_by("-updated_at", "-pk").first()
    return (deal.owner_id, deal.team_id) if deal else (None, None)


@transaction.atomic
def settle_signal(*, signal: Signal, verdict: str, deal: Deal | None = None, actor: User | None, now: datetime) -> None:
    """What the seller found. Not yet, or nothing: staying in touch goes on. Talking: it waits for a contact of ours.
    Ready: with the deal that is open now, if there is one; it rests while that one is.

    Raises:
        RebondError: ``unknown_verdict``.
        Conflict: ``settled_before``.
    """
    if verdict not in Verdict.values:
        raise RebondError(_("We do not know this answer. The sign stays on your list."), code="unknown_verdict")
    mine = Signal.objects.select_for_update(of=("self",)).select_related("person").get(pk=signal.pk)
    if mine.settled_at is not None:
        raise Conflict(_("Somebody has answered this already. Nothing was changed."), code="settled_before")
    tell = about_to(f"nurture.signal:{mine.pk}", actor, now)
    mine.verdict, mine.settled_at, mine.settled_by, mine.settled_deal = verdict, now, actor, deal
    mine.save(update_fields=["verdict", "settled_at", "settled_by", "settled_deal"])
    record(
        verb="nurture.settle_signal", subject=mine, actor=actor, at=now, verdict=verdict, deal=deal.pk if deal else None
    )
    tell(f"nurture.signal:{mine.pk}")
    _after(mine, verdict, now)
    for one in Signal._meta.concrete_fields:
        setattr(signal, one.attname, getattr(mine, one.attname))


def _after(signal: Signal, verdict: str, now: datetime) -> None:
    """What the answer means for staying in touch."""
    found = Enrolment.objects.filter(person=signal.person).exclude(status=Standing.ENDED).first()
    if found is None:
        return
    mine = locked(found)
    if with_open_deal([mine.person_id]):
        rest(mine, Paused.DEAL_OPEN, None)
    elif verdict in (Verdict.READY, Verdict.TALKING):
        rest(mine, Paused.REPLY, None)
    elif mine.status == Standing.PAUSED and mine.paused_because == Paused.REPLY and not _others_wait(signal):
        schedule(mine, now)
    mine.save()


def _others_wait(signal: Signal) -> bool:
    others = Signal.objects.filter(person=signal.person, settled_at=None, kind__in=[SignalKind.REPLY, SignalKind.WROTE])
    return others.exclude(pk=signal.pk).exists()
