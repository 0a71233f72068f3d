"""The figures of Patterns: one function per block, each of a ``View``, each from warm facts.

``BLOCKS`` names them; ``rebond patterns --json`` and the screen ask the same functions. Closes that were taken back
count nowhere. Confidential answers are counted in whole pools only (``learn.patterns.pooled``), in ``voices``,
``profile``, ``headcount`` and ``verbatims``; agreement, competitors, levers and lists of deals never use them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from rebond import numbers
from rebond.deals.models import Deal, DealPerson, DealRole, StageChange, StageKind
from rebond.learn.debrief.questions import QUESTIONS
from rebond.learn.models import STATEMENTS, Answer, Mode, Response
from rebond.learn.patterns.counting import (
    Group,
    chunks,
    closes_of,
    count,
    ends,
    groups,
    main_reasons,
    ranked,
    spoken,
    told,
)
from rebond.learn.patterns.pooled import both, pooled_reasons, pooled_statements, statements_of, withheld
from rebond.learn.patterns.quotes import verbatims
from rebond.learn.patterns.results import (
    AgreementBlock,
    Change,
    Changes,
    CompetitorsBlock,
    ControlBlock,
    Headcount,
    Lever,
    NoDecision,
    Profile,
    ProfileRow,
    Stamps,
    VoiceRow,
    Voices,
)
from rebond.learn.patterns.view import View
from rebond.learn.patterns.warm import facts_for, remembered, sealed_in
from rebond.learn.queries.facts import LETTERS
from rebond.learn.taxonomy import OTHER, Stamp, Taxonomy
from rebond.numbers.estimate import COUNTS_FROM, Estimate
from rebond.numbers.gaps import voice_gaps
from rebond.numbers.rates import share
from rebond.numbers.reasons import Reason, Reasons
from rebond.numbers.tables import rows
from rebond.numbers.trends import Trends
from rebond.numbers.voices import Pooled

#: What each default of the list means for "could you have acted?".
DEFAULTS = {"controllable": "could_act", "influenceable": "partly", "uncontrollable": "outside"}
JUDGED = {"yes": "could_act", "partly": "partly", "no": "outside"}
FILED = ("could_act", "partly", "outside")
#: Reasons told per competitor.
DRIVERS = 3
#: The measure of ``changes``.
WIN_RATE = "win_rate_closed"


def headcount(view: View) -> Headcount:
    """How many noes, and who spoke about them."""
    found, pooled = groups(ends(view, facts_for(view, sealed_too=True)), "debriefed"), pooled_reasons(view)
    lost = [group for group in found if group.lost]
    n = count(lost)
    debriefed = [group for group in lost if group.columns["debriefed"] == 1]
    heard = count(group for group in lost if "buyer" in group.said)
    silent = count(group for group in lost if group.columns["debriefed"] != 1 and "buyer" not in group.said)
    return Headcount(
        losses=n, wins=count(found) - n, debriefed=spoken(count(debriefed), n),
        said_by_seller=spoken(count(group for group in lost if group.main), n), said_by_buyer=spoken(heard, n),
        silent=spoken(silent, n), buyer_answers=heard + pooled.heard, pooled=pooled.heard, withheld=withheld(view),
    )  # fmt: skip


def voices(view: View) -> Voices:
    """Main reasons by voice, and which gaps between the voices are probably real."""
    pooled, names = pooled_reasons(view), view.names
    found = _reasons(view, pooled)
    silent = found.unheard.by_source
    unheard = _reasons(view, pooled, sealed_too=True).unheard.by_source if sealed_in(view) else silent
    sellers = found.lost - (silent["seller"].k or 0)
    buyers = found.lost - (silent["buyer"].k or 0) + pooled.heard
    said = {(row.source, row.code): row for row in found.rows}
    codes = {row.code for row in found.rows if row.source in ("seller", "buyer") and row.named.k}
    charted = sorted(codes - {OTHER}, key=lambda code: _most_said(said, code))
    counts = [(code, _k(said, "seller", code), _k(said, "buyer", code)) for code in charted]
    gaps = voice_gaps([one for one in counts if one[1] or one[2]], sellers, buyers)
    by_code = {gap.code: gap for gap in gaps.rows if gap.verdict != "too_few"}
    rows_ = [replace(_voice_row(code, said, names, sellers, buyers), gap=by_code.get(code)) for code in charted]
    return Voices(
        losses=found.lost, sellers=sellers, buyers=buyers, pooled=pooled.heard, unheard=unheard["buyer"],
        rows=tuple(rows_), other={voice: _k(said, voice, OTHER) for voice in ("seller", "buyer")},
        looked_at=gaps.looked_at, by_luck=gaps.by_luck, withheld=withheld(view),
    )  # fmt: skip


def _reasons(view: View, pooled: Pooled, *, sealed_too: bool = False) -> Reasons:
    facts = facts_for(view, sealed_too=sealed_too)
    return numbers.reasons(
        ends(view, facts), control=view.names.control(), as_of=facts.as_of, pooled={"buyer": pooled}, split=False
    )


_Said = Mapping[tuple[str, str], Reason]


def _k(said: _Said, voice: str, code: str) -> int:
    """Noes whose main reason it is, as this voice says; 0 where it is not heard enough."""
    row = said.get((voice, code))
    return row.primary.k or 0 if row else 0


def _most_said(said: _Said, code: str) -> tuple[int, int, str]:
    return -_k(said, "buyer", code), -_k(said, "seller", code), code


def _voice_row(code: str, said: _Said, names: Taxonomy, sellers: int, buyers: int) -> VoiceRow:
    seller, buyer = said.get(("seller", code)), said.get(("buyer", code))
    none = {"seller": share(0, sellers), "buyer": share(0, buyers)}
    control = next(row.control for row in (seller, buyer) if row)
    return VoiceRow(
        code, names.label(code), control,
        seller=seller.primary if seller else none["seller"], buyer=buyer.primary if buyer else none["buyer"],
        named_by_seller=seller.named if seller else none["seller"],
        named_by_buyer=buyer.named if buyer else none["buyer"],
        among_wins={row.source: row.among_wins for row in (seller, buyer) if row}, gap=None,
    )  # fmt: skip


def control(view: View) -> ControlBlock:
    """What we could have acted on, by judgement and by default; the levers."""
    names = view.names
    lost = [one for one in groups(ends(view, facts_for(view)), "could_act", "debriefed") if one.lost]
    defaults = {code: DEFAULTS.get(kind, "") for code, kind in names.control().items()}
    filed: Counter[str] = Counter()
    judged: dict[str, Counter[str]] = {"default": Counter(), "judged": Counter()}
    for group in lost:
        default, said = defaults.get(group.main, ""), JUDGED.get(group.columns["could_act"] or "", "")
        filed[(said or default or "unclear") if group.main else "not_explained"] += group.deals
        if group.main and said and default:
            judged["default"][default] += group.deals
            judged["judged"][said] += group.deals
    clear, n = sum(filed[name] for name in FILED), sum(judged["judged"].values())
    shares = {name: {filed_as: told(counted[filed_as], n) for filed_as in FILED} for name, counted in judged.items()}
    return ControlBlock(
        losses=count(lost), **{name: filed[name] for name in (*FILED, "unclear", "not_explained")},
        not_debriefed=count(group for group in lost if group.columns["debriefed"] != 1),
        share=told(filed["could_act"], clear, "lost_deals"), default=shares["default"], judged=shares["judged"],
        levers=tuple(_levers(lost, names, defaults)),
    )  # fmt: skip


def _levers(lost: Sequence[Group], names: Taxonomy, defaults: Mapping[str, str]) -> list[Lever]:
    counted = main_reasons(lost)
    ours = [one for one in ranked(counted, names) if defaults.get(one[0]) in ("could_act", "partly")]
    return [
        Lever(code, label, str(names.reasons[code].control), names.reasons[code].owner, losses)
        for code, label, losses in ours
    ]


def changes(view: View) -> Changes:
    """What really moved: the win rate, and sellers' main reasons one by one."""
    names = view.names
    found: Trends = remembered(view, "changes", lambda: _trends(view))
    measures = [one for one in found.reasons if one.segment is None and one.reason not in (None, OTHER)]
    months = [point.month for one in (found.measure(WIN_RATE), *measures) for point in one.months]
    return Changes(
        found.as_of, found.measure(WIN_RATE),
        tuple(Change(names.label(one.reason or ""), one) for one in measures), found.looked_at, found.by_chance,
        tuple(stamp for stamp in names.stamps if months and stamp.at.date() >= min(months)),
    )  # fmt: skip


