"""Per payee and year: what was handed out, by kind, and which thresholds are near. Information, not advice."""

from __future__ import annotations

import csv
import importlib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.test import Client

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import Person
from rebond.refer import tax
from rebond.refer.actions import rewards as actions
from rebond.refer.models import Advocate, Payout, PayoutRun, RewardKind, TaxThreshold
from tests.factories import make_person
from tests.refer.rewarded import IBAN, TYPED, accrued, approved, handed_out, make_advocate, make_programme, won

pytestmark = pytest.mark.django_db
IN_2026 = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _thresholds(db: None) -> None:
    """The rows of the migration, also where another test emptied the tables."""
    importlib.import_module("rebond.refer.migrations.0003_thresholds").write(apps, None)


def paid(advocate: Advocate, minor: int, *, at: datetime = IN_2026, kind: str = "cash", netted: int = 0,
         currency: str = "EUR") -> Payout:  # fmt: skip
    """A payout as a run left it."""
    return Payout.objects.create(
        advocate=advocate, status="paid", amount_minor=minor, netted_minor=netted, currency=currency, kind=kind,
        made_at=at, paid_at=at,
    )  # fmt: skip


def payee_of(camille: User, name: str = "Inès Ferrand", **typed: str) -> Advocate:
    return make_advocate(name, owner=camille, wants="cash", typed=TYPED[RewardKind.CASH] | typed)


def american(camille: User, **typed: str) -> Advocate:
    return payee_of(
        camille, "A. Diallo", country="US", account="021000021 12", iban="", legal_name="A. Diallo", **typed
    )


def test_the_table_holds_the_dated_rows_with_where_they_are_from() -> None:
    rows = {
        (one.country, one.form, one.from_on.year): (one.amount_minor, one.currency)
        for one in TaxThreshold.objects.all()
    }
    assert rows == {
        ("US", "1099-NEC", 2020): (60_000, "USD"), ("US", "1099-NEC", 2026): (200_000, "USD"),
        ("FR", "DAS2", 2020): (120_000, "EUR"), ("FR", "DAS2", 2024): (240_000, "EUR"),
    }  # fmt: skip
    assert all(one.source.count("https://") == 1 for one in TaxThreshold.objects.all())


@pytest.mark.parametrize(
    ("year", "us", "fr"),
    [(2019, None, None), (2023, 60_000, 120_000), (2025, 60_000, 240_000), (2026, 200_000, 240_000)],
)
def test_each_year_has_its_own_threshold(year: int, us: int | None, fr: int | None) -> None:
    found = tax.in_force(year)
    assert [found[code].amount_minor if code in found else None for code in ("US", "FR")] == [us, fr]


def test_next_years_row_needs_no_new_version_of_ours() -> None:
    TaxThreshold.objects.create(
        country="US", form="1099-NEC", from_on=date(2027, 1, 1), amount_minor=205_000, currency="USD", at_least=True,
        source="typed",
    )  # fmt: skip
    assert (tax.in_force(2026)["US"].amount_minor, tax.in_force(2027)["US"].amount_minor) == (200_000, 205_000)


@pytest.mark.parametrize(
    ("minor", "near", "reached"),
    [(191_999, False, False), (192_000, True, False), (240_000, True, False), (240_001, True, True)],
)
def test_france_declares_above_the_sum_and_we_ask_from_eighty_percent(
    camille: User, admin_user: User, minor: int, near: bool, reached: bool
) -> None:
    ines = payee_of(camille)
    paid(ines, minor)
    (line,) = tax.lines(admin_user, 2026)
    assert line.standing is not None
    assert (line.standing.is_near, line.standing.is_reached) == (near, reached)
    assert (tax.near_threshold(ines, now=IN_2026) is not None) == near


def test_the_united_states_declare_from_the_sum_on(camille: User, admin_user: User) -> None:
    paid(american(camille), 200_000, currency="USD")
    (line,) = tax.lines(admin_user, 2026)
    assert line.standing is not None
    assert line.standing.is_reached


def test_who_gave_a_tax_number_is_not_asked_again(camille: User) -> None:
    told = payee_of(camille, tax_id="1 23 45 67 890 123")
    paid(told, 240_001)
    assert tax.near_threshold(told, now=IN_2026) is None


def test_donations_credit_set_off_and_other_years_are_not_their_income(camille: User, admin_user: User) -> None:
    ines = payee_of(camille)
    paid(ines, 10_000, kind="donation")
    paid(ines, 20_000, kind="credit")
    paid(ines, 5_000, netted=2_000)
    paid(ines, 40_000, at=datetime(2025, 12, 31, 22, 59, tzinfo=UTC))  # a minute before midnight in Paris
    paid(ines, 700, at=datetime(2025, 12, 31, 23, 0, tzinfo=UTC), kind="voucher")
    (line,) = tax.lines(admin_user, 2026)
    assert (line.to_themselves_minor, line.netted_minor) == (3_700, 2_000)
    assert line.by_kind == {"donation": 10_000, "credit": 20_000, "cash": 3_000, "voucher": 700}
    assert tax.lines(admin_user, 2025)[0].to_themselves_minor == 40_000


