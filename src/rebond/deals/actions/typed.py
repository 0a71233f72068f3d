"""Records written one at a time by a person: companies, people, deals, parts in a decision, touches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.base.prepared import OneChange, Slot
from rebond.base.text import clean, fold
from rebond.deals import heard
from rebond.deals.actions.changes import differences, keep_changes, watched
from rebond.deals.actions.indexing import index_companies, index_deals, index_people
from rebond.deals.models import (
    Channel,
    Company,
    Deal,
    DealPerson,
    DealRole,
    Direction,
    Material,
    Person,
    SearchEntry,
    Stage,
    StageChange,
    StageKind,
    Touch,
)


@transaction.atomic
def create_company(*, name: str, sector: str = "", country: str = "", actor: User | None, now: datetime) -> Company:
    """A new company. ``RebondError`` ``name_missing`` without a name."""
    company = Company(sector=clean(sector, 120), country=clean(country, 80), created_at=now, updated_at=now)
    _set_company_name(company, name)
    company.save()
    index_companies([company])
    record(verb="deals.create_company", subject=company, actor=actor, at=now)
    return company


@transaction.atomic
def edit_company(*, company: Company, changes: Mapping[str, Any], actor: User | None, now: datetime) -> None:
    """Changes the named fields (``name``, ``sector``, ``country``)."""
    _apply(company, changes, {"sector", "country"})
    if "name" in changes:
        _set_company_name(company, changes["name"])
    company.updated_at = now
    company.save()
    index_companies([company])
    record(verb="deals.edit_company", subject=company, actor=actor, at=now, fields=sorted(changes))


@transaction.atomic
def find_or_add_company(*, name: str, actor: User | None, now: datetime) -> Company | None:
    """The company of that name, however it is spelled; a new one when there is none; ``None`` for an empty name."""
    cleaned = clean(name, 200)
    if not cleaned:
        return None
    found = Company.objects.filter(folded=fold(cleaned)[:200]).order_by("pk").first()
    return found or create_company(name=cleaned, actor=actor, now=now)


@transaction.atomic
def create_person(*, name: str, actor: User | None, now: datetime, **fields: Any) -> Person:
    """A new person; ``fields`` as on ``deals.models.Person``. ``RebondError`` ``name_missing`` without a name."""
    person = Person(name=_required(name, 200), created_at=now, updated_at=now)
    _apply(person, fields, {"email", "phone", "title", "language", "company"})
    person.save()
    index_people([person])
    record(verb="deals.create_person", subject=person, actor=actor, at=now)
    return person


@transaction.atomic
def edit_person(*, person: Person, changes: Mapping[str, Any], actor: User | None, now: datetime) -> None:
    """Changes the named fields."""
    _apply(person, changes, {"name", "email", "phone", "title", "language", "company"})
    person.name = _required(person.name, 200)
    person.updated_at = now
    person.save()
    index_people([person])
    record(verb="deals.edit_person", subject=person, actor=actor, at=now, fields=sorted(changes))


DEAL_FIELDS = {
    "name", "company", "amount_minor", "currency", "commission_minor", "segment", "lead_source", "competitor",
    "next_step", "problem", "notes", "opened_at", "expected_close",
}  # fmt: skip


@transaction.atomic
def create_deal(
    *, name: str, owner: User, stage: Stage | None = None, actor: User | None, now: datetime, **fields: Any
) -> Deal:
    """A new open deal in ``stage``, or the first open one. It belongs to its owner's team."""
    stage = stage or Stage.objects.filter(kind=StageKind.OPEN).first()
    deal = Deal(name=_required(name, 300), owner=owner, team=owner.team, stage=stage, created_at=now, updated_at=now)
    _apply(deal, {"opened_at": now} | fields, DEAL_FIELDS)
    deal.save()
    keep_changes(differences(deal=deal, before=watched(Deal()), at=now, actor=actor))
    if stage:
        StageChange.objects.create(deal=deal, stage=stage, entered_at=deal.opened_at or now)
    index_deals([deal])
    record(verb="deals.create_deal", subject=deal, actor=actor, at=now)
    heard.tell(now)
    return deal


@transaction.atomic
def edit_deal(*, deal: Deal, changes: Mapping[str, Any], actor: User | None, now: datetime) -> None:
    """Changes the named fields; a new ``owner`` takes the deal into their team.

    The audit log keeps old amounts; ``FieldChange`` keeps what became of the watched fields.
    """
    before, stood = {"amount_minor": deal.amount_minor, "currency": deal.currency}, watched(deal)
    _apply(deal, changes, DEAL_FIELDS)
    if owner := changes.get("owner"):
        deal.owner, deal.team = owner, owner.team
    deal.name = _required(deal.name, 300)
    deal.updated_at = now
    deal.save()
    keep_changes(differences(deal=deal, before=stood, at=now, actor=actor))
    index_deals([deal])
    detail = {"before": before} if "amount_minor" in changes else {}
    record(verb="deals.edit_deal", subject=deal, actor=actor, at=now, fields=sorted(changes), **detail)
    heard.tell(now)


