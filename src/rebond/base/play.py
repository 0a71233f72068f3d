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
    """A button: a POST to ``url``, or a link when ``link`` is set.

    Attributes:
        key: a letter; several verbs with ``x`` stand together under one button "Close".
        day: it asks for a day first, sent as ``until`` (``month``, ``quarter``, ``half``) or ``day``.
    """

    label: str | Promise
    url: str
    icon: str = ""
    key: str = ""
    link: bool = False
    day: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A note that is written already, shown with the item and changed in place.

    Attributes:
        to, address: the person, and the address it would leave for.
        why_may: why we may write ("agreed to hear from us, 3 June").
        send_url: takes ``subject``, ``body`` and ``fields`` by POST.
        language: of the note, for readers aloud.
        piece, piece_why: the piece that goes with it, and why that one, in one line.
        leaves: when it would leave, in words; empty for at once.
        problem: why it cannot be sent, in words; the button is not offered then.
        other_url: another draft (a link).
    """

    to: str
    address: str
    subject: str
    body: str
    send_url: str
    why_may: str = ""
    language: str = "en"
    piece: str = ""
    piece_why: str = ""
    leaves: str = ""
    problem: str = ""
    other_url: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Lines the note takes at some ninety letters each, where a browser does not grow the field by itself."""
        return sum(len(line) // 90 + 1 for line in self.body.splitlines()) + 1


@dataclass(frozen=True)
class Term:
    """One factor of the sum behind a worth: "22 in 100", "introduces someone".

    ``kind`` is ``chance``, ``money``, ``cost`` (taken away) or ``result``.
    """

    figure: str
    label: str | Promise
    kind: str


@dataclass(frozen=True)
class Worth:
    """What an item is worth on average, net of the work that follows, and how we know.

    Attributes:
        value_minor, lo80_minor, hi80_minor: in minor units of ``currency``; may be below 0.
        gross_minor: before the work that follows.
        terms: the sum as it is shown; filled in for the item that is open.
        cases: of how many cases it was learnt, in a sentence; likewise.
        leans: ``own``, ``team`` or ``usual``: what it rests on most. Drawn hollow unless ``own``.
    """

    value_minor: int
    lo80_minor: int
    hi80_minor: int
    gross_minor: int
    currency: str
    terms: tuple[Term, ...] = ()
    cases: str | Promise = ""
    leans: str = "own"


@dataclass(frozen=True)
class Play:
    """One item of somebody's Today list.

    Attributes:
        key: ``kind:id``, stable for as long as the thing exists (``learn.debrief:12``).
        icon: an icon's name.
        who: the person or company it is about.
        company: shown lighter beside ``who``; may be empty.
        said: one line under the name: what they are, what they said last.
        verb: what to do, bold ("Debrief yesterday's no").
        why: why now, one half-sentence.
        minutes: what it takes.
        since: the day it became worth doing; nothing is ever "overdue".
        weight: order among items without a price: 0 first.
        worth: what it is worth, where its practice can price it; ``None`` is "to learn".
        explored: it stands here to learn about its kind, not for its worth.
        evidence: the facts beside the item.
        main: the item's own button; others follow it.
        others: further buttons.
        deal_id: the deal it belongs to, where there is one.
        person_id: the person it is about, where a page about them exists.
        draft: the note that only needs sending. A practice's ``plays`` leave it empty, since a draft costs queries and
            a list has forty items: the loop asks for the one item that is open (``loop.queries.opened``).
        quote, quote_source: what they wrote, in full, where that is the reason; filled in like the draft.
        ready: a sign that somebody may be ready, which the list shows in our colour.
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
    said: str = ""
    weight: int = 5
    worth: Worth | None = None
    explored: bool = False
    evidence: tuple[Evidence, ...] = ()
    others: tuple[Verb, ...] = ()
    deal_id: int | None = None
    person_id: int | None = None
    draft: Draft | None = None
    quote: str = ""
    quote_source: str = ""
    ready: bool = False


@dataclass(frozen=True)
class Done:
    """Something done today in a practice's own room: so many minutes of the day's budget."""

    label: str
    minutes: int
