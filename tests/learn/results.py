"""Answers of Patterns made by hand, small and known, for tests of what is shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rebond.learn import taxonomy
from rebond.learn.debrief.questions import QUESTIONS
from rebond.learn.patterns.results import (
    Change,
    Changes,
    ControlBlock,
    Headcount,
    Lever,
    NoDecision,
    Profile,
    ProfileRow,
    VoiceRow,
    Voices,
    Withheld,
)
from rebond.numbers.estimate import COUNTS_FROM, Estimate
from rebond.numbers.gaps import voice_gaps
from rebond.numbers.rates import proportion, share
from rebond.numbers.trends import Measure, MonthPoint

NAMES = taxonomy.BUILT_IN_LIST
#: The reasons of the design: code, buyers, sellers.
DESIGN = (
    ("not_in_touch", 8, 9), ("no_consensus", 6, 6), ("no_budget", 4, 16), ("timing", 4, 6),
    ("missing_capability", 3, 8), ("incumbent_kept", 1, 4), ("vendor_risk", 1, 2),
)  # fmt: skip


def voices(rows: Sequence[tuple[str, int, int]] = DESIGN, *, withheld: int = 0, pooled: int = 0, losses: int = 72,
           ) -> Voices:  # fmt: skip
    """Main reasons by voice; every answer has one."""
    buyers, sellers = sum(row[1] for row in rows), sum(row[2] for row in rows)
    gaps = voice_gaps([(code, seller, buyer) for code, buyer, seller in rows], sellers, buyers)
    made = tuple(
        VoiceRow(code, NAMES.label(code), NAMES.reasons[code].control, share(seller, sellers), share(buyer, buyers),
                 share(seller, sellers), share(buyer, buyers), {}, gap)
        for (code, buyer, seller), gap in zip(rows, gaps.rows, strict=True)
    )  # fmt: skip
    unheard = proportion(losses - buyers, losses, minimum=COUNTS_FROM, unit="losses")
    return Voices(losses, sellers, buyers, pooled, unheard, made, {}, gaps.looked_at, gaps.by_luck, Withheld(withheld))


def control(could: int = 30, partly: int = 0, outside: int = 21, silent: int = 21) -> ControlBlock:
    """Losses by whose hands they were in."""
    explained = could + partly + outside
    levers = (("not_in_touch", 11), ("wrong_people", 8), ("value_unclear", 7), ("our_own", 4))
    made = tuple(
        Lever(code, NAMES.label(code), "controllable", "sales", share(n, max(explained, n))) for code, n in levers
    )
    return ControlBlock(
        could + partly + outside + silent, could, partly, outside, 0, silent, silent, share(could, explained), {}, {},
        made,
    )  # fmt: skip


def measure(reason: str, verdict: str = "noise", *, before: float = 0.3, after: float = 0.3) -> Measure:
    """A year of a reason's share."""
    months = tuple(
        MonthPoint(date(2025, month, 1), 3, 10, before if month < 10 else after, before, 0.0, 0.6,
                   signal="lasting" if verdict in ("rise", "drop") and month > 9 else "")
        for month in range(1, 13)
    )  # fmt: skip
    made = (Estimate(value, k=round(100 * value), n=100) for value in (before, after))
    since = date(2025, 10, 1) if verdict in ("rise", "drop") else None
    return Measure("reason", "rate", verdict, "", since=since, before=next(made), after=next(made), reason=reason,
                   months=months)  # fmt: skip


def changes(*reasons: Measure, stamps: Sequence[taxonomy.Stamp] = ()) -> Changes:
    """The reasons and a win rate in which nothing moved."""
    quiet = measure("", "noise")
    win_rate = Measure("win_rate_closed", "rate", "noise", "", before=quiet.before, after=quiet.after,
                       months=quiet.months)  # fmt: skip
    named = tuple(Change(NAMES.label(one.reason or ""), one) for one in reasons)
    return Changes(date(2025, 12, 31), win_rate, named, len(named) + 1, 0.04, tuple(stamps))


def profile(debriefs: int = 40, *, yes: int = 30, buyers: int = 0, agree: int = 0) -> Profile:
    """The same share of yes to every question."""
    answers = {"yes": share(yes, debriefs), "partly": share(debriefs - yes, debriefs), "no": share(0, debriefs),
               "do_not_know": share(0, debriefs)}  # fmt: skip
    mirrored = {1: "involved", 2: "understood", 3: "proposal", 5: "helped"}
    rows = tuple(
        ProfileRow(one.number, str(one.after_no), answers, answers, mirrored.get(one.number, ""),
                   share(agree, buyers) if one.number in mirrored else None,
                   share(agree, buyers) if one.number in mirrored else None)
        for one in QUESTIONS
    )  # fmt: skip
    return Profile(rows, debriefs, debriefs, Withheld())


def no_decision(deals: int = 18, losses: int = 72) -> NoDecision:
    """Half of them stopped in one stage."""
    nothing = proportion(0, deals, minimum=10, unit="losses")
    return NoDecision(
        proportion(deals, losses, minimum=COUNTS_FROM, unit="losses"), (("Proposal", share(deals // 2, deals)),),
        (12, 34, 80) if deals >= COUNTS_FROM else None, deals, (("timing", NAMES.label("timing"), share(2, deals)),),
        nothing, nothing,
    )  # fmt: skip


def headcount(losses: int = 72, debriefed: int = 51, buyers: int = 27, silent: int = 21) -> Headcount:
    """How many, and who spoke."""

    def of(k: int) -> Estimate:
        return proportion(k, losses, minimum=COUNTS_FROM, unit="losses")

    return Headcount(losses, 0, of(debriefed), of(debriefed), of(buyers), of(silent), buyers, 0, Withheld())
