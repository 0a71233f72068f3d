"""A recorded commission: in a file, in the deal form, on the deal page, before the plan."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.connect.csv import actions
from rebond.connect.csv.models import ImportProblem, ImportRun
from rebond.deals.models import Deal, Outcome
from rebond.files.columns import recognise
from rebond.worth.actions import new_plan
from rebond.worth.queries.earned import earned_of
from tests.factories import make_closed_deal, make_deal, make_user

HEAD = "Deal ID,Deal Name,Stage,Amount,Currency,Commission,Close Date\n"
FORM = {
    "name": "Maintenance", "company_name": "Groupe Valmy", "amount": "1234.50", "currency": "EUR",
    "opened_on": "2026-03-02",
}  # fmt: skip


def imported(path: Path, user: User) -> ImportRun:
    with path.open("rb") as file:
        stored = actions.keep_file(iter(lambda: file.read(1 << 16), b""))
    run = actions.begin(
        kind="deals", file_name=path.name, stored_as=stored, choices={}, team=user.team, actor=user, now=timezone.now()
    )
    actions.check(run=run)
    assert run.failure == ""
    actions.start(run=run, actor=user, now=timezone.now())
    actions.carry_out(run=run, clock=timezone.now)
    return run


def a_file(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "deals.csv"
    path.write_text(head + "".join(f"{row}\n" for row in rows))
    return path


def test_commissions_of_a_file_are_kept_and_twice_is_once(nadia: User, tmp_path: Path) -> None:
    path = a_file(
        tmp_path, '1,One,Won,"6,200.00",EUR,€500.00,2026-03-02', "2,Two,Won,100,EUR,,2026-03-03",
        "3,Three,Won,,EUR,-12.5,2026-03-04", "4,Four,Lost,80,USD,,2026-03-05",
    )  # fmt: skip
    run = imported(path, nadia)
    assert (run.created, run.rejected) == (4, 0)
    kept = Deal.objects.order_by("external_id").values_list("amount_minor", "commission_minor", "currency")
    assert list(kept) == [(620_000, 50_000, "EUR"), (10_000, None, "EUR"), (None, -1250, "EUR"), (8_000, None, "USD")]
    again = imported(path, nadia)
    assert (again.created, again.updated) == (0, 0)


def test_an_empty_cell_never_erases_and_a_new_figure_counts(nadia: User, tmp_path: Path) -> None:
    imported(a_file(tmp_path, "1,One,Won,6200,EUR,500,2026-03-02", "2,Two,Won,6200,EUR,500,2026-03-02"), nadia)
    run = imported(a_file(tmp_path, "1,One,Won,6200,EUR,,2026-03-02", "2,Two,Won,6200,EUR,450.5,2026-03-02"), nadia)
    assert run.updated == 1
    assert list(Deal.objects.order_by("external_id").values_list("commission_minor", flat=True)) == [50_000, 45_050]


@pytest.mark.parametrize("cell", ["a lot", "USD 500"])
def test_a_commission_that_cannot_be_read_leaves_its_row_out_and_says_why(
    nadia: User, tmp_path: Path, cell: str
) -> None:
    run = imported(
        a_file(
            tmp_path, f"1,One,Won,6200,,{cell},2026-03-02", "2,Two,Won,6200,,500,2026-03-02",
            head=HEAD,
        ),
        nadia,
    )  # fmt: skip
    assert (run.created, run.rejected) == (1, 1)
    problem = ImportProblem.objects.get(run=run)
    assert (problem.column, problem.value) == ("Commission", cell)


def test_a_rate_is_no_commission() -> None:
    headers = ["Deal ID", "Stage", "Amount", "Commission rate"]
    found = {column.header: column.ours for column in recognise("deals", headers, [["1", "Won", "100", "8"]])}
    assert found["Commission rate"] == ""
    french = recognise("deals", ["Montant de la commission"], [["8"]])
    assert french[0].ours == "commission"


def test_it_is_typed_shown_and_taken_back(as_camille: Client, camille: User) -> None:
    form = FORM | {"owner": str(camille.pk), "commission": "99.5"}
    as_camille.post("/deals/new", form)
    deal = Deal.objects.get()
    assert (deal.commission_minor, deal.currency) == (9_950, "EUR")
    assert "€99.50, recorded" in as_camille.get(f"/deals/{deal.pk}").content.decode()
    assert 'value="99.50"' in as_camille.get(f"/deals/{deal.pk}/edit").content.decode()
    as_camille.post(f"/deals/{deal.pk}/edit", form | {"commission": "", "amount": ""})
    deal.refresh_from_db()
    assert (deal.commission_minor, deal.currency) == (None, "")


def test_a_commission_without_an_amount_keeps_its_currency(as_camille: Client, camille: User) -> None:
    as_camille.post("/deals/new", FORM | {"owner": str(camille.pk), "amount": "", "commission": "-40"})
    deal = Deal.objects.get()
    assert (deal.amount_minor, deal.commission_minor, deal.currency) == (None, -4_000, "EUR")
    assert "below 0: this sale costs money" in as_camille.get(f"/deals/{deal.pk}").content.decode()


def test_what_was_recorded_goes_before_the_plan(as_camille: Client, camille: User, now: datetime) -> None:
    new_plan(team=camille.team, kind="percent", basis_points=800, valid_from=date(2026, 1, 1), actor=None, now=now)
    by_plan, _event = make_closed_deal(Outcome.WON, owner=camille)
    recorded, _event = make_closed_deal(Outcome.WON, owner=camille, commission_minor=50_000)
    still_open, (lost, _event) = make_deal(owner=camille), make_closed_deal(owner=camille)
    pages = [as_camille.get(f"/deals/{deal.pk}").content.decode() for deal in (by_plan, recorded, still_open, lost)]
    assert "€496 by the plan<" in pages[0]
    assert "€500, recorded" in pages[1]
    assert "€496 by the plan, if it is won" in pages[2]
    assert "by the plan" not in pages[3]


def test_tiers_of_a_quarter_count_what_was_sold_before(camille: User, yanis: User, now: datetime) -> None:
    new_plan(
        team=None, kind="tiers", tiers=((0, 500), (1_000_000, 1000)), per="quarter", currency="EUR",
        valid_from=date(2026, 1, 1), actor=None, now=now,
    )  # fmt: skip
    days = [datetime(2026, month, 10, 9, tzinfo=UTC) for month in (3, 4, 5, 5, 7)]
    sold = [make_closed_deal(Outcome.WON, owner=camille, closed_at=day, amount_minor=800_000)[0] for day in days]
    make_closed_deal(Outcome.WON, owner=yanis, closed_at=days[1], amount_minor=5_000_000)
    today = date(2026, 6, 9)
    got = [found.minor for deal in sold if (found := earned_of(deal, today=today))]
    assert got == [40_000, 40_000, 200_000 * 5 // 100 + 600_000 // 10, 80_000, 40_000]
    still_open = make_deal(owner=camille, amount_minor=100)
    found = earned_of(still_open, today=today)
    assert found is not None
    assert found.minor == 10


def test_what_a_colleague_earned_is_between_them_and_who_leads(
    as_camille: Client, as_nadia: Client, camille: User, now: datetime
) -> None:
    other = make_user("Idris Colas", team=camille.team)
    deal, _event = make_closed_deal(Outcome.WON, owner=other, commission_minor=50_000)
    seller, leads = (client.get(f"/deals/{deal.pk}").content.decode() for client in (as_camille, as_nadia))
    assert ("€500, recorded" in seller, "€500, recorded" in leads) == (False, True)
    form = as_camille.get(f"/deals/{deal.pk}/edit").content.decode()
    assert 'name="commission"' not in form
    as_camille.post(f"/deals/{deal.pk}/edit", FORM | {"owner": str(other.pk), "amount": "", "commission": "9"})
    deal.refresh_from_db()
    assert (deal.amount_minor, deal.commission_minor, deal.currency) == (None, 50_000, "EUR")


def test_tiers_add_up_one_currency_only(camille: User, now: datetime) -> None:
    new_plan(
        team=None, kind="tiers", tiers=((0, 500), (1_000_000, 1000)), per="quarter", currency="EUR",
        valid_from=date(2026, 1, 1), actor=None, now=now,
    )  # fmt: skip
    days = [datetime(2026, 4, day, 9, tzinfo=UTC) for day in (1, 2)]
    make_closed_deal(Outcome.WON, owner=camille, closed_at=days[0], amount_minor=5_000_000, currency="USD")
    euros, _event = make_closed_deal(Outcome.WON, owner=camille, closed_at=days[1], amount_minor=800_000)
    found = earned_of(euros, today=date(2026, 6, 9))
    assert found is not None
    assert (found.minor, found.currency) == (40_000, "EUR")
