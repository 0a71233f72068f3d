"""Whether a personal link still takes answers, and the addresses that lead to it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from rebond.base.dates import show_day
from rebond.base.errors import Conflict, RebondError
from rebond.learn.feedback.tokens import token_of
from rebond.learn.models import FeedbackProgramme, Invitation, InvitationStatus, Response

#: What the preview of a mail shows in the place of the personal link: no token, so it opens nothing.
SAMPLE_TOKEN = "sample"  # noqa: S105 (made to open nothing)


class LinkClosed(RebondError):
    """The link was good once: expired, or taken back since."""

    code = "link_closed"
    status = 410


def with_everything() -> QuerySet[Invitation]:
    """Invitations with all that the buyer's pages and letters say of them: one query, and only the columns they need,
    since the page is public and making a long query takes longer than asking it."""
    return Invitation.objects.select_related(*_BESIDE).only(*_COLUMNS)


def for_saving() -> QuerySet[Invitation]:
    """The same for a form that is sent: whether the link is open, and the language; the rest is loaded when needed."""
    return Invitation.objects.select_related("close_event__reopening", "deal", "response").only(*_FOR_SAVING)


_INVITATION = (
    "status", "mode", "language", "expires_at", "answered_on", "nonce", "close_event_id", "deal_id", "person_id",
    "programme_id", "sender_id", "reader_id",
)  # fmt: skip
_FOR_SAVING = (
    *_INVITATION, "close_event__outcome", "close_event__reopening__at", "deal__team_id", "response__language",
    "response__invitation_id",
)  # fmt: skip
_BESIDE = ("close_event__reopening", "deal__owner", "person", "programme__sender", "sender", "reader", "response")
_COLUMNS = (
    *_INVITATION, *(f"response__{field.attname}" for field in Response._meta.fields if field.name != "option_order"),
    "close_event__outcome", "close_event__closed_at", "close_event__recorded_at", "close_event__reopening__at",
    "deal__team_id", "deal__owner__name", "person__name", "person__email", "programme__company_name",
    "programme__contact", "programme__sender__email", "sender__name", "sender__email", "reader__name",
)  # fmt: skip


def check_open(invitation: Invitation, now: datetime) -> None:
    """Whether an answer may still be stored.

    Raises:
        Conflict: ``already_sent``.
        LinkClosed: ``link_closed`` (not asked after all), ``link_expired``.
    """
    if invitation.status == InvitationStatus.ANSWERED:
        raise Conflict(
            _("Your answer was sent on %(day)s and is kept as it was. Nothing was added to it.")
            % {"day": show_day(invitation.answered_on)},
            code="already_sent",
        )
    # A deal that was opened again changes nothing here: what was asked may be answered, and nothing is lost.
    if invitation.status == InvitationStatus.EXCLUDED:
        raise LinkClosed(
            _("Things have moved on since we asked, and the question is closed. Nothing is needed from you.")
        )
    check_not_expired(invitation, now)


def check_not_expired(invitation: Invitation, now: datetime) -> None:
    """``LinkClosed`` ``link_expired`` once the link's time is over."""
    if invitation.expires_at is not None and invitation.expires_at <= now:
        raise LinkClosed(
            _("This link was open until %(day)s. Nothing more is stored, and nothing is needed from you.")
            % {"day": show_day(invitation.expires_at)},
            code="link_expired",
        )


def link_of(invitation: Invitation) -> str:
    """The personal link as a mail carries it; made here and stored nowhere."""
    return link_with(token_of(invitation.nonce))


def sample_link() -> str:
    """The link of a preview: it looks like one and opens nothing."""
    return link_with(SAMPLE_TOKEN)


def link_with(token: str) -> str:
    """``https://our.address/s/TOKEN``."""
    return settings.CONFIG.public_url.rstrip("/") + reverse("learn:survey", args=[token])


def newest_programme() -> FeedbackProgramme | None:
    """The rules in force, for pages that belong to no invitation."""
    return FeedbackProgramme.objects.select_related("sender").order_by("-version").first()


def contact_of(programme: FeedbackProgramme | None) -> str:
    """Who answers questions about the survey: what the programme names, else its sender's address, else nothing."""
    if programme is None:
        return ""
    return programme.contact or (programme.sender.email if programme.sender else "") or ""
