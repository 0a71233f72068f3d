"""Partners, contacts and advocates who never bought hear from us: on a basis of their own, and no ask is in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import User
from rebond.deals.models import Outcome, Person
from rebond.loop import close as closing
from rebond.loop.advocates_in_touch import stay_in_touch
from rebond.mail.actions import suppress
from rebond.mail.models import Basis, Scope, Why
from rebond.nurture import actions
from rebond.nurture.drafts.templates import LANGUAGES, built_in
from rebond.nurture.drafts.writing import draft_for
from rebond.nurture.models import Enrolment
from rebond.refer.actions.introducing import introduce
from rebond.refer.models import Advocate
from tests.factories import make_closed_deal, make_company, make_deal, make_person
from tests.refer.own_pages import advocate, names

pytestmark = pytest.mark.django_db
#: Words of an ask, in both languages.
AN_ASK = (
    "introduc",
    "recommend",
    "do you know anybody",
    "who else",
    "recommand",
    "mise en relation",
    "connaissez-vous",
)


def partner(company: str = "Ateliers du Port", *, country: str = "France", email: str = "lena@port.example") -> Person:
    return make_person("Léna Kerbrat", company=make_company(company, country=country), email=email, language="en")


def begin(client: Client, person: Person, **typed: str) -> int:
    form = {"cadence": "partner", "evidence": "met at the trade fair in Lyon, 3 June"} | typed
    return client.post(reverse("nurture:begin", args=[person.pk]), form).status_code


def introduced(who: Advocate, user: User, now: datetime) -> None:
    introduce(referral=names(who), mode="three_way", evidence="their mail", actor=user, now=now)


def test_a_partner_is_kept_in_touch_with_by_hand_with_the_evidence_that_was_given(as_camille: Client) -> None:
    person = partner()
    assert begin(as_camille, person) == 302
    one, basis = Enrolment.objects.get(), Basis.objects.get()
    assert (one.cadence, one.deal, one.close_event) == ("partner", None, None)
    assert basis.evidence == "met at the trade fair in Lyon, 3 June"
    assert (basis.source, basis.ground) == ("partner", "legitimate_interest")


def test_their_own_word_is_kept_as_consent(as_camille: Client) -> None:
    begin(as_camille, partner(), agreed="on")
    assert Basis.objects.get().ground == "consent"


def test_in_canada_an_interest_is_no_ground_and_nothing_is_claimed(as_camille: Client) -> None:
    person = partner(country="Canada")
    begin(as_camille, person)
    assert not Basis.objects.exists()
    page = as_camille.get(reverse("nurture:person", args=[person.pk])).content.decode()
    assert "Nothing allows us to write to them" in page
    assert Enrolment.objects.get().cadence == "partner"


def test_in_canada_their_word_is_one(as_camille: Client) -> None:
    begin(as_camille, partner(country="Canada"), agreed="on")
    assert Basis.objects.get().ground == "consent"


def test_without_evidence_nothing_begins(as_camille: Client) -> None:
    person = partner()
    answer = as_camille.post(reverse("nurture:begin", args=[person.pk]), {"cadence": "partner", "evidence": "  "})
    assert answer.status_code == 400
    assert "Why we may write to them is missing" in answer.content.decode()
    assert not Enrolment.objects.exists()
    assert not Basis.objects.exists()


def test_the_form_offers_both_kinds_apart_from_the_noes(as_camille: Client) -> None:
    page = as_camille.get(reverse("nurture:person", args=[partner().pk])).content.decode()
    after_no, _friend, friends = page.partition('id="friend"')
    assert 'value="partner"' not in after_no
    assert 'value="partner"' in friends
    assert 'value="advocate"' in friends


def test_an_introduction_that_happened_begins_it_on_what_they_did_not_on_the_lost_deal(camille: User) -> None:
    now = timezone.now()
    who = advocate(camille)
    make_closed_deal(
        Outcome.LOST, owner=camille, closed_at=now - timedelta(days=90), name="Maintenance",
        people={who.person: "decision_maker"},
    )  # fmt: skip
    introduced(who, camille, now)
    one, basis = Enrolment.objects.get(person=who.person), Basis.objects.get(use="keep_in_touch")
    assert (one.cadence, one.owner, one.deal) == ("advocate", camille, None)
    assert basis.evidence.startswith("introduced somebody to us, ")
    assert "Maintenance" not in basis.evidence
    assert "Karim" not in basis.evidence


def test_naming_somebody_alone_begins_nothing(camille: User) -> None:
    who = advocate(camille)
    names(who)
    assert not Enrolment.objects.exists()


def test_whoever_is_kept_in_touch_with_already_goes_on_as_they_are(camille: User, now: datetime) -> None:
    who = advocate(camille)
    going = actions.begin(person=who.person, owner=camille, cadence="price", actor=camille, now=now)
    assert stay_in_touch(advocate=who, state="introduced", actor=camille, now=now) is None
    assert Enrolment.objects.get() == going


def test_whoever_asked_for_silence_is_left_in_peace(camille: User, now: datetime) -> None:
    who = advocate(camille)
    suppress(
        address=who.person.email, scope=Scope.KEEP_IN_TOUCH, why=Why.ASKED, source="test", actor=camille, now=now
    )  # fmt: skip
    assert stay_in_touch(advocate=who, state="introduced", actor=camille, now=now) is None
    assert not Enrolment.objects.exists()


def test_what_somebody_ended_by_hand_does_not_begin_again_by_itself(camille: User, now: datetime) -> None:
    who = advocate(camille)
    one = actions.begin(person=who.person, owner=camille, cadence="rest", actor=camille, now=now)
    actions.end(enrolment=one, actor=camille, now=now)
    assert stay_in_touch(advocate=who, state="introduced", actor=camille, now=now) is None


def test_nobody_to_reach_or_an_erased_record_begins_nothing(camille: User, now: datetime) -> None:
    who = advocate(camille)
    Person.objects.filter(pk=who.person_id).update(email="", phone="")
    who.person.refresh_from_db()
    assert stay_in_touch(advocate=who, state="introduced", actor=camille, now=now) is None
    who.person = None
    assert stay_in_touch(advocate=who, state="introduced", actor=camille, now=now) is None


def test_a_deal_of_theirs_that_is_won_ends_what_followed_a_no_and_not_the_partner(camille: User, now: datetime) -> None:
    friend, said_no = partner(), make_person("Marc Delvaux", email="marc@lac.example")
    deal = make_deal(owner=camille, people={friend: "unknown", said_no: "decision_maker"})
    actions.begin(
        person=friend, owner=camille, cadence="partner", evidence="our reseller since May", actor=camille, now=now
    )  # fmt: skip
    actions.begin(person=said_no, owner=camille, cadence="price", actor=camille, now=now)
    closing.close(deal=deal, outcome=Outcome.WON, actor=camille, source="screen", now=now)
    standing = dict(Enrolment.objects.values_list("cadence", "status"))
    assert standing["price"] == "ended"
    assert standing["partner"] != "ended"


def test_a_no_of_theirs_begins_it_anew_as_after_a_no(camille: User, now: datetime) -> None:
    friend = partner()
    actions.begin(person=friend, owner=camille, cadence="partner", evidence="our reseller", actor=camille, now=now)
    deal = make_deal(owner=camille, people={friend: "decision_maker"})
    given = [closing.ReasonGiven("no_budget")]
    closing.close(deal=deal, outcome=Outcome.LOST, reasons=given, actor=camille, source="screen", now=now)
    assert Enrolment.objects.exclude(status="ended").get().cadence == "budget_timing"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_note_to_an_advocate_holds_no_ask(language: str) -> None:
    for wording in built_in("friend", language):
        text = f"{wording.subject} {wording.body}".lower()
        assert not [words for words in AN_ASK if words in text]


def test_the_note_speaks_of_no_deal_they_lost(camille: User, now: datetime) -> None:
    who = advocate(camille)
    one = stay_in_touch(advocate=who, state="introduced", actor=camille, now=now)
    assert one is not None
    draft = draft_for(one, now=now)
    assert draft.key == "friend"
    assert draft.body.startswith("Hello Hélène,")
    assert one.due_words == "the first time"
