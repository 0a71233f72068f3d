"""The demo company's three years as two files (deals, touches), for ``rebond report --demo``. Needs no database."""

from __future__ import annotations

import csv
import random
from datetime import datetime
from pathlib import Path
from typing import Any

from rebond.deals.models import Outcome
from rebond.demo import company, history, people
from rebond.learn.phrases.matching import match

DEALS = (
    "id", "name", "company", "owner", "team", "segment", "source", "stage", "outcome", "opened_at", "closed_at",
    "amount", "currency", "commission", "competitor", "reasons", "next_step_agreed", "references_sent",
)  # fmt: skip
TOUCHES = ("deal_id", "at", "channel", "direction", "owner", "minutes", "result")
#: What the demo's sellers earn of a sale.
COMMISSION = 0.06
#: Every third buyer is asked why, and what they then say instead of what their seller says.
ASKED, BUYER_SAYS = 3, ("value_unclear", "wrong_people", "little_help_deciding", "slow_response", "timing")
#: What a lost deal of our own company is called in a file.
_AS_FILED = {Outcome.LOST_IN_HOUSE: "lost"}


def write(folder: Path, *, now: datetime) -> tuple[Path, Path]:
    """``deals.csv`` and ``touches.csv``: seeded, so that the same day gives the same bytes."""
    rng = random.Random(company.SEED)  # noqa: S311 (invented data)
    deals = history.invent(rng, now)
    teams = {seller.name: seller.team for seller in people.SELLERS}
    rows = [_deal(deal, teams, rng) for deal in deals]
    paths = folder / "deals.csv", folder / "touches.csv"
    _save(paths[0], DEALS, rows)
    _save(paths[1], TOUCHES, [row for deal in deals for row in _touches(deal)])
    return paths


def _save(path: Path, names: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _deal(deal: history.Invented, teams: dict[str, str], rng: random.Random) -> dict[str, Any]:
    record = deal.record
    won = record.outcome == Outcome.WON
    amount = None if record.amount_minor is None else record.amount_minor / 100
    return {
        "id": record.external_id, "name": record.name, "company": record.company, "owner": deal.owner,
        "team": teams[deal.owner], "segment": record.segment, "source": record.lead_source, "stage": record.stage,
        "outcome": _AS_FILED.get(Outcome(record.outcome), record.outcome), "opened_at": _day(record.opened_at),
        "closed_at": _day(record.closed_at), "amount": amount, "currency": record.currency,
        "commission": None if amount is None or not won else round(COMMISSION * amount, 2),
        "competitor": record.competitor, "reasons": _reasons(deal.reason, rng),
        "next_step_agreed": _answer(rng, 0.7 if won else 0.45), "references_sent": _answer(rng, 0.5),
    }  # fmt: skip


def _day(at: datetime | None) -> str:
    return at.date().isoformat() if at else ""


def _answer(rng: random.Random, yes: float) -> str:
    return "yes" if rng.random() < yes else "no"


def _reasons(said: str, rng: random.Random) -> str:
    """The seller's reason, and the buyer's where the buyer was asked: the same one in two cases of five."""
    asked = rng.randrange(ASKED) == 0
    if not said or not asked:
        return said
    code = match(said).code or said
    buyer = code if rng.random() < 0.4 else rng.choice(BUYER_SAYS)
    return f"seller:{said}; buyer:{buyer}"


def _touches(deal: history.Invented) -> list[dict[str, Any]]:
    return [
        {
            "deal_id": touch.deal, "at": touch.at.strftime("%Y-%m-%dT%H:%M"), "channel": touch.channel,
            "direction": touch.direction, "owner": deal.owner, "minutes": touch.minutes, "result": touch.result,
        }
        for touch in deal.touches
    ]  # fmt: skip
