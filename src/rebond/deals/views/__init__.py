"""Screens of the records: deals, people, companies, stages, search."""

from rebond.deals.views.deals import add_part, deals, edit_deal, export, move, new_deal, touch
from rebond.deals.views.people import (
    companies,
    company,
    edit_company,
    edit_person,
    new_company,
    new_person,
    people,
    person,
)
from rebond.deals.views.search import search
from rebond.deals.views.stages import change_stage, stages

__all__ = [
    "add_part",
    "change_stage",
    "companies",
    "company",
    "deals",
    "edit_company",
    "edit_deal",
    "edit_person",
    "export",
    "move",
    "new_company",
    "new_deal",
    "new_person",
    "people",
    "person",
    "search",
    "stages",
    "touch",
]
