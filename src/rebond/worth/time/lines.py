"""Value of time in a few lines of text, for the command."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from rebond.worth.queries import answers
from rebond.worth.time import blocks, findings, words
from rebond.worth.view import View


def lines(view: View, now: datetime) -> list[str]:
    """The method's own sum first, then an hour and each contact, the kinds, when to stop."""
    tiles = blocks.build("tiles", view, now=now).more
    kinds = answers.kinds(view)
    found = [_sum(view, now)]
    found += [_tile(tile) for tile in (tiles["hour"] | {"minutes": tiles["cost"]}, *tiles["tiles"])]
    found.append(findings.kinds(kinds, view).headline)
    found += [
        f"  {words.kind_names()[row.kind.code][0]}: {_hourly(row.per_hour.value, kinds.currency)}" for row in kinds.rows
    ]
    found.append(findings.next_touch(answers.next_touch(view)).headline)
    found.append(findings.move(answers.move(view), view).headline)
    return found


def _sum(view: View, now: datetime) -> str:
    ratio = blocks.build("ratio", view, now=now).more
    steps = ratio["steps"]
    if steps is None:
        return str(ratio["missing"])
    found: str = _("%(average)s %(earns)s ÷ %(each)s contacts a sale = %(worth)s a contact; %(sure)s") % (
        steps | {"sure": ratio["sure"][:1].lower() + ratio["sure"][1:]}
    )
    return found


def _tile(tile: dict[str, str]) -> str:
    parts = [tile["name"], tile["figure"] or "–", tile["likely"], tile["minutes"]]
    return "  " + "  ".join(part for part in parts if part)


def _hourly(value: float | None, currency: str) -> str:
    return words.hourly(value, currency) if value is not None else "–"
