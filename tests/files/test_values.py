from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.files.values import Unreadable, decide_amounts, decide_days

cents = st.decimals(min_value=-9_999_999, max_value=9_999_999, places=2, allow_nan=False)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31))


def written(amount: Decimal, group: str, mark: str) -> str:
    return f"{amount:,.2f}".replace(",", "G").replace(".", mark).replace("G", group)


STYLES = [(",", "."), (".", ","), (" ", ","), ("\u202f", ","), ("", "."), ("'", ".")]
ORDERS = ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d"]


@given(st.lists(cents, min_size=1, max_size=20), st.sampled_from(STYLES))
def test_any_column_of_amounts_is_read_back(amounts: list[Decimal], style: tuple[str, str]) -> None:
    column = [written(amount, *style) for amount in amounts]
    rule = decide_amounts(column)
    assert [rule.read(cell)[0] for cell in column] == amounts


@given(st.lists(days, min_size=1, max_size=20), st.sampled_from(ORDERS))
def test_any_column_of_days_is_read_back_or_asked_about(dates: list[date], style: str) -> None:
    column = [day.strftime(style) for day in dates]
    language = "fr" if style.startswith("%d") else "en"
    rule = decide_days(column, language=language, zone="Europe/Paris")
    zone = ZoneInfo("Europe/Paris")
    assert [rule.read(cell).astimezone(zone).date() for cell in column] == dates  # type: ignore[union-attr]


@given(days.map(lambda day: (day - date(1899, 12, 30)).days).filter(lambda serial: 32_874 <= serial <= 73_050))
def test_a_sheets_serial_is_its_day(serial: int) -> None:
    moment = decide_days([], language="en", zone="UTC").read(serial)
    assert moment is not None
    assert moment.date() == date(1899, 12, 30) + timedelta(days=serial)


@given(st.text(max_size=40))
def test_no_text_at_all_breaks_a_rule(text: str) -> None:
    for rule in (decide_amounts([text]), decide_days([text], language="en", zone="UTC")):
        try:
            value = rule.read(text)
        except Unreadable:
            continue  # refused in words
        assert value is None or isinstance(value, datetime | tuple)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1.234,56 €", "1234.56", "EUR"), ("1,234.56", "1234.56", ""), ("$12,400.00", "12400.00", "USD"),
        ("(250.00)", "-250.00", ""), ("250.00-", "-250.00", ""), ("CHF 1'250.50", "1250.50", "CHF"),
        ("12 500,50", "12500.50", ""),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(text: str, amount: str, currency: str) -> None:
    assert decide_amounts([text]).read(text) == (Decimal(amount), currency)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "12k", "1.5 M", "many", "--", "1e400", "NaN", "inf"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        decide_amounts([text]).read(text)


@pytest.mark.parametrize(
    "text", ["0000-01-01", "01/01/0000", "2999-12-31", "31/02/2026", "2026-13-01", "yesterday", "1"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        decide_days([text], language="en", zone="UTC").read(text)


def test_a_group_of_three_decides_by_the_rest_of_its_column() -> None:
    assert decide_amounts(["1.234", "12.500"]).read("1.234")[0] == Decimal(1234)
    assert decide_amounts(["1.234", "12.5"]).read("1.234")[0] == Decimal("1.234")


@pytest.mark.parametrize(("language", "order"), [("fr", "dmy"), ("en", "mdy")])
def test_days_that_could_be_read_both_ways_are_asked_about(language: str, order: str) -> None:
    rule = decide_days(["03/04/2026", "05/06/2026"], language=language, zone="UTC")
    assert (rule.asked, rule.order) == (True, order)
    assert not decide_days(["03/04/2026", "25/06/2026"], language="en", zone="UTC").asked
