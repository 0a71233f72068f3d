"""Which piece fits a person: a pure ranking, and the same for many people in a constant number of queries.

What is never picked: another language than the person's (unless the piece says it may be sent to its readers too),
retired, expired, past its review date, with a broken address, and what the person was given before. Of the rest: the
reason they said no goes before a topic, an earlier topic before a later one, the fresher before the older, the one
fewer people were given before the other, the older id last. A piece that names neither a reason nor a topic fits
everybody, after all others; one that names only other reasons and topics fits nobody here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count
from django.utils.translation import gettext as _

from rebond.base.dates import local_day
from rebond.deals.models import Person
from rebond.nurture.library import languages, reasons, topics
from rebond.nurture.models import Given, Piece, PieceTag, TagKind


@dataclass(frozen=True)
class Need:
    """What a person could use.

    Attributes:
        person: primary key of the person.
        reason: code of the reason they said no; empty when nobody knows.
        topics: what was named in the debrief and what the cadence asks for, most wanted first.
        language: they read ("fr").
    """

    person: int
    reason: str
    topics: tuple[str, ...]
    language: str


@dataclass(frozen=True)
class Pick:
    """A piece for somebody, and why, in one translated line."""

    piece: Piece
    why: str


@dataclass(frozen=True)
class Nothing:
    """That there is no piece: why, in one translated line, and the gap it leaves.

    Attributes:
        code: ``none`` (nothing answers it), ``other_language``, ``all_given`` or ``asleep`` (what would fit is broken,
            over, or waits for somebody to look at it again).
        reason, language: the gap.
    """

    code: str
    why: str
    reason: str
    language: str


@dataclass(frozen=True)
class Candidate:
    """What the ranking needs to know of a piece; no database."""

    pk: int
    language: str
    reasons: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    also_for: frozenset[str] = frozenset()
    review_on: date = date.max
    expires_on: date | None = None
    is_retired: bool = False
    is_broken: bool = False
    fresh_on: date = date.min
    given: int = 0

    def is_live(self, today: date) -> bool:
        """Whether it may be sent at all."""
        over = self.expires_on is not None and self.expires_on < today
        return not (self.is_retired or self.is_broken or over or self.review_on < today)

    def speaks(self, language: str) -> bool:
        """Whether it may go to somebody who reads ``language``."""
        return language == self.language or language in self.also_for


def match(one: Candidate, reason: str, wanted: Sequence[str]) -> tuple[int, int] | None:
    """How well it answers, smaller is better; ``None`` when it is about something else.

    >>> match(Candidate(1, "fr", frozenset({"timing"})), "timing", ()), match(Candidate(1, "fr"), "timing", ())
    ((0, 0), (2, 0))
    """
    place = next((place for place, topic in enumerate(wanted) if topic in one.topics), None)
    if reason and reason in one.reasons:
        return 0, len(wanted) if place is None else place
    if place is not None:
        return 1, place
    return None if one.reasons or one.topics else (2, 0)


def rank(candidates: Iterable[Candidate], need: Need, today: date, given: Collection[int] = ()) -> list[Candidate]:
    """Those that fit, best first; pure.

    Args:
        given: keys of the pieces the person had before.
    """
    fitting = [
        (found, -one.fresh_on.toordinal(), one.given, one.pk, one)
        for one in candidates
        if one.pk not in given and one.is_live(today) and one.speaks(need.language)
        for found in (match(one, need.reason, need.topics),)
        if found is not None
    ]
    return [row[-1] for row in sorted(fitting, key=lambda row: row[:-1])]


def pick(person: Person, reason: str, topics: Sequence[str], language: str, now: datetime) -> Pick | None:
    """The piece that fits ``person`` best now, or ``None`` when there is none (``look`` says why)."""
    return pick_many([Need(person.pk, reason, tuple(topics), language)], now=now).get(person.pk)


def look(need: Need, *, now: datetime) -> Pick | Nothing:
    """A piece, or why there is none."""
    return look_many([need], now=now)[need.person]


def pick_many(needs: Iterable[Need], *, now: datetime) -> Mapping[int, Pick]:
    """Person's key to their piece; who has none is absent. Five queries, however many people."""
    return {person: found for person, found in look_many(needs, now=now).items() if isinstance(found, Pick)}


