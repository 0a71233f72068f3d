"""Reads of the library: its shelf as a list shows it, and how each piece stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from rebond.base.dates import local_day
from rebond.base.text import clean
from rebond.nurture.library import languages, reasons, topics
from rebond.nurture.library.picking import is_broken
from rebond.nurture.library.results import Results, results_of
from rebond.nurture.models import Piece, PieceTag, TagKind

#: How a piece stands; only ``live`` and ``flagged`` ones are picked.
STANDING: dict[str, str | Promise] = {
    "live": pgettext_lazy("piece", "may be sent"),
    "flagged": pgettext_lazy("piece", "its address did not answer once"),
    "broken": pgettext_lazy("piece", "its address does not answer"),
    "over": pgettext_lazy("piece", "over"),
    "unreviewed": pgettext_lazy("piece", "to be looked at again"),
    "retired": pgettext_lazy("piece", "retired"),
}
#: What the list can be narrowed to.
STATES = ("live", "waiting", "retired")


@dataclass(frozen=True)
class Row:
    """One piece as a list shows it.

    Attributes:
        answers: reasons as a seller reads them; ``about``: topics in words.
        standing: a key of ``STANDING``.
    """

    piece: Piece
    answers: tuple[str, ...]
    about: tuple[str, ...]
    standing: str
    results: Results

    @property
    def standing_words(self) -> str:
        return str(STANDING[self.standing])

    @property
    def language(self) -> str:
        """The language's name."""
        return languages.name(self.piece.language)

    @property
    def also_for(self) -> tuple[str, ...]:
        """Names of the further languages it may be sent in."""
        return tuple(languages.name(code) for code in self.piece.also_for.split(",") if code)


@dataclass(frozen=True)
class Shelf:
    """What there is, in figures: live pieces per language, and those that wait for somebody."""

    live: tuple[tuple[str, int], ...]
    waiting: int
    retired: int

    @property
    def live_count(self) -> int:
        return sum(count for _code, count in self.live)

    @property
    def is_empty(self) -> bool:
        """Nothing was ever there."""
        return not (self.live or self.waiting or self.retired)


def pieces(
    *, state: str = "", reason: str = "", language: str = "", kind: str = "", words: str = "", now: datetime
) -> QuerySet[Piece]:
    """What may be sent first, the newest before the older; without a state all but retired ones."""
    waits = _waits(local_day(now))
    rests = Case(When(waits, then=Value(1)), default=Value(0))
    found = Piece.objects.filter(retired_at__isnull=state != "retired").order_by(rests, "-updated_at", "-pk")
    if state in ("live", "waiting"):
        found = found.filter(waits) if state == "waiting" else found.exclude(waits)
    if reason:
        tagged = PieceTag.objects.filter(piece=OuterRef("pk"), kind=TagKind.REASON, value=reason)
        found = found.filter(Exists(tagged))
    if language:
        found = found.filter(Q(language=language) | Q(also_for__contains=language))
    if kind:
        found = found.filter(kind=kind)
    if sought := clean(words, 80):
        found = found.filter(Q(title__icontains=sought) | Q(summary__icontains=sought))
    return found.select_related("owner").defer("text")


def _waits(today: date) -> Q:
    """Somebody has to do something first."""
    over = Q(expires_on__isnull=False, expires_on__lt=today)
    return Q(broken_since__isnull=False) | Q(review_on__lt=today) | over


def shelf(*, now: datetime) -> Shelf:
    """The shelf in figures; two queries."""
    waits = _waits(local_day(now))
    here = Piece.objects.filter(retired_at=None).order_by()
    live = here.exclude(waits).values_list("language").annotate(count=Count("pk")).order_by("-count", "language")
    rest = Piece.objects.aggregate(
        waiting=Count("pk", filter=Q(retired_at=None) & waits), retired=Count("pk", filter=Q(retired_at__isnull=False))
    )
    return Shelf(tuple(live), rest["waiting"], rest["retired"])


def standing(piece: Piece, today: date) -> str:
    """How a piece stands, a key of ``STANDING``; the gravest first."""
    if piece.retired_at is not None:
        return "retired"
    if is_broken(piece):
        return "broken"
    if piece.expires_on is not None and piece.expires_on < today:
        return "over"
    if piece.review_on < today:
        return "unreviewed"
    return "flagged" if piece.broken_since is not None else "live"


def rows(found: Sequence[Piece], *, now: datetime) -> list[Row]:
    """The pieces with their tags and results; three queries, however many."""
    names, today = reasons.current(), local_day(now)
    tags: dict[int, tuple[list[str], list[str]]] = {}
    tagged = PieceTag.objects.filter(piece__in=[piece.pk for piece in found]).order_by("pk")
    for piece, kind, value in tagged.values_list("piece", "kind", "value"):
        tags.setdefault(piece, ([], []))[kind == TagKind.TOPIC].append(value)
    followed = results_of([piece.pk for piece in found], now=now)
    return [
        Row(
            piece, tuple(names.label(code) for code in tags.get(piece.pk, ([], []))[0]),
            tuple(topics.label(key) for key in tags.get(piece.pk, ([], []))[1]), standing(piece, today),
            followed[piece.pk],
        )
        for piece in found
    ]  # fmt: skip
