"""The only way from what a person typed to a debrief, an action or a phrase."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, NotFound
from rebond.learn.feedback.links import for_saving, with_everything
from rebond.learn.feedback.tokens import digest_of
from rebond.learn.models import Action, Debrief, Invitation, Mode, ReasonPhrase, Response, TeamTest
from rebond.learn.queries.feedback import confidential_for, invitations_for

LEADS_NOWHERE = _("This link leads nowhere. It may have been cut short when it was copied; nothing was stored.")


def debriefs_for(user: User) -> QuerySet[Debrief]:
    """Debriefs whose answers ``user`` may read: their own, and their team's when they coach it; nobody else's."""
    readable = Debrief.objects.select_related("deal", "deal__company", "close_event", "assignee")
    if user.is_admin:
        return readable
    mine = Q(assignee=user)
    if user.is_lead and user.team_id:
        mine |= Q(deal__team=user.team_id)
    return readable.filter(mine)


def get_debrief(user: User, pk: int, *, to_write: bool = False) -> Debrief:
    """One debrief. Only the person who is asked may answer; an administrator may where nobody is asked."""
    debrief = debriefs_for(user).filter(pk=pk).first()
    if debrief is None:
        raise NotFound
    if to_write and not may_answer(user, debrief):
        raise NotAllowed
    return debrief


def may_answer(user: User, debrief: Debrief) -> bool:
    """The person who is asked; an administrator where nobody is."""
    return debrief.assignee_id == user.pk or (debrief.assignee_id is None and user.is_admin)


def may_add_reasons(user: User, debrief: Debrief) -> bool:
    """Who coaches says why beside the seller, in their own voice, and never in the seller's place."""
    return user.is_lead and not may_answer(user, debrief)


def get_action(user: User, pk: int) -> Action:
    """An action of one's own."""
    action = Action.objects.select_related("deal").filter(pk=pk, owner=user).first()
    if action is None:
        raise NotFound
    return action


def get_phrase(user: User, pk: int) -> ReasonPhrase:
    """A phrase to confirm; managers and administrators only."""
    require_lead(user)
    phrase = ReasonPhrase.objects.filter(pk=pk).first()
    if phrase is None:
        raise NotFound
    return phrase


def get_linked_invitation(token: str, *, to_write: bool = False) -> Invitation:
    """The invitation a personal link belongs to; guessed and truncated ones are simply not found.

    One that was not asked after all is found too: its page says that the question is closed, and stopping works.
    """
    digest = digest_of(token)
    asked = for_saving() if to_write else with_everything()
    invitation = next(iter(asked.filter(token_digest=digest)), None) if digest else None
    if invitation is None:
        raise NotFound(LEADS_NOWHERE)
    return invitation


def get_invitation(user: User, pk: int) -> Invitation:
    """A question to a buyer about a deal one may open, or one that goes out in one's own name."""
    found = invitations_for(user).select_related("programme", "reader", "deal__owner").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def get_confidential(user: User, pk: int) -> Response:
    """A confidential answer, by its invitation: for the one person named as its reader, while outside the deal."""
    found = confidential_for(user).filter(invitation=pk).first()
    if found is None:
        raise NotFound
    return found


def require_lead(user: User) -> None:
    """``NotAllowed`` for everybody but managers and administrators."""
    if not user.is_lead:
        raise NotAllowed


def get_reveal(user: User, pk: int) -> Invitation:
    """An answer that the buyer shared: the seller whose debrief it is, and who coaches them; nobody else."""
    shared = Invitation.objects.filter(response__is_final=True, response__mode=Mode.SHARED)
    mine = Q(close_event__debrief__assignee=user)
    if user.is_lead and user.team_id:
        mine |= Q(deal__team=user.team_id)
    readable = shared.filter(close_event__debrief__isnull=False) if user.is_admin else shared.filter(mine)
    beside = ("response", "person", "deal__company", "close_event__debrief__assignee", "close_event__debrief__deal")
    found = readable.select_related(*beside).filter(pk=pk, close_event__debrief__isnull=False).first()
    if found is None:
        raise NotFound
    return found


def tests_for(user: User) -> QuerySet[TeamTest]:
    """Tests of one's team and of everybody; an administrator sees all."""
    found = TeamTest.objects.select_related("team", "created_by")
    if user.is_admin:
        return found
    return found.filter(Q(team=None) | Q(team=user.team_id)) if user.team_id else found.filter(team=None)


def get_test(user: User, pk: int, *, to_write: bool = False) -> TeamTest:
    """A test one may read; a manager stops their own team's, an administrator any."""
    test = tests_for(user).filter(pk=pk).first()
    if test is None:
        raise NotFound
    if to_write and not may_stop(user, test):
        raise NotAllowed
    return test


def may_stop(user: User, test: TeamTest) -> bool:
    """Whether ``user`` may end a test and say what the team makes of it."""
    return user.is_admin or (user.is_lead and test.team_id is not None and test.team_id == user.team_id)
