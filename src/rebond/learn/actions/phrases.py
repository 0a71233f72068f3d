"""Reasons that come as free text: kept verbatim, matched by rule or memory, confirmed once by a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.base.text import clean, fold
from rebond.deals.models import CloseSource
from rebond.facts.freshness import want_fresh_facts
from rebond.jobs.actions import enqueue
from rebond.learn import taxonomy
from rebond.learn.models import MatcherRun, ReasonAssertion, ReasonPhrase, Voice, Weight
from rebond.learn.phrases.matcher import Trial
from rebond.learn.phrases.matching import match
from rebond.learn.taxonomy import Taxonomy

#: A close event's id and what the file says about why, several separated by ``;``, ``buyer:`` naming the voice.
HistoricReason = tuple[int, str]


@dataclass(frozen=True)
class Suggested:
    """What a phrase may mean, who thinks so (``models.Suggester``), and the chance; ``sure`` for a plain rule."""

    phrase: int
    code: str
    by: str
    chance: float | None = None
    sure: bool = False


@transaction.atomic
def attach_history(*, rows: Sequence[HistoricReason], actor: User | None, now: datetime) -> int:
    """Stores the reasons of imported closes; returns how many assertions were written.

    A text that is plain becomes its code; another stays ``other`` with its words, and is remembered as a phrase for
    a person to confirm. Nothing is planned. The words are always kept.
    """
    said = [(event, *one) for event, text in rows for one in _spoken(text)]
    known, names = remembered(words for _event, _voice, words in said), taxonomy.current()
    unknown: list[str] = []
    assertions: dict[tuple[int, str, str], ReasonAssertion] = {}
    first: set[tuple[int, str]] = set()
    for event, voice, words in said:
        code = _code(words, known, names)
        if code == taxonomy.OTHER:
            unknown.append(words)
        assertion = _historic(event, voice, code, words, (event, voice) not in first, names.version, actor, now)
        first.add((event, voice))
        assertions.setdefault((event, voice, code), assertion)
    ReasonAssertion.objects.bulk_create(assertions.values(), batch_size=500)
    remember_words(words=unknown, now=now)
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


def remembered(texts: Iterable[str]) -> dict[str, str]:
    """What people confirmed about any of ``texts``: the folded text and the code it means."""
    wanted = {fold(text)[:300] for text in texts}
    phrases = ReasonPhrase.objects.filter(folded__in=wanted).exclude(code="")
    return dict(phrases.values_list("folded", "code"))


def _code(words: str, known: dict[str, str], names: Taxonomy) -> str:
    if words in (taxonomy.NOT_KNOWN_YET, taxonomy.OTHER) or words in names.reasons:
        return words
    if remembered := known.get(fold(words)[:300]):
        return remembered
    suggestion = match(words, names)
    return suggestion.code if suggestion.sure and suggestion.code else taxonomy.OTHER


def _historic(
    event: int, voice: str, code: str, words: str, primary: bool, version: int, actor: User | None, now: datetime
) -> ReasonAssertion:
    return ReasonAssertion(
        close_event_id=event, source=voice, code=code, role=Weight.PRIMARY if primary else Weight.CONTRIBUTING,
        verbatim="" if words == code else words, taxonomy_version=version, at=now, by=actor,
    )  # fmt: skip


@transaction.atomic
def remember_words(*, words: Sequence[str], now: datetime) -> None:
    """Words no code was found for, our own people's or an import's: a person will be asked once what they mean."""
    examples = {fold(said)[:300]: said for said in reversed(words) if fold(said)}
    if not examples:
        return
    ReasonPhrase.objects.bulk_create(
        [ReasonPhrase(folded=folded, verbatim=said[:300]) for folded, said in examples.items()],
        ignore_conflicts=True, batch_size=500,
    )  # fmt: skip
    for folded, count in Counter(fold(said)[:300] for said in words if fold(said)).items():
        ReasonPhrase.objects.filter(folded=folded).update(seen=F("seen") + count)
    want_suggestions(now=now)


def want_suggestions(*, now: datetime) -> None:
    """Has the matcher learn and suggest in the worker; a wish that waits already is enough."""
    from rebond.learn.work.phrases import suggest

    enqueue(task=suggest, kwargs={"asked_at": now.isoformat()}, now=now, unique_key="learn.suggest")


@transaction.atomic
def keep_suggestions(*, suggestions: Sequence[Suggested], trial: Trial | None, now: datetime) -> int:
    """Stores what phrases may mean, and how well the matcher did; returns how many suggestions changed.

    Only the suggestion of a phrase is written, never what it means: that is a person's to say.
    """
    if trial is not None:
        _keep_trial(trial, now)
    phrases = ReasonPhrase.objects.in_bulk([one.phrase for one in suggestions])
    changed = [
        _suggesting(phrases[one.phrase], one)
        for one in suggestions
        if one.phrase in phrases and _differs(phrases[one.phrase], one)
    ]
    fields = ["suggested_code", "suggested_by", "suggested_chance"]
    ReasonPhrase.objects.bulk_update(changed, fields, batch_size=500)
    return len(changed)


def _keep_trial(trial: Trial, now: datetime) -> None:
    """One row for each time something else came out."""
    figures = {name: getattr(trial, name) for name in ("examples", "codes", "tested", "right", "always")}
    last = MatcherRun.objects.order_by("-pk").values(*figures).first()
    if last != figures:
        run = MatcherRun.objects.create(at=now, **figures)
        record(verb="learn.train_matcher", subject=run, actor=None, at=now, **figures)


def _differs(phrase: ReasonPhrase, one: Suggested) -> bool:
    stored = (phrase.suggested_code, phrase.suggested_by, phrase.suggested_chance)
    return not phrase.code and stored != (one.code, one.by, one.chance)


def _suggesting(phrase: ReasonPhrase, one: Suggested) -> ReasonPhrase:
    phrase.suggested_code, phrase.suggested_by, phrase.suggested_chance = one.code, one.by, one.chance
    return phrase


@transaction.atomic
def confirm_phrase(*, phrase: ReasonPhrase, code: str, actor: User, now: datetime) -> int:
    """A person says what a phrase means: remembered, and applied to the closes that say it; the matcher learns from it.

    Returns how many closes now carry the code; their earlier editions stay. ``other`` means that the list has nothing
    for it: it stays in its words, and is not asked about again.

    Raises:
        Conflict: ``phrase_explained`` when somebody else was quicker.
        RebondError: ``unknown_reason``, ``retired_reason``.
    """
    fresh = ReasonPhrase.objects.select_for_update().get(pk=phrase.pk)
    if fresh.code:
        raise Conflict(
            _("Somebody said already what this phrase means: %(label)s. Nothing was changed.")
            % {"label": taxonomy.label(fresh.code)},
            code="phrase_explained",
        )
    phrase.code, phrase.confirmed_at, phrase.confirmed_by = taxonomy.current().check(code), now, actor
    phrase.save(update_fields=["code", "confirmed_at", "confirmed_by"])
    changed = _restate(phrase, actor, now) if code != taxonomy.OTHER else 0
    record(verb="learn.confirm_phrase", subject=phrase, actor=actor, at=now, code=code, closes=changed)
    want_fresh_facts(now=now)
    want_suggestions(now=now)
    return changed


def _restatable() -> Q:
    """Words of our own people, and of imports; what a buyer answered to us stays as the buyer said it."""
    return Q(code=taxonomy.OTHER) & (~Q(source=Voice.BUYER) | Q(close_event__source=CloseSource.IMPORT))


def _restate(phrase: ReasonPhrase, actor: User, now: datetime) -> int:
    """A new edition for each close whose current edition still says ``other`` in these words."""
    spellings = [
        words
        for words in ReasonAssertion.objects.filter(_restatable()).values_list("verbatim", flat=True).distinct()
        if fold(words)[:300] == phrase.folded
    ]
    said = ReasonAssertion.objects.filter(_restatable(), verbatim__in=spellings)
    voices = set(said.values_list("close_event", "source"))
    editions: dict[tuple[int, str], list[ReasonAssertion]] = {}
    for assertion in ReasonAssertion.objects.filter(close_event__in=said.values("close_event")).order_by("pk"):
        if (assertion.close_event_id, assertion.source) in voices:
            editions.setdefault((assertion.close_event_id, assertion.source), []).append(assertion)
    new: list[ReasonAssertion] = []
    for assertions in editions.values():
        new += _next_edition(assertions, phrase, actor, now)
    ReasonAssertion.objects.bulk_create(new, batch_size=500)
    return len({assertion.close_event_id for assertion in new})


def _next_edition(
    assertions: list[ReasonAssertion], phrase: ReasonPhrase, actor: User, now: datetime
) -> list[ReasonAssertion]:
    last, version = max(assertion.edition for assertion in assertions), taxonomy.current().version
    newest = (assertion for assertion in assertions if assertion.edition == last)
    current = sorted(newest, key=lambda assertion: assertion.role != Weight.PRIMARY)  # said twice, the main one stays
    if not any(a.code == taxonomy.OTHER and fold(a.verbatim)[:300] == phrase.folded for a in current):
        return []
    restated: dict[str, ReasonAssertion] = {}
    for old in current:
        meant = old.code == taxonomy.OTHER and fold(old.verbatim)[:300] == phrase.folded
        new = _historic(
            old.close_event_id, old.source, phrase.code if meant else old.code, "", False, version, actor, now
        )
        new.edition, new.role, new.verbatim = last + 1, old.role, old.verbatim
        new.could_act, new.confidence = old.could_act, old.confidence
        restated.setdefault(new.code, new)
    return list(restated.values())
