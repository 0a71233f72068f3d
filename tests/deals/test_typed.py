"""Deals, people, companies, touches and stages as somebody types them."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import Company, Deal, DealPerson, Person, Stage, StageChange, Touch
from tests.factories import make_closed_deal, make_deal, make_stages
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

DEAL = {
    "name": "Lift monitoring",
    "company_name": "Kéops",
    "amount": "1234.50",
    "currency": "eur",
    "opened_on": "2026-06-01",
}


def test_a_new_deal_belongs_to_its_owners_team(as_camille: Client, camille: User) -> None:
    answer = as_camille.post("/deals/new", DEAL | {"owner": camille.pk})
    deal = Deal.objects.get()
    assert answer["Location"] == f"/deals/{deal.pk}"
    assert (deal.team, deal.amount_minor, deal.currency) == (camille.team, 123450, "EUR")
    assert deal.company == Company.objects.get(name="Kéops")
    assert deal.stage_changes.count() == 1
    assert AuditEntry.objects.filter(verb="deals.create_deal", subject_id=str(deal.pk)).exists()


def test_the_same_company_is_not_made_twice(as_camille: Client, camille: User) -> None:
    as_camille.post("/deals/new", DEAL | {"owner": camille.pk})
    as_camille.post("/deals/new", DEAL | {"owner": camille.pk, "company_name": "KEOPS"})
    assert Company.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"currency": "XYZ"}, {"amount": "1e99"}, {"opened_on": "31/31/2026"}, {"owner": "0"}]
)
def test_what_cannot_be_stored_is_said_and_what_was_typed_is_kept(
    as_camille: Client, camille: User, wrong: dict[str, str]
) -> None:
    page = as_camille.post("/deals/new", DEAL | {"owner": camille.pk} | wrong)
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert "Kéops" in page.content.decode()
    assert not Deal.objects.exists()


def test_a_colleague_of_another_team_cannot_be_made_owner(as_camille: Client, yanis: User) -> None:
    as_camille.post("/deals/new", DEAL | {"owner": yanis.pk})
    assert not Deal.objects.exists()


def test_an_edit_is_stored_and_audited_with_the_old_amount(as_camille: Client, camille: User, deal: Deal) -> None:
    as_camille.post(f"/deals/{deal.pk}/edit", DEAL | {"owner": camille.pk, "amount": "10"})
    deal.refresh_from_db()
    assert (deal.name, deal.amount_minor) == ("Lift monitoring", 1000)
    assert AuditEntry.objects.get(verb="deals.edit_deal").detail["before"]["amount_minor"] == 620_000


def test_control_characters_and_long_text_are_cut(as_camille: Client, camille: User) -> None:
    as_camille.post("/people/new", {"name": "Zoé\x07 " + "é" * 150, "title": "x"})
    assert Person.objects.get().name == "Zoé " + "é" * 150


def test_a_touch_is_logged_in_one_tap(as_camille: Client, camille: User, deal: Deal) -> None:
    answer = as_camille.post(f"/deals/{deal.pk}/touch", {"channel": "call"})
    touch = Touch.objects.get()
    deal.refresh_from_db()
    assert answer["Location"] == f"/deals/{deal.pk}"
    assert (touch.deal, touch.owner, touch.channel, touch.direction) == (deal, camille, "call", "out")
    assert deal.last_touch_at == touch.at


def test_a_touch_of_an_unknown_kind_is_refused(as_camille: Client, deal: Deal) -> None:
    answer = as_camille.post(f"/deals/{deal.pk}/touch", {"channel": "pigeon"})
    assert answer.status_code == 400
    assert not Touch.objects.exists()


def test_moving_on_ends_one_stay_and_begins_the_next(as_camille: Client, deal: Deal) -> None:
    first, second = make_stages()[:2]
    StageChange.objects.create(deal=deal, stage=first, entered_at=deal.opened_at)
    as_camille.post(f"/deals/{deal.pk}/stage", {"stage": second.pk})
    stays = list(deal.stage_changes.all())
    assert [stay.stage for stay in stays] == [first, second]
    assert stays[0].left_at == stays[1].entered_at


def test_won_is_not_reached_by_moving(as_camille: Client, deal: Deal) -> None:
    answer = as_camille.post(f"/deals/{deal.pk}/stage", {"stage": Stage.objects.get(kind="won").pk})
    deal.refresh_from_db()
    assert answer.status_code == 409
    assert deal.is_open


def test_a_new_person_on_a_deal_has_their_part(as_camille: Client, deal: Deal) -> None:
    form = {"name": "Jean Moreau", "email": "jean@valmy.example", "role": "budget_holder"}
    as_camille.post(f"/deals/{deal.pk}/people", form)
    part = DealPerson.objects.get(person__name="Jean Moreau")
    assert (part.deal, part.role, part.person.company) == (deal, "budget_holder", deal.company)


def test_stages_are_renamed_without_harm(as_admin: Client, camille: User) -> None:
    deal = make_deal(owner=camille)
    as_admin.post(f"/stages/{deal.stage_id}", {"name": "Qualification"})
    deal.refresh_from_db()
    assert deal.stage is not None
    assert (deal.stage.name, deal.stage.kind) == ("Qualification", "open")


def test_stages_are_added_and_ordered(as_admin: Client, north: object) -> None:
    as_admin.post("/stages", {"name": "Legal", "kind": "open"})
    legal = Stage.objects.get(name="Legal")
    as_admin.post(f"/stages/{legal.pk}", {"move": "up"})
    names = list(Stage.objects.values_list("name", flat=True))
    assert names.index("Legal") == 4
    assert as_admin.post("/stages", {"name": "Legal", "kind": "open"}).status_code == 409


def test_a_person_and_a_company_show_their_deals(as_camille: Client, deal: Deal, helene: Person) -> None:
    assert "Maintenance, 3 sites" in as_camille.get(f"/people/{helene.pk}").content.decode()
    assert "Maintenance, 3 sites" in as_camille.get(f"/companies/{helene.company_id}").content.decode()


READ = (
    "/people/{person}",
    "/people/{person}/edit",
    "/companies/{company}",
    "/companies/{company}/edit",
    "/deals/{deal}/edit",
)
WRITE = ("/deals/{deal}/touch", "/deals/{deal}/stage", "/deals/{deal}/people")


@pytest.mark.parametrize("template", READ + WRITE)
def test_the_doors(
    template: str, as_camille: Client, as_nadia: Client, as_yanis: Client, deal: Deal, helene: Person
) -> None:
    path = template.format(person=helene.pk, company=helene.company_id, deal=deal.pk)
    method = "post" if template in WRITE else "get"
    assert status(as_yanis, method, path) == 404
    assert status(as_yanis, "post", path) in (404, 405)
    assert template in WRITE or status(as_nadia, "get", path) == 200
    assert_signed_out_is_sent_to_sign_in(path, method)
    if template in WRITE:
        assert_wrong_method(as_camille, path, "post")


def test_a_deal_that_is_closed_takes_no_stage(as_camille: Client, camille: User, now: datetime) -> None:
    deal, _event = make_closed_deal(owner=camille)
    assert as_camille.post(f"/deals/{deal.pk}/stage", {"stage": make_stages()[1].pk}).status_code == 409
