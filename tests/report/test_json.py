"""The JSON is the documented contract: every key, every estimate an object, nothing that is no number."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rebond.report.build import Report
from rebond.report.document import as_text, document
from tests.report.conftest import of_file

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())
KEYS = [
    "as_of", "rows", "outcomes", "reasons", "trends", "drivers", "cycle", "touches", "next_touch", "forecast",
    "competitors", "unheard",
]  # fmt: skip
MAVEN = Path(os.environ.get("REBOND_SHARED_DATA", ROOT.parent / "shared" / "data")) / "maven" / "sales_pipeline.csv"


def problems(said: Any) -> list[str]:
    found = Draft202012Validator(SCHEMA).iter_errors(said)
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in found]


def estimates(said: Any) -> list[dict[str, Any]]:
    """Every object of the document that is one number or why there is none."""
    if isinstance(said, list):
        return [one for part in said for one in estimates(part)]
    if not isinstance(said, dict):
        return []
    inner = [one for part in said.values() for one in estimates(part)]
    return [*inner, said] if {"value", "k", "n", "note"} <= set(said) else inner


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_demo_report_keeps_the_schema_and_has_every_key(demo: Report) -> None:
    said = json.loads(as_text(demo))
    assert problems(said) == []
    assert set(KEYS) <= set(said)
    assert said["outcomes"]["counts"]["won"] > 100
    assert said["forecast"]["goal"]["target"] == 25


def test_three_deals_keep_the_schema_and_no_estimate_has_a_value(three: Report) -> None:
    said = json.loads(as_text(three))
    assert problems(said) == []
    assert set(KEYS) <= set(said)
    found = estimates(said)
    assert len(found) > 40
    assert [one for one in found if one["value"] is not None] == []
    needs = [one for one in found if "need" in one]
    assert needs
    assert all(one["note"].startswith("too few: ") and one["need"] >= 1 for one in needs)


def test_money_is_in_major_units_of_the_currency_beside_it(three: Report, demo: Report) -> None:
    assert document(three)["outcomes"]["won_amount"] == 100
    assert document(three)["currency"] is None
    assert document(demo)["outcomes"]["currency"] == document(demo)["currency"] == "EUR"


def test_a_value_is_inside_its_own_range_and_k_never_above_n(demo: Report) -> None:
    known = [one for one in estimates(document(demo)) if one["value"] is not None]
    assert len(known) > 200
    for one in known:
        if one["lo80"] is not None:
            assert one["lo95"] <= one["lo80"] + 1e-9 <= one["hi80"] + 2e-9 <= one["hi95"] + 3e-9, one


def test_the_schema_refuses_what_the_contract_does_not_know(demo: Report) -> None:
    said = document(demo)
    for change in ("outcomes", "forecast"):
        broken = copy.deepcopy(said)
        del broken[change]
        assert problems(broken)
    broken = copy.deepcopy(said)
    broken["outcomes"]["surprise"] = 1
    assert problems(broken)
    broken = copy.deepcopy(said)
    broken["outcomes"]["win_rate"]["value"] = "28%"
    assert problems(broken)
    broken = copy.deepcopy(said)
    broken["touches"]["surprise"] = 1
    assert problems(broken)


def test_the_document_is_english_and_the_same_in_either_language(demo: Report) -> None:
    from django.utils.translation import override

    with override("fr"):
        french = as_text(demo)
    assert french == as_text(demo)


@pytest.mark.parametrize(
    "rows",
    [
        "1,open,2026-01-01,,5\n",
        "1,won,,,\n2,lost,,,\n",
        "".join(f"{n},{'won' if n % 2 else 'lost'},,,{n + 1}\n" for n in range(60)),
        "".join(f"{n},lost,2026-01-01,2026-01-01,\n" for n in range(40)),
        "".join(f"{n},won,2026-01-01,2026-01-01,100\n" for n in range(40)),
        "".join(f"{n},unknown,2026-01-01,2026-01-02,100\n" for n in range(40)),
    ],
    ids=["one-open-deal", "two-deals", "no-dates", "only-lost", "only-won", "no-result-known"],
)
def test_poor_files_keep_the_schema_too(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("id,outcome,opened_at,closed_at,amount\n" + rows)
    assert problems(json.loads(as_text(of_file(path)))) == []


@pytest.mark.skipif(not MAVEN.exists(), reason="the shared data is not here")
def test_the_maven_export_keeps_the_schema_with_no_other_word() -> None:
    said = document(of_file(MAVEN))
    assert problems(said) == []
    assert said["rows"]["read"] == said["rows"]["used"] == 8800
    assert (said["outcomes"]["counts"]["won"], said["outcomes"]["counts"]["lost"]) == (4238, 2473)
    leaks = [factor["factor"] for factor in said["drivers"]["factors"] if factor["verdict"] == "leaks"]
    assert leaks == ["amount"]
