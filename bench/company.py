"""An invented large company, written as fast as the database takes it: what pages and imports are measured on."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, cast

SEED = 20261124
TODAY = datetime(2026, 11, 24, 9, tzinfo=UTC)
WORDS = ("Maintenance", "Renewal", "Pilot", "Audit", "Training", "Migration", "Support", "Licence", "Roll-out", "Study")
NAMES = ("Lumen", "Valmy", "Arnaud", "Brasserie", "Delta", "Orion", "Cèdre", "Marée", "Quartz", "Sillage", "Tilleul")
KINDS = ("Habitat", "Group", "Logistics", "Foods", "Health", "Energy", "Bank", "Optics")
OPEN_STAGES = ("Qualify", "Proposal", "Negotiation")
SELLERS = 40
BATCH = 5000


def invented(count: int, *, first: int = 1) -> Iterator[dict[str, Any]]:
    """Deals as a CRM's export tells them: one in four open, one in four of the rest won."""
    rng = random.Random(SEED + first)
    for number in range(first, first + count):
        opened = TODAY - timedelta(hours=rng.randrange(3 * 365 * 24))
        outcome = rng.choices(("open", "won", "lost", "no_decision"), (25, 19, 46, 10))[0]
        closed = None if outcome == "open" else min(opened + timedelta(days=rng.randrange(5, 200)), TODAY)
        company = f"{NAMES[number % 11]} {KINDS[number // 11 % 8]} {number // 5 % 4000}"
        yield {
            "id": f"D-{number}", "name": f"{rng.choice(WORDS)} {number}", "company": company,
            "owner": f"Seller {rng.randrange(SELLERS)}", "outcome": outcome, "opened": opened, "closed": closed,
            "stage": {"open": rng.choice(OPEN_STAGES), "won": "Won"}.get(outcome, "Lost"),
            "amount": rng.randrange(500, 90_000), "segment": rng.choice(("SMB", "Mid-market", "Enterprise")),
        }  # fmt: skip


def write_csv(path: Path, count: int) -> None:
    """The same deals as a CSV file with dates."""
    headers = ["Deal ID", "Deal name", "Company", "Owner", "Status", "Stage", "Amount", "Created", "Closed", "Segment"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        for deal in invented(count):
            closed = deal["closed"].date().isoformat() if deal["closed"] else ""
            writer.writerow([
                deal["id"], deal["name"], deal["company"], deal["owner"], deal["outcome"], deal["stage"],
                deal["amount"], deal["opened"].date().isoformat(), closed, deal["segment"],
            ])  # fmt: skip


def batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def staff() -> list[Any]:
    """Forty sellers in two teams, the first eight tenths in one; an administrator."""
    from rebond.accounts.models import Role, Team, User
    from rebond.deals.models import Stage

    north, south = (Team.objects.create(name=name) for name in ("North", "South"))
    kinds = [*((name, "open") for name in OPEN_STAGES), ("Won", "won"), ("Lost", "lost")]
    Stage.objects.bulk_create([Stage(name=name, kind=kind, position=at) for at, (name, kind) in enumerate(kinds)])
    User.objects.create_user("admin@rebond.example", name="Alix Admin", role=Role.ADMIN)
    return [
        User.objects.create_user(
            f"seller{number}@rebond.example", name=f"Seller {number}", team=north if number < 32 else south
        )
        for number in range(SELLERS)
    ]


def fill(sellers: list[Any], *, deals: int, touches: int) -> None:
    """Deals with everything an import leaves behind, and touches, straight into the tables."""
    from rebond.deals.actions.indexing import index_deals
    from rebond.deals.models import CloseEvent, Company, Deal, Stage, StageChange

    stages = {stage.name: stage for stage in Stage.objects.all()}
    by_name = {seller.name: seller for seller in sellers}
    names = {deal["company"] for deal in invented(deals)}
    Company.objects.bulk_create(
        [Company(name=name, folded=name.lower(), created_at=TODAY, updated_at=TODAY) for name in sorted(names)],
        batch_size=500,
    )
    companies = {company.name: company for company in Company.objects.all()}
    for rows in batches(invented(deals)):
        made = Deal.objects.bulk_create([_deal(row, companies, by_name, stages) for row in rows], batch_size=500)
        StageChange.objects.bulk_create(
            [StageChange(deal=deal, stage=deal.stage, entered_at=deal.opened_at or TODAY) for deal in made],
            batch_size=500,
        )
        CloseEvent.objects.bulk_create(
            [
                CloseEvent(
                    deal=d, outcome=d.outcome, closed_at=d.closed_at, recorded_at=d.closed_at, source="import"
                )
                for d in made if d.closed_at
            ],
            batch_size=500,
        )  # fmt: skip
        index_deals(made)
    _write_contacts(_contacts(touches, deals), [seller.pk for seller in sellers])


def _write_contacts(contacts: Iterator[tuple[int, datetime, str]], sellers: list[int]) -> None:
    """A million rows are too many for the ORM's patience: one statement, in one transaction."""
    from django.db import connection, transaction

    sql = (
        "INSERT INTO deals_touch (deal_id, at, channel, owner_id, direction, result, note, material, material_name, "
        "source, external_id) VALUES (%s, %s, %s, %s, 'out', '', '', '', '', 'csv', '')"
    )
    rows = ((deal, f"{at:%Y-%m-%d %H:%M:%S}", channel, sellers[deal % SELLERS]) for deal, at, channel in contacts)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, cast(Any, rows))


def _deal(row: dict[str, Any], companies: dict[str, Any], by_name: dict[str, Any], stages: dict[str, Any]) -> Any:
    from rebond.deals.models import Deal

    owner = by_name[row["owner"]]
    return Deal(
        name=row["name"], company=companies[row["company"]], owner=owner, team=owner.team, stage=stages[row["stage"]],
        outcome=row["outcome"], amount_minor=row["amount"] * 100, currency="EUR", segment=row["segment"],
        opened_at=row["opened"], closed_at=row["closed"], last_touch_at=min(row["opened"] + timedelta(days=20), TODAY),
        source="csv", external_id=row["id"], created_at=TODAY, updated_at=TODAY,
    )  # fmt: skip


def _contacts(count: int, deals: int) -> Iterator[tuple[int, datetime, str]]:
    """Touches over deals, uneven: deal 1 alone has a thousand."""
    rng = random.Random(SEED)
    for number in range(count):
        deal = 1 if number < 1000 else rng.randrange(deals) + 1
        at = TODAY - timedelta(minutes=rng.randrange(3 * 365 * 24 * 60))
        yield deal, at, rng.choice(("call", "email", "meeting"))
