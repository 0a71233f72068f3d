"""An advocate's own page: what it says, what each form stores, and everything that must store nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import Outcome
from rebond.mail.models import Scope, Suppression
from rebond.refer.actions import advocates as acts
from rebond.refer.actions.moving import move
from rebond.refer.models import Advocate, Allows, Programme, Referral, RewardRule, RiskFlag, State
from rebond.refer.payee import opened
from tests.factories import make_deal
from tests.refer.own_pages import KARIM, advocate, everything, introduce, link, names, programme, said, words

pytestmark = pytest.mark.django_db
BELOW = ("", "/introduce", "/reward", "/payee", "/statement", "/stop")
FORMS = ("/introduce", "/reward", "/payee", "/stop")
LONG = "x" * 10_000


@pytest.fixture
def terms(db: None) -> Programme:
    return programme()


@pytest.fixture
def helene_introduces(camille: User, terms: Programme) -> Advocate:
    return advocate(camille)


# Looking


def test_it_thanks_and_says_what_became_of_each_and_what_comes_next(
    client: Client, helene_introduces: Advocate, camille: User
) -> None:
    karim = names(helene_introduces)
    lea = names(helene_introduces, "Léa Roux", email="lea@roux.example")
    move(referral=lea, to=State.INTRODUCED, actor=camille, now=timezone.now(), mode="three_way", evidence="a call")
    page = said(client, link(helene_introduces))
    assert "Thank you, Hélène Marchetti" in page
    assert "You introduced us to 2 people." in page
    assert page.index("Karim Benali") < page.index("Léa Roux")  # it waits for her
    assert "Introduced" in page
    assert "Next: we get in touch with them" in page
    assert "Next: introduce us." in page
    assert "Camille" in page
    assert camille.email in page
    body = client.get(link(helene_introduces)).content.decode()
    assert f"/introduce?for={karim.pk}" in body
    assert f"/introduce?for={lea.pk}" not in body


@pytest.mark.parametrize("state", [state for state in State.values if state not in ("asked", "declined", "no_answer")])
def test_every_state_has_its_words_in_both_languages_and_tells_nothing_of_the_deal(
    client: Client, helene_introduces: Advocate, camille: User, state: str
) -> None:
    karim = names(helene_introduces)
    deal = make_deal("The secret roof", owner=camille, amount_minor=987_654, notes="they quarrel", outcome=Outcome.LOST)
    Referral.objects.filter(pk=karim.pk).update(state=state, deal=deal)
    for language in ("en", "fr"):
        page = said(client, f"{link(helene_introduces)}?lang={language}")
        assert "Karim Benali" in page
        assert not re.search(r"secret|9.?876|quarrel|Maintenance", page)


def test_somebody_who_was_erased_is_not_named(client: Client, helene_introduces: Advocate) -> None:
    karim = names(helene_introduces)
    Referral.objects.filter(pk=karim.pk).update(state=State.VOID, name="", company_name="", email="")
    page = said(client, link(helene_introduces))
    assert "Somebody you introduced" in page
    assert "Karim" not in page


def test_an_ask_without_a_name_is_not_an_introduction(client: Client, helene_introduces: Advocate) -> None:
    karim = names(helene_introduces)
    Referral.objects.filter(pk=karim.pk).update(state=State.DECLINED, name="")
    assert "Introduce someone" in said(client, link(helene_introduces))
    assert "Karim" not in said(client, link(helene_introduces))


def test_looking_stores_nothing_however_often_and_whoever_looks(client: Client, helene_introduces: Advocate) -> None:
    karim = names(helene_introduces)
    before = everything()
    for below in (*BELOW, f"/introduce?for={karim.pk}", "?lang=fr", "/stop?scope=all"):
        for _time in range(2):
            assert client.get(link(helene_introduces, below)).status_code in (200, 303)
            assert client.head(link(helene_introduces, below)).status_code in (200, 303)
    assert everything() == before


def test_a_page_with_thirty_introductions_asks_no_more_than_one_with_three(
    client: Client, helene_introduces: Advocate
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(link(helene_introduces)).status_code == 200
        return len(queries)

    for number in range(3):
        names(helene_introduces, f"Ada {number}", email=f"ada{number}@atelier.example", company_name=f"Firm {number}")
    Referral.objects.update(state=State.WON)
    few = asked()
    [one, *_others] = Referral.objects.all()
    for number in range(27):
        one.pk, one.email = None, f"bea{number}@atelier.example"
        one.save(force_insert=True)
    assert asked() == few <= 16


def test_no_cookie_no_script_nothing_from_elsewhere_and_nothing_kept_by_anybody(
    client: Client, helene_introduces: Advocate
) -> None:
    karim = names(helene_introduces)
    for below in (*BELOW[:3], f"/introduce?for={karim.pk}", *BELOW[4:]):
        answer = client.get(link(helene_introduces, below))
        body = answer.content.decode()
        assert not answer.cookies
        assert len(answer.content) < 40_000
        assert "<script" not in body
        assert "style=" not in body
        assert not re.search(r"(src|href|action)=\"(https?:)?//", body)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"


# Links that open nothing


def test_forged_truncated_and_revoked_links_are_one_calm_page_in_the_same_words(
    client: Client, helene_introduces: Advocate, camille: User
) -> None:
    good = link(helene_introduces)
    acts.revoke_link(advocate=Advocate.objects.get(), actor=camille, now=timezone.now())
    before = everything()
    pages = set()
    for path in (good, good[:-1], "/i/" + "A" * 22, "/i/%00", "/i/" + "é" * 22, "/i/" + LONG):
        for below in BELOW:
            answer = client.get(path + below)
            assert answer.status_code == 404
            pages.add(words(answer))
            assert answer["Cache-Control"] == "no-store"
        for below in FORMS:
            assert client.post(path + below, KARIM | {"scope": "all", "wants": "gift"}).status_code == 404
    assert len(pages) == 1
    assert "This link leads nowhere" in pages.pop()
    assert everything() == before


def test_an_expired_link_says_whom_to_ask_stores_nothing_and_still_stops(
    client: Client, helene_introduces: Advocate, camille: User
) -> None:
    Advocate.objects.update(link_until=timezone.now() - timedelta(days=1))
    before = everything()
    for below in BELOW[:-1]:
        answer = client.get(link(helene_introduces, below))
        assert answer.status_code == 410
        assert "This link worked until" in words(answer)
        assert camille.email in words(answer)
    for below in FORMS[:-1]:
        assert client.post(link(helene_introduces, below), KARIM | {"wants": "gift"}).status_code == 410
    assert everything() == before
    assert client.post(link(helene_introduces, "/stop"), {"scope": "referral"}).status_code == 303
    assert Suppression.objects.get().scope == Scope.REFERRAL


def test_whoever_was_erased_has_no_page(client: Client, helene_introduces: Advocate) -> None:
    Advocate.objects.update(person=None)
    answer = client.get(link(helene_introduces))
    assert answer.status_code == 410
    assert "We no longer keep your name" in words(answer)
    assert "nothing will reach you" in said(client, link(helene_introduces, "/stop"))


def test_the_link_of_one_opens_nothing_of_another(client: Client, helene_introduces: Advocate, camille: User) -> None:
    other = advocate(camille, name="Ines Faure")
    theirs = names(other)
    for pk in (str(theirs.pk), "999999", "x", "9" * 30, "-1", "²"):
        answer = client.get(link(helene_introduces, f"/introduce?for={pk}"))
        assert answer.status_code == 404
        assert client.post(link(helene_introduces, f"/introduce?for={pk}")).status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == State.AGREED


def test_other_methods_are_refused(client: Client, helene_introduces: Advocate) -> None:
    for below in BELOW:
        for method in (client.put, client.delete, client.patch):
            assert method(link(helene_introduces, below)).status_code == 405
    for below in ("", "/statement"):
        assert client.post(link(helene_introduces, below)).status_code == 405


# The reward


def post(who: Advocate, below: str, **typed: Any) -> HttpResponse:
    return Client().post(link(who, below), typed)


def test_the_reward_page_says_the_terms_and_keeps_choice_and_permission(
    client: Client, helene_introduces: Advocate
) -> None:
    karim = names(helene_introduces)
    page = said(client, link(helene_introduces, "/reward"))
    for sentence in ("worth €50", "At most €150 for one person in a calendar year.", "is cut to what remains",
                     "30 days after", "Public officials", "My employer allows this", "No reward"):  # fmt: skip
        assert sentence in page
    assert "Money" not in page
    assert post(helene_introduces, "/reward", wants="gift", allows="yes").status_code == 303
    helene_introduces.refresh_from_db()
    assert (helene_introduces.wants, helene_introduces.allows) == ("gift", "yes")
    assert helene_introduces.allowed_at is not None
    karim.refresh_from_db()
    assert karim.rule == RewardRule.objects.get(kind="gift")
    assert "Your choice: a present." in said(client, link(helene_introduces))
    assert post(helene_introduces, "/reward", wants="none").status_code == 303
    karim.refresh_from_db()
    assert karim.rule is None


def test_the_same_answer_again_writes_nothing(helene_introduces: Advocate) -> None:
    post(helene_introduces, "/reward", wants="donation")
    audited = AuditEntry.objects.count()
    for _press in range(3):
        assert post(helene_introduces, "/reward", wants="donation").status_code == 303
    assert AuditEntry.objects.count() == audited


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Choose one of the rewards"),
        ({"wants": "cash", "allows": "yes"}, "Choose one of the rewards"),
        ({"wants": "gift", "allows": "no"}, "this reward is not possible"),
        ({"wants": "gift", "allows": "unknown"}, "Choose one of the answers"),
        ({"wants": "gift", "allows": LONG}, "Choose one of the answers"),
        ({"wants": LONG, "allows": "yes"}, "Choose one of the rewards"),
    ],
)
def test_what_does_not_go_together_is_refused_as_a_whole_and_stays_chosen(
    helene_introduces: Advocate, typed: dict[str, str], sentence: str
) -> None:
    before = everything()
    answer = post(helene_introduces, "/reward", **typed)
    assert answer.status_code == 400
    assert sentence in words(answer)
    body = answer.content.decode()
    if typed.get("wants") == "gift":
        assert re.search(r'value="gift"[^>]* checked', body)
    if typed.get("allows") == "no":
        assert re.search(r'value="no"[^>]* checked', body)
    assert everything() == before


@pytest.mark.parametrize("allows", ["public", "regulated"])
def test_public_officials_and_regulated_professions_get_thanks_and_no_reward(
    client: Client, helene_introduces: Advocate, allows: str
) -> None:
    assert post(helene_introduces, "/reward", wants="gift", allows=allows).status_code == 303
    helene_introduces.refresh_from_db()
    assert (helene_introduces.wants, helene_introduces.allows) == ("none", allows)
    names(helene_introduces)
    assert "What may we thank you with?" not in said(client, link(helene_introduces))


def test_money_is_offered_only_where_the_programme_offers_it(client: Client, camille: User) -> None:
    programme(("cash", "donation"))
    who = advocate(camille)
    assert "Money" in said(client, link(who, "/reward"))
    assert post(who, "/reward", wants="cash", allows="self").status_code == 303
    assert Advocate.objects.get().wants == "cash"


def test_each_introduction_keeps_its_terms_and_a_choice_counts_under_each(helene_introduces: Advocate) -> None:
    first = names(helene_introduces)
    programme(("donation",), version=2)
    second = names(helene_introduces, "Léa Roux", email="lea@roux.example")
    assert post(helene_introduces, "/reward", wants="gift", allows="yes").status_code == 303
    for one in (first, second):
        one.refresh_from_db()
    assert first.rule is not None
    assert (first.rule.programme.version, second.rule) == (1, None)


def test_without_a_programme_an_introduction_is_a_favour(client: Client, camille: User) -> None:
    who = advocate(camille)
    assert "We give no reward for introductions." in said(client, link(who, "/reward"))
    assert "Your reward" not in said(client, link(who))
    assert post(who, "/reward", wants="gift", allows="yes").status_code == 400
    assert introduce(who).status_code == 303


def test_many_changes_in_a_day_come_to_an_end(helene_introduces: Advocate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "CHANGES_A_DAY", 4)
    kinds = ("donation", "none")
    codes = [post(helene_introduces, "/reward", wants=kinds[turn % 2]).status_code for turn in range(6)]
    assert codes == [303] * 4 + [429, 303]  # the last one says what is stored already
    assert AuditEntry.objects.filter(actor=None).count() == 4
    helene_introduces.refresh_from_db()
    assert helene_introduces.wants == "none"


# Where it goes


def test_where_a_reward_goes_is_asked_only_for_what_it_needs_and_kept_encrypted(
    client: Client, helene_introduces: Advocate
) -> None:
    assert client.get(link(helene_introduces, "/payee"))["Location"] == link(helene_introduces, "/reward")
    post(helene_introduces, "/reward", wants="voucher", allows="yes")
    body = client.get(link(helene_introduces, "/payee")).content.decode()
    assert 'name="email"' in body
    assert 'name="iban"' not in body
    assert post(helene_introduces, "/payee", email="helene@home.example").status_code == 303
    helene_introduces.refresh_from_db()
    assert "home.example" not in helene_introduces.payee
    kept = opened(helene_introduces.payee)
    assert kept is not None
    assert (kept.kind, kept.email) == ("voucher", "helene@home.example")
    assert len(helene_introduces.payee_marks) == 1
    again = client.get(link(helene_introduces, "/payee")).content.decode()
    assert "helene@home.example" not in again
    assert "h…@home.example" in again


def test_two_advocates_with_one_address_for_their_reward_raise_a_doubt(
    helene_introduces: Advocate, camille: User
) -> None:
    other = advocate(camille, name="Ines Faure")
    for who, name in ((helene_introduces, "Karim Benali"), (other, "Paul Dubreuil")):
        names(who, name)
        post(who, "/reward", wants="voucher", allows="yes")
        assert post(who, "/payee", email="one@home.example").status_code == 303
    raised = RiskFlag.objects.order_by("pk").values_list("code", "referral__name")
    assert {name for _code, name in raised} == {"Karim Benali", "Paul Dubreuil"}
    assert "doubt" not in said(Client(), link(other))


def test_a_wrong_account_is_said_at_its_field_and_everything_typed_stays(camille: User) -> None:
    programme(("cash",))
    who = advocate(camille, wants="cash", allows="self")
    typed = {"legal_name": "Hélène Marchetti", "address": "1 quai\n69001 Lyon", "country": "FR",
             "iban": "FR7630006000011234567890188"}  # fmt: skip
    answer = post(who, "/payee", **typed)
    body = unescape(answer.content.decode())
    assert answer.status_code == 400
    assert "does not add up" in body
    assert all(text in body for text in ("Hélène Marchetti", "69001 Lyon", "FR7630006000011234567890188"))
    assert re.search(r'name="iban"[^>]*aria-invalid', body)
    assert re.search(r'value="FR" selected', body)
    assert Advocate.objects.get().payee == ""
    assert post(who, "/payee", **(typed | {"legal_name": LONG})).status_code == 400
    assert Advocate.objects.get().payee == ""


def test_an_empty_statement_says_when_something_will_be_on_it(client: Client, helene_introduces: Advocate) -> None:
    assert "Nothing is on it yet." in said(client, link(helene_introduces, "/statement"))


# Stopping


@pytest.mark.parametrize("scope", ["referral", "all"])
def test_stopping_takes_effect_at_once_and_the_page_goes_on(
    client: Client, helene_introduces: Advocate, scope: str
) -> None:
    names(helene_introduces)
    for _press in range(2):
        assert post(helene_introduces, "/stop", scope=scope).status_code == 303
    silence = Suppression.objects.get()
    assert (silence.scope, silence.why, silence.source) == (scope, "asked", f"refer.advocate:{helene_introduces.pk}")
    assert AuditEntry.objects.filter(verb="refer.stop").count() == 1
    assert "Understood" in said(client, link(helene_introduces, "/stop"))
    assert "Karim Benali" in said(client, link(helene_introduces))


def test_one_click_of_a_mail_program_stops_introductions_without_a_redirect(helene_introduces: Advocate) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        link(helene_introduces, "/stop"), {"List-Unsubscribe": "One-Click"}
    )  # fmt: skip
    assert answer.status_code == 200
    assert Suppression.objects.get().scope == Scope.REFERRAL


def test_a_stop_of_something_else_changes_nothing(helene_introduces: Advocate) -> None:
    answer = post(helene_introduces, "/stop", scope="feedback")
    assert answer.status_code == 400
    assert not Suppression.objects.exists()


# Languages


def test_the_page_speaks_their_language_and_remembers_another_once_they_do_something(
    client: Client, helene_introduces: Advocate
) -> None:
    page = client.get(link(helene_introduces), headers={"accept-language": "fr"})
    assert page["Content-Language"] == "en"
    french = client.get(link(helene_introduces, "?lang=fr"))
    assert french["Content-Language"] == "fr"
    assert f'href="{link(helene_introduces, "?lang=en")}"' in french.content.decode()
    assert f'{link(helene_introduces, "/introduce?lang=fr")}"' in french.content.decode()
    assert client.get(link(helene_introduces, "?lang=xx"))["Content-Language"] == "en"
    answer = client.post(link(helene_introduces, "/introduce?lang=fr"), KARIM)
    assert answer["Location"].endswith("&lang=fr")
    assert client.get(link(helene_introduces))["Content-Language"] == "fr"


def test_what_is_allowed_says_who_told_it(helene_introduces: Advocate, camille: User) -> None:
    acts.say_permission(advocate=helene_introduces, allows=Allows.SELF, actor=camille, now=timezone.now())
    told = AuditEntry.objects.get(verb="refer.permission")
    assert (told.actor, told.detail) == (camille, {"allows": "self"})
