"""What a ballot may say: calls one approves of (three on the short list), or ranked, best first (from four). Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from rebond.base.errors import RebondError

APPROVAL, RANKED = "approval", "ranked"
#: Calls on the short list from which ballots rank.
RANKED_FROM = 4


def method_of(calls: int) -> str:
    """How so many calls are voted on.

    >>> method_of(3), method_of(4), method_of(5)
    ('approval', 'ranked', 'ranked')
    """
    return RANKED if calls >= RANKED_FROM else APPROVAL


def checked(choices: Sequence[int], *, shortlist: Collection[int], own: Collection[int], method: str) -> list[int]:
    """The choices as they are kept: as ranked, or in the order of their numbers where all approved of count alike.

    >>> checked([3, 1], shortlist=[1, 2, 3], own=[], method="approval")
    [1, 3]
    >>> checked([3, 1], shortlist=[1, 2, 3, 4], own=[2], method="ranked")
    [3, 1]

    Raises:
        RebondError: ``ballot_empty``, ``ballot_unknown``, ``ballot_twice``, ``ballot_own``.
    """
    if not choices:
        raise RebondError(_("No call was chosen. Nothing was counted. Choose at least one."), code="ballot_empty")
    if set(choices) - set(shortlist):
        raise RebondError(
            _("One of these calls is not on the short list. Nothing was counted. Choose among those shown."),
            code="ballot_unknown",
        )
    if len(set(choices)) < len(choices):
        raise RebondError(
            _("One call stands twice on the ballot. Nothing was counted. Give each call one place."),
            code="ballot_twice",
        )
    if set(choices) & set(own):
        raise RebondError(
            _("Your own call cannot be on your ballot. Nothing was counted. Choose among the others."),
            code="ballot_own",
        )
    return sorted(choices) if method == APPROVAL else list(choices)
