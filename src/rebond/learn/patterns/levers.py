"""Where we could act: one short lever per reason that was in our hands. A hint, not a rule; a custom code has none."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LEVERS: dict[str, str | Promise] = {
    "need_not_felt": _("what waiting costs, in figures"),
    "need_misread": _("their problem, written down and agreed"),
    "wrong_people": _("ask who signs, first call"),
    "sponsor_left": _("a second supporter early"),
    "no_consensus": _("one meeting with all who decide"),
    "proposal_mismatch": _("walk through a draft with them"),
    "late_surprise": _("every term on the table by half-way"),
    "hard_to_use": _("a trial with the people who will use it"),
    "value_unclear": _("one-page business case"),
    "price_vs_alternative": _("what the difference buys"),
    "terms": _("terms agreed before the offer"),
    "vendor_risk": _("two advocates per sector"),
    "fear_of_change": _("a small first step"),
    "slow_response": _("an answer within a day"),
    "trust_rapport": _("advise first, offer second"),
    "little_help_deciding": _("one useful piece per stage"),
    "not_in_touch": _("a date before hanging up"),
    "incumbent_kept": _("ask what would have to change"),
}


def lever(code: str) -> str:
    """What to try about a reason; empty where nobody has thought of one.

    >>> lever("not_in_touch"), lever("our_own_code")
    ('a date before hanging up', '')
    """
    return str(LEVERS.get(code, ""))
