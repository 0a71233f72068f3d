"""Who introduced a person, and whom they introduced, for pages of rooms that know nothing of it."""

from __future__ import annotations

from typing import Any

from django import template

from rebond.deals.models import Person
from rebond.loop.referrals_shown import OfPerson, of_person

register = template.Library()


@register.simple_tag(takes_context=True)
def introductions(context: dict[str, Any], person: Person) -> OfPerson:
    """Three queries."""
    return of_person(person, context["request"].user)
