"""One referral's page: where it stands, what may come next, its introduction, deal, money, thanks, doubts, history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.actions import create_deal
from rebond.deals.models import Deal, Outcome
from rebond.loop import close as closing
from rebond.mail.models import Message
from rebond.refer.actions.introducing import introduce
from rebond.refer.actions.moving import begin
from rebond.refer.models import Advocate, Move, Referral, RiskFlag, State, Thanks
from rebond.refer.states import BY_HAND, next_states
from rebond.refer.told import standing
from tests.factories import make_deal, make_person, make_user
from tests.refer.own_pages import advocate, names, programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def named(camille: User) -> Referral:
    """Hélène named Karim Benali of Atelier Benali, to Camille."""
    return names(advocate(camille))


@pytest.fixture
def introduced(named: Referral, camille: User) -> Referral:
    return introduce(referral=named, mode="three_way", evidence="their mail", actor=camille, now=timezone.now())


def page(client: Client, one: Referral, query: str = "") -> str:
    answer = client.get(reverse("refer:referral", args=[one.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def do(client: Client, name: str, one: Referral, /, query: str = "", **typed: object) -> str:
    answer = client.post(reverse(f"refer:{name}", args=[one.pk]) + query, typed, follow=True)
    one.refresh_from_db()
    return answer.content.decode()


def test_the_headline_is_a_sentence_for_every_state(camille: User, now: timezone.datetime) -> None:
    who = advocate(camille)
    for state in State.values:
        one = Referral(advocate=who, state=state, state_at=now, name="Karim Benali", created_at=now)
        said = standing.headline(one)
        assert said.endswith((".", "?"))
        assert "%(" not in said
        assert "%(" not in standing.headline(Referral(advocate=who, state=state, state_at=now, created_at=now))


def test_only_legal_moves_are_offered(camille: User, now: timezone.datetime) -> None:
    who, own_form = advocate(camille), {State.INTRODUCED, State.QUALIFIED, State.VOID}
    for state in State.values:
        one = Referral(advocate=who, state=state, state_at=now, name="Karim Benali", created_at=now)
        assert {tap.to for tap in standing.taps(one)} == (set(next_states(state)) & BY_HAND) - own_form


def test_an_ask_without_a_name_takes_one(as_camille: Client, camille: User) -> None:
    who, now = advocate(camille), timezone.now()
    one = begin(
        made=Referral(advocate=who, owner=camille, team=camille.team), to=State.ASKED, actor=camille, now=now
    )  # fmt: skip
    assert "Nobody is named yet." in page(as_camille, one)
    do(as_camille, "details", one, name="Paul Roux", company_name="Lumen Habitat")
    assert Referral.objects.filter(name="Paul Roux", state=State.AGREED).exists()


def test_declined_is_one_tap_with_a_word_why(as_camille: Client, camille: User) -> None:
    one = begin(
        made=Referral(advocate=advocate(camille), owner=camille, team=camille.team), to=State.ASKED, actor=camille,
        now=timezone.now(),
    )  # fmt: skip
    shown = do(as_camille, "move", one, to="declined", reason="she knows nobody there")
    assert one.state == State.DECLINED
    assert "She knows nobody there" in shown
    assert "We do not ask again for twelve months." in shown


def test_an_illegal_move_is_refused_in_a_sentence_and_nothing_is_changed(as_camille: Client, named: Referral) -> None:
    answer = as_camille.post(reverse("refer:move", args=[named.pk]), {"to": "disqualified"})
    assert answer.status_code == 409
    named.refresh_from_db()
    assert named.state == State.AGREED
    for to in ("won", "paid", "nonsense", ""):
        assert as_camille.post(reverse("refer:move", args=[named.pk]), {"to": to}).status_code == 400
    assert Move.objects.count() == 1


def test_who_it_is_can_be_corrected_until_they_are_introduced(as_camille: Client, named: Referral) -> None:
    do(as_camille, "details", named, name="Karim Ben Ali", company_name="Atelier Benali", email="karim@atelier.example")
    assert named.name == "Karim Ben Ali"
    shown = page(as_camille, named)
    assert 'value="Karim Ben Ali"' in shown


def test_the_best_way_is_shown_first_with_words_to_pass_on(as_camille: Client, named: Referral) -> None:
    shown = page(as_camille, named)
    assert 'name="mode" value="three_way"' in shown
    assert "Karim" in shown
    other = page(as_camille, named, "?mode=three_way&draft=1")
    body = shown.partition('id="pass-on"')[2].partition("</pre>")[0]
    assert body != other.partition('id="pass-on"')[2].partition("</pre>")[0]
    french = page(as_camille, named, "?mode=forward&language=fr")
    assert 'id="pass-on" lang="fr"' in french
    assert 'name="mode" value="forward"' in french


def test_the_words_to_pass_on_speak_of_who_looks_after_it_whoever_reads_them(as_nadia: Client, named: Referral) -> None:
    body = page(as_nadia, named).partition('id="pass-on"')[2].partition("</pre>")[0]
    assert "Camille" in body
    assert "Nadia" not in body


def test_an_introduction_to_both_is_noted_with_what_shows_it(as_camille: Client, named: Referral) -> None:
    refused = as_camille.post(reverse("refer:introduce", args=[named.pk]), {"mode": "three_way"})
    assert refused.status_code == 400
    shown = do(as_camille, "introduce", named, mode="three_way", evidence="her mail of Tuesday to both of us")
    assert (named.state, named.mode) == (State.INTRODUCED, "three_way")
    assert "Introduced. Thank Hélène Marchetti while it is fresh." in shown
    assert "a contact in the timeline" in shown


def test_without_a_way_of_introducing_nothing_happens(as_camille: Client, named: Referral) -> None:
    assert as_camille.post(reverse("refer:introduce", args=[named.pk])).status_code == 400
    assert Move.objects.count() == 1


def test_our_first_message_leaves_in_ten_seconds_and_can_be_taken_back(as_camille: Client, named: Referral) -> None:
    shown = page(as_camille, named, "?mode=first_contact")
    assert 'name="subject"' in shown
    shown = do(
        as_camille, "introduce", named, mode="first_contact", subject="Hélène Marchetti", body="Good morning, Karim",
        language="en",
    )  # fmt: skip
    message = Message.objects.get(purpose="refer.introduction")
    assert (message.recipient, message.status, named.state) == ("karim@atelier.example", "planned", State.AGREED)
    assert "To Karim Benali: leaves in ten seconds." in shown
    assert f"/advocates/referrals/{named.pk}/introduce?undo=1" in shown
    assert "Not sent. The draft is here again." in do(as_camille, "introduce", named, "?undo=1")
    message.refresh_from_db()
    assert message.status == "cancelled"


def test_a_first_message_that_may_not_go_says_why_instead(as_camille: Client, camille: User) -> None:
    one = names(advocate(camille), "Paul Roux", email="", company_name="Lumen Habitat")
    shown = page(as_camille, one, "?mode=first_contact")
    assert "We have no address of Paul Roux that can be used." in shown
    assert 'name="subject"' not in shown


def test_a_deal_is_found_and_linked(as_camille: Client, camille: User, introduced: Referral) -> None:
    deal = create_deal(name="Roof of the workshop", owner=camille, actor=camille, now=timezone.now())
    assert "Roof of the workshop" in page(as_camille, introduced, "?q=workshop")
    assert "No open deal for “zzz”" in page(as_camille, introduced, "?q=zzz")
    do(as_camille, "deal", introduced, deal=deal.pk)
    assert (introduced.state, introduced.deal) == (State.QUALIFIED, deal)


def test_a_deal_of_another_team_can_be_neither_found_nor_linked(
    as_camille: Client, yanis: User, introduced: Referral
) -> None:
    theirs = create_deal(name="Roof of the workshop", owner=yanis, actor=yanis, now=timezone.now())
    assert "Roof of the workshop" not in page(as_camille, introduced, "?q=workshop")
    for key in (theirs.pk, "nonsense", "9" * 30):
        assert as_camille.post(reverse("refer:deal", args=[introduced.pk]), {"deal": key}).status_code == 404
    introduced.refresh_from_db()
    assert introduced.state == State.INTRODUCED


def test_a_deal_is_opened_from_it(as_camille: Client, camille: User, introduced: Referral) -> None:
    do(as_camille, "deal", introduced, name="Atelier, first site", amount="6 200,50", currency="eur")
    made = Deal.objects.get(name="Atelier, first site")
    assert (made.amount_minor, made.currency, made.owner, introduced.deal) == (620_050, "EUR", camille, made)


@pytest.mark.parametrize(
    ("amount", "currency"), [("much", "EUR"), ("-5", "EUR"), ("1e30", "EUR"), ("5", "XYZ1"), ("NaN", "EUR")]
)
def test_an_amount_we_cannot_read_is_refused_and_no_deal_is_made(
    as_camille: Client, introduced: Referral, amount: str, currency: str
) -> None:
    typed = {"name": "Atelier", "amount": amount, "currency": currency}
    assert as_camille.post(reverse("refer:deal", args=[introduced.pk]), typed).status_code == 400
    assert not Deal.objects.exists()


def _won(introduced: Referral, client: Client, camille: User) -> None:
    do(client, "deal", introduced, name="Atelier")
    closing.close(deal=introduced.deal, outcome=Outcome.WON, actor=camille, source="screen", now=timezone.now())
    introduced.refresh_from_db()


def test_a_won_deal_says_what_the_reward_waits_for(as_camille: Client, camille: User) -> None:
    programme()
    one = introduce(
        referral=names(advocate(camille)), mode="forward", actor=camille, now=timezone.now(), evidence="forwarded"
    )  # fmt: skip
    _won(one, as_camille, camille)
    shown = page(as_camille, one)
    assert "Karim Benali of Atelier Benali became a customer, thanks to Hélène Marchetti." in shown
    assert "It waits for:" in shown
    assert "The first payment" in shown
    day = timezone.localdate()
    do(as_camille, "payment", one, day=str(day))
    assert one.payment_on == day
    shown = page(as_camille, one)
    assert "The days of waiting, until " in shown


def test_a_payment_of_tomorrow_or_without_a_day_is_refused(
    as_camille: Client, camille: User, introduced: Referral
) -> None:
    _won(introduced, as_camille, camille)
    tomorrow = timezone.localdate() + timedelta(days=2)
    for day in (str(tomorrow), "", "soon"):
        answer = as_camille.post(reverse("refer:payment", args=[introduced.pk]), {"day": day})
        assert answer.status_code in (400, 409)
    introduced.refresh_from_db()
    assert introduced.payment_on is None


def test_a_payment_before_anything_was_won_is_refused(as_camille: Client, introduced: Referral) -> None:
    for name in ("payment", "refund"):
        answer = as_camille.post(reverse(f"refer:{name}", args=[introduced.pk]), {"day": str(timezone.localdate())})
        assert answer.status_code == 409
    assert "Which deal does it lead to?" in page(as_camille, introduced)


def test_a_refund_is_noted_with_its_day(as_camille: Client, camille: User, introduced: Referral) -> None:
    _won(introduced, as_camille, camille)
    do(as_camille, "refund", introduced, day=str(timezone.localdate()))
    assert introduced.refunded_on == timezone.localdate()
    assert "Refunded" in page(as_camille, introduced)


def test_a_thank_you_is_drafted_sent_and_taken_back(as_camille: Client, introduced: Referral) -> None:
    assert "Thank Hélène Marchetti" in page(as_camille, introduced)
    move = introduced.moves.get(to_state=State.INTRODUCED)
    shown = do(
        as_camille, "thank", introduced, move=move.pk, channel="email", subject="Thank you", body="That was kind."
    )
    given = Thanks.objects.get()
    assert (given.move, given.channel) == (move, "email")
    assert f"thank?undo={given.pk}" in shown
    assert "Thank Hélène Marchetti" not in page(as_camille, introduced)
    do(as_camille, "thank", introduced, f"?undo={given.pk}")
    assert not Thanks.objects.exists()


def test_a_thank_you_on_the_phone_or_none_is_one_tap(as_camille: Client, camille: User, introduced: Referral) -> None:
    move = introduced.moves.get(to_state=State.INTRODUCED)
    do(as_camille, "thank", introduced, move=move.pk, channel="call")
    assert Thanks.objects.get().channel == "call"
    Thanks.objects.all().delete()
    assert "It does not come back." in do(as_camille, "thank", introduced, move=move.pk, channel="")
    assert Thanks.objects.get().channel == ""
    assert 'id="thank-h"' not in page(as_camille, introduced)


def test_a_thank_you_for_another_ones_move_is_not_found(
    as_camille: Client, introduced: Referral, camille: User
) -> None:
    other = names(advocate(camille, name="Marc Delvaux"), "Anna Weiss")
    for move in (other.moves.get().pk, "nonsense"):
        answer = as_camille.post(reverse("refer:thank", args=[introduced.pk]), {"move": move, "channel": "call"})
        assert answer.status_code == 404
    assert as_camille.post(reverse("refer:thank", args=[introduced.pk]) + "?undo=77").status_code == 404


def test_a_doubt_is_shown_and_settled_by_who_leads(as_camille: Client, as_nadia: Client, introduced: Referral) -> None:
    flag = RiskFlag.objects.create(referral=introduced, code="same_phone", raised_at=timezone.now())
    assert "Both have the same phone number." in page(as_camille, introduced)
    assert "Whoever leads the team looks at it." in page(as_camille, introduced)
    path = reverse("refer:settle_flag", args=[flag.pk])
    assert as_camille.post(path, {"verdict": "honest"}).status_code == 403
    assert as_nadia.post(path, {"verdict": "perhaps"}).status_code == 400
    as_nadia.post(path, {"verdict": "honest", "note": "one switchboard"})
    flag.refresh_from_db()
    assert (flag.verdict, flag.note) == ("honest", "one switchboard")
    shown = page(as_camille, introduced)
    assert "all in order" in shown
    assert "one switchboard" in shown


def test_what_does_not_count_is_said_by_who_leads_with_a_reason(
    as_camille: Client, as_nadia: Client, introduced: Referral
) -> None:
    path = reverse("refer:move", args=[introduced.pk])
    assert as_camille.post(path, {"to": "void", "reason": "no"}).status_code == 403
    assert as_nadia.post(path, {"to": "void"}).status_code == 400
    do(as_nadia, "move", introduced, to="void", reason="named by mistake")
    assert introduced.state == State.VOID
    assert "Named by mistake" in page(as_camille, introduced)


def test_the_history_says_who_when_and_what_shows_it(as_camille: Client, introduced: Referral) -> None:
    shown = page(as_camille, introduced).partition('id="history-h"')[2]
    assert shown.index("Introduced") < shown.index("Agreed")
    assert "Camille Aubry" in shown
    assert "an introduction to both" in shown.lower()


def test_the_chain_is_told_where_the_advocate_was_introduced_too(as_camille: Client, camille: User) -> None:
    now = timezone.now()
    first = names(advocate(camille, name="Marc Delvaux"), "Hélène Marchetti", email="helene@groupe-valmy.example")
    introduce(referral=first, mode="forward", evidence="call", actor=camille, now=now)
    second = names(advocate(camille))
    introduce(referral=second, mode="forward", evidence="call", actor=camille, now=now)
    do(as_camille, "deal", second, name="Atelier")
    shown = page(as_camille, second)
    assert shown.index("Marc Delvaux introduced Hélène Marchetti") < shown.index(
        "Hélène Marchetti introduced Karim Benali"
    )


def test_a_teammate_reads_and_does_not_write(camille: User, introduced: Referral) -> None:
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=camille.team))
    shown = page(thomas, introduced)
    assert "Camille Aubry looks after it; you can read along." in shown
    assert 'name="to"' not in shown
    assert 'name="deal"' not in shown


def test_a_page_with_much_behind_it_costs_few_queries(
    as_camille: Client, camille: User, introduced: Referral, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Move.objects.bulk_create(
        Move(referral=introduced, number=n, from_state="lost", to_state="qualified", at=introduced.state_at, by=camille)
        for n in range(10, 1010)
    )
    for n in range(30):
        make_deal(f"Workshop {n}", owner=camille, people={make_person(f"Person {n}"): "unknown"})
    with django_assert_max_num_queries(30):
        page(as_camille, introduced, "?q=workshop")


def test_an_erased_advocate_leaves_the_page_readable(as_camille: Client, introduced: Referral) -> None:
    Advocate.objects.update(person=None)
    assert "an advocate whose record was erased introduced Karim Benali" in page(as_camille, introduced)
