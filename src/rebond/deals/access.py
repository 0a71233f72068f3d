"""The only way from what a person typed to a record. Absent and forbidden look the same."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, NotFound
from rebond.deals.models import Company, Deal, Person, Stage
from rebond.deals.queries import companies_for, deal_for, deals_for, people_for

Record = TypeVar("Record", bound=Model)


def _one(records: QuerySet[Record], pk: int) -> Record:
    try:
        return records.get(pk=pk)
    except ObjectDoesNotExist:
        raise NotFound from None


def get_deal(user: User | None, pk: int, *, alone: bool = False) -> Deal:
    """The deal, with owner, company and stage loaded; ``NotFound`` when absent or another team's.

    Args:
        alone: without what belongs to it, where one row is enough: a small part of the time.
    """
    if not alone:
        return _one(deals_for(user).select_related("owner", "company", "stage", "team"), pk)
    if (found := deal_for(user, pk)) is None:
        raise NotFound
    return found


def get_person(user: User | None, pk: int) -> Person:
    """The person, with the company loaded; ``NotFound`` when absent or only in another team's deals."""
    return _one(people_for(user).select_related("company"), pk)


def get_company(user: User | None, pk: int) -> Company:
    """The company; ``NotFound`` when absent or only another team's."""
    return _one(companies_for(user), pk)


def get_stage(user: User, pk: int, *, to_change: bool = False) -> Stage:
    """A stage; everybody may choose one, only an administrator may change one (``NotAllowed``)."""
    if to_change and not user.is_admin:
        raise NotAllowed
    return _one(Stage.objects.all(), pk)
