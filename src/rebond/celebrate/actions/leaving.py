"""A call leaves the contests it is voted on in, when its sound may be heard there no longer; a name leaves screens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.celebrate.contest.telling import key_of
from rebond.celebrate.models import Contest, ContestState, Nomination, NominationStatus, Recording
from rebond.live.models import LiveEvent

#: Where a call is heard and voted on. Before, the organiser looks at it; after, it was counted.
VOTED_ON = (ContestState.SHORTLIST, ContestState.VOTING)


@transaction.atomic
def leave_contests(*, recording: Recording, actor: User | None, now: datetime) -> int:
    """Takes it off every short list that is still voted on; what is read as an extract stays. How many it left.

    Nobody can hear it any more, so nobody could vote on it fairly; ballots pass it over, as when its owner takes it
    out. Contests are locked before recordings, as everywhere, so this comes before the recording is touched.
    """
    listed = Nomination.objects.filter(
        recording=recording, status=NominationStatus.SHORTLISTED, extract="", contest__state__in=VOTED_ON
    )
    left = 0
    for pk, contest in listed.order_by("contest", "pk").values_list("pk", "contest"):
        still = Contest.objects.select_for_update(of=("self",)).filter(pk=contest, state__in=VOTED_ON).exists()
        if not still:  # it was closed and counted meanwhile
            continue
        call = Nomination.objects.get(pk=pk)
        call.status = NominationStatus.WITHDRAWN
        call.save(update_fields=["status"])
        record(verb="celebrate.leave_contest", subject=call, actor=actor, at=now)
        left += 1
    return left


def no_longer_told(contests: Iterable[int]) -> None:
    """Screens that slept hear no more who won: somebody took their word back, or the month was called off."""
    LiveEvent.objects.filter(key__in=[key_of(pk) for pk in contests]).delete()


def won_with(recording: Recording) -> list[int]:
    """The contests this call won."""
    won = Nomination.objects.filter(recording=recording, status=NominationStatus.SHORTLISTED, place=1)
    return list(won.order_by("pk").values_list("contest", flat=True))
