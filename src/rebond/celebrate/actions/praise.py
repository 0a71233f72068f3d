"""The leader's message about a win: planned as a task, written by a person, said as its reader likes it."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.base.workdays import add_workdays
from rebond.celebrate.actions.retelling import hold_wishes
from rebond.celebrate.models import Echo, Praise, PraiseForm, PraiseStatus, Visibility, Win
from rebond.celebrate.praising import (
    Manner,
    audience_of,
    by_line,
    data_of,
    is_enough,
    leader_of,
    manner_of,
    named_against_wish,
)
from rebond.celebrate.queries.praise import READ_BY_OTHERS
from rebond.celebrate.telling import people_of, title
from rebond.celebrate.visibility import Wish, reaches
from rebond.channels.actions import cancel_deliveries, plan_delivery
from rebond.channels.queries import channels_for
from rebond.live.actions import tell
from rebond.mail.actions import cancel_message, plan_message

PURPOSE = "celebrate.praise"
LONGEST = 2_000


@transaction.atomic(savepoint=False)
def plan_praise(*, win: Win, wish: Wish, now: datetime) -> Praise | None:
    """The task of whoever leads the team, due in one working day; the same win again is the same task.

    ``None`` where nobody leads, where nobody (or somebody who left) won it, or where its people want no praise or let
    nobody hear of it.
    """
    found = Praise.objects.filter(win=win).first()
    if found is not None:
        return _again(found, now)
    leader = leader_of(win)
    if leader is None or win.owner is None or not win.owner.is_active or not manner_of(win, wish).is_wanted:
        return None
    praise = Praise.objects.create(win=win, leader=leader, due_on=_due_on(leader, now), made_at=now)
    record(verb="celebrate.plan_praise", subject=praise, actor=None, at=now, win=win.pk)
    return praise


def _again(praise: Praise, now: datetime) -> Praise:
    """The win stands again: what was said stays said, and what was not may be."""
    if praise.status == PraiseStatus.CANCELLED:
        praise.status = PraiseStatus.SENT if praise.sent_at else PraiseStatus.WAITING
        praise.due_on = praise.due_on if praise.sent_at else _due_on(praise.leader, now)
        praise.save(update_fields=["status", "due_on"])
        record(verb="celebrate.plan_praise", subject=praise, actor=None, at=now, win=praise.win_id)
    return praise


def _due_on(leader: User | None, now: datetime) -> date:
    """The next working day where the leader is."""
    zone = ZoneInfo(leader.time_zone if leader else settings.TIME_ZONE)
    return add_workdays(now.astimezone(zone).date(), 1)


@transaction.atomic
def write(*, praise: Praise, did: str, text: str, form: str, actor: User, now: datetime) -> Praise:
    """Says it in the form the person wants now, whatever they wanted when the page was opened.

    Args:
        did: what exactly they did, in the leader's own words.
        text: the message as it is read; not needed where it is said in person.
        form: which form the leader's page showed.

    Raises:
        Conflict: ``not_waiting``: said or left already; ``not_wanted``: they want none now; ``form_changed``: they
            like another form now.
        RebondError: ``say_what``: what they did is missing; ``no_text``; ``kept_out``: it tells what is kept out.
    """
    row = _waiting(praise)
    hold_wishes(of=people_of(row.win))
    manner = manner_of(row.win)
    did, text = clean(did, 500), clean(text, LONGEST)
    _check(row, manner, did, text, form)
    row.status, row.form, row.did, row.sent_at, row.leader = PraiseStatus.SENT, manner.form, did, now, actor
    row.text = text
    if manner.form == PraiseForm.PRIVATE:
        row.message_key = _mail(row, actor, now)
    row.save()
    _tell(row, manner, actor, now)
    record(verb="celebrate.praise", subject=row, actor=actor, at=now, win=row.win_id)
    return row


def _waiting(praise: Praise) -> Praise:
    row = Praise.objects.select_for_update(of=("self",)).select_related("win__deal__company", "win__owner").get(
        pk=praise.pk
    )  # fmt: skip
    if row.status != PraiseStatus.WAITING or row.win.withdrawn_at is not None:
        raise Conflict(
            _("This was said, or left, already. Nothing was sent now. Look at the win again."), code="not_waiting"
        )
    return row


def _check(row: Praise, manner: Manner, did: str, text: str, form: str) -> None:
    if not manner.is_wanted:
        raise Conflict(
            _("They would rather hear nothing about this win. Nothing was sent. You need do nothing more."),
            code="not_wanted",
        )
    if form != manner.form:
        raise Conflict(
            _("They have changed how they like to hear it. Nothing was sent, your words are kept. "
              "Look at the form, and send it again."), code="form_changed",
        )  # fmt: skip
    if not is_enough(did):
        raise RebondError(
            _("What exactly did they do? Say it in a few words of your own; nothing was sent."), code="say_what"
        )
    if not text and manner.form != PraiseForm.SPOKEN:
        raise RebondError(
            _("The message is empty. Nothing was sent. Write it, or ask for a draft from your words."), code="no_text"
        )
    if manner.form in READ_BY_OTHERS and named_against_wish(row.win, manner.wish, text):
        raise RebondError(
            _("Others read this, and it tells a name, a customer or an amount that is to stay out of it. "
              "Nothing was sent, your words are kept. Take it out."), code="kept_out",
        )  # fmt: skip


def _mail(row: Praise, actor: User, now: datetime) -> str:
    """Planned without its words: they are written when it leaves, and no outbox keeps them (``letters.write``)."""
    owner, key = row.win.owner, f"{PURPOSE}:{row.pk}"
    if owner is None:
        return ""
    plan_message(
        key=key, purpose=PURPOSE, recipient=owner.email or "", recipient_name=owner.name, sender=actor,
        language=owner.language, send_at=now, actor=actor, now=now,
    )  # fmt: skip
    return key


def _tell(row: Praise, manner: Manner, actor: User, now: datetime) -> None:
    """On open screens at once, and in the chats where it is for all of the team."""
    key = f"{PURPOSE}:{row.pk}"
    tell(key=key, kind="praise", audience=audience_of(row.win, manner), data=data_of(row, manner.wish), now=now)
    if manner.form != PraiseForm.PUBLIC:
        return
    channels = channels_for(row.win.team_id, reaches(manner.wish, Visibility.EVERYONE))
    for channel in channels:
        if channel.is_digest:
            continue  # it wants the day's wins, once
        with translation.override(channel.language):
            named, body = title(row.win, manner.wish), f"{by_line(row)} {row.text}"
        plan_delivery(
            key=f"{key}.{channel.pk}", channel=channel, purpose=PURPOSE, subject=subject_of(row.win), title=named,
            body=body, actor=actor, now=now,
        )  # fmt: skip


def subject_of(win: Win) -> str:
    """What deliveries about the praise of a win are filed under."""
    return f"{PURPOSE}:{win.pk}"


@transaction.atomic
def leave(*, praise: Praise, because: str, actor: User, now: datetime) -> Praise:
    """Nothing is said this time, for a reason that the leader keeps.

    Raises:
        Conflict: ``not_waiting``.
        RebondError: ``say_why``: no reason.
    """
    row, because = _waiting(praise), clean(because, 200)
    if not because:
        raise RebondError(_("Why not this time? A few words; nothing was changed."), code="say_why")
    row.status, row.because = PraiseStatus.LEFT, because
    row.save(update_fields=["status", "because"])
    record(verb="celebrate.leave_praise", subject=row, actor=actor, at=now, win=row.win_id)
    return row


@transaction.atomic
def cancel_praise(*, win: Win, now: datetime) -> bool:
    """The win was taken back: nothing more is said, and what has not left yet stays here."""
    row = Praise.objects.select_for_update().filter(win=win).first()
    if row is None or row.status not in (PraiseStatus.WAITING, PraiseStatus.SENT):
        return False
    row.status = PraiseStatus.CANCELLED
    row.save(update_fields=["status"])
    record(verb="celebrate.cancel_praise", subject=row, actor=None, at=now, win=win.pk)
    if row.message_key:
        cancel_message(key=row.message_key, reason="win_withdrawn", actor=None, now=now)
    cancel_deliveries(subject=subject_of(win), actor=None, now=now)
    return True


@transaction.atomic
def echo(*, user: User, about: str, form: str, good: bool, now: datetime) -> Echo:
    """Whether praise or a reward did somebody good; said again it is changed."""
    said, made = Echo.objects.get_or_create(user=user, about=about, defaults={"form": form, "good": good, "at": now})
    if not made and said.good != good:
        said.good, said.at = good, now
        said.save(update_fields=["good", "at"])
    record(verb="celebrate.echo", subject=said, actor=user, at=now)
    return said