def look_many(needs: Iterable[Need], *, now: datetime) -> dict[int, Pick | Nothing]:
    """Person's key to their piece, or to why there is none. Five queries, however many people and pieces."""
    wanted, today, names = list(needs), local_day(now), reasons.current()
    shelf = candidates() if wanted else []
    had = given_to([need.person for need in wanted])
    ranked = {key: rank(shelf, need, today) for key, need in {_key(need): need for need in wanted}.items()}
    best = {
        need.person: next((one for one in ranked[_key(need)] if one.pk not in had.get(need.person, ())), None)
        for need in wanted
    }
    pieces = Piece.objects.in_bulk({one.pk for one in best.values() if one})
    found: dict[int, Pick | Nothing] = {}
    for need in wanted:
        one = best[need.person]
        if one is None or one.pk not in pieces:
            found[need.person] = _nothing(need, shelf, ranked[_key(need)], names)
        else:
            found[need.person] = Pick(pieces[one.pk], why(one, need, names))
    return found


def _key(need: Need) -> tuple[str, tuple[str, ...], str]:
    return need.reason, need.topics, need.language


def candidates() -> list[Candidate]:
    """The whole shelf but what is retired, with its tags and how many people were given each; two queries."""
    tags: dict[int, tuple[set[str], set[str]]] = {}
    for piece, kind, value in PieceTag.objects.filter(piece__retired_at=None).values_list("piece", "kind", "value"):
        tags.setdefault(piece, (set(), set()))[kind == TagKind.TOPIC].add(value)
    shelf = Piece.objects.filter(retired_at=None).annotate(times=Count("given")).order_by()
    return [candidate_of(piece, *tags.get(piece.pk, (set(), set())), piece.times) for piece in shelf.defer("text")]


def candidate_of(piece: Piece, answers: Collection[str], about: Collection[str], times: int = 0) -> Candidate:
    """A piece as the ranking sees it."""
    return Candidate(
        pk=piece.pk, language=piece.language, reasons=frozenset(answers), topics=frozenset(about),
        also_for=frozenset(code.strip() for code in piece.also_for.split(",") if code.strip()),
        review_on=piece.review_on, expires_on=piece.expires_on, is_retired=piece.retired_at is not None,
        is_broken=is_broken(piece), fresh_on=local_day(piece.updated_at), given=times,
    )  # fmt: skip


def is_broken(piece: Piece) -> bool:
    """Whether its address failed on two different days; after one failure it is only flagged."""
    if piece.broken_since is None or piece.checked_at is None:
        return False
    return local_day(piece.checked_at) > local_day(piece.broken_since)


def given_to(people: Collection[int]) -> dict[int, set[int]]:
    """Person's key to the pieces they had, or have coming; one query."""
    found: dict[int, set[int]] = {}
    for person, piece in Given.objects.filter(person__in=people).values_list("person", "piece"):
        found.setdefault(person, set()).add(piece)
    return found


def why(one: Candidate, need: Need, names: reasons.Names) -> str:
    """Why this piece, in one line."""
    facts = {"language": languages.name(one.language), "reason": names.label(need.reason)}
    foreign = one.language != need.language
    if need.reason and need.reason in one.reasons:
        said = (
            _("Answers “%(reason)s”, in %(language)s, which may be sent to them too, not sent to them yet.") if foreign
            else _("Answers “%(reason)s”, in %(language)s, not sent to them yet.")
        )  # fmt: skip
        return said % facts
    topic = next((topic for topic in need.topics if topic in one.topics), "")
    if topic:
        return _("About “%(topic)s”, in %(language)s, not sent to them yet.") % {**facts, "topic": topics.label(topic)}
    return _("Useful to everybody, in %(language)s, not sent to them yet.") % facts


def _nothing(need: Need, shelf: Sequence[Candidate], fitting: Sequence[Candidate], names: reasons.Names) -> Nothing:
    """Why nothing is there, the nearest obstacle first."""
    close = [one for one in shelf if match(one, need.reason, need.topics) is not None]
    if fitting:
        code, said = "all_given", _("They were given everything that fits. Another piece in %(language)s would help.")
    elif any(one.speaks(need.language) for one in close):
        code, said = "asleep", _("What would fit in %(language)s waits: look at it again in the library first.")
    elif close:
        code, said = "other_language", _("What would fit is not in %(language)s. A piece for it is missing.")
    else:
        code, said = "none", _("Nothing in the library answers “%(reason)s” in %(language)s yet.")
    if code == "none" and need.reason in reasons.NO_ANSWER:
        said = _("Nothing in the library fits in %(language)s yet.")
    facts = {"language": languages.name(need.language), "reason": names.label(need.reason)}
    return Nothing(code, said % facts, need.reason, need.language)
