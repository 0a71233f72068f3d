"""What goes with winning: what is asked for, refused, left out, called leaking and said to matter."""

import json
import math
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from rebond.numbers.drivers import Drivers, Factor, drivers
from tests.numbers import made

TODAY = date(2026, 6, 30)
Row = dict[str, Any]


def ask(rows: list[Row], **asked: Any) -> Drivers:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return drivers(made.deals(rows), as_of=TODAY, **asked)


def factor(found: Drivers, name: str) -> Factor:
    return next(one for one in found.factors if one.name == name)


def left_out(found: Drivers, name: str) -> str:
    return next(out.code for out in found.left_out if out.name == name)


def deals(n: int, seed: int = 1, effect: float = 2.0, **more: Callable[[int, bool], Any]) -> list[Row]:
    """n decided deals; ``met_buyer`` has an effect on the log odds, ``region`` none; ``more`` gives further columns."""
    draw = np.random.default_rng(seed)
    rows: list[Row] = []
    for i in range(n):
        met = bool(draw.random() < 0.5)
        won = bool(draw.random() < 1 / (1 + math.exp(1.2 - effect * met)))
        closed = date(2025, 1, 1) + timedelta(days=int(draw.integers(0, 360)))
        row = {
            "outcome": "won" if won else str(draw.choice(["lost", "no_decision"])),
            "owner": f"owner {draw.integers(4)}",
            "opened_at": closed - timedelta(days=30), "closed_at": closed, "met_buyer": "yes" if met else "no",
            "region": str(draw.choice(["north", "south", "west"])),
        }  # fmt: skip
        rows.append(row | {name: value(i, won) for name, value in more.items()})
    return rows


def exactly(won: int, lost: int) -> list[Row]:
    return [{"outcome": "won" if i < won else "lost", "met_buyer": "yes" if i % 2 else "no"} for i in range(won + lost)]


@pytest.mark.parametrize(
    ("won", "lost", "missing"),
    [
        (0, 0, "too few: 30 more decided deals"),
        (1, 0, "too few: 29 more decided deals"),
        (14, 15, "too few: 1 more decided deal"),
        (7, 40, "too few: 1 more sale"),
        (40, 7, "too few: 1 more loss"),
        (0, 200, "too few: 8 more sales"),
        (200, 0, "too few: 8 more losses"),
    ],
)
def test_one_below_the_minimum_says_what_is_missing(won: int, lost: int, missing: str) -> None:
    found = ask(exactly(won, lost))
    assert not found.known
    assert found.won.note == missing
    assert found.factors == ()
    assert str(found) == f"Drivers: {missing}"


@pytest.mark.parametrize(("won", "lost"), [(8, 22), (22, 8), (15, 15)])
def test_at_the_minimum_there_is_an_effect_with_its_range(won: int, lost: int) -> None:
    found = ask(exactly(won, lost))
    effect = factor(found, "met_buyer").effects[0]
    assert effect.odds.known
    assert effect.odds.lo95 < effect.odds.lo80 < effect.odds.value < effect.odds.hi80 < effect.odds.hi95  # type: ignore[operator]


def test_open_deals_are_not_evidence_and_unknown_and_duplicates_neither() -> None:
    decided = deals(60)
    others = [
        {"outcome": outcome, "met_buyer": "yes", "region": "north"}
        for outcome in ("open", "unknown", "duplicate", "disqualified") for _ in range(50)
    ]  # fmt: skip
    alone, among = ask(decided), ask([*decided, *others])
    assert among.won.n == 60
    assert among.as_json() == alone.as_json()


def test_a_close_after_the_day_of_the_question_has_not_happened() -> None:
    rows = deals(60)
    late = [row | {"closed_at": TODAY + timedelta(days=1)} for row in deals(20, seed=9)]
    assert ask([*rows, *late]).won.n == 60


def test_a_strong_factor_matters_and_an_idle_one_cannot_be_told() -> None:
    found = ask(deals(400))
    met = factor(found, "met_buyer")
    assert (met.verdict, met.kind, met.reference) == ("matters", "answer", "no")
    assert factor(found, "region").verdict == "cannot_tell"
    assert found.factors[0] is met
    effect = met.effects[0]
    assert effect.odds.lo95 < math.exp(2.0) < effect.odds.hi95  # type: ignore[operator]
    assert effect.q is not None
    assert effect.q < 0.001
    assert found.anything.p == pytest.approx(1 / (found.anything.shuffles + 1))
    assert found.anything.within == "owner and month"
    assert [one.name for one in found.matters] == ["met_buyer"]


