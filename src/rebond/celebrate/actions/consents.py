"""Who is heard, and what each of them agreed to; taken back, the sound is gone for that purpose at once."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.text import clean
from rebond.celebrate.actions.leaving import leave_contests, no_longer_told, won_with
from rebond.celebrate.actions.recordings import renew_name, sound_removed
from rebond.celebrate.models import Consent, ConsentPurpose, Recording, Voice
from rebond.deals.models import Person


@transaction.atomic
def name_voice(
    *, recording: Recording, name: str = "", person: Person | None = None, user: User | None = None, actor: User,
    now: datetime,
) -> Voice:  # fmt: skip
    """Somebody more is heard; the same colleague or person twice is once. Until they agree, everybody waits."""
    found = _same(recording, person, user)
    if found is not None:
        return found
    leave_contests(recording=recording, actor=actor, now=now)
    voice = recording.voices.create(person=person, user=user, name=clean(name, 200))
    record(verb="celebrate.name_voice", subject=recording, actor=actor, at=now, voice=voice.pk)
    renew_name(recording=recording, actor=actor, now=now)
    return voice


def _same(recording: Recording, person: Person | None, user: User | None) -> Voice | None:
    if user is not None:
        return recording.voices.filter(user=user).first()
    return recording.voices.filter(person=person).first() if person is not None else None


@transaction.atomic
def give_consent(
    *, voice: Voice, purpose: str, proof: str, place: str = "", given_on: date, actor: User, now: datetime
) -> Consent:
    """One voice agreed to one purpose; said twice it stands once, with the first proof."""
    wanted = ConsentPurpose(purpose)
    standing = voice.consents.filter(purpose=wanted, withdrawn_at=None)
    if (found := standing.first()) is not None:
        return found
    try:
        with transaction.atomic():
            consent: Consent = voice.consents.create(
                purpose=wanted, proof=clean(proof, 300), place=clean(place, 80), given_on=given_on, noted_by=actor,
                at=now,
            )  # fmt: skip
    except IntegrityError:  # noted by somebody else since we looked
        return standing.get()
    record(verb="celebrate.give_consent", subject=consent, actor=actor, at=now, purpose=wanted.value)
    return consent


@transaction.atomic
def withdraw_consent(
    *, voice: Voice, purpose: str, because: str = "withdrawn", actor: User | None, now: datetime
) -> int:
    """Taken back: for the contest or the library the sound is gone there at once; for coaching it is deleted.

    Returns:
        how many consents stood; 0 when it had been taken back before.
    """
    wanted = ConsentPurpose(purpose)
    ended = voice.consents.filter(purpose=wanted, withdrawn_at=None).update(withdrawn_at=now)
    if not ended:
        return 0
    record(verb="celebrate.withdraw_consent", subject=voice, actor=actor, at=now, purpose=wanted.value)
    if voice.user_id is not None:
        no_longer_told(won_with(voice.recording))
    if wanted == ConsentPurpose.COACHING:
        sound_removed(recording=voice.recording, because=because, actor=actor, now=now)
        return ended
    if wanted == ConsentPurpose.CONTEST:
        leave_contests(recording=voice.recording, actor=actor, now=now)
    renew_name(recording=voice.recording, actor=actor, now=now)
    return ended
