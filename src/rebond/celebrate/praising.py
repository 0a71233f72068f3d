"""How praise is said: in the form the person wants at the moment it is sent, and never to more people than they let."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from rebond.accounts.models import Role, User
from rebond.celebrate.kept_out import tells_what_is_kept
from rebond.celebrate.models import Praise, PraiseForm, Preference, Visibility, Win
from rebond.celebrate.queries.praise import READ_BY_OTHERS
from rebond.celebrate.queries.preferences import preference_of
from rebond.celebrate.telling import LANGUAGES, people_of, title, wish_of
from rebond.celebrate.visibility import Wish, reaches
from rebond.live import topics

#: Below so many words it is a pat on the back, not what exactly somebody did.
FEWEST_WORDS = 4


@dataclass(frozen=True)
class Manner:
    """How one win may be praised now: the form, and what all of its people let others hear."""

    form: str
    wish: Wish

    @property
    def is_wanted(self) -> bool:
        """Whether anything may be said at all."""
        return self.form != PraiseForm.NONE and self.wish.visibility != Visibility.NOBODY


def manner_of(win: Win, wish: Wish | None = None) -> Manner:
    """What the people of a win want now (``wish``, where that was just looked up); four queries at most."""
    said = preference_of(win.owner) if win.owner else Preference()
    wish = wish_of(win) if wish is None else wish
    return Manner(form_of(wish, said), wish)


def form_of(wish: Wish, said: Preference) -> str:
    """The form somebody likes, as far as the team may hear of the win; else a message to them alone.

    >>> form_of(Wish("team"), Preference(form="public")), form_of(Wish("leader"), Preference(form="public"))
    ('public', 'private')
    """
    if said.form in READ_BY_OTHERS and not reaches(wish, Visibility.TEAM):
        return PraiseForm.PRIVATE.value
    return said.form


def likes(form: str) -> str:
    """How they like to hear it, as who writes reads it."""
    return {
        PraiseForm.PUBLIC.value: _("in front of everybody"),
        PraiseForm.GROUP.value: _("among a few: those who had a part, and the team’s page of wins"),
        PraiseForm.PRIVATE.value: _("in a message to them alone"),
        PraiseForm.SPOKEN.value: _("said to them in person"),
    }.get(form, _("not at all"))


def leader_of(win: Win) -> User | None:
    """Who writes: the first active manager of the team, never about themselves; ``None`` where there is none."""
    if win.team_id is None:
        return None
    leads = User.objects.filter(team=win.team_id, role=Role.MANAGER, is_active=True)
    return leads.exclude(pk=win.owner_id or 0).order_by("pk").first()


def is_enough(did: str) -> bool:
    """Whether it says what somebody did.

    >>> is_enough("Well done!"), is_enough("She asked why they had said no before")
    (False, True)
    """
    return len(did.split()) >= FEWEST_WORDS


def draft(win: Win, did: str, manner: Manner) -> str:
    """A message around the leader's own words, in the colleague's language; shown, never sent by itself. It names them
    unless others read it and the name is to stay out of it."""
    owner = win.owner
    unnamed = owner is None or (manner.form in READ_BY_OTHERS and not manner.wish.show_name)
    with translation.override(owner.language if owner else None):
        said = {"name": owner.first_name if owner else "", "did": _sentence(did)}
        if unnamed:
            return _("%(did)s\n\nIt is what made the difference here. Thank you.") % said
        return _("%(name)s, %(did)s\n\nIt is what made the difference here. Thank you.") % said


def _sentence(did: str) -> str:
    """
    >>> _sentence("you asked why they had said no")
    'you asked why they had said no.'
    """
    text = did.strip()
    return text if text[-1:] in ".!?…" else f"{text}."


def named_against_wish(win: Win, wish: Wish, text: str) -> bool:
    """Whether words that others read tell what the people of the win keep out of it."""
    return tells_what_is_kept(text, win=win, names=[one.name for one in people_of(win)], wish=wish)


def audience_of(win: Win, manner: Manner) -> list[str]:
    """Whose screens show it at once: everybody's or the team's in public, its people's among a few, nobody's else."""
    if manner.form == PraiseForm.PUBLIC and manner.wish.visibility == Visibility.EVERYONE:
        return [topics.EVERYONE]
    if manner.form == PraiseForm.PUBLIC and win.team_id:
        return [topics.team(win.team_id)]
    if manner.form in READ_BY_OTHERS:
        return [topics.person(one.pk) for one in people_of(win)]
    return []


def data_of(praise: Praise, wish: Wish) -> dict[str, Any]:
    """What a screen shows: whose message about which win, as far as it may be named, and the message."""
    said: dict[str, Any] = {"win": praise.win_id, "at": praise.sent_at.isoformat() if praise.sent_at else ""}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = {
                "title": title(praise.win, wish),
                "line": by_line(praise),
                "milestones": [shorten(praise.text, 280, placeholder="…")],
            }
    return said


def by_line(praise: Praise) -> str:
    """ "Nadia writes"."""
    return _("%(name)s writes:") % {"name": praise.leader.first_name if praise.leader else ""}
