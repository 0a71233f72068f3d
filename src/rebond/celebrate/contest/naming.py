"""Whose call it is, as far as they let it be said, and for as long as they take no consent to it back."""

from __future__ import annotations

from collections.abc import Sequence

from rebond.celebrate.models import Contest, Nomination, NominationStatus, Preference, Visibility
from rebond.celebrate.queries.consents import taken_back
from rebond.celebrate.telling import as_wish
from rebond.celebrate.visibility import reaches


def names_of(nominations: Sequence[Nomination]) -> dict[int, str]:
    """The name of whose call each is; empty where their wish does not let the contest's circle hear it, or where they
    took back what they agreed to. Two queries."""
    said = {one.user_id: one for one in Preference.objects.filter(user__in=[one.nominee_id for one in nominations])}
    back = taken_back(one.recording_id for one in nominations)
    return {
        one.pk: "" if (one.recording_id, one.nominee_id) in back else _name(one, said.get(one.nominee_id), one.contest)
        for one in nominations
    }


def _name(nomination: Nomination, said: Preference | None, contest: Contest) -> str:
    wish, circle = as_wish(said), Visibility.TEAM if contest.team_id else Visibility.EVERYONE
    hidden = not wish.show_name or not reaches(wish, circle) or nomination.status == NominationStatus.WITHDRAWN
    return "" if hidden else nomination.nominee.name
