"""What became of a deal's watched fields: from, to, in which stage, by whom; nothing for what stayed the same."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rebond.accounts.models import AuditEntry, Team, User
from rebond.deals.actions import create_deal, edit_deal, learn_competitor, move_stage, save_deals
from rebond.deals.models import WATCHED, AppendOnlyError, CloseEvent, Deal, FieldChange, Stage
from rebond.deals.queries import changes_of
from rebond.deals.records import DealRecord
from rebond.learn.actions import ReasonGiven
from rebond.loop.close import close
from tests.factories import THEN, make_stages, make_user

LATER = THEN + timedelta(days=30)
FORM = {"name": "Lift monitoring", "company_name": "Kéops", "amount": "1200", "currency": "EUR"}


def kept(deal: Deal) -> list[tuple[str, str, str]]:
    return list(deal.field_changes.order_by("pk").values_list("field", "before", "after"))


def test_what_a_new_deal_begins_with_is_kept_with_its_stage(as_camille: Client, camille: User) -> None:
    typed = {"problem": "Too many call-outs", "competitor": "Acme", "expected_close": "2026-09-01"}
    as_camille.post("/deals/new", FORM | {"owner": camille.pk} | typed)
    deal = Deal.objects.get()
    assert kept(deal) == [
        ("competitor", "", "Acme"),
        ("amount_minor", "", "1200.00 EUR"),
        ("expected_close", "", "2026-09-01"),
        ("problem", "", "Too many call-outs"),
    ]
    assert {(change.stage, change.by) for change in deal.field_changes.all()} == {(deal.stage, camille)}


def test_an_edit_keeps_what_it_changed_and_only_that(as_camille: Client, camille: User, deal: Deal) -> None:
    as_camille.post(f"/deals/{deal.pk}/edit", FORM | {"owner": camille.pk, "amount": "6200", "problem": "No overview"})
    assert kept(deal) == [("problem", "", "No overview")]
    same = FORM | {"owner": camille.pk, "amount": "6200", "problem": "No overview", "segment": "Health"}
    as_camille.post(f"/deals/{deal.pk}/edit", same)
    assert len(kept(deal)) == 1
    as_camille.post(f"/deals/{deal.pk}/edit", FORM | {"owner": camille.pk, "amount": "5900"})
    assert kept(deal)[1:] == [("amount_minor", "6200.00 EUR", "5900.00 EUR"), ("problem", "No overview", "")]


def test_the_problem_is_read_on_the_page_of_the_deal(as_camille: Client, camille: User, deal: Deal) -> None:
    as_camille.post(f"/deals/{deal.pk}/edit", FORM | {"owner": camille.pk, "problem": "<b>Two days</b>\na month"})
    page = as_camille.get(f"/deals/{deal.pk}").content.decode()
    assert "&lt;b&gt;Two days&lt;/b&gt;<br>a month" in page
    assert "&lt;b&gt;Two days" in as_camille.get(f"/deals/{deal.pk}/edit").content.decode()


def test_somebody_who_may_not_open_the_deal_changes_nothing(as_yanis: Client, yanis: User, deal: Deal) -> None:
    assert as_yanis.post(f"/deals/{deal.pk}/edit", FORM | {"owner": yanis.pk}).status_code == 404
    assert not FieldChange.objects.exists()


def test_a_long_text_is_cut_and_a_change_at_its_end_still_noticed(camille: User, deal: Deal) -> None:
    edit_deal(deal=deal, changes={"problem": "x" * 400}, actor=camille, now=THEN)
    edit_deal(deal=deal, changes={"problem": "x" * 400 + "y"}, actor=camille, now=LATER)
    first, second = deal.field_changes.order_by("at")
    assert (len(first.after), first.after[-1], second.at) == (300, "…", LATER)


def test_a_change_knows_the_stage_it_was_made_in(camille: User, deal: Deal) -> None:
    edit_deal(deal=deal, changes={"competitor": "Acme"}, actor=camille, now=THEN)
    move_stage(deal=deal, stage=Stage.objects.get(name="Negotiation"), actor=camille, now=THEN)
    edit_deal(deal=deal, changes={"competitor": "Beta"}, actor=camille, now=LATER)
    assert [(c.before, c.after, c.stage) for c in changes_of(deal, "competitor")] == [
        ("", "Acme", "Qualify"), ("Acme", "Beta", "Negotiation"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "named", "expected"),
    [
        ("", "Acme", [("competitor", "", "Acme")]),
        ("", "none", [("competitor", "", "none")]),
        ("Acme", "Beta", [("competitor", "Acme", "Beta")]),
        ("Acme", "Acme", []),
        ("Acme", "", []),
    ],
)
def test_a_close_that_names_somebody_new_is_a_change(
    camille: User, deal: Deal, before: str, named: str, expected: list[tuple[str, str, str]]
) -> None:
    Deal.objects.update(competitor=before)
    close(
        deal=deal, outcome="lost", reasons=[ReasonGiven("timing")], competitor=named, actor=camille, source="screen",
        now=LATER,
    )  # fmt: skip
    assert kept(deal) == expected
    assert {change.stage.name for change in deal.field_changes.all() if change.stage} <= {"Lost"}


def test_a_competitor_learnt_later_changes_the_deal_and_not_how_it_closed(camille: User, deal: Deal) -> None:
    close(deal=deal, outcome="lost", reasons=[ReasonGiven("timing")], actor=camille, source="screen", now=THEN)
    learn_competitor(deal=deal, competitor=" Acme\x00 ", actor=camille, now=LATER)
    learn_competitor(deal=deal, competitor="Acme", actor=camille, now=LATER)
    learn_competitor(deal=deal, competitor="", actor=camille, now=LATER)
    deal.refresh_from_db()
    assert (deal.competitor, CloseEvent.objects.get().competitor) == ("Acme", "")
    assert kept(deal) == [("competitor", "", "Acme")]
    assert AuditEntry.objects.filter(verb="deals.learn_competitor").count() == 1


def test_it_is_history(camille: User, deal: Deal) -> None:
    edit_deal(deal=deal, changes={"competitor": "Acme"}, actor=camille, now=THEN)
    change = FieldChange.objects.get()
    with pytest.raises(AppendOnlyError):
        change.save()
    with pytest.raises(AppendOnlyError):
        change.delete()


def row(number: int = 1, **values: object) -> DealRecord:
    return DealRecord(
        **{"name": f"Deal {number}", "external_id": str(number), "amount_minor": 100, "currency": "EUR",
           "opened_at": THEN, "stage": "Qualify"} | values  # type: ignore[arg-type]
    )  # fmt: skip


def queries_of(rows: list[DealRecord]) -> int:
    with CaptureQueriesContext(connection) as asked:
        save_deals(rows=rows, source="csv", actor=None, now=LATER)
    return len(asked)


@pytest.mark.django_db
def test_an_import_keeps_changes_of_what_was_there_not_what_a_deal_begins_with() -> None:
    save_deals(rows=[row(competitor="Acme", expected_close=date(2026, 9, 1))], source="csv", actor=None, now=THEN)
    assert not FieldChange.objects.exists()
    changed = row(amount_minor=300, competitor="Acme", expected_close=date(2026, 10, 1), stage="Proposal")
    for _twice in range(2):
        save_deals(rows=[changed], source="csv", actor=None, now=LATER)
    deal = Deal.objects.get()
    assert kept(deal) == [("amount_minor", "1.00 EUR", "3.00 EUR"), ("expected_close", "2026-09-01", "2026-10-01")]
    assert {(change.at, change.stage.name) for change in deal.field_changes.all() if change.stage} == {
        (LATER, "Proposal")
    }


@pytest.mark.django_db
@pytest.mark.parametrize("count", [2, 40])
def test_keeping_the_changes_of_a_batch_costs_one_statement_however_many_rows(count: int) -> None:
    save_deals(rows=[row(n) for n in range(count)], source="csv", actor=None, now=THEN)
    plain = queries_of([row(n, segment="Health") for n in range(count)])
    told = {"segment": "Retail", "amount_minor": 200, "next_step": "Call", "competitor": "A"}
    watched = queries_of([row(n, **told) for n in range(count)])
    assert watched - plain == 1
    assert FieldChange.objects.count() == 3 * count


values = st.fixed_dictionaries(
    {},
    optional={
        "competitor": st.sampled_from(["", "none", "Acme", "é" * 130]),
        "amount_minor": st.sampled_from([None, 0, 100, 620_000]),
        "expected_close": st.sampled_from([None, date(2026, 9, 1), date(2027, 1, 1)]),
        "next_step": st.text(max_size=12),
        "problem": st.sampled_from(["", "a", "b" * 500]),
    },
)


class AnyEdits(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(values, max_size=6))
    def test_the_changes_told_one_after_the_other_end_at_what_stands_there(
        self, edits: list[dict[str, object]]
    ) -> None:
        make_stages()
        team = Team.objects.get_or_create(name="North")[0]
        user = User.objects.filter(email="c@x.example").first() or make_user("C", team=team, email="c@x.example")
        deal = create_deal(name="Any", owner=user, actor=user, now=THEN)
        for edit in edits:
            amount = {"currency": "" if edit["amount_minor"] is None else "EUR"} if "amount_minor" in edit else {}
            edit_deal(deal=Deal.objects.get(pk=deal.pk), changes=edit | amount, actor=user, now=LATER)
        told = dict.fromkeys(WATCHED, "")
        for field, before, after in kept(deal):
            assert told[field] == before
            assert before != after
            told[field] = after
        stored = Deal.objects.get(pk=deal.pk)
        assert told["competitor"] == stored.competitor
        assert told["next_step"] == stored.next_step
        assert told["expected_close"] == str(stored.expected_close or "")
        assert told["amount_minor"] == ("" if stored.amount_minor is None else f"{stored.amount_minor / 100:.2f} EUR")
