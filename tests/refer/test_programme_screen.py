"""The programme's screen: what it shows to whom, what publishing stores, what is refused and kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import User
from rebond.refer.actions.programme import publish
from rebond.refer.models import Programme, Reward, RewardRule, TaxThreshold
from rebond.refer.offers import Offer
from rebond.refer.programme.form import starting
from tests.refer.test_programme import publish_starter
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db
PAGE = "/advocates/programme"
PUBLISH, THRESHOLDS = f"{PAGE}/publish", f"{PAGE}/thresholds"


def form(**changes: str) -> dict[str, str]:
    """The starter terms as the form sends them."""
    sent = {
        "after": "0", "currency": "EUR", "is_open": "1", "kind_0": "gift", "amount_0": "50", "label_en_0": "a hamper",
        "label_fr_0": "un panier", "per_referral_minor": "50", "per_year_minor": "150", "per_month_minor": "500",
        "two_above_minor": "100", "hold_days": "30", "hold_from": "payment", "clawback_days": "90",
        "own_deal_days": "90", "unclaimed_months": "12", "referrals_a_week": "5",
    }  # fmt: skip
    return sent | changes


def said(client: Client, path: str = PAGE) -> str:
    return client.get(path).content.decode()


def test_before_anything_is_published_starter_terms_stand_there_to_edit(as_admin: Client) -> None:
    page = said(as_admin)
    assert "Nobody has published terms yet" in page
    assert "A present (a hamper from our region), worth €50." in page
    assert "un panier de notre région" in page
    assert 'name="amount_0" inputmode="decimal" autocomplete="off" value="50"' in page
    assert not Programme.objects.exists()


def test_the_form_publishes_version_one_and_the_terms_are_read_in_both_languages(as_admin: Client) -> None:
    answer = as_admin.post(PUBLISH, form(note_en="Thank you.", note_fr="Merci."), follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    made = Programme.objects.get()
    assert (made.version, made.currency, made.per_year_minor, made.hold_days) == (1, "EUR", 15_000, 30)
    rule = RewardRule.objects.get()
    assert (rule.kind, rule.amount_minor, rule.basis_points, rule.label_fr) == ("gift", 5_000, None, "un panier")
    page = answer.content.decode()
    assert "Published as version 1." in page
    assert "At most €150 for one person in a calendar year." in page
    assert "Merci." in page
    assert 'lang="fr"' in page


def test_reading_them_first_stores_nothing_and_keeps_what_was_typed(as_admin: Client) -> None:
    answer = as_admin.post(PUBLISH, form(look="1", amount_0="33,50"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "worth €33.50." in page
    assert 'value="33,50"' in page
    assert not Programme.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"currency": "EUX"}, "“EUX” is no currency"),
        ({"currency": "<b>"}, "is no currency"),
        ({"amount_0": ""}, "Each reward has a fixed value above 0"),
        ({"amount_0": "0"}, "Each reward has a fixed value above 0"),
        ({"amount_0": "a lot"}, "is not a number we can take here"),
        ({"amount_0": "1e999999"}, "is not a number we can take here"),
        ({"share_0": "5"}, "Give each one of the two"),
        ({"share_0": "NaN"}, "is not a number we can take here"),
        ({"amount_0": "", "share_0": "101"}, "Each reward has a fixed value above 0"),
        ({"kind_0": "yacht"}, "Each reward has"),
        ({"per_year_minor": "-1"}, "A limit is an amount from 0 on"),
        ({"per_month_minor": "99999999999999999999"}, "is not a number we can take here"),
        ({"hold_days": "soon"}, "is not a number we can take here"),
        ({"hold_days": "9999"}, "Days are between 0 and 3650"),
        ({"unclaimed_months": "0"}, "months between 1 and 60"),
        ({"hold_from": "birth"}, "Days are between"),
        ({"starts_on": "2020-01-01"}, "nothing can begin in the past"),
        ({"ends_on": "2020-01-01"}, "end after they begin"),
        ({"ends_on": "tomorrow"}, "is no day"),
        ({"kind_0": "cash"}, "Money is among the rewards"),
        ({"after": "7"}, "Somebody published other terms meanwhile"),
        ({"after": "x"}, "Somebody published other terms meanwhile"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_stored(
    as_admin: Client, changes: dict[str, str], sentence: str
) -> None:
    answer = as_admin.post(PUBLISH, form(**changes, name="Friends of ours"))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page
    assert 'value="Friends of ours"' in page, "what was typed is kept"
    assert not Programme.objects.exists()


def test_money_is_offered_once_the_warning_was_read(as_admin: Client) -> None:
    assert as_admin.post(PUBLISH, form(kind_0="cash", cash_read="1")).status_code == 302
    assert RewardRule.objects.get().kind == "cash"


def test_a_second_version_says_what_changed_and_leaves_the_first_alone(as_admin: Client) -> None:
    as_admin.post(PUBLISH, form())
    as_admin.post(PUBLISH, form(after="1", per_year_minor="100", hold_days="14", amount_0="40"))
    first, second = Programme.objects.order_by("version")
    assert (first.per_year_minor, second.per_year_minor) == (15_000, 10_000)
    assert [rule.amount_minor for rule in first.rules.all()] == [5_000]
    page = " ".join(said(as_admin).split())
    assert "Most for one person in a year" in page
    for shown in ("€150", "€100", "Version 2", "Version 1"):
        assert shown in page


def test_the_budget_that_is_used_up_says_so_and_what_follows(as_nadia: Client, admin_user: User, camille: User) -> None:
    from tests.refer.test_programme import spend

    spend(publish_starter(admin_user, timezone.now()), camille, 50_000, timezone.now())
    page = said(as_nadia)
    assert "This month’s €500 are used up" in page
    assert "asks offer no reward until next month" in page


def test_who_leads_reads_it_and_changes_nothing(as_nadia: Client, admin_user: User) -> None:
    publish_starter(admin_user, timezone.now())
    page = said(as_nadia)
    assert "€0 of €500 used this month" in page
    assert "Change the terms" not in page
    assert status(as_nadia, "post", PUBLISH) == 403
    assert status(as_nadia, "post", THRESHOLDS) == 403


def test_a_seller_reads_the_terms_and_neither_budget_nor_history(as_camille: Client, admin_user: User) -> None:
    publish_starter(admin_user, timezone.now())
    page = said(as_camille)
    assert "At most €150 for one person in a calendar year." in page
    assert "used this month" not in page
    assert "Versions" not in page
    assert status(as_camille, "post", PUBLISH) == 403


def test_the_doors(as_admin: Client) -> None:
    for name, method in (("programme", "get"), ("publish", "post"), ("thresholds", "post")):
        path = reverse(f"refer:{name}")
        assert_signed_out_is_sent_to_sign_in(path, method)
        assert_wrong_method(as_admin, path, method)


# ---- tax thresholds


def row(**changes: str) -> dict[str, str]:
    sent = {"country": "be", "form": "281.50", "from_on": "2027-01-01", "amount": "125", "currency": "eur",
            "source": "https://finances.belgium.example"}  # fmt: skip
    return sent | changes


def test_a_threshold_is_added_and_shown(as_admin: Client) -> None:
    assert as_admin.post(THRESHOLDS, row(at_least="1")).status_code == 302
    made = TaxThreshold.objects.get(country="BE")
    assert (made.form, made.from_on, made.amount_minor, made.currency, made.at_least) == (
        "281.50", date(2027, 1, 1), 12_500, "EUR", True)  # fmt: skip
    page = said(as_admin)
    assert "281.50" in page
    assert "from €125" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"country": "Belgium"}, "A threshold needs"),
        ({"country": "1"}, "A threshold needs"),
        ({"from_on": ""}, "A threshold needs"),
        ({"from_on": "2026-13-40"}, "A threshold needs"),
        ({"source": " "}, "A threshold needs"),
        ({"currency": "EUX"}, "is no currency"),
        ({"amount": "much"}, "is not a number we can take here"),
    ],
)
def test_a_threshold_that_is_none_is_refused_and_kept_in_the_form(
    as_admin: Client, changes: dict[str, str], sentence: str
) -> None:
    before = TaxThreshold.objects.count()
    answer = as_admin.post(THRESHOLDS, row(**changes))
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert TaxThreshold.objects.count() == before


def test_the_same_row_twice_is_told(as_admin: Client) -> None:
    as_admin.post(THRESHOLDS, row())
    answer = as_admin.post(THRESHOLDS, row(amount="200"))
    assert answer.status_code == 400
    assert "in the table already" in answer.content.decode()
    assert TaxThreshold.objects.get(country="BE").amount_minor == 12_500


def test_the_page_takes_few_queries_however_many_versions(
    as_admin: Client, admin_user: User, django_assert_max_num_queries: Any
) -> None:
    for _version in range(30):
        publish(offer=starting("EUR"), actor=admin_user, now=timezone.now())
    with django_assert_max_num_queries(24):
        said(as_admin)


def test_hostile_words_in_the_terms_stay_words(as_admin: Client, admin_user: User) -> None:
    offer = Offer("EUR", note_en="<script>alert(1)</script>", name="\x00<b>")
    publish(offer=offer, actor=admin_user, now=timezone.now())
    page = said(as_admin)
    assert "<script>alert(1)" not in page
    assert Programme.objects.get().name == "<b>"
    assert not Reward.objects.exists()
