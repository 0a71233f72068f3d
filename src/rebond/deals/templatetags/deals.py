"""Tags of the deal list."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


def _label(name: str) -> str:
    return {
        "name": _("Deal"), "amount": _("Amount"), "opened": _("Opened"), "closed": _("Closed"),
        "touched": _("Last touch"),
    }[name]  # fmt: skip


@register.simple_tag(takes_context=True)
def sort_head(context: dict[str, Any], name: str, right: int = 0) -> SafeString:
    """A column's head: a link that sorts by it, and turns the order round when it is sorted already."""
    now = str(context["sort"])
    query = context["request"].GET.copy()
    query.pop("page", None)
    first = name if name == "name" else f"-{name}"
    other = name if first.startswith("-") else f"-{name}"
    query["sort"] = other if now == first else first
    state = {name: "ascending", f"-{name}": "descending"}.get(now, "none")
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a href="?{}">{}{}</a></th>',
        "r" if right else "", state, query.urlencode(), _label(name),
        {"ascending": " ↑", "descending": " ↓"}.get(state, ""),
    )  # fmt: skip