def _trends(view: View) -> Trends:
    facts = facts_for(view)
    deals = facts.deals.select("opened_at", "closed_at", "outcome", "amount_minor", "segment", "reasons")
    return numbers.trends(deals, as_of=facts.as_of, only=(WIN_RATE,), by_segment=False)


def agreement(view: View) -> AgreementBlock:
    """Do sellers and buyers name the same reasons: pairs of openly given answers, less those a debrief comes before."""
    facts = facts_for(view)
    found = numbers.agreement(ends(view, facts), as_of=facts.as_of)
    hidden = _pairs(view, sealed_too=True) - found.pairs if sealed_in(view) else 0
    said = {code for pair in found.listed for code in (*pair.seller, *pair.buyer)} | set(found.codes)
    said |= {code for flow in found.flows for code in (flow.seller, flow.buyer)}
    names = view.names
    labels = {code: names.label(code) for code in sorted(said)}
    return AgreementBlock(found, labels, hidden)


def _pairs(view: View, *, sealed_too: bool) -> int:
    facts = facts_for(view, sealed_too=sealed_too)
    return numbers.agreement(ends(view, facts), as_of=facts.as_of).pairs


def competitors(view: View) -> CompetitorsBlock:
    """Against whom, and how it ended; what hurt and what helped, as sellers say."""
    facts, names = facts_for(view), view.names
    ended = ends(view, facts)
    found = numbers.competitors(ended, as_of=facts.as_of)
    by_name: defaultdict[str, list[Group]] = defaultdict(list)
    for group in groups(ended.filter(ended.competitor.notnull()), "competitor"):
        by_name[_folded(group.columns["competitor"])].append(group)
    told_of = {row.name: by_name[_folded(row.name)] for row in found.rows.rows
               if row.name and row.won + row.lost >= COUNTS_FROM}  # fmt: skip
    reasons = {
        lost: {name: tuple(ranked(main_reasons(one for one in met if one.lost == lost), names, DRIVERS))
               for name, met in told_of.items()}
        for lost in (True, False)
    }  # fmt: skip
    return CompetitorsBlock(found, reasons[True], reasons[False])