@transaction.atomic
def learn_competitor(*, deal: Deal, competitor: str, actor: User | None, now: datetime) -> None:
    """Somebody found out later who else was in it: the deal says so from now on. How it was closed stays as it was.

    Args:
        competitor: a name, or ``none``; empty, or what is known already, changes nothing.
    """
    locked = Deal.objects.select_for_update(of=("self",)).get(pk=deal.pk)
    named, stood = clean(competitor, 120), watched(locked)
    if not named or named == locked.competitor:
        return
    locked.competitor, locked.updated_at = named, now
    locked.save(update_fields=["competitor", "updated_at"])
    keep_changes(differences(deal=locked, before=stood, at=now, actor=actor))
    index_deals([locked])
    record(verb="deals.learn_competitor", subject=locked, actor=actor, at=now)
    deal.competitor, deal.updated_at = locked.competitor, locked.updated_at


@transaction.atomic
def follow_owner(*, owner: User, now: datetime) -> None:
    """A person's deals go where the person goes; the move itself is in the audit log of ``accounts``."""
    mine = Deal.objects.filter(owner=owner)
    mine.update(team=owner.team, updated_at=now)
    SearchEntry.objects.filter(kind="deal", record_id__in=mine.values("pk")).update(team=owner.team)
    heard.tell(now)


@transaction.atomic
def set_part(*, deal: Deal, person: Person, role: str, actor: User | None, now: datetime) -> DealPerson:
    """Says which part a person has in the decision; adds them to the deal when they were not in it."""
    part, _created = DealPerson.objects.update_or_create(
        deal=deal,
        person=person,
        defaults={"role": DealRole(role) if role in DealRole.values else DealRole.UNKNOWN},
    )
    record(verb="deals.set_part", subject=deal, actor=actor, at=now, person=person.pk, role=part.role)
    return part


#: At every contact, so put together once.
_later_touch = OneChange(
    lambda: Deal.objects.filter(models.Q(last_touch_at=None) | models.Q(last_touch_at__lt=Slot("at")), pk=Slot("deal")),
    last_touch_at=Slot("at"),
)


@transaction.atomic
def log_touch(
    *,
    deal: Deal | None,
    person: Person | None = None,
    channel: str,
    direction: str = Direction.OUT,
    at: datetime,
    minutes: int | None = None,
    result: str = "",
    note: str = "",
    material: str = "",
    material_name: str = "",
    actor: User | None,
    now: datetime,
    **origin: str,
) -> Touch:
    """One contact happened, and what it carried. ``RebondError`` ``unknown_channel``, ``touch_in_future``.

    Args:
        deal: ``None`` for staying in touch, which belongs to the ``person`` alone: no deal's figures change.
        origin: ``source`` and ``external_id`` of what a program logs: who it is, and its name for this, once.
        material: one of ``Material``; a name alone is taken as something to help them decide.
    """
    if channel not in Channel.values or direction not in Direction.values:
        raise RebondError(
            _("We do not know this kind of contact. Nothing was saved. Choose call, email, meeting or message."),
            code="unknown_channel",
        )
    if at > now:
        raise RebondError(
            _("A contact that is still to come cannot be logged. Nothing was saved. Choose today or an earlier day."),
            code="touch_in_future",
        )
    if deal is None and person is None:
        raise ValueError("a contact belongs to a deal or to a person")
    kind, name = _carried(material, material_name)
    touch = Touch.objects.create(
        deal=deal, person=person, owner=actor or (deal.owner if deal else None), at=at, channel=channel,
        direction=direction, minutes=minutes, result=clean(result, 40), note=clean(note, 5000), material=kind,
        material_name=name, source=origin.get("source", "typed"), external_id=origin.get("external_id", ""),
    )  # fmt: skip
    if deal is not None:
        _later_touch.make(deal=deal.pk, at=at)
    belongs = {"deal": deal.pk} if deal else {"person": person.pk if person else None}
    record(verb="deals.log_touch", subject=touch, actor=actor, at=now, channel=channel, **belongs)
    heard.tell(now)
    return touch


@transaction.atomic
def unlog_touch(*, touch: Touch, actor: User | None, now: datetime) -> None:
    """A contact that a program had logged did not take place: what it had read was something else."""
    record(verb="deals.unlog_touch", subject=touch, actor=actor, at=now, channel=touch.channel)
    deal = touch.deal_id
    touch.delete()
    if deal is not None:
        last = Touch.objects.filter(deal=deal).aggregate(last=models.Max("at"))["last"]
        Deal.objects.filter(pk=deal).update(last_touch_at=last)
    heard.tell(now)


def _carried(material: str, name: str) -> tuple[str, str]:
    named = clean(name, 160)
    if material in Material.values:
        return material, named
    return (Material.HELPFUL if named else ""), named


def _required(text: str, limit: int) -> str:
    cleaned = clean(text, limit)
    if not cleaned:
        raise RebondError(_("A name is needed. Nothing was saved. Type one."), code="name_missing")
    return cleaned


def _set_company_name(company: Company, name: str) -> None:
    company.name = _required(name, 200)
    company.folded = fold(company.name)[:200]


def _apply(target: models.Model, changes: Mapping[str, Any], allowed: set[str]) -> None:
    """Sets the allowed fields, cutting text to what the column holds."""
    for name in allowed & set(changes):
        value = changes[name]
        if isinstance(value, str):
            limit = getattr(target._meta.get_field(name), "max_length", None)
            value = clean(value, limit or 20_000)
        setattr(target, name, value)