def test_points_are_the_average_difference_in_the_chance_of_winning() -> None:
    rows = deals(400)
    effect = factor(ask(rows, factors=["met_buyer"]), "met_buyer").effects[0]
    share = {
        said: np.mean([row["outcome"] == "won" for row in rows if row["met_buyer"] == said]) for said in ("yes", "no")
    }
    assert effect.points.value == pytest.approx(share["yes"] - share["no"], abs=0.02)
    assert effect.points.lo95 < effect.points.lo80 < effect.points.value < effect.points.hi80  # type: ignore[operator]


def test_every_level_shows_its_k_of_n() -> None:
    rows = deals(200)
    found = ask(rows)
    region = factor(found, "region")
    for effect in region.effects:
        ours = [row for row in rows if row["region"] == effect.level]
        assert effect.odds.n == len(ours)
        assert effect.odds.k == sum(row["outcome"] == "won" for row in ours)
    assert region.reference_n + sum(effect.odds.n for effect in region.effects) == 200
    assert region.reference_n == max(sum(row["region"] == name for row in rows) for name in ("north", "south", "west"))


def test_the_same_factor_is_the_same_whatever_the_order_of_rows_and_the_names() -> None:
    rows = deals(150)
    found = ask(rows).as_json()
    assert ask(rows[::-1]).as_json() == found
    assert ask([row | {"id": f"x{i}"} for i, row in enumerate(rows)]).as_json() == found
    renamed = ask([row | {"owner": f"z{9 - int(row['owner'][-1])}"} for row in rows])
    for one, other in zip(renamed.as_json()["factors"], found["factors"], strict=True):
        assert one["verdict"] == other["verdict"]
        for level, twin in zip(one["levels"], other["levels"], strict=True):
            assert level["odds"]["value"] == pytest.approx(twin["odds"]["value"], rel=1e-6)


def test_doubling_every_deal_keeps_the_effect_and_narrows_the_range() -> None:
    rows = deals(300)
    once, twice = (factor(ask(many, factors=["met_buyer"]), "met_buyer").effects[0].odds for many in (rows, rows * 2))
    assert math.log(twice.value) == pytest.approx(math.log(once.value), abs=0.05)  # type: ignore[arg-type]
    width = [math.log(odds.hi95 / odds.lo95) for odds in (once, twice)]  # type: ignore[operator]
    assert width[1] / width[0] == pytest.approx(1 / math.sqrt(2), abs=0.02)


def test_adjusting_takes_away_what_belongs_to_another_factor() -> None:
    draw = np.random.default_rng(4)
    rows = []
    for _ in range(1_500):
        big = bool(draw.random() < 0.5)
        demo = bool(draw.random() < (0.9 if big else 0.1))
        won = bool(draw.random() < (0.65 if big else 0.2))
        rows.append({"outcome": "won" if won else "lost", "big": str(big), "demo": str(demo)})
    alone = factor(ask(rows, factors=["demo"]), "demo")
    together = factor(ask(rows), "demo")
    assert alone.verdict == "matters"
    assert together.verdict == "cannot_tell"
    assert factor(ask(rows), "big").verdict == "matters"


# Leaks ------------------------------------------------------------------------------------------------------------


def test_an_amount_that_is_0_for_every_lost_deal_leaks() -> None:
    found = ask(deals(80, close_value=lambda i, won: 100.0 + i if won else 0.0))
    assert factor(found, "close_value").verdict == "leaks"
    assert factor(found, "close_value").leak.code == "one_outcome_only"  # type: ignore[union-attr]
    assert factor(found, "close_value").effects == ()
    assert "close_value" in [one.name for one in found.leaks]


def test_our_own_amount_leaks_too_when_only_won_deals_have_one() -> None:
    rows = deals(80)
    for row in rows:
        row["amount_minor"] = 500_000 if row["outcome"] == "won" else None
    assert factor(ask(rows), "amount").leak.code == "one_outcome_only"  # type: ignore[union-attr]


def test_a_loss_note_that_only_lost_deals_have_leaks() -> None:
    found = ask(deals(80, note=lambda i, won: None if won or i % 3 else f"note {i}"))
    assert factor(found, "note").leak.code == "one_outcome_only"  # type: ignore[union-attr]