def _folded(name: str) -> str:
    """As ``numbers.competitors`` tells names apart."""
    return " ".join(name.split()).casefold()


def no_decision(view: View) -> NoDecision:
    """Deals that ended without a decision: where they stood, how long they were silent, why, and who supported us."""
    ended = ends(view, facts_for(view))
    counted = {str(end): int(n) for end, n in zip(*_by_outcome(ended), strict=True)}
    undecided = ended.filter(ended.outcome == "no_decision")
    ids = sorted(int(pk) for pk in rows(undecided.select("id"))["id"])
    reasons = main_reasons(groups(undecided))
    silence = _silence(ids)
    sponsor = sum(
        DealPerson.objects.filter(deal__in=some, role=DealRole.SPONSOR).values("deal").distinct().count()
        for some in chunks(ids)
    )
    return NoDecision(
        deals=told(len(ids), len(ids) + counted.get("lost", 0)), last_stages=_last_stages(ids),
        silent_days=_quarters(silence), contacted=len(silence), drivers=tuple(ranked(reasons, view.names)),
        sponsor=told(sponsor, len(ids)),
        sponsor_lost=told(reasons["sponsor_left"], sum(reasons.values()), "lost_deals"),
    )  # fmt: skip


def _by_outcome(ended: Any) -> tuple[Any, Any]:
    found = rows(ended.group_by("outcome").agg(deals=ended.count()))
    return found["outcome"], found["deals"]


def _silence(ids: Sequence[int]) -> list[int]:
    """Days from the last contact to the end, of the deals with any; 0 where they spoke after it."""
    days = []
    for some in chunks(ids):
        touched = Deal.objects.filter(pk__in=some, last_touch_at__isnull=False, closed_at__isnull=False)
        moments = touched.values_list("last_touch_at", "closed_at")
        days += [max((end - last).days, 0) for last, end in moments if last and end]
    return days


