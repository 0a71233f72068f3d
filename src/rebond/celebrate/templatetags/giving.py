"""Amounts of small rewards, with cents where there are any."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from rebond.base.money import show, to_major

register = template.Library()


@register.simple_tag
def amount(minor: int, currency: str) -> str:
    """ "€12.50", "€12"."""
    cents = to_major(minor, currency) % 1 != 0
    return show(minor, currency, get_language() or "en", cents=cents)
