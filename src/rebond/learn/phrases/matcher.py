"""What the team confirmed teaches a small classifier what the next phrase may mean. It suggests; it never decides.

Pieces of words (three to five characters, so that one language helps another and a slip of the keyboard does little
harm) weighed by how telling they are, and one linear boundary per reason. The wording of the list itself counts too,
at a third of a confirmed phrase, so that a reason nobody has confirmed yet can be suggested. Of those tried on 144
phrases in three languages this was as good as any and the quickest (docs/decisions.md): logistic regression, naive
Bayes and nearest neighbours were the others. Nothing leaves the machine, nothing is kept on disk: it is trained anew.

Honesty: each phrase is held out once (ten parts, five from 200 phrases on) and guessed by what the others taught;
``always`` is what the most frequent reason alone would have got right on the same phrases. The same held-out guesses
set how sure a score is (one temperature; Guo et al., 2017, "On calibration of modern neural networks").
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from rebond.base.text import fold
from rebond.learn.taxonomy import LANGUAGES, Taxonomy

#: A phrase and the code a person said it means.
Example = tuple[str, str]
#: From so many confirmed phrases over so many different reasons on, something can be learnt.
EXAMPLES_FROM, CODES_FROM = 20, 3
LABEL_WEIGHT = 0.3
_TEMPERATURES = (0.05, 0.07, 0.1, 0.14, 0.2, 0.28, 0.4, 0.56, 0.8, 1.1)


@dataclass(frozen=True)
class Trial:
    """How it did on phrases it had not seen.

    Attributes:
        examples, codes: what it learns from.
        tested, right: phrases held out, and those it got right; ``always``: right by the most frequent reason alone.
        temperature: what a difference of scores is worth; smaller is surer.
        ceiling: the most it may claim: how often its surest held-out guesses were right (Laplace's rule of succession).
    """

    examples: int
    codes: int
    tested: int
    right: int
    always: int
    temperature: float
    ceiling: float = 1.0


@dataclass(frozen=True)
class Guess:
    """The likeliest code, and the chance (0 to 1) that it is the right one, as past guesses were."""

    code: str
    chance: float


@dataclass(frozen=True)
class Matcher:
    """A trained classifier and its trial; of this process only."""

    trial: Trial
    _pieces: Any
    _model: Any

    def guess(self, texts: Sequence[str]) -> list[Guess]:
        """One guess per text; a text that shares nothing with what was learnt gets a small chance."""
        if not texts:
            return []
        return [_guess(self._model.classes_, row, self.trial) for row in _scores(self, texts)]


def enough(examples: Sequence[Example]) -> bool:
    """Whether there is anything to learn from."""
    return len(examples) >= EXAMPLES_FROM and len({code for _text, code in examples}) >= CODES_FROM


def learn(examples: Sequence[Example], names: Taxonomy) -> Matcher | None:
    """Trained on ``examples`` (any order gives the same), or ``None`` where there are too few."""
    if not enough(examples):
        return None
    ordered = sorted(examples, key=lambda example: (example[1], _scattered(example[0])))
    labels = _labels(names)
    trial = _try(ordered, labels)
    return Matcher(trial, *_fitted(ordered, labels))


def _scattered(text: str) -> str:
    """An order that has nothing to do with the alphabet, and is the same on every machine."""
    return hashlib.sha256(fold(text).encode()).hexdigest()


def _labels(names: Taxonomy) -> list[Example]:
    """The wording of every reason that may be chosen, in every language."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        with translation.override(language):
            found |= {str(words): r.code for r in names.active for words in (r.seller, r.buyer)}
    return sorted(found.items())


def _fitted(examples: Sequence[Example], labels: Sequence[Example]) -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
    from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

    learnt = [*examples, *labels]
    weights = [1.0] * len(examples) + [LABEL_WEIGHT] * len(labels)
    pieces = TfidfVectorizer(preprocessor=fold, analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    rows = pieces.fit_transform([text for text, _code in learnt])
    model = LinearSVC(random_state=0)
    model.fit(rows, [code for _text, code in learnt], sample_weight=weights)
    return pieces, model


def _scores(matcher: Matcher, texts: Sequence[str]) -> Any:
    """Texts by codes; with two codes alone the library gives one column, the second one's."""
    import numpy as np

    scores = matcher._model.decision_function(matcher._pieces.transform(texts))
    return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores


def _guess(classes: Any, row: Any, trial: Trial) -> Guess:
    best = int(row.argmax())
    return Guess(str(classes[best]), min(float(_chance(row, trial.temperature)), trial.ceiling))


def _chance(row: Any, temperature: float) -> Any:
    """The best score's part of all, by the softmax at ``temperature``."""
    import numpy as np

    return 1 / np.exp((row - row.max()) / temperature).sum()


def _try(ordered: Sequence[Example], labels: Sequence[Example]) -> Trial:
    parts = 10 if len(ordered) < 200 else 5
    outcomes: list[tuple[Any, bool]] = []
    always = 0
    for part in range(parts):
        known = [example for place, example in enumerate(ordered) if place % parts != part]
        held = [example for place, example in enumerate(ordered) if place % parts == part]
        outcomes += _held_out(known, held, labels)
        usual = Counter(code for _text, code in known).most_common(1)[0][0]
        always += sum(code == usual for _text, code in held)
    right = sum(hit for _row, hit in outcomes)
    codes, temperature = len({code for _text, code in ordered}), _temperature(outcomes)
    ceiling = _ceiling(outcomes, temperature)
    return Trial(len(ordered), codes, len(outcomes), right, always, temperature, ceiling)


def _ceiling(outcomes: Sequence[tuple[Any, bool]], temperature: float) -> float:
    """Of the surest tenth of the held-out guesses, ten at least: one more right and one more wrong than were seen."""
    surest = sorted(outcomes, key=lambda outcome: -_chance(outcome[0], temperature))[: max(10, len(outcomes) // 10)]
    return (sum(hit for _row, hit in surest) + 1) / (len(surest) + 2)


def _held_out(known: Sequence[Example], held: Sequence[Example], labels: Sequence[Example]) -> list[tuple[Any, bool]]:
    """For each phrase of ``held``: its scores, and whether the best was right."""
    blank = Trial(0, 0, 0, 0, 0, 1.0)
    matcher = Matcher(blank, *_fitted(known, labels))
    rows = _scores(matcher, [text for text, _code in held])
    classes = matcher._model.classes_
    return [(row, bool(classes[row.argmax()] == code)) for row, (_text, code) in zip(rows, held, strict=True)]


def _temperature(outcomes: Sequence[tuple[Any, bool]]) -> float:
    """Of a few, the one under which the held-out guesses were least surprising."""
    import numpy as np

    def surprise(temperature: float) -> float:
        chances = np.clip([_chance(row, temperature) for row, _hit in outcomes], 1e-9, 1 - 1e-9)
        hits = np.array([hit for _row, hit in outcomes])
        return float(-np.log(np.where(hits, chances, 1 - chances)).sum())

    return min(_TEMPERATURES, key=surprise)