def test_a_factor_that_nearly_decides_leaks_and_one_that_is_merely_strong_does_not() -> None:
    draw = np.random.default_rng(2)
    found = ask(
        deals(
            300,
            score=lambda _, won: float(10 * won + draw.normal()),
            strong=lambda _, won: "good" if (draw.random() < 0.85) == won else "poor",
        )
    )
    score, strong = factor(found, "score"), factor(found, "strong")
    assert score.leak is not None
    assert score.leak.code == "nearly_decides"
    assert score.auc > 0.95  # type: ignore[operator]
    assert strong.verdict == "matters"
    assert strong.auc == pytest.approx(0.85, abs=0.05)


def test_what_no_open_deal_has_is_known_at_the_close_only() -> None:
    decided = deals(80, debrief=lambda i, _: "ab"[i % 2])
    still_open = [{"outcome": "open", "met_buyer": "yes", "region": "north"} for _ in range(20)]
    assert factor(ask([*decided, *still_open]), "debrief").leak.code == "filled_at_close"  # type: ignore[union-attr]
    half = [row | ({"debrief": "a"} if i % 2 else {}) for i, row in enumerate(still_open)]
    assert factor(ask([*decided, *half]), "debrief").leak is None


def test_three_open_deals_without_a_value_are_no_proof() -> None:
    decided = deals(80, debrief=lambda i, _: "ab"[i % 2])
    found = ask([*decided, *({"outcome": "open"} for _ in range(3))])
    assert factor(found, "debrief").leak is None


@pytest.mark.parametrize("as_text", [False, True])
def test_a_date_after_the_close_leaks_and_one_before_is_left_out(as_text: bool) -> None:
    rows = deals(60)
    for row in rows:
        invoice, demo = row["closed_at"] + timedelta(days=3), row["opened_at"] + timedelta(days=3)
        row |= {"invoice": invoice.isoformat() if as_text else invoice, "demo": demo.isoformat() if as_text else demo}
    found = ask(rows)
    assert factor(found, "invoice").leak.code == "dated_after_close"  # type: ignore[union-attr]
    assert left_out(found, "demo") == "date"


@pytest.mark.parametrize("name", ["duration", "Durée appel", "days_to_close", "closeDate", "Lost to"])
def test_a_name_that_speaks_of_the_end_leaks(name: str) -> None:
    draw = np.random.default_rng(3)
    found = ask(deals(60, **{name: lambda *_: float(draw.normal())}))
    assert factor(found, name).leak.code == "named_after_close"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["close_relationship", "contract duration", "lost_before", "durable", "wonderful"])
def test_a_name_that_only_sounds_like_the_end_does_not(name: str) -> None:
    draw = np.random.default_rng(3)
    assert factor(ask(deals(60, **{name: lambda *_: float(draw.normal())})), name).leak is None


def test_what_no_pattern_can_detect_is_said() -> None:
    assert any("cannot be told" in note for note in ask(deals(60)).notes)


# Columns ----------------------------------------------------------------------------------------------------------


def test_partly_counts_half_and_unknown_is_a_level_of_its_own() -> None:
    found = factor(ask(deals(200, clear=lambda i, _: ["Yes", "partly", "NO", "Unknown"][i % 4])), "clear")
    assert (found.kind, found.reference) == ("answer", "no")
    assert [effect.level for effect in found.effects] == ["yes", "Unknown"]
    assert [effect.odds.n for effect in found.effects] == [50, 50]


def test_a_yes_no_column_is_an_answer_and_its_gaps_stay_gaps() -> None:
    import ibis

    rows = deals(90)
    table = made.deals(rows)
    table = table.mutate(tried=ibis.cases((table.region == "north", True), (table.region == "south", False)))
    found = factor(drivers(table, as_of=TODAY, factors=["tried"]), "tried")
    count = {name: sum(row["region"] == name for row in rows) for name in ("north", "south", "west")}
    assert (found.kind, found.reference, found.reference_n) == ("answer", "no", count["south"])
    assert [(effect.level, effect.odds.n) for effect in found.effects] == [
        ("yes", count["north"]), ("missing", count["west"]),
    ]  # fmt: skip


def test_oui_partiel_non_are_answers_too() -> None:
    found = factor(ask(deals(90, clair=lambda i, _: ["oui", "partiel", "non"][i % 3])), "clair")
    assert (found.kind, [effect.level for effect in found.effects]) == ("answer", ["yes"])


