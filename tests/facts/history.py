"""A made-up team's two years: deals and touches with every gap that real tables have, the same on each run."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pyarrow as pa

from rebond.numbers.tables import CHANNELS
from tests.numbers.made import ARROW

AS_OF = date(2026, 6, 30)
START = date(2024, 5, 1)
DEALS, SEED = 700, 11
FACTORS = {"size": pa.string(), "employees": pa.float64()}
REASONS = ["price", "budget;timing", "seller:price", "buyer:no_need", "seller:price;buyer:price", "buyer:timing", None]


@cache
def deals() -> pa.Table:
    """The table ``deals`` with two factors."""
    from rebond.numbers.tables import DEALS as columns

    random = Random(SEED)
    made = [_deal(random, number) for number in range(DEALS)]
    kinds = {name: ARROW[kind] for name, kind in columns.items()} | FACTORS
    return pa.table({name: pa.array([row.get(name) for row in made], kind) for name, kind in kinds.items()})


def _deal(random: Random, number: int) -> dict[str, Any]:
    opened = START + timedelta(days=random.randrange(780))
    skill = number % 7
    ends = ["won", "lost", "lost", "no_decision", "open", "unknown", "disqualified", "duplicate"]
    outcome = random.choices(ends, [3 + skill, 8, 4, 3, 4, 1, 1, 1])[0]
    closed = opened + timedelta(days=1 + int(random.expovariate(1 / 60)))
    if outcome == "open" or closed > AS_OF:
        outcome, closed = "open", None
    amount = random.choice([None, *(random.randrange(100, 900_000) for _ in range(9))])
    return {
        "id": f"d{number}", "opened_at": random.choice([None, *[opened] * 19]), "closed_at": closed, "outcome": outcome,
        "amount_minor": amount, "currency": None if amount is None else "EUR",
        "commission_minor": None if amount is None else amount // 10, "owner": f"seller {skill}" if skill else None,
        "team": ["north", "south"][skill % 2], "segment": random.choice(["steel", "wood", "Étain", None]),
        "source": random.choice(["web", "referral"]), "stage": random.choice(["qualify", "proposal", "negotiation"]),
        "competitor": random.choice(["Rival", "none", None, "Other Ltd"]), "name": f"deal {number}",
        "company": f"company {number % 90}", "touch_count": random.randrange(12),
        "reasons": random.choice(REASONS) if outcome in ("lost", "no_decision") else None,
        "size": random.choice(["small", "big", None]), "employees": float(random.randrange(5, 900)),
    }  # fmt: skip


@cache
def touches() -> pa.Table:
    """The table ``touches``: every deal but some has a few."""
    from rebond.numbers.tables import TOUCHES as columns

    random = Random(SEED + 1)
    made = []
    for row in deals().to_pylist():
        start = row["opened_at"] or START
        last = row["closed_at"] or AS_OF
        for _ in range(random.choice([0, 1, 2, 3, 5, 9])):
            moment = datetime.combine(start, datetime.min.time()) + timedelta(
                minutes=random.randrange(max((last - start).days, 1) * 1440)
            )
            made.append(
                {
                    "deal_id": row["id"],
                    "at": moment,
                    "channel": random.choice([*CHANNELS, "call", "call"]),
                    "direction": random.choice(["out", "out", "in"]),
                    "owner": row["owner"],
                    "minutes": random.choice([None, 3.0, 12.5]),
                    "result": random.choice(["reached", "no_answer", None]),
                }
            )
    return pa.table({name: pa.array([row[name] for row in made], ARROW[kind]) for name, kind in columns.items()})
