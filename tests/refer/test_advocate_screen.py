"""One advocate's page: who they are, whom they named, their link, permission, payee, asks and thanks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import Outcome, Person
from rebond.ledger.accounts import accrual
from rebond.ledger.actions import post
from rebond.nurture.models import Enrolment
from rebond.refer.models import Advocate, AskStatus, Referral, ReferralAsk, State, Thanks
from rebond.refer.tokens import digest_of
from tests.factories import make_closed_deal, make_user
from tests.refer.own_pages import advocate, names, programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def helene_helps(camille: User) -> Advocate:
    """Hélène, an advocate of Camille's, who named nobody yet."""
    return advocate(camille)


def page(client: Client, who: Advocate, query: str = "") -> str:
    answer = client.get(reverse("refer:advocate", args=[who.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def do(client: Client, name: str, who: Advocate, /, **typed: str) -> str:
    answer = client.post(reverse(f"refer:{name}", args=[who.pk]), typed, follow=True)
    return answer.content.decode()


def test_it_says_where_we_know_them_from(as_camille: Client, camille: User, helene_helps: Advocate) -> None:
    assert "We never had a deal with them." in page(as_camille, helene_helps)
    make_closed_deal(
        Outcome.LOST, owner=camille, closed_at=timezone.now() - timedelta(days=40), name="Maintenance, 3 sites",
        people={helene_helps.person: "decision_maker"},
    )  # fmt: skip
    assert "We know them from “Maintenance, 3 sites”, which ended in a no on " in page(as_camille, helene_helps)
    make_closed_deal(
        Outcome.WON, owner=camille, closed_at=timezone.now(), name="Maintenance, one site", opened_at=timezone.now(),
        people={helene_helps.person: "decision_maker"},
    )  # fmt: skip
    assert "We know them from “Maintenance, one site”, won on " in page(as_camille, helene_helps)


def test_a_deal_of_another_team_is_not_told(as_camille: Client, yanis: User, helene_helps: Advocate) -> None:
    make_closed_deal(owner=yanis, name="Secret of the south", people={helene_helps.person: "unknown"})
    assert "Secret of the south" not in page(as_camille, helene_helps)


def test_a_name_said_on_the_phone_is_one_tap(as_camille: Client, camille: User, helene_helps: Advocate) -> None:
    shown = do(as_camille, "advocate_named", helene_helps, name="Paul Roux", company_name="Lumen Habitat")
    made = Referral.objects.get()
    assert (made.name, made.company_name, made.state, made.owner) == ("Paul Roux", "Lumen Habitat", "agreed", camille)
    assert "Noted: Paul Roux. The introduction is next." in shown
    assert "Hélène Marchetti agreed to introduce Paul Roux of Lumen Habitat." in shown
    assert "Paul Roux of Lumen Habitat" in page(as_camille, helene_helps)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "x" * 10_000, "company_name": "Lumen"}, "characters"),
        ({"name": "", "company_name": ""}, "name"),
        ({"name": "Hélène Marchetti", "email": "helene@groupe-valmy.example"}, "themselves"),
        ({"name": "Paul Roux", "email": "not an address"}, "address"),
    ],
)
def test_a_name_we_cannot_take_is_refused_in_a_sentence_and_nothing_is_kept(
    as_camille: Client, helene_helps: Advocate, typed: dict[str, str], said: str
) -> None:
    answer = as_camille.post(reverse("refer:advocate_named", args=[helene_helps.pk]), typed)
    assert answer.status_code in (400, 409)
    assert said in answer.content.decode()
    assert not Referral.objects.exists()


def test_their_link_is_shown_renewed_taken_back_and_made_anew(as_camille: Client, helene_helps: Advocate) -> None:
    assert "/i/" in page(as_camille, helene_helps)
    Advocate.objects.update(link_until=timezone.now() - timedelta(days=1))
    assert "Their link worked until" in page(as_camille, helene_helps)
    assert "The link works for a year from today." in do(as_camille, "link", helene_helps, do="renew")
    shown = do(as_camille, "link", helene_helps, do="revoke")
    assert "They have no link. What was sent before opens nothing." in shown
    assert "/i/" not in shown
    assert "/i/" in do(as_camille, "link", helene_helps, do="make")
    helene_helps.refresh_from_db()
    assert helene_helps.token_digest
    assert digest_of("") != helene_helps.token_digest


def test_a_teammate_sees_neither_the_link_nor_the_forms(
    helene_helps: Advocate, camille: User, as_camille: Client
) -> None:
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=camille.team))
    shown = page(thomas, helene_helps)
    assert "/i/" not in shown
    assert "They named somebody" not in shown
    assert "They named somebody" in page(as_camille, helene_helps)


