"""The matcher: learns from what people confirmed, says how good it is, and decides nothing."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import datetime
from threading import Event

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from rebond.accounts.models import AuditEntry, User
from rebond.base.text import fold
from rebond.jobs import worker
from rebond.jobs.models import Job, JobStatus
from rebond.learn import actions
from rebond.learn.actions.phrases import want_suggestions
from rebond.learn.models import MatcherRun, ReasonAssertion, ReasonPhrase, Suggester
from rebond.learn.phrases.matcher import EXAMPLES_FROM, enough, learn
from rebond.learn.taxonomy import BUILT_IN_LIST, current
from tests.factories import make_closed_deal
from tests.learn.said import PAIRS


def phrases_of(pairs: list[tuple[str, str]], *, confirmed: bool, by: User | None = None) -> None:
    ReasonPhrase.objects.bulk_create(
        ReasonPhrase(folded=fold(text), verbatim=text, code=code if confirmed else "", confirmed_by=by, seen=1)
        for text, code in pairs
    )


def work(now: datetime) -> None:
    """What ``rebond work`` does with the wish for suggestions."""
    Job.objects.all().delete()
    want_suggestions(now=now)
    worker.run(stop=Event(), name="test", once=True)
    assert set(Job.objects.values_list("status", "error")) == {(JobStatus.DONE, "")}


def test_it_is_right_far_more_often_than_always_saying_the_most_frequent_one() -> None:
    trained = learn(PAIRS, BUILT_IN_LIST)
    assert trained is not None
    trial = trained.trial
    assert (trial.examples, trial.tested, trial.codes) == (len(PAIRS), len(PAIRS), 10)
    assert trial.right >= 80
    assert trial.always == 20


def test_it_reads_a_new_phrase_in_a_language_and_spelling_it_was_never_taught() -> None:
    trained = learn(PAIRS, BUILT_IN_LIST)
    assert trained is not None
    new = ["Tarifs trop élévés", "BUDGET GESTRICHEN!!", "kein Bedraf", "no reponse depuis mars", "funktion fehlte"]
    assert [guess.code for guess in trained.guess(new)] == [
        "price_vs_alternative", "no_budget", "need_not_felt", "not_in_touch", "missing_capability",
    ]  # fmt: skip
    assert all(0 < guess.chance <= 1 for guess in trained.guess(["", "zzz", "漢字", *new]))
    assert trained.guess([]) == []


def test_a_reason_nobody_confirmed_yet_can_be_suggested_by_its_wording() -> None:
    trained = learn(PAIRS, BUILT_IN_LIST)
    assert trained is not None
    assert trained.guess(["our sponsor has left the company"])[0].code == "sponsor_left"


def test_the_same_confirmations_in_any_order_teach_the_same() -> None:
    shuffled = random.Random(3).sample(PAIRS, len(PAIRS))
    one, two = learn(PAIRS, BUILT_IN_LIST), learn(shuffled, BUILT_IN_LIST)
    assert one is not None
    assert two is not None
    assert one.trial == two.trial
    texts = [text for text, _code in PAIRS[::9]]
    assert one.guess(texts) == two.guess(texts)


def test_the_chance_it_states_is_about_the_share_it_gets_right() -> None:
    half = [pair for place, pair in enumerate(PAIRS) if place % 2]
    other_half = [pair for place, pair in enumerate(PAIRS) if not place % 2]
    trained = learn(half, BUILT_IN_LIST)
    assert trained is not None
    guesses = trained.guess([text for text, _code in other_half])
    right = sum(guess.code == code for guess, (_text, code) in zip(guesses, other_half, strict=True))
    stated = sum(guess.chance for guess in guesses)
    assert abs(stated - right) < 0.2 * len(other_half)


def test_too_few_teach_nothing() -> None:
    few = list(PAIRS[: EXAMPLES_FROM - 1])
    assert learn(few, BUILT_IN_LIST) is None
    assert learn([(text, "timing") for text, _code in PAIRS], BUILT_IN_LIST) is None
    assert enough([(f"{n}", f"code_{n % 3}") for n in range(EXAMPLES_FROM)])


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.sampled_from(["timing", "terms", "no_budget"])), min_size=20))
def test_whatever_was_confirmed_nothing_breaks(examples: list[tuple[str, str]]) -> None:
    trained = learn(examples, BUILT_IN_LIST)
    assert (trained is None) == (not enough(examples))
    if trained is not None:
        assert trained.trial.tested == len(examples)
        assert trained.guess([text for text, _code in examples])


@pytest.mark.django_db
def test_a_worker_suggests_and_confirms_nothing(camille: User, now: datetime) -> None:
    _deal, event = make_closed_deal(owner=camille)
    actions.attach_history(rows=[(event.pk, "Tarifs trop élévés")], actor=None, now=now)
    phrases_of(list(PAIRS), confirmed=True)
    work(now)
    phrase = ReasonPhrase.objects.get(folded="tarifs trop eleves")
    assert (phrase.code, phrase.suggested_code, phrase.suggested_by) == (
        "", "price_vs_alternative", Suggester.CLASSIFIER,
    )  # fmt: skip
    assert phrase.suggested_chance is not None
    assert phrase.suggested_chance > 0.5
    assert ReasonAssertion.objects.get().code == "other"
    run = MatcherRun.objects.get()
    assert (run.at, run.examples, run.tested, run.always) == (now, len(PAIRS), len(PAIRS), 20)
    assert AuditEntry.objects.filter(verb="learn.train_matcher").count() == 1
    work(now)
    assert MatcherRun.objects.count() == 1  # nothing new was learnt


@pytest.mark.django_db
def test_plain_rules_go_first_and_without_enough_confirmations_rules_are_all(now: datetime) -> None:
    phrases_of([("Pas de budget", ""), ("zu teuer und Prix", ""), ("Bauchgefühl", "")], confirmed=False)
    work(now)
    found = {p.verbatim: (p.suggested_code, p.suggested_by) for p in ReasonPhrase.objects.all()}
    assert found["Pas de budget"] == ("no_budget", Suggester.RULES)
    assert found["zu teuer und Prix"] == ("price_vs_alternative", Suggester.RULES)
    assert found["Bauchgefühl"] == ("", "")
    assert not MatcherRun.objects.exists()
    phrases_of(list(PAIRS), confirmed=True)
    work(now)
    assert ReasonPhrase.objects.get(verbatim="Pas de budget").suggested_by == Suggester.RULES
    assert ReasonPhrase.objects.get(verbatim="zu teuer und Prix").suggested_by == Suggester.CLASSIFIER


@pytest.mark.django_db
def test_it_learns_and_suggests_what_may_be_chosen_today(now: datetime) -> None:
    phrases_of([("tarif très élevé", ""), ("Vertragslaufzeit ist zu lang", "")], confirmed=False)
    phrases_of(list(PAIRS), confirmed=True)
    actions.merge_reason(code="price_vs_alternative", into="value_unclear", note="x", actor=None, now=now)
    actions.retire_reason(code="terms", note="x", actor=None, now=now)
    work(now)
    run = MatcherRun.objects.get()
    assert (run.examples, run.codes) == (sum(code != "terms" for _text, code in PAIRS), 8)
    assert ReasonPhrase.objects.get(folded="tarif tres eleve").suggested_code == "value_unclear"
    suggested = set(ReasonPhrase.objects.filter(code="").values_list("suggested_code", flat=True)) - {""}
    assert all(current().is_active(code) for code in suggested)


@pytest.mark.django_db
def test_many_wishes_are_one_job(now: datetime, nadia: User) -> None:
    phrases_of([("One", ""), ("Two", ""), ("Three", "")], confirmed=False)
    for phrase in ReasonPhrase.objects.all():
        actions.confirm_phrase(phrase=phrase, code="timing", actor=nadia, now=now)
    assert Job.objects.filter(name__endswith="work.phrases.suggest").count() == 1


def test_the_page_says_how_far_it_can_be_trusted(as_nadia: Client, now: datetime) -> None:
    phrases_of([("tarif très élevé", ""), ("Prix ou délai", ""), ("???!", "")], confirmed=False)
    phrases_of(list(PAIRS[:7]), confirmed=True)
    page = as_nadia.get("/reasons/phrases").content.decode()
    assert "It learns from 20 confirmations on, over at least 3 different reasons; so far 7, over 1." in page
    assert "suggested by our rules" in page
    phrases_of(list(PAIRS[7:]), confirmed=True)
    work(now)
    run = MatcherRun.objects.get()
    page = as_nadia.get("/reasons/phrases").content.decode()
    assert f"Learnt from 144 confirmed phrases; right for {run.right} of 144 it had not seen (likely " in page
    assert "Always saying the most frequent one would give 20." in page
    assert "learnt from your team&#x27;s confirmations: " in page
    assert "in 10" in page
    assert '<option value="price_vs_alternative" selected>' in page


def test_starting_the_program_does_not_load_the_library() -> None:
    code = (
        "import django, sys; django.setup(); import rebond.learn.work.phrases, rebond.learn.views.reasons;"
        "print([name for name in ('sklearn', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "src:."},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