def test_no_currency_is_converted_and_an_unknown_country_has_no_threshold(camille: User, admin_user: User) -> None:
    paid(payee_of(camille, "B"), 900_000, currency="USD")
    paid(make_advocate("C", owner=camille), 900_000)
    assert [line.standing for line in tax.lines(admin_user, 2026)] == [None, None]


def test_a_manager_exports_their_own_team(camille: User, nadia: User, yanis: User, admin_user: User) -> None:
    paid(payee_of(camille), 5_000)
    paid(make_advocate("Theirs", owner=yanis), 5_000)
    assert [line.name for line in tax.lines(nadia, 2026)] == ["Inès Ferrand"]
    assert len(tax.lines(admin_user, 2026)) == 2


def rows_of(client: Client, method: str = "get", query: str = "?year=2026") -> list[dict[str, str]]:
    answer = getattr(client, method)(f"/advocates/rewards/export{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def test_the_file_says_who_got_what_and_runs_no_formula(as_admin: Client, camille: User) -> None:
    paid(payee_of(camille, legal_name="=HYPERLINK(1)", address="+1 rue\n69001 Lyon"), 240_001)
    (row,) = rows_of(as_admin)
    assert (row["payee"], row["address"], row["country"]) == ("'=HYPERLINK(1)", "'+1 rue, 69001 Lyon", "FR")
    assert (row["Money"], row["to themselves"], row["threshold"]) == ("2400.01", "2400.01", "2400.00")
    assert (row["declared on"], row["threshold reached"]) == ("DAS2", "yes")
    assert "legifiscal.fr" in row["information, not advice"]
    assert IBAN not in str(row)
    assert AuditEntry.objects.get(verb="refer.export").detail == {"what": "year 2026", "count": 1}


@pytest.mark.parametrize("query", ["", "?year=soon", "?year=99999", "?year=1", "?year=%00"])
def test_what_is_no_year_is_this_one(as_admin: Client, query: str) -> None:
    assert rows_of(as_admin, query=query) == []


def test_the_list_to_hand_out_holds_whole_accounts_and_leaves_a_note(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    reward = accrued(won(payee_of(camille), make_programme(kind="cash"), now=now), now=now)
    approved(reward, nadia, now=now)
    handed_out(actor=nadia, now=now)
    (row,) = rows_of(as_nadia, "post", "")
    assert (row["IBAN"], row["amount"], row["currency"]) == (IBAN, "50.00", "EUR")
    assert AuditEntry.objects.get(verb="refer.export").detail == {"what": "hand_out", "count": 1}
    actions.note_proof(payout=reward.payout, proof="SEPA 1", actor=nadia, now=now)
    assert rows_of(as_nadia, "post", "") == []


def test_an_erased_payee_leaves_the_sum_without_a_name(camille: User, admin_user: User, as_admin: Client) -> None:
    advocate = make_advocate(owner=camille, wants="donation")
    paid(advocate, 5_000, kind="donation")
    Person.objects.filter(pk=advocate.person_id).delete()
    Advocate.objects.update(payee="")
    assert [line.name for line in tax.lines(admin_user, 2026)] == ["erased"]
    assert rows_of(as_admin)[0]["payee"] == "erased"


def test_years_begin_with_the_first_payout(camille: User, admin_user: User) -> None:
    assert tax.years(admin_user, date(2026, 6, 9)) == [2026]
    paid(make_advocate(owner=camille), 5_000, at=IN_2026 - timedelta(days=800))
    assert tax.years(admin_user, date(2026, 6, 9)) == [2026, 2025, 2024]


def test_a_thousand_payees_take_no_more_queries(
    camille: User, admin_user: User, now: datetime, django_assert_max_num_queries: object
) -> None:
    run = PayoutRun.objects.create(at=now, by=admin_user)
    people = [make_person(f"Advocate {n}") for n in range(40)]
    made = Advocate.objects.bulk_create(Advocate(person=one, owner=camille, since=now) for one in people)
    Payout.objects.bulk_create(
        Payout(advocate=made[n % 40], status="paid", amount_minor=100, currency="EUR", kind="gift", made_at=now,
               paid_at=now, run=run) for n in range(1_000)
    )  # fmt: skip
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        assert len(tax.lines(admin_user, 2026)) == 40
