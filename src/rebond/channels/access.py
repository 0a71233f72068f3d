"""The only way from what a person typed to a chat channel or what was told there.

Absent and forbidden look the same.
"""

from __future__ import annotations

from rebond.accounts.models import Team, User
from rebond.base.errors import NotAllowed, NotFound
from rebond.channels.models import ChatChannel, Delivery
from rebond.channels.queries import kept_by, teams_of


def require_keeper(user: User) -> None:
    """``NotAllowed`` for everybody who keeps no channels: they are kept by who leads a team, and administrators."""
    if not user.is_admin and not teams_of(user):
        raise NotAllowed


def get_channel(user: User, pk: int) -> ChatChannel:
    """A channel that ``user`` keeps."""
    found = kept_by(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def get_delivery(user: User, pk: int) -> Delivery:
    """What was told to a channel that ``user`` keeps."""
    found = Delivery.objects.select_related("channel").filter(pk=pk, channel__in=kept_by(user).order_by()).first()
    if found is None:
        raise NotFound
    return found


def get_whose(user: User, typed: str) -> Team | None:
    """Whose wins a new channel is told: a team's, or (``all``, administrators) everybody's.

    Raises:
        NotFound: no such team, or not theirs to add for.
    """
    if typed == "all" and user.is_admin:
        return None
    team = next((one for one in teams_of(user) if str(one.pk) == typed), None)
    if team is None:
        raise NotFound
    return team