def test_what_they_said_on_the_phone_about_their_reward_is_noted(as_camille: Client, helene_helps: Advocate) -> None:
    programme()
    shown = do(as_camille, "permission", helene_helps, allows="yes", wants="voucher")
    helene_helps.refresh_from_db()
    assert (helene_helps.allows, helene_helps.wants) == ("yes", "voucher")
    assert "Noted, as they said it." in shown
    assert "Their employer allows it" in shown
    assert AuditEntry.objects.filter(verb="refer.permission", actor__isnull=False).exists()


def test_nothing_chosen_changes_nothing(as_camille: Client, helene_helps: Advocate) -> None:
    assert as_camille.post(reverse("refer:permission", args=[helene_helps.pk])).status_code == 400
    helene_helps.refresh_from_db()
    assert helene_helps.allows == "unknown"


def test_who_leads_enters_where_a_reward_goes_and_only_its_ends_are_shown(
    as_nadia: Client, as_camille: Client, helene_helps: Advocate
) -> None:
    shown = do(as_nadia, "payee", helene_helps, kind="voucher", email="helene@home.example")
    assert "h…@home.example" in shown
    assert "helene@home.example" not in shown
    helene_helps.refresh_from_db()
    assert "home.example" not in helene_helps.payee
    answer = as_camille.post(
        reverse("refer:payee", args=[helene_helps.pk]), {"kind": "voucher", "email": "a@b.example"}
    )
    assert answer.status_code == 403


def test_the_form_for_money_asks_for_an_account(as_nadia: Client, helene_helps: Advocate) -> None:
    assert 'name="iban"' in page(as_nadia, helene_helps, "?payee=cash")
    assert 'name="iban"' not in page(as_nadia, helene_helps, "?payee=donation")
    assert 'name="iban"' not in page(as_nadia, helene_helps, "?payee=nonsense")


def test_their_statement_is_the_ledgers(as_camille: Client, helene_helps: Advocate, now: timezone.datetime) -> None:
    post(
        key="t:1", kind="accrue", currency="EUR", legs=accrual(helene_helps.holder, 5000), subject="refer.referral:1",
        actor=None, now=now,
    )  # fmt: skip
    shown = page(as_camille, helene_helps)
    assert "Reward earned" in shown
    assert "€50" in shown


def test_asks_and_thanks_are_told_with_who_and_when(as_camille: Client, camille: User, helene_helps: Advocate) -> None:
    now = timezone.now()
    ask = ReferralAsk.objects.create(
        person=helene_helps.person, owner=camille, team=camille.team, moment="talk", status=AskStatus.ASKED,
        planned_at=now, asked_at=now, asked_by=camille,
    )  # fmt: skip
    made = names(helene_helps, "Paul Roux")
    Referral.objects.update(ask=ask)
    Thanks.objects.create(move=made.moves.get(), at=now, by=camille, channel="call")
    shown = page(as_camille, helene_helps)
    assert "Camille Aubry asked in the talk that ends it" in shown
    assert "Named Paul Roux" in shown
    assert "Camille Aubry thanked them for Paul Roux" in shown


def test_staying_in_touch_is_offered_with_what_they_did_as_evidence(as_camille: Client, helene_helps: Advocate) -> None:
    names(helene_helps)
    shown = page(as_camille, helene_helps)
    assert 'value="agreed to introduce us, ' in shown
    as_camille.post(
        reverse("nurture:begin", args=[helene_helps.person_id]), {"cadence": "advocate", "evidence": "agreed to"}
    )
    assert Enrolment.objects.get().cadence == "advocate"
    assert 'value="agreed to introduce us' not in page(as_camille, helene_helps)


def test_an_erased_record_leaves_the_page_readable(as_camille: Client, helene_helps: Advocate) -> None:
    Advocate.objects.update(person=None)
    shown = page(as_camille, helene_helps)
    assert "An advocate whose record was erased" in shown
    assert "They named somebody" not in shown


def test_a_thousand_names_cost_as_many_queries_as_three(
    as_camille: Client, camille: User, helene_helps: Advocate, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    Referral.objects.bulk_create(
        Referral(
            advocate=helene_helps, owner=camille, team=camille.team, state=State.AGREED, state_at=now, name=f"P {n}",
            created_at=now,
        )
        for n in range(1000)
    )  # fmt: skip
    with django_assert_max_num_queries(30):
        shown = page(as_camille, helene_helps)
    assert "They named 1000 people" in shown
    assert "and 950 earlier ones" in shown
    assert Person.objects.count() == 1
