"""Filters of the contest's pages."""

from __future__ import annotations

from datetime import date

from django import template

from rebond.celebrate.models import Nomination
from rebond.celebrate.queries.contests import bounds
from rebond.celebrate.queries.lessons import month_words

register = template.Library()


@register.filter
def month(value: date) -> str:
    """ "June 2026", in the reader's language."""
    return month_words(value)


@register.filter
def clip_length(nomination: Nomination) -> int:
    """How long a clip is, in milliseconds."""
    begins, ends = bounds(nomination)
    return ends - begins
