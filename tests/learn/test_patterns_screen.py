"""Patterns on screen: the page paints before any sum, every block says what it may in every state, figures open their
deals, and nothing of an answer that is not for the reader comes through."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.models import CloseEvent, Deal, Outcome, ReopenEvent
from rebond.facts import store, warm
from rebond.learn.actions import ReasonGiven, assert_reasons
from rebond.learn.models import (
    Answer,
    Mode,
    ReasonAssertion,
    ReleasedPool,
)
from rebond.learn.patterns import answers, blocks
from rebond.learn.patterns.view import View
from rebond.learn.taxonomy import BUILT_IN
from tests.factories import make_closed_deal
from tests.learn.losses import answered, debriefed, lost, opened, part, text
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 9)
VIEW = View.of(None, {}, DAY)
NAMES = [*blocks.BUILDERS]


@pytest.fixture(autouse=True)
def _facts_of_one_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "facts")
    warm.forget()


# ---- the doors


@pytest.mark.parametrize("path", ["/patterns", *(f"/patterns/{name}" for name in NAMES), "/patterns/deals?what=losses"])
def test_every_page_has_its_doors(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, path: str
) -> None:
    assert [client.get(path).status_code for client in (as_camille, as_nadia, as_yanis, as_admin)] == [200] * 4
    assert_wrong_method(as_camille, path, "get")
    assert_signed_out_is_sent_to_sign_in(path)


def test_odd_addresses_are_answered_in_words(as_camille: Client, as_admin: Client, yanis: User) -> None:
    assert as_camille.get("/patterns/nothing-called-this").status_code == 404
    assert as_camille.get("/patterns/deals").status_code == 404
    assert as_camille.get("/patterns/deals?what=reason&code=no_such&voice=seller").status_code == 404
    assert as_camille.get("/patterns/deals?what=reason&code=timing&voice=coder").status_code == 404
    assert as_camille.get("/patterns/deals?what=control&control=x").status_code == 404
    assert as_camille.get("/patterns/deals?what=competitor").status_code == 404
    assert as_camille.get(f"/patterns?team={yanis.team_id}").status_code == 404
    assert as_camille.get("/patterns?period=9m").status_code == 400
    assert as_admin.get(f"/patterns?team={yanis.team_id}").status_code == 200


def test_an_error_of_a_block_is_a_sentence_for_the_loader(as_camille: Client) -> None:
    answer = as_camille.get("/patterns/voices?period=9m&part=1", headers={"accept": "text/html, application/json"})
    assert answer.status_code == 400
    assert "9m" in answer.json()["message"]


# ---- the shell


def test_the_page_paints_before_any_sum(
    as_admin: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def never(*_args: object) -> None:
        raise AssertionError("a sum was made")

    for name in blocks.BUILDERS:
        monkeypatch.setitem(blocks.BUILDERS, name, never)
    with django_assert_max_num_queries(12):
        page = as_admin.get("/patterns?period=12m").content.decode()
    for name in blocks.titles():
        assert f'data-block="/patterns/{name}?period=12m&amp;part=1"' in page
        assert f'<a href="/patterns/{name}?period=12m">' in page
    assert len(page) < 40_000


def test_the_filters_keep_what_was_chosen_and_teams_are_for_administrators(
    as_admin: Client, as_camille: Client, camille: User, yanis: User
) -> None:
    lost(camille, segment="Hospitals")
    page = as_admin.get(f"/patterns?team={camille.team_id}&segment=Hospitals").content.decode()
    assert f'<option value="{camille.team_id}" selected>North' in page
    assert '<option value="Hospitals" selected>' in page
    assert f"team={camille.team_id}&amp;segment=Hospitals" in page
    mine = as_camille.get("/patterns").content.decode()
    assert 'name="team"' not in mine
    assert "Hospitals" in mine
    own = as_camille.get("/patterns?from=2026-01-01&to=2026-02-01").content.decode()
    assert 'name="from" value="2026-01-01"' in own
    assert 'name="period"' not in own


def test_closes_made_several_at_once_may_be_left_out(as_camille: Client, camille: User) -> None:
    lost(camille, seller="timing")
    deal, _event = make_closed_deal("lost", owner=camille, closed_at=timezone.now() - timedelta(days=1))
    CloseEvent.objects.create(deal=deal, outcome="lost", closed_at=deal.closed_at, recorded_at=timezone.now(),
                              source="bulk", in_bulk=True)  # fmt: skip
    assert 'href="?bulk=without"' in as_camille.get("/patterns").content.decode()
    page = as_camille.get("/patterns?bulk=without").content.decode()
    assert "Closes made several at once are left out." in page
    assert 'name="bulk" value="without"' in page
    assert text(part(as_camille, "headcount", "bulk=without")).startswith("1 loss in six months")
    assert len(opened(as_camille, "losses", bulk="without")[0]) == 1
    assert len(opened(as_camille, "losses")[0]) == 2


def test_a_block_without_script_is_a_page_of_its_own(as_camille: Client) -> None:
    page = as_camille.get("/patterns/control?period=3m").content.decode()
    assert "<h1>What we could act on</h1>" in page
    assert 'href="/patterns?period=3m"' in page
    assert "<h1>" not in part(as_camille, "control")


# ---- every block with nothing, and with a little


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_empty_company_gets_a_sentence_from_every_block(
    as_camille: Client, camille: User, name: str, language: str
) -> None:
    User.objects.filter(pk=camille.pk).update(language=language)
    html = part(as_camille, name)
    assert len(text(html)) > 10
    assert '<svg class="picture' not in html


def test_two_debriefs_ask_for_three_more(as_camille: Client, camille: User) -> None:
    for _n in range(2):
        debriefed(lost(camille, seller="timing"))
    for name in ("voices", "control", "profile"):
        html = part(as_camille, name)
        assert "5 debriefs needed, 2 so far" in text(html)
        assert '<a href="/debriefs">Ask for 3</a>' in html


def test_a_few_losses_are_counted_in_the_lede_and_each_count_opens(as_camille: Client, camille: User) -> None:
    events = [lost(camille, seller="timing") for _n in range(6)]
    for event in events[:4]:
        debriefed(event)
    lost(camille, seller="timing", buyer="not_in_touch")
    said = part(as_camille, "headcount")
    assert text(said) == "7 losses in six months : 4 debriefed by sellers, 1 explained by buyers, 2 silent ."
    for href, words in re.findall(r'<a href="([^"]+)">([^<]+)</a>', said):
        page = as_camille.get(unescape(href))
        assert f"of {words.split()[0]}" in page.content.decode()


# ---- figures open their deals


def test_a_reason_opens_the_deals_that_name_it_as_each_side_says(as_nadia: Client, camille: User) -> None:
    both = [debriefed(lost(camille, seller="timing", buyer="value_unclear")).deal_id for _n in range(3)]
    sellers = [lost(camille, seller="timing").deal_id for _n in range(2)]
    lost(camille, seller="no_budget")
    assert set(opened(as_nadia, "reason", code="timing", voice="seller")[0]) == {*both, *sellers}
    assert set(opened(as_nadia, "reason", code="value_unclear", voice="buyer")[0]) == set(both)
    assert opened(as_nadia, "reason", code="value_unclear", voice="seller")[0] == []


def test_another_teams_deals_another_period_and_a_close_taken_back_are_in_no_list(
    as_nadia: Client, camille: User, yanis: User
) -> None:
    kept = lost(camille, seller="timing").deal_id
    lost(yanis, seller="timing")
    lost(camille, seller="timing", closed_at=timezone.now() - timedelta(days=400))
    again = lost(camille, seller="timing")
    ReopenEvent.objects.create(close_event=again, at=timezone.now())
    Deal.objects.filter(pk=again.deal_id).update(outcome=Outcome.OPEN, closed_at=None)
    assert opened(as_nadia, "losses")[0] == [kept]
    assert opened(as_nadia, "reason", code="timing", voice="seller")[0] == [kept]
    assert len(opened(as_nadia, "losses", period="all")[0]) == 2


def test_what_a_voice_said_before_opens_nothing_any_more(as_nadia: Client, camille: User) -> None:
    event = lost(camille, seller="timing")
    assert_reasons(close_event=event, reasons=[ReasonGiven("no_budget")], actor=camille, now=timezone.now())
    assert opened(as_nadia, "reason", code="timing", voice="seller")[0] == []
    assert opened(as_nadia, "reason", code="no_budget", voice="seller")[0] == [event.deal_id]


def test_control_is_opened_by_what_was_judged_and_else_by_default(as_nadia: Client, camille: User) -> None:
    ours = lost(camille, seller="not_in_touch")
    judged = lost(camille, seller="not_in_touch", could_act="no")
    outside = lost(camille, seller="timing")
    silent = lost(camille)
    assert opened(as_nadia, "control", control="could_act")[0] == [ours.deal_id]
    assert set(opened(as_nadia, "control", control="outside")[0]) == {judged.deal_id, outside.deal_id}
    assert opened(as_nadia, "control", control="not_explained")[0] == [silent.deal_id]


def test_a_competitor_opens_its_deals_however_it_is_spelt(as_nadia: Client, camille: User) -> None:
    met = [lost(camille, competitor=name).deal_id for name in ("Bluefield", "bluefield ", "BLUEFIELD")]
    lost(camille, competitor="Other")
    assert set(opened(as_nadia, "competitor", name="Bluefield")[0]) == set(met)


def test_answers_to_a_question_are_opened_for_who_coaches_from_five_on(
    as_nadia: Client, as_camille: Client, camille: User
) -> None:
    query = {"what": "answer", "question": "1", "answer": "no"}
    events = [lost(camille, seller="timing") for _n in range(5)]
    for event in events[:4]:
        debriefed(event, answer=Answer.NO)
    assert opened(as_nadia, "answer", question="1", answer="no")[0] == []
    debriefed(events[4], answer=Answer.NO)
    assert len(opened(as_nadia, "answer", question="1", answer="no")[0]) == 5
    assert as_camille.get("/patterns/deals", query).status_code == 403


def test_confidential_answers_are_counted_and_never_listed(as_nadia: Client, camille: User) -> None:
    pool = ReleasedPool.objects.create(
        team=camille.team, won=False, closed_until=timezone.localdate() - timedelta(days=1),
        released_on=timezone.localdate(), answers=6,
    )  # fmt: skip
    for _n in range(6):
        answered(lost(camille, seller="timing"), "value_unclear", Mode.CONFIDENTIAL, pool)
    openly = [debriefed(lost(camille, seller="timing", buyer="value_unclear")).deal_id for _n in range(5)]
    deals, beside = opened(as_nadia, "reason", code="value_unclear", voice="buyer")
    assert set(deals) == set(openly)
    assert beside == "and 6 in confidence: counted, not listed"
    assert "11 of 11" in part(as_nadia, "voices")


def test_four_confidential_answers_show_nowhere_but_as_waiting(as_nadia: Client, camille: User) -> None:
    for _n in range(4):
        answered(lost(camille, seller="timing"), "value_unclear", Mode.CONFIDENTIAL)
    for _n in range(3):
        lost(camille, seller="timing")
    said = part(as_nadia, "voices")
    assert "4 confidential answers are not counted yet: they are shown together, from 5 on." in text(said)
    assert "Benefit not clear" not in said
    assert opened(as_nadia, "reason", code="value_unclear", voice="buyer") == ([], "")


def test_a_shared_answer_stays_sealed_while_ones_debrief_waits(
    as_camille: Client, as_nadia: Client, camille: User
) -> None:
    sealed = lost(camille, seller="timing", buyer="value_unclear")
    debriefed(sealed, done=False)
    openly = lost(camille, seller="timing", buyer="value_unclear")
    debriefed(openly)
    assert opened(as_camille, "reason", code="value_unclear", voice="buyer")[0] == [openly.deal_id]
    assert opened(as_camille, "explained") == ([openly.deal_id], "1 is sealed until the debrief is finished")
    assert len(opened(as_nadia, "reason", code="value_unclear", voice="buyer")[0]) == 2


def test_no_figure_of_a_reason_and_no_difference_of_two_says_what_is_sealed(
    as_camille: Client, as_nadia: Client, camille: User
) -> None:
    debriefed(lost(camille, seller="timing", buyer="value_unclear"), done=False)
    for _n in range(5):
        debriefed(lost(camille, seller="timing", buyer="value_unclear"))
    assert opened(as_camille, "reason", code="value_unclear", voice="buyer")[1] == ""
    listed = {"what": "reason", "code": "value_unclear", "voice": "buyer"}
    assert as_camille.get("/patterns/deals", listed).context["page"].total == 5
    cells = {name: part(client, "voices") for name, client in (("seller", as_camille), ("coach", as_nadia))}
    assert "5 of 5" in cells["seller"]
    assert "6 of 6" in cells["coach"]


def test_every_figure_is_as_large_as_its_list(as_nadia: Client, as_camille: Client, camille: User) -> None:
    codes = ("timing", "no_budget", "not_in_touch", "wrong_people")
    for n in range(24):
        buyer = codes[(n + 1) % 4] if n % 2 else ""
        outcome = Outcome.NO_DECISION if n % 3 == 0 else Outcome.LOST
        event = lost(camille, seller=codes[n % 4] if n < 20 else "", buyer=buyer, could_act=("", "yes", "no")[n % 3],
                     outcome=outcome, competitor="Bluefield" if n % 4 == 0 else "")  # fmt: skip
        debriefed(event, done=n % 5 > 0, answer=(Answer.YES, Answer.NO)[n % 2])
    seen = 0
    for client, names in ((as_nadia, NAMES), (as_camille, ["headcount", "voices"])):
        html = "".join(part(client, name) for name in names)
        for href, figure in set(re.findall(r'href="(/patterns/deals[^"]+)"[^>]*>(?:<b>)?(\d+)', html)):
            answer = client.get(unescape(href))
            beside = sum(int(n) for n in re.findall(r"\d+", str(answer.context["beside"])))
            assert answer.context["page"].total + beside == int(figure), href
            seen += 1
    assert seen > 30


# ---- a thousand deals


@pytest.fixture
def thousand(camille: User) -> None:
    """A thousand losses with a reason each; half debriefed."""
    now, deals = timezone.now(), []
    for n in range(1000):
        closed = now - timedelta(days=n % 170 + 1)
        deals.append(Deal(name=f"Deal {n}", owner=camille, team=camille.team, outcome="lost", closed_at=closed,
                          opened_at=closed - timedelta(days=60), created_at=now, updated_at=now,
                          competitor=f"Rival {n % 9}", segment=f"Segment {n % 12}"))  # fmt: skip
    Deal.objects.bulk_create(deals)
    events = CloseEvent.objects.bulk_create(
        CloseEvent(deal=deal, outcome="lost", closed_at=deal.closed_at, recorded_at=now, source="import")
        for deal in deals
    )
    codes = list(BUILT_IN)
    ReasonAssertion.objects.bulk_create(
        ReasonAssertion(close_event=event, source="seller", code=codes[n % len(codes)], taxonomy_version=1, at=now)
        for n, event in enumerate(events)
    )


def test_a_thousand_deals_take_few_queries_and_little_weight(
    as_nadia: Client, thousand: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    part(as_nadia, "headcount")  # the facts are warm from here on
    weight = len(as_nadia.get("/patterns").content)
    for name in NAMES:
        with django_assert_max_num_queries(25):
            weight += len(part(as_nadia, name))
    assert weight < 150_000


@pytest.mark.parametrize("query", ["what=losses", "what=silent", "what=reason&code=timing&voice=seller",
                                   "what=control&control=could_act", "what=competitor&name=rival+3"])  # fmt: skip
def test_a_list_of_a_thousand_is_paged_in_few_queries(
    as_nadia: Client, thousand: None, query: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        page = as_nadia.get(f"/patterns/deals?{query}")
    assert page.status_code == 200
    assert 0 < len(page.context["page"]) <= 50
    assert len(page.content) < 100_000
    if query == "what=losses":
        assert "1 to 50 of 1000" in page.content.decode()
        assert "what=losses&amp;page=2" in page.content.decode()


def test_the_answers_are_the_ones_of_the_command(as_nadia: Client, nadia: User, camille: User) -> None:
    for _n in range(12):
        lost(camille, seller="timing")
    view = View.of(nadia, {}, timezone.localdate())
    assert answers.headcount(view).losses == 12
    assert "12 losses" in part(as_nadia, "headcount")
