"""A win in the team's chat: told once to each channel that may hear of it, or once a day with the day's others.

What its people wish is looked at when the message is about to leave (``guard`` and ``write`` run inside the claim), so
that a wish that was changed, or a win that was withdrawn, until then is not told, or told otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rebond.accounts.models import User
from rebond.base.dates import show_day
from rebond.base.text import one_line
from rebond.celebrate.milestones import earlier_noes, noes_before
from rebond.celebrate.models import Visibility, Win
from rebond.celebrate.queries.wins import people_and_wishes, standing
from rebond.celebrate.telling import line, special, title, wish_of
from rebond.celebrate.visibility import Wish, reaches
from rebond.channels import purposes
from rebond.channels.actions import cancel_deliveries, plan_delivery
from rebond.channels.models import ChatChannel, Delivery
from rebond.channels.purposes import Said
from rebond.channels.queries import channels_for

BELL, DIGEST = "celebrate.bell", "celebrate.digest"
#: When a day's wins are told, where the installation is; what is won later is the next day's.
TOLD_AT = time(17, 0)
#: Until then every win of the day has been written down.
MOMENT = timedelta(minutes=1)
#: A bell that could not leave for so long would come out of the blue.
LATE = timedelta(hours=48)
#: Wins named in a digest; the others are counted.
NAMED = 10
REASONS = {
    "withdrawn": gettext_lazy("The win was withdrawn."),
    "wish_changed": gettext_lazy("Its people do not want it told there (any more)."),
    "too_late": gettext_lazy("It could not leave in time; two days later it would have come out of the blue."),
    "nothing_to_tell": gettext_lazy("No win of the day may be told there."),
}


def tell_channels(*, win: Win, wish: Wish, actor: User | None, now: datetime) -> int:
    """Plans what the chat is told of a win that rings, as its people wish; how many messages. The same win once per
    channel."""
    if not reaches(wish, Visibility.TEAM):
        return 0
    channels = channels_for(win.team_id, everyone=reaches(wish, Visibility.EVERYONE))
    for channel in channels:
        if channel.is_digest:
            _plan_digest(channel, win, actor, now)
        else:
            plan_delivery(
                key=f"{BELL}:{win.pk}.{channel.pk}", channel=channel, purpose=BELL, subject=subject_of(win),
                actor=actor, now=now,
            )  # fmt: skip
    return len(channels)


def _plan_digest(channel: ChatChannel, win: Win, actor: User | None, now: datetime) -> None:
    day = day_of(win.rung_at or now)
    plan_delivery(
        key=f"{DIGEST}:{channel.pk}.{day.isoformat()}", channel=channel, purpose=DIGEST,
        subject=f"celebrate.wins:{day.isoformat()}", send_at=max(now, _told_at(day) + MOMENT), actor=actor, now=now,
    )  # fmt: skip


def withdraw_from_channels(*, win: Win, actor: User | None, now: datetime) -> int:
    """Takes back what has not left; what was told stays told. A digest leaves it out by itself."""
    return cancel_deliveries(subject=subject_of(win), purpose=BELL, actor=actor, now=now)


def subject_of(win: Win) -> str:
    """What a bell's delivery is about."""
    return f"celebrate.win:{win.pk}"


def day_of(at: datetime) -> date:
    """The day whose digest tells of a win that rang then."""
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    return local.date() if local.time() <= TOLD_AT else local.date() + timedelta(days=1)


def _told_at(day: date) -> datetime:
    return datetime.combine(day, TOLD_AT, tzinfo=ZoneInfo(settings.TIME_ZONE))


# ---- at once


def guard_bell(delivery: Delivery, now: datetime) -> str:
    """Why a bell is not told (any more)."""
    win = _win_of(delivery)
    if win is None:
        return "withdrawn"
    if now - delivery.planned_at > LATE:
        return "too_late"
    return "" if reaches(wish_of(win), _circle(delivery.channel, win)) else "wish_changed"


