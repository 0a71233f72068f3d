"""What is assumed until somebody says better, each with where it is from."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HOUR_COST = "hour_cost"
#: The name of the assumption that says how long a contact of a channel takes.
MINUTES = {channel: f"minutes_{channel}" for channel in ("call", "email", "meeting", "message", "other")}
#: An assumption keeps minutes in tenths, since an email of two and a half minutes is one.
TENTHS = 10
GUESS = _("our own guess until you set yours")


@dataclass(frozen=True)
class Default:
    """A value nobody set.

    Attributes:
        value: as ``models.Assumption.value`` has it: minor units of ``currency``, or tenths of a minute.
        unit: ``money`` or ``minutes``.
        source: where it is from.
        currency: of money; in any other currency there is no default.
    """

    value: int
    unit: str
    source: str | Promise
    currency: str = ""


#: The cost of an hour is the average of the EU's 27 countries, all costs of work included (33.50 EUR in 2024).
DEFAULTS: dict[str, Default] = {
    HOUR_COST: Default(3350, "money", _("Eurostat, hourly labour costs 2024, EU average"), "EUR"),
    MINUTES["call"]: Default(60, "minutes", GUESS),
    MINUTES["email"]: Default(30, "minutes", GUESS),
    MINUTES["meeting"]: Default(480, "minutes", GUESS),
    MINUTES["message"]: Default(20, "minutes", GUESS),
    MINUTES["other"]: Default(50, "minutes", GUESS),
}