def _quarters(days: Sequence[int]) -> tuple[int, int, int] | None:
    if len(days) < COUNTS_FROM:
        return None
    low, middle, high = np.quantile(days, (0.25, 0.5, 0.75), method="inverted_cdf")
    return int(low), int(middle), int(high)


def _last_stages(ids: Sequence[int]) -> tuple[tuple[str, Estimate], ...]:
    last: dict[int, str] = {}
    for some in chunks(ids):
        entered = StageChange.objects.filter(deal__in=some, stage__kind=StageKind.OPEN).order_by("entered_at", "pk")
        last |= dict(entered.values_list("deal_id", "stage__name"))
    counted = Counter(last.get(pk, "") for pk in ids)
    return tuple((name, told(n, len(ids))) for name, n in sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def profile(view: View) -> Profile:
    """What debriefs say, question by question, wins beside noes, with what buyers say of the same."""
    found = _debriefs(view)
    counted: Counter[tuple[bool, int, str]] = Counter()
    for won, letters, deals in found:
        for at, letter in enumerate(letters):
            counted[won, at + 1, letter] += deals
    shared = Response.objects.filter(closes_of(view, "invitation__close_event__"), is_final=True, mode=Mode.SHARED)
    shared = shared.exclude(invitation__deal__in=sealed_in(view))
    given = statements_of((won, tuple(said)) for won, *said in shared.values_list("won", *STATEMENTS))
    pooled = pooled_statements(view)
    agree = {key: share(*both(given[key], pooled[key]), unit="deals") for key in given}
    mirror = {number: name for name, number in STATEMENTS.items()}
    rows_ = tuple(_profile_row(question, counted, mirror.get(question.number, ""), agree) for question in QUESTIONS)
    totals = {won: sum(deals for of, _letters, deals in found if of == won) for won in (False, True)}
    return Profile(rows_, totals[False], totals[True], withheld(view))


def _debriefs(view: View) -> list[tuple[bool, str, int]]:
    """Won or not, the letters of the six answers, and how many finished debriefs gave them."""
    ended = ends(view, facts_for(view))
    done = ended.filter(ended.debriefed == 1, ended.answers.notnull())
    found = rows(done.group_by("outcome", "answers").agg(deals=done.count()))
    return [
        (outcome == "won", letters, int(deals))
        for outcome, letters, deals in zip(found["outcome"], found["answers"], found["deals"], strict=True)
    ]


def _profile_row(
    question: Any, counted: Counter[tuple[bool, int, str]], statement: str,
    agree: Mapping[tuple[str, bool], Estimate],
) -> ProfileRow:  # fmt: skip
    number = question.number

    def answers(won: bool) -> dict[str, Estimate]:
        n = sum(counted[won, number, letter] for letter in LETTERS.values())
        return {str(one): share(counted[won, number, LETTERS[one]], n, unit="deals") for one in Answer}

    buyers = {won: agree.get((statement, won)) for won in (False, True)}
    return ProfileRow(
        number, str(question.after_no), answers(False), answers(True), statement, buyers[False], buyers[True]
    )


def stamps(view: View) -> Stamps:
    """Changes of the list of reasons inside the period."""
    names = view.names
    return Stamps(names.version, tuple(one for one in names.stamps if _within(view, one)))


def _within(view: View, stamp: Stamp) -> bool:
    return view.since <= stamp.at.date() <= view.until


class Block(Protocol):
    """What every answer can do."""

    def as_json(self) -> dict[str, Any]:
        """The answer for ``rebond patterns --json``."""


#: Every block of the page by name, in the order of the page.
BLOCKS: dict[str, Callable[[View], Block]] = {
    "headcount": headcount, "voices": voices, "control": control, "changes": changes, "agreement": agreement,
    "competitors": competitors, "no_decision": no_decision, "profile": profile, "verbatims": verbatims,
    "stamps": stamps,
}  # fmt: skip

__all__ = [
    "BLOCKS", "agreement", "changes", "competitors", "control", "headcount",
    "no_decision", "profile", "stamps", "verbatims", "voices",
]  # fmt: skip
