"""What the test that kills workers needs in a process of its own: ``python -m tests.refer.payer STEP ...``."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "rebond.web.settings"


def make(count: int) -> dict[str, Any]:
    """So many approved payouts, every fourth of somebody with something to make up for; and a run that holds them."""
    from django.db import transaction
    from django.utils import timezone

    from rebond.accounts.models import Role, Team
    from rebond.ledger.accounts import claw_back
    from rebond.ledger.actions import post
    from rebond.refer.actions.rewards import start_run
    from tests.factories import make_stages, make_user
    from tests.refer.rewarded import accrued, approved, make_advocate, make_programme, won

    now = timezone.now()
    make_stages()
    team = Team.objects.create(name="North")
    camille, nadia = make_user("Camille Aubry", team=team), make_user("Nadia B", team=team, role=Role.MANAGER)
    with transaction.atomic():
        programme = make_programme()
        for number in range(count):
            advocate = make_advocate(f"Advocate {number}", owner=camille)
            approved(accrued(won(advocate, programme, now=now), now=now), nadia, now=now)
            if number % 4 == 0:
                post(key=f"test:{number}", kind="claw_back", currency="EUR", legs=claw_back(advocate.holder, 2_000),
                     subject="test", actor=None, now=now)  # fmt: skip
    return {"run": start_run(actor=nadia, now=now).pk}


def lapse() -> dict[str, Any]:
    """The lease of a worker that died has run out."""
    from django.utils import timezone

    from rebond.jobs.models import Job

    return {"lapsed": Job.objects.filter(status="running").update(lease_until=timezone.now())}


def books() -> dict[str, Any]:
    """How things stand: payouts by status, what the ledger says, how often each was booked."""
    from collections import Counter

    from rebond.ledger.models import Account, LedgerTransaction
    from rebond.ledger.queries import check, replayed
    from rebond.refer.models import Move, Payout, PayoutRun

    keys = LedgerTransaction.objects.filter(kind__in=("pay", "net")).values_list("key", flat=True)
    balances = dict(Account.objects.values_list("code", "balance_minor"))
    return {
        "payouts": Counter(Payout.objects.values_list("status", flat=True)),
        "booked": len(keys), "booked_twice": len(keys) - len(set(keys)),
        "moved": Move.objects.filter(to_state="paid").count(),
        "moved_twice": Move.objects.filter(to_state="paid").count()
        - Move.objects.filter(to_state="paid").values("referral").distinct().count(),
        "cash_out": balances["cash_out:EUR"], "netted": sum(Payout.objects.values_list("netted_minor", flat=True)),
        "owed": sum(minor for code, minor in balances.items() if code.startswith("payable:")),
        "to_make_up": sum(minor for code, minor in balances.items() if code.startswith("recoverable:")),
        "as_replayed": balances == replayed(), "wrong": check(),
        "finished": PayoutRun.objects.exclude(finished_at=None).count(),
    }  # fmt: skip


if __name__ == "__main__":
    import django

    django.setup()
    steps = {"lapse": lapse, "books": books}
    said = [make(int(one[4:])) if one.startswith("make") else steps[one]() for one in sys.argv[1:]]
    sys.stdout.write(json.dumps(said))
