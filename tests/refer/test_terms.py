"""The terms in words: every rule of a version is told, exactly, in both languages, and nothing that is not in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.refer.offers import Offer, Offered, starter, unsaved
from rebond.refer.terms import Terms, disclosure, terms

NARROW, NO_BREAK = "\u202f", "\xa0"


def read(offer: Offer, language: str = "en") -> Terms:
    programme, rules = unsaved(offer)
    return terms(programme, rules, language)


def test_the_starter_terms_say_everything_an_advocate_must_know() -> None:
    text = read(starter("EUR", 100)).text
    for sentence in (
        "with one of these, or with nothing if you prefer",
        "A present (a hamper from our region), worth €50.",
        "A donation (to a charity you choose), worth €50.",
        "At most €50 for one introduction.",
        "At most €150 for one person in a calendar year.",
        "At most €500 for all advocates together in a calendar month.",
        "cut to what remains of it, and we tell you which limit it was",
        "It is due 30 days after the new customer’s first payment reached us.",
        "nothing is given by itself",
        "Above €100, two people approve it.",
        "cancels or is refunded before the reward is given, there is none",
        "within 90 days after it was given, it is taken back: it counts against your next one",
        "nobody claims within 12 months is forfeited",
        "only once you have told us that your employer allows it",
        "Public officials and members of regulated professions receive no reward",
        "while a deal of your own with us is open, or was lost less than 90 days ago",
        "information, not advice",
        "All amounts are in one currency: Euro (EUR).",
        "The terms in force on the day you agree stay yours",
    ):
        assert sentence in text, sentence
    assert "rounded once" not in text, "there is no share to round"


def test_a_share_is_told_with_how_it_is_rounded() -> None:
    text = read(Offer("EUR", (Offered("voucher", None, 250),))).text
    assert "A voucher, worth 2.5% of the amount of the deal." in text
    assert "rounded once, at the end, to the smallest unit of the currency; exactly half goes to the even one" in text


def test_what_is_not_limited_is_not_said_to_be() -> None:
    offer = Offer("EUR", (Offered("gift", 5_000),), own_deal_days=0, clawback_days=0)
    text = read(offer).text
    for word in ("At most", "two people", "taken back", "deal of your own", "limit"):
        assert word not in text, word
    assert "with this, or with nothing" in text, "there is one reward to choose"


def test_the_holding_period_may_run_from_the_close() -> None:
    assert "30 days after the day the deal was won" in read(replace(starter("EUR", 100), hold_from="close")).text
    assert "1 day after the new customer" in read(replace(starter("EUR", 100), hold_days=1)).text


def test_the_days_it_holds_are_told() -> None:
    both = replace(starter("EUR", 100), starts_on=date(2026, 7, 1), ends_on=date(2027, 1, 31))
    assert "These terms hold from 1 July 2026 until 31 January 2027." in read(both).text
    assert "until" not in read(starter("EUR", 100)).lines[0]


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(5_000, "EUR", "€50"), (123_450, "EUR", "€1,234.50"), (5_000, "JPY", "JP¥5,000"), (1_500, "KWD", "KWD1.500")],
)
def test_amounts_are_exact_in_every_currency(minor: int, currency: str, shown: str) -> None:
    assert f"worth {shown}." in read(Offer(currency, (Offered("gift", minor),))).text.replace(NO_BREAK, "")


def test_no_rewards_and_no_programme_are_an_honest_favour() -> None:
    favour = "We give no reward for introductions. An introduction is a favour, and we thank you for it."
    for said in (read(Offer("EUR")), terms(None, [], "en")):
        assert said.lines == (favour,)


def test_the_companys_own_line_is_in_the_readers_language() -> None:
    offer = replace(starter("EUR", 100), note_en="Ask Ada.", note_fr="Demandez à Ada.")
    assert read(offer, "en").note == "Ask Ada."
    assert read(offer, "fr").lines[-1] == "Demandez à Ada."
    assert "un panier de notre région" in read(offer, "fr").text


def test_who_is_introduced_reads_whether_there_is_something_in_it() -> None:
    programme, rules = unsaved(starter("EUR", 100))
    assert "may receive a small thank-you from us if you become a customer" in disclosure(programme, "en", rules)
    assert "€" not in disclosure(programme, "en", rules), "how much is the advocate's own affair"
    assert disclosure(None, "en") == "Whoever introduced us to you receives nothing for it."
    assert disclosure(programme, "en", []) == disclosure(None, "en")


amounts = st.integers(min_value=1, max_value=10**8)
limits = st.none() | st.integers(min_value=0, max_value=10**8)
rewards = st.lists(
    st.builds(Offered, st.sampled_from(["gift", "voucher", "donation", "credit", "cash"]), amounts)
    | st.builds(Offered, st.just("gift"), st.none(), st.integers(min_value=1, max_value=10_000)),
    min_size=1, max_size=4,
).map(tuple)  # fmt: skip


@given(
    rewards=rewards, currency=st.sampled_from(["EUR", "USD", "JPY", "KWD", "CHF"]), year=limits, month=limits,
    hold=st.integers(0, 400), language=st.sampled_from(["en", "fr"]),
)  # fmt: skip
def test_any_terms_are_whole_sentences_without_a_hole(
    rewards: tuple[Offered, ...], currency: str, year: int | None, month: int | None, hold: int, language: str
) -> None:
    offer = Offer(currency, rewards, per_year_minor=year, per_month_minor=month, hold_days=hold)
    said = read(offer, language)
    assert len(said.rewards) == len(rewards)
    for line in said.lines:
        assert line.endswith((".", ":")), line
        assert "%(" not in line, line
        assert "None" not in line, line
    assert str(hold) in said.text
