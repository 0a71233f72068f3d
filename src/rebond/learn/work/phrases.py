"""The background side of phrases: the matcher is trained anew, and what is not explained yet gets a suggestion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django_tasks import task

from rebond.learn import taxonomy
from rebond.learn.actions.phrases import Suggested, keep_suggestions
from rebond.learn.models import ReasonPhrase, Suggester
from rebond.learn.phrases import endpoint, matcher
from rebond.learn.phrases.matching import match
from rebond.learn.queries.reasons import confirmed_examples, phrases_state, unexplained_phrases
from rebond.learn.taxonomy import Taxonomy

#: The classifier goes before an endpoint from this chance on; below the second it says nothing.
SURE_FROM, WORTH_SAYING = 0.5, 0.25
#: What is confirmed while it works is learnt in another round, so that one waiting job is enough for everybody.
ROUNDS = 3


@task()
def suggest(asked_at: str) -> int:
    """Suggestions for every phrase nobody has explained; returns how many changed.

    Args:
        asked_at: when the first wish for it was expressed, ISO 8601; the moment its run is recorded under.
    """
    changed = 0
    for _round in range(ROUNDS):
        before = phrases_state()
        changed += _once(datetime.fromisoformat(asked_at))
        if phrases_state() == before:
            break
    return changed


def _once(now: datetime) -> int:
    """One round. Nothing is locked while it learns or while an endpoint thinks."""
    names = taxonomy.current()
    phrases, learnt = unexplained_phrases(), matcher.learn(confirmed_examples(names), names)
    guesses = learnt.guess([phrase.verbatim for phrase in phrases]) if learnt else [None] * len(phrases)
    ranked = [_ranked(phrase, guess, names) for phrase, guess in zip(phrases, guesses, strict=True)]
    found = {one.phrase: one for one in (options[0] for options in ranked if options)}
    found |= _asked(phrases, {options[0].phrase for options in ranked if options and _is_sure(options[0])}, names)
    return keep_suggestions(suggestions=list(found.values()), trial=learnt.trial if learnt else None, now=now)


def _is_sure(one: Suggested) -> bool:
    return _rank(one) <= 1


def _ranked(phrase: ReasonPhrase, guess: matcher.Guess | None, names: Taxonomy) -> list[Suggested]:
    """What rules and classifier say about one phrase, the likelier first."""
    rule = match(phrase.verbatim, names)
    found: list[Suggested] = []
    if rule.code:
        found.append(Suggested(phrase.pk, rule.code, Suggester.RULES, sure=rule.sure))
    if guess and guess.chance >= WORTH_SAYING and names.offered([guess.code]) == [guess.code]:
        found.append(Suggested(phrase.pk, guess.code, Suggester.CLASSIFIER, guess.chance))
    return sorted(found, key=_rank)


def _rank(one: Suggested) -> int:
    """Plain rules, then a classifier that is fairly sure, then vague rules, then the classifier's best guess."""
    if one.by == Suggester.RULES:
        return 0 if one.sure else 2
    return 1 if (one.chance or 0) >= SURE_FROM else 3


def _asked(phrases: Sequence[ReasonPhrase], settled: set[int], names: Taxonomy) -> dict[int, Suggested]:
    """What an endpoint says, or said before, about phrases that neither a plain rule nor the classifier settles.

    That it knew none is kept as an empty code, so that it is not asked again.
    """
    open_ones = [phrase for phrase in phrases if phrase.pk not in settled]
    said = [(phrase, phrase.suggested_code) for phrase in open_ones if _answered(phrase, names)]
    if configured := endpoint.configured():
        fresh = [phrase for phrase in open_ones if not _answered(phrase, names)]
        answers = endpoint.ask(configured, [phrase.verbatim for phrase in fresh], names)
        said += zip(fresh, answers, strict=False)
    return {phrase.pk: Suggested(phrase.pk, code, Suggester.ENDPOINT) for phrase, code in said}


def _answered(phrase: ReasonPhrase, names: Taxonomy) -> bool:
    known = not phrase.suggested_code or names.is_active(phrase.suggested_code)
    return phrase.suggested_by == Suggester.ENDPOINT and known
