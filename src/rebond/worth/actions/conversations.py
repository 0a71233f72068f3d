"""Ends and objections as records: who ended a conversation kindly, who kept one, and who turned out to be right.

Closing, mail and staying in touch belong to other rooms; ``loop.goodbye`` joins them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.models import CLOSED_OUTCOMES, CloseEvent, Deal, Outcome, Person
from rebond.worth.models import Goodbye, Objection, Right
from rebond.worth.queries.conversations import Going

PURPOSE = "worth.goodbye"
LONGEST_SUBJECT, LONGEST_BODY, LONGEST_BECAUSE = 200, 20_000, 500
#: A seller who keeps a conversation is asked who was right so much later.
ASK_AFTER = timedelta(days=42)


@transaction.atomic
def note_goodbye(
    *, close_event: CloseEvent, person: Person | None, subject: str = "", body: str = "", language: str = "",
    going: Going | None, currency: str = "", actor: User, now: datetime,
) -> Goodbye:  # fmt: skip
    """Writes down that a conversation was ended kindly, with what the list said of it; a note gets its mail's key.

    Args:
        going: what going on was worth then; ``None`` where that was not known.
    """
    made = Goodbye.objects.create(
        deal=close_event.deal, person=person, by=actor, at=now, subject=clean(subject, LONGEST_SUBJECT),
        body=clean(body, LONGEST_BODY), language=language, close_event=close_event, **_said(going, currency),
    )  # fmt: skip
    if body:
        made.message_key = f"{PURPOSE}:{made.pk}"
        made.save(update_fields=["message_key"])
    record(verb="worth.goodbye", subject=made, actor=actor, at=now, deal=made.deal_id, written=bool(body))
    return made


@transaction.atomic
def take_goodbye_back(*, goodbye: Goodbye, actor: User, now: datetime) -> None:
    """The goodbye is no longer one. ``Conflict`` ``undone_before``."""
    mine = Goodbye.objects.select_for_update(of=("self",)).get(pk=goodbye.pk)
    if mine.undone_at is not None:
        raise Conflict(_("This was taken back already. Nothing was changed."), code="undone_before")
    mine.undone_at = goodbye.undone_at = now
    mine.save(update_fields=["undone_at"])
    record(verb="worth.undo_goodbye", subject=mine, actor=actor, at=now, deal=mine.deal_id)


@transaction.atomic
def keep_on(
    *, deal: Deal, because: str, going: Going | None, currency: str = "", today: date, actor: User, now: datetime
) -> Objection:  # fmt: skip
    """ "No, because ...": the deal is off the list until its seller is asked who was right, six weeks later.

    Raises:
        RebondError: ``because_missing``.
        Conflict: ``already_closed``, ``kept_already``.
    """
    because = clean(because, LONGEST_BECAUSE)
    if not because:
        raise RebondError(
            _("A reason is missing. Nothing was changed. One sentence is enough: what do you know that we do not?"),
            code="because_missing",
        )
    if not Deal.objects.filter(pk=deal.pk, outcome=Outcome.OPEN).exists():
        raise Conflict(_("This deal is closed already. Nothing was changed."), code="already_closed")
    try:
        with transaction.atomic():
            made = Objection.objects.create(
                deal=deal, by=actor, at=now, because=because, ask_on=today + ASK_AFTER, **_said(going, currency)
            )
    except IntegrityError:
        raise Conflict(
            _("This conversation is kept already. Nothing was changed; you are asked later how it went."),
            code="kept_already",
        ) from None
    record(verb="worth.keep_on", subject=made, actor=actor, at=now, deal=deal.pk)
    return made


def _said(going: Going | None, currency: str) -> dict[str, object]:
    """What the list said, as both tables keep it."""
    if going is None:
        return {}
    return {"chance": going.chance.value, "worth_minor": round(going.price.value), "currency": currency}


@transaction.atomic
def settle(*, objection: Objection, right: str, today: date, actor: User, now: datetime) -> None:
    """Who was right; "too early to say" asks again six weeks later.

    Raises:
        RebondError: ``unknown_answer``.
        Conflict: ``settled_before``.
    """
    if right not in Right.values:
        raise RebondError(
            _("We do not know this answer. Nothing was changed. Choose one of three."), code="unknown_answer"
        )
    mine = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    if mine.settled_at is not None:
        raise Conflict(_("This was answered already. Nothing was changed."), code="settled_before")
    mine.right = right
    if right == Right.OPEN:
        mine.ask_on = today + ASK_AFTER
    else:
        mine.settled_at = now
    mine.save(update_fields=["right", "ask_on", "settled_at"])
    record(verb="worth.settle", subject=mine, actor=actor, at=now, right=right)
    objection.right, objection.ask_on, objection.settled_at = mine.right, mine.ask_on, mine.settled_at


#: What an end says of who was right; one that teaches nothing about selling says nothing.
BY_END = {Outcome.WON.value: Right.SELLER, Outcome.DUPLICATE.value: Right.OPEN}


@transaction.atomic(savepoint=False)
def settle_by_end(*, close_event: CloseEvent, actor: User | None, now: datetime) -> None:
    """The deal ended: that answers who was right, without asking anybody."""
    for mine in Objection.objects.select_for_update(of=("self",)).filter(deal=close_event.deal_id, settled_at=None):
        mine.right, mine.settled_at = BY_END.get(close_event.outcome, Right.LIST), now
        mine.save(update_fields=["right", "settled_at"])
        record(verb="worth.settle_by_end", subject=mine, actor=actor, at=now, right=mine.right)


@transaction.atomic
def settle_by_ends(*, close_events: Collection[int], actor: User | None, now: datetime) -> None:
    """The same for all that an import ended, by the ids of their close events; one query where nothing was kept."""
    if not close_events:
        return
    kept = Objection.objects.filter(settled_at=None, deal__outcome__in=CLOSED_OUTCOMES).values("deal")
    for event in CloseEvent.objects.filter(pk__in=close_events, deal__in=kept).order_by("pk"):
        settle_by_end(close_event=event, actor=actor, now=now)


@transaction.atomic
def unsettle(*, close_event: CloseEvent, actor: User | None, now: datetime) -> None:
    """The deal is open again: what its end had answered is asked anew."""
    settled = Objection.objects.filter(deal=close_event.deal_id, settled_at=close_event.recorded_at)
    if Objection.objects.filter(deal=close_event.deal_id, settled_at=None).exists():
        return
    for mine in settled.order_by("-pk")[:1]:
        mine.right, mine.settled_at = "", None
        mine.save(update_fields=["right", "settled_at"])
        record(verb="worth.unsettle", subject=mine, actor=actor, at=now)
