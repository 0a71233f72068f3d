"""Every question gives the same answer on every engine: whole results are compared, not just headlines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from math import isclose, isnan
from typing import Any

import numpy as np
import pytest

from rebond.facts.from_connection import from_connection
from rebond.facts.model import Options
from rebond.facts.touches import merged, rollup
from rebond.numbers.agreement import agreement
from rebond.numbers.competitors import competitors
from rebond.numbers.cycle import cycle
from rebond.numbers.drivers import drivers
from rebond.numbers.forecast import forecast
from rebond.numbers.next_touch import next_touch
from rebond.numbers.outcomes import outcomes
from rebond.numbers.reasons import reasons, reasons_by_month
from rebond.numbers.touches import touches
from rebond.numbers.trends import trends
from tests.facts.engines import Engine
from tests.facts.history import AS_OF

#: Floats are sums in another order, or what a fit makes of them.
EXACT, FITTED = 1e-12, 1e-9
Question = Callable[[Engine], Any]


def sorted_rows(expression: Any) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in expression.to_pyarrow().to_pylist()), key=str)


#: A new question is a line here.
QUESTIONS: dict[str, tuple[Question, float]] = {
    "outcomes": (lambda on: outcomes(on.deals, as_of=AS_OF), FITTED),
    "reasons": (lambda on: reasons(on.deals, control={"price": "influenceable"}, as_of=AS_OF), FITTED),
    "reasons by month": (lambda on: reasons_by_month(on.deals, as_of=AS_OF), EXACT),
    "agreement": (lambda on: agreement(on.deals, as_of=AS_OF), FITTED),
    "competitors": (lambda on: competitors(on.deals, as_of=AS_OF), FITTED),
    "trends": (lambda on: trends(on.deals, as_of=AS_OF), FITTED),
    "drivers": (lambda on: drivers(on.deals, as_of=AS_OF), FITTED),
    "cycle": (lambda on: cycle(on.deals, as_of=AS_OF), FITTED),
    "touches": (lambda on: touches(on.deals, on.touches, as_of=AS_OF), FITTED),
    "touches, from the roll-up": (lambda on: touches(on.deals, as_of=AS_OF, rollup=rollup(on.touches)), FITTED),
    "touches, only counted": (lambda on: touches(on.deals, as_of=AS_OF), FITTED),
    "next touch": (lambda on: next_touch(on.deals, on.touches, as_of=AS_OF), FITTED),
    "forecast": (lambda on: forecast(on.deals, as_of=AS_OF), FITTED),
    "the roll-up": (lambda on: sorted_rows(rollup(on.touches)), EXACT),
    "touches close together": (lambda on: sorted_rows(merged(on.touches, 600).drop("minutes")), EXACT),
}


def differences(one: Any, other: Any, within: float, path: str = "") -> list[str]:
    """Where two results differ, in words; floats by more than ``within``, relatively."""
    if is_dataclass(one) and not isinstance(one, type):
        pairs = [(f".{f.name}", getattr(one, f.name), getattr(other, f.name)) for f in fields(one)]
    elif isinstance(one, Mapping):
        if set(one) != set(other):
            return [f"{path}: {sorted(map(str, set(one) ^ set(other)))} on one side only"]
        pairs = [(f"[{key!r}]", one[key], other[key]) for key in one]
    elif isinstance(one, list | tuple | np.ndarray):
        if len(one) != len(other):
            return [f"{path}: {len(one)} and {len(other)} long"]
        pairs = [(f"[{place}]", a, b) for place, (a, b) in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, float | np.floating) and isinstance(other, float | np.floating):
        same = (isnan(one) and isnan(other)) or isclose(one, other, rel_tol=within, abs_tol=within)
        return [] if same else [f"{path}: {one!r} and {other!r}"]
    else:
        return [] if one == other else [f"{path}: {one!r} and {other!r}"]
    return [line for name, a, b in pairs for line in differences(a, b, within, path + name)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_the_same_on_every_engine(question: str, engine: Engine, reference: Engine) -> None:
    ask, within = QUESTIONS[question]
    assert differences(ask(engine), ask(reference), within) == []


def test_facts_of_a_warehouse_are_its_own_tables(engine: Engine) -> None:
    names = ["deals", "touches"]
    if engine.name == "PostgreSQL":
        schema = engine.deals.op().namespace.database
        names = [f"{schema}.{name}" for name in names]
    if engine.name == "ClickHouse":
        pytest.skip("the embedded ClickHouse has no catalogue that Ibis could ask")
    found = from_connection(engine.connection, *names, today=AS_OF, options=Options(merge_touches=5))
    assert found.rows_used == found.rows_read == engine.deals.count().to_pyarrow().as_py()
    assert found.touches is not None
    assert found.touches_used == found.touches.count().to_pyarrow().as_py()
    assert found.currency == "EUR"
    assert differences(
        cycle(found.deals, as_of=found.as_of).as_json(), cycle(engine.deals, as_of=found.as_of).as_json(), FITTED
    ) == []  # fmt: skip


def test_a_difference_is_found_wherever_it_is() -> None:
    one = {"a": [1.0, (2, "x")], "b": np.array([1.0, float("nan")])}
    assert differences(one, {"a": [1.0, (2, "x")], "b": np.array([1.0, float("nan")])}, EXACT) == []
    assert differences(one, {"a": [1.0 + 1e-9, (2, "x")], "b": one["b"]}, EXACT) == ["['a'][0]: 1.0 and 1.000000001"]
    assert differences(one, {"a": [1.0, (2, "y")], "b": one["b"]}, EXACT) == ["['a'][1][1]: 'x' and 'y'"]
    assert differences(one, {"a": [1.0], "b": one["b"]}, EXACT) == ["['a']: 2 and 1 long"]