def test_from_300_deals_a_partly_that_is_not_half_way_is_shown_as_a_level() -> None:
    draw = np.random.default_rng(5)
    chance = {"yes": 0.3, "partly": 0.75, "no": 0.3}
    rows = []
    for i in range(900):
        said = ("yes", "partly", "no")[i % 3]
        rows.append({"outcome": "won" if draw.random() < chance[said] else "lost", "clear": said})
    bent = factor(ask(rows), "clear")
    assert (bent.kind, [effect.level for effect in bent.effects]) == ("levels", ["partly", "yes"])
    assert [effect.verdict for effect in bent.effects] == ["matters", "cannot_tell"]
    assert factor(ask(rows[:240]), "clear").kind == "answer"


def test_rare_levels_go_together_and_what_is_too_rare_even_so_counts_as_the_average_deal() -> None:
    common = lambda i, _: "abc"[i % 2] if i < 90 else f"rare {i}"  # noqa: E731
    found = factor(ask(deals(105, kind=common)), "kind")
    assert (found.reference, [effect.level for effect in found.effects]) == ("a", ["b", "other"])
    assert found.effects[1].odds.n == 15
    few = factor(ask(deals(95, kind=common)), "kind")
    assert ([effect.level for effect in few.effects], few.unplaced) == (["b"], 5)


def test_missing_values_are_a_level_when_there_are_ten() -> None:
    found = factor(ask(deals(100, kind=lambda i, _: None if i % 5 == 0 else "ab"[i % 2])), "kind")
    assert [effect.level for effect in found.effects] == ["b", "missing"]
    assert found.effects[1].odds.n == 20


def test_a_number_is_told_by_a_plain_step() -> None:
    draw = np.random.default_rng(7)
    found = ask(deals(300, staff=lambda _, won: float(round(draw.normal(50 + 8 * won, 11)))))
    staff = factor(found, "staff")
    assert (staff.kind, staff.reference, staff.effects[0].level) == ("number", "", "+10")
    assert staff.verdict == "matters"
    assert staff.effects[0].odds.n == 300


def test_amounts_over_orders_of_magnitude_are_told_by_doublings() -> None:
    draw = np.random.default_rng(8)
    rows = deals(200)
    for row in rows:
        row["amount_minor"] = int(math.exp(draw.normal(12, 1.5)))
    assert factor(ask(rows), "amount").effects[0].level == "x2"


def test_names_ids_and_constants_are_left_out_and_said() -> None:
    found = ask(deals(100, ref=lambda i, _: f"R-{i:05d}", same=lambda *_: "x", empty=lambda *_: None))
    assert left_out(found, "ref") == "too_many_values"
    assert left_out(found, "same") == "one_value"
    assert left_out(found, "empty") == "mostly_missing"


def test_a_factor_that_says_the_same_as_another_is_named_and_left_out() -> None:
    rows = deals(100)
    found = ask([row | {"zone": {"north": "N", "south": "S", "west": "W"}[row["region"]]} for row in rows])
    assert left_out(found, "zone") == "same_as"
    assert factor(found, "region").effects[0].odds.known


def test_asked_factors_only_are_looked_at_and_an_absent_one_is_said() -> None:
    found = ask(deals(100), factors=["region", "nonsense"])
    assert [one.name for one in found.factors] == ["region"]
    assert left_out(found, "nonsense") == "no_such_column"


def test_our_own_segment_and_source_are_adjusted_for_when_there_is_room() -> None:
    rows = [row | {"segment": "AB"[i % 2], "source": "xyz"[i % 3]} for i, row in enumerate(deals(400))]
    found = ask(rows)
    assert {factor(found, name).adjusted for name in ("segment", "source")} == {True}
    small = ask(rows[:40])
    assert not factor(small, "segment").adjusted
    assert any("not adjusted for" in note and "segment" in note for note in small.notes)
    assert set(small.apart) == {"segment", "source"}


def test_more_factors_than_the_deals_can_bear_are_looked_at_by_themselves_and_named() -> None:
    draw = np.random.default_rng(9)
    many = {f"f{j:02d}": (lambda *_: str(draw.choice(["yes", "no"]))) for j in range(40)}
    found = ask(deals(60, **many))
    rarer = min(found.won.k, found.won.n - found.won.k)  # type: ignore[operator, type-var]
    together = [one.name for one in found.factors if one.adjusted]
    assert len(together) <= rarer + 1
    assert {*found.apart, *together} == {"met_buyer", "region", *many}
    assert len(found.factors) == 42


