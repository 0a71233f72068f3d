"""The report as JSON: the contract of ``rebond report --json`` (docs/report.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.utils import translation

from rebond.facts.model import Facts, LeftOut
from rebond.report.build import Report

#: Which results hold money, and are told so by a currency beside it.
WITH_MONEY = ("outcomes", "trends", "touches", "next_touch", "forecast")


def document(report: Report) -> dict[str, Any]:
    """Every key of the contract, whatever the file held; machine words and notes are English in every language."""
    with translation.override("en"):
        said = {
            "as_of": report.facts.as_of.isoformat(),
            "currency": _currency(report.facts),
            "rows": rows(report.facts),
        }
        return said | _answers(report)


def as_text(report: Report) -> str:
    """The document as it is written; a number that is none would be a defect, so it raises."""
    return json.dumps(document(report), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _answers(report: Report) -> dict[str, Any]:
    a, minor = report.answers, report.facts.minor_per_major
    found: dict[str, dict[str, Any]] = {
        "outcomes": a.outcomes.as_json(minor_per_major=minor),
        "reasons": a.reasons.as_json() | {"agreement": a.agreement.as_json()},
        "trends": a.trends.as_json(minor_per_major=minor),
        "drivers": a.drivers.as_json(),
        "cycle": a.cycle.as_json(),
        "touches": a.touches.as_json(minor_per_major=minor),
        "next_touch": a.next_touch.as_json(minor_per_major=minor),
        "forecast": a.forecast.as_json(minor_per_major=minor),
        "competitors": a.competitors.as_json(),
        "unheard": a.reasons.unheard.as_json(),
    }
    for name in WITH_MONEY:
        found[name] = {"currency": _currency(report.facts)} | found[name]
    return found


def _currency(facts: Facts) -> str | None:
    return None if facts.currency in ("", "XXX") else facts.currency


def rows(facts: Facts) -> dict[str, Any]:
    """What the report rests on: rows read, used, left out by reason; the same of touches; what was assumed."""
    return {
        "read": facts.rows_read, "used": facts.rows_used, "left_out": _by_reason(facts.left_out, "deals"),
        "touches": {
            "read": facts.touches_read, "used": facts.touches_used, "left_out": _by_reason(facts.left_out, "touches"),
        },
        "details": [one.as_json() for one in facts.left_out],
        "values_left_out": [one.as_json() for one in facts.blanked],
        "missing_columns": list(facts.missing),
        "notes": [{"code": note.code, "says": note.says} for note in facts.notes],
        "columns": [
            {"table": column.table, "header": column.header, "ours": column.ours, "how": column.how}
            for column in facts.columns
        ],
    }  # fmt: skip


def _by_reason(left_out: Sequence[LeftOut], table: str) -> dict[str, int]:
    return {one.code: one.count for one in left_out if one.table == table}
