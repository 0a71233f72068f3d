"""Numbers in words: never bare, never more certain than they are, right in both languages."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from rebond.findings import words
from rebond.numbers.estimate import UNITS, Estimate, cannot, too_few

SHARES = st.floats(0, 1, allow_nan=False)


@pytest.mark.parametrize(
    ("chance", "english", "french"),
    [
        (0.9, "9 chances in 10", "9 chances sur 10"),
        (0.1, "1 chance in 10", "1 chance sur 10"),
        (0.95, "19 chances in 20", "19 chances sur 20"),
        (0.03, "3 chances in 100", "3 chances sur 100"),
        (0.0, "less than 1 chance in 100", "moins de 1 chance sur 100"),
        (1.0, "more than 99 chances in 100", "plus de 99 chances sur 100"),
    ],
)
def test_chances_are_said_so_that_one_can_bet(chance: float, english: str, french: str) -> None:
    assert words.chances(chance) == english
    with override("fr"):
        assert words.chances(chance) == french


@given(SHARES)
def test_chances_never_say_never_nor_always(chance: float) -> None:
    said = words.chances(chance)
    assert not said.startswith("0 ")
    above, below = [int(word) for word in said.split() if word.isdigit()]
    assert 0 < above < below
    assert abs(above / below - chance) <= 0.055


@given(SHARES)
def test_a_percentage_is_0_or_100_only_when_it_is(share: float) -> None:
    said = words.percent(share)
    assert (said == "0%") == (share == 0)
    assert (said == "100%") == (share == 1)


def test_french_figures_have_their_spaces_and_commas() -> None:
    with override("fr"):
        assert words.percent(0.284) == "28\u202f%"
        assert words.count(12345) == "12\u202f345"
        assert words.decimal(7.38) == "7,4"
        assert words.of(28, 100) == "28 sur 100"
        assert words.money(123456, "EUR") == "1\u202f235\xa0€"
        assert words.day(date(2026, 6, 1)) == "1er juin 2026"
        assert words.day(date(2026, 6, 21)) == "21 juin 2026"


@pytest.mark.parametrize("unit", sorted(UNITS))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_unit_has_its_whole_sentence(unit: str, language: str) -> None:
    with override(language):
        one, seven = (words.missing(too_few(need=need, unit=unit, n=1)) for need in (1, 7))
    assert "7" in seven
    assert one != seven.replace("7", "1") or language == "fr"
    assert ("Trop peu" if language == "fr" else "Too few") in one
    if language == "en":
        assert UNITS[unit][1].split()[0] in seven or unit == "deals_at_risk"


@pytest.mark.parametrize(
    ("k", "n", "said"), [(2, 7, "2 of 7"), (6, 20, "6 of 20"), (9, 30, "30%"), (0, 40, "0%"), (40, 40, "100%")]
)
def test_a_rate_says_as_much_as_its_cases_allow(k: int, n: int, said: str) -> None:
    assert words.rate(Estimate(k / n, lo80=0, hi80=1, k=k, n=n)) == said


def test_without_a_value_a_rate_says_what_is_missing() -> None:
    assert words.rate(too_few(need=3, unit="decided_deals", n=2)) == "too few: 3 more"
    assert words.rate(cannot("no_amounts", "no amounts")) == "not known"
    assert "amounts" in words.missing(cannot("no_amounts", "no amounts"))


def test_cents_are_shown_where_they_matter_only() -> None:
    assert [words.money(minor, "EUR") for minor in (310, 300, 62_050, 0)] == ["€3.10", "€3", "€620", "€0"]
    assert words.money(500, "JPY") == "¥500" or "500" in words.money(500, "JPY")
    assert words.money(12_345, "XXX") == "123"
