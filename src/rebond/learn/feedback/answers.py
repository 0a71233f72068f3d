"""What a buyer's form says, read and limited, a class per step. Nothing here trusts it: no tag, no length, no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import QueryDict

from rebond.base.text import clean
from rebond.learn.models import STATEMENTS, Asked, Consent

#: Longer texts are cut, and the page says so.
TEXT_LIMIT, NAME_LIMIT = 2000, 120
STEPS = 5
#: No form is longer than what Django reads of one.
DJANGO_READS = 5 * 1024 * 1024


@dataclass(frozen=True)
class Happening:
    """Step 1: what happened, and with whom."""

    happened: str = ""
    competitor: str = ""
    withheld: bool = False
    cut: bool = False
    number = 1


@dataclass(frozen=True)
class Mattering:
    """Step 2: up to three reasons in the order shown, and own words.

    ``shown``: the form held an earlier answer, so that an empty one means "take it back". Without it an empty form of
    a second browser erases nothing.
    """

    codes: tuple[str, ...] = ()
    words: str = ""
    shown: bool = False
    cut: bool = False
    number = 2


@dataclass(frozen=True)
class MainOne:
    """Step 2, its second page: which of several mattered most."""

    code: str = ""
    cut: bool = False
    number = 2


@dataclass(frozen=True)
class Agreement:
    """Step 3: what was answered of the four statements, 1 to 5, or 0 for "does not apply"."""

    given: Mapping[str, int] = field(default_factory=dict)
    cut: bool = False
    number = 3


@dataclass(frozen=True)
class OneThing:
    """Step 4: what would have changed the decision; ``shown`` as in ``Mattering``."""

    words: str = ""
    shown: bool = False
    cut: bool = False
    number = 4


StepAnswer = Happening | Mattering | MainOne | Agreement | OneThing


@dataclass(frozen=True)
class Sending:
    """Step 5: who may read it, which text may be quoted how, and whether to write again."""

    mode: str = ""
    consents: Mapping[str, str] = field(default_factory=dict)
    may_contact: bool = False


def read_step(number: int, form: QueryDict) -> StepAnswer:
    """The answer of step 1 to 4 in a form.

    >>> read_step(4, QueryDict("words=" + "x" * 3000)).cut
    True
    >>> read_step(3, QueryDict("involved=5&helped=0&proposal=99&understood=x")).given
    {'involved': 5, 'helped': 0}
    """
    shown = form.get("shown") == "1"
    if number == 1:
        name, cut = _text(form, "competitor", NAME_LIMIT)
        return Happening(form.get("happened", ""), " ".join(name.split()), form.get("withheld") == "1", cut)
    if number == 2 and form.get("part") == "main":
        return MainOne(form.get("main", ""))
    if number == 3:
        return Agreement({name: int(text) for name in STATEMENTS if _on_scale(text := form.get(name, ""))})
    words, cut = _text(form, "words", TEXT_LIMIT)
    if number == 2:
        return Mattering(tuple(dict.fromkeys(form.getlist("code")[:60])), words, shown, cut)
    return OneThing(words, shown, cut)


def read_sending(form: QueryDict) -> Sending:
    """Step 5 in a form; a consent that is none of the four is the safe one, "no".

    >>> read_sending(QueryDict("mode=shared&own_words=named&one_thing=sell it")).consents
    {'own_words': 'named', 'one_thing': 'no'}
    """
    given = {asked.value: form.get(asked.value, "") for asked in Asked}
    consents = {asked: said if said in Consent.values else Consent.NO.value for asked, said in given.items()}
    return Sending(form.get("mode", ""), consents, form.get("may_contact") == "1")


def _on_scale(text: str) -> bool:
    return len(text) == 1 and text in "012345"


def _text(form: QueryDict, name: str, limit: int) -> tuple[str, bool]:
    """A free text, and whether it had to be cut."""
    given = clean(form.get(name, ""), DJANGO_READS)
    return clean(given, limit), len(given) > limit
