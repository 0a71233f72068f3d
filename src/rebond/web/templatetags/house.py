"""Template tags of the house: icons, money, dates, k of n, links that keep the filters."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_skeleton
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from rebond.base import money as money_of

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite; decoration only, the words beside it say what it is."""
    return format_html('<svg class="ic" aria-hidden="true"><use href="{}#i-{}"/></svg>', static("web/icons.svg"), name)


@register.simple_tag
def money(minor: int | None, currency: str) -> str:
    """An amount in the reader's language, whole units; empty when there is none."""
    return "" if minor is None else money_of.show(minor, currency, get_language() or "en")


@register.filter
def day(value: date | datetime | None) -> str:
    """A day as people say it: "9 June", with the year when it is another one."""
    if value is None:
        return ""
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return _day(local, local.year == timezone.localdate().year, get_language() or "en")


@lru_cache(maxsize=10_000)
def _day(local: date, this_year: bool, language: str) -> str:
    """Kept, since a list shows the same few days a hundred times."""
    locale = "en_GB" if language.startswith("en") else language
    return format_skeleton("MMMMd", local, locale=locale) if this_year else format_date(local, "long", locale=locale)


@register.filter
def weekday(value: date) -> str:
    """A day with its name: "Tuesday 9 June"."""
    language = get_language() or "en"
    locale = "en_GB" if language.startswith("en") else language
    name = format_date(value, "EEEE", locale=locale)
    return f"{name[0].upper()}{name[1:]} {format_skeleton('MMMMd', value, locale=locale)}"


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
