"""Three invented years: when deals open, how they go, how they end."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rebond.base.text import fold
from rebond.deals.models import Outcome
from rebond.deals.records import DealRecord, PersonRecord, TouchRecord
from rebond.demo import people

YEARS = 3
#: August and December are quiet; quarters end busy.
SEASON = (0.9, 1.0, 1.2, 1.0, 1.0, 1.15, 0.85, 0.45, 1.2, 1.1, 1.05, 0.7)
ROLES = ("decision_maker", "budget_holder", "sponsor", "influencer", "user", "unknown")
MEAN_DAYS_WON, MEAN_DAYS_LOST = 62, 88


@dataclass
class Invented:
    """One deal with everything that happened to it."""

    record: DealRecord
    owner: str
    company: str
    reason: str = ""
    people: list[PersonRecord] = field(default_factory=list)
    touches: list[TouchRecord] = field(default_factory=list)
    stays: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)


def invent(rng: random.Random, now: datetime) -> list[Invented]:
    """All deals, oldest first."""
    start = now.replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=365 * YEARS)
    found: list[Invented] = []
    for seller in people.SELLERS:
        for opened in _openings(rng, seller.monthly, start, now):
            found.append(_deal(rng, seller, opened, now, len(found) + 1))
    return sorted(found, key=lambda deal: deal.record.opened_at or now)


def _openings(rng: random.Random, monthly: float, start: datetime, now: datetime) -> list[datetime]:
    days = []
    for day in range((now - start).days):
        at = start + timedelta(days=day)
        if at.weekday() < 5 and rng.random() < monthly * SEASON[at.month - 1] / 21:
            days.append(at + timedelta(minutes=rng.randrange(420)))
    return days


def _deal(rng: random.Random, seller: people.Seller, opened: datetime, now: datetime, number: int) -> Invented:
    company = _company(rng)
    outcome, closed = _ending(rng, seller, opened, now)
    size = rng.choices(people.SEGMENTS, (5, 3, 1))[0]
    record = DealRecord(
        name=rng.choice(rng.choice(people.OFFERS)), external_id=f"D-{number:04}", company=company, outcome=outcome,
        stage=_stage(rng, outcome), amount_minor=_amount(rng, size), currency="EUR", segment=size,
        lead_source=rng.choices(people.SOURCES, (4, 2, 5, 6, 3))[0], competitor=_competitor(rng, outcome),
        next_step=rng.choice(people.NEXT_STEPS) if outcome == Outcome.OPEN else "", notes=rng.choice(people.NOTES),
        opened_at=opened, closed_at=closed,
        expected_close=(opened + timedelta(days=75)).date() if outcome == Outcome.OPEN else None,
    )  # fmt: skip
    deal = Invented(record, seller.name, company, _reason(rng, outcome))
    deal.people = _people(rng, company)
    deal.touches = _touches(rng, deal, seller.effort, now)
    deal.stays = _stays(record)
    return deal


def _company(rng: random.Random) -> str:
    name = f"{rng.choice(people.COMPANY_STARTS)} {rng.choice(people.COMPANY_ENDS)}"
    return people.BESIDE_IT if name == people.KNOWN_COMPANY else name


def _ending(rng: random.Random, seller: people.Seller, opened: datetime, now: datetime) -> tuple[str, datetime | None]:
    """How and when it ends; what would end after today is still open (censored)."""
    won = rng.random() < seller.win_rate
    days = rng.gammavariate(2.2, (MEAN_DAYS_WON if won else MEAN_DAYS_LOST) / 2.2) + 2
    closed = _working_day(opened + timedelta(days=days))
    if closed >= now - timedelta(days=2):
        return Outcome.OPEN, None
    if won:
        return Outcome.WON, closed
    ends = (Outcome.LOST, Outcome.NO_DECISION, Outcome.LOST_IN_HOUSE, Outcome.DISQUALIFIED, Outcome.DUPLICATE)
    return rng.choices(ends, (70, 17, 4, 7, 2))[0], closed


def _working_day(at: datetime) -> datetime:
    return at - timedelta(days=max(at.weekday() - 4, 0))


def _stage(rng: random.Random, outcome: str) -> str:
    if outcome == Outcome.OPEN:
        return rng.choices(("Qualify", "Proposal", "Negotiation"), (5, 4, 2))[0]
    return "Won" if outcome == Outcome.WON else "Lost"


def _amount(rng: random.Random, size: str) -> int | None:
    if rng.random() < 0.06:
        return None
    middle = {"1 site": 4200, "2 to 5 sites": 11500, "over 5 sites": 34000}[size]
    return round(middle * rng.lognormvariate(0, 0.45) / 50) * 50 * 100


def _competitor(rng: random.Random, outcome: str) -> str:
    if rng.random() < 0.45:
        return ""
    none = 0.5 if outcome == Outcome.WON else 0.25
    return "none" if rng.random() < none else rng.choice(people.COMPETITORS)


def _reason(rng: random.Random, outcome: str) -> str:
    if outcome == Outcome.NO_DECISION:
        return rng.choice(("timing", "no_consensus", "need_not_felt", "Plus de nouvelles", ""))
    if outcome not in (Outcome.LOST, Outcome.LOST_IN_HOUSE):
        return ""
    texts, weights = zip(*people.LOSS_REASONS, strict=True)
    return str(rng.choices(texts, weights)[0])


def _people(rng: random.Random, company: str) -> list[PersonRecord]:
    """One to three people; the same address is the same person in every deal of a company."""
    place = random.Random(company)  # noqa: S311 (invented data)
    staff = []
    for number in range(3):
        first, last = place.choice(people.FIRST_NAMES), place.choice(people.LAST_NAMES)
        staff.append((f"{first} {last}", place.choice(people.TITLES), place.choice(("en", "fr")), number))
    domain = fold(company).replace(" ", "-").replace("'", "").replace("&", "and")
    return [
        PersonRecord(
            name=name, email=f"{fold(name).replace(' ', '.')}@{domain}.example", title=title, language=language,
            company=company, role=ROLES[min(number + rng.randrange(2), 5)],
        )
        for name, title, language, number in staff[: rng.choices((1, 2, 3), (5, 3, 2))[0]]
    ]  # fmt: skip


def _touches(rng: random.Random, deal: Invented, effort: float, now: datetime) -> list[TouchRecord]:
    """Calls, emails and meetings, thick at the start, thinning out; some buyers answer, a few write first."""
    opened = deal.record.opened_at or now
    end = deal.record.closed_at or now - timedelta(days=rng.choice((1, 3, 6, 10, 24, 30, 41, 60)))
    span = max((end - opened).days, 1)
    found = []
    for number in range(max(1, round(rng.gammavariate(2.4, 3.4) * effort))):
        at = opened + timedelta(days=span * rng.random() ** 1.35, minutes=rng.randrange(480))
        if at >= now:
            continue
        channel = rng.choices(("call", "email", "meeting"), (9, 10, 2))[0]
        inward = rng.random() < 0.14
        found.append(
            TouchRecord(
                deal=deal.record.external_id, at=at, channel=channel, direction="in" if inward else "out",
                minutes={"call": rng.randrange(3, 18), "email": rng.randrange(3, 10), "meeting": 45}[channel],
                result="" if inward else rng.choice(people.RESULTS[channel]), person_email=deal.people[0].email,
                external_id=f"{deal.record.external_id}-{number}",
            )
        )  # fmt: skip
    return found


def _stays(record: DealRecord) -> list[tuple[str, datetime, datetime | None]]:
    """Qualify, proposal, negotiation as far as it got, then the end."""
    opened, closed = record.opened_at, record.closed_at
    if opened is None:
        return []
    path = ["Qualify", "Proposal", "Negotiation"]
    if closed is None:
        path = path[: path.index(record.stage) + 1]
        step = timedelta(days=12)
        times = [opened + step * place for place in range(len(path))]
        return list(zip(path, times, [*times[1:], None], strict=True))
    step = (closed - opened) / 3
    times = [opened, opened + step, opened + 2 * step, closed]
    return list(zip([*path, record.stage], times, [*times[1:], None], strict=True))
