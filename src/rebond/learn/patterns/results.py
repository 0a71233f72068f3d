"""What each block of Patterns says: typed, and the same as JSON for ``rebond patterns --json``.

Every share is a ``numbers.Estimate``: k of n, the likely range (8 in 10) and the wide one (19 in 20); ``value`` is
``None`` where there are too few, and then below 5 cases ``k`` is not told either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rebond.learn.taxonomy import Stamp
from rebond.numbers.agreement import Agreement
from rebond.numbers.competitors import Competitors
from rebond.numbers.estimate import Estimate
from rebond.numbers.gaps import VoiceGap
from rebond.numbers.trends import Measure

#: Answers are pooled, and shown, from so many on.
SHOWN_FROM = 5


@dataclass(frozen=True)
class Withheld:
    """Confidential answers that wait until there are ``shown_from`` of them.

    Attributes:
        noes, wins: how many wait, of the teams in the view, whatever the period (so that no two periods tell them
            apart); none are told in a view of a part of a team.
    """

    noes: int = 0
    wins: int = 0
    shown_from: int = SHOWN_FROM

    def as_json(self) -> dict[str, Any]:
        """Three numbers."""
        return {"noes": self.noes, "wins": self.wins, "shown_from": self.shown_from}


@dataclass(frozen=True)
class Headcount:
    """How many noes there were and who spoke about them. Noes are lost deals and those without a decision.

    Attributes:
        losses, wins: deals that ended in the period and were not opened again.
        debriefed: of the losses, those whose debrief is finished.
        said_by_seller: of the losses, those with a seller's reason (given at the close or in the debrief).
        said_by_buyer: of the losses, those whose buyer let us know openly.
        silent: of the losses, those with neither a finished debrief nor an open answer of the buyer.
        buyer_answers: open answers and those of whole pools; ``pooled`` of them are confidential.
        withheld: confidential answers that wait.
    """

    losses: int
    wins: int
    debriefed: Estimate
    said_by_seller: Estimate
    said_by_buyer: Estimate
    silent: Estimate
    buyer_answers: int
    pooled: int
    withheld: Withheld

    def as_json(self) -> dict[str, Any]:
        """Counts and shares."""
        return {
            "losses": self.losses, "wins": self.wins, "debriefed": self.debriefed.as_json(),
            "said_by_seller": self.said_by_seller.as_json(), "said_by_buyer": self.said_by_buyer.as_json(),
            "silent": self.silent.as_json(), "buyer_answers": self.buyer_answers, "pooled": self.pooled,
            "withheld": self.withheld.as_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class VoiceRow:
    """One main reason, as each voice says it.

    Attributes:
        code, label, control: of the list of reasons; ``control`` is of the defaults.
        seller, buyer: noes whose main reason it is, of those with a reason of that voice.
        named_by_seller, named_by_buyer: noes that name it at all, of the same.
        among_wins: the same of wins, both voices by name.
        gap: what the difference between the two is worth; ``None`` where one of them is too little heard.
    """

    code: str
    label: str
    control: str
    seller: Estimate
    buyer: Estimate
    named_by_seller: Estimate
    named_by_buyer: Estimate
    among_wins: Mapping[str, Estimate]
    gap: VoiceGap | None

    def as_json(self) -> dict[str, Any]:
        """The row."""
        return {
            "reason": self.code, "label": self.label, "control": self.control, "seller": self.seller.as_json(),
            "buyer": self.buyer.as_json(), "named_by_seller": self.named_by_seller.as_json(),
            "named_by_buyer": self.named_by_buyer.as_json(),
            "among_wins": {voice: estimate.as_json() for voice, estimate in self.among_wins.items()},
            "gap": self.gap.as_json() if self.gap else None,
        }  # fmt: skip


@dataclass(frozen=True)
class Voices:
    """Main reasons by voice, most often named by buyers first, then by sellers.

    Attributes:
        losses: noes in the view.
        sellers, buyers: noes (answers, for buyers) with a reason of that voice: the n of every share.
        pooled: of ``buyers``, confidential answers, counted in whole pools.
        unheard: of the losses, those whose buyer is not heard openly; pooled answers may be of some of them.
        other: per voice, main reasons in words of their own: counted in n, never charted.
        looked_at: reasons whose gap was looked at; ``by_luck``: how many of the gaps called probable are expected to
            be luck.
        withheld: confidential answers that wait.
    """

    losses: int
    sellers: int
    buyers: int
    pooled: int
    unheard: Estimate
    rows: tuple[VoiceRow, ...]
    other: Mapping[str, int]
    looked_at: int
    by_luck: float
    withheld: Withheld

    def as_json(self) -> dict[str, Any]:
        """The block."""
        return {
            "losses": self.losses, "sellers": self.sellers, "buyers": self.buyers, "pooled": self.pooled,
            "unheard": self.unheard.as_json(), "rows": [row.as_json() for row in self.rows],
            "other": dict(self.other), "looked_at": self.looked_at, "by_luck": self.by_luck,
            "withheld": self.withheld.as_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class Lever:
    """A main reason we could have acted on, and of how many noes it is the seller's main reason."""

    code: str
    label: str
    control: str
    owner: str
    losses: Estimate

    def as_json(self) -> dict[str, Any]:
        """The lever."""
        return {
            "reason": self.code, "label": self.label, "control": self.control, "owner": self.owner,
            "losses": self.losses.as_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class ControlBlock:
    """What we could have acted on.

    A loss is filed by what the seller said in the debrief ("could you have acted?"), else by the default of the main
    reason; one without a seller's reason is not explained.

    Attributes:
        losses: noes in the view; the first five counts add up to it.
        could_act, partly, outside: by judgement, else by default (controllable, influenceable, uncontrollable).
        unclear: the main reason is in words of its own.
        not_explained: no reason of the seller's.
        not_debriefed: losses without a finished debrief (some of them have a reason from the close).
        share: could_act, of the losses that are explained and clear.
        default, judged: per answer (``could_act``, ``partly``, ``outside``), of the losses where the seller judged:
            what the list says by default beside what the seller said; their difference is the point.
        levers: main reasons in our hands, most losses first.
    """

    losses: int
    could_act: int
    partly: int
    outside: int
    unclear: int
    not_explained: int
    not_debriefed: int
    share: Estimate
    default: Mapping[str, Estimate]
    judged: Mapping[str, Estimate]
    levers: tuple[Lever, ...]

    def as_json(self) -> dict[str, Any]:
        """The block."""
        names = ("losses", "could_act", "partly", "outside", "unclear", "not_explained", "not_debriefed")
        return {
            **{name: getattr(self, name) for name in names},
            "share": self.share.as_json(),
            "default": {name: estimate.as_json() for name, estimate in self.default.items()},
            "judged": {name: estimate.as_json() for name, estimate in self.judged.items()},
            "levers": [lever.as_json() for lever in self.levers],
        }


@dataclass(frozen=True)
class Change:
    """One series over the whole record, and whether it really moved. See ``numbers.trends.Measure``."""

    label: str
    measure: Measure

    def as_json(self) -> dict[str, Any]:
        """The measure, with its name in the reader's language."""
        return {"label": self.label} | self.measure.as_json()


@dataclass(frozen=True)
class Changes:
    """What really moved, against noise; of the whole record up to the end of the view, not of its period alone.

    Attributes:
        win_rate: won of decided by month of closing.
        reasons: sellers' main reasons, over all segments; those with a verdict first.
        looked_at: series looked at; ``by_chance``: alarms expected where nothing changes.
        stamps: changes of the list of reasons inside the months shown.
    """

    as_of: date
    win_rate: Measure
    reasons: tuple[Change, ...]
    looked_at: int
    by_chance: float
    stamps: tuple[Stamp, ...]

    def as_json(self) -> dict[str, Any]:
        """The block."""
        return {
            "as_of": self.as_of.isoformat(), "win_rate": self.win_rate.as_json(),
            "reasons": [change.as_json() for change in self.reasons], "looked_at": self.looked_at,
            "by_chance": self.by_chance, "stamps": [stamp_json(stamp) for stamp in self.stamps],
        }  # fmt: skip


@dataclass(frozen=True)
class AgreementBlock:
    """Do sellers and buyers name the same reasons: matched pairs of openly given answers, never confidential ones.

    ``agreement.listed`` (below 10 pairs) leaves out pairs whose debrief the reader still has to write;
    ``hidden`` says how many.
    """

    agreement: Agreement
    labels: Mapping[str, str]
    hidden: int

    def as_json(self) -> dict[str, Any]:
        """``numbers.agreement``, with the words of each code."""
        return self.agreement.as_json() | {"labels": dict(self.labels), "hidden": self.hidden}


@dataclass(frozen=True)
class CompetitorsBlock:
    """Against whom, and how it ended; with what helped and hurt where a competitor was met often enough.

    ``hurt`` and ``helped``: per competitor (as named in ``competitors.rows``), the sellers' main reasons of the noes
    and of the wins against it, most frequent first: (code, label, share).
    """

    competitors: Competitors
    hurt: Mapping[str, tuple[tuple[str, str, Estimate], ...]]
    helped: Mapping[str, tuple[tuple[str, str, Estimate], ...]]

    def as_json(self) -> dict[str, Any]:
        """``numbers.competitors``, with the reasons."""

        def each(found: Mapping[str, tuple[tuple[str, str, Estimate], ...]]) -> dict[str, Any]:
            return {
                name: [{"reason": code, "label": label, "share": one.as_json()} for code, label, one in rows]
                for name, rows in found.items()
            }

        return self.competitors.as_json() | {"hurt": each(self.hurt), "helped": each(self.helped)}


@dataclass(frozen=True)
class NoDecision:
    """Deals that ended without a decision.

    Attributes:
        deals: of the noes of the view, those without a decision.
        last_stages: the last stage they stood in before the end: (name, share of ``deals``), most frequent first; the
            name is empty where no stage was recorded.
        silent_days: the middle deal's days from its last contact to its end, with the quarters on both sides
            ``(lower, middle, upper)``; ``None`` below 5 deals with a contact.
        contacted: those with any contact logged, the n of ``silent_days``.
        drivers: sellers' main reasons: (code, label, share of those with one).
        sponsor: deals with somebody on the buyer's side who supports us, of ``deals``.
        sponsor_lost: the sellers' main reason is that the sponsor left, of those with a reason.
    """

    deals: Estimate
    last_stages: tuple[tuple[str, Estimate], ...]
    silent_days: tuple[int, int, int] | None
    contacted: int
    drivers: tuple[tuple[str, str, Estimate], ...]
    sponsor: Estimate
    sponsor_lost: Estimate

    def as_json(self) -> dict[str, Any]:
        """The block."""
        return {
            "deals": self.deals.as_json(),
            "last_stages": [{"stage": name, "share": one.as_json()} for name, one in self.last_stages],
            "silent_days": list(self.silent_days) if self.silent_days else None, "contacted": self.contacted,
            "drivers": [{"reason": code, "label": label, "share": one.as_json()} for code, label, one in self.drivers],
            "sponsor": self.sponsor.as_json(), "sponsor_lost": self.sponsor_lost.as_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class ProfileRow:
    """One debrief question.

    Attributes:
        number, question: 1 to 6, and how it is asked after a no.
        noes, wins: per answer (``yes``, ``partly``, ``no``, ``do_not_know``), of the finished debriefs that answer it.
        statement: the buyers' mirror statement (``involved`` ...), empty for questions without one.
        buyers_noes, buyers_wins: buyers who agree (4 or 5 of 5), of those to whom it applies: open answers and whole
            pools; ``None`` for questions without a mirror.
    """

    number: int
    question: str
    noes: Mapping[str, Estimate]
    wins: Mapping[str, Estimate]
    statement: str
    buyers_noes: Estimate | None
    buyers_wins: Estimate | None

    def as_json(self) -> dict[str, Any]:
        """The row."""
        return {
            "number": self.number, "question": self.question,
            "noes": {answer: one.as_json() for answer, one in self.noes.items()},
            "wins": {answer: one.as_json() for answer, one in self.wins.items()},
            "statement": self.statement or None,
            "buyers_noes": self.buyers_noes.as_json() if self.buyers_noes else None,
            "buyers_wins": self.buyers_wins.as_json() if self.buyers_wins else None,
        }  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """What sellers say in debriefs, wins beside noes, with what buyers say of the same. No person is in it."""

    rows: tuple[ProfileRow, ...]
    debriefs_noes: int
    debriefs_wins: int
    withheld: Withheld

    def as_json(self) -> dict[str, Any]:
        """The block."""
        return {
            "rows": [row.as_json() for row in self.rows], "debriefs_noes": self.debriefs_noes,
            "debriefs_wins": self.debriefs_wins, "withheld": self.withheld.as_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class Quote:
    """A buyer's words that we may show.

    Attributes:
        said_by, company: only where they let us name them.
        deal_id: only of an answer given openly.
        quarter: the first day of the quarter the deal (or the newest of its pool) closed in.
    """

    text: str
    language: str
    asked: str
    won: bool
    quarter: date | None
    said_by: str = ""
    company: str = ""
    deal_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The quote."""
        return {
            "text": self.text, "language": self.language, "asked": self.asked, "won": self.won,
            "quarter": self.quarter.isoformat() if self.quarter else None, "said_by": self.said_by or None,
            "company": self.company or None, "deal_id": self.deal_id,
        }  # fmt: skip


@dataclass(frozen=True)
class Verbatims:
    """Quotes by consent, newest first; ``total`` before ``limit`` cut them."""

    quotes: tuple[Quote, ...]
    total: int

    def as_json(self) -> dict[str, Any]:
        """The block."""
        return {"quotes": [quote.as_json() for quote in self.quotes], "total": self.total}


@dataclass(frozen=True)
class Stamps:
    """Changes of the list of reasons inside the period, and the version the page is drawn with."""

    version: int
    stamps: tuple[Stamp, ...]

    def as_json(self) -> dict[str, Any]:
        """The block."""
        return {"version": self.version, "stamps": [stamp_json(stamp) for stamp in self.stamps]}


def stamp_json(stamp: Stamp) -> dict[str, Any]:
    """A stamp for a chart."""
    at: datetime = stamp.at
    return {
        "version": stamp.version, "kind": stamp.kind, "code": stamp.code, "into": stamp.into, "at": at.isoformat(),
    }  # fmt: skip
