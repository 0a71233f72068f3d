"""The word beside a trend: real rise, real drop, noise, cannot tell; and which of them is bad news."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rebond.findings.finding import Verdict
from rebond.numbers.trends.result import Measure

#: More of a reason for losing is no good news, more of anything else is.
_WORSE_WHEN_IT_RISES = ("reason",)


def chip(measure: Measure) -> Verdict:
    """The verdict of a measure in a word and a shape."""
    bad = "rise" if measure.name in _WORSE_WHEN_IT_RISES else "drop"
    texts = {"rise": _("Real rise"), "drop": _("Real drop"), "noise": _("Noise")}
    if measure.verdict in texts:
        return Verdict(measure.verdict, texts[measure.verdict], worse=measure.verdict == bad)
    return Verdict("open", _("Too few"))
