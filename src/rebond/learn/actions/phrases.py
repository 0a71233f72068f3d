"""Reasons that come as free text: kept verbatim, matched by rule or memory, confirmed once by a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.text import clean, fold
from rebond.learn import taxonomy
from rebond.learn.matching import match
from rebond.learn.models import ReasonAssertion, ReasonPhrase, Voice, Weight

#: A close event's id and what the file says about why, several separated by ``;``, ``buyer:`` naming the voice.
HistoricReason = tuple[int, str]


@transaction.atomic
def attach_history(*, rows: Sequence[HistoricReason], actor: User | None, now: datetime) -> int:
    """Stores the reasons of imported closes; returns how many assertions were written.

    A text that is plain becomes its code; another stays ``other`` with its words, and is remembered as a phrase for
    a person to confirm. Nothing is planned. The words are always kept.
    """
    said = [(event, *one) for event, text in rows for one in _spoken(text)]
    known = _remembered({fold(words) for _event, _voice, words in said})
    unknown: Counter[str] = Counter()
    examples: dict[str, str] = {}
    assertions: dict[tuple[int, str, str], ReasonAssertion] = {}
    first: set[tuple[int, str]] = set()
    for event, voice, words in said:
        code = _code(words, known)
        if code == taxonomy.OTHER:
            unknown[fold(words)[:300]] += 1
            examples.setdefault(fold(words)[:300], words)
        assertion = _historic(event, voice, code, words, (event, voice) not in first, actor, now)
        first.add((event, voice))
        assertions.setdefault((event, voice, code), assertion)
    ReasonAssertion.objects.bulk_create(assertions.values(), batch_size=500)
    _remember(unknown, examples)
    return len(assertions)


def _spoken(text: str) -> Iterable[tuple[str, str]]:
    """Each reason of a cell with its voice; the seller's when none is named.

    >>> list(_spoken("seller:price_vs_alternative; buyer: Too slow"))
    [('seller', 'price_vs_alternative'), ('buyer', 'Too slow')]
    """
    for part in text.split(";"):
        voice, colon, rest = part.partition(":")
        named = bool(colon) and voice.strip().lower() in Voice.values
        words = clean(rest if named else part, 2000)
        if words:
            yield (voice.strip().lower() if named else Voice.SELLER.value), words


def _remembered(folded: set[str]) -> dict[str, str]:
    wanted = [text[:300] for text in folded]
    phrases = ReasonPhrase.objects.filter(folded__in=wanted).exclude(code="")
    return dict(phrases.values_list("folded", "code"))


def _code(words: str, known: dict[str, str]) -> str:
    if words in taxonomy.ASSERTABLE:
        return words
    if remembered := known.get(fold(words)[:300]):
        return remembered
    suggestion = match(words)
    return suggestion.code if suggestion.sure and suggestion.code else taxonomy.OTHER


def _historic(
    event: int, voice: str, code: str, words: str, primary: bool, actor: User | None, now: datetime
) -> ReasonAssertion:
    return ReasonAssertion(
        close_event_id=event, source=voice, code=code, role=Weight.PRIMARY if primary else Weight.CONTRIBUTING,
        verbatim="" if words == code else words, taxonomy_version=taxonomy.VERSION, at=now, by=actor,
    )  # fmt: skip


def _remember(unknown: Counter[str], examples: dict[str, str]) -> None:
    ReasonPhrase.objects.bulk_create(
        [ReasonPhrase(folded=folded, verbatim=examples[folded][:300]) for folded in unknown], ignore_conflicts=True
    )
    for folded, count in unknown.items():
        ReasonPhrase.objects.filter(folded=folded).update(seen=F("seen") + count)


@transaction.atomic
def confirm_phrase(*, phrase: ReasonPhrase, code: str, actor: User, now: datetime) -> int:
    """A person says what a phrase means: remembered, and applied to what was imported before.

    Returns how many closes now carry the code; their earlier editions stay.
    """
    phrase.code, phrase.confirmed_at, phrase.confirmed_by = taxonomy.check(code), now, actor
    phrase.save(update_fields=["code", "confirmed_at", "confirmed_by"])
    changed = _restate(phrase, actor, now)
    record(verb="learn.confirm_phrase", subject=phrase, actor=actor, at=now, code=code, closes=changed)
    return changed


def _restate(phrase: ReasonPhrase, actor: User, now: datetime) -> int:
    """A new edition for each close whose current edition still says ``other`` in these words."""
    spellings = [
        words
        for words in ReasonAssertion.objects.filter(code=taxonomy.OTHER).values_list("verbatim", flat=True).distinct()
        if fold(words)[:300] == phrase.folded
    ]
    said = ReasonAssertion.objects.filter(code=taxonomy.OTHER, verbatim__in=spellings)
    editions: dict[tuple[int, str], list[ReasonAssertion]] = {}
    for assertion in ReasonAssertion.objects.filter(close_event__in=said.values("close_event")).order_by("pk"):
        editions.setdefault((assertion.close_event_id, assertion.source), []).append(assertion)
    new: list[ReasonAssertion] = []
    for assertions in editions.values():
        new += _next_edition(assertions, phrase, actor, now)
    ReasonAssertion.objects.bulk_create(new, batch_size=500)
    return len({assertion.close_event_id for assertion in new})


def _next_edition(
    assertions: list[ReasonAssertion], phrase: ReasonPhrase, actor: User, now: datetime
) -> list[ReasonAssertion]:
    last = max(assertion.edition for assertion in assertions)
    current = [assertion for assertion in assertions if assertion.edition == last]
    if not any(a.code == taxonomy.OTHER and fold(a.verbatim)[:300] == phrase.folded for a in current):
        return []
    restated: dict[str, ReasonAssertion] = {}
    for old in current:
        meant = old.code == taxonomy.OTHER and fold(old.verbatim)[:300] == phrase.folded
        new = _historic(old.close_event_id, old.source, phrase.code if meant else old.code, "", False, actor, now)
        new.edition, new.role, new.verbatim = last + 1, old.role, old.verbatim
        new.could_act, new.confidence = old.could_act, old.confidence
        restated.setdefault(new.code, new)
    return list(restated.values())
