"""What reading says to people: why rows are not used, what was assumed."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    "unreadable": _("a cell that cannot be read"),
    "duplicate_id": _("an id that stood in the file before"),
    "closed_before_opened": _("closed before it was opened"),
    "opened_later": _("opened after the day of the report"),
    "unknown_deal": _("a contact of a deal that is not among the deals"),
    "no_deal": _("a contact with somebody who takes part in no deal"),
    "later": _("a contact after the day of the report"),
    "duplicate": _("a contact whose id stood in the file before"),
    "merged": _("a contact that counts as one with the one shortly before"),
    "negative_amount": _("an amount below zero: the deal counts, its money does not"),
    "other_currency": _("an amount in another currency: the deal counts, its money does not"),
    "closed_later": _("closed after the day of the report: open on that day"),
}
NOTES: dict[str, str | Promise] = {
    "as_of_latest": _("Everything is as of %(day)s, the latest day in the file."),
    "as_of_today": _("No day in the file says when it was made: everything is as of today, %(day)s."),
    "ids_from_rows": _("No column holds ids: deals are numbered by their rows."),
    "currency_unknown": _("No currency is named: amounts are shown without one."),
    "currency_assumed": _("No currency is named in the file: amounts are taken as %(currency)s."),
    "declared": _("%(count)d closing days are those that somebody planned: the file has no other."),
    "day_first": _("Days such as 03/04 could be read both ways; the day is taken to come first."),
    "month_first": _("Days such as 03/04 could be read both ways; the month is taken to come first."),
    "commission_rule": _("Commissions are worked out by the rule given: %(rule)s."),
}
