"""What we do: a call, a meeting, a note that a person has read and sends."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.actions import log_touch
from rebond.deals.models import Channel, Direction, Material, Person, Touch
from rebond.mail.actions import plan_message
from rebond.mail.addresses import usable
from rebond.mail.boxes import mailbox
from rebond.mail.guarding import windows
from rebond.mail.purposes import Letter
from rebond.nurture.actions.enrolling import is_silent
from rebond.nurture.actions.rows import follow, item_of, locked, ref_of, schedule, set_day, take_out, withdraw
from rebond.nurture.actions.signals import note_signal
from rebond.nurture.cadence.holidays import working_days_after
from rebond.nurture.doing import about_to
from rebond.nurture.models import (
    DueBecause,
    Enrolment,
    Given,
    NamedDate,
    Paused,
    Piece,
    SignalKind,
    Standing,
    Step,
    StepStatus,
)
from rebond.nurture.queries.standing import facts_of, place, today_of, with_open_deal

#: How long a note can still be taken back before it leaves.
UNDO = timedelta(seconds=10)
PURPOSE = "nurture.note"
LONGEST_SUBJECT, LONGEST_BODY = 200, 20_000
#: A try without an answer comes again after so many working days.
TRY_AGAIN = 2
#: Results of a contact of ours that say nobody was spoken to.
NOT_REACHED = ("no_answer", "no_show", "bounced")
#: Results that say somebody was.
SPOKEN = ("reached", "held", "replied")


def two_way(channel: str, direction: str, result: str) -> bool:
    """Whether a contact went both ways: they began it, they were reached, they came.

    >>> two_way("call", "in", ""), two_way("call", "out", "reached"), two_way("meeting", "out", "")
    (True, True, True)
    >>> two_way("call", "out", "voicemail"), two_way("email", "out", ""), two_way("meeting", "out", "no_show")
    (False, False, False)
    """
    if direction == Direction.IN or result in SPOKEN:
        return True
    return channel == Channel.MEETING and result not in NOT_REACHED


@transaction.atomic
def log_contact(
    *, person: Person, channel: str, direction: str = Direction.OUT, result: str = "", note: str = "",
    at: datetime | None = None, piece: Piece | None = None, actor: User | None, now: datetime,
) -> Touch:  # fmt: skip
    """One contact happened outside of Rebond: logged in one tap, and the next one follows from it.

    Two-way (they called, wrote, were reached, met) restarts the interval; a try without an answer comes again in two
    working days. It belongs to the person and to no deal, so no closed deal's figures change.

    Args:
        result: as in ``deals.models.RESULTS``; empty for none.

    Raises:
        RebondError: ``unknown_channel``, ``touch_in_future``.
    """
    at = at or now
    touch = log_touch(
        deal=None, person=person, channel=channel, direction=direction, at=at, result=result, note=note,
        material=Material.HELPFUL if piece else "", material_name=piece.title if piece else "", actor=actor, now=now,
    )  # fmt: skip
    if piece is not None:
        Given.objects.get_or_create(person=person, piece=piece, defaults={"by": actor, "at": now, "sent_at": at})
    enrolment = Enrolment.objects.filter(person=person).exclude(status=Standing.ENDED).first()
    if enrolment is not None:
        _follows(locked(enrolment), touch, piece, actor, now)
    if direction == Direction.IN and channel == Channel.CALL and enrolment and enrolment.owner_id != touch.owner_id:
        note_signal(person=person, kind=SignalKind.CALLED, ref=f"touch:{touch.pk}", words=note, at=at, now=now)
    return touch


def _follows(enrolment: Enrolment, touch: Touch, piece: Piece | None, actor: User | None, now: datetime) -> None:
    """What a logged contact changes."""
    spoken = two_way(touch.channel, touch.direction, touch.result)
    if not spoken and touch.result in NOT_REACHED:
        _try_again(enrolment, now)
        return
    withdraw(enrolment, "contact_logged", actor=actor, now=now)
    if touch.direction == Direction.OUT and not enrolment.steps.filter(number=enrolment.step).exists():
        tell = about_to(item_of(enrolment), actor, now)
        step = Step.objects.create(
            enrolment=enrolment, number=enrolment.step, version=enrolment.version, channel=touch.channel,
            status=StepStatus.DONE, piece=piece, touch=touch, at=touch.at, done_at=touch.at, by=actor,
            answered_at=touch.at if spoken else None,
        )  # fmt: skip
        tell(ref_of(step))
    complete(enrolment, at=touch.at, ours=touch.direction == Direction.OUT, spoken=spoken, now=now)
    enrolment.save()


def _try_again(enrolment: Enrolment, now: datetime) -> None:
    if enrolment.status == Standing.ACTIVE:
        where = place(enrolment)
        day = working_days_after(today_of(enrolment, now), TRY_AGAIN, where.country)
        set_day(enrolment, day, enrolment.due_because or DueBecause.INTERVAL)
        enrolment.save()


def complete(enrolment: Enrolment, *, at: datetime, ours: bool, spoken: bool, now: datetime) -> None:
    """A contact took place: counts, dates that were used, the next day; the caller saves.

    Whoever was silent, away or waiting for our answer is active again; what one of us paused stays so.
    """
    if spoken:
        enrolment.interaction_at = max(at, enrolment.interaction_at or at)
        enrolment.unanswered = 0
    if ours:
        enrolment.touched_at = max(at, enrolment.touched_at or at)
        enrolment.unanswered += not spoken
        _use_up(enrolment, now)
        enrolment.step = _next_number(enrolment)
    rests = enrolment.status == Standing.PAUSED and enrolment.paused_because in (Paused.BY_HAND, Paused.DEAL_OPEN)
    if enrolment.status != Standing.ENDED and not rests:
        facts = facts_of([enrolment.person], [enrolment.owner_id])
        if ours:
            enrolment.version = facts.newest(enrolment.cadence).version
        schedule(enrolment, now, facts)


def _next_number(enrolment: Enrolment) -> int:
    last = enrolment.steps.order_by("-number").values_list("number", flat=True).first()
    return max(enrolment.step, (last or 0) + 1)


def _use_up(enrolment: Enrolment, now: datetime) -> None:
    """Dates that brought us here, and what shipped, do so once."""
    from rebond.nurture.cadence.dates import Given as GivenDate
    from rebond.nurture.cadence.dates import reach_day
    from rebond.nurture.cadence.policies import edition

    policy, today = edition(enrolment.cadence, enrolment.version), today_of(enrolment, now)
    for named in NamedDate.objects.filter(person=enrolment.person_id, settled_at=None):
        if reach_day(GivenDate(named.kind, named.on), policy) <= today:
            named.settled_at = now
            named.save(update_fields=["settled_at"])
    if enrolment.due_because == DueBecause.SHIPPED:
        enrolment.waits_for = ""


@transaction.atomic
def send_note(
    *, enrolment: Enrolment, subject: str, body: str, piece: Piece | None = None, actor: User | None, now: datetime,
    at_once: bool = False, automatic: bool = False, number: int | None = None,
) -> Step:  # fmt: skip
    """Plans the note a person has read: it leaves in ten seconds (``take_back`` until then), or in their next window.

    Args:
        at_once: also outside their working hours.
        automatic: nobody has read it, since its owner lets this step leave by itself.
        number: the touch it was written for; when that one has taken place meanwhile, nothing is sent.

    Raises:
        Conflict: ``not_active``, ``leaving_already``, ``piece_given``, ``silent``, ``deal_open``, ``sent_before``.
        RebondError: ``no_address``, ``note_empty``.
    """
    mine = locked(enrolment)
    if number is not None and number < mine.step:
        raise Conflict(
            _("There was another contact with this person since you opened this note. Nothing was sent. "
              "Open it again if you still want to write."),
            code="sent_before",
        )  # fmt: skip
    subject, body = clean(subject, LONGEST_SUBJECT), clean(body, LONGEST_BODY)
    _may_send(mine, subject, body)
    tell = about_to(item_of(mine), None if automatic else actor, now)
    step = _reserve(mine, piece, automatic, actor, now)
    tell(ref_of(step))
    _plan(mine, step, Letter(subject, body), at_once, actor, now)
    record(
        verb="nurture.send_note", subject=step, actor=actor, at=now, enrolment=mine.pk, number=step.number,
        piece=piece.pk if piece else None, automatic=automatic,
    )  # fmt: skip
    follow(enrolment, mine)
    return step


def _may_send(enrolment: Enrolment, subject: str, body: str) -> None:
    """Everything that can be said before a note is planned; the outbox looks again before it leaves."""
    if is_silent(enrolment.person):
        raise Conflict(_("This person asked for silence. Nothing was sent; we leave them in peace."), code="silent")
    if enrolment.status != Standing.ACTIVE:
        raise Conflict(
            _("We are not in touch with this person just now. Nothing was sent, your text is still here. "
              "Resume first, or write from your own mail program."),
            code="not_active",
        )  # fmt: skip
    if not usable(enrolment.person.email):
        raise RebondError(
            _("There is no address to write to. Nothing was sent, your text is still here. Enter one, or call."),
            code="no_address",
        )
    if not subject or not body:
        raise RebondError(_("A note needs a subject and a text. Nothing was sent. Fill in both."), code="note_empty")
    if with_open_deal([enrolment.person_id]):
        raise Conflict(
            _("A deal with this person is open. Nothing was sent. Write to them about that deal instead."),
            code="deal_open",
        )


def _reserve(
    enrolment: Enrolment, piece: Piece | None, automatic: bool, actor: User | None, now: datetime
) -> Step:  # fmt: skip
    """The step's number and the piece, each once: the database holds both."""
    try:
        with transaction.atomic():
            step = Step.objects.create(
                enrolment=enrolment, number=enrolment.step, version=enrolment.version, channel=Channel.EMAIL,
                status=StepStatus.SENDING, automatic=automatic, piece=piece, at=now, by=actor,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(
            _("A note to this person is on its way already. Nothing more was sent."), code="leaving_already"
        ) from None
    if piece is not None:
        try:
            with transaction.atomic():
                Given.objects.create(person=enrolment.person, piece=piece, by=actor, at=now)
        except IntegrityError:
            raise Conflict(
                _("They had “%(piece)s” already. Nothing was sent, your text is still here. Choose another one.")
                % {"piece": piece.title},
                code="piece_given",
            ) from None
    step.message_key = f"{PURPOSE}:{step.pk}"
    step.save(update_fields=["message_key"])
    return step


def _plan(
    enrolment: Enrolment, step: Step, letter: Letter, at_once: bool, actor: User | None, now: datetime
) -> None:  # fmt: skip
    # Who leads writes in their own name; what leaves by itself leaves in the name of the person in charge.
    person, owner, where = enrolment.person, actor or enrolment.owner, place(enrolment)
    send_at = now + UNDO
    if not at_once:
        send_at = windows.next_open(send_at, where.zone, where.country)
    own = mailbox.of(owner) if owner is not None else None
    plan_message(
        key=step.message_key, purpose=PURPOSE, recipient=person.email, recipient_name=person.name, sender=owner,
        language=person.language or (owner.language if owner else "en"), letter=letter, mailbox=own, send_at=send_at,
        actor=actor, now=now,
    )  # fmt: skip


@transaction.atomic
def take_back(*, step: Step, actor: User | None, now: datetime) -> None:
    """The note is not sent and can be written again: its number is free, its piece not given.

    ``Conflict`` ``already_leaving`` when it has left or is just leaving.
    """
    mine = locked(step.enrolment)
    waiting = mine.steps.select_for_update().filter(pk=step.pk, status=StepStatus.SENDING).first()
    if waiting is None or not take_out(waiting, "by_hand", actor=actor, now=now):
        raise Conflict(
            _("This note has left already, or is just leaving. Nothing was changed."), code="already_leaving"
        )


@transaction.atomic
def skip_step(*, enrolment: Enrolment, because: str = "by_hand", actor: User | None, now: datetime) -> Step:
    """Not this time: written down as not done; the next is due after the usual interval, counted from today.

    ``Conflict`` ``not_active``, ``leaving_already``.
    """
    mine = locked(enrolment)
    if mine.status != Standing.ACTIVE:
        raise Conflict(_("We are not in touch with this person just now. Nothing was changed."), code="not_active")
    if mine.steps.filter(number=mine.step).exists():
        raise Conflict(_("A note to this person is on its way already. Nothing more was sent."), code="leaving_already")
    step = Step.objects.create(
        enrolment=mine, number=mine.step, version=mine.version, channel=Channel.OTHER, status=StepStatus.SKIPPED,
        skipped_because=clean(because, 40), at=now, by=actor,
    )  # fmt: skip
    _use_up(mine, now)
    mine.step += 1
    _from_today(mine, now)
    mine.save()
    record(verb="nurture.skip_step", subject=step, actor=actor, at=now, enrolment=mine.pk, number=step.number)
    follow(enrolment, mine)
    return step


def _from_today(enrolment: Enrolment, now: datetime) -> None:
    """The next touch as if we had been in touch today, though nothing is said to have happened."""
    before = enrolment.touched_at
    enrolment.touched_at = now
    schedule(enrolment, now)
    enrolment.touched_at = before