def write_bell(delivery: Delivery, now: datetime) -> Said:  # noqa: ARG001 (a purpose's shape)
    """What the bell says, as far as its people wish it now, and where one may cheer."""
    win = _win_of(delivery)
    if win is None:
        return Said(delivery.title, delivery.body)
    wish, noes = wish_of(win), earlier_noes(win.deal)
    below = " · ".join(part for part in (line(win, wish, noes, delivery.channel.language), *special(win, wish)) if part)
    return Said(f"🔔 {title(win, wish)}", "\n".join(part for part in (below, _address(win)) if part))


def page_of_bell(delivery: Delivery) -> str:
    """The win's own page, which asks who opens it."""
    number = _number(delivery)
    return reverse("celebrate:win", args=[number]) if number else ""


def _win_of(delivery: Delivery) -> Win | None:
    return standing().filter(pk=_number(delivery)).first()


def _number(delivery: Delivery) -> int:
    number = delivery.subject.rpartition(":")[2]
    return int(number) if number.isascii() and number.isdigit() else 0


def _circle(channel: ChatChannel, win: Win) -> str:
    """Who reads a channel: the win's own team, or everybody."""
    mine = channel.team_id is not None and channel.team_id == win.team_id
    return Visibility.TEAM if mine else Visibility.EVERYONE


def _address(win: Win) -> str:
    return f"{settings.CONFIG.public_url.rstrip('/')}{reverse('celebrate:win', args=[win.pk])}"


# ---- once a day


def guard_digest(delivery: Delivery, now: datetime) -> str:
    """Nothing is told of a day on which nothing may be told."""
    if now - _told_at(_day(delivery)) > LATE:
        return "too_late"
    return "" if _wins_for(delivery) else "nothing_to_tell"


def write_digest(delivery: Delivery, now: datetime) -> Said:  # noqa: ARG001 (a purpose's shape)
    """A line for each win of the day, in the order they rang."""
    found = _wins_for(delivery)
    noes = noes_before([win.deal for win, _wish in found])
    lines = [_line(win, wish, noes.get(win.deal_id, 0), delivery.channel.language) for win, wish in found[:NAMED]]
    if more := len(found) - len(lines):
        lines.append(ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more})
    heading = ngettext("%(count)d win, %(day)s", "%(count)d wins, %(day)s", len(found))
    return Said(f"🔔 {heading % {'count': len(found), 'day': show_day(_day(delivery))}}", "\n".join([*lines, _all()]))


def _line(win: Win, wish: Wish, noes: int, language: str) -> str:
    parts = (title(win, wish), line(win, wish, noes, language), *special(win, wish))
    return one_line(f"• {' · '.join(part for part in parts if part)}")


def _all() -> str:
    return _("All of them: %(address)s") % {
        "address": f"{settings.CONFIG.public_url.rstrip('/')}{reverse('celebrate:wins')}"
    }


def _wins_for(delivery: Delivery) -> Sequence[tuple[Win, Wish]]:
    """What rang since the digest before, as far as this channel may hear of it; three queries."""
    until = _told_at(_day(delivery))
    rang = standing().filter(rung_at__gt=_told_at(_day(delivery) - timedelta(days=1)), rung_at__lte=until)
    if delivery.channel.team_id is not None:
        rang = rang.filter(team=delivery.channel.team_id)
    wins = list(rang.order_by("rung_at", "pk"))
    _people, wishes = people_and_wishes(wins)
    return [(win, wishes[win.pk]) for win in wins if reaches(wishes[win.pk], _circle(delivery.channel, win))]


def _day(delivery: Delivery) -> date:
    return date.fromisoformat(delivery.subject.rpartition(":")[2])


def register_wins() -> None:
    """Makes both known, when the program starts."""
    purposes.register(
        BELL, guard=guard_bell, write=write_bell, page=page_of_bell, title=gettext_lazy("A win"), reasons=REASONS
    )  # fmt: skip
    purposes.register(
        DIGEST, guard=guard_digest, write=write_digest, title=gettext_lazy("The wins of a day"), reasons=REASONS
    )  # fmt: skip
