"""What an item of the Today list is worth, in words."""

from __future__ import annotations

from django import template

from rebond.base.play import Worth
from rebond.findings.worth import amount, likely

register = template.Library()


@register.filter
def worth_figure(worth: Worth) -> str:
    """Its worth on average."""
    return amount(worth.value_minor, worth.currency)


@register.filter
def worth_range(worth: Worth) -> str:
    """Its likely range."""
    return likely(worth)
