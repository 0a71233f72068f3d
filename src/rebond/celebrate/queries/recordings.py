"""Recordings as screens list them, and who may open and hear which."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from rebond.accounts.models import User
from rebond.celebrate.models import Consent, ConsentPurpose, Recording, RecordingStatus, Voice
from rebond.celebrate.queries.consents import agreed, with_sound
from rebond.deals.models import Deal


def recordings_for(user: User) -> QuerySet[Recording]:
    """Recordings whose page ``user`` may open: one's own, those one is heard in, those of the team one leads; what
    everybody in it gave to the team, or to the library."""
    mine = Q(owner=user) | Q(pk__in=Voice.objects.filter(user=user).values("recording"))
    near = Q(team=user.team_id) if user.team_id else Q(pk=None)
    led = near if user.is_lead else Q(pk=None)
    shown = with_sound() & (near & agreed(ConsentPurpose.COACHING) | agreed(ConsentPurpose.LIBRARY))
    found = Recording.objects.select_related("owner", "team", "deal")
    return found if user.is_admin else found.filter(mine | led | shown)


def heard_by(user: User) -> Q:
    """Recordings whose sound ``user`` may hear for learning. Who uploaded it, always; who leads, once all agreed."""
    mine = Q(owner=user) | Q(pk__in=Voice.objects.filter(user=user).values("recording"))
    near = Q(team=user.team_id) if user.team_id else Q(pk=None)
    led = Q() if user.is_admin else near
    return with_sound() & (mine | led & agreed(ConsentPurpose.COACHING) | agreed(ConsentPurpose.LIBRARY))


def may_manage(user: User, recording: Recording) -> bool:
    """Who uploaded it, and who leads their team."""
    led = user.is_lead and (user.is_admin or (user.team_id is not None and user.team_id == recording.team_id))
    return recording.owner_id == user.pk or led


def list_for(user: User) -> QuerySet[Recording]:
    """Recordings one may open, newest first, without outlines; whether one may hear each, and whether words are
    missing; one query."""
    missing = Voice.objects.filter(recording=OuterRef("pk")).filter(~Exists(_coaching()))
    hears = Recording.objects.filter(heard_by(user), pk=OuterRef("pk"))
    found = recordings_for(user).defer("peaks", "transcript").annotate(hears=Exists(hears), missing=Exists(missing))
    return found.order_by("-made_at", "-pk")


def _coaching() -> QuerySet[Consent]:
    return Consent.objects.filter(voice=OuterRef("pk"), purpose=ConsentPurpose.COACHING, withdrawn_at=None)


def unfinished_of(user: User) -> QuerySet[Recording]:
    """One's own uploads that wait for the rest of their file."""
    mine = Recording.objects.filter(owner=user, status=RecordingStatus.UPLOADING)
    return mine.only("pk", "title", "file_name", "size", "received", "made_at").order_by("-made_at", "-pk")


def deals_to_name(user: User) -> QuerySet[Deal]:
    """One's own deals, those in touch last first: what a call may have been about."""
    return Deal.objects.filter(owner=user).select_related("company").order_by("-last_touch_at", "-pk")


def unknown_files(names: Sequence[str]) -> list[str]:
    """Of files in the folder, those no recording knows (left by a crash); one query."""
    rows = Recording.objects.filter(Q(stored__in=names) | Q(quiet__in=names)).values_list("stored", "quiet")
    known = {name for row in rows for name in row}
    return [name for name in names if name not in known]
