"""Who may know what: a teammate, another team, the advocate, the person introduced; copies and erasures."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import AuditEntry, Team, User
from rebond.base.errors import RebondError
from rebond.deals.erasing import erasing
from rebond.deals.models import CloseEvent, Deal, Outcome, Person
from rebond.loop.privacy import kept_of
from rebond.refer.access import get_advocate, may_look_after
from rebond.refer.actions.advocates import NAMES_A_DAY
from rebond.refer.actions.erasing import erase_person
from rebond.refer.actions.introducing import introduce as introduced_by_them
from rebond.refer.actions.registering import Named, complete
from rebond.refer.kept import named_in
from rebond.refer.models import Advocate, AskStatus, Referral, ReferralAsk, RiskFlag, State, Thanks
from rebond.refer.queries.chain import chain_of
from tests.factories import make_company, make_deal, make_person, make_touch, make_user
from tests.refer.nos import a_no, talk
from tests.refer.own_pages import KARIM, advocate, introduce, link, names, programme
from tests.refer.world import DAY, deal_of, in_conversation, make_advocate

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(deal: Deal) -> CloseEvent:
    return a_no(deal, timezone.now())


def read(client: Client, name: str, pk: int) -> str:
    return client.get(reverse(name, args=[pk])).content.decode()


# ---- hesitation


@pytest.mark.parametrize(
    ("status", "because", "words"),
    [
        (AskStatus.PASSED, "relation", "the relation is not there yet"),
        (AskStatus.EXCLUDED, "too_late", "the moment is over"),
        (AskStatus.EXCLUDED, "hostile", "the debrief was heated"),
        (AskStatus.EXCLUDED, "complaint", "they had reason to complain"),
    ],
)
def test_why_nobody_was_asked_is_the_sellers_own_on_the_deals_page_and_on_the_asks(
    as_camille: Client, as_nadia: Client, as_admin: Client, event: CloseEvent, status: str, because: str, words: str
) -> None:
    event.referral_asks.update(status=status, because=because)
    ask = talk(event)
    assert f"not asked: {words}" in read(as_camille, "loop:deal", event.deal_id)
    assert words in read(as_camille, "refer:ask", ask.pk)
    for other in (as_nadia, as_admin):
        assert words not in read(other, "loop:deal", event.deal_id)
        assert "not asked" in read(other, "loop:deal", event.deal_id)
        assert f": {words}." not in read(other, "refer:ask", ask.pk)


# ---- other teams


def test_another_teams_manager_sees_an_advocate_both_asked_and_changes_nothing_of_theirs(
    camille: User, yanis: User, south: Team, helene: Person
) -> None:
    theirs = make_advocate(helene, camille)
    lead = make_user("Zoé Lambert", team=south, role="manager")
    ReferralAsk.objects.create(person=helene, owner=yanis, team=south, moment="by_hand", planned_at=DAY)
    assert get_advocate(lead, theirs.pk) == theirs
    assert not may_look_after(lead, theirs)
    client = Client()
    client.force_login(lead)
    assert "Statement" not in read(client, "refer:advocate", theirs.pk)
    nonce = theirs.nonce
    for name, data in (("link", {"do": "revoke"}), ("permission", {"allows": "public"})):
        assert client.post(reverse(f"refer:{name}", args=[theirs.pk]), data).status_code == 403
    theirs.refresh_from_db()
    assert (theirs.nonce, theirs.allows) == (nonce, "self")


def test_a_chain_ends_where_another_teams_introduction_begins(camille: User, yanis: User, helene: Person) -> None:
    first = in_conversation(make_advocate(helene, yanis), Named("Ana Diaz", "ana@firm.example", company_name="Firm"))
    assert first.person is not None
    second = in_conversation(make_advocate(first.person, camille), now=DAY + timedelta(days=1))
    assert [one.referred for one in chain_of(deal_of(second), camille)] == ["Paul Roux"]
    assert [one.referred for one in chain_of(deal_of(second), None)] == ["Ana Diaz", "Paul Roux"]


def test_an_ask_is_about_a_deal_they_took_part_in_never_about_a_forged_one(
    as_camille: Client, camille: User, helene: Person
) -> None:
    sold = make_deal("Somebody else’s", owner=camille, outcome=Outcome.WON, closed_at=timezone.now())
    asked = as_camille.post(reverse("refer:new_ask"), {"person": helene.pk, "deal": sold.pk})
    assert asked.status_code == 404
    assert not ReferralAsk.objects.exists()


@pytest.mark.parametrize("kind", ["deals.touch", "mail.message", "mail.received"])
def test_a_record_of_somebody_else_shows_no_introduction(kind: str, camille: User, deal: Deal) -> None:
    one = names(advocate(camille))
    other = make_touch(deal, person=make_person("Ana Diaz"))
    with pytest.raises(RebondError) as refused:
        introduced_by_them(
            referral=one, mode="three_way", evidence=f"{kind}:{other.pk}", actor=camille, now=timezone.now()
        )
    assert refused.value.code == "evidence_missing"
    mine = make_touch(deal, person=one.advocate.person)
    introduced_by_them(
        referral=one, mode="three_way", evidence=f"deals.touch:{mine.pk}", actor=camille, now=timezone.now()
    )
    assert one.state == "introduced"


# ---- the own page


def test_a_link_is_no_key_to_who_is_a_customer(client: Client, camille: User, camille_sold: Person) -> None:
    who = advocate(camille)
    one = {"name": camille_sold.name, "email": camille_sold.email, "company_name": ""}
    for number in range(NAMES_A_DAY):
        assert introduce(who, **one | {"why": str(number)}).status_code == 409
    assert introduce(who, **one).status_code == 429
    assert introduce(who).status_code == 429
    assert not Referral.objects.exists()
    assert "buyer" not in str(list(AuditEntry.objects.filter(verb="refer.not_named").values_list("detail", flat=True)))


@pytest.fixture
def camille_sold(camille: User) -> Person:
    buyer = make_person("Sven Buyer", email="sven@buyer.example")
    make_deal("Sold", owner=camille, outcome=Outcome.WON, closed_at=timezone.now(), people={buyer: "decision_maker"})
    return buyer


@pytest.mark.parametrize("wants", ["gift", "none", ""])
def test_the_text_to_pass_on_speaks_of_a_reward_in_the_advocates_own_voice(
    as_camille: Client, camille: User, wants: str
) -> None:
    programme()
    who = advocate(camille, wants=wants, allows="yes")
    page = as_camille.get(reverse("refer:referral", args=[names(who).pk]) + "?mode=forward&language=en")
    body = page.context["page"].pass_on.body
    assert "Whoever introduced us" not in body
    assert ("In fairness: I may receive a small thank-you" in body) == (wants != "none")


def test_the_letter_that_asks_lets_the_advocate_say_it_themselves(as_camille: Client, event: CloseEvent) -> None:
    programme()
    page = as_camille.get(reverse("refer:ask", args=[talk(event).pk]))
    assert "In fairness: I may receive" in page.context["page"].forward.body
    assert "Whoever introduced us" not in page.content.decode()


# ---- copies


def test_a_managers_copy_holds_only_introductions_they_may_see(camille: User, yanis: User, helene: Person) -> None:
    names(make_advocate(helene, camille))
    assert len(kept_of(helene, camille)["introduced"]) == 1
    assert kept_of(helene, yanis)["introduced"] == kept_of(helene, yanis)["advocate"] == []
    assert len(kept_of(helene, None)["introduced"]) == 1


def test_an_advocates_copy_reaches_others_only_as_they_gave_them(client: Client, camille: User) -> None:
    who = advocate(camille)
    assert introduce(who, client).status_code == 303
    names(who, "Ana Diaz")
    introduced_by_them(
        referral=Referral.objects.get(name="Ana Diaz"), mode="forward", evidence="a call", actor=camille,
        now=timezone.now(),
    )  # fmt: skip
    assert who.person is not None
    typed, said = kept_of(who.person, None)["introduced"]
    assert (typed["email"], typed["why"]) == ("karim@atelier.example", "They plan by hand.")
    assert (said["name"], "email" in said, "letter_body" in said) == ("Ana Diaz", False, False)
    karim = Referral.objects.get(name="Karim Benali")
    found = Named(KARIM["name"], "kb@atelier.example", "+33199001234", KARIM["company_name"])
    complete(referral=karim, named=found, actor=camille, now=timezone.now())
    assert "phone" not in kept_of(who.person, None)["introduced"][0]


def test_whoever_was_introduced_reads_who_named_them_and_nothing_of_a_reward(camille: User, helene: Person) -> None:
    paul = make_person("Paul Roux", email="paul@lumen.example")
    one = names(make_advocate(helene, camille), "Paul Roux", email="paul@lumen.example")
    Referral.objects.filter(pk=one.pk).update(state=State.PAID)
    [row] = kept_of(paul, None)["introduced_by"]
    assert (row["named_by"], row["state"]) == ("Hélène Marchetti", "won")


# ---- erasures


def test_somebody_named_by_phone_alone_is_found_by_name_and_company(camille: User, helene: Person) -> None:
    paul = make_person("Paul Roux", company=make_company("Lumen Habitat"))
    one = names(make_advocate(helene, camille), "Paul Roux", email="", phone="+33199001234",
                company_name="Lumen Habitat")  # fmt: skip
    Referral.objects.filter(pk=one.pk).update(person=None)
    assert list(named_in(paul)) == [one]
    erase_person(of=erasing(paul), actor=None, now=timezone.now())
    one.refresh_from_db()
    assert (one.name, one.phone, one.state) == ("", "", "void")


def test_an_erasure_reaches_thanks_notes_and_subjects_that_name_them(camille: User, helene: Person) -> None:
    paul = make_person("Paul Roux", email="paul@lumen.example")
    one = names(make_advocate(helene, camille), "Paul Roux", email="paul@lumen.example")
    Thanks.objects.create(move=one.moves.get(), at=DAY, by=camille, channel="email", subject="Paul Roux",
                          body="Thank you for Paul Roux")  # fmt: skip
    RiskFlag.objects.create(referral=one, code="ring", raised_at=DAY, note="Paul Roux says so")
    other = names(Advocate.objects.get(), "Ana Diaz")
    Referral.objects.filter(pk=other.pk).update(letter_subject="Paul Roux sends me")
    erase_person(of=erasing(paul), actor=None, now=timezone.now())
    kept = [*Thanks.objects.values_list("subject", "body"), *RiskFlag.objects.values_list("note"),
            *Referral.objects.values_list("letter_subject")]  # fmt: skip
    assert "Paul" not in str(kept)
    assert "Thank you for" in str(kept)
    assert link(Advocate.objects.get())
