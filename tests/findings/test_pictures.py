"""Pictures hold what they should: labels, shapes for every meaning, widths in percent, no colour of their own."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.findings import pictures
from rebond.findings.pictures.waffle import shown_counts
from rebond.numbers.estimate import Estimate, too_few
from tests.documents.test_the_code_keeps_the_house_rules import COLOUR

ROOT = Path(__file__).resolve().parents[2] / "src" / "rebond"
KNOWN = Estimate(0.3, 0.2, 0.4, 0.15, 0.5, 9, 30, "share", "")
SHARE = pictures.share_axis([0.0, 0.5])
POINTS = [
    pictures.Point(0.3, "January: 3 of 10", 0.1, 0.5, tick="Jan"),
    pictures.Point(None, "February: nothing"),
    pictures.Point(0.7, "March: 7 of 10", 0.1, 0.5, signal=True),
    pictures.Point(0.4, "April: 4 of 10", 0.1, 0.5, open=True),
]


def drawn() -> dict[str, str]:
    """One of each."""
    mark = pictures.Mark(KNOWN, "Seller: 30 in 100", "9 of 30")
    curve = pictures.Curve([1.0, 2.0, 3.0], [0.3, 0.2, None], [0.2, 0.1, None], [0.4, 0.3, None], text="won")
    return {
        "interval": pictures.interval(mark, SHARE, reference=0.25),
        "intervals": pictures.intervals([pictures.Row("Camille", (mark,), "few cases")], SHARE, reference=0.25),
        "waffle": pictures.waffle([pictures.Squares(3, "solid", "ours"), pictures.Squares(2, "hatched", "not")], "5"),
        "process": pictures.process(
            POINTS,
            SHARE,
            "Win rate",
            centre=0.3,
            change=pictures.Change(2, "since March"),
            stamps=[pictures.Stamp(1, "February: the list changed")],
        ),
        "spark": pictures.spark(POINTS, "Win rate"),
        "curve": pictures.curve([curve], SHARE, SHARE, "Chance", cost=pictures.Line(0.25, "costs 25"), below="touches"),
        "dots": pictures.twenty_dots(
            [float(n) for n in range(20)], pictures.number_axis([0, 20], str), "5 of 20", goal=15
        ),
    }


@pytest.mark.parametrize("name", sorted(drawn()))
def test_every_picture_is_labelled_well_formed_and_colourless(name: str) -> None:
    svg = str(drawn()[name])
    root = ET.fromstring(f"<div>{svg}</div>")
    images = [one for one in root.iter() if one.get("role") == "img"]
    assert images
    assert all(one.get("aria-label") for one in images)
    assert COLOUR.findall(svg) == []
    assert "style=" not in svg
    assert {one.get("width") for one in images if one.get("viewBox") is None} <= {"100%"}


def test_hostile_text_is_escaped_in_every_picture() -> None:
    nasty = '"><script>alert(1)</script>'
    mark = pictures.Mark(KNOWN, nasty, nasty)
    found = [
        pictures.intervals([pictures.Row(nasty, (mark,), nasty)], SHARE),
        pictures.waffle([pictures.Squares(1, "solid", nasty)], nasty),
        pictures.process([pictures.Point(0.1, nasty, tick=nasty)], SHARE, nasty, centre=None),
        pictures.twenty_dots([1.0], pictures.number_axis([0, 1], lambda _v: nasty), nasty, goal=0.5, short=nasty),
    ]
    assert [one for one in found if "<script" in one] == []


def test_the_dot_lies_at_the_value_and_the_lines_at_the_limits() -> None:
    svg = pictures.interval(pictures.Mark(KNOWN, "x"), pictures.Axis(0.0, 1.0, ()))
    assert 'cx="30.00%"' in svg
    assert re.findall(r'x1="([\d.]+%)"[^>]*x2="([\d.]+%)"[^>]*p-thick', svg) == [("20.00%", "40.00%")]
    assert re.findall(r'x1="([\d.]+%)"[^>]*x2="([\d.]+%)"[^>]*p-thin', svg) == [("15.00%", "50.00%")]


def test_nothing_is_drawn_of_what_is_not_known() -> None:
    svg = pictures.interval(pictures.Mark(too_few(need=3, unit="wins", n=2), "too few"), SHARE)
    assert "circle" not in svg
    assert "p-thick" not in svg


def test_a_pooled_estimate_is_hollow_and_an_own_one_is_not() -> None:
    own, pooled = (pictures.interval(pictures.Mark(KNOWN, "x", hollow=hollow), SHARE) for hollow in (False, True))
    assert ("p-dot ours" in own, "p-hollow" in own) == (True, False)
    assert ("p-dot ours" in pooled, "p-hollow ours" in pooled) == (False, True)


def test_signals_are_solid_ordinary_months_hollow_and_a_gap_stays_a_gap() -> None:
    svg = pictures.process(POINTS, SHARE, "Win rate", centre=None)
    assert svg.count("p-dot ours") == 1
    assert svg.count("p-hollow noise") == 2
    assert svg.count("<polyline") == 1  # only March to April are neighbours with a value
    assert svg.count('"p-band"') == 2


def test_what_people_changed_is_marked_on_the_axis_and_said_when_one_points_at_it() -> None:
    stamps = [pictures.Stamp(1, "February: the list changed"), pictures.Stamp(40, "later than the chart")]
    svg = pictures.process(POINTS, SHARE, "Win rate", centre=None, stamps=stamps)
    assert svg.count('class="p-stamp"') == 1
    assert "<title>February: the list changed</title>" in svg


def test_a_figure_opens_its_cases_where_it_is_told_to() -> None:
    mark = pictures.Mark(KNOWN, "x", "9 of 30", opens="/deals?a=1&b=2")
    assert 'href="/deals?a=1&amp;b=2">9 of 30</a>' in pictures.intervals([pictures.Row("x", (mark,))], SHARE)
    squares = pictures.waffle(
        [pictures.Squares(3, "solid", "ours", "/deals"), pictures.Squares(2, "hatched", "not")], "5"
    )
    assert squares.count("<a ") == 1
    assert '<a href="/deals"><b>3</b></a> ours' in squares


def test_a_narrow_waffle_has_as_many_squares_in_more_rows() -> None:
    kinds = [pictures.Squares(30, "solid", "ours")]
    wide, narrow = (pictures.waffle(kinds, "30", across=across) for across in (20, 12))
    assert wide.count('class="p-solid"') == narrow.count('class="p-solid"') == 31
    assert 'viewBox="0 0 212 50"' in narrow


def test_points_below_the_cost_are_hollow() -> None:
    curve = pictures.Curve([1.0, 2.0], [0.4, 0.1])
    svg = pictures.curve([curve], SHARE, SHARE, "worth", cost=pictures.Line(0.2, "cost"))
    assert (svg.count("p-dot ours"), svg.count("p-hollow noise")) == (1, 1)


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=5))
def test_a_square_is_a_case_or_a_hundredth(counts: list[int]) -> None:
    shown = shown_counts(counts)
    total = sum(counts)
    assert sum(shown) == (total if total <= 200 else 100)
    if total > 200:
        assert all(abs(one - 100 * count / total) < 1 for one, count in zip(shown, counts, strict=True))


@given(st.lists(st.floats(-1e9, 1e9, allow_nan=False), max_size=6))
def test_an_axis_holds_every_value_between_round_ticks(values: list[float]) -> None:
    axis = pictures.number_axis(values, str)
    assert 2 <= len(axis.ticks) <= 12
    close = 1e-6 * (axis.high - axis.low)
    assert axis.low - close <= min(values, default=0.0)
    assert axis.high + close >= max(values, default=0.0)
    assert all(0 <= axis.part(value) <= 1 for value in values)


@pytest.mark.parametrize("sheet", ["findings/static/findings/findings.css", "report/static/report/report.css"])
def test_colours_of_the_report_come_from_the_tokens_only(sheet: str) -> None:
    css = (ROOT / sheet).read_text()
    assert COLOUR.findall(css) == []
    used = set(re.findall(r"var\((--[\w-]+)\)", css))
    tokens = set(re.findall(r"(--[\w-]+):", (ROOT / "web" / "static" / "web" / "tokens.css").read_text()))
    assert used <= tokens
    assert "--gold" not in css.replace("--gold-mark", "")


def test_every_class_of_a_picture_has_its_look() -> None:
    css = (ROOT / "findings/static/findings/findings.css").read_text()
    used = {name for svg in drawn().values() for names in re.findall(r'class="([^"]+)"', svg) for name in names.split()}
    known = set(re.findall(r"\.([\w-]+)", css))
    assert sorted(name for name in used - known if name not in ("p-interval", "p-spark", "p-tick")) == []
