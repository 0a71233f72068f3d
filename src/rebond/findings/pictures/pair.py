"""Two shares beside each other, one bar under the other: what it takes in grey, what it brings in blue."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from rebond.findings.pictures.axis import percent, picture

THICK, GAP = 6, 14


def pair(takes: float, brings: float, most: float, label: str) -> SafeString:
    """Bars of two shares (0 to 1); ``most`` is the share that fills the width."""
    bars = [
        format_html(
            '<rect x="0" y="{}" width="{}" height="{}" rx="2" class="{}"/>',
            4 + place * GAP, percent(100 * min(max(share, 0.0) / most, 1.0) if most > 0 else 0), THICK, css,
        )
        for place, (share, css) in enumerate(((takes, "p-takes"), (brings, "p-brings")))
    ]  # fmt: skip
    return picture(GAP * 2, label, *bars, css="picture p-pair")