def test_the_seller_is_a_random_intercept_where_there_are_enough() -> None:
    rows = [row | {"owner": f"o{i % 12}"} for i, row in enumerate(deals(360))]
    assert ask(rows).owner == "random"
    assert ask([row | {"owner": f"o{i % 4}"} for i, row in enumerate(rows)]).owner == "levels"
    assert ask([row | {"owner": None} for row in rows]).owner == "none"
    assert ask(rows[:40]).owner == "none"


def test_fifty_thousand_sellers_are_no_trouble() -> None:
    rows = [row | {"owner": f"o{i}"} for i, row in enumerate(deals(2_000))]
    found = ask(rows)
    assert (found.owner, found.anything.within) == ("none", "the whole file")
    assert factor(found, "met_buyer").verdict == "matters"


def test_a_very_large_file_is_sampled_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from rebond.numbers.drivers import fetch

    monkeypatch.setattr(fetch, "LARGEST", 300)
    found = ask(deals(500))
    assert found.won.n == 300
    assert "looked at 300 of 500 decided deals, drawn at random" in found.notes
    assert found.as_json() == ask(deals(500)[::-1]).as_json()


# Odd files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"outcome": "won"}],
        [{"outcome": "open", "met_buyer": "yes"}] * 50,
        [{"outcome": "won" if i % 2 else "lost"} for i in range(60)],
        [{"outcome": "won" if i % 2 else "lost", "met_buyer": None, "x": None} for i in range(60)],
        [row | {"closed_at": date(2026, 1, 1), "opened_at": date(2026, 1, 1)} for row in deals(60)],
        [row | {"closed_at": None, "opened_at": None, "owner": None} for row in deals(60)],
        [row | {"x": float("inf") if i % 7 else 1e300} for i, row in enumerate(deals(60))],
        [row | {"x": 0.0 if i else -1e12} for i, row in enumerate(deals(300))],
        deals(60, copy=lambda _, won: "yes" if won else "no"),
        deals(60, never=lambda i, won: "b" if not won and i % 2 else "a"),
    ],
)  # fmt: skip
def test_odd_files_answer_without_nonsense(rows: list[Row]) -> None:
    found = ask(rows)
    text = json.dumps(found.as_json(), allow_nan=False)
    assert json.loads(text)["won"]["n"] == sum(row["outcome"] in {"won", "lost", "no_decision"} for row in rows)
    assert "None" not in str(found)


def test_the_same_question_gives_the_same_answer() -> None:
    rows = deals(100)
    assert ask(rows).as_json() == ask(rows).as_json()


def test_a_level_below_five_has_no_effect_and_below_ten_no_verdict() -> None:
    def said(i: int, _: bool) -> str:
        return "yes" if i < 3 else "partly" if i < 60 else "no"

    effect = factor(ask(deals(120, clear=said)), "clear").effects[0]
    assert (effect.odds.value, effect.odds.note, effect.q) == (None, "too few: 2 more decided deals", None)
    rows = deals(120)
    for i, row in enumerate(rows):
        row["outcome"] = "won" if i < 7 else row["outcome"]
        row["clear"] = "yes" if i < 7 else "partly" if i < 60 else "no"
    effect = factor(ask(rows), "clear").effects[0]
    assert effect.odds.grade == "counts"
    assert effect.verdict == "cannot_tell"


def test_it_prints_itself_and_never_says_because() -> None:
    found = ask(deals(400, close_value=lambda i, won: 100.0 + i if won else 0.0, ref=lambda i, _: f"R{i}"))
    text = str(found) + json.dumps(found.as_json())
    assert "met_buyer against no: yes odds x" in text
    assert "close_value: leaks" in text
    assert "because" not in text
    assert "significan" not in text


def test_the_json_has_per_factor_and_level_an_effect_a_q_and_a_verdict() -> None:
    found = ask(deals(200)).as_json()
    level = next(f for f in found["factors"] if f["factor"] == "region")["levels"][0]
    assert set(level) == {"level", "odds", "points", "k", "n", "q", "verdict"}
    assert set(level["odds"]) == {"value", "lo80", "hi80", "lo95", "hi95", "k", "n", "method", "note"}
    assert set(found["anything"]) == {"p", "strongest", "shuffles", "within"}
