"""Template tags of the house: icons, money, dates, k of n, links that keep the filters."""

from __future__ import annotations

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from rebond.base import dates
from rebond.base import money as money_of

register = template.Library()
register.filter("day", dates.show_day)
register.filter("weekday", dates.show_weekday)


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite; decoration only, the words beside it say what it is."""
    return format_html('<svg class="ic" aria-hidden="true"><use href="{}#i-{}"/></svg>', static("web/icons.svg"), name)


@register.simple_tag
def money(minor: int | None, currency: str) -> str:
    """An amount in the reader's language, whole units; empty when there is none."""
    return "" if minor is None else money_of.show(minor, currency, get_language() or "en")


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: Any) -> str:
    """The page's own query string with some values changed; empty ones are left out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    encoded: str = query.urlencode()
    return encoded
