"""What a practice may put on the Today list: who, why now, how long. The one shape all practices share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise


@dataclass(frozen=True)
class Evidence:
    """One fact that says why now, with where it comes from."""

    text: str | Promise
    source: str | Promise = ""


@dataclass(frozen=True)
class Verb:
    """A button: a POST to ``url``, or a link when ``link`` is set."""

    label: str | Promise
    url: str
    icon: str = ""
    key: str = ""
    link: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Play:
    """One item of somebody's Today list.

    Attributes:
        key: ``kind:id``, stable for as long as the thing exists (``learn.debrief:12``).
        icon: an icon's name.
        who: the person or company it is about.
        company: shown lighter beside ``who``; may be empty.
        verb: what to do, bold ("Debrief yesterday's no").
        why: why now, one half-sentence.
        minutes: what it takes.
        since: the day it became worth doing; nothing is ever "overdue".
        weight: order among kinds until worth in money replaces it: 0 first.
        worth_minor, currency: expected value where a practice can price it.
        evidence: the facts beside the item.
        main: the item's own button; others follow it.
        others: further buttons.
        deal_id: the deal it belongs to, where there is one.
    """

    key: str
    icon: str
    who: str
    verb: str | Promise
    why: str | Promise
    minutes: int
    since: date
    main: Verb
    company: str = ""
    weight: int = 5
    worth_minor: int | None = None
    currency: str = ""
    evidence: tuple[Evidence, ...] = ()
    others: tuple[Verb, ...] = ()
    deal_id: int | None = None
