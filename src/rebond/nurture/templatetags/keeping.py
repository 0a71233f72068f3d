"""How staying in touch with a person stands, for pages of other rooms that know nothing of this one."""

from __future__ import annotations

from typing import Any

from django import template

from rebond.deals.models import Person
from rebond.nurture.keep.reach import going
from rebond.nurture.models import Enrolment

register = template.Library()


@register.simple_tag(takes_context=True)
def in_touch(context: dict[str, Any], person: Person) -> Enrolment | None:
    """The keeping in touch with ``person`` that goes on, if the reader may see it; one query."""
    return going(context["request"].user, person)
