"""The only way from what a person typed to somebody we stay in touch with. Absent and forbidden look the same."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, NotFound
from rebond.nurture.models import Away, ContentWish, Enrolment, NamedDate, Piece, Signal, Step


def enrolments_for(user: User) -> QuerySet[Enrolment]:
    """One's own; a manager's team; an administrator all."""
    found = Enrolment.objects.select_related("person", "person__company", "deal", "owner", "close_event")
    if user.is_admin:
        return found
    mine = Q(owner=user)
    if user.team_id:
        mine |= Q(team=user.team_id)
    return found.filter(mine)


def get_enrolment(user: User, pk: int, *, to_write: bool = False) -> Enrolment:
    """A team sees its own; the person in charge writes, and who leads them. ``NotFound``, ``NotAllowed``."""
    found = enrolments_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if to_write and not may_write(user, found.owner_id):
        raise NotAllowed
    return found


def may_write(user: User, owner_id: int | None) -> bool:
    """The person in charge, and who leads (of the same team, or everybody's administrator)."""
    return owner_id == user.pk or user.is_lead


def get_step(user: User, pk: int, *, to_write: bool = True) -> Step:
    """A touch of an enrolment one may write."""
    step = Step.objects.select_related("enrolment").filter(pk=pk, enrolment__in=enrolments_for(user)).first()
    if step is None:
        raise NotFound
    if to_write and not may_write(user, step.enrolment.owner_id):
        raise NotAllowed
    return step


def signals_visible(user: User) -> QuerySet[Signal]:
    """One's own; a manager's team; an administrator all."""
    found = Signal.objects.select_related("person", "person__company", "owner")
    if user.is_admin:
        return found
    mine = Q(owner=user)
    if user.team_id:
        mine |= Q(team=user.team_id)
    return found.filter(mine)


def get_signal(user: User, pk: int, *, to_write: bool = False) -> Signal:
    """A sign about a person one stays in touch with."""
    signal = signals_visible(user).filter(pk=pk).first()
    if signal is None:
        raise NotFound
    if to_write and not may_write(user, signal.owner_id):
        raise NotAllowed
    return signal


def get_date(user: User, pk: int) -> NamedDate:
    """A date that a person one may open gave."""
    from rebond.deals.queries import people_for

    found = NamedDate.objects.select_related("person").filter(pk=pk, person__in=people_for(user)).first()
    if found is None:
        raise NotFound
    return found


def get_away(user: User, pk: int) -> Away:
    """One's own days away; a manager's team's."""
    found = Away.objects.select_related("user").filter(pk=pk).first()
    seen = found is not None and (
        found.user_id == user.pk or user.is_admin or (user.is_lead and found.user.team_id == user.team_id)
    )
    if found is None or not seen:
        raise NotFound
    return found


def get_piece(user: User, pk: int, *, to_write: bool = False) -> Piece:
    """A piece of the library. Everybody reads all; whose it is changes it, and who leads."""
    found = Piece.objects.select_related("owner").filter(pk=pk).first()
    if found is None:
        raise NotFound
    if to_write and not may_write(user, found.owner_id):
        raise NotAllowed
    return found


def get_wish(user: User, pk: int) -> ContentWish:
    """A line of the content plan, for whoever makes it and who leads; one that nobody makes is everybody's."""
    found = ContentWish.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    if found.owner_id is not None and not may_write(user, found.owner_id):
        raise NotAllowed
    return found
