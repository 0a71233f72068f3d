"""A win is recorded and rung once; taken back, it leaves every feed, quietly."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, RebondError
from rebond.base.text import clean
from rebond.celebrate.actions.praise import cancel_praise, plan_praise
from rebond.celebrate.actions.retelling import hold_wishes, key_of, retell
from rebond.celebrate.channels_told import tell_channels, withdraw_from_channels
from rebond.celebrate.milestones import milestones_of
from rebond.celebrate.models import Cheer, Win, WinPart
from rebond.celebrate.telling import Circle, people_of, tellings, to_try, wish_of
from rebond.deals.models import CloseEvent, Deal, Outcome
from rebond.live import topics
from rebond.live.actions import tell
from rebond.live.models import LiveEvent

#: Opened again and won again within so long is the same win; news is what was decided within so long.
SAME_WIN, NEWS = timedelta(days=90), timedelta(days=7)


@transaction.atomic(savepoint=False)
def record_win(*, close_event: CloseEvent, actor: User | None, now: datetime) -> Win:
    """The win of a close; rung where it is news. The same close, or the same deal within 90 days, is the same win.

    Imports of history never come here; a close that somebody dates back by more than a week counts, and does not ring.
    Won again within 90 days by somebody else, it is theirs, without a second bell.
    """
    known = Deal.objects.select_related("owner", "team", "company")
    deal = known.select_for_update(of=("self",)).get(pk=close_event.deal_id)
    last = Win.objects.filter(deal=deal).order_by("-number").first()
    at = close_event.closed_at or close_event.recorded_at
    if last is not None and last.close_event_id == close_event.pk:
        return last
    same = last is not None and at - last.at < SAME_WIN
    if last is not None and same and last.owner_id == deal.owner_id:
        return _again(last, at, actor, now)
    win = Win.objects.create(
        deal=deal, close_event=close_event, number=last.number + 1 if last else 1, owner=deal.owner, team=deal.team,
        milestones=milestones_of(close_event), at=at,
    )  # fmt: skip
    record(verb="celebrate.record_win", subject=win, actor=actor, at=now, deal=deal.pk, milestones=win.milestones)
    _ring_if_news(win, at, now)
    return win


def _again(win: Win, at: datetime, actor: User | None, now: datetime) -> Win:
    """Back in the feeds, without a second bell."""
    if win.withdrawn_at is not None:
        win.withdrawn_at = None
        win.save(update_fields=["withdrawn_at"])
        record(verb="celebrate.win_again", subject=win, actor=actor, at=now)
        _ring_if_news(win, at, now)
        if win.rung_at is not None:
            _task_and_chat_again(win, win.rung_at, now)
    return win


def _task_and_chat_again(win: Win, rung_at: datetime, now: datetime) -> None:
    """Of what the chat was to be told, only what had not left when the win was withdrawn."""
    wish = wish_of(win)
    plan_praise(win=win, wish=wish, now=now)
    if now - rung_at <= NEWS:
        tell_channels(win=win, wish=wish, actor=None, now=now)


def _ring_if_news(win: Win, at: datetime, now: datetime) -> None:
    """One bell for a deal in 90 days, whoever won it; none for what was decided long ago."""
    rang = Win.objects.filter(deal=win.deal_id, rung_at__gt=at - SAME_WIN)
    if now - at > NEWS or rang.exists():
        return
    people = people_of(win)
    hold_wishes(of=people)
    around = Circle(people, wish_of(win, people))
    win.rung_at = now
    win.save(update_fields=["rung_at"])
    for one in tellings(win, around):
        tell(key=key_of(win, one.kind), kind=one.kind, audience=one.audience, data=one.data, now=now)
    tell_channels(win=win, wish=around.wish, actor=None, now=now)
    plan_praise(win=win, wish=around.wish, now=now)


@transaction.atomic
def withdraw_wins(*, deal: Deal, actor: User | None, now: datetime) -> int:
    """A close was taken back: its win leaves every feed without a word; how many."""
    wins = list(Win.objects.select_for_update().filter(deal=deal, withdrawn_at=None).order_by("pk"))
    for win in wins:
        win.withdrawn_at = now
        win.save(update_fields=["withdrawn_at"])
        record(verb="celebrate.withdraw_win", subject=win, actor=actor, at=now)
        cancel_praise(win=win, now=now)
        retell(win=win, now=now)
        withdraw_from_channels(win=win, actor=actor, now=now)
    return len(wins)


@transaction.atomic
def withdraw_reversed(*, deal_ids: Collection[int], actor: User | None, now: datetime) -> int:
    """Of these deals, those that are not won any more (an import says so) lose their win; how many. One query for
    none."""
    standing = Win.objects.filter(deal__in=deal_ids, withdrawn_at=None).exclude(deal__outcome=Outcome.WON)
    deals = {win.deal_id: win.deal for win in standing.select_related("deal").order_by("pk")}
    return sum(withdraw_wins(deal=deal, actor=actor, now=now) for deal in deals.values())


@transaction.atomic
def name_part(*, win: Win, user: User, what: str, actor: User, now: datetime) -> WinPart:
    """A colleague had a part in it; named twice is once. Where they are more private than the others, what was told
    of it so far is held against what they wish.

    Raises:
        RebondError: ``theirs_already``: it is their own.
    """
    if user.pk == win.owner_id:
        raise RebondError(
            _("It is their own win. Nothing was changed. Choose another colleague."), code="theirs_already"
        )
    hold_wishes(of=[user])
    before = wish_of(win)
    part, made = WinPart.objects.get_or_create(win=win, user=user, defaults={"what": clean(what, 200), "at": now})
    if made:
        record(verb="celebrate.name_part", subject=win, actor=actor, at=now, user=user.pk)
        if wish_of(win) != before:
            retell(win=win, now=now)
    return part


@transaction.atomic
def drop_part(*, part: WinPart, actor: User, now: datetime) -> None:
    """It was a slip: they are named no more. Nothing is told anew."""
    record(verb="celebrate.drop_part", subject=part.win, actor=actor, at=now, user=part.user_id)
    part.delete()


@transaction.atomic
def cheer_win(*, win: Win, words: str = "", actor: User, now: datetime) -> Cheer:
    """A colleague is glad for them; one each, whose words may be changed.

    Raises:
        NotAllowed: a win of one's own; cheers come from others.
    """
    if actor in people_of(win):
        raise NotAllowed
    cheer, made = Cheer.objects.get_or_create(win=win, by=actor, defaults={"words": clean(words, 200), "at": now})
    if not made and words.strip():
        cheer.words = clean(words, 200)
        cheer.save(update_fields=["words"])
    if made:
        record(verb="celebrate.cheer_win", subject=win, actor=actor, at=now)
    return cheer


def ring_to_try(*, user: User | None, everybody: bool, now: datetime) -> LiveEvent | None:
    """A bell that says it is only tried; no win is recorded, no chat is told. ``None``: there is nobody to hear."""
    audience = [topics.EVERYONE] if everybody else [topics.person(user.pk)] if user else []
    return tell(key=f"celebrate.try:{now.timestamp()}", kind="bell", audience=audience, data=to_try(now), now=now)
