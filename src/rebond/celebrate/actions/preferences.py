"""What praise somebody wants is said by themselves; nobody else can change it, no role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, RebondError
from rebond.celebrate.actions.retelling import hold_wishes, retell_wins
from rebond.celebrate.models import Incentive, PraiseForm, Preference, Visibility
from rebond.celebrate.telling import as_wish
from rebond.celebrate.visibility import most_private

#: The sounds of the bell (``static/web/bell.js``), and how many incentives are put in order.
SONGS, ORDERED = ("bell", "two", "chime", "wood"), 3


@transaction.atomic
def say(
    *, user: User, visibility: str, show_name: bool, show_amount: bool, show_customer: bool, form: str,
    incentives: Sequence[str] = (), leader_may_see: bool, sound: bool = False, song: str = "", actor: User | None,
    now: datetime,
) -> Preference:  # fmt: skip
    """What ``user`` wants, from now on: whatever is told next looks at it, and where it is narrower than before, what
    open screens were told lately is taken back. The audit log keeps no word of it.

    Raises:
        NotAllowed: somebody else says it, be it an administrator.
        RebondError: ``not_a_choice``: a value that is not offered.
    """
    if actor is None or actor.pk != user.pk:
        raise NotAllowed(_("Only they themselves say which praise they like. Nothing was changed."))
    liked = tuple(dict.fromkeys(incentives))[:ORDERED]
    _check(visibility, form, liked, song)
    hold_wishes(of=[user])
    said, _made = Preference.objects.select_for_update().get_or_create(user=user)
    before, form_before = as_wish(said), said.form
    said.visibility, said.form, said.incentives = visibility, form, list(liked)
    said.show_name, said.show_amount, said.show_customer = show_name, show_amount, show_customer
    said.leader_may_see, said.sound, said.song, said.said_at = leader_may_see, sound, song, now
    said.save()
    record(verb="celebrate.say_praise", subject=said, actor=actor, at=now)
    if form != form_before or most_private([before, as_wish(said)]) != before:
        retell_wins(of=user, now=now)
    return said


def _check(visibility: str, form: str, incentives: Sequence[str], song: str) -> None:
    offered = visibility in Visibility.values and form in PraiseForm.values and song in ("", *SONGS)
    if not (offered and set(incentives) <= set(Incentive.values)):
        raise RebondError(
            _("This is not one of the answers. Nothing was changed. Choose one of those that are shown."),
            code="not_a_choice",
        )


@transaction.atomic
def put_off(*, user: User, now: datetime) -> Preference:
    """Not now: asked once more after a month, then never; what was said stays as it is."""
    row, _made = Preference.objects.select_for_update().get_or_create(user=user)
    if row.said_at is None:
        row.asked_at, row.put_off = now, min(row.put_off + 1, 100)
        row.save(update_fields=["asked_at", "put_off"])
        record(verb="celebrate.put_off_praise", subject=row, actor=user, at=now)
    return row
