"""Companies, people and touches of an import, in batches; see ``history`` for the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from rebond.accounts.models import User
from rebond.base.text import fold
from rebond.deals import heard
from rebond.deals.actions.indexing import index_companies, index_people
from rebond.deals.models import Company, Deal, DealPerson, DealRole, Person, Touch
from rebond.deals.queries import deals_for, people_for
from rebond.deals.records import BatchResult, DealRecord, PersonRecord, TouchRecord


def companies_by_name(names: Iterable[str], *, now: datetime) -> dict[str, Company]:
    """Companies by folded name, adding those that are not there."""
    wanted = {fold(name)[:200]: name for name in names if name}
    known = {company.folded: company for company in Company.objects.filter(folded__in=wanted).order_by("-pk")}
    added = [
        Company(name=name, folded=folded, source="csv", created_at=now, updated_at=now)
        for folded, name in wanted.items()
        if folded not in known
    ]
    Company.objects.bulk_create(added, batch_size=500)
    index_companies(added)
    return known | {company.folded: company for company in added}


def _person_key(row: PersonRecord, company: Company | None) -> tuple[str, ...]:
    """An address names one person; without one, name and company do."""
    return ("email", row.email.lower()) if row.email else ("name", fold(row.name), str(company.pk if company else ""))


def _known_people(rows: Sequence[PersonRecord], companies: Mapping[str, Company]) -> dict[tuple[str, ...], Person]:
    emails = [row.email.lower() for row in rows if row.email]
    at = {companies[fold(row.company)].pk for row in rows if fold(row.company) in companies and not row.email}
    names = [row.name for row in rows if not row.email]
    condition = Q(email__in=emails) | Q(company__in=at) | Q(company=None, name__in=names)
    found: dict[tuple[str, ...], Person] = {}
    for person in Person.objects.filter(condition).select_related("company").order_by("-pk"):
        if person.email:
            found[("email", person.email.lower())] = person
        found[("name", fold(person.name), str(person.company_id or ""))] = person
    return found


@transaction.atomic
def save_people(*, rows: Sequence[PersonRecord], source: str, actor: User | None, now: datetime) -> BatchResult:
    """Upserts one batch of people by external id, else address, else name and company."""
    result = BatchResult()
    companies = companies_by_name({row.company for row in rows}, now=now)
    known = _known_people(rows, companies)
    ids = [row.external_id for row in rows if row.external_id]
    by_id = {person.external_id: person for person in Person.objects.filter(source=source, external_id__in=ids)}
    pks = [person.pk for person in (*known.values(), *by_id.values())]
    visible = set(people_for(actor).filter(pk__in=pks).values_list("pk", flat=True))
    new: list[Person] = []
    changed: list[Person] = []
    for index, row in enumerate(rows):
        company = companies.get(fold(row.company)[:200])
        key = _person_key(row, company)
        person = by_id.get(row.external_id) or known.get(key)
        if person is None:
            person = known[key] = _new_person(row, company, source, now)
            new.append(person)
        elif person.pk is not None and person.pk not in visible:
            result.skipped[index] = "other_team"
        elif _fill_person(person, row, company, now):
            changed.append(person)
        else:
            result.unchanged += 1
    Person.objects.bulk_create(new, batch_size=500)
    kept = [person for person in changed if person.pk not in {fresh.pk for fresh in new}]
    fields = ["name", "email", "phone", "title", "language", "company", "external_id", "updated_at"]
    Person.objects.bulk_update(kept, fields, batch_size=200)
    index_people([*new, *kept])
    result.created, result.updated = len(new), len(changed)
    return result


def _new_person(row: PersonRecord, company: Company | None, source: str, now: datetime) -> Person:
    return Person(
        name=row.name, email=row.email.lower(), phone=row.phone, title=row.title, language=row.language,
        company=company, source=source, external_id=row.external_id, created_at=now, updated_at=now,
    )  # fmt: skip


def _fill_person(person: Person, row: PersonRecord, company: Company | None, now: datetime) -> bool:
    """Takes over what the row knows; ``True`` when something changed."""
    values = {"name": row.name, "email": row.email.lower(), "phone": row.phone, "title": row.title,
              "language": row.language, "company": company}  # fmt: skip
    changes = {name: value for name, value in values.items() if value and getattr(person, name) != value}
    if row.external_id and not person.external_id:
        changes["external_id"] = row.external_id
    for name, value in changes.items():
        setattr(person, name, value)
    if changes:
        person.updated_at = now
    return bool(changes)


def take_part(*, rows: Sequence[DealRecord], deals: Mapping[int, Deal], now: datetime) -> None:
    """Links the people a deal row names to their deal; adds those that are not there."""
    wanted = [(deals[index], person) for index, row in enumerate(rows) if index in deals for person in row.people]
    if not wanted:
        return
    companies = companies_by_name({person.company for _deal, person in wanted}, now=now)
    known = _known_people([person for _deal, person in wanted], companies)
    new: list[Person] = []
    links: dict[tuple[int, int], DealPerson] = {}
    found: list[tuple[Deal, Person, str]] = []
    for deal, row in wanted:
        company = companies.get(fold(row.company)[:200])
        key = _person_key(row, company)
        if key not in known:
            known[key] = _new_person(row, company, "csv", now)
            new.append(known[key])
        found.append((deal, known[key], row.role))
    Person.objects.bulk_create(new, batch_size=500)
    index_people(new)
    for deal, person, role in found:
        part = role if role in DealRole.values else DealRole.UNKNOWN
        links.setdefault((deal.pk, person.pk), DealPerson(deal=deal, person=person, role=part))
    DealPerson.objects.bulk_create(links.values(), batch_size=500, ignore_conflicts=True)


@transaction.atomic
def save_touches(*, rows: Sequence[TouchRecord], source: str, actor: User | None, now: datetime) -> BatchResult:
    """Adds one batch of touches; one that is there already (same id, or same deal, time and channel) is unchanged.

    Args:
        now: when it is written, for whoever keeps figures fresh.
    """
    result = BatchResult()
    deals = {deal.external_id: deal for deal in deals_for(actor).filter(external_id__in={row.deal for row in rows})}
    people = {
        person.email.lower(): person
        for person in people_for(actor).filter(email__in={row.person_email.lower() for row in rows if row.person_email})
    }
    known = set(Touch.objects.filter(deal__in=deals.values()).values_list("deal_id", "at", "channel", "direction"))
    ids = [row.external_id for row in rows if row.external_id]
    known_ids = set(Touch.objects.filter(source=source, external_id__in=ids).values_list("external_id", flat=True))
    new: list[Touch] = []
    for index, row in enumerate(rows):
        deal = deals.get(row.deal)
        if deal is None:
            result.skipped[index] = "unknown_deal"
            continue
        key = (deal.pk, row.at, row.channel, row.direction)
        if row.external_id in known_ids if row.external_id else key in known:
            result.unchanged += 1
            continue
        known.add(key)
        known_ids.add(row.external_id)
        new.append(_new_touch(row, deal, people.get(row.person_email.lower()), source))
    Touch.objects.bulk_create(new, batch_size=500)
    _move_last_touch(new)
    result.created = len(new)
    if new:
        heard.tell(now)
    return result


def _new_touch(row: TouchRecord, deal: Deal, person: Person | None, source: str) -> Touch:
    return Touch(
        deal=deal, person=person, owner_id=row.owner_id or deal.owner_id, at=row.at, channel=row.channel,
        direction=row.direction, minutes=row.minutes, result=row.result, note=row.note, source=source,
        external_id=row.external_id,
    )  # fmt: skip


def _move_last_touch(touches: Sequence[Touch]) -> None:
    latest: dict[int, datetime] = {}
    deals: dict[int, Deal] = {}
    for touch in touches:
        if touch.deal is not None:
            deals[touch.deal.pk] = touch.deal
            latest[touch.deal.pk] = max(touch.at, latest.get(touch.deal.pk, touch.at))
    moved = [deal for pk, deal in deals.items() if deal.last_touch_at is None or deal.last_touch_at < latest[pk]]
    for deal in moved:
        deal.last_touch_at = latest[deal.pk]
    Deal.objects.bulk_update(moved, ["last_touch_at"], batch_size=200)
