"""Builds the demo company: three years of two teams, eight sellers, mostly noes.

Seeded: the same day gives the same company, row for row. It is written through the same actions as an import and as
screens use, so that what people look at went the way their own data will go.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from rebond.accounts.actions import add_person, add_team
from rebond.accounts.models import Role, Team, User
from rebond.base.text import fold
from rebond.deals.actions import add_stage, save_touches
from rebond.deals.models import Deal, Stage, StageChange
from rebond.deals.records import DealRecord, TouchRecord
from rebond.demo import history, people
from rebond.demo.advocates import let_noes_open_doors
from rebond.demo.conversations import as_silence_goes, let_talks_go_nowhere
from rebond.demo.goals import set_what_is_aimed_at
from rebond.demo.keeping import let_noes_hear_from_us
from rebond.demo.plans import let_sales_earn
from rebond.demo.prices import let_things_have_a_price
from rebond.demo.promises import let_the_list_promise
from rebond.demo.recent import let_colleagues_look_back, make_today_alive
from rebond.demo.voices import let_buyers_speak
from rebond.demo.wins import let_wins_be_heard
from rebond.loop.close import record_history

SEED = 20260609
PASSWORD = "nine noes and a yes"  # noqa: S105 (a demo's password is printed on the screen)
DOMAIN = "rebond.example"
SIGN_INS = (("Seller", f"camille@{DOMAIN}"), ("Manager", f"nadia@{DOMAIN}"), ("Administrator", f"alix@{DOMAIN}"))
STAGES = (("Qualify", "open"), ("Proposal", "open"), ("Negotiation", "open"), ("Won", "won"), ("Lost", "lost"))
BATCH = 500


@transaction.atomic
def build(*, now: datetime) -> None:
    """Makes the whole company; some seconds."""
    rng = random.Random(SEED)  # noqa: S311 (invented data)
    staff = _staff(now)
    for name, kind in STAGES:
        add_stage(name=name, kind=kind, actor=None, now=now)
    deals = as_silence_goes(history.invent(rng, now))
    let_sales_earn(now=now)
    _write(deals, staff, now)
    make_today_alive(rng=rng, camille=staff["Camille Aubry"], now=now)
    let_colleagues_look_back(rng=rng, now=now)
    let_buyers_speak(rng=rng, now=now)
    let_noes_hear_from_us(rng=rng, camille=staff["Camille Aubry"], now=now)
    let_talks_go_nowhere(camille=staff["Camille Aubry"], now=now)
    let_noes_open_doors(rng=rng, camille=staff["Camille Aubry"], nadia=staff["Nadia Belkacem"], now=now)
    let_things_have_a_price(now=now)
    set_what_is_aimed_at(camille=staff["Camille Aubry"], now=now)
    let_the_list_promise(now=now)
    let_wins_be_heard(staff=staff, now=now)


def _staff(now: datetime) -> dict[str, User]:
    teams: dict[str, Team] = {name: add_team(name=name, actor=None, now=now) for name in ("North", "South")}
    staff = {}
    for seller in people.SELLERS:
        staff[seller.name] = _person(seller.name, Role.SELLER, teams[seller.team], seller.language, now)
    for name, team, language in people.MANAGERS:
        staff[name] = _person(name, Role.MANAGER, teams[team], language, now)
    staff[people.ADMIN[0]] = _person(people.ADMIN[0], Role.ADMIN, None, people.ADMIN[1], now)
    return staff


def _person(name: str, role: str, team: Team | None, language: str, now: datetime) -> User:
    email = f"{fold(name).split()[0]}@{DOMAIN}"
    with_sign_in = email in dict(SIGN_INS).values() or email.startswith("yanis")
    return add_person(
        name=name, email=email, role=role, team=team, password=PASSWORD if with_sign_in else None, language=language,
        actor=None, now=now,
    )  # fmt: skip


def _write(deals: list[history.Invented], staff: dict[str, User], now: datetime) -> None:
    for start in range(0, len(deals), BATCH):
        batch = deals[start : start + BATCH]
        rows = [_record(deal, staff[deal.owner]) for deal in batch]
        reasons = {index: deal.reason for index, deal in enumerate(batch) if deal.reason}
        record_history(rows=rows, reasons=reasons, source="demo", actor=None, now=now)
    touches = [touch for deal in deals for touch in _touches(deal, staff[deal.owner])]
    for start in range(0, len(touches), 2000):
        save_touches(rows=touches[start : start + 2000], source="demo", actor=None, now=now)
    _stays(deals)


def _record(deal: history.Invented, owner: User) -> DealRecord:
    return replace(deal.record, owner_id=owner.pk, team_id=owner.team_id, people=tuple(deal.people))


def _touches(deal: history.Invented, owner: User) -> list[TouchRecord]:
    return [replace(touch, owner_id=owner.pk) for touch in deal.touches]


def _stays(deals: list[history.Invented]) -> None:
    """Deals went through stages on their way; an import only knows the last one."""
    stages = {stage.name: stage for stage in Stage.objects.all()}
    known = {deal.external_id: deal for deal in Deal.objects.filter(source="demo").only("pk", "external_id")}
    changes = []
    for invented in deals:
        deal = known[invented.record.external_id]
        for name, entered, left in invented.stays:
            changes.append(StageChange(deal=deal, stage=stages[name], entered_at=entered, left_at=left))
    StageChange.objects.filter(deal__source="demo").delete()
    StageChange.objects.bulk_create(changes, batch_size=500)
