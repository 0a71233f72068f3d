"""Tags of the player."""

from __future__ import annotations

import secrets
from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def style_nonce(context: dict[str, Any]) -> str:
    """Lets in the one style that the outline brings along (CSP Level 3, 6.7.3); new with every page."""
    request = context["request"]
    if not getattr(request, "style_nonce", ""):
        request.style_nonce = secrets.token_urlsafe(16)
    return str(request.style_nonce)


@register.filter
def clock(ms: int | None) -> str:
    """A place in a recording.

    >>> clock(0), clock(65_900), clock(3_600_000), clock(None)
    ('0:00', '1:05', '1:00:00', '')
    """
    if ms is None:
        return ""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def seconds(ms: int | None) -> str:
    """A place as an address says it (W3C Media Fragments), whatever the language.

    >>> seconds(1_500), seconds(None)
    ('1.5', '0')
    """
    return f"{(ms or 0) / 1000:.3f}".rstrip("0").rstrip(".") if ms else "0"
