from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Team, User
from rebond.deals.models import Deal
from tests.factories import make_deal, make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in


def test_a_seller_sees_their_team_and_no_other(as_camille: Client, nadia: User, yanis: User) -> None:
    page = as_camille.get("/team").content.decode()
    assert "Nadia Belkacem" in page
    assert "Yanis Benkirane" not in page


def test_an_administrator_invites_and_sees_the_link_once(as_admin: Client, north: Team) -> None:
    form = {"name": "Inès", "email": "ines@rebond.example", "role": "seller", "team": north.pk, "language": "fr"}
    page = as_admin.post("/team/invite", form, follow=True).content.decode()
    person = User.objects.get(email="ines@rebond.example")
    assert (person.team, person.language, person.has_usable_password()) == (north, "fr", False)
    assert "/account/password/reset/key/" in page
    assert "/account/password/reset/key/" not in as_admin.get("/team").content.decode()
    assert len(mail.outbox) == 1
    assert "vous invite" in mail.outbox[0].subject


def test_the_invited_person_sets_a_password_by_the_link(as_admin: Client, north: Team, client: Client) -> None:
    form = {"name": "Inès", "email": "ines@rebond.example", "role": "seller", "team": north.pk, "language": "fr"}
    as_admin.post("/team/invite", form)
    link = mail.outbox[0].body.split("http://127.0.0.1:8000")[1].split()[0]
    where = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(where, {"password1": "quelques mots simples", "password2": "quelques mots simples"})
    assert User.objects.get(email="ines@rebond.example").check_password("quelques mots simples")


@pytest.mark.parametrize("path", ["/team/invite", "/audit", "/stages"])
def test_administration_is_not_for_sellers(as_camille: Client, as_nadia: Client, path: str) -> None:
    assert as_camille.get(path).status_code == 403
    assert as_nadia.get(path).status_code == 403


def test_a_person_of_another_team_does_not_exist_for_a_seller(as_camille: Client, yanis: User) -> None:
    assert as_camille.get(f"/team/people/{yanis.pk}").status_code == 404


def test_the_last_administrator_stays_one(as_admin: Client, admin_user: User) -> None:
    form = {"name": "Alix", "email": admin_user.email, "role": "seller", "team": "", "is_active": "on"}
    page = as_admin.post(f"/team/people/{admin_user.pk}", form).content.decode()
    admin_user.refresh_from_db()
    assert admin_user.role == "admin"
    assert "last administrator" in page


def test_deals_go_with_their_owner_to_the_other_team(as_admin: Client, camille: User, deal: Deal, south: Team) -> None:
    form = {"name": "Camille Aubry", "email": camille.email, "role": "seller", "team": south.pk, "is_active": "on"}
    as_admin.post(f"/team/people/{camille.pk}", form)
    deal.refresh_from_db()
    assert deal.team == south
    assert AuditEntry.objects.filter(verb="accounts.edit_person").exists()


def test_an_imported_seller_gets_an_address_and_finds_their_deals(as_admin: Client, north: Team) -> None:
    seller = User.objects.create_user(None, None, name="Moses Frase", team=north, is_active=False)
    make_deal(owner=seller)
    form = {
        "name": "Moses Frase",
        "email": "moses@rebond.example",
        "role": "seller",
        "team": north.pk,
        "is_active": "on",
    }
    as_admin.post(f"/team/people/{seller.pk}", form)
    as_moses = Client()
    as_moses.force_login(User.objects.get(email="moses@rebond.example"))
    assert "Maintenance" in as_moses.get("/deals").content.decode()


def test_teams_are_added_and_renamed(as_admin: Client, north: Team) -> None:
    as_admin.post("/team/teams", {"name": "East"})
    as_admin.post(f"/team/teams/{north.pk}", {"name": "Nord"})
    assert set(Team.objects.values_list("name", flat=True)) == {"East", "Nord"}


def test_a_team_of_that_name_already_is_refused(as_admin: Client, north: Team) -> None:
    assert as_admin.post("/team/teams", {"name": "North"}).status_code == 409
    assert Team.objects.count() == 1


def test_the_list_of_a_thousand_people_takes_few_queries(
    as_admin: Client, north: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    User.objects.bulk_create(User(name=f"Seller {n}", team=north, is_active=False) for n in range(1000))
    with django_assert_max_num_queries(9):
        assert as_admin.get("/team").status_code == 200


def test_signed_out(db: None) -> None:
    make_user("Alix", team=None, role="admin")
    assert_signed_out_is_sent_to_sign_in("/team")
    assert_signed_out_is_sent_to_sign_in("/audit")


def test_the_audit_page_names_who_did_what(as_admin: Client, north: Team) -> None:
    as_admin.post("/team/teams", {"name": "East"})
    page = as_admin.get("/audit").content.decode()
    assert "accounts.add_team" in page
    assert "Alix Admin" in page
