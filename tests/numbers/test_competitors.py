from __future__ import annotations

import json
import warnings
from datetime import date, timedelta

import pytest

from rebond.numbers.competitors import Competitors, competitors
from rebond.numbers.pooling import pool_shares
from rebond.numbers.rates import rate
from tests.numbers import made

TODAY = date(2026, 6, 30)


def ask(rows: list[made.Row]) -> Competitors:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return competitors(made.deals(rows), as_of=TODAY)


def met(name: str | None, won: int, lost: int, no_decision: int = 0) -> list[made.Row]:
    ends = ["won"] * won + ["lost"] * lost + ["no_decision"] * no_decision
    return [{"outcome": end, "competitor": name} for end in ends]


FOUR = met("Acme", 10, 30, 5) + met("Zenith", 8, 12) + met("Orbit", 3, 6) + met("Tiny", 1, 2)
OTHERS = met("none", 20, 10) + met(None, 5, 15, 3) + met("", 1, 1)


def test_each_competitor_has_its_encounters_and_its_win_rate() -> None:
    rows = ask(FOUR + OTHERS).rows.rows
    assert [(row.name, row.won, row.lost, row.no_decision) for row in rows] == [
        ("Acme", 10, 30, 5), ("Zenith", 8, 12, 0), ("Orbit", 3, 6, 0), ("Tiny", 1, 2, 0),
    ]  # fmt: skip
    assert rows[0].rate == rate(10, 40)
    theirs = pool_shares([10, 8, 3, 1], [40, 20, 9, 3])
    assert [row.pooled.value for row in rows[:3]] == pytest.approx(theirs.value[:3].tolist())
    assert (rows[3].pooled.value, rows[3].rate.value) == (None, None)


def test_known_none_and_not_known_are_three_things() -> None:
    found = ask(FOUR + OTHERS)
    assert [(one.k, one.n) for one in (found.known, found.none, found.not_known)] == [(77, 132), (30, 132), (25, 132)]


def test_names_that_differ_in_case_and_spaces_are_one_and_the_commonest_spelling_is_shown() -> None:
    found = ask(met("ACME corp", 2, 3) + met("Acme  Corp", 4, 4) + met("NONE", 2, 2))
    assert [(row.name, row.won, row.lost) for row in found.rows.rows] == [("Acme Corp", 6, 7)]
    assert found.none.k == 4


def test_open_deals_and_deals_closed_later_are_no_encounters_yet() -> None:
    later = [row | {"closed_at": TODAY + timedelta(days=3)} for row in met("Acme", 9, 9)]
    more = [{"outcome": end, "competitor": "Acme"} for end in ("open", "duplicate", "unknown", "disqualified")]
    assert ask(FOUR + later + more) == ask(FOUR)


def test_two_competitors_are_not_pooled() -> None:
    found = ask(met("Acme", 10, 30) + met("Zenith", 8, 12)).rows
    assert not found.pooled
    assert found.rows[0].pooled.note == "not pooled: fewer than 4 groups or 40 cases"


def test_the_order_of_rows_changes_nothing() -> None:
    assert ask(FOUR + OTHERS) == ask(list(reversed(FOUR + OTHERS)))


@pytest.mark.parametrize(
    "rows", [[], met(None, 3, 3), met("none", 30, 30), met("Acme", 1, 0), [{"outcome": "open", "competitor": "Acme"}]]
)
def test_whatever_the_file_it_answers_in_json_without_a_number_that_is_none(rows: list[made.Row]) -> None:
    found = ask(rows)
    assert "not_known" in json.dumps(found.as_json(), allow_nan=False)
    assert "not known" in str(found)
    assert len(found.rows.rows) == len({row["competitor"] for row in rows if row["outcome"] != "open"} - {None, "none"})


def test_three_deals_give_no_rate_anywhere() -> None:
    found = ask(met("Acme", 1, 2))
    (acme,) = found.rows.rows
    assert [one.value for one in (found.known, found.none, found.not_known, acme.rate, acme.pooled)] == [None] * 5
