"""Who agreed to what: a recording may be used for a purpose once everybody who is heard agreed to just that one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from rebond.celebrate.models import Consent, ConsentPurpose, Recording, RecordingStatus, Voice


def is_usable(recording: Recording, purpose: str) -> bool:
    """Whether its sound is there, somebody is named, and each of them agreed to ``purpose``; one query."""
    found = Recording.objects.filter(Q(pk=recording.pk) & with_sound() & agreed(purpose))
    return found.exists()


def with_sound() -> Q:
    """Recordings that can be played."""
    return Q(status=RecordingStatus.READY) & ~Q(stored="")


def agreed(purpose: str) -> Q:
    """Recordings of which every voice agreed to a purpose; one that names nobody is of nobody's consent."""
    voices = Voice.objects.filter(recording=OuterRef("pk"))
    return Q(Exists(voices)) & ~Q(Exists(voices.filter(~Exists(_standing(purpose, "pk")))))


def standing_of(recording: Recording) -> dict[int, dict[str, Consent]]:
    """By voice and purpose, what stands now; one query."""
    found: dict[int, dict[str, Consent]] = {}
    consents = Consent.objects.filter(voice__recording=recording, withdrawn_at=None).select_related("noted_by")
    for consent in consents.order_by("at", "pk"):
        found.setdefault(consent.voice_id, {})[consent.purpose] = consent
    return found


def taken_back(recordings: Iterable[int]) -> set[tuple[int, int]]:
    """Colleagues who took a consent back and did not give it again, as (recording, user); one query. They are not named
    with that call any more, whatever it was for: coaching is the ground of the others."""
    again = Consent.objects.filter(voice=OuterRef("voice"), purpose=OuterRef("purpose"), withdrawn_at=None)
    back = Consent.objects.filter(~Exists(again), withdrawn_at__isnull=False, voice__user__isnull=False)
    found = back.filter(voice__recording__in=set(recordings))
    return {*found.values_list("voice__recording", "voice__user")}


def _standing(purpose: str, voice: str) -> QuerySet[Consent]:
    return Consent.objects.filter(voice=OuterRef(voice), purpose=ConsentPurpose(purpose), withdrawn_at=None)
