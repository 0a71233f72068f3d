"""The list of staying in touch as its page shows it: signs first, who is due with what, then month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from babel.dates import format_skeleton
from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from rebond.accounts.models import Role, Team, User
from rebond.base.play import Evidence
from rebond.nurture.access import enrolments_for, may_write
from rebond.nurture.cadence.intervals import BANDS
from rebond.nurture.drafts import drafts_for
from rebond.nurture.keep.words import signal_source, signal_verb, signal_why
from rebond.nurture.models import Enrolment, Signal, Standing
from rebond.nurture.queries.counts import signals_for, standing_counts
from rebond.nurture.queries.due import Due, coming, due_for

DUE_AT_MOST, COMING_AT_MOST, RESTING_AT_MOST, WAITED_FOR_AT_MOST = 40, 60, 60, 10


@dataclass(frozen=True)
class Line:
    """One person of the list.

    Attributes:
        piece, piece_why: what would go with the next note, and why; only for who is due.
        may: the reader may act: it is theirs, or they lead.
        band, band_label: see ``cadence.intervals.BANDS``.
    """

    enrolment: Enrolment
    why: str
    evidence: tuple[Evidence, ...]
    band: str
    band_label: str
    held: str
    piece: str = ""
    piece_why: str = ""
    may: bool = False


@dataclass(frozen=True)
class Sign:
    """One sign that somebody may be ready."""

    signal: Signal
    verb: str
    why: str
    source: str
    may: bool


@dataclass(frozen=True)
class Month:
    """Who comes in one month."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Listed:
    """Everything the page shows."""

    counts: dict[str, int]
    signs: tuple[Sign, ...]
    due: tuple[Line, ...]
    months: tuple[Month, ...]
    coming: int

    @property
    def headline(self) -> str:
        """ "31 people said no and are in touch; 4 are due, 2 look ready"."""
        people, due, ready = self.counts["active"] + self.counts["paused"], self.counts["due"], self.counts["signals"]
        said = ngettext(
            "%(count)d person said no and is in touch", "%(count)d people said no and are in touch", people
        ) % {"count": people}
        turn = ngettext("%(count)d is due", "%(count)d are due", due) % {"count": due}
        look = ngettext("%(count)d looks ready", "%(count)d look ready", ready) % {"count": ready}
        return _("%(people)s; %(due)s, %(ready)s") % {"people": said, "due": turn, "ready": look}

    @property
    def is_empty(self) -> bool:
        """Nobody is in touch, and nothing waits."""
        return not (self.counts["active"] or self.counts["paused"] or self.counts["ended"] or self.signs)


def listed(user: User, *, now: datetime, team: Team | None = None) -> Listed:
    """The page's content; a constant number of queries, however many people."""
    due = due_for(user, now, DUE_AT_MOST, team=team)
    later = coming(user, now, COMING_AT_MOST, team=team)
    return Listed(
        counts=standing_counts(user, now, team=team),
        signs=tuple(_sign(signal, user) for signal in signals_for(user, team=team)),
        due=tuple(_with_pieces(due, user, now)),
        months=tuple(_by_month([_line(found, user) for found in later])),
        coming=len(later),
    )


def _sign(signal: Signal, user: User) -> Sign:
    may = may_write(user, signal.owner_id)
    return Sign(signal, signal_verb(signal.kind), signal_why(signal), signal_source(signal), may)


def _line(found: Due, user: User, piece: str = "", why: str = "", *, due: bool = False) -> Line:
    """Whose day has come has a good moment, however short the time since the last contact: a date they gave decides."""
    band = "good" if due and found.band == "not_yet" else found.band
    words: Mapping[str, str | Promise] = {str(key): label for key, label in BANDS.items()}
    label, may = str(words[band]), may_write(user, found.enrolment.owner_id)
    return Line(found.enrolment, found.why, found.evidence, band, label, found.held, piece, why, may)


def _with_pieces(found: Sequence[Due], user: User, now: datetime) -> list[Line]:
    """Who is due, each with the piece that would go with the note and why that one."""
    written = drafts_for([one.enrolment for one in found if not one.held], now=now)
    lines = []
    for one in found:
        draft = written.get(one.enrolment.pk)
        piece = draft.piece.title if draft and draft.piece else ""
        lines.append(_line(one, user, piece, draft.piece_why if draft else "", due=True))
    return lines


def _by_month(lines: Sequence[Line]) -> list[Month]:
    def month(line: Line) -> date:
        return (line.enrolment.due_on or date.max).replace(day=1)

    return [Month(_month(first), tuple(group)) for first, group in groupby(sorted(lines, key=month), key=month)]


def _month(first: date) -> str:
    """ "December 2026"."""
    shown = format_skeleton("yMMMM", first, locale=get_language() or "en")
    return f"{shown[0].upper()}{shown[1:]}"


def resting(user: User, status: str, *, team: Team | None = None) -> list[Enrolment]:
    """Who is paused, or with whom it is over; the latest first."""
    found = _scope(user, team).filter(status=status)
    order = ("paused_until", "pk") if status == Standing.PAUSED else ("-ended_at", "-pk")
    return list(found.order_by(*order)[:RESTING_AT_MOST])


def waited_for(user: User, *, team: Team | None = None) -> list[tuple[str, int]]:
    """What people miss and wait for, with how many wait for it; most waited for first."""
    waiting = _scope(user, team).filter(status=Standing.ACTIVE).exclude(waits_for="").order_by()
    found = waiting.values_list("waits_for").annotate(count=Count("pk")).order_by("-count", "waits_for")
    return list(found[:WAITED_FOR_AT_MOST])


def _scope(user: User, team: Team | None) -> QuerySet[Enrolment]:
    """The reader's own people, or those of a team they may see."""
    seen = enrolments_for(user)
    return seen.filter(team=team) if team is not None else seen.filter(owner=user)


def teams_for(user: User) -> list[Team]:
    """Teams whose people ``user`` may look at as a whole: a lead's own, an administrator's all."""
    if user.role == Role.ADMIN:
        return list(Team.objects.all())
    return [user.team] if user.is_lead and user.team else []
