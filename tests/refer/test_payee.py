"""Who receives a reward: what is checked, what is kept, what is shown."""

from __future__ import annotations

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from rebond.base.errors import RebondError
from rebond.refer.models import RewardKind
from rebond.refer.payee import (
    LIMITS,
    NEEDED,
    Payee,
    country_name,
    fields_for,
    marks,
    masked,
    missing,
    opened,
    parse,
    seal,
)
from tests.refer.rewarded import IBAN, TYPED


@pytest.mark.parametrize("kind", RewardKind.values)
def test_what_each_kind_needs_is_enough_and_each_missing_field_is_named(kind: str) -> None:
    typed = TYPED[RewardKind(kind)]
    assert missing(parse(kind, typed), kind) == []
    for name in NEEDED[kind]:
        with pytest.raises(RebondError) as refused:
            parse(kind, {key: text for key, text in typed.items() if key != name})
        assert (refused.value.code, refused.value.detail["field"]) == ("payee_missing", name)


def test_only_what_the_kind_asks_for_is_kept() -> None:
    kept = parse("donation", TYPED[RewardKind.CASH] | TYPED[RewardKind.DONATION])
    assert kept == Payee("donation", charity="Les Restos")


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("iban", "FR7630006000011234567890188", "payee_iban"), ("iban", "hello", "payee_iban"),
        ("iban", IBAN + "\x00" + "9", "payee_iban"), ("country", "XX", "payee_country"),
        ("country", "France!", "payee_country"), ("legal_name", "x" * 10_000, "payee_too_long"),
        ("iban", "1" * 100, "payee_too_long"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_field(field: str, text: str, code: str) -> None:
    with pytest.raises(RebondError) as refused:
        parse("cash", TYPED[RewardKind.CASH] | {field: text})
    assert (refused.value.code, refused.value.detail["field"]) == (code, field)
    assert "Nothing was changed" in str(refused.value)


def test_an_iban_is_taken_with_spaces_and_in_small_letters() -> None:
    spaced = parse("cash", TYPED[RewardKind.CASH] | {"iban": "fr76 3000 6000 0112 3456 7890 189"})
    assert spaced.iban == IBAN


def test_a_country_without_ibans_gives_another_account() -> None:
    american = {"legal_name": "A. Diallo", "address": "1 Main St", "country": "us"}
    with pytest.raises(RebondError) as refused:
        parse("cash", american)
    assert refused.value.detail["field"] == "account"
    assert parse("cash", american | {"account": "Chase 021000021 123456789"}).country == "US"


def test_a_voucher_goes_to_an_address_and_an_unknown_kind_nowhere() -> None:
    with pytest.raises(RebondError, match="no email address"):
        parse("voucher", {"email": "ines"})
    with pytest.raises(RebondError) as refused:
        parse("bitcoin", {})
    assert refused.value.code == "payee_kind"


def test_nothing_of_it_is_readable_where_it_is_kept() -> None:
    sealed = seal(parse("cash", TYPED[RewardKind.CASH]))
    assert not any(text in sealed for text in (IBAN, "Ferrand", "Lyon"))
    assert opened(sealed) == parse("cash", TYPED[RewardKind.CASH])
    with override_settings(SECRET_KEY="another key altogether"):
        assert opened(sealed) is None  # asked anew
    assert opened("") is None


def test_the_same_account_leaves_the_same_mark_and_no_mark_says_which() -> None:
    one = parse("cash", TYPED[RewardKind.CASH])
    other = parse("cash", TYPED[RewardKind.CASH] | {"legal_name": "Inès  FERRAND"})
    assert marks(one) == marks(other)
    assert [mark.split(":")[0] for mark in marks(one)] == ["bank", "name"]
    assert not any(IBAN in mark or "ferrand" in mark for mark in marks(one))
    with override_settings(SECRET_KEY="another key altogether"):
        assert set(marks(one)).isdisjoint(marks(parse("voucher", TYPED[RewardKind.VOUCHER])))


def test_a_screen_shows_no_account_no_address_and_no_tax_number_whole() -> None:
    one = parse("cash", TYPED[RewardKind.CASH] | {"tax_id": "12345678901"})
    shown = " ".join(text for _label, text in masked(one))
    assert not any(whole in shown for whole in (IBAN, "12345678901", "rue du Lac"))
    assert "FR76 … 0189" in shown
    mail = masked(parse("voucher", TYPED[RewardKind.VOUCHER]))
    assert mail[0][1] == "i…@roussel.example"
    assert masked(None) == []


def test_a_country_is_named_and_an_unknown_code_stays() -> None:
    assert (country_name("FR"), country_name("??")) == ("France", "??")


@given(st.dictionaries(st.sampled_from(sorted(LIMITS)), st.text(max_size=60)), st.sampled_from(RewardKind.values))
def test_whatever_is_typed_is_kept_whole_or_refused_in_a_sentence(typed: dict[str, str], kind: str) -> None:
    kept, code = Payee(kind), ""
    try:
        kept = parse(kind, typed)
    except RebondError as refused:
        code = refused.code
    assert code in {"", "payee_missing", "payee_too_long", "payee_country", "payee_iban", "payee_email"}
    assert opened(seal(kept)) == kept
    assert all(not getattr(kept, name) for name in LIMITS if name not in fields_for(kind))
